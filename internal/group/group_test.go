package group_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

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

// own gives each item a key of its own.
func own(i int) string { return strconv.Itoa(i) }

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
	c := group.New(1, 3, own, g.run)
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
	require.Equal(t, [][]int{{1}, {2, 3, 4}, {6}, {5}}, g.groups, "at most 3 a group, tenants in turn")
	require.Equal(t, []id.Tenant{1, 1, 2, 1}, g.tenants)
}

func TestAPoisonItemFailsOnlyItself(t *testing.T) {
	g := newGate()
	c := group.New(1, 10, own, g.run)
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
	c := group.New(1, 10, own, func(context.Context, id.Tenant, []int) error { panic("boom") })
	require.ErrorContains(t, c.Do(context.Background(), 1, 1), "boom")
	require.ErrorContains(t, c.Do(context.Background(), 1, 2), "boom", "the worker lives on")
	c.Stop()
}

func TestStopFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	g := newGate()
	c := group.New(1, 10, own, g.run)
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

func TestItemsOfOneKeyKeepTheirOrder(t *testing.T) {
	g := newGate()
	c := group.New(3, 3, func(i int) string { return strconv.Itoa(i % 10) }, g.run)
	first := make(chan error, 1)
	go func() { first <- c.Do(context.Background(), 1, 1) }()
	<-g.entered
	behind := submit(t, c, 1, 11, 21) // of the key that is under way
	second := make(chan error, 1)
	go func() { second <- c.Do(context.Background(), 1, 2) }()
	<-g.entered
	third := submit(t, c, 1, 3) // a tenant has two groups under way at most
	require.Equal(t, [][]int{{1}, {2}}, g.groups)
	g.open <- struct{}{}
	g.open <- struct{}{}
	for range 5 {
		g.open <- struct{}{}
	}
	for _, ch := range append(append(behind, third...), first, second) {
		require.NoError(t, <-ch)
	}
	c.Stop()
	var order []int
	for _, group := range g.groups {
		for _, i := range group {
			if i%10 == 1 {
				order = append(order, i)
			}
		}
	}
	require.Equal(t, []int{1, 11, 21}, order)
}

func TestAGroupBeginsBesideAnotherOnlyIfManyWait(t *testing.T) {
	for limit, beside := range map[int]int{10: 10, 100: 24} {
		g := newGate()
		c := group.New(3, limit, own, g.run)
		waiting := []chan error{submitOne(c, 0)}
		<-g.entered
		var few []int
		for i := range beside - 1 {
			few = append(few, 100+i)
		}
		waiting = append(waiting, submit(t, c, 1, few...)...)
		require.Len(t, g.groups, 1, "one too few wait")
		waiting = append(waiting, submitOne(c, 99))
		<-g.entered
		require.Equal(t, [][]int{{0}, append(few, 99)}, g.groups)
		g.open <- struct{}{}
		g.open <- struct{}{}
		for _, done := range waiting {
			require.NoError(t, <-done)
		}
		c.Stop()
	}
}

func TestAStormKeepsTheOrderOfEachKey(t *testing.T) {
	var mu sync.Mutex
	last, under := map[string]int{}, map[string]bool{}
	key := func(i int) string { return strconv.Itoa(i % 7) }
	c := group.New(4, 5, key, func(_ context.Context, _ id.Tenant, items []int) error {
		mu.Lock()
		mine := map[string]bool{}
		for _, i := range items {
			k := key(i)
			if under[k] && !mine[k] {
				t.Errorf("%d: its key is under way in another group", i)
			}
			under[k], mine[k] = true, true
			if i <= last[k] {
				t.Errorf("%d came after %d", i, last[k])
			}
			last[k] = i
		}
		mu.Unlock()
		runtime.Gosched()
		mu.Lock()
		for k := range mine {
			delete(under, k)
		}
		mu.Unlock()
		return nil
	})
	var senders sync.WaitGroup
	for k := range 7 {
		senders.Go(func() {
			for n := 1; n <= 300; n++ {
				if err := c.Do(context.Background(), 1, n*7+k); err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	c.Stop()
}

func TestPacedGroupsGatherUntilThereAreEnough(t *testing.T) {
	g := newGate()
	c := group.New(2, 10, own, g.run).Paced(time.Hour, 3)
	for range 4 {
		g.open <- struct{}{}
	}
	require.NoError(t, <-submitOne(c, 1)) // nothing went before: it does not wait
	waiting := submit(t, c, 1, 2, 3)
	last := submitOne(c, 4)
	for _, done := range append(waiting, last) {
		require.NoError(t, <-done)
	}
	left := submit(t, c, 1, 5)
	c.Stop() // does not wait for the pause
	require.NoError(t, <-left[0])
	require.Equal(t, []int{1}, g.groups[0])
	require.ElementsMatch(t, []int{2, 3, 4}, g.groups[1])
	require.Equal(t, []int{5}, g.groups[2])
}

func TestAPausesEndBeginsAGroup(t *testing.T) {
	g := newGate()
	c := group.New(2, 10, own, g.run).Paced(time.Millisecond, 10)
	defer c.Stop()
	for i := range 50 {
		g.open <- struct{}{}
		require.NoError(t, <-submitOne(c, i+100))
	}
}

func TestWhatGoesAloneGathers(t *testing.T) {
	g := newGate()
	c := group.New(3, 10, own, g.run).Alone(func(i int) bool { return i >= 100 })
	defer c.Stop()
	first := submitOne(c, 100)
	<-g.entered
	waiting := submit(t, c, 1, 101, 1, 102)
	for range 4 {
		g.open <- struct{}{}
	}
	for _, done := range append(waiting, first) {
		require.NoError(t, <-done)
	}
	require.Equal(t, [][]int{{100}, {101, 1, 102}}, g.groups)
	light := submitOne(c, 2)
	require.NoError(t, <-light)
}

func submitOne(c *group.Committer[int], item int) chan error {
	done := make(chan error, 1)
	go func() { done <- c.Do(context.Background(), 1, item) }()
	return done
}
