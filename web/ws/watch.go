package ws

import (
	"context"
	"slices"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// watching is a board that the client looks at, and how far it is.
type watching struct {
	filter filter
	rev    int // 0: it has no snapshot yet
}

// supervises refuses whoever is neither manager nor admin.
func (s *socket) supervises(ctx context.Context) error {
	user, err := s.readUser(ctx)
	if err != nil {
		return err
	}
	if !user.Has(tenant.RoleManager, tenant.RoleAdmin) {
		return errs.New(errs.Forbidden, "Your role does not allow this")
	}
	return nil
}

type watchData struct {
	Topic  topic  `json:"topic"`
	Filter filter `json:"filter"`
}

func watchFrom(r request) (data watchData, err error) {
	if err := decode(r.Data, &data); err != nil {
		return data, err
	}
	switch {
	case !slices.Contains(topics, data.Topic):
		return data, errs.Field("topic", "topic is chats, agents or queues")
	case data.Filter.Queue < 0 || data.Filter.Agent < 0:
		return data, errs.Field("filter", "filter names a queue or an agent by id")
	}
	return data, nil
}

// watch begins with a snapshot; watching a topic again begins anew, with another filter.
func (s *socket) watchTopic(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	data, err := watchFrom(r)
	if err != nil {
		return nil, task{}, err
	}
	s.mu.Lock()
	if s.watches == nil {
		s.watches = map[topic]*watching{}
	}
	s.watches[data.Topic] = &watching{filter: data.Filter}
	s.mu.Unlock()
	s.hub.lookout(s.tenant, func(l *lookout) { l.watch(s, data.Topic) })
	return nil, task{stirred: true}, nil
}

func (s *socket) unwatch(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	data, err := watchFrom(r)
	if err != nil {
		return nil, task{}, err
	}
	s.mu.Lock()
	delete(s.watches, data.Topic)
	none := len(s.watches) == 0
	s.mu.Unlock()
	if none {
		s.hub.leaveLookout(s, func(l *lookout) { delete(l.watchers, s) })
	}
	return nil, task{}, nil
}

// stir says that a board has changed.
func (s *socket) stir() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stirred = true
	s.kickLocked()
}

// tellBoards sends what the client lacks of the boards it watches, one frame each.
func (s *socket) tellBoards() error {
	for _, of := range topics {
		kind, data, some := s.lack(of)
		if !some {
			continue
		}
		if err := s.write(frame{Type: kind, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

func (s *socket) lack(of topic) (kind string, data boardData, some bool) {
	s.hub.lookMu.Lock()
	l := s.hub.lookouts[s.tenant]
	s.hub.lookMu.Unlock()
	if l == nil {
		return "", data, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	w, b := s.watches[of], l.boards[of]
	if w == nil || b == nil || b.rev == w.rev {
		return "", data, false
	}
	kind, data = b.lack(of, w.rev, w.filter)
	if of == topicChats && kind == typeSnapshot {
		data.Partial = len(b.lines) >= chat.WatchedMost
	}
	w.rev = b.rev
	return kind, data, kind == typeSnapshot || len(data.Rows)+len(data.Removed) > 0
}

// followChat lets a supervisor read along. Rows from here on are live; resume has those before.
func (s *socket) followChat(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	s.hub.lookout(s.tenant, func(l *lookout) { l.follow(s, r.Chat) }) // before it is read, so that nothing is missed
	view, err := s.hub.Chats.ReadAlong(ctx, s.tenant, r.Chat, s.user)
	if err != nil {
		s.stopFollowing(r.Chat)
		return nil, task{}, err
	}
	return chatFrom(view, s.sight(ctx)), task{along: &view}, nil
}

func (s *socket) unfollow(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	s.stopFollowing(r.Chat)
	return nil, task{dropped: r.Chat}, nil
}

func (s *socket) stopFollowing(of id.Chat) {
	s.hub.leaveLookout(s, func(l *lookout) { l.unfollow(s, of) })
}

// readAlong starts following a chat that is somebody else's.
func (s *socket) readAlong(v chat.View) error {
	if s.chats[v.ID] != nil {
		return nil
	}
	ctx, cancel := s.look()
	defer cancel()
	if err := s.follow(ctx, v); err != nil {
		return err
	}
	s.chats[v.ID].along = true
	return nil
}

// drop stops following, unless the chat has become one's own.
func (s *socket) drop(of id.Chat) {
	if f := s.chats[of]; f != nil && f.along {
		s.mu.Lock()
		delete(s.chats, of)
		s.mu.Unlock()
	}
}

// turnAlong tells who reads along how the chat stands after a mark; it may be theirs now.
func (s *socket) turnAlong(f *followed, v chat.View) error {
	if v.Status == chat.Assigned && v.Agent.ID == s.user {
		return s.own(f, v)
	}
	if err := s.write(frame{Type: typeChatUpdated, Chat: v.ID, Data: chatFrom(v, s.sight(s.ctx))}); err != nil {
		return err
	}
	if v.Status.Final() {
		s.stopFollowing(v.ID)
		s.leave(v.ID, f)
	}
	return nil
}

// own makes a chat that was read along the agent's own.
func (s *socket) own(f *followed, v chat.View) error {
	s.stopFollowing(v.ID)
	f.along, f.turned = false, false
	v.LastSeq = f.last // rows from there on follow
	return s.write(frame{Type: typeChatAssigned, Chat: v.ID, Data: chatFrom(v, s.sight(s.ctx))})
}

// stillSupervises ends what a supervisor sees when they are none any more.
func (s *socket) stillSupervises(ctx context.Context) error {
	s.mu.Lock()
	some := len(s.watches) > 0
	for _, f := range s.chats {
		some = some || f.along
	}
	s.mu.Unlock()
	if !some {
		return nil
	}
	err := s.supervises(ctx)
	if errs.CodeOf(err) != errs.Forbidden {
		return err
	}
	s.hub.leaveLookout(s, func(l *lookout) { l.forget(s) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches = nil
	for of, f := range s.chats {
		if f.along {
			delete(s.chats, of)
		}
	}
	return nil
}

func (s *socket) whisper(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	var data struct {
		Text string `json:"text"`
	}
	if err := decode(r.Data, &data); err != nil {
		return nil, task{}, err
	}
	return nil, task{}, s.hub.Chats.Whisper(ctx, s.tenant, r.Chat, s.user, data.Text)
}

func (s *socket) join(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	return nil, task{}, s.hub.Chats.Join(ctx, s.tenant, r.Chat, s.user)
}

func (s *socket) leaveChat(ctx context.Context, r request) (any, task, error) {
	if err := s.supervises(ctx); err != nil {
		return nil, task{}, err
	}
	return nil, task{}, s.hub.Chats.Leave(ctx, s.tenant, r.Chat, s.user)
}

// byRank does what only a chat's agent may do for a supervisor too.
func (s *socket) byRank(ctx context.Context, err error, do func() error) error {
	if errs.CodeOf(err) != errs.NotOwner || s.supervises(ctx) != nil {
		return err
	}
	return do()
}
