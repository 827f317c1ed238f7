package console

import (
	"context"
	"errors"
	"net/url"
	"time"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/idp"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// providerTime bounds what a sign-in asks of a provider.
const providerTime = 30 * time.Second

// GetSignInWays says how one may sign in. A tenant that is not there has the ways of one that has set nothing up.
func (s *server) GetSignInWays(ctx context.Context, req gen.GetSignInWaysRequestObject) (gen.GetSignInWaysResponseObject, error) {
	out := gen.GetSignInWays200JSONResponse{Passwords: true}
	at, err := s.tenantOf(ctx, callOf(ctx).request.Host, req.Params.Subdomain)
	if errs.CodeOf(err) == errs.Unauthorized {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	ways, err := s.SignIns.Ways(ctx, at.ID)
	if err != nil {
		return nil, err
	}
	if out.Passwords = ways.Passwords; ways.Label != "" {
		out.Provider = &struct {
			Label string `json:"label"`
		}{ways.Label}
	}
	return out, nil
}

// BeginSignIn sends somebody to the tenant's provider.
func (s *server) BeginSignIn(ctx context.Context, req gen.BeginSignInRequestObject) (gen.BeginSignInResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	r := callOf(ctx).request
	at, err := s.tenantOf(ctx, r.Host, req.Body.Subdomain)
	if errs.CodeOf(err) == errs.Unauthorized {
		err = errs.New(errs.NotFound, "Nothing but passwords is set up")
	}
	if err != nil {
		return nil, err
	}
	redirect := s.Callers.Origins.Page(r) + callback(at.Subdomain)
	address, kept, err := s.SignIns.Begin(ctx, at, redirect, or(req.Body.Next, ""), or(req.Body.Email, ""), s.Now())
	if err != nil {
		return nil, err
	}
	return gen.BeginSignIn200JSONResponse{
		Body:    gen.ElsewhereToGo{Url: address},
		Headers: gen.BeginSignIn200ResponseHeaders{SetCookie: new(s.Callers.SignInCookie(kept).String())},
	}, nil
}

// callback is where people of a tenant come back to. Each tenant has its own, so that an answer that another provider was
// made to send is not taken for its own (RFC 9700, 4.4.2).
func callback(subdomain string) string {
	return base + "/session/provider/" + subdomain + "/callback"
}

// FinishSignIn lets somebody in who comes back, or leads them to the login page, which says why not.
func (s *server) FinishSignIn(ctx context.Context, req gen.FinishSignInRequestObject) (gen.FinishSignInResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	call := callOf(ctx)
	call.cookies = append(call.cookies, s.Callers.SignInCookie(""))
	a, err := s.arrive(ctx, call, req)
	if err == nil {
		next := a.Next
		if next == "" {
			next = "/"
		}
		return leadTo(next), nil
	}
	var refused *tenant.SignInRefused
	why := "failed"
	if errors.As(err, &refused) {
		why = string(refused.Why)
		s.Log.InfoContext(ctx, "sign-in refused", "tenant", a.Tenant, "why", why, "error", err)
	} else {
		s.Log.ErrorContext(ctx, "sign-in failed", "tenant", a.Tenant, "error", err)
	}
	q := url.Values{"problem": {why}}
	if a.Next != "" {
		q.Set("next", a.Next)
	}
	return leadTo("/login?" + q.Encode()), nil
}

func leadTo(page string) gen.FinishSignIn302Response {
	return gen.FinishSignIn302Response{Headers: gen.FinishSignIn302ResponseHeaders{Location: &page}}
}

func (s *server) arrive(ctx context.Context, call *call, req gen.FinishSignInRequestObject) (a tenant.Arrival, err error) {
	r, p := call.request, req.Params
	a, err = s.SignIns.Finish(ctx, tenant.ComingBack{
		Kept: s.Callers.SignInKept(r), Subdomain: req.Subdomain, State: or(p.State, ""), Refused: or(p.Error, ""),
		Answer: idp.Answer{Code: or(p.Code, ""), Issuer: or(p.Iss, "")},
	}, s.Now())
	if err != nil {
		return a, err
	}
	s.signedOut(a.Tenant, a.User.ID, a.Ended)
	if a.Changed {
		s.Publish(event.Hint{Kind: event.Settings, Tenant: a.Tenant})
		s.Router.Wake(a.Tenant)
	}
	if a.OffDesk {
		if err := s.gone(ctx, a.Tenant, a.User.ID); err != nil {
			return a, err
		}
	}
	token, session, err := s.Callers.Sessions.CreateVouched(ctx, a.Tenant, a.User.ID, r.UserAgent(), a.IDToken, s.Now())
	if err != nil {
		return a, err
	}
	s.endBefore(ctx)
	call.cookies = append(call.cookies, s.Callers.Cookie(token))
	s.Log.InfoContext(ctx, "signed in by a provider", "tenant", a.Tenant, "user", a.User.ID, "session", session)
	return a, nil
}
