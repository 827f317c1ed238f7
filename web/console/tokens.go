package console

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// ListTokens gives the API tokens without their secrets.
func (s *server) ListTokens(ctx context.Context, _ gen.ListTokensRequestObject) (gen.ListTokensResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	var found []tenant.Token
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		found, err = tenant.ListTokens(ctx, tx, session.Tenant.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make(gen.ListTokens200JSONResponse, len(found))
	for i, t := range found {
		out[i] = token(t)
	}
	return out, nil
}

// CreateToken makes a token; its secret is shown this once.
func (s *server) CreateToken(ctx context.Context, req gen.CreateTokenRequestObject) (gen.CreateTokenResponseObject, error) {
	var scopes []tenant.Scope
	for _, name := range req.Body.Scopes {
		scopes = append(scopes, tenant.Scope(name))
	}
	made, secret, err := s.changeToken(ctx, "token.created", 0, func(session tenant.Session, tx pgx.Tx) (id.Token, string, error) {
		if err := mayGrant(session, scopes); err != nil {
			return 0, "", err
		}
		t, secret, err := tenant.CreateToken(ctx, tx, session.Tenant.ID, req.Body.Name, scopes, session.User.ID)
		return t.ID, secret, err
	})
	return gen.CreateToken201JSONResponse{Token: token(made), Secret: secret}, err
}

// ChangeToken renames a token, disables it or lets it in again.
func (s *server) ChangeToken(ctx context.Context, req gen.ChangeTokenRequestObject) (gen.ChangeTokenResponseObject, error) {
	of := id.Token(req.TokenId)
	made, _, err := s.changeToken(ctx, "token.changed", of, func(session tenant.Session, tx pgx.Tx) (id.Token, string, error) {
		if req.Body.Name != nil {
			if err := tenant.RenameToken(ctx, tx, session.Tenant.ID, of, *req.Body.Name); err != nil {
				return of, "", err
			}
		}
		if req.Body.Disabled != nil {
			return of, "", tenant.SetTokenDisabled(ctx, tx, session.Tenant.ID, of, *req.Body.Disabled)
		}
		return of, "", nil
	})
	return gen.ChangeToken200JSONResponse(token(made)), err
}

// RegenerateToken gives a token a new secret.
func (s *server) RegenerateToken(ctx context.Context, req gen.RegenerateTokenRequestObject) (gen.RegenerateTokenResponseObject, error) {
	of := id.Token(req.TokenId)
	made, secret, err := s.changeToken(ctx, "token.regenerated", of, func(session tenant.Session, tx pgx.Tx) (id.Token, string, error) {
		secret, err := tenant.RegenerateToken(ctx, tx, session.Tenant.ID, of)
		return of, secret, err
	})
	return gen.RegenerateToken201JSONResponse{Token: token(made), Secret: secret}, err
}

// changeToken is a change of one token with its line in the audit log.
func (s *server) changeToken(ctx context.Context, action string, of id.Token, change func(tenant.Session, pgx.Tx) (id.Token, string, error)) (after tenant.Token, secret string, err error) {
	session, err := need(ctx, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return after, "", err
	}
	t := session.Tenant.ID
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		line := tenant.Change{Action: action}
		if of != 0 {
			was, err := findToken(ctx, tx, t, of)
			if err != nil {
				return err
			}
			if err := mayGrant(session, was.Scopes); err != nil {
				return err
			}
			line.Before = auditedToken(was)
		}
		if of, secret, err = change(session, tx); err != nil {
			return err
		}
		if after, err = findToken(ctx, tx, t, of); err != nil {
			return err
		}
		line.Subject, line.Name, line.After = int64(of), after.Name, auditedToken(after)
		return tenant.Audit(ctx, tx, t, by(session), s.Now(), line)
	})
	return after, secret, err
}

// mayGrant: nobody gives or takes hold of more than their own role holds.
func mayGrant(session tenant.Session, scopes []tenant.Scope) error {
	if slices.Contains(scopes, tenant.ScopeAdmin) && !session.User.Has(tenant.RoleAdmin) {
		return errs.New(errs.Forbidden, "Only an admin has to do with tokens of the scope admin").At("scopes")
	}
	return nil
}

func findToken(ctx context.Context, tx pgx.Tx, t id.Tenant, of id.Token) (tenant.Token, error) {
	all, err := tenant.ListTokens(ctx, tx, t)
	if err != nil {
		return tenant.Token{}, err
	}
	for _, found := range all {
		if found.ID == of {
			return found, nil
		}
	}
	return tenant.Token{}, errs.New(errs.NotFound, "There is no such token")
}

func auditedToken(t tenant.Token) map[string]any {
	return map[string]any{"name": t.Name, "scopes": t.Scopes, "disabled": t.Disabled, "last4": t.Last4}
}

func token(t tenant.Token) gen.Token {
	out := gen.Token{
		Id: wire(t.ID), Name: t.Name, Last4: t.Last4, Disabled: t.Disabled, CreatedAt: t.CreatedAt.UTC(),
		Scopes: make([]gen.TokenScope, len(t.Scopes)),
	}
	for i, scope := range t.Scopes {
		out.Scopes[i] = gen.TokenScope(scope)
	}
	if t.LastUsedAt != nil {
		out.LastUsedAt = new(t.LastUsedAt.UTC())
	}
	return out
}
