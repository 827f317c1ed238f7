package ws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"sidetone/chat"
	"sidetone/internal/event"
	"sidetone/internal/id"
)

const (
	lookEvery = 250 * time.Millisecond // at most one look of a tenant at its boards
	lookAll   = 30 * time.Second       // the net below the hints: everything is read anew
	countDay  = 10 * time.Second       // the day's figures cost more
)

// lookout is what this node's supervisors of one tenant share (spec 1.8, 5.2): boards that are read set-wise when hints say
// that something has changed, at most every 250 ms however many watch; and who reads along in which chat. It is there only
// while somebody watches.
type lookout struct {
	hub    *Hub
	tenant id.Tenant
	cancel []func()

	mu       sync.Mutex
	watchers map[*socket]bool
	along    map[id.Chat]map[*socket]bool
	boards   map[topic]*board
	dirty    dirty
	busy     bool
	held     bool // the database failed: a timer goes on
	looked   time.Time
	swept    time.Time

	// The look's own.
	days    map[id.Queue]chat.DayFigures
	counted time.Time
	ringing map[id.Chat]bool
}

// dirty is what hints have announced since the last look.
type dirty struct {
	all    bool
	chats  map[id.Chat]bool
	offers bool
	agents bool
}

func (d *dirty) add(o dirty) {
	d.all, d.offers, d.agents = d.all || o.all, d.offers || o.offers, d.agents || o.agents
	for c := range o.chats {
		if d.chats == nil {
			d.chats = map[id.Chat]bool{}
		}
		d.chats[c] = true
	}
}

func (d *dirty) none() bool { return !d.all && !d.offers && !d.agents && len(d.chats) == 0 }

// lookout finds or makes that of a tenant, and notes who it is for.
func (h *Hub) lookout(t id.Tenant, join func(*lookout)) {
	h.lookMu.Lock()
	defer h.lookMu.Unlock()
	l := h.lookouts[t]
	if l == nil {
		l = &lookout{
			hub: h, tenant: t, watchers: map[*socket]bool{}, along: map[id.Chat]map[*socket]bool{}, boards: map[topic]*board{},
			swept: h.Now(),
		}
		h.lookouts[t] = l
		l.cancel = []func(){
			h.Bus.Subscribe(event.HouseSubject(t), l.hint),
			h.Bus.Subscribe(event.Hint{Kind: event.Settings, Tenant: t}.Subject(), l.hint),
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	join(l)
	l.kickLocked()
}

// leaveLookout is the reverse: with the last one who watches or reads along everything stops.
func (h *Hub) leaveLookout(s *socket, leave func(*lookout)) {
	h.lookMu.Lock()
	defer h.lookMu.Unlock()
	l := h.lookouts[s.tenant]
	if l == nil {
		return
	}
	l.mu.Lock()
	leave(l)
	empty := len(l.watchers) == 0 && len(l.along) == 0
	if len(l.watchers) == 0 {
		l.boards, l.dirty = map[topic]*board{}, dirty{}
	}
	l.mu.Unlock()
	if !empty {
		return
	}
	delete(h.lookouts, s.tenant)
	for _, cancel := range l.cancel {
		cancel()
	}
}

// tellSupervisors says that a desk was opened or closed. It is nobody's status that changed, so no agent is told.
func (h *Hub) tellSupervisors(t id.Tenant) {
	h.Bus.Publish(event.Hint{Kind: event.AgentChanged, Tenant: t})
}

// watch puts a socket before a board.
func (l *lookout) watch(s *socket, of topic) {
	l.watchers[s] = true
	if l.boards[of] == nil {
		l.boards[of] = &board{lines: map[int64]*line{}}
		l.dirty.all = true
	}
}

// follow lets a socket hear of a chat.
func (l *lookout) follow(s *socket, of id.Chat) {
	if l.along[of] == nil {
		l.along[of] = map[*socket]bool{}
	}
	l.along[of][s] = true
}

func (l *lookout) unfollow(s *socket, of id.Chat) {
	delete(l.along[of], s)
	if len(l.along[of]) == 0 {
		delete(l.along, of)
	}
}

// forget is a socket that has gone.
func (l *lookout) forget(s *socket) {
	delete(l.watchers, s)
	for of := range l.along {
		l.unfollow(s, of)
	}
}

// hint notes what may have changed, and passes on what concerns a chat in which somebody reads along.
func (l *lookout) hint(h event.Hint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.along[h.Chat] {
		if h.User != s.user { // their own hints reach them anyway
			s.hint(h)
		}
	}
	if len(l.watchers) == 0 {
		return
	}
	switch h.Kind {
	case event.ChatMoved:
		l.dirty.add(dirty{chats: map[id.Chat]bool{h.Chat: true}, agents: true})
	case event.OffersChanged:
		l.dirty.add(dirty{offers: true, agents: true})
	case event.AgentChanged:
		l.dirty.add(dirty{agents: true})
	case event.Settings:
		l.dirty.all = true
	default:
		return
	}
	l.kickLocked()
}

// sweep is the wheel passing by: hints may be lost, and days begin.
func (l *lookout) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.watchers) == 0 || now.Sub(l.swept) < lookAll {
		return
	}
	l.swept, l.dirty.all = now, true
	l.kickLocked()
}

// kickLocked sees to it that somebody looks: at once after a quiet time, else when the last look is 250 ms old.
func (l *lookout) kickLocked() {
	if l.busy || l.held || l.dirty.none() || len(l.watchers) == 0 {
		return
	}
	l.busy = true
	time.AfterFunc(max(0, lookEvery-time.Since(l.looked)), l.look)
}

// look reads what is dirty and tells the watchers. One runs at a time.
func (l *lookout) look() {
	defer func() {
		if cause := recover(); cause != nil {
			l.hub.counts.panics.Inc()
			l.hub.Log.Error("look at the boards", "tenant", l.tenant, "panic", cause)
			l.mu.Lock()
			l.busy = false
			l.mu.Unlock()
		}
	}()
	l.mu.Lock()
	work, want := l.dirty, slices.Collect(maps.Keys(l.boards))
	l.dirty, l.looked = dirty{}, time.Now()
	l.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	found, err := l.read(ctx, work, want)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
	if err != nil {
		l.hub.Log.Error("look at the boards", "tenant", l.tenant, "error", err)
		l.dirty.add(work)
		l.held = true
		time.AfterFunc(holdTime, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.held = false
			l.kickLocked()
		})
		return
	}
	if l.take(found) {
		for s := range l.watchers {
			s.stir()
		}
	}
	l.kickLocked()
}

// found is what a look has read; nil topics were not looked at.
type found struct {
	chats  []line
	whole  bool // chats are all there are
	agents []line
	queues []line
}

func (l *lookout) take(f found) (changed bool) {
	if b := l.boards[topicChats]; b != nil {
		if f.whole {
			changed = b.replace(f.chats)
		} else if b.rev > 0 {
			changed = b.put(f.chats)
		}
	}
	if b := l.boards[topicAgents]; b != nil && f.agents != nil {
		changed = b.replace(f.agents) || changed
	}
	if b := l.boards[topicQueues]; b != nil && f.queues != nil {
		changed = b.replace(f.queues) || changed
	}
	return changed
}

func (l *lookout) read(ctx context.Context, work dirty, want []topic) (f found, err error) {
	chats := l.hub.Chats
	if slices.Contains(want, topicChats) && (work.all || work.offers || len(work.chats) > 0) {
		if err := l.readChats(ctx, work, &f); err != nil {
			return f, err
		}
	}
	forAgents, forQueues := slices.Contains(want, topicAgents), slices.Contains(want, topicQueues)
	if !forAgents && !forQueues || !work.all && !work.agents {
		return f, nil
	}
	agents, err := chats.WatchedAgents(ctx, l.tenant)
	if err != nil {
		return f, err
	}
	if forAgents {
		if f.agents, err = linesOf(agents, boardAgentFrom); err != nil {
			return f, err
		}
	}
	if !forQueues {
		return f, nil
	}
	if now := time.Now(); now.Sub(l.counted) >= countDay {
		if l.days, err = chats.WatchedDays(ctx, l.tenant); err != nil {
			return f, err
		}
		l.counted = now
	}
	queues, err := chats.WatchedQueues(ctx, l.tenant, agents, l.days)
	if err != nil {
		return f, err
	}
	f.queues, err = linesOf(queues, boardQueueFrom)
	return f, err
}

// readChats reads all chats of the board, or those that hints have named and those that ring or have rung.
func (l *lookout) readChats(ctx context.Context, work dirty, f *found) error {
	ids := slices.Collect(maps.Keys(work.chats))
	var err error
	if f.whole = work.all; f.whole {
		if ids, err = l.hub.Chats.WatchedIDs(ctx, l.tenant); err != nil {
			return err
		}
	}
	if work.all || work.offers {
		ring, err := l.hub.Chats.OfferedIDs(ctx, l.tenant)
		if err != nil {
			return err
		}
		if !f.whole {
			ids = append(append(ids, ring...), slices.Collect(maps.Keys(l.ringing))...)
		}
		l.ringing = make(map[id.Chat]bool, len(ring))
		for _, c := range ring {
			l.ringing[c] = true
		}
	}
	slices.Sort(ids)
	read, err := l.hub.Chats.Watched(ctx, l.tenant, slices.Compact(ids))
	if err != nil {
		return err
	}
	f.chats, err = linesOf(read, boardChatFrom)
	return err
}

func linesOf[T any](rows []T, from func(T) (line, error)) ([]line, error) {
	out := make([]line, len(rows))
	var failed error
	for i, r := range rows {
		l, err := from(r)
		out[i], failed = l, errors.Join(failed, err)
	}
	return out, failed
}
