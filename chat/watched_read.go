package chat

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// How much of a tenant a board holds.
const (
	WatchedMost  = 2000 // chats that go on
	WatchedEnded = 100  // chats that have ended
)

// dayOf is when the tenant's day began.
func (s *Service) dayOf(rules *Rules) time.Time {
	_, zone := rules.Settings(0).Hours()
	begins, _ := Day(s.now(), zone)
	return begins
}

// WatchedIDs names the chats of a board: those that go on, and the last that ended today.
func (s *Service) WatchedIDs(ctx context.Context, t id.Tenant) (out []id.Chat, err error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(watchedIDs, t, WatchedMost, s.dayOf(rules), WatchedEnded).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the chats of a board: %w", err)
	}
	return out, nil
}

// OfferedIDs names the chats that ring now.
func (s *Service) OfferedIDs(ctx context.Context, t id.Tenant) (out []id.Chat, err error) {
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(offeredIDs, t).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, pgx.RowTo[id.Chat])
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the chats that ring: %w", err)
	}
	return out, nil
}

// Watched reads some chats of a board in one round trip, in no order.
func (s *Service) Watched(ctx context.Context, t id.Tenant, chats []id.Chat) ([]WatchedChat, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	ids := id.Int64s(chats)
	var heads []ListDeskRow
	more := make(map[id.Chat]WatchedMoreRow, len(chats))
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(listViews, t, ids).Query(rowsOf(&heads))
		each(b.Queue(watchedMore, t, ids), func(r WatchedMoreRow) { more[r.ID] = r })
	})
	if err != nil {
		return nil, fmt.Errorf("read %d chats of a board: %w", len(chats), err)
	}
	out := make([]WatchedChat, len(heads))
	for i, r := range heads {
		v := r.view(rules, s.now())
		out[i] = WatchedChat{View: v, Start: v.start(more[v.ID].Auto), Ringing: more[v.ID].Offered}
	}
	return out, nil
}

// WatchedAgents reads the agents of a board in one round trip.
func (s *Service) WatchedAgents(ctx context.Context, t id.Tenant) ([]WatchedAgent, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	var people []WatchedAgentsRow
	loads := map[id.User][]Load{}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(watchedAgents, s.now(), t).Query(rowsOf(&people))
		each(b.Queue(watchedLoads, t), func(r WatchedLoadsRow) {
			target := rules.Settings(id.Queue(r.QueueID)).Duration(tenant.ResponseTarget)
			agent := id.User(r.AgentID)
			loads[agent] = append(loads[agent], Load{r.ID, responseDue(at(r.OwedSince), target)})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the agents of a board: %w", err)
	}
	limit := rules.Settings(0).Count(tenant.AgentChatLimit)
	out := make([]WatchedAgent, len(people))
	for i, r := range people {
		a := WatchedAgent{
			Agent: UserRef{r.ID, r.Name}, Status: tenant.Status(r.Status), Since: r.StatusSince, Connected: r.Connected, Limit: limit,
			Offered: r.Offered, Wrapping: r.Wrapping, Chats: loads[r.ID], Teams: r.InTeams,
		}
		if r.ChatLimit != nil {
			a.Limit = *r.ChatLimit
		}
		for _, q := range r.Serves {
			a.Serves = append(a.Serves, id.Queue(q))
		}
		out[i] = a
	}
	return out, nil
}

// WatchedQueues reads the leaves of a board; who serves them is told. Days are counted by DayFigures, which costs more.
func (s *Service) WatchedQueues(ctx context.Context, t id.Tenant, agents []WatchedAgent, days map[id.Queue]DayFigures) ([]WatchedQueue, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	held := map[id.Queue]WatchedQueuesRow{}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		each(b.Queue(watchedQueues, t), func(r WatchedQueuesRow) { held[id.Queue(r.QueueID)] = r })
	})
	if err != nil {
		return nil, fmt.Errorf("read the queues of a board: %w", err)
	}
	serving := map[id.Queue][]WatchedAgent{}
	for _, a := range agents {
		for _, q := range a.Serves {
			serving[q] = append(serving[q], a)
		}
	}
	var out []WatchedQueue
	for _, n := range rules.Tree.Nodes() {
		if !n.Leaf() || n.Channel == "ivr" {
			continue
		}
		r := held[n.ID]
		q := WatchedQueue{
			Queue: queueRef(rules.Tree, n.ID), Waiting: r.Waiting, Inbound: r.Inbound, Outbound: r.Outbound, Programs: r.Programs,
			Target: rules.Settings(n.ID).Duration(tenant.WaitTarget), Day: days[n.ID],
		}
		if r.Waiting > 0 {
			q.Oldest = r.Oldest
		}
		if s.Estimate != nil {
			q.Estimate, q.Estimated = s.Estimate(t, n.ID)
		}
		for _, a := range serving[n.ID] {
			q.count(a)
		}
		out = append(out, q)
	}
	return out, nil
}

// count adds somebody who serves the queue.
func (q *WatchedQueue) count(a WatchedAgent) {
	if a.Connected {
		q.Agents++
	}
	if a.available() {
		q.Available++
	}
	q.Free += a.free()
}

// WatchedDays counts what became of the chats of queues today.
func (s *Service) WatchedDays(ctx context.Context, t id.Tenant) (map[id.Queue]DayFigures, error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return nil, err
	}
	var ids []int64
	var targets []float64
	for _, n := range rules.Tree.Nodes() {
		if n.Leaf() {
			ids, targets = append(ids, int64(n.ID)), append(targets, rules.Settings(n.ID).Duration(tenant.WaitTarget).Seconds())
		}
	}
	out := map[id.Queue]DayFigures{}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		each(b.Queue(watchedDay, t, s.dayOf(rules), ids, targets), func(r WatchedDayRow) {
			out[id.Queue(r.QueueID)] = DayFigures{r.Answered, r.InTarget, r.Ended, r.Expired}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("count the day of the queues: %w", err)
	}
	return out, nil
}
