// Package api serves the public REST API (openapi/public.yaml, spec 2). It translates between the contract and the floors
// below and owns no rule of theirs.
package api

import (
	"context"
	"errors"
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
	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/smsapi"
	"sidetone/web/edge"
)

// Base is where the contract's paths stand.
const Base = "/apps/api/v1"

// Config is what the public API works with.
type Config struct {
	DB       *pg.DB
	Chats    *chat.Service
	SMS      *smsapi.Service
	Media    *media.Service // gives out links
	Origins  edge.Origins
	Refusals edge.Refusals
	Nodes    func() int // live nodes of the cluster, 1 or more: they share a tenant's request rate
	Now      func() time.Time
	Log      *slog.Logger
}

// server implements the contract.
type server struct {
	Config
	rates  *rates
	tokens *tenant.KnownTokens
}

// contract is openapi/public.yaml, read once a process.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	spec, err := gen.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("read the public contract: %w", err)
	}
	spec.Servers = nil
	return spec, nil
})

// New makes the handler of everything below Base.
func New(cfg Config) (http.Handler, error) {
	spec, err := contract()
	if err != nil {
		return nil, err
	}
	s := &server{Config: cfg, rates: newRates(), tokens: tenant.NewKnownTokens(cfg.DB)}
	checked := validator.OapiRequestValidatorWithOptions(spec, &validator.Options{
		Prefix:               Base,
		ErrorHandlerWithOpts: cfg.Refusals.Invalid,
		Options:              openapi3filter.Options{AuthenticationFunc: s.authenticate, MultiError: true, SkipSettingDefaults: true},
	})
	r := chi.NewRouter()
	r.NotFound(edge.NotFound)
	r.MethodNotAllowed(edge.MethodNotAllowed)
	r.Use(prepare, checked, cfg.Refusals.OnceEach, s.idempotent)
	return gen.HandlerWithOptions(
		gen.NewStrictHandlerWithOptions(s, nil, gen.StrictHTTPServerOptions{
			RequestErrorHandlerFunc:  s.refuseUnread,
			ResponseErrorHandlerFunc: cfg.Refusals.Write,
		}),
		gen.ChiServerOptions{BaseURL: Base, BaseRouter: r, ErrorHandlerFunc: s.refuseUnread},
	), nil
}

type callKey struct{}

// call is one request on its way: what its handler must know beside the contract's parameters.
type call struct {
	header     http.Header // of the answer
	request    *http.Request
	token      tenant.Token
	scope      tenant.Scope           // that the operation needs
	remembered bool                   // the token is from memory: it was good as of its version
	key        *tenant.IdempotencyKey // nil: none was given
	saved      bool                   // the key's answer is in the transaction of its effect
}

// actor is who the audit log says it was.
func (c *call) actor() tenant.Actor { return tenant.Actor{Token: c.token.ID} }

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// prepare makes room for what authenticate finds.
func prepare(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		ctx := context.WithValue(r.Context(), callKey{}, &call{header: w.Header(), request: r})
		if p := r.URL.Path; p == sessionlessPath || strings.HasPrefix(p, sessionlessPath+"/") {
			ctx = edge.WithNumericCodes(ctx)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// authenticate is called for every operation before its parameters and body are read: whose request it is, whether the token
// may, and whether the tenant has asked too much.
func (s *server) authenticate(ctx context.Context, in *openapi3filter.AuthenticationInput) error {
	c, r := callOf(ctx), in.RequestValidationInput.Request
	if c.token.ID != 0 {
		return nil // the other scheme has said so
	}
	route := in.RequestValidationInput.Route
	// SendSMS compares its token's version in the transaction of its effect, so a remembered token will do. A repeat's answer
	// comes from elsewhere.
	c.remembered = route.Method == http.MethodPost && route.Path == "/sms" && len(r.Header.Values("Idempotency-Key")) == 0
	token, err := s.identify(ctx, r, c.remembered)
	if err != nil {
		c.header.Set("WWW-Authenticate", `Basic realm="Sidetone"`)
		return err
	}
	if err := s.take(ctx, c, token); err != nil {
		return err
	}
	need, _ := route.Operation.Extensions["x-scope"].(string)
	c.scope = tenant.Scope(need)
	if err := c.let(token); err == nil || !c.remembered {
		return err
	}
	return s.again(ctx, c)
}

// let takes the call's token if it has the scope of the operation.
func (c *call) let(token tenant.Token) error {
	if !token.Has(c.scope) {
		return errs.New(errs.Forbidden, "The API token lacks the scope %s", c.scope)
	}
	c.token = token
	return nil
}

// again verifies a token from memory: something has changed since, or there was no transaction to compare its version in.
func (s *server) again(ctx context.Context, c *call) error {
	token, err := s.identify(ctx, c.request, false)
	if err != nil {
		c.header.Set("WWW-Authenticate", `Basic realm="Sidetone"`)
		return err
	}
	c.remembered = false
	return c.let(token)
}

// identify reads the credential: a bearer token, or the token as the password of the subdomain. The tenant is the
// credential's; a user name or a host that says otherwise is refused (spec 1.1). remembered: what is known of the token will do.
func (s *server) identify(ctx context.Context, r *http.Request, remembered bool) (tenant.Token, error) {
	user, secret, basic := r.BasicAuth()
	if !basic {
		scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return tenant.Token{}, noCredential()
		}
		secret = strings.TrimSpace(rest)
	}
	verify := s.tokens.Verify
	if remembered {
		verify = s.tokens.Known
	}
	token, err := verify(ctx, secret, s.Now())
	if err != nil {
		return token, err
	}
	if basic && !strings.EqualFold(user, token.Tenant.Subdomain) {
		return token, noCredential()
	}
	if named := s.Origins.Tenant(r.Host); named != "" && named != token.Tenant.Subdomain {
		return token, noCredential()
	}
	return token, nil
}

func noCredential() error {
	return errs.New(errs.Unauthorized, "The API token is missing, wrong or disabled.")
}

// refuseUnread answers what the generated code could not read although the validator let it pass.
func (s *server) refuseUnread(w http.ResponseWriter, r *http.Request, err error) {
	var format *gen.InvalidParamFormatError
	if errors.As(err, &format) {
		s.Refusals.Write(w, r, errs.Field(format.ParamName, "%s is invalid", format.ParamName))
		return
	}
	s.Refusals.Write(w, r, errs.New(errs.Invalid, "The request could not be read"))
}
