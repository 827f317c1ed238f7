package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

// ChangeMe changes one's own name and preferences.
func (s *server) ChangeMe(ctx context.Context, req gen.ChangeMeRequestObject) (gen.ChangeMeResponseObject, error) {
	session := callOf(ctx).session
	t, user := session.Tenant.ID, session.User.ID
	var me tenant.Me
	var renamed bool
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		me, renamed, err = tenant.ChangeMe(ctx, tx, t, user, req.Body.Name, preferencesChange(req.Body.Preferences), s.Now())
		if err == nil && renamed {
			_, err = tenant.Bump(ctx, tx, t)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if renamed {
		s.Callers.Sessions.Forget(session.ID)
		s.Publish(event.Hint{Kind: event.Settings, Tenant: t})
	}
	return gen.ChangeMe200JSONResponse{SessionJSONResponse: gen.SessionJSONResponse{Body: s.session(ctx, session, me)}}, nil
}

// me reads what the answers about a session say of its person.
func (s *server) me(ctx context.Context, session tenant.Session) (me tenant.Me, err error) {
	t := session.Tenant.ID
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		me, err = tenant.ReadMe(ctx, tx, t, session.User.ID)
		return err
	})
	if errs.CodeOf(err) == errs.NotFound {
		err = errs.New(errs.Unauthorized, "Sign in first.")
	}
	return me, err
}

func preferencesChange(in *gen.PreferencesChange) (out tenant.PreferencesChange) {
	if in == nil {
		return out
	}
	out = tenant.PreferencesChange{
		TimeZone: in.TimeZone, Lang: choice(in.Lang), Theme: choice(in.Theme), Density: choice(in.Density), MutedSounds: in.MutedSounds,
		MutedNotifications: in.MutedNotifications, MutedAnnouncements: in.MutedAnnouncements, SingleKeys: in.SingleKeys,
	}
	if in.Keys != nil {
		out.Keys = new(map[string]string(*in.Keys))
	}
	if in.OfferTime != nil {
		out.OfferTime = new(int(*in.OfferTime))
	}
	return out
}

// choice is one of the contract as the floors below have it.
func choice[S ~string](v *S) *string {
	if v == nil {
		return nil
	}
	return new(string(*v))
}

func preferences(p tenant.Preferences) gen.Preferences {
	return gen.Preferences{
		Lang: gen.PreferredLang(p.Lang), TimeZone: p.TimeZone, Theme: gen.Theme(p.Theme), Density: gen.Density(p.Density),
		MutedSounds: p.MutedSounds, MutedNotifications: p.MutedNotifications, MutedAnnouncements: p.MutedAnnouncements,
		SingleKeys: p.SingleKeys, Keys: p.Keys, OfferTime: int32(p.OfferTime),
	}
}
