package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

var sql = NewQueries() // holds nothing

// Nodes reads the queues of a tenant, in no order, the deleted ones too.
func Nodes(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Node, error) {
	rows, err := sql.ListNodes(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]Node, len(rows))
	for i, r := range rows {
		out[i] = Node{
			ID: r.ID, Parent: id.Queue(r.ParentID), Channel: r.Channel, Lang: r.Lang, Position: r.Position,
			Name: r.Name, Keywords: r.Keywords, Hidden: r.Hidden, Gone: r.Gone, Substitute: id.Queue(r.SubstituteID),
		}
		if err := json.Unmarshal(r.Names, &out[i].Names); err != nil {
			return nil, fmt.Errorf("read the names of queue %d: %w", r.ID, err)
		}
		if err := json.Unmarshal(r.LangKeywords, &out[i].LangKeywords); err != nil {
			return nil, fmt.Errorf("read the keywords of queue %d: %w", r.ID, err)
		}
	}
	return out, nil
}

// NewIDs fetches ids for queues that are about to be.
func NewIDs(ctx context.Context, tx pgx.Tx, n int) ([]id.Queue, error) {
	got, err := sql.NextQueueIDs(ctx, tx, n)
	if err != nil {
		return nil, err
	}
	out := make([]id.Queue, len(got))
	for i, q := range got {
		out[i] = id.Queue(q)
	}
	return out, nil
}

// nodeRow is a queue as SaveNodes reads it from JSON.
type nodeRow struct {
	ID           id.Queue            `json:"id"`
	Parent       id.Queue            `json:"parent_id"`
	Channel      string              `json:"channel"`
	Lang         string              `json:"lang"`
	Position     int                 `json:"position"`
	Name         string              `json:"name"`
	Keywords     []string            `json:"keywords"`
	Hidden       bool                `json:"hidden"`
	Names        map[string]string   `json:"names"`
	LangKeywords map[string][]string `json:"lang_keywords"`
	Gone         bool                `json:"gone"`
	Substitute   id.Queue            `json:"substitute_id"`
}

// Save writes what Draft.Changed says.
func Save(ctx context.Context, tx pgx.Tx, tenant id.Tenant, changed []Node, now time.Time) error {
	rows := make([]nodeRow, len(changed))
	for i, n := range changed {
		rows[i] = nodeRow{
			ID: n.ID, Parent: n.Parent, Channel: n.Channel, Lang: n.Lang, Position: n.Position, Name: n.Name,
			Keywords: append([]string{}, n.Keywords...), Hidden: n.Hidden, Names: n.Names, LangKeywords: n.LangKeywords,
			Gone: n.Gone, Substitute: n.Substitute,
		}
		if n.Names == nil {
			rows[i].Names = map[string]string{}
		}
		if n.LangKeywords == nil {
			rows[i].LangKeywords = map[string][]string{}
		}
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("write %d queues: %w", len(rows), err)
	}
	if err := sql.SaveNodes(ctx, tx, int64(tenant), now, raw); err != nil {
		return fmt.Errorf("save %d queues: %w", len(rows), err)
	}
	return nil
}

// Held is what hangs on queues.
type Held struct {
	Chats, Agents, Teams int
	Numbers, Unverified  int // that lead there, and those of them that could not be assigned anew
}

// Holds counts what hangs on queues: chats that wait there, have an agent or are laid aside; who serves them; numbers.
// The queues are held too: nobody is assigned to them before the transaction ends.
func Holds(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queues ...id.Queue) (Held, error) {
	if err := sql.HoldQueues(ctx, tx, tenant, id.Int64s(queues)); err != nil {
		return Held{}, err
	}
	r, err := sql.QueueHolds(ctx, tx, tenant, id.Int64s(queues))
	return Held{r.HeldChats, r.OwnAgents, r.ServingTeams, r.FedBy, r.FedUnverified}, err
}

// Vacate takes agents, teams and numbers from queues that go; the numbers lead to the substitute from now on, or nowhere.
func Vacate(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queues []id.Queue, numbersTo id.Queue) error {
	gone := id.Int64s(queues)
	if err := sql.ReassignNumbers(ctx, tx, int64(numbersTo), tenant, gone); err != nil {
		return fmt.Errorf("move the numbers of %d queues: %w", len(queues), err)
	}
	if err := sql.VacateNumbers(ctx, tx, tenant, gone); err != nil {
		return fmt.Errorf("take the sending numbers of %d queues away: %w", len(queues), err)
	}
	if err := sql.VacateTeams(ctx, tx, tenant, gone); err != nil {
		return err
	}
	return sql.VacateAgents(ctx, tx, tenant, gone)
}

// CopyServers lets whoever serves queues serve their copies too.
func CopyServers(ctx context.Context, tx pgx.Tx, tenant id.Tenant, became map[id.Queue]id.Queue) error {
	from, to := make([]int64, 0, len(became)), make([]int64, 0, len(became))
	for origin, copied := range became {
		from, to = append(from, int64(origin)), append(to, int64(copied))
	}
	return sql.CopyServers(ctx, tx, int64(tenant), from, to)
}

// Count is what a queue holds now.
type Count struct {
	Queue                     id.Queue
	Waiting, Assigned, Agents int
}

// QueueCounts adds the read of what every queue of a tenant holds to a batch.
func QueueCounts(b *pgx.Batch, tenant id.Tenant, into *[]Count) {
	b.Queue(countQueues, tenant).Query(collect(into))
}
