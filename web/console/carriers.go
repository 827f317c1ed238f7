package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

// ListCarrierAccounts gives the accounts that numbers can belong to, with how they do.
func (s *server) ListCarrierAccounts(ctx context.Context, _ gen.ListCarrierAccountsRequestObject) (gen.ListCarrierAccountsResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	out := gen.ListCarrierAccounts200JSONResponse{}
	all, err := s.carrierAccounts(ctx, session.Tenant.ID)
	return append(out, all...), err
}

// AddCarrierAccount adds an account; its token is sealed and never shown.
func (s *server) AddCarrierAccount(ctx context.Context, req gen.AddCarrierAccountRequestObject) (gen.AddCarrierAccountResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	draft := carrier.AccountDraft{SID: req.Body.Sid, AuthToken: req.Body.AuthToken, BaseURL: or(req.Body.BaseUrl, ""), Loopback: s.Simulator != nil}
	made, err := s.changeAccount(ctx, session, func(tx pgx.Tx) (carrier.Account, error) {
		return s.Accounts.Add(ctx, tx, session.Tenant.ID, draft, by(session), s.Now())
	})
	return gen.AddCarrierAccount201JSONResponse(made), err
}

// RotateCarrierToken gives an account a new token.
func (s *server) RotateCarrierToken(ctx context.Context, req gen.RotateCarrierTokenRequestObject) (gen.RotateCarrierTokenResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	draft := carrier.AccountDraft{AuthToken: req.Body.AuthToken, BaseURL: or(req.Body.BaseUrl, ""), Loopback: s.Simulator != nil}
	made, err := s.changeAccount(ctx, session, func(tx pgx.Tx) (carrier.Account, error) {
		return s.Accounts.Rotate(ctx, tx, session.Tenant.ID, id.Account(req.AccountId), draft, by(session), s.Now())
	})
	return gen.RotateCarrierToken200JSONResponse(made), err
}

// CheckCarrierAccount asks the carrier whether it takes the credentials.
func (s *server) CheckCarrierAccount(ctx context.Context, req gen.CheckCarrierAccountRequestObject) (gen.CheckCarrierAccountResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	says, err := s.Accounts.Try(ctx, session.Tenant.ID, id.Account(req.AccountId))
	if err != nil {
		return nil, err
	}
	if says == nil {
		return gen.CheckCarrierAccount200JSONResponse{Ok: true, Message: edge.Say(ctx, errs.Say("The carrier takes these credentials."))}, nil
	}
	return gen.CheckCarrierAccount200JSONResponse{Message: edge.Say(ctx, says)}, nil
}

// changeAccount is a transaction that changes an account, which caches forget.
func (s *server) changeAccount(ctx context.Context, session tenant.Session, fn func(tx pgx.Tx) (carrier.Account, error)) (out gen.CarrierAccount, err error) {
	t := session.Tenant.ID
	var changed carrier.Account
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if changed, err = fn(tx); err != nil {
			return err
		}
		_, err = tenant.Bump(ctx, tx, t)
		return err
	})
	if err != nil {
		return out, err
	}
	s.Accounts.Forget(t)
	s.Publish(event.Hint{Kind: event.Settings, Tenant: t})
	all, err := s.carrierAccounts(ctx, t)
	for _, a := range all {
		if a.Id == wire(changed.ID) {
			return a, nil
		}
	}
	if err == nil {
		err = errs.New(errs.NotFound, "There is no such carrier account.")
	}
	return out, err
}

func (s *server) carrierAccounts(ctx context.Context, t id.Tenant) (out []gen.CarrierAccount, err error) {
	var accounts []carrier.Account
	var numbers []carrier.Number
	var health map[id.Number]carrier.Health
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if accounts, err = s.Accounts.List(ctx, tx, t); err != nil {
			return err
		}
		if numbers, err = carrier.Numbers(ctx, tx, t); err != nil {
			return err
		}
		health, err = carrier.NumbersHealth(ctx, tx, t, s.Now())
		return err
	})
	for _, a := range accounts {
		out = append(out, gen.CarrierAccount{
			Id: wire(a.ID), Carrier: a.Carrier, Sid: a.SID, BaseUrl: a.BaseURL, CreatedAt: a.CreatedAt.UTC(),
			MessagesUrl: s.Accounts.MessagesURL(a.Key), VoiceUrl: s.Accounts.VoiceURL(a.Key), StatusUrl: s.Accounts.StatusURL(a.Key),
			Health: carrierHealth(a.ID, numbers, health),
		})
	}
	return out, err
}

// carrierHealth adds up what the account's numbers do.
func carrierHealth(of id.Account, numbers []carrier.Number, each map[id.Number]carrier.Health) (out gen.CarrierHealth) {
	out = gen.CarrierHealth{}
	var sum carrier.Health
	for _, n := range numbers {
		if n.Account != of {
			continue
		}
		h := each[n.ID]
		out.Numbers++
		out.Queued += int32(h.Queued)
		sum.Ended, sum.Bad = sum.Ended+h.Ended, sum.Bad+h.Bad
		if h.LastSentAt != nil && (sum.LastSentAt == nil || h.LastSentAt.After(*sum.LastSentAt)) {
			sum.LastSentAt = h.LastSentAt
			out.LastSentAt = new(h.LastSentAt.UTC())
		}
		if h.PauseReason != "" {
			out.Paused = append(out.Paused, gen.CarrierPause{Number: n.Address, Reason: h.PauseReason})
		}
	}
	if out.ErrorRate = sum.ErrorRate(); out.Paused == nil {
		out.Paused = []gen.CarrierPause{}
	}
	return out
}
