package console

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

const spellsDefault = 50

// GetStatus says what the caller does.
func (s *server) GetStatus(ctx context.Context, _ gen.GetStatusRequestObject) (gen.GetStatusResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	var user tenant.User
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		user, err = tenant.UserByID(ctx, tx, session.Tenant.ID, session.User.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := s.agentStatus(ctx, session.Tenant.ID, user)
	return gen.GetStatus200JSONResponse{StatusJSONResponse: out}, err
}

// SetStatus changes what the caller does, as set_status does on a socket.
func (s *server) SetStatus(ctx context.Context, req gen.SetStatusRequestObject) (gen.SetStatusResponseObject, error) {
	session, err := need(ctx, tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	out, err := s.changeStatus(ctx, session.Tenant.ID, session.User.ID, req.Body.Status, 0)
	return gen.SetStatus200JSONResponse{StatusJSONResponse: out}, err
}

// SetUserStatus changes what somebody else does. Who sets their own here has set it themselves.
func (s *server) SetUserStatus(ctx context.Context, req gen.SetUserStatusRequestObject) (gen.SetUserStatusResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	by := session.User.ID
	if by == id.User(req.UserId) {
		by = 0
	}
	out, err := s.changeStatus(ctx, session.Tenant.ID, id.User(req.UserId), req.Body.Status, by)
	return gen.SetUserStatus200JSONResponse{StatusJSONResponse: out}, err
}

func (s *server) changeStatus(ctx context.Context, t id.Tenant, of id.User, status string, by id.User) (gen.StatusJSONResponse, error) {
	user, err := s.Router.SetStatus(ctx, t, of, tenant.Status(status), by)
	if err != nil {
		return gen.StatusJSONResponse{}, err
	}
	return s.agentStatus(ctx, t, user)
}

func (s *server) agentStatus(ctx context.Context, t id.Tenant, user tenant.User) (gen.StatusJSONResponse, error) {
	rules, err := s.Chats.Rules(ctx, t)
	if err != nil {
		return gen.StatusJSONResponse{}, err
	}
	settings, choices := rules.Settings(0), []string{}
	for _, c := range settings.Statuses() {
		if settings.Selectable(c) == nil {
			choices = append(choices, string(c))
		}
	}
	return gen.StatusJSONResponse{Status: string(user.Status), Since: user.StatusSince.UTC(), Choices: choices}, nil
}

// ListStatusHistory gives a page of what somebody did.
func (s *server) ListStatusHistory(ctx context.Context, req gen.ListStatusHistoryRequestObject) (gen.ListStatusHistoryResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	limit := int(or(req.Params.Limit, spellsDefault))
	var spells []tenant.Spell
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		if _, err := tenant.UserByID(ctx, tx, session.Tenant.ID, id.User(req.UserId)); err != nil {
			return err
		}
		spells, err = tenant.History(ctx, tx, session.Tenant.ID, id.User(req.UserId), or(req.Params.Before, 0), limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := gen.ListStatusHistory200JSONResponse{Spells: []gen.StatusSpell{}}
	if len(spells) > limit {
		spells = spells[:limit]
		out.Next = &spells[limit-1].ID
	}
	for _, sp := range spells {
		out.Spells = append(out.Spells, spell(sp))
	}
	return out, nil
}

func spell(s tenant.Spell) gen.StatusSpell {
	out := gen.StatusSpell{Id: s.ID, Status: string(s.Status), From: s.From.UTC(), Why: gen.StatusSpellWhy(s.Why)}
	if !s.To.IsZero() {
		to := s.To.UTC()
		out.To = &to
	}
	if s.By != 0 {
		out.By = &struct {
			Id   int64  `json:"id"`
			Name string `json:"name"`
		}{int64(s.By), s.ByName}
	}
	return out
}

// chartTime is how far back the small charts of the monitor go.
const chartTime = time.Hour

// ListRecentStatuses says what agents did in the last hour.
func (s *server) ListRecentStatuses(ctx context.Context, _ gen.ListRecentStatusesRequestObject) (gen.ListRecentStatusesResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	since := s.Now().Add(-chartTime)
	var taken []tenant.Was
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		taken, err = tenant.StatusesSince(ctx, tx, session.Tenant.ID, since)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := gen.ListRecentStatuses200JSONResponse{Since: since.UTC(), Statuses: make([]gen.TakenStatus, len(taken))}
	for i, w := range taken {
		out.Statuses[i] = gen.TakenStatus{UserId: int64(w.User), Status: string(w.Status), At: w.At.UTC()}
	}
	return out, nil
}
