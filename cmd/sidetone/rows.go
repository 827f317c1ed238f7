package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/chat/command"
	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/queues"
)

// What the tools and the demo furnish a tenant with. Each function works inside the tenant's transaction, checks what the
// spec asks for, and leaves the bump of the settings version to its caller, who usually adds several things.

type newQueue struct {
	Parent   id.Queue
	Name     string
	Keywords []string
	Position int // behind its sisters when 0
}

// addQueue refuses a name or keyword that a consumer could not choose or that means something else (spec 1.3).
func addQueue(ctx context.Context, tx pgx.Tx, t id.Tenant, q newQueue) (added id.Queue, err error) {
	nodes, err := queues.Nodes(ctx, tx, t)
	if err != nil {
		return 0, fmt.Errorf("read the queues: %w", err)
	}
	tree := queues.NewTree(nodes, command.Normalise)
	if q.Parent != 0 && tree.Node(q.Parent) == nil {
		return 0, errs.New(errs.NotFound, "there is no queue %d", q.Parent)
	}
	var sisters, words []command.Use
	for _, n := range tree.Nodes() {
		if n.Parent == q.Parent && q.Parent != 0 {
			sisters = append(sisters, command.Use{Word: n.Name, For: errs.Say("the name of queue %s", tree.Path(n.ID))})
		}
		for _, k := range n.Keywords {
			words = append(words, command.Use{Word: k, For: errs.Say("a keyword of queue %s", tree.Path(n.ID))})
		}
	}
	if err := command.Clash(q.Name, append(sisters, words...)...); err != nil {
		return 0, errs.Field("name", "%s", err)
	}
	for _, k := range q.Keywords {
		if err := command.Clash(k, words...); err != nil {
			return 0, errs.Field("keywords", "%s", err)
		}
	}
	err = tx.QueryRow(ctx, `insert into queues (tenant_id, parent_id, name, keywords, position)
		values ($1, nullif($2, 0), $3, $4, coalesce(nullif($5, 0), 1 + (select coalesce(max(position), 0) from queues where tenant_id = $1)))
		returning id`, t, int64(q.Parent), q.Name, append([]string{}, q.Keywords...), q.Position).Scan(&added)
	if err != nil {
		return 0, fmt.Errorf("add the queue %q: %w", q.Name, err)
	}
	return added, nil
}

// assignAgents puts agents to a leaf queue; menus have none (spec 1.1).
func assignAgents(ctx context.Context, tx pgx.Tx, t id.Tenant, q id.Queue, agents ...id.User) error {
	var menu bool
	err := tx.QueryRow(ctx, "select exists (select from queues where tenant_id = $1 and parent_id = $2 and deleted_at is null)", t, q).Scan(&menu)
	if err != nil {
		return fmt.Errorf("look below queue %d: %w", q, err)
	}
	if menu {
		return errs.New(errs.Invalid, "queue %d is a menu; agents are assigned to its leaves", q)
	}
	_, err = tx.Exec(ctx, `insert into queue_agents (tenant_id, queue_id, user_id) select $1, $2, unnest($3::bigint[])
		on conflict do nothing`, t, q, id.Int64s(agents))
	if err != nil {
		return fmt.Errorf("assign agents to queue %d: %w", q, err)
	}
	return nil
}

type newNumber struct {
	Address           string
	Label             string
	Account           id.Account
	Capabilities      []string
	Status            string
	Queue             id.Queue
	SegmentsPerSecond float32
	GlobalOutbound    bool
}

// addNumber adds a number, or changes the one with its address. The table keeps the rules of spec 1.1.
func addNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, n newNumber) (added id.Number, err error) {
	n.Status = cmp.Or(n.Status, carrier.Unverified)
	err = tx.QueryRow(ctx, `insert into numbers (tenant_id, address, label, account_id, capabilities, status, queue_id, segments_per_second, global_outbound)
		values ($1, $2, $3, $4, $5, $6, nullif($7, 0), $8, $9)
		on conflict (tenant_id, address) where deleted_at is null do update set label = excluded.label, account_id = excluded.account_id,
		  capabilities = excluded.capabilities, status = excluded.status, queue_id = excluded.queue_id,
		  segments_per_second = excluded.segments_per_second, global_outbound = excluded.global_outbound
		returning id`,
		t, n.Address, n.Label, n.Account, n.Capabilities, n.Status, int64(n.Queue), n.SegmentsPerSecond, n.GlobalOutbound).Scan(&added)
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr) && pgErr.ConstraintName == "numbers_global_outbound":
		return 0, errs.New(errs.Conflict, "the tenant has a global outbound number already")
	case errors.As(err, &pgErr) && pgErr.Code == "23514": // check_violation
		return 0, errs.New(errs.Invalid, "a number that feeds a queue is verified and inbound; an in-call or session-less number feeds none "+
			"and is not the global outbound number; no number is both of these (%s)", pgErr.ConstraintName)
	case errors.As(err, &pgErr) && pgErr.Code == "23503": // foreign_key_violation
		return 0, errs.New(errs.NotFound, "the carrier account or the queue does not exist (%s)", pgErr.ConstraintName)
	case err != nil:
		return 0, fmt.Errorf("add a number: %w", err)
	}
	return added, nil
}

// nameConsumer gives a consumer's number a name, without opening anything.
func nameConsumer(ctx context.Context, tx pgx.Tx, t id.Tenant, address, name string) error {
	_, err := tx.Exec(ctx, `insert into end_users (tenant_id, address, name) values ($1, $2, $3)
		on conflict (tenant_id, address) do update set name = excluded.name where end_users.name = ''`, t, address, name)
	if err != nil {
		return fmt.Errorf("name a consumer: %w", err)
	}
	return nil
}

// leaves are the queues of the SMS trees that agents serve.
func leaves(ctx context.Context, tx pgx.Tx, t id.Tenant) ([]id.Queue, error) {
	nodes, err := queues.Nodes(ctx, tx, t)
	if err != nil {
		return nil, fmt.Errorf("read the queues: %w", err)
	}
	var out []id.Queue
	for _, n := range queues.NewTree(nodes, command.Normalise).Nodes() {
		if n.Leaf() && n.Channel != "ivr" {
			out = append(out, n.ID)
		}
	}
	slices.Sort(out)
	return out, nil
}
