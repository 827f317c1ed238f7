// Package group lets commits form groups by themselves, without a timer: whoever waits while a commit is under way
// goes into the next one (DESIGN, the two ways through; reference/performance-anchors 1.4).
//
// A group holds items of one tenant, and a tenant has one group under way at a time: items of a tenant are committed in
// the order they came. Tenants take turns. A group that fails is done again one item at a time, so that
// a poison item fails only itself.
package group

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"sidetone/internal/id"
)

// ErrStopped answers items submitted after Stop.
var ErrStopped = errors.New("group: stopped")

// Run does a group in one transaction. It returns an error for the whole group (then nothing was saved), else nil.
// Results of the items go into the items themselves.
type Run[T any] func(ctx context.Context, tenant id.Tenant, items []T) error

// Committer collects items and runs them in groups.
type Committer[T any] struct {
	run     Run[T]
	limit   int
	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	ready   *sync.Cond
	waiting map[id.Tenant][]pending[T]
	turns   []id.Tenant        // tenants with waiting items and no group under way, in turn
	held    map[id.Tenant]bool // tenants with a group under way
	stopped bool
}

type pending[T any] struct {
	item T
	done chan error
}

// New starts a committer: workers commit at a time (2 are enough for one Postgres), a group holds at most limit items.
func New[T any](workers, limit int, run Run[T]) *Committer[T] {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Committer[T]{
		run: run, limit: limit, ctx: ctx, cancel: cancel,
		waiting: map[id.Tenant][]pending[T]{}, held: map[id.Tenant]bool{},
	}
	c.ready = sync.NewCond(&c.mu)
	for range workers {
		c.workers.Go(c.work)
	}
	return c
}

// Do waits until the item's group has been committed and returns its error. A cancelled ctx stops the waiting, not
// the commit.
func (c *Committer[T]) Do(ctx context.Context, tenant id.Tenant, item T) error {
	p := pending[T]{item: item, done: make(chan error, 1)}
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return ErrStopped
	}
	queue := c.waiting[tenant]
	c.waiting[tenant] = append(queue, p)
	if len(queue) == 0 && !c.held[tenant] {
		c.turns = append(c.turns, tenant)
	}
	c.mu.Unlock()
	c.ready.Signal()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop refuses new items, finishes those that wait and returns when all workers are done.
func (c *Committer[T]) Stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.ready.Broadcast()
	c.workers.Wait()
	c.cancel()
}

func (c *Committer[T]) work() {
	for {
		tenant, group, ok := c.next()
		if !ok {
			return
		}
		c.commit(tenant, group)
		c.release(tenant)
	}
}

// next waits for a tenant's turn and takes its group.
func (c *Committer[T]) next() (id.Tenant, []pending[T], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.turns) == 0 {
		if c.stopped && len(c.held) == 0 {
			return 0, nil, false
		}
		c.ready.Wait()
	}
	tenant := c.turns[0]
	c.turns = c.turns[1:]
	queue := c.waiting[tenant]
	n := min(len(queue), c.limit)
	group := queue[:n:n]
	c.held[tenant] = true
	if rest := queue[n:]; len(rest) > 0 {
		c.waiting[tenant] = rest
	} else {
		delete(c.waiting, tenant)
	}
	return tenant, group, true
}

// release gives a tenant its next turn, behind the others.
func (c *Committer[T]) release(tenant id.Tenant) {
	c.mu.Lock()
	delete(c.held, tenant)
	if len(c.waiting[tenant]) > 0 {
		c.turns = append(c.turns, tenant)
	}
	c.mu.Unlock()
	c.ready.Broadcast()
}

func (c *Committer[T]) commit(tenant id.Tenant, group []pending[T]) {
	items := make([]T, len(group))
	for i, p := range group {
		items[i] = p.item
	}
	err := c.try(tenant, items)
	if err == nil || len(group) == 1 {
		for _, p := range group {
			p.done <- err
		}
		return
	}
	for i, p := range group {
		p.done <- c.try(tenant, items[i:i+1])
	}
}

// try runs a group; a panic is that group's error, so that its neighbours go on.
func (c *Committer[T]) try(tenant id.Tenant, items []T) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("group: panic: %v", r)
		}
	}()
	return c.run(c.ctx, tenant, items)
}

// Waiting is how many items wait for a commit that has not begun; a gauge.
func (c *Committer[T]) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, queue := range c.waiting {
		n += len(queue)
	}
	return n
}
