package carrier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ann, bob = "+14155550001", "+14155550002"

func newGate() (*Gate, *time.Time) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	return NewGate(func() time.Time { return now }), &now
}

func TestNoCallStartsWhileASTOPIsBeingCommitted(t *testing.T) {
	g, _ := newGate()
	old := g.begin()
	require.True(t, g.Block(1, ann))
	require.False(t, g.enter(1, ann, old))
	require.False(t, g.enter(1, ann, g.begin()), "a claim of this moment does not see the commit")
	require.True(t, g.enter(1, bob, old))
	require.True(t, g.enter(2, ann, old), "another tenant's consumer")
}

func TestAfterTheCommitOnlyOlderClaimsAreHeldBack(t *testing.T) {
	g, _ := newGate()
	old := g.begin()
	g.Block(1, ann)
	g.Stopped(1, ann)
	g.Unblock(1, ann)
	young := g.begin()
	require.False(t, g.enter(1, ann, old))
	require.True(t, g.enter(1, ann, young), "the younger claim has read the list itself")
	g.leave(1, ann)
	g.end(old)
	require.Empty(t, g.marks, "nobody is left who could have missed the commit")
	require.Empty(t, g.settled)
	g.end(young)
	require.Empty(t, g.claims)
	require.Empty(t, g.calls)
}

func TestARolledBackSTOPHoldsNobodyBack(t *testing.T) {
	g, _ := newGate()
	old := g.begin()
	g.Block(1, ann)
	g.Block(1, ann)
	g.Unblock(1, ann)
	require.False(t, g.enter(1, ann, old), "the other one still runs")
	g.Unblock(1, ann)
	require.True(t, g.enter(1, ann, old))
	g.Unblock(1, ann)
	require.Empty(t, g.marks)
}

func TestAHintFromAnotherNodeHoldsOlderClaimsBack(t *testing.T) {
	g, _ := newGate()
	old := g.begin()
	g.Stopped(1, ann)
	require.False(t, g.enter(1, ann, old))
	require.True(t, g.enter(1, ann, g.begin()))
}

func TestBlockWaitsForCallsUnderWay(t *testing.T) {
	g, _ := newGate()
	claim := g.begin()
	require.True(t, g.enter(1, ann, claim))
	require.True(t, g.enter(1, ann, claim))
	quiet := make(chan bool)
	go func() { quiet <- g.Block(1, ann) }()
	require.Eventually(t, func() bool { return !g.mayEnter(ann, claim) }, 5*time.Second, time.Millisecond)
	g.leave(1, ann)
	select {
	case <-quiet:
		t.Fatal("one call is still under way")
	default:
	}
	g.leave(1, ann)
	require.True(t, <-quiet)
}

func TestBlockDoesNotWaitForEver(t *testing.T) {
	g, _ := newGate()
	require.True(t, g.enter(1, ann, g.begin()))
	require.False(t, g.Block(1, ann))
}

func TestABlockThatNobodyEndsIsForgotten(t *testing.T) {
	g, now := newGate()
	g.Block(1, ann)
	g.Block(1, bob)
	g.expire()
	require.Len(t, g.marks, 2)
	*now = now.Add(pendingFor)
	require.True(t, g.enter(1, ann, g.begin()))
	g.expire()
	require.Empty(t, g.marks)
}

func (g *Gate) mayEnter(address string, claim uint64) bool {
	if !g.enter(1, address, claim) {
		return false
	}
	g.leave(1, address)
	return true
}

func TestALateHintDoesNotEndABlock(t *testing.T) {
	g, _ := newGate()
	g.Block(1, ann)
	g.Stopped(1, ann) // the hint of an earlier STOP: the bus brings it to the node that sent it too
	require.False(t, g.enter(1, ann, g.begin()), "this STOP's transaction still runs")
	g.Unblock(1, ann)
	require.True(t, g.enter(1, ann, g.begin()))
}

func TestManySTOPsWaitTogether(t *testing.T) {
	g, _ := newGate()
	claim := g.begin()
	for _, who := range []string{ann, bob} {
		require.True(t, g.enter(1, who, claim))
	}
	quiet := make(chan bool)
	go func() { quiet <- g.Block(1, ann, bob) }()
	for _, who := range []string{ann, bob} {
		require.Eventually(t, func() bool { return !g.mayEnter(who, claim) }, 5*time.Second, time.Millisecond, "both are blocked while the first still calls")
	}
	g.leave(1, bob)
	g.leave(1, ann)
	require.True(t, <-quiet)
}
