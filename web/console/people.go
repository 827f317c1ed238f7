package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/openapi/gen/common"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

const (
	peopleDefault = 50
	peopleMost    = 100_000 // in an export
)

// ListUsers gives a page of the tenant's people.
func (s *server) ListUsers(ctx context.Context, req gen.ListUsersRequestObject) (gen.ListUsersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f := tenant.PeopleFilter{
		Search: or(p.Search, ""), Role: tenant.Role(or(p.Role, "")), Team: id.Team(or(p.TeamId, 0)), Queue: id.Queue(or(p.QueueId, 0)),
		State: string(or(p.State, "")), Offset: int(or(p.Offset, 0)), Limit: int(or(p.Limit, peopleDefault)),
	}
	var people []tenant.Person
	var total int
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		people, total, err = tenant.People(ctx, tx, session.Tenant.ID, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := gen.ListUsers200JSONResponse{Total: int32(total), Users: make([]gen.Person, len(people))}
	for i, p := range people {
		out.Users[i] = person(p)
	}
	return out, nil
}

// ExportUsers gives all of them as CSV.
func (s *server) ExportUsers(ctx context.Context, _ gen.ExportUsersRequestObject) (gen.ExportUsersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var people []tenant.Person
	var teams []tenant.Team
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		if people, _, err = tenant.People(ctx, tx, session.Tenant.ID, tenant.PeopleFilter{Limit: peopleMost}); err != nil {
			return err
		}
		teams, err = tenant.Teams(ctx, tx, session.Tenant.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	names := map[id.Team]string{}
	for _, t := range teams {
		names[t.ID] = t.Name
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err = w.Write([]string{"id", "email", "name", "roles", "teams", "chat_limit", "status", "state", "created_at"})
	for _, p := range people {
		if err == nil {
			err = w.Write(edge.Cells(line(p, names)...))
		}
	}
	if w.Flush(); err != nil {
		return nil, fmt.Errorf("write people as CSV: %w", err)
	}
	return gen.ExportUsers200TextcsvResponse{
		Body: &b, ContentLength: int64(b.Len()),
		Headers: gen.ExportUsers200ResponseHeaders{ContentDisposition: new(`attachment; filename="users.csv"`)},
	}, nil
}

func line(p tenant.Person, teams map[id.Team]string) []string {
	roles, in, limit, state := []string{}, []string{}, "", "enabled"
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	for _, t := range p.Teams {
		in = append(in, teams[t])
	}
	if p.ChatLimit != nil {
		limit = strconv.Itoa(*p.ChatLimit)
	}
	if p.Disabled {
		state = "disabled"
	}
	return []string{
		strconv.FormatInt(int64(p.ID), 10), p.Email, p.Name, strings.Join(roles, " "), strings.Join(in, "; "), limit,
		string(p.Status), state, p.CreatedAt.UTC().Format(time.RFC3339),
	}
}

// CreateUser makes a user with a password that is shown this once.
func (s *server) CreateUser(ctx context.Context, req gen.CreateUserRequestObject) (gen.CreateUserResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	in := personChange(*req.Body)
	now := s.Now()
	made, password, err := s.Logins.Hire(ctx, session.Tenant.ID, by(session), tenant.NewUser{
		Email: in.Email, Name: in.Name, Roles: in.Roles, ChatLimit: in.ChatLimit,
	}, in.Teams, now)
	if err != nil {
		return nil, err
	}
	return gen.CreateUser201JSONResponse{
		User: person(made), Password: password, ExpiresAt: now.Add(tenant.TemporaryLife).UTC(),
	}, nil
}

// GetUser gives one of the people.
func (s *server) GetUser(ctx context.Context, req gen.GetUserRequestObject) (gen.GetUserResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var found tenant.Person
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		found, err = tenant.PersonByID(ctx, tx, session.Tenant.ID, id.User(req.UserId))
		return err
	})
	return gen.GetUser200JSONResponse(person(found)), err
}

// ChangeUser saves a user anew.
func (s *server) ChangeUser(ctx context.Context, req gen.ChangeUserRequestObject) (gen.ChangeUserResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of := session.Tenant.ID, id.User(req.UserId)
	var before, after tenant.Person
	var ended []id.Session
	err = s.change(ctx, t, func(tx pgx.Tx) error {
		before, after, ended, err = tenant.ChangePerson(ctx, tx, t, by(session), of, personChange(*req.Body), s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	s.signedOut(t, of, ended)
	if before.Has(tenant.RoleAgent) && !after.Has(tenant.RoleAgent) {
		err = s.gone(ctx, t, of)
	}
	return gen.ChangeUser200JSONResponse(person(after)), err
}

// DisableUser shuts a user out at once, or lets them in again.
func (s *server) DisableUser(ctx context.Context, req gen.DisableUserRequestObject) (gen.DisableUserResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of := session.Tenant.ID, id.User(req.UserId)
	var ended []id.Session
	err = s.change(ctx, t, func(tx pgx.Tx) error {
		ended, err = tenant.SetPersonDisabled(ctx, tx, t, by(session), of, req.Body.Disabled, s.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	s.signedOut(t, of, ended)
	if req.Body.Disabled {
		err = s.gone(ctx, t, of)
	}
	return gen.DisableUser204Response{}, err
}

// ResetPassword gives a user a password that is shown this once.
func (s *server) ResetPassword(ctx context.Context, req gen.ResetPasswordRequestObject) (gen.ResetPasswordResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, of, now := session.Tenant.ID, id.User(req.UserId), s.Now()
	password, ended, err := s.Logins.ResetPassword(ctx, t, by(session), of, now)
	if err != nil {
		return nil, err
	}
	s.signedOut(t, of, ended)
	return gen.ResetPassword201JSONResponse{Password: password, ExpiresAt: now.Add(tenant.TemporaryLife).UTC()}, nil
}

// ChangePassword changes one's own password. The session goes on under a new token; all others of the user end.
func (s *server) ChangePassword(ctx context.Context, req gen.ChangePasswordRequestObject) (gen.ChangePasswordResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	call := callOf(ctx)
	session := call.session
	ended, err := s.Logins.ChangePassword(ctx, session.Tenant.ID, session.User, client(call.request), req.Body.OldPassword, req.Body.Password, s.Now())
	if err != nil {
		return nil, err
	}
	s.signedOut(session.Tenant.ID, session.User.ID, ended)
	now := s.Now()
	token, _, err := s.Callers.Sessions.Create(ctx, session.Tenant.ID, session.User.ID, call.request.UserAgent(), now)
	if err != nil {
		return nil, err
	}
	session.User.Temporary, session.ExpiresAt = false, now.Add(tenant.SessionLife)
	me, err := s.me(ctx, session)
	if err != nil {
		return nil, err
	}
	return gen.ChangePassword200JSONResponse{SessionJSONResponse: gen.SessionJSONResponse{
		Body:    s.session(ctx, session, me),
		Headers: gen.SessionResponseHeaders{SetCookie: new(s.Callers.Cookie(token).String())},
	}}, nil
}

// change is a transaction that changes who serves what: caches of the tenant are stale after it, and routing looks again.
func (s *server) change(ctx context.Context, t id.Tenant, fn func(tx pgx.Tx) error) error {
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		_, err := tenant.Bump(ctx, tx, t)
		return err
	})
	if err != nil {
		return err
	}
	s.Publish(event.Hint{Kind: event.Settings, Tenant: t})
	s.Router.Wake(t)
	return nil
}

// signedOut tells every node that sessions of a user have ended; their sockets close.
func (s *server) signedOut(t id.Tenant, user id.User, ended []id.Session) {
	s.Callers.Sessions.Forget(ended...)
	for _, session := range ended {
		s.Publish(event.Hint{Kind: event.SessionEnded, Tenant: t, User: user, Session: session})
	}
}

// gone withdraws what somebody is offered who may take no chats any more; what they have stays theirs (spec 1.1).
func (s *server) gone(ctx context.Context, t id.Tenant, user id.User) error {
	s.Publish(event.Hint{Kind: event.AgentChanged, Tenant: t, User: user})
	return s.Router.AgentGone(ctx, t, user)
}

// by is who asks, for the audit log.
func by(session tenant.Session) tenant.Actor { return tenant.Actor{User: session.User.ID} }

func person(p tenant.Person) gen.Person {
	out := gen.Person{
		Id: wire(p.ID), Email: p.Email, Name: p.Name, Roles: make([]gen.Role, len(p.Roles)), Status: string(p.Status),
		StatusSince: p.StatusSince.UTC(), Disabled: p.Disabled, Connected: p.Connected, HasPassword: p.HasPassword, Linked: &p.Linked,
		TeamIds: wires(p.Teams), QueueIds: wires(p.Queues), CreatedAt: p.CreatedAt.UTC(),
	}
	for i, r := range p.Roles {
		out.Roles[i] = gen.Role(r)
	}
	if p.ChatLimit != nil {
		out.ChatLimit = new(int32(*p.ChatLimit))
	}
	return out
}

func personChange(in gen.UserInput) tenant.PersonChange {
	out := tenant.PersonChange{Email: string(in.Email), Name: in.Name, Teams: ids[id.Team](or(in.TeamIds, nil))}
	for _, r := range in.Roles {
		out.Roles = append(out.Roles, tenant.Role(r))
	}
	if limit, err := in.ChatLimit.Get(); err == nil {
		out.ChatLimit = new(int(limit))
	}
	return out
}

// or is what a client gave, else a default.
func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

// ids are those of the contract in our types, each once.
func ids[T id.ID](in []common.ID) []T {
	out, seen := make([]T, 0, len(in)), make(map[common.ID]bool, len(in))
	for _, v := range in {
		if !seen[v] {
			seen[v], out = true, append(out, T(v))
		}
	}
	return out
}

func wires[T id.ID](in []T) []common.ID {
	out := make([]common.ID, len(in))
	for i, v := range in {
		out[i] = wire(v)
	}
	return out
}
