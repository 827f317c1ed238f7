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
	run := run{Router: r, tenant: t, now: r.now(), rules: map[id.Queue]Rules{}}
	settings, err := r.Settings(ctx, t, 0)
	if err != nil {
		return false, fmt.Errorf("route tenant %d: %w", t, err)
	}
	var free []FreeAgentsRow
	var made []ClaimRow
	var p Plan
	err = r.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		b.Queue(lockRouting, t)
		b.Queue(freeAgents, settings.Count(tenant.AgentChatLimit), run.now, t, tenant.Available).Query(collect(&free))
	}, func(tx pgx.Tx) error {
		if len(free) == 0 {
			return nil
		}
		if p, err = run.plan(ctx, tx, free); err != nil || len(p.Offers) == 0 && len(p.Looks) == 0 {
			return err
		}
		b := &pgx.Batch{}
		queueClaim(b, t, p, run.now, &made)
		return pg.CommitBatch(ctx, tx, b)
	})
	if err != nil {
		return false, fmt.Errorf("route tenant %d: %w", t, err)
	}
	r.announce(ctx, t, made)
	return len(made) < len(p.Offers), nil
}

// announce tells the agents of their new offers, and accepts for them those that answer themselves.
func (r *Router) announce(ctx context.Context, t id.Tenant, made []ClaimRow) {
	told, auto := map[id.User]bool{}, []ClaimRow(nil)
	for _, m := range made {
		if m.Auto {
			auto = append(auto, m)
		} else {
			told[m.UserID] = true
		}
	}
	r.tell(t, slices.Sorted(maps.Keys(told)))
	r.answer(ctx, t, auto)
}

// collect reads the rows of a queued query.
func collect[T any](into *[]T) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	}
}

// run is one routing of a tenant.
type run struct {
	*Router
	tenant id.Tenant
	now    time.Time
	rules  map[id.Queue]Rules // of the queues seen so far
}

// plan reads the heads of the queues that somebody free serves, deeper where the head was not enough, and decides.
func (r *run) plan(ctx context.Context, tx pgx.Tx, free []FreeAgentsRow) (Plan, error) {
	agents := agentsFrom(free)
	if err := r.openOnly(ctx, r.tenant, agents, r.now); err != nil {
		return Plan{}, err
	}
	depths, err := r.depths(ctx, agents)
	if err != nil {
		return Plan{}, err
	}
	for {
		waiting, err := r.oldest(ctx, tx, depths, agents)
		if err != nil {
			return Plan{}, err
		}
		p := Assign(waiting, agents, r.rules, r.now)
		if !r.deepen(depths, waiting, agents, p.Offers) {
			return p, nil
		}
	}
}

// learn reads the rules of a queue; settings are cached.
func (r *run) learn(ctx context.Context, q id.Queue) error {
	if _, known := r.rules[q]; known {
		return nil
	}
	s, err := r.Settings(ctx, r.tenant, q)
	if err != nil {
		return fmt.Errorf("read the settings of queue %d: %w", q, err)
	}
	rules := rulesOf(s)
	rules.AutoAnswer = rules.AutoAnswer && r.Answer != nil
	r.rules[q] = rules
	return nil
}

func agentsFrom(free []FreeAgentsRow) []Agent {
	agents := make([]Agent, len(free))
	for i, f := range free {
		agents[i] = Agent{ID: f.ID, Free: f.Free, Chats: f.Assigned, Ringing: f.Ringing, FreeSince: f.FreeSince, OfferTime: f.OfferTime}
		if f.Assigned > 0 {
			agents[i].LastChat = f.LastChat
		}
		for j, q := range f.Serves {
			agents[i].Queues = append(agents[i].Queues, Serves{Queue: id.Queue(q), Group: f.Groups[j]})
		}
	}
	return agents
}

// depths says how deep into which queues the free agents can reach: past the offers they have, as far as their free slots
// go. All get the same chats of a multicast queue, and different ones of a deltacast queue.
func (r *run) depths(ctx context.Context, agents []Agent) (map[id.Queue]int, error) {
	depths := map[id.Queue]int{}
	for _, a := range agents {
		for _, s := range a.Queues {
			if err := r.learn(ctx, s.Queue); err != nil {
				return nil, err
			}
			if reach := a.Free + a.Ringing; r.rules[s.Queue].Mode == Deltacast {
				depths[s.Queue] += reach
			} else {
				depths[s.Queue] = max(depths[s.Queue], reach)
			}
		}
	}
	return depths, nil
}

// deepen reports whether an agent has slots left although a queue goes on behind what was read of it: they let go the
// chats at its head, or others are deciding about them. It is rare, so reading again from the start is good enough. What
// is behind a chat that an agent's cascade group has not reached has waited for less, so it is not reached either.
func (r *run) deepen(depths map[id.Queue]int, waiting []Waiting, agents []Agent, offers []Assignment) (more bool) {
	read, last, left := map[id.Queue]int{}, map[id.Queue]Waiting{}, map[id.User]int{}
	for _, w := range waiting {
		read[w.Queue]++
		last[w.Queue] = w
	}
	for _, o := range offers {
		left[o.Agent]--
	}
	deeper := map[id.Queue]bool{}
	for _, a := range agents {
		for _, s := range a.Queues {
			end := turn{Waiting: last[s.Queue], rules: r.rules[s.Queue], now: r.now}
			if left[a.ID]+a.Free > 0 && read[s.Queue] >= depths[s.Queue] && end.reaches(s.Group) {
				deeper[s.Queue] = true
			}
		}
	}
	for q := range deeper {
		depths[q] *= 4
	}
	return len(deeper) > 0
}

func (r *run) oldest(ctx context.Context, tx pgx.Tx, depths map[id.Queue]int, agents []Agent) ([]Waiting, error) {
	if len(depths) == 0 {
		return nil, nil
	}
	arg := OldestWaitingParams{Tenant: r.tenant}
	for _, a := range agents {
		arg.AgentIds = append(arg.AgentIds, int64(a.ID))
	}
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
			out = append(out, Waiting{
				Chat: row.ID, Queue: *row.QueueID, Since: *row.QueuedAt, Last: id.User(row.LastAgent), Attempts: row.Attempts,
			})
		}
		if row.Asked != 0 {
			w := &out[len(out)-1]
			w.Asked = append(w.Asked, Asked{Agent: id.User(row.Asked), Mode: Mode(row.Mode), Open: row.Open, Until: row.Until})
		}
	}
	return out, nil
}

// queueClaim adds a plan to a transaction's last batch. A chat that is offered has its next step when the lease ends or
// another group joins, one that is not when somebody may be asked again.
func queueClaim(b *pgx.Batch, t id.Tenant, p Plan, now time.Time, made *[]ClaimRow) {
	arg := ClaimParams{Tenant: t, Now: now}
	next := maps.Clone(p.Looks)
	for _, o := range p.Offers {
		arg.ChatIds, arg.UserIds, arg.Expires = append(arg.ChatIds, int64(o.Chat)), append(arg.UserIds, int64(o.Agent)), append(arg.Expires, o.Until)
		arg.Modes, arg.Autos, arg.Attempts = append(arg.Modes, string(o.Mode)), append(arg.Autos, o.Auto), append(arg.Attempts, o.Attempt)
		next[o.Chat] = sooner(next[o.Chat], o.Until)
	}
	for _, c := range slices.Sorted(maps.Keys(next)) {
		arg.Refs, arg.Dues = append(arg.Refs, int64(c)), append(arg.Dues, next[c])
	}
	b.Queue(holdAgents, t, arg.UserIds)
	b.Queue(claim, arg.Tenant, arg.ChatIds, arg.Now, arg.UserIds, arg.Expires, arg.Modes, arg.Autos, arg.Attempts, arg.Refs, arg.Dues).
		Query(collect(made))
}
