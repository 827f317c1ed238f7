package carrier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

const (
	uncertain   = "uncertain" // the error code of a parked text: shown as such, and the texts behind it go on
	absent      = "not_sent"
	parkedEvery = 12              // parked texts are asked about once in so many times, for an hour
	clockSkew   = 5 * time.Minute // between the carrier's clock and the database's
)

// reconcileOnce asks the carrier about texts under way that no call of ours can belong to any more: after a crash, a
// takeover, or an ambiguous answer (reference F3). Only a lane's owner does it, so a text is never decided twice at once, and
// every decision repeats the claim it was read under.
func (l *lane) reconcileOnce() {
	defer func() {
		l.mu.Lock()
		l.reconciling = false
		l.mu.Unlock()
		l.ring()
	}()
	ctx, cancel := context.WithTimeout(l.s.ctx, l.s.cfg.CallTimeout+l.s.cfg.AskAfter)
	defer cancel()
	requeued, err := l.askCarrier(ctx)
	if err != nil && l.s.ctx.Err() == nil {
		l.s.log.Error("lane: could not reconcile", "number", l.number, "error", err)
	}
	if requeued {
		l.wake()
	}
}

func (l *lane) askCarrier(ctx context.Context) (requeued bool, err error) {
	cfg := &l.s.cfg
	l.mu.Lock()
	withParked := l.asked%parkedEvery == 0
	l.asked++
	l.mu.Unlock()
	var stuck []StuckTextsRow
	err = cfg.DB.ReadTenant(ctx, l.tenant, func(b *pgx.Batch) {
		b.Queue(stuckTexts, l.tenant, int64(l.number), cfg.AskAfter.Seconds(), (cfg.StartWithin + cfg.CallTimeout + cfg.AskAfter).Seconds(), withParked).
			Query(func(rows pgx.Rows) (err error) {
				stuck, err = pgx.CollectRows(rows, pgx.RowToStructByPos[StuckTextsRow])
				return err
			})
	})
	if err != nil || len(stuck) == 0 {
		return false, err
	}
	l.s.log.Info("lane: asking the carrier about texts without an answer", "number", l.number, "texts", len(stuck))
	var results []result
	for _, pair := range pairs(stuck) {
		decided, err := l.decide(ctx, pair)
		if err != nil {
			return false, err
		}
		results = append(results, decided...)
	}
	if len(results) == 0 {
		return false, nil
	}
	slices.SortFunc(results, func(a, b result) int { return int(a.id - b.id) })
	return l.saveDecisions(ctx, results)
}

// pairs groups stuck texts by account and pair of numbers; the order within a pair stays.
func pairs(stuck []StuckTextsRow) (groups [][]StuckTextsRow) {
	type key struct {
		account       id.Account
		ours, address string
	}
	at := map[key]int{}
	for _, t := range stuck {
		k := key{t.AccountID, t.OurAddress, t.Address}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// decide asks the carrier about one pair.
func (l *lane) decide(ctx context.Context, texts []StuckTextsRow) ([]result, error) {
	first := texts[0]
	since := first.ClaimedAt
	for _, t := range texts {
		if t.ClaimedAt.Before(since) {
			since = t.ClaimedAt
		}
	}
	sender, err := l.s.cfg.Senders(ctx, first.AccountID)
	var found []wire.Found
	if err == nil {
		found, err = sender.Lookup(ctx, first.Address, first.OurAddress, since.Add(-clockSkew))
	}
	if err != nil {
		return l.unasked(texts, err), nil
	}
	known, err := l.known(ctx, first.AccountID, found)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f wire.Found) bool { return known[f.ProviderID] })
	return match(texts, found, l.s.cfg.Now(), l.s.cfg.ParkAfter), nil
}

// known are the provider ids that stand on texts of ours already.
func (l *lane) known(ctx context.Context, account id.Account, found []wire.Found) (map[string]bool, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ProviderID
	}
	known := map[string]bool{}
	err := l.s.cfg.DB.ReadTenant(ctx, l.tenant, func(b *pgx.Batch) {
		b.Queue(knownProviderIDs, l.tenant, account, ids).Query(func(rows pgx.Rows) error {
			list, err := pgx.CollectRows(rows, pgx.RowTo[string])
			for _, p := range list {
				known[p] = true
			}
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read known provider ids: %w", err)
	}
	return known, nil
}

// match gives each stuck text the oldest of the carrier's texts that says the same and stands on no other text. What is
// left over never reached the carrier: it goes back to the outbox, or, if later texts have passed it meanwhile because it
// was parked, it failed and a person may send it again. It is pure.
func match(texts []StuckTextsRow, found []wire.Found, now time.Time, park time.Duration) []result {
	slices.SortStableFunc(found, func(a, b wire.Found) int { return a.CreatedAt.Compare(b.CreatedAt) })
	taken := make([]bool, len(found))
	results := make([]result, 0, len(texts))
	for _, t := range texts {
		r := result{id: t.ID, epoch: t.Epoch, claimedAt: t.ClaimedAt, address: t.Address}
		i := -1
		for k, f := range found {
			// A parked text does not hold up those behind it, so what the carrier took after the parking is theirs.
			late := t.Parked && !f.CreatedAt.Before(t.ClaimedAt.Add(park))
			if !taken[k] && !late && strings.TrimSpace(f.Body) == strings.TrimSpace(t.Body) {
				i = k
				break
			}
		}
		switch {
		case i >= 0:
			taken[i] = true
			r.verdict = onTheBooks(found[i])
		case t.Parked:
			r.verdict = verdict{status: wire.Failed, code: absent, sentence: "The carrier never received this text.", retryable: true}
		default:
			r.verdict = verdict{status: wire.Queued, notBefore: now, class: wire.Ambiguous}
		}
		results = append(results, r)
	}
	return results
}

// onTheBooks is the verdict of a text that the carrier has.
func onTheBooks(f wire.Found) verdict {
	v := verdict{status: wire.Forward(wire.Sent, f.Status), providerID: f.ProviderID}
	if f.ErrorCode != "" {
		v.code, v.sentence = f.ErrorCode, wire.Sentence("")
		if m, ok := wire.Explain(f.ErrorCode); ok {
			v.class, v.sentence = m.Class, m.Sentence
		}
	}
	return v
}

// unasked decides when the carrier could not be asked: later, until the text is parked or, by the tenant's wish, sent again.
func (l *lane) unasked(texts []StuckTextsRow, err error) (results []result) {
	never := errors.Is(err, errors.ErrUnsupported)
	if !never {
		l.s.log.Warn("lane: the carrier could not be asked", "number", l.number, "texts", len(texts), "error", err)
	}
	for _, t := range texts {
		if t.Parked || !never && t.AgeSeconds < l.s.cfg.ParkAfter.Seconds() {
			continue
		}
		r := result{id: t.ID, epoch: t.Epoch, claimedAt: t.ClaimedAt, address: t.Address}
		if l.s.cfg.Resend(l.tenant) {
			r.verdict = verdict{status: wire.Queued, notBefore: l.s.cfg.Now(), class: wire.Ambiguous}
		} else {
			r.verdict = verdict{status: wire.Sending, code: uncertain, sentence: "It is not certain whether the carrier took this text.", class: wire.Ambiguous}
		}
		results = append(results, r)
	}
	return results
}

func (l *lane) saveDecisions(ctx context.Context, results []result) (requeued bool, err error) {
	shown := statusHints{tenant: l.tenant}
	err = l.s.cfg.DB.TenantBatch(ctx, l.tenant, func(b *pgx.Batch) {
		queueResults(b, l.tenant, results, l.s.cfg.Now(), func(_ int, changes statusHints) { shown = changes })
		QueueOptOut(b, l.tenant, optOuts(results, l.number, l.s.cfg.Now()))
	}, func(pgx.Tx) error { return nil })
	if err != nil {
		return false, fmt.Errorf("save what the carrier said: %w", err)
	}
	for _, h := range shown.hints {
		l.s.cfg.Publish(h)
	}
	for _, r := range results {
		outcome := "found"
		switch {
		case r.status == wire.Queued:
			outcome, requeued = "absent", true
		case r.code == absent:
			outcome = "absent"
		case r.status == wire.Sending:
			outcome = "parked"
		}
		l.s.cfg.Metrics.Reconciled.WithLabelValues(outcome).Inc()
	}
	return requeued, nil
}
