package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// ListMySessions says where one is signed in.
func (s *server) ListMySessions(ctx context.Context, _ gen.ListMySessionsRequestObject) (gen.ListMySessionsResponseObject, error) {
	session := callOf(ctx).session
	var open []tenant.OpenSession
	err := s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) (err error) {
		open, err = tenant.OpenSessions(ctx, tx, session.Tenant.ID, session.User.ID, s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	own, others := []gen.OwnSession{}, []gen.OwnSession{}
	for _, p := range open {
		one := gen.OwnSession{
			Id: wire(p.ID), Current: p.ID == session.ID, Provider: p.Provider, UserAgent: p.UserAgent,
			CreatedAt: p.CreatedAt.UTC(), SeenAt: p.SeenAt.UTC(),
		}
		if one.Current {
			own = append(own, one)
		} else {
			others = append(others, one)
		}
	}
	return gen.ListMySessions200JSONResponse{Sessions: append(own, others...)}, nil
}

// EndMySessions signs out elsewhere.
func (s *server) EndMySessions(ctx context.Context, req gen.EndMySessionsRequestObject) (gen.EndMySessionsResponseObject, error) {
	session := callOf(ctx).session
	var ended []id.Session
	err := s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) (err error) {
		ended, err = tenant.EndOthers(ctx, tx, session, id.Session(or(req.Params.SessionId, 0)))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.signedOut(session.Tenant.ID, session.User.ID, ended)
	return gen.EndMySessions204Response{}, nil
}

// EndUserSessions signs a user out everywhere.
func (s *server) EndUserSessions(ctx context.Context, req gen.EndUserSessionsRequestObject) (gen.EndUserSessionsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of := session.Tenant.ID, id.User(req.UserId)
	var ended []id.Session
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		ended, err = tenant.SignUserOut(ctx, tx, t, by(session), of, s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	s.signedOut(t, of, ended)
	return gen.EndUserSessions204Response{}, nil
}
