// Package web puts the edge together: which door stands at which address, and what every request goes through on its way
// there. The doors themselves are its folders.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sidetone/chat"
	"sidetone/internal/bus"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/firstrun"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	"sidetone/openapi"
	"sidetone/queues"
	"sidetone/smsapi"
	"sidetone/web/api"
	"sidetone/web/app"
	"sidetone/web/console"
	"sidetone/web/docs"
	"sidetone/web/edge"
	"sidetone/web/files"
	"sidetone/web/hooks"
	"sidetone/web/ws"
)

// Config is what the edge works with. All but Origins, Proxies, Setup, Simulator, SimulatorURL and Sockets is needed.
type Config struct {
	DB       *pg.DB
	Bus      *bus.Bus
	Node     id.Node
	Chats    *chat.Service
	SMS      *smsapi.Service
	Nodes    func() int // live nodes of the cluster
	Router   *queues.Router
	Accounts *carrier.Accounts
	Receipts *carrier.Receipts
	Media    *media.Service
	Sessions *tenant.Sessions
	Logins   *tenant.Logins
	SignIns  *tenant.SignIns

	PublicURL string         // how browsers and carriers reach us
	Origins   []string       // further pages that may ask with a session
	Proxies   []netip.Prefix // in front of us, whose word on where a client is we take

	Setup        *firstrun.Service  // nil where nothing is to be set up
	Simulator    *console.Simulator // the phones; nil where no simulated carrier runs
	SimulatorURL string             // the simulated carrier, then answered below /sim for who is signed in

	Migrated func(ctx context.Context) error // whether the database has what this program needs; for /readyz
	Sockets  ws.Limits
	Metrics  *prometheus.Registry
	Log      *slog.Logger // with an edge.LogHandler inside, if request ids are to be in the lines of all floors
	Now      func() time.Time
}

// writeTime is how long an answer may take, from its request's head to its last byte. A client that does not read can't keep
// it for ever; a login may be slowed by 20 s.
const writeTime = time.Minute

// Server is the edge of one node.
type Server struct {
	http    *http.Server
	sockets *ws.Hub
	handler http.Handler
	part    context.CancelFunc // ends streams that would never end by themselves
}

// New puts the edge together; Start opens it.
func New(cfg Config) (*Server, error) {
	cfg.Log = slog.New(edge.LogHandler{Handler: bare(cfg.Log.Handler())})
	origins, err := edge.NewOrigins(cfg.PublicURL, cfg.Origins...)
	if err != nil {
		return nil, err
	}
	refusals := edge.Refusals{Log: cfg.Log}
	callers := edge.Callers{Sessions: cfg.Sessions, Origins: origins, Now: cfg.Now}

	webhooks, err := hooks.New(hooks.Config{
		Accounts: cfg.Accounts, Chats: cfg.Chats, Receipts: cfg.Receipts, PublicURL: cfg.PublicURL,
		Refusals: refusals, Now: cfg.Now, Log: cfg.Log, Metrics: cfg.Metrics,
	})
	if err != nil {
		return nil, err
	}
	desk, err := console.New(console.Config{
		DB: cfg.DB, Logins: cfg.Logins, SignIns: cfg.SignIns, Callers: callers, Refusals: refusals, Chats: cfg.Chats, Media: cfg.Media, Router: cfg.Router, Accounts: cfg.Accounts, Publish: cfg.Bus.Publish,
		Simulator: cfg.Simulator, Setup: cfg.Setup, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	public, err := api.New(api.Config{
		DB: cfg.DB, Chats: cfg.Chats, SMS: cfg.SMS, Media: cfg.Media, Origins: origins, Refusals: refusals, Nodes: cfg.Nodes, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	watch, err := newWatch(cfg.Log, refusals, cfg.Metrics)
	if err != nil {
		return nil, err
	}
	sockets, err := ws.New(ws.Config{
		DB: cfg.DB, Bus: cfg.Bus, Chats: cfg.Chats, Router: cfg.Router, Callers: callers, Refusals: refusals,
		Node: cfg.Node, Now: cfg.Now, Log: cfg.Log, Metrics: cfg.Metrics, Limits: cfg.Sockets,
	})
	if err != nil {
		return nil, err
	}

	s := &Server{sockets: sockets}
	var streams context.Context
	streams, s.part = context.WithCancel(context.Background())
	r := chi.NewRouter()
	r.Use(edge.Identify, edge.FromClient(cfg.Proxies), speak, watch.middleware, protect(origins.Secure()), bound)
	r.Handle("/hooks/*", webhooks) // not Mount: the contracts of both have their whole paths
	r.Handle("/ws/agent", sockets)
	r.Handle("/api/console/*", desk)
	r.Handle(api.Base+"/*", public)
	r.Handle("/media/*", files.Links(cfg.Media, refusals))
	r.Handle("/healthz", read(http.HandlerFunc(healthz)))
	r.Handle("/readyz", read(readyz(cfg)))
	r.Handle("/metrics", read(promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelError)})))
	if cfg.SimulatorURL != "" {
		sim, err := simulator(streams, cfg.SimulatorURL, callers, cfg.Chats, refusals)
		if err != nil {
			s.part()
			return nil, errors.Join(err, sockets.Shutdown(context.Background()))
		}
		r.Handle("/sim/*", sim)
	}
	contracts, err := docs.Handler(openapi.FS, app.Tokens, edge.NotFound)
	if err != nil {
		return nil, errors.Join(err, sockets.Shutdown(context.Background()))
	}
	r.Handle("/docs", read(contracts))
	r.Handle("/docs/*", read(contracts))
	r.Handle("/*", read(app.Handler()))
	s.handler = r
	s.http = &http.Server{
		Handler: r, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: writeTime, IdleTimeout: 75 * time.Second, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// read refuses to change what can only be read.
func read(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			edge.MethodNotAllowed(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bare takes a wrapping off that the caller may have put on already: one request_id a line is enough.
func bare(h slog.Handler) slog.Handler {
	if wrapped, ok := h.(edge.LogHandler); ok {
		return wrapped.Handler
	}
	return h
}

// Handler is the whole edge, for tests.
func (s *Server) Handler() http.Handler { return s.handler }

// Start serves in the background. What is sent to the channel ended the server, unless Shutdown did.
func (s *Server) Start(listener net.Listener) <-chan error {
	ended := make(chan error, 1)
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			ended <- fmt.Errorf("serve on %s: %w", listener.Addr(), err)
		}
		close(ended)
	}()
	return ended
}

// Shutdown takes nothing new, says goodbye to the sockets and finishes what is in flight; what is not done when ctx ends
// is cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.part()
	parted := make(chan error, 1)
	go func() { parted <- s.sockets.Shutdown(ctx) }()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("finish what is in flight: %w", err), s.http.Close())
	}
	return errors.Join(err, <-parted)
}

// simulator passes what the demo's phones do on to the simulated carrier. Events flow as they come, until streams ends.
func simulator(streams context.Context, address string, callers edge.Callers, chats *chat.Service, refusals edge.Refusals) (http.Handler, error) {
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("the simulated carrier's address %q is none", address)
	}
	proxy := newProxy(target, refusals)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := callers.Ours(r, false); err != nil {
			refusals.Write(w, r, err)
			return
		}
		if err := mayPlay(r, callers, chats); err != nil {
			refusals.Write(w, r, err)
			return
		}
		if r.Method == http.MethodGet {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a stream of events has no end
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(streams, cancel)()
			r = r.WithContext(ctx)
		}
		proxy.ServeHTTP(w, r)
	}), nil
}

// mayPlay refuses who is not signed in, and whom the tenant hides consumers' numbers from: the phones show them.
func mayPlay(r *http.Request, callers edge.Callers, chats *chat.Service) error {
	session, err := callers.Find(r)
	if err != nil {
		return err
	}
	rules, err := chats.Rules(r.Context(), session.Tenant.ID)
	if err != nil {
		return err
	}
	if edge.SightOf(session.User, rules.Settings(0)).Masked() {
		return errs.New(errs.Forbidden, "Your role does not allow this")
	}
	return nil
}
