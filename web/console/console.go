// Package console serves what the browser console calls (openapi/console.yaml). It translates between the contract and
// the floors below and owns no rule of theirs; live traffic is package ws.
package console

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-chi/chi/v5"
	validator "github.com/oapi-codegen/nethttp-middleware"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/firstrun"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
	"sidetone/web/edge"
)

// base is where the contract's paths stand.
const base = "/api/console"

// Config is what the console's server works with.
type Config struct {
	DB        *pg.DB
	Logins    *tenant.Logins
	SignIns   *tenant.SignIns
	Callers   edge.Callers
	Refusals  edge.Refusals
	Chats     *chat.Service
	Router    *queues.Router
	Accounts  *carrier.Accounts
	Publish   func(event.Hint)
	Media     *media.Service
	Simulator *Simulator        // nil where no simulated carrier runs
	Setup     *firstrun.Service // nil where nothing is to be set up
	Now       func() time.Time
	Log       *slog.Logger
}

// Simulator is what its phones can text with and to. Without numbers of its own it shows those of whoever looks.
type Simulator struct {
	Numbers  []SimulatorNumber
	Handsets []Handset
}

// SimulatorNumber is a number that can be texted in the demo.
type SimulatorNumber struct {
	Address, Label string
	Capabilities   []string
}

// Handset is a phone of the demo.
type Handset struct{ Number, Name string }

// server implements the contract.
type server struct{ Config }

// contract is openapi/console.yaml, read once a process.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	spec, err := gen.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("read the console's contract: %w", err)
	}
	spec.Servers = nil
	return spec, nil
})

// New makes the handler of everything below /api/console.
func New(cfg Config) (http.Handler, error) {
	spec, err := contract()
	if err != nil {
		return nil, err
	}
	s := &server{cfg}
	checked := validator.OapiRequestValidatorWithOptions(spec, &validator.Options{
		Prefix:               base,
		ErrorHandlerWithOpts: cfg.Refusals.Invalid,
		Options:              openapi3filter.Options{AuthenticationFunc: s.authenticate, MultiError: true},
	})
	r := chi.NewRouter()
	r.NotFound(edge.NotFound)
	r.MethodNotAllowed(edge.MethodNotAllowed)
	r.Use(edge.Speak, s.prepare, checked, cfg.Refusals.OnceEach)
	return gen.HandlerWithOptions(
		gen.NewStrictHandlerWithOptions(s, []gen.StrictMiddlewareFunc{setCookies}, gen.StrictHTTPServerOptions{
			RequestErrorHandlerFunc:  s.refuseUnread,
			ResponseErrorHandlerFunc: cfg.Refusals.Write,
		}),
		gen.ChiServerOptions{BaseURL: base, BaseRouter: r, ErrorHandlerFunc: s.refuseUnread},
	), nil
}

type callKey struct{}

// call is one request on its way: what its handler must know beside the contract's parameters.
type call struct {
	request *http.Request
	session tenant.Session
	cookies []*http.Cookie // to send along with the answer
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// prepare refuses foreign pages and makes room for what authenticate finds.
func (s *server) prepare(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := r.Method == http.MethodPost && r.URL.Path == base+"/session"
		if err := s.Callers.Ours(r, login); err != nil {
			s.Refusals.Write(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		c := &call{request: r}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// authenticate is called for every operation whose contract asks for a session, before parameters and body are read.
func (s *server) authenticate(ctx context.Context, in *openapi3filter.AuthenticationInput) error {
	r := in.RequestValidationInput.Request
	find := s.Callers.Find
	if path := strings.TrimPrefix(r.URL.Path, base); path == "/session" || path == "/me/password" {
		find = s.Callers.FindAny
	}
	session, err := find(r)
	if err != nil {
		return err
	}
	callOf(ctx).session = session
	return nil
}

// sight is how whoever asks sees consumers' numbers.
func (s *server) sight(ctx context.Context) (edge.Sight, error) {
	session := callOf(ctx).session
	rules, err := s.Chats.Rules(ctx, session.Tenant.ID)
	if err != nil {
		return edge.Sight{}, err
	}
	return edge.SightOf(session.User, rules.Settings(0)), nil
}

// need refuses a user who has none of the roles.
func need(ctx context.Context, roles ...tenant.Role) (tenant.Session, error) {
	session := callOf(ctx).session
	if !session.User.Has(roles...) {
		return session, errs.New(errs.Forbidden, "Your role does not allow this")
	}
	return session, nil
}
