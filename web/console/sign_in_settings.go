package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/idp"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// GetSignIn gives the tenant's provider and what to register there.
func (s *server) GetSignIn(ctx context.Context, _ gen.GetSignInRequestObject) (gen.GetSignInResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var in tenant.SignIn
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		in, err = s.SignIns.Read(ctx, tx, session.Tenant.ID)
		return err
	})
	if err != nil && errs.CodeOf(err) != errs.NotFound {
		return nil, err
	}
	out := gen.GetSignIn200JSONResponse{RedirectUris: []string{}, SignOutUris: []string{}}
	for _, page := range s.Callers.Origins.Pages(session.Tenant.Subdomain) {
		out.RedirectUris = append(out.RedirectUris, page+callback(session.Tenant.Subdomain))
		out.SignOutUris = append(out.SignOutUris, page+"/login")
	}
	if err == nil {
		out.Provider = new(signIn(in))
	}
	return out, nil
}

// SaveSignIn sets the provider up, or changes it.
func (s *server) SaveSignIn(ctx context.Context, req gen.SaveSignInRequestObject) (gen.SaveSignInResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t := session.Tenant.ID
	var saved tenant.SignIn
	var ended []tenant.Ended
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		saved, ended, err = s.SignIns.Save(ctx, tx, t, by(session), session.ID, signInDraft(*req.Body), s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	s.allSignedOut(t, ended)
	return gen.SaveSignIn200JSONResponse(signIn(saved)), nil
}

// RemoveSignIn leaves passwords alone as the way in.
func (s *server) RemoveSignIn(ctx context.Context, _ gen.RemoveSignInRequestObject) (gen.RemoveSignInResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t := session.Tenant.ID
	var ended []tenant.Ended
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		ended, err = s.SignIns.Remove(ctx, tx, t, by(session), session.ID, s.Now())
		return err
	})
	if err != nil && errs.CodeOf(err) != errs.NotFound { // it may be gone already
		return nil, err
	}
	s.allSignedOut(t, ended)
	return gen.RemoveSignIn204Response{}, nil
}

func (s *server) allSignedOut(t id.Tenant, ended []tenant.Ended) {
	for _, e := range ended {
		s.signedOut(t, e.User, []id.Session{e.Session})
	}
}

// CheckSignIn asks a provider what it offers.
func (s *server) CheckSignIn(ctx context.Context, req gen.CheckSignInRequestObject) (gen.CheckSignInResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	report, err := s.SignIns.Check(ctx, session.Tenant.ID, by(session), req.Body.Issuer, req.Body.ClientId, req.Body.Secret, s.Now())
	if err != nil {
		return nil, err
	}
	return gen.CheckSignIn200JSONResponse(reported(report)), nil
}

func reported(r idp.Report) gen.SignInReport {
	out := gen.SignInReport{Ok: r.Problem == nil, Notes: []gen.SignInReportNotes{}}
	for _, note := range r.Notes {
		out.Notes = append(out.Notes, gen.SignInReportNotes(note))
	}
	if r.Problem != nil {
		out.Fault = new(gen.SignInReportFault(r.Problem.Fault))
		if r.Problem.Detail != "" {
			out.Detail = &r.Problem.Detail
		}
	}
	return out
}

// UnlinkUser lets go of the account at a provider that a user is linked to, and signs them out.
func (s *server) UnlinkUser(ctx context.Context, req gen.UnlinkUserRequestObject) (gen.UnlinkUserResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of := session.Tenant.ID, id.User(req.UserId)
	var ended []id.Session
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if err := tenant.Unlink(ctx, tx, t, by(session), of, s.Now()); err != nil {
			return err
		}
		ended, err = tenant.EndSessions(ctx, tx, t, of)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.signedOut(t, of, ended)
	return gen.UnlinkUser204Response{}, nil
}

func signIn(in tenant.SignIn) gen.SignInProvider {
	out := gen.SignInProvider{
		Enabled: in.Enabled, Label: in.Label, Issuer: in.Issuer, ClientId: in.ClientID, HasSecret: in.HasSecret, Domains: in.Domains,
		RoleClaim: in.RoleClaim, RoleRules: []gen.RoleRule{}, Passwords: in.Passwords, SignOut: in.SignOut, ChangedAt: in.ChangedAt.UTC(),
	}
	if in.DefaultRole != "" {
		out.DefaultRole = new(gen.Role(in.DefaultRole))
	}
	for _, r := range in.RoleRules {
		out.RoleRules = append(out.RoleRules, gen.RoleRule{Value: r.Value, Role: gen.Role(r.Role)})
	}
	return out
}

func signInDraft(in gen.SignInInput) tenant.SignInDraft {
	out := tenant.SignInDraft{Secret: in.Secret, SignIn: tenant.SignIn{
		Enabled: in.Enabled, Label: in.Label, Issuer: in.Issuer, ClientID: in.ClientId, Domains: or(in.Domains, nil),
		DefaultRole: tenant.Role(or(in.DefaultRole, "")), RoleClaim: or(in.RoleClaim, ""), Passwords: in.Passwords, SignOut: or(in.SignOut, true),
	}}
	for _, r := range or(in.RoleRules, nil) {
		out.RoleRules = append(out.RoleRules, tenant.RoleRule{Value: r.Value, Role: tenant.Role(r.Role)})
	}
	return out
}
