// Package ws is the agent's socket: GET /ws/agent (spec 1.8; openapi/asyncapi.yaml).
//
// A socket remembers how far its client is in every chat. Hints only say "look"; what is sent is always read from
// Postgres, so a hint that comes twice, late or not at all changes nothing but the delay. One goroutine a socket reads;
// another writes, and is there only while there is something to write.
package ws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"sidetone/chat"
	"sidetone/internal/bus"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	"sidetone/queues"
	"sidetone/web/edge"
)

// Subprotocol names the version of the protocol; a client must offer it.
const Subprotocol = "sidetone.v1"

// Config is what the sockets work with.
type Config struct {
	DB       *pg.DB
	Bus      *bus.Bus
	Chats    *chat.Service
	Router   *queues.Router
	Callers  edge.Callers
	Refusals edge.Refusals
	Node     id.Node
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  prometheus.Registerer // may be nil
	Limits   Limits
}

// Limits of a socket. Zero values mean the defaults.
type Limits struct {
	PingEvery time.Duration // 20 s
	Sessions  time.Duration // between two looks whether the sockets' sessions hold: 4 s
	Silence   time.Duration // after which a client is taken for gone: 50 s
	Slow      time.Duration // a frame that takes so long makes a client too slow: 5 s
	Write     time.Duration // and after so long the connection is cut: 30 s
	Goodbye   time.Duration // a client may take so long to answer our close: 2 s
	Outbox    int           // answers that may wait: 256
	Rate      float64       // requests a second: 500
	Burst     int           // requests at once: 1000
	Page      int           // rows read at a time: 200
}

func (l Limits) orDefaults() Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	count := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	def(&l.PingEvery, 20*time.Second)
	def(&l.Sessions, 4*time.Second)
	def(&l.Silence, 50*time.Second)
	def(&l.Slow, 5*time.Second)
	def(&l.Write, 30*time.Second)
	def(&l.Goodbye, 2*time.Second)
	count(&l.Outbox, 256)
	count(&l.Burst, 1000)
	count(&l.Page, 200)
	if l.Rate <= 0 {
		l.Rate = 500
	}
	return l
}

const (
	maxFrame    = 1 << 20
	readBuffer  = 1024
	writeBuffer = 4096
	// kernelBuffer is what the kernel keeps for a client that does not read.
	kernelBuffer = 64 << 10
	slots        = 20 // of the wheel: a twentieth of the sockets is looked after at a time
	tendEvery    = 3  // pings between two looks around
	// guardTime bounds one look at the sessions.
	guardTime = 3 * time.Second
)

// agent is whom a subject of the bus is about.
type agent struct {
	tenant id.Tenant
	user   id.User
}

// Hub holds the sockets of this node.
type Hub struct {
	Config
	upgrader websocket.Upgrader
	counts   counts
	stop     context.CancelFunc
	deaf     func()         // ends the subscription to settings
	turning  sync.WaitGroup // the wheel, the guard and the sweep of the absent

	mu      sync.Mutex
	closing bool
	sockets map[*socket]struct{}
	agents  map[agent]*desk
	next    int           // slot of the next socket
	empty   chan struct{} // closed when the last socket has gone after closing

	lookMu   sync.Mutex // before that of a lookout, which is before a socket's
	lookouts map[id.Tenant]*lookout
}

// desk is the sockets of one agent: a tab each. They share one subscription.
type desk struct {
	sockets []*socket
	cancel  func()
}

// New starts the wheel. Shutdown ends everything.
func New(cfg Config) (*Hub, error) {
	cfg.Limits = cfg.Limits.orDefaults()
	counts, err := newCounts(cfg.Metrics)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		Config: cfg, counts: counts, sockets: map[*socket]struct{}{}, agents: map[agent]*desk{}, lookouts: map[id.Tenant]*lookout{},
		empty: make(chan struct{}),
		upgrader: websocket.Upgrader{
			HandshakeTimeout: 5 * time.Second, ReadBufferSize: readBuffer, WriteBufferSize: writeBuffer,
			WriteBufferPool: &sync.Pool{}, Subprotocols: []string{Subprotocol},
			CheckOrigin: func(*http.Request) bool { return true }, // checked before, where the tenant is known
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.stop = cancel
	h.deaf = cfg.Bus.Subscribe(event.SettingsSubjects, h.settingsChanged)
	h.turning.Go(func() { h.turn(ctx) })
	h.turning.Go(func() { h.guard(ctx) })
	h.turning.Go(func() { h.sweepAbsent(ctx) })
	return h, nil
}

// ServeHTTP takes a socket in: who asks, from which page, in which protocol, in this order.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	session, err := h.admit(r)
	if err != nil {
		h.counts.refused.Inc()
		h.Log.InfoContext(r.Context(), "socket refused", "error", err)
		h.Refusals.Write(w, r, err)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		h.Log.InfoContext(r.Context(), "socket not upgraded", "error", err)
		return
	}
	h.open(r.Context(), conn, session)
}

// admit decides who may open a socket. A browser sends its cookie unasked, so the page must be on the list (reference
// E4). Every browser names the page in Origin; whoever names none is a program that holds the session itself.
func (h *Hub) admit(r *http.Request) (session tenant.Session, err error) {
	switch {
	case r.Method != http.MethodGet || !websocket.IsWebSocketUpgrade(r):
		return session, errs.New(errs.Invalid, "This address is for WebSockets")
	case !slices.Contains(websocket.Subprotocols(r), Subprotocol):
		return session, errs.New(errs.Invalid, "The subprotocol %s is needed", Subprotocol)
	case h.isClosing():
		return session, errs.New(errs.Unavailable, "The server restarts")
	}
	origin := r.Header.Get("Origin")
	if origin != "" && !h.Callers.Origins.Allowed(origin, h.Callers.Origins.Tenant(r.Host)) {
		return session, errs.New(errs.Forbidden, "This page may not open a socket")
	}
	if ticket := r.URL.Query().Get("ticket"); ticket != "" {
		if session, err = h.Callers.Sessions.Redeem(r.Context(), ticket, h.Now()); err != nil {
			return session, err
		}
		return session, h.Callers.SameTenant(r, session)
	}
	return h.Callers.Find(r)
}

// open registers a socket and starts it. Subscribing comes before reading, so nothing is missed in between.
func (h *Hub) open(ctx context.Context, conn *websocket.Conn, session tenant.Session) {
	s := newSocket(h, conn, session, edge.RequestID(ctx))
	if !h.add(s) {
		s.bye(restart)
		_ = conn.Close()
		return
	}
	h.counts.opened.Inc()
	s.log.Info("socket open")
	go s.read()
}

func (h *Hub) isClosing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closing
}

func (h *Hub) add(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	who := agent{s.tenant, s.user}
	d := h.agents[who]
	if d == nil {
		d = &desk{}
		h.agents[who] = d
		d.cancel = h.Bus.Subscribe(event.AgentSubject(who.tenant, who.user), func(hint event.Hint) { h.hint(who, hint) })
	}
	d.sockets = append(d.sockets, s)
	h.sockets[s] = struct{}{}
	s.slot = h.next % slots
	h.next++
	h.counts.sockets.Set(float64(len(h.sockets)))
	return true
}

func (h *Hub) remove(s *socket) {
	h.leaveLookout(s, func(l *lookout) { l.forget(s) })
	h.mu.Lock()
	defer h.mu.Unlock()
	who := agent{s.tenant, s.user}
	d := h.agents[who]
	d.sockets = slices.DeleteFunc(d.sockets, func(o *socket) bool { return o == s })
	if len(d.sockets) == 0 {
		d.cancel()
		delete(h.agents, who)
	}
	delete(h.sockets, s)
	h.counts.sockets.Set(float64(len(h.sockets)))
	if h.closing && len(h.sockets) == 0 {
		close(h.empty)
	}
}

// hint passes a hint on to an agent's sockets. It never waits.
func (h *Hub) hint(who agent, hint event.Hint) {
	h.mu.Lock()
	d := h.agents[who]
	var sockets []*socket
	if d != nil {
		sockets = slices.Clone(d.sockets)
	}
	h.mu.Unlock()
	if hint.Kind == event.SessionEnded {
		h.Callers.Sessions.Forget(hint.Session)
	}
	for _, s := range sockets {
		s.hint(hint)
	}
}

// settingsChanged lets the sockets of a tenant look how its agents see numbers.
func (h *Hub) settingsChanged(hint event.Hint) {
	h.Chats.Forget(hint.Tenant) // whoever hears the same may come later
	for _, s := range h.all() {
		if s.tenant == hint.Tenant {
			s.hint(hint)
		}
	}
}

// turn is the wheel: one goroutine pings all sockets, a slot at a time.
func (h *Hub) turn(ctx context.Context) {
	ticker := time.NewTicker(h.Limits.PingEvery / slots)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		for _, s := range h.all() {
			s.watch(now)
			if s.slot == n%slots {
				s.tick()
			}
		}
		for _, l := range h.allLookouts() {
			l.sweep(h.Now())
		}
	}
}

// guard closes the sockets whose session has ended or whose user is disabled, also when no hint says so (reference E3:
// within 5 s).
func (h *Hub) guard(ctx context.Context) {
	ticker := time.NewTicker(h.Limits.Sessions)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := h.checkSessions(ctx); err != nil && ctx.Err() == nil {
			h.Log.Warn("look whether the sockets' sessions hold", "error", err)
		}
	}
}

func (h *Hub) checkSessions(ctx context.Context) error {
	sockets := h.all()
	if len(sockets) == 0 {
		return nil
	}
	open := map[id.Tenant][]id.Session{}
	for _, s := range sockets {
		open[s.tenant] = append(open[s.tenant], s.session)
	}
	ctx, cancel := context.WithTimeout(ctx, guardTime)
	defer cancel()
	standing, err := h.Callers.Sessions.Standing(ctx, open, h.Now())
	if err != nil {
		return err
	}
	for _, s := range sockets {
		if !standing[s.session] {
			h.Callers.Sessions.Forget(s.session)
			s.bye(sessionEnded)
		}
	}
	return nil
}

func (h *Hub) allLookouts() []*lookout {
	h.lookMu.Lock()
	defer h.lookMu.Unlock()
	return slices.Collect(maps.Values(h.lookouts))
}

func (h *Hub) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*socket, 0, len(h.sockets))
	for s := range h.sockets {
		out = append(out, s)
	}
	return out
}

// Shutdown says goodbye to every client, waits until they have gone, and cuts those off who have not when ctx ends.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	first := !h.closing
	h.closing = true
	if first && len(h.sockets) == 0 {
		close(h.empty)
	}
	h.mu.Unlock()
	for _, s := range h.all() {
		s.bye(restart)
	}
	h.deaf()
	h.stop()
	h.turning.Wait()
	select {
	case <-h.empty:
		return nil
	case <-ctx.Done():
	}
	for _, s := range h.all() {
		s.cut()
	}
	return fmt.Errorf("close the sockets: %w", ctx.Err())
}

// arrive notes the socket, so that its agent counts as connected. Who was unresponsive is available again: they were
// before, and it was their desk that did not respond.
func (h *Hub) arrive(ctx context.Context, s *socket) (user tenant.User, err error) {
	err = h.DB.InTenantTx(ctx, s.tenant, func(tx pgx.Tx) error {
		if err := tenant.AddSocket(ctx, tx, s.presence()); err != nil {
			return err
		}
		user, err = tenant.UserByID(ctx, tx, s.tenant, s.user)
		if err != nil || user.Status != tenant.Unresponsive {
			return err
		}
		user.Status = tenant.Available
		_, err = tenant.SetStatus(ctx, tx, s.tenant, s.user, tenant.StatusChange{
			Status: user.Status, At: h.Now().Truncate(time.Microsecond), Why: tenant.ByLogin,
		})
		return err
	})
	return user, err
}

// depart notes that a socket has gone. With the last one its agent's offers go too, and an agent who does not come back in
// time is unresponsive (spec 1.7).
func (h *Hub) depart(ctx context.Context, s *socket) error {
	rules, err := h.Chats.Rules(ctx, s.tenant)
	if err != nil {
		return err
	}
	still := false
	err = h.DB.InTenantTx(ctx, s.tenant, func(tx pgx.Tx) error {
		if err := tenant.RemoveSocket(ctx, tx, s.presence()); err != nil {
			return err
		}
		connected, err := tenant.Connected(ctx, tx, s.tenant)
		if still = slices.Contains(connected, s.user); err != nil || still {
			return err
		}
		return tenant.ExpectReturn(ctx, tx, s.tenant, s.user, h.Now().Add(rules.Settings(0).Duration(tenant.UnresponsiveAfter)))
	})
	if err != nil || still {
		return err
	}
	return h.Router.AgentGone(ctx, s.tenant, s.user)
}

func (s *socket) presence() tenant.Socket {
	return tenant.Socket{Tenant: s.tenant, User: s.user, ID: s.id, Node: s.hub.Node}
}

type counts struct {
	sockets prometheus.Gauge
	opened  prometheus.Counter
	refused prometheus.Counter
	closed  *prometheus.CounterVec
	frames  *prometheus.CounterVec
	asked   *prometheus.CounterVec
	panics  prometheus.Counter
}

func newCounts(reg prometheus.Registerer) (counts, error) {
	c := counts{
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sidetone_sockets", Help: "Agent sockets open on this node."}),
		opened:  prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_sockets_opened_total", Help: "Agent sockets opened."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_sockets_refused_total", Help: "Upgrades refused."}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_sockets_closed_total", Help: "Agent sockets closed, by who: client, or our close code.",
		}, []string{"code"}),
		frames: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_socket_frames_total", Help: "Frames sent to agents, by type.",
		}, []string{"type"}),
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_socket_requests_total", Help: "Requests of agents, by type and answer.",
		}, []string{"type", "answer"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_socket_panics_total", Help: "Panics caught in sockets."}),
	}
	if reg == nil {
		return c, nil
	}
	var err error
	for _, m := range []prometheus.Collector{c.sockets, c.opened, c.refused, c.closed, c.frames, c.asked, c.panics} {
		err = errors.Join(err, reg.Register(m))
	}
	if err != nil {
		return c, fmt.Errorf("register the metrics of sockets: %w", err)
	}
	return c, nil
}

func newSocket(h *Hub, conn *websocket.Conn, session tenant.Session, requestID string) *socket {
	ctx, cancel := context.WithCancel(context.Background())
	s := &socket{
		hub: h, conn: conn, ctx: ctx, cancel: cancel, id: uuid.New(), session: session.ID,
		tenant: session.Tenant.ID, user: session.User.ID, person: session.User,
		limiter: rate.NewLimiter(rate.Limit(h.Limits.Rate), h.Limits.Burst),
	}
	s.log = h.Log.With("tenant", s.tenant, "user", s.user, "socket", s.id, "request_id", requestID)
	s.tasks = append(s.tasks, task{greet: true})
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(kernelBuffer) // without it a client that does not read may fill megabytes of ours
	}
	return s
}
