package carrier

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/group"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Receipts share commits: groupMost at most. Nobody waits for a receipt but the carrier, so under load their groups begin a
// pause apart, or when there are enough.
const (
	groupMost   = 200
	groupPause  = 10 * time.Millisecond
	groupEnough = 32
)

// Receipts applies what carriers say became of texts. Receipts that wait together share one statement and one commit.
type Receipts struct {
	db      *pg.DB
	publish func(event.Hint)
	log     *slog.Logger
	metrics *Metrics
	groups  *group.Committer[*receipt]
}

type receipt struct {
	wire.Receipt
	account id.Account
}

// NewReceipts starts to take receipts; publish is called after commits.
func NewReceipts(db *pg.DB, publish func(event.Hint), log *slog.Logger, metrics *Metrics) *Receipts {
	if metrics == nil {
		metrics = NewMetrics(nil)
	}
	r := &Receipts{db: db, publish: publish, log: log, metrics: metrics}
	r.groups = group.New(2, groupMost, func(got *receipt) string { return got.ProviderID }, r.apply).Paced(groupPause, groupEnough)
	return r
}

// Apply returns when the receipt is saved. One that no text of ours belongs to is counted and forgotten: the carrier
// would only repeat it.
func (r *Receipts) Apply(ctx context.Context, tenant id.Tenant, account id.Account, got wire.Receipt) error {
	if got.Status.Rank() == 0 || got.ProviderID == "" {
		r.metrics.Receipts.WithLabelValues("unknown").Inc()
		return nil
	}
	if err := r.groups.Do(ctx, tenant, &receipt{got, account}); err != nil {
		return fmt.Errorf("apply a receipt: %w", err)
	}
	return nil
}

// Stop finishes the receipts that wait.
func (r *Receipts) Stop() { r.groups.Stop() }

// meaning is what a receipt's code says to the person at the desk.
func meaning(got wire.Receipt) (m wire.Meaning) {
	if got.ErrorCode == "" {
		if got.Status == wire.Failed || got.Status == wire.Undelivered {
			m.Sentence = wire.Sentence("")
		}
		return m
	}
	m, ok := wire.Explain(got.ErrorCode)
	if !ok {
		m.Sentence = wire.Sentence("")
	}
	return m
}

func (r *Receipts) apply(ctx context.Context, tenant id.Tenant, items []*receipt) error {
	shown := statusHints{tenant: tenant}
	var stopped []Consent
	moved, unknown := 0, 0
	read := func(rows pgx.Rows) error {
		for rows.Next() {
			var ord, seq int
			var known bool
			var chat id.Chat
			var agent id.User
			var address string
			var number id.Number
			if err := rows.Scan(&ord, &known, &chat, &seq, &agent, &address, &number); err != nil {
				return fmt.Errorf("read an applied receipt: %w", err)
			}
			got := items[ord-1]
			if !known {
				unknown++
				r.log.Warn("receipts: no text of ours", "tenant", tenant, "account", got.account, "message", got.MessageRef, "status", got.Status)
				continue
			}
			moved++
			shown.add(chat, seq, agent)
			if meaning(got.Receipt).Class == wire.OptedOut {
				stopped = append(stopped, Consent{
					Address: address, Action: OptOut, Source: ByCarrier, Word: got.ErrorCode, Number: number,
					ProviderID: got.ProviderID, At: got.At,
				})
			}
		}
		return rows.Err()
	}
	apply := func(b *pgx.Batch) { b.Queue(applyReceipts, receiptColumns(tenant, items)...).Query(read) }
	var err error
	if slices.ContainsFunc(items, func(got *receipt) bool { return meaning(got.Receipt).Class == wire.OptedOut }) {
		err = r.db.TenantBatch(ctx, tenant, apply, func(tx pgx.Tx) error {
			b := &pgx.Batch{}
			QueueConsent(b, tenant, stopped)
			return pg.CommitBatch(ctx, tx, b)
		})
	} else { // nearly always: one round trip
		err = r.db.WriteTenant(ctx, tenant, apply)
	}
	if err != nil {
		return err
	}
	for outcome, n := range map[string]int{"moved": moved, "kept": len(items) - moved - unknown, "unknown": unknown} {
		r.metrics.Receipts.WithLabelValues(outcome).Add(float64(n))
	}
	for _, h := range shown.hints {
		r.publish(h)
	}
	for _, c := range stopped {
		r.publish(event.Hint{Kind: event.Stopped, Tenant: tenant, Address: c.Address})
	}
	return nil
}

func receiptColumns(tenant id.Tenant, items []*receipt) []any {
	n := len(items)
	ids, words, times := make([]int64, 0, 2*n), make([]string, 0, 4*n), make([]time.Time, 0, n)
	refs, accounts, ranks, retryable := cut(ids, 0, n), cut(ids, 1, n), make([]int, 0, n), make([]bool, 0, n)
	providers, statuses, codes, sentences := cut(words, 0, n), cut(words, 1, n), cut(words, 2, n), cut(words, 3, n)
	for _, r := range items {
		m := meaning(r.Receipt)
		refs, accounts, ranks = append(refs, r.MessageRef), append(accounts, int64(r.account)), append(ranks, r.Status.Rank())
		providers, statuses = append(providers, r.ProviderID), append(statuses, string(r.Status))
		codes, sentences = append(codes, r.ErrorCode), append(sentences, m.Sentence)
		retryable, times = append(retryable, m.Class == wire.Unreachable), append(times, r.At)
	}
	return []any{refs, accounts, providers, statuses, ranks, codes, sentences, retryable, times, tenant}
}
