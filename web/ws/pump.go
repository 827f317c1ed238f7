package ws

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
	"sidetone/web/edge"
)

const (
	lookTime = 10 * time.Second       // one look into the database
	holdTime = 500 * time.Millisecond // before the next one, when it failed
)

// errBehind says that a hint promised rows which can't be read yet; they are there a moment later.
var errBehind = errors.New("rows that were announced are not there yet")

// pump works until there is nothing left to do; then the goroutine ends, and with it its memory.
func (s *socket) pump() {
	defer func() {
		if cause := recover(); cause != nil { // what this client has been told is uncertain now: it starts afresh
			s.log.Error("socket broken", "error", s.caught(cause))
			s.bye(broken)
			s.part(broken)
			s.quit()
		}
	}()
	for {
		do := s.next()
		if do == nil {
			return
		}
		err := do()
		var gone lost
		switch {
		case err == nil:
		case s.ctx.Err() != nil:
			s.quit()
			return
		case errors.As(err, &gone):
			s.log.Info("socket write failed", "error", err)
			var timeout net.Error
			if errors.As(gone.error, &timeout) && timeout.Timeout() {
				s.bye(tooSlow)
			}
			s.quit()
			s.cut() // the reader ends by it
			return
		default:
			s.hold(err)
		}
	}
}

// next is the next piece of work, the most urgent first; nil ends the pump.
func (s *socket) next() func() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.left:
	case s.leaving != nil && (len(s.tasks) == 0 || s.held || *s.leaving != restart):
		why := *s.leaving
		return func() error { s.part(why); return nil }
	case s.ping:
		s.ping = false
		return s.writePing
	case len(s.tasks) > 0 && (!s.held || s.tasks[0].plain()):
		t := s.tasks[0]
		if s.tasks = s.tasks[1:]; len(s.tasks) == 0 {
			s.tasks = nil
		}
		return func() error { return s.do(t) }
	case s.held:
	case len(s.resumes) > 0 && !s.paged:
		s.paged = true
		r := s.resumes[0]
		return func() error { return s.page(r) }
	default:
		s.paged = false
		if work := s.live(); work != nil {
			return work
		}
		if len(s.resumes) > 0 {
			r := s.resumes[0]
			return func() error { return s.page(r) }
		}
	}
	s.pumping = false
	return nil
}

// plain: an answer needs no database, so it goes out while that is away.
func (t task) plain() bool { return t.frame != nil && t.assigned == nil && t.along == nil && !t.greet }

// live is the next look that a hint asked for. Chats that are being resumed wait.
func (s *socket) live() func() error {
	for of, told := range s.moved {
		if s.waiting[of] == 0 {
			delete(s.moved, of)
			return func() error {
				return s.retry(s.catchUp(of, told), func() { s.moved = put(s.moved, of, max(told, s.moved[of])) })
			}
		}
	}
	for of, changed := range s.states {
		if s.waiting[of] == 0 {
			delete(s.states, of)
			return func() error { return s.retry(s.deliveries(of, changed), func() { s.statesLocked(of, changed) }) }
		}
	}
	switch {
	case s.offered:
		s.offered = false
		return func() error { return s.retry(s.lookAtOffers(), func() { s.offered = true }) }
	case s.changed:
		s.changed = false
		return func() error { return s.retry(s.lookAtStatus(), func() { s.changed = true }) }
	case s.resight:
		s.resight = false
		return func() error { return s.retry(s.lookAtSight(), func() { s.resight = true }) }
	case s.stirred:
		s.stirred = false
		return s.tellBoards
	case s.tend:
		s.tend = false
		return s.lookAround
	}
	return nil
}

func put[V any](m map[id.Chat]V, of id.Chat, v V) map[id.Chat]V {
	if m == nil {
		m = map[id.Chat]V{}
	}
	m[of] = v
	return m
}

// again notes what is to be done once more, and hands the error on.
func (s *socket) again(err error, note func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	note()
	return err
}

// retry is again, if there was an error.
func (s *socket) retry(err error, note func()) error {
	if err == nil {
		s.behind = 0
		return nil
	}
	return s.again(err, note)
}

// quit ends the pump for good.
func (s *socket) quit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.pumping = true, false
}

// hold stops looking for a while: the database is away, or a row is late. What was to be done is still noted.
func (s *socket) hold(err error) {
	wait := holdTime
	if errors.Is(err, errBehind) {
		s.behind++
		wait = min(10*time.Millisecond*time.Duration(s.behind), 5*time.Second)
	} else {
		s.log.Error("socket held up", "error", err)
	}
	s.mu.Lock()
	s.held = true
	s.mu.Unlock()
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held = false
		s.kickLocked()
	})
	if !errors.Is(err, errBehind) && !s.alerted {
		s.alerted = true
		s.tell("delayed", "Live updates are held up; what you send is kept")
	}
}

// tell is an alert; whether it arrives matters to nothing.
func (s *socket) tell(code, text string) {
	if err := s.write(frame{Type: typeAlert, Data: alertData{code, text}}); err != nil {
		s.cut()
	}
}

// recovered says so after an alert.
func (s *socket) recovered() {
	if s.alerted {
		s.alerted = false
		s.tell("recovered", "Live updates are back")
	}
}

func (s *socket) look() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, lookTime)
}

func (s *socket) writePing() error {
	err := s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.hub.Limits.Write))
	if err != nil {
		return lost{err}
	}
	return nil
}

// do works off one task. One that needs the database and fails is put back in front.
func (s *socket) do(t task) error {
	if t.greet {
		if err := s.greet(); err != nil {
			s.bye(broken)
			return err
		}
		return nil
	}
	if t.answered != 0 {
		delete(s.offers, t.answered)
		s.mu.Lock()
		delete(s.decided, t.answered)
		s.mu.Unlock()
	}
	if t.assigned != nil {
		if err := s.assign(*t.assigned); err != nil {
			return s.again(err, func() { s.tasks = slices.Insert(s.tasks, 0, t) })
		}
	}
	if t.along != nil {
		if err := s.readAlong(*t.along); err != nil {
			return s.again(err, func() { s.tasks = slices.Insert(s.tasks, 0, t) })
		}
	}
	if t.dropped != 0 {
		s.drop(t.dropped)
	}
	if t.stirred {
		s.stir()
	}
	if t.frame != nil {
		return s.writeBytes(t.frame)
	}
	return nil
}

// greet writes hello: everything as it is now. Rows from here on are live.
func (s *socket) greet() error {
	ctx, cancel := s.look()
	defer cancel()
	user, err := s.readUser(ctx)
	if err != nil {
		return err
	}
	rules, err := s.hub.Chats.Rules(ctx, s.tenant)
	if err != nil {
		return err
	}
	views, err := s.hub.Chats.Desk(ctx, s.tenant, s.user)
	if err != nil {
		return err
	}
	offers, err := s.hub.Router.Open(ctx, s.tenant, s.user)
	if err != nil {
		return err
	}
	limit := rules.Settings(0).Count(tenant.AgentChatLimit)
	if user.ChatLimit != nil {
		limit = *user.ChatLimit
	}
	wraps, err := s.hub.Chats.WrapUps(ctx, s.tenant, s.user)
	if err != nil {
		return err
	}
	s.status = statusData{user.Status, stamp(user.StatusSince)}
	data := helloData{
		Agent: agentData{s.user, user.Name, user.Email}, Status: string(user.Status), StatusSince: stamp(user.StatusSince),
		ServerTime: stamp(s.hub.Now()), Limit: limit, Chats: make([]chatData, len(views)), Offers: make([]offerData, len(offers)),
		WrapUps: make([]wrapData, len(wraps)),
	}
	sight := edge.SightOf(s.person, rules.Settings(0))
	s.masked, data.Masked = sight.Masked(), sight.Masked()
	for i, v := range views {
		if err := s.follow(ctx, v); err != nil {
			return err
		}
		data.Chats[i] = chatFrom(v, sight)
	}
	for i, v := range wraps {
		data.WrapUps[i] = wrapData{chatFrom(v, sight), stamp(v.EndedAt), wrapUpFrom(v, rules)}
	}
	s.offers = make(map[id.Chat]queues.Offer, len(offers))
	for i, o := range offers {
		s.offers[o.Chat] = o
		data.Offers[i] = offerFrom(o, rules.Tree, sight)
	}
	return s.write(frame{Type: typeHello, Data: data})
}

// sight is how this socket's agent sees consumers' numbers. A setting holds from the next frame on; whose roles change signs in
// again. When the settings can't be read, numbers are hidden.
func (s *socket) sight(ctx context.Context) edge.Sight {
	rules, err := s.hub.Chats.Rules(ctx, s.tenant)
	if err != nil {
		return edge.Sight{}
	}
	return edge.SightOf(s.person, rules.Settings(0))
}

// lookAtSight starts a client afresh whose agent is to see numbers otherwise than it was told: what it shows is not true any more.
func (s *socket) lookAtSight() error {
	ctx, cancel := s.look()
	defer cancel()
	rules, err := s.hub.Chats.Rules(ctx, s.tenant)
	if err != nil {
		return err
	}
	if edge.SightOf(s.person, rules.Settings(0)).Masked() != s.masked {
		s.bye(resight)
	}
	return nil
}

func (s *socket) readUser(ctx context.Context) (user tenant.User, err error) {
	err = s.hub.DB.InTenantTx(ctx, s.tenant, func(tx pgx.Tx) error {
		user, err = tenant.UserByID(ctx, tx, s.tenant, s.user)
		return err
	})
	return user, err
}

// lookAtOffers compares the agent's offers with those the client knows.
func (s *socket) lookAtOffers() error {
	ctx, cancel := s.look()
	defer cancel()
	tree, err := s.hub.Chats.Tree(ctx, s.tenant)
	if err != nil {
		return err
	}
	open, err := s.hub.Router.Open(ctx, s.tenant, s.user)
	if err != nil {
		return err
	}
	now := make(map[id.Chat]queues.Offer, len(open))
	for _, o := range open {
		now[o.Chat] = o
		if known, ok := s.offers[o.Chat]; ok && known.ID == o.ID && known.Transfer == o.Transfer {
			continue
		}
		if err := s.write(frame{Type: typeOffer, Chat: o.Chat, Data: offerFrom(o, tree, s.sight(ctx))}); err != nil {
			return err
		}
		s.offers[o.Chat] = o
	}
	for of, o := range s.offers {
		if _, still := now[of]; still || s.isDecided(of) {
			continue
		}
		if err := s.withdraw(ctx, o); err != nil {
			return err
		}
		delete(s.offers, of)
	}
	s.recovered()
	return nil
}

// isDecided: the agent is answering this offer on this very socket, so the answer tells what became of it.
func (s *socket) isDecided(of id.Chat) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decided[of]
}

func (s *socket) withdraw(ctx context.Context, o queues.Offer) error {
	v, err := s.hub.Chats.View(ctx, s.tenant, o.Chat)
	if err != nil {
		return err
	}
	data := withdrawnData{Why: "withdrawn"}
	switch {
	case v.Status == chat.Assigned && v.Agent.ID == s.user:
		data.Why = "accepted"
	case v.Status == chat.Assigned && v.Agent.ID == o.By: // the colleague who held it out has it still
		if !s.hub.Now().Before(o.ExpiresAt) {
			data.Why = "expired"
		}
	case v.Status == chat.Assigned:
		data = withdrawnData{"taken", v.Agent.Name}
	case v.Status.Final():
		data.Why = "ended"
	case !s.hub.Now().Before(o.ExpiresAt):
		data.Why = "expired"
	}
	return s.write(frame{Type: typeOfferWithdrawn, Chat: o.Chat, Data: data})
}

// lookAtStatus tells the agent's status when it is another one than the client knows.
func (s *socket) lookAtStatus() error {
	ctx, cancel := s.look()
	defer cancel()
	user, err := s.readUser(ctx)
	if err != nil {
		return err
	}
	is := statusData{user.Status, stamp(user.StatusSince)}
	if is.Status == s.status.Status && time.Time(is.Since).Equal(time.Time(s.status.Since)) {
		return nil
	}
	s.status = is
	return s.write(frame{Type: typeStatus, Data: is})
}

// lookAround is the net below the hints: now and then a socket makes sure that it has missed nothing. A hint that was
// lost is a delay of a minute. Whether the session still holds is asked for all sockets together (Hub.guard).
func (s *socket) lookAround() error {
	ctx, cancel := s.look()
	defer cancel()
	if err := s.hub.Callers.Sessions.Touch(ctx, s.tenant, s.session, s.hub.Now()); err != nil { // an open desk is in use
		return s.again(err, func() { s.tend = true })
	}
	if err := s.stillSupervises(ctx); err != nil {
		return s.again(err, func() { s.tend = true })
	}
	views, err := s.hub.Chats.Desk(ctx, s.tenant, s.user)
	if err != nil {
		return s.again(err, func() { s.tend = true })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered, s.changed, s.resight = true, true, true
	mine := make(map[id.Chat]bool, len(views))
	for _, v := range views {
		mine[v.ID] = true
		if f := s.chats[v.ID]; f == nil || f.last < v.LastSeq {
			s.moved = put(s.moved, v.ID, max(v.LastSeq, s.moved[v.ID]))
		}
	}
	for of, f := range s.chats {
		if !mine[of] { // its last row said so, or will when it is read
			s.moved = put(s.moved, of, max(f.last+1, s.moved[of]))
		}
		if len(f.open) > 0 {
			s.statesLocked(of, everything())
		}
	}
	for of, f := range s.former {
		if s.hub.Now().After(f.until) {
			delete(s.former, of)
			continue
		}
		s.statesLocked(of, everything())
	}
	return nil
}
