// Package group lets commits form groups by themselves, without a timer: whoever waits while a commit is under way
// goes into the next one (DESIGN, the two ways through; reference/performance-anchors 1.4).
//
// A group holds items of one tenant. Items with one key (a consumer) are committed in the order they came: while one is
// under way the others wait. A tenant has two groups under way at most, and tenants take turns. A group that fails is
// done again one item at a time, so that a poison item fails only itself.
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

// perTenant is how many groups of a tenant are under way at most: one commits while the other reads.
const perTenant = 2

// Committer collects items and runs them in groups.
type Committer[T any] struct {
	key     func(T) string
	run     Run[T]
	limit   int
	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu       sync.Mutex
	ready    *sync.Cond
	lines    map[id.Tenant]*line[T]
	turns    []*line[T] // lines that may have a group, in turn
	underWay int
	stopped  bool
}

// line is a tenant's items.
type line[T any] struct {
	tenant  id.Tenant
	waiting []pending[T]
	held    map[string]bool // keys under way
	groups  int             // under way
	inTurn  bool
}

type pending[T any] struct {
	item T
	key  string
	done chan error
}

// New starts a committer: workers commit at a time, a group holds at most limit items. Items with the same key keep
// their order.
func New[T any](workers, limit int, key func(T) string, run Run[T]) *Committer[T] {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Committer[T]{key: key, run: run, limit: limit, ctx: ctx, cancel: cancel, lines: map[id.Tenant]*line[T]{}}
	c.ready = sync.NewCond(&c.mu)
	for range workers {
		c.workers.Go(c.work)
	}
	return c
}

// Do waits until the item's group has been committed and returns its error. A cancelled ctx stops the waiting, not
// the commit.
func (c *Committer[T]) Do(ctx context.Context, tenant id.Tenant, item T) error {
	p := pending[T]{item: item, key: c.key(item), done: make(chan error, 1)}
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return ErrStopped
	}
	l := c.lines[tenant]
	if l == nil {
		l = &line[T]{tenant: tenant, held: map[string]bool{}}
		c.lines[tenant] = l
	}
	l.waiting = append(l.waiting, p)
	c.giveTurn(l)
	c.mu.Unlock()
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
		l, group := c.next()
		if l == nil {
			return
		}
		c.commit(l.tenant, group)
		c.release(l, group)
	}
}

// giveTurn puts a line that may have a group behind the others.
func (c *Committer[T]) giveTurn(l *line[T]) {
	if !l.inTurn && l.groups < perTenant && len(l.waiting) > 0 {
		l.inTurn = true
		c.turns = append(c.turns, l)
		c.ready.Signal()
	}
}

// next waits for a line's turn and takes its group; nil: stopped and all is done.
func (c *Committer[T]) next() (*line[T], []pending[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.turns) == 0 {
			if c.stopped && c.underWay == 0 {
				return nil, nil
			}
			c.ready.Wait()
		}
		l := c.turns[0]
		c.turns = c.turns[1:]
		l.inTurn = false
		group := l.take(c.limit)
		if len(group) == 0 {
			continue // all that waits, waits for what is under way; release gives the next turn
		}
		l.groups++
		c.underWay++
		c.giveTurn(l)
		return l, group
	}
}

// take removes the items that may go now and holds their keys: not those behind an item of their key that is under way
// or was passed over.
func (l *line[T]) take(limit int) (group []pending[T]) {
	var passed map[string]bool
	rest := l.waiting[:0:0]
	for i, p := range l.waiting {
		if len(group) == limit {
			rest = append(rest, l.waiting[i:]...)
			break
		}
		if l.held[p.key] || passed[p.key] {
			if passed == nil {
				passed = map[string]bool{}
			}
			passed[p.key] = true
			rest = append(rest, p)
			continue
		}
		group = append(group, p)
	}
	for _, p := range group {
		l.held[p.key] = true
	}
	l.waiting = rest
	return group
}

// release lets the items behind a group's keys go, and forgets a tenant of whom nothing is left.
func (c *Committer[T]) release(l *line[T], group []pending[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range group {
		delete(l.held, p.key)
	}
	l.groups--
	c.underWay--
	c.giveTurn(l)
	if l.groups == 0 && len(l.waiting) == 0 {
		delete(c.lines, l.tenant)
	}
	if c.stopped {
		c.ready.Broadcast()
	}
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
	for _, l := range c.lines {
		n += len(l.waiting)
	}
	return n
}
