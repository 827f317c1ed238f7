package queues

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Member is one of them: group 1 is asked first, 1 and 2 after a delay, and so on (spec 1.7). Nobody is in group 0: it means 1.
type Member[T id.ID] struct {
	ID    T      `json:"id"`
	Name  string `json:"name"`
	Group int    `json:"cascade_group"`
}

// mostGroups are the cascade groups that a queue may have.
const mostGroups = 10

// ReadMembers lists who serves a queue. Errors: not_found.
func ReadMembers(ctx context.Context, tx pgx.Tx, t id.Tenant, queue id.Queue) (Members, error) {
	_, m, err := members(ctx, tx, t, queue)
	return m, err
}

// SetMembers says anew who serves a leaf queue. Errors: not_found, conflict (a menu has no agents), invalid_request.
func SetMembers(ctx context.Context, tx pgx.Tx, t id.Tenant, by tenant.Actor, queue id.Queue, m Members, now time.Time) (Members, error) {
	leaf, before, err := members(ctx, tx, t, queue)
	if err != nil {
		return before, err
	}
	if leaf.Menu {
		return before, errs.New(errs.Conflict, "%s is a menu; agents and teams serve leaf queues only", leaf.Name)
	}
	agents, agentGroups, err := columns("agents", m.Agents)
	if err != nil {
		return before, err
	}
	teams, teamGroups, err := columns("teams", m.Teams)
	if err != nil {
		return before, err
	}
	if err := assignable(ctx, tx, t, agents, teams); err != nil {
		return before, err
	}
	if err := errors.Join(
		sql.DropAgents(ctx, tx, t, queue, agents),
		sql.AssignAgents(ctx, tx, AssignAgentsParams{Tenant: int64(t), Queue: int64(queue), UserIds: agents, Groups: agentGroups}),
		sql.DropTeams(ctx, tx, t, queue, teams),
		sql.AssignTeams(ctx, tx, AssignTeamsParams{Tenant: int64(t), Queue: int64(queue), TeamIds: teams, Groups: teamGroups}),
	); err != nil {
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
		m.Agents = append(m.Agents, Member[id.User]{a.UserID, a.Name, a.CascadeGroup})
	}
	for _, n := range teams {
		m.Teams = append(m.Teams, Member[id.Team]{n.TeamID, n.Name, n.CascadeGroup})
	}
	return held[0], m, nil
}

// assignable refuses whoever can't serve a queue.
func assignable(ctx context.Context, tx pgx.Tx, t id.Tenant, agents, teams []int64) error {
	noAgents, err := sql.NoAgents(ctx, tx, agents, t)
	if err != nil {
		return fmt.Errorf("look for agents: %w", err)
	}
	if len(noAgents) > 0 {
		return errs.Field("agents", "User %d is not there, or is no agent", noAgents[0])
	}
	noTeams, err := sql.NoTeams(ctx, tx, teams, t)
	if err != nil {
		return fmt.Errorf("look for teams: %w", err)
	}
	if len(noTeams) > 0 {
		return errs.Field("teams", "There is no team %d", noTeams[0])
	}
	return nil
}

// columns are the ids and groups of members, who are named once each.
func columns[T id.ID](field string, members []Member[T]) (ids []int64, groups []int, err error) {
	ids, groups = []int64{}, []int{}
	for _, m := range members {
		group := max(m.Group, 1)
		switch {
		case m.Group < 0 || m.Group > mostGroups:
			return nil, nil, errs.Field(field, "A cascade group is 1 to %d", mostGroups)
		case slices.Contains(ids, int64(m.ID)):
			return nil, nil, errs.Field(field, "%d is named twice", m.ID)
		}
		ids, groups = append(ids, int64(m.ID)), append(groups, group)
	}
	return ids, groups, nil
}

func (m Members) audited() map[string]any {
	return map[string]any{"agents": m.Agents, "teams": m.Teams}
}
