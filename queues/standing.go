package queues

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// Standing is how a leaf queue stands.
type Standing struct {
	Estimate

	Oldest    time.Time // since when the first waits; zero: nobody does
	Assigned  int       // chats that agents have
	Available int       // of its agents, those who may be offered chats, if they have slots
}

// ReadStandings reads how the leaf queues of a tenant stand.
func ReadStandings(ctx context.Context, db *pg.DB, t id.Tenant, defaultLimit int) (map[id.Queue]Standing, error) {
	var rows []StandingsRow
	err := db.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(standings, defaultLimit, string(tenant.Available), t).Query(collect(&rows))
	})
	if err != nil {
		return nil, fmt.Errorf("read how queues stand: %w", err)
	}
	out := make(map[id.Queue]Standing, len(rows))
	for _, r := range rows {
		s := Standing{
			Estimate: Estimate{Waiting: r.Waiting, Mean: time.Duration(r.MeanSeconds * float64(time.Second)), Agents: r.Agents, Slots: r.Slots},
			Assigned: r.Assigned, Available: r.Available,
		}
		if r.Waiting > 0 {
			s.Oldest = r.Oldest
		}
		out[r.ID] = s
	}
	return out, nil
}

// Assigned is who serves the queues of a tenant.
type Assigned struct {
	Agents map[id.Queue][]AssignedAgentsRow
	Teams  map[id.Queue][]AssignedTeamsRow
}

// ReadAssigned reads it of all queues in one round trip.
func ReadAssigned(ctx context.Context, db *pg.DB, t id.Tenant) (Assigned, error) {
	out := Assigned{map[id.Queue][]AssignedAgentsRow{}, map[id.Queue][]AssignedTeamsRow{}}
	var agents []AssignedAgentsRow
	var teams []AssignedTeamsRow
	err := db.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(assignedAgents, t).Query(collect(&agents))
		b.Queue(assignedTeams, t).Query(collect(&teams))
	})
	if err != nil {
		return out, fmt.Errorf("read who serves the queues: %w", err)
	}
	for _, a := range agents {
		out.Agents[a.QueueID] = append(out.Agents[a.QueueID], a)
	}
	for _, n := range teams {
		out.Teams[n.QueueID] = append(out.Teams[n.QueueID], n)
	}
	return out, nil
}

// AgentsOf chooses agents for a list in the order of their ids.
type AgentsOf struct {
	Status tenant.Status // empty: all
	Sole   id.User       // 0: all
	After  id.User
	Skip   int
	Most   int
	Limit  int // of chats, of those who have none of their own
}

// ReadAgents reads a page of agents, and how many there are in all.
func ReadAgents(ctx context.Context, db *pg.DB, t id.Tenant, of AgentsOf) (page []ListAgentsRow, total int, err error) {
	err = db.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(countAgents, t, string(of.Status)).QueryRow(func(row pgx.Row) error { return row.Scan(&total) })
		b.Queue(listAgents, of.Limit, t, int64(of.After), string(of.Status), int64(of.Sole), of.Skip, of.Most).Query(collect(&page))
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list agents: %w", err)
	}
	return page, total, nil
}
