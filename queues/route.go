package queues

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// route offers what can be offered to the agents of a tenant. It asks who is free before it asks what waits, and reads of
// the queues no more than the free slots can take: its cost grows with the agents and not with the queue. missed says
// that a chat was being changed by somebody and has to be looked at again.
func (r *Router) route(ctx context.Context, t id.Tenant) (missed bool, err error) {
	now := r.now()
	settings, err := r.Settings(ctx, t, 0)
	if err != nil {
		return false, fmt.Errorf("route tenant %d: %w", t, err)
	}
	var free []FreeAgentsRow
	var p plan
	var made []ClaimRow
	err = r.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		b.Queue(lockRouting, t)
		b.Queue(freeAgents, settings.Count(tenant.AgentChatLimit), t, tenant.Available).Query(collect(&free))
	}, func(tx pgx.Tx) error {
		if len(free) == 0 {
			return nil
		}
		if p, err = r.plan(ctx, tx, t, free, now); err != nil || len(p.refs) == 0 {
			return err
		}
		b := &pgx.Batch{}
		b.Queue(holdAgents, t, p.users)
		b.Queue(claim, t, p.chats, now, p.users, p.expires, p.refs, p.dues).Query(collect(&made))
		return pg.CommitBatch(ctx, tx, b)
	})
	if err != nil {
		return false, fmt.Errorf("route tenant %d: %w", t, err)
	}
	told := map[id.User]bool{}
	for _, m := range made {
		told[m.UserID] = true
	}
	r.tell(t, slices.Sorted(maps.Keys(told)))
	return len(made) < len(p.chats), nil
}

// collect reads the rows of a queued query.
func collect[T any](into *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	}
}

// plan is the offers to make (chats, users and expires go together) and the next steps of chats (refs and dues).
type plan struct {
	chats, users []int64
	expires      []time.Time
	refs         []int64
	dues         []time.Time
}

// plan reads the heads of the queues that somebody free serves, deeper where the head was not enough, and decides.
func (r *Router) plan(ctx context.Context, tx pgx.Tx, t id.Tenant, free []FreeAgentsRow, now time.Time) (plan, error) {
	if err := r.openOnly(ctx, t, free, now); err != nil {
		return plan{}, err
	}
	agents, ids, depths := staffed(free)
	for {
		waiting, err := oldest(ctx, tx, t, depths, ids)
		if err != nil {
			return plan{}, err
		}
		offers := Assign(waiting, agents, now)
		if !deepen(depths, waiting, agents, offers) {
			return r.steps(ctx, t, waiting, offers, now)
		}
	}
}

// staffed says who is free, and how deep into which queues they can reach: past the offers they have, as far as their
// free slots go.
func staffed(free []FreeAgentsRow) (agents []Agent, ids []int64, depths map[id.Queue]int) {
	depths = map[id.Queue]int{}
	for _, f := range free {
		a := Agent{ID: f.ID, Free: f.Free}
		for _, q := range f.Serves {
			a.Queues = append(a.Queues, id.Queue(q))
			depths[id.Queue(q)] = max(depths[id.Queue(q)], f.Free+f.Ringing)
		}
		agents, ids = append(agents, a), append(ids, int64(f.ID))
	}
	return agents, ids, depths
}

// deepen reports whether an agent has slots left although a queue goes on behind what was read of it: the agent let go
// the chats at its head. It is rare, so reading again from the start is good enough.
func deepen(depths map[id.Queue]int, waiting []Waiting, agents []Agent, offers []Assignment) (more bool) {
	read, left := map[id.Queue]int{}, map[id.User]int{}
	for _, w := range waiting {
		read[w.Queue]++
	}
	for _, o := range offers {
		left[o.Agent]--
	}
	deeper := map[id.Queue]bool{}
	for _, a := range agents {
		for _, q := range a.Queues {
			if left[a.ID]+a.Free > 0 && read[q] >= depths[q] {
				deeper[q] = true
			}
		}
	}
	for q := range deeper {
		depths[q] *= 4
	}
	return len(deeper) > 0
}

func oldest(ctx context.Context, tx pgx.Tx, t id.Tenant, depths map[id.Queue]int, agents []int64) ([]Waiting, error) {
	arg := OldestWaitingParams{Tenant: t, AgentIds: agents}
	for _, q := range slices.Sorted(maps.Keys(depths)) {
		arg.QueueIds, arg.Depths = append(arg.QueueIds, int64(q)), append(arg.Depths, depths[q])
	}
	rows, err := sql.OldestWaiting(ctx, tx, arg)
	if err != nil {
		return nil, err
	}
	var out []Waiting
	for _, row := range rows {
		if len(out) == 0 || out[len(out)-1].Chat != row.ID {
			out = append(out, Waiting{Chat: row.ID, Queue: *row.QueueID, Since: *row.QueuedAt})
		}
		if row.Asked != 0 {
			w := &out[len(out)-1]
			w.Asked = append(w.Asked, Asked{Agent: id.User(row.Asked), Open: row.Open, Until: row.Until})
		}
	}
	return out, nil
}

// steps turns a decision into rows. A chat that is offered has its next step when the lease ends; one that is not, though
// somebody is free, when those who let it go can be asked again.
func (r *Router) steps(ctx context.Context, t id.Tenant, waiting []Waiting, offers []Assignment, now time.Time) (p plan, err error) {
	offered, next := map[id.Chat]bool{}, map[id.Chat]time.Time{}
	for _, o := range offers {
		offered[o.Chat] = true
	}
	for _, w := range waiting {
		if !offered[w.Chat] {
			next[w.Chat] = w.retry(now)
			continue
		}
		settings, err := r.Settings(ctx, t, w.Queue)
		if err != nil {
			return p, err
		}
		next[w.Chat] = now.Add(settings.Duration(tenant.OfferTimeout))
	}
	for _, o := range offers {
		p.chats, p.users, p.expires = append(p.chats, int64(o.Chat)), append(p.users, int64(o.Agent)), append(p.expires, next[o.Chat])
	}
	for _, w := range waiting {
		if at := next[w.Chat]; !at.IsZero() {
			p.refs, p.dues = append(p.refs, int64(w.Chat)), append(p.dues, at)
		}
	}
	return p, nil
}
