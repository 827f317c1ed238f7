package group_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sidetone/internal/group"
	"sidetone/internal/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate lets a test hold the first commit while others pile up behind it.
type gate struct {
	mu      sync.Mutex
	groups  [][]int
	tenants []id.Tenant
	entered chan struct{}
	open    chan struct{}
}

func (g *gate) run(_ context.Context, tenant id.Tenant, items []int) error {
	g.mu.Lock()
	g.groups = append(g.groups, slices.Clone(items))
	g.tenants = append(g.tenants, tenant)
	g.mu.Unlock()
	g.entered <- struct{}{}
	<-g.open
	if slices.Contains(items, 13) {
		return errors.New("poison")
	}
	return nil
}

func newGate() *gate { return &gate{entered: make(chan struct{}, 100), open: make(chan struct{}, 100)} }

// submit hands items over one after the other, each known to wait before the next.
func submit(t *testing.T, c *group.Committer[int], tenant id.Tenant, items ...int) []chan error {
	t.Helper()
	var out []chan error
	for _, i := range items {
		ch := make(chan error, 1)
		waiting := c.Waiting()
		go func() { ch <- c.Do(context.Background(), tenant, i) }()
		require.Eventually(t, func() bool { return c.Waiting() > waiting }, 5e9, 1e5)
		out = append(out, ch)
	}
	return out
}

func TestWhoeverWaitsGoesIntoTheNextGroup(t *testing.T) {
	g := newGate()
	c := group.New(1, 3, g.run)
	first := make(chan error, 1)
	go func() { first <- c.Do(context.Background(), 1, 1) }()
	<-g.entered
	rest := submit(t, c, 1, 2, 3, 4, 5)
	other := submit(t, c, 2, 6)
	for range 10 {
		g.open <- struct{}{}
	}
	require.NoError(t, <-first)
	for _, ch := range append(rest, other...) {
		require.NoError(t, <-ch)
	}
	c.Stop()
	require.Equal(t, [][]int{{1}, {6}, {2, 3, 4}, {5}}, g.groups, "at most 3 a group, tenants in turn")
	require.Equal(t, []id.Tenant{1, 2, 1, 1}, g.tenants)
}

func TestAPoisonItemFailsOnlyItself(t *testing.T) {
	g := newGate()
	c := group.New(1, 10, g.run)
	first := make(chan error, 1)
	go func() { first <- c.Do(context.Background(), 1, 1) }()
	<-g.entered
	rest := submit(t, c, 1, 2, 13, 4)
	for range 10 {
		g.open <- struct{}{}
	}
	require.NoError(t, <-first)
	require.NoError(t, <-rest[0])
	require.ErrorContains(t, <-rest[1], "poison")
	require.NoError(t, <-rest[2])
	c.Stop()
	require.Equal(t, [][]int{{1}, {2, 13, 4}, {2}, {13}, {4}}, g.groups)
}

func TestAPanicIsTheItemsError(t *testing.T) {
	c := group.New(1, 10, func(context.Context, id.Tenant, []int) error { panic("boom") })
	require.ErrorContains(t, c.Do(context.Background(), 1, 1), "boom")
	require.ErrorContains(t, c.Do(context.Background(), 1, 2), "boom", "the worker lives on")
	c.Stop()
}

func TestStopFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	g := newGate()
	c := group.New(1, 10, g.run)
	first := make(chan error, 1)
	go func() { first <- c.Do(context.Background(), 1, 1) }()
	<-g.entered
	rest := submit(t, c, 1, 2)
	for range 10 {
		g.open <- struct{}{}
	}
	c.Stop()
	require.NoError(t, <-first)
	require.NoError(t, <-rest[0])
	require.ErrorIs(t, c.Do(context.Background(), 1, 3), group.ErrStopped)
}
