package queues

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// Members is who serves a leaf queue: agents by themselves, and teams (spec 1.1).
type Members struct {
	Agents []Member[id.User]
	Teams  []Member[id.Team]
}

// Member is one of them with its name.
type Member[T id.ID] struct {
	ID   T
	Name string
}

// ReadMembers lists who serves a queue. Errors: not_found.
func ReadMembers(ctx context.Context, tx pgx.Tx, t id.Tenant, queue id.Queue) (Members, error) {
	_, m, err := members(ctx, tx, t, queue)
	return m, err
}

// SetMembers says anew who serves a leaf queue. Errors: not_found, conflict (a menu has no agents), invalid_request.
func SetMembers(ctx context.Context, tx pgx.Tx, t id.Tenant, by tenant.Actor, queue id.Queue, agents []id.User, teams []id.Team, now time.Time) (Members, error) {
	leaf, before, err := members(ctx, tx, t, queue)
	if err != nil {
		return before, err
	}
	if leaf.Menu {
		return before, errs.New(errs.Conflict, "%s is a menu; agents and teams serve leaf queues only", leaf.Name)
	}
	if err := assignable(ctx, tx, t, agents, teams); err != nil {
		return before, err
	}
	if err := assign(ctx, tx, t, queue, id.Int64s(agents), id.Int64s(teams)); err != nil {
		return before, fmt.Errorf("assign people to queue %d: %w", queue, err)
	}
	_, after, err := members(ctx, tx, t, queue)
	if err != nil {
		return after, err
	}
	return after, tenant.Audit(ctx, tx, t, by, now, tenant.Change{
		Action: "queue.members_changed", Subject: int64(queue), Name: leaf.Name, Before: before.audited(), After: after.audited(),
	})
}

func members(ctx context.Context, tx pgx.Tx, t id.Tenant, queue id.Queue) (leaf HoldLeafRow, m Members, err error) {
	held, err := sql.HoldLeaf(ctx, tx, t, queue)
	if err != nil {
		return leaf, m, fmt.Errorf("find queue %d: %w", queue, err)
	}
	if len(held) == 0 {
		return leaf, m, errs.New(errs.NotFound, "There is no such queue")
	}
	agents, err := sql.QueueAgents(ctx, tx, t, queue)
	if err != nil {
		return leaf, m, fmt.Errorf("read the agents of queue %d: %w", queue, err)
	}
	teams, err := sql.QueueTeams(ctx, tx, t, queue)
	if err != nil {
		return leaf, m, fmt.Errorf("read the teams of queue %d: %w", queue, err)
	}
	for _, a := range agents {
		m.Agents = append(m.Agents, Member[id.User]{a.UserID, a.Name})
	}
	for _, n := range teams {
		m.Teams = append(m.Teams, Member[id.Team]{n.TeamID, n.Name})
	}
	return held[0], m, nil
}

// assignable refuses whoever can't serve a queue.
func assignable(ctx context.Context, tx pgx.Tx, t id.Tenant, agents []id.User, teams []id.Team) error {
	noAgents, err := sql.NoAgents(ctx, tx, id.Int64s(agents), t)
	if err != nil {
		return fmt.Errorf("look for agents: %w", err)
	}
	if len(noAgents) > 0 {
		return errs.Field("agent_ids", "User %d is not there, or is no agent", noAgents[0])
	}
	noTeams, err := sql.NoTeams(ctx, tx, id.Int64s(teams), t)
	if err != nil {
		return fmt.Errorf("look for teams: %w", err)
	}
	if len(noTeams) > 0 {
		return errs.Field("team_ids", "There is no team %d", noTeams[0])
	}
	return nil
}

func assign(ctx context.Context, tx pgx.Tx, t id.Tenant, queue id.Queue, agents, teams []int64) error {
	if err := sql.DropAgents(ctx, tx, t, queue, agents); err != nil {
		return err
	}
	if err := sql.AssignAgents(ctx, tx, int64(t), int64(queue), agents); err != nil {
		return err
	}
	if err := sql.DropTeams(ctx, tx, t, queue, teams); err != nil {
		return err
	}
	return sql.AssignTeams(ctx, tx, int64(t), int64(queue), teams)
}

func (m Members) audited() map[string]any {
	agents, teams := []id.User{}, []id.Team{}
	for _, a := range m.Agents {
		agents = append(agents, a.ID)
	}
	for _, t := range m.Teams {
		teams = append(teams, t.ID)
	}
	return map[string]any{"agent_ids": agents, "team_ids": teams}
}
