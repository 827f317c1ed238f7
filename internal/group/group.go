// Package group lets commits form groups by themselves, without a timer: whoever waits while a commit is under way
// goes into the next one (DESIGN, the two ways through; reference/performance-anchors 1.4).
//
// A group holds items of one tenant. Items with one key (a consumer) are committed in the order they came: while one is
// under way the others wait. A tenant has two groups under way at most, the second only if many wait, and tenants take
// turns. A group that fails is done again one item at a time, so that a poison item fails only itself.
package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sidetone/internal/id"
)

// ErrStopped answers items submitted after Stop.
var ErrStopped = errors.New("group: stopped")

// Run does a group in one transaction. It returns an error for the whole group (then nothing was saved), else nil.
// Results of the items go into the items themselves.
type Run[T any] func(ctx context.Context, tenant id.Tenant, items []T) error

// perTenant is how many groups of a tenant are under way at most: one commits while the other reads.
const perTenant = 2

// beside is how many items must wait for a group to begin beside another of its tenant. Fewer are done quicker when that one is
// over: a group costs the database half a millisecond before its first item, and 20 µs an item.
const beside = 24

// Committer collects items and runs them in groups.
type Committer[T any] struct {
	key    func(T) string
	run    Run[T]
	most   int           // groups under way
	limit  int           // items of a group
	pause  time.Duration // see Paced
	enough int
	alone  func(T) bool // see Alone; nil: nothing is
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	lines    map[id.Tenant]*line[T]
	turns    []*line[T] // lines that may have a group, in turn
	underWay int
	stopped  bool
	idle     *sync.Cond // nothing is under way
}

// line is a tenant's items.
type line[T any] struct {
	tenant  id.Tenant
	waiting []pending[T]
	held    map[string]bool // keys under way
	groups  int             // under way
	alone   int             // of them, those that go alone
	inTurn  bool
	resting bool // a pause runs
	rests   int  // pauses begun
}

type pending[T any] struct {
	item T
	key  string
	done chan error
}

// New makes a committer: at most so many groups are under way at a time, a group holds at most limit items. Items with the
// same key keep their order.
func New[T any](most, limit int, key func(T) string, run Run[T]) *Committer[T] {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Committer[T]{key: key, run: run, most: most, limit: limit, ctx: ctx, cancel: cancel, lines: map[id.Tenant]*line[T]{}}
	c.idle = sync.NewCond(&c.mu)
	return c
}

// Paced makes a tenant's groups begin a pause apart unless enough items wait, for what nobody is in a hurry for: fewer, larger
// groups. Who comes after a pause in which nobody came does not wait. It is called before the first Do.
func (c *Committer[T]) Paced(pause time.Duration, enough int) *Committer[T] {
	c.pause, c.enough = pause, min(enough, c.limit)
	return c
}

// Alone names the items that cost much more in a small group than in a large one: while a group that holds one is under way its
// tenant begins no other, so that they gather. It is called before the first Do.
func (c *Committer[T]) Alone(is func(T) bool) *Committer[T] {
	c.alone = is
	return c
}

func (c *Committer[T]) goesAlone(group []pending[T]) bool {
	return c.alone != nil && slices.ContainsFunc(group, func(p pending[T]) bool { return c.alone(p.item) })
}

// Do waits until the item's group has been committed and returns its error. Whoever comes while nothing holds them up
// commits by themselves, at once; the others wait, and what has gathered by then is done for them. A cancelled ctx stops
// the waiting, not the commit.
func (c *Committer[T]) Do(ctx context.Context, tenant id.Tenant, item T) error {
	p := pending[T]{item: item, key: c.key(item), done: make(chan error, 1)}
	l, group, err := c.join(tenant, p)
	if err != nil {
		return err
	}
	if group != nil {
		c.commit(l.tenant, group)
		c.release(l, group)
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join puts an item in its line, and takes a group if one may begin.
func (c *Committer[T]) join(tenant id.Tenant, p pending[T]) (*line[T], []pending[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, nil, ErrStopped
	}
	l := c.lines[tenant]
	if l == nil {
		l = &line[T]{tenant: tenant, held: map[string]bool{}}
		c.lines[tenant] = l
	}
	l.waiting = append(l.waiting, p)
	c.giveTurn(l)
	l, group := c.next()
	return l, group, nil
}

// Stop refuses new items, finishes those that wait and returns when all is done.
func (c *Committer[T]) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	for _, l := range c.lines { // those that rest
		c.giveTurn(l)
	}
	for l, group := c.next(); group != nil; l, group = c.next() {
		go c.work(l, group)
	}
	for c.underWay > 0 {
		c.idle.Wait()
	}
	c.cancel()
}

// work does groups until nothing waits that may begin.
func (c *Committer[T]) work(l *line[T], group []pending[T]) {
	for group != nil {
		c.commit(l.tenant, group)
		l, group = c.handOver(l, group)
	}
}

// giveTurn puts a line that may have a group behind the others.
func (c *Committer[T]) giveTurn(l *line[T]) {
	if l.resting && len(l.waiting) < c.enough && !c.stopped {
		return
	}
	least := 1
	if l.groups > 0 {
		least = min(beside, c.limit)
	}
	if !l.inTurn && l.groups < perTenant && l.alone == 0 && len(l.waiting) >= least {
		l.inTurn = true
		c.turns = append(c.turns, l)
	}
}

// next takes the group of the line whose turn it is; nil: nothing waits that may begin now.
func (c *Committer[T]) next() (*line[T], []pending[T]) {
	for len(c.turns) > 0 && c.underWay < c.most {
		l := c.turns[0]
		c.turns = c.turns[1:]
		l.inTurn = false
		group := l.take(c.limit)
		if len(group) == 0 {
			continue // all that waits, waits for what is under way; release gives the next turn
		}
		l.groups++
		if c.goesAlone(group) {
			l.alone++
		}
		c.underWay++
		c.rest(l)
		c.giveTurn(l)
		return l, group
	}
	return nil, nil
}

// rest begins the pause behind a group's beginning.
func (c *Committer[T]) rest(l *line[T]) {
	if c.pause == 0 {
		return
	}
	l.resting = true
	l.rests++
	this := l.rests
	time.AfterFunc(c.pause, func() { c.rested(l, this) })
}

// rested ends a pause, if no other has begun, and does what has gathered.
func (c *Committer[T]) rested(l *line[T], pause int) {
	c.mu.Lock()
	if l.rests != pause {
		c.mu.Unlock()
		return
	}
	l.resting = false
	c.giveTurn(l)
	c.forget(l)
	l, group := c.next()
	c.mu.Unlock()
	c.work(l, group)
}

// forget drops a tenant of whom nothing is left.
func (c *Committer[T]) forget(l *line[T]) {
	if l.groups == 0 && len(l.waiting) == 0 && !l.resting {
		delete(c.lines, l.tenant)
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

// release ends a group; what has gathered meanwhile goes on without whoever did this one.
func (c *Committer[T]) release(l *line[T], group []pending[T]) {
	if l, group = c.handOver(l, group); group != nil {
		go c.work(l, group)
	}
}

// handOver lets the items behind a group's keys go, forgets a tenant of whom nothing is left, and takes the next group.
func (c *Committer[T]) handOver(l *line[T], group []pending[T]) (*line[T], []pending[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range group {
		delete(l.held, p.key)
	}
	l.groups--
	if c.goesAlone(group) {
		l.alone--
	}
	c.underWay--
	c.giveTurn(l)
	c.forget(l)
	l, group = c.next()
	if c.underWay == 0 {
		c.idle.Broadcast()
	}
	return l, group
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
