package console

import (
	"context"

	"sidetone/internal/errs"
	"sidetone/internal/firstrun"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// GetSetup says whether the installation is still to be set up, and what it has to offer then.
func (s *server) GetSetup(ctx context.Context, _ gen.GetSetupRequestObject) (gen.GetSetupResponseObject, error) {
	if s.Setup == nil {
		return gen.GetSetup200JSONResponse{}, nil
	}
	open, err := s.Setup.Open(ctx)
	if err != nil || !open {
		return gen.GetSetup200JSONResponse{}, err
	}
	return gen.GetSetup200JSONResponse{Open: true, Simulator: new(s.Setup.Simulator != nil), DemoNumber: new(firstrun.DemoNumber())}, nil
}

// TryCarrier asks a carrier about credentials and a number that are not saved yet.
func (s *server) TryCarrier(ctx context.Context, req gen.TryCarrierRequestObject) (gen.TryCarrierResponseObject, error) {
	if s.Setup == nil {
		return nil, errs.New(errs.NotFound, "This installation is set up already; sign in")
	}
	b := req.Body
	err := s.Setup.TryCarrier(ctx, b.Token, firstrun.Carrier{SID: b.Sid, AuthToken: b.AuthToken, BaseURL: or(b.BaseUrl, "")}, or(b.Number, ""))
	return gen.TryCarrier204Response{}, err
}

// SetUp makes the first tenant with all that it needs, and signs its admin in.
func (s *server) SetUp(ctx context.Context, req gen.SetUpRequestObject) (gen.SetUpResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	if s.Setup == nil {
		return nil, errs.New(errs.NotFound, "This installation is set up already; sign in")
	}
	b := req.Body
	in := firstrun.Setup{
		Company: b.Company, Admin: firstrun.Admin{Name: b.Admin.Name, Email: b.Admin.Email, Password: b.Admin.Password},
		Carrier: firstrun.Carrier{
			Simulated: b.Carrier.Kind == gen.SetupCarrierKindSimulator, SID: or(b.Carrier.Sid, ""), AuthToken: or(b.Carrier.AuthToken, ""),
			BaseURL: or(b.Carrier.BaseUrl, ""),
		},
		Number: or(b.Number, ""), Tree: string(b.Tree), TimeZone: b.TimeZone, Languages: b.Languages,
	}
	done, err := s.Setup.Run(ctx, b.Token, in)
	if err != nil {
		return nil, err
	}
	r := callOf(ctx).request
	now := s.Now()
	token, session, err := s.Callers.Sessions.Create(ctx, done.Tenant.ID, done.Admin.ID, r.UserAgent(), now)
	if err != nil {
		return nil, err
	}
	begun := tenant.Session{ID: session, Tenant: done.Tenant, User: done.Admin, ExpiresAt: now.Add(tenant.SessionLife)}
	me, err := s.me(ctx, begun)
	if err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "set up", "tenant", done.Tenant.ID, "user", done.Admin.ID)
	return gen.SetUp201JSONResponse{SessionJSONResponse: gen.SessionJSONResponse{
		Body:    s.session(ctx, begun, me),
		Headers: gen.SessionResponseHeaders{SetCookie: new(s.Callers.Cookie(token).String())},
	}}, nil
}
