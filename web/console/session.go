package console

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/openapi/gen/common"
	gen "sidetone/openapi/gen/console"
)

// loginTime bounds a login: failures are slowed by up to 20 s.
const loginTime = 25 * time.Second

// GetSession says who is signed in.
func (s *server) GetSession(ctx context.Context, _ gen.GetSessionRequestObject) (gen.GetSessionResponseObject, error) {
	session := callOf(ctx).session
	me, err := s.me(ctx, session)
	if err != nil {
		return nil, err
	}
	return gen.GetSession200JSONResponse{SessionJSONResponse: gen.SessionJSONResponse{Body: s.session(ctx, session, me)}}, nil
}

// SignIn makes a session. Whether the tenant, the user or the password is wrong is not told.
func (s *server) SignIn(ctx context.Context, req gen.SignInRequestObject) (gen.SignInResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	r := callOf(ctx).request
	at, err := s.tenantOf(ctx, r.Host, req.Body.Subdomain)
	if err != nil {
		return nil, err
	}
	user, err := s.Logins.Authenticate(ctx, at.ID, tenant.Attempt{
		Email: req.Body.Email, Password: req.Body.Password, From: client(r),
	}, s.Now())
	if err != nil {
		return nil, err
	}
	now := s.Now()
	token, session, err := s.Callers.Sessions.Create(ctx, at.ID, user.ID, r.UserAgent(), now)
	if err != nil {
		return nil, err
	}
	s.endBefore(ctx)
	s.Log.InfoContext(ctx, "signed in", "tenant", at.ID, "user", user.ID, "session", session)
	begun := tenant.Session{ID: session, Tenant: at, User: user, ExpiresAt: now.Add(tenant.SessionLife)}
	me, err := s.me(ctx, begun)
	if err != nil {
		return nil, err
	}
	return gen.SignIn200JSONResponse{SessionJSONResponse: gen.SessionJSONResponse{
		Body:    s.session(ctx, begun, me),
		Headers: gen.SessionResponseHeaders{SetCookie: new(s.Callers.Cookie(token).String())},
	}}, nil
}

// SignOut ends the session; its sockets close. Whoever came from a provider is told where to sign out there.
func (s *server) SignOut(ctx context.Context, _ gen.SignOutRequestObject) (gen.SignOutResponseObject, error) {
	call := callOf(ctx)
	session := call.session
	leave, err := s.SignIns.Leave(ctx, session, s.Callers.Origins.Page(call.request)+"/login")
	if err != nil { // nobody stays signed in for that
		s.Log.WarnContext(ctx, "look where to sign out", "tenant", session.Tenant.ID, "session", session.ID, "error", err)
	}
	if err := s.end(ctx, session); err != nil {
		return nil, err
	}
	call.cookies = append(call.cookies, s.Callers.Cookie(""))
	s.Log.InfoContext(ctx, "signed out", "tenant", session.Tenant.ID, "user", session.User.ID, "session", session.ID)
	if leave != "" {
		return gen.SignOut200JSONResponse{Url: leave}, nil
	}
	return gen.SignOut204Response{}, nil
}

func (s *server) end(ctx context.Context, session tenant.Session) error {
	if err := s.Callers.Sessions.End(ctx, session.Tenant.ID, session.ID); err != nil {
		return err
	}
	s.Publish(event.Hint{Kind: event.SessionEnded, Tenant: session.Tenant.ID, User: session.User.ID, Session: session.ID})
	return nil
}

// endBefore ends the session that a browser had before it signed in anew: nobody has its cookie any more.
func (s *server) endBefore(ctx context.Context) {
	before, err := s.Callers.FindAny(callOf(ctx).request)
	if err == nil {
		err = s.end(ctx, before)
	}
	if err != nil && errs.CodeOf(err) != errs.Unauthorized {
		s.Log.WarnContext(ctx, "end the session before", "error", err)
	}
}

// setCookies sends the cookies that an answer has no header for.
func setCookies(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		response, err := next(ctx, w, r, request)
		if err == nil {
			for _, cookie := range callOf(ctx).cookies {
				http.SetCookie(w, cookie)
			}
		}
		return response, err
	}
}

// tenantOf is the tenant of a login page: the host's, else the one named, else the first (spec 1.1).
func (s *server) tenantOf(ctx context.Context, host string, named *string) (tenant.Tenant, error) {
	sub := s.Callers.Origins.Tenant(host)
	if sub == "" && named != nil {
		sub = strings.TrimSpace(*named)
	}
	var at tenant.Tenant
	var err error
	if sub != "" {
		at, err = tenant.BySubdomain(ctx, s.DB, sub)
	} else {
		at, err = tenant.First(ctx, s.DB)
	}
	if errs.CodeOf(err) == errs.NotFound || err == nil && at.Disabled {
		return at, errs.New(errs.Unauthorized, "The e-mail or the password is wrong.")
	}
	return at, err
}

// session is what the console begins with: who is there, how they have it, and what this installation offers.
func (s *server) session(ctx context.Context, of tenant.Session, me tenant.Me) gen.Session {
	user, at := of.User, of.Tenant
	roles := make([]gen.UserRoles, len(user.Roles))
	for i, role := range user.Roles {
		roles[i] = gen.UserRoles(role)
	}
	var must *bool
	if user.Temporary {
		must = new(true)
	}
	return gen.Session{
		MustChangePassword: must,
		EndsAt:             of.ExpiresAt.UTC().Truncate(time.Second),
		IdleSeconds:        int32(tenant.SessionRest / time.Second),
		User:               gen.User{Id: wire(user.ID), Name: me.Name, Email: user.Email, Roles: roles},
		Tenant:             gen.Tenant{Name: at.Name, Subdomain: at.Subdomain},
		Features:           gen.Features{Simulator: s.Simulator != nil && s.seesPhones(ctx, of)},
		Preferences:        preferences(me.Preferences),
	}
}

// seesPhones says whether somebody may use the simulator's phones, which show consumers' numbers.
func (s *server) seesPhones(ctx context.Context, of tenant.Session) bool {
	if of.User.AlwaysSeesNumbers() {
		return true
	}
	rules, err := s.Chats.Rules(ctx, of.Tenant.ID)
	if err != nil {
		s.Log.WarnContext(ctx, "ask who sees numbers", "error", err)
		return false
	}
	return of.User.SeesNumbers(rules.Settings(0))
}

// CreateTicket makes a one-time ticket for the agent socket.
func (s *server) CreateTicket(ctx context.Context, _ gen.CreateTicketRequestObject) (gen.CreateTicketResponseObject, error) {
	ticket, err := s.Callers.Sessions.Ticket(ctx, callOf(ctx).session, s.Now())
	if err != nil {
		return nil, err
	}
	return gen.CreateTicket201JSONResponse{Ticket: ticket, ExpiresIn: int32(tenant.TicketLife / time.Second)}, nil
}

// client is the address a request came from.
func client(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// wire is an id as the contract has it.
func wire[T id.ID](v T) common.ID { return common.ID(v) }
