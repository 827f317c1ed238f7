package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/queues"
)

// ListTeams gives the teams by name.
func (s *server) ListTeams(ctx context.Context, _ gen.ListTeamsRequestObject) (gen.ListTeamsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var teams []tenant.Team
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		teams, err = tenant.Teams(ctx, tx, session.Tenant.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make(gen.ListTeams200JSONResponse, len(teams))
	for i, t := range teams {
		out[i] = team(t)
	}
	return out, nil
}

// CreateTeam makes a team.
func (s *server) CreateTeam(ctx context.Context, req gen.CreateTeamRequestObject) (gen.CreateTeamResponseObject, error) {
	saved, err := s.saveTeam(ctx, 0, *req.Body)
	return gen.CreateTeam201JSONResponse(team(saved)), err
}

// ChangeTeam names a team and its members anew.
func (s *server) ChangeTeam(ctx context.Context, req gen.ChangeTeamRequestObject) (gen.ChangeTeamResponseObject, error) {
	saved, err := s.saveTeam(ctx, id.Team(req.TeamId), *req.Body)
	return gen.ChangeTeam200JSONResponse(team(saved)), err
}

func (s *server) saveTeam(ctx context.Context, of id.Team, in gen.TeamInput) (saved tenant.Team, err error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return saved, err
	}
	err = s.change(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		saved, err = tenant.SaveTeam(ctx, tx, session.Tenant.ID, by(session), tenant.Team{
			ID: of, Name: in.Name, Members: ids[id.User](or(in.MemberIds, nil)),
		}, s.Now())
		return err
	})
	return saved, err
}

// DeleteTeam takes a team away.
func (s *server) DeleteTeam(ctx context.Context, req gen.DeleteTeamRequestObject) (gen.DeleteTeamResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		return tenant.DeleteTeam(ctx, tx, session.Tenant.ID, by(session), id.Team(req.TeamId), s.Now())
	})
	return gen.DeleteTeam204Response{}, err
}

// GetQueueMembers says who serves a queue.
func (s *server) GetQueueMembers(ctx context.Context, req gen.GetQueueMembersRequestObject) (gen.GetQueueMembersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var m queues.Members
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		m, err = queues.ReadMembers(ctx, tx, session.Tenant.ID, id.Queue(req.QueueId))
		return err
	})
	return gen.GetQueueMembers200JSONResponse(queueMembers(m)), err
}

// SetQueueMembers says anew who serves a leaf queue.
func (s *server) SetQueueMembers(ctx context.Context, req gen.SetQueueMembersRequestObject) (gen.SetQueueMembersResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var m queues.Members
	err = s.change(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		m, err = queues.SetMembers(ctx, tx, session.Tenant.ID, by(session), id.Queue(req.QueueId), queues.Members{
			Agents: membersIn[id.User](req.Body.Agents), Teams: membersIn[id.Team](req.Body.Teams),
		}, s.Now())
		return err
	})
	return gen.SetQueueMembers200JSONResponse(queueMembers(m)), err
}

func team(t tenant.Team) gen.Team {
	return gen.Team{Id: wire(t.ID), Name: t.Name, MemberIds: wires(t.Members), QueueIds: wires(t.Queues)}
}

func queueMembers(m queues.Members) gen.QueueMembers {
	return gen.QueueMembers{Agents: membersOut(m.Agents), Teams: membersOut(m.Teams)}
}

func membersOut[T id.ID](in []queues.Member[T]) []gen.QueueMember {
	out := make([]gen.QueueMember, len(in))
	for i, m := range in {
		out[i] = gen.QueueMember{Id: wire(m.ID), Name: m.Name, CascadeGroup: int32(m.Group)}
	}
	return out
}

func membersIn[T id.ID](in []gen.QueueMemberInput) []queues.Member[T] {
	out := make([]queues.Member[T], len(in))
	for i, m := range in {
		out[i] = queues.Member[T]{ID: T(m.Id), Group: int(or(m.CascadeGroup, 1))}
	}
	return out
}
