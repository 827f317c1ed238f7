package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/event"
	"sidetone/internal/id"
)

// probeEvery is how long a config error stops a number (reference F4).
const probeEvery = 5 * time.Minute

// turn is one transaction of a lane: what came back is saved, then what may go next is claimed.
type turn struct {
	lane           *lane
	results        []result
	pausing        string
	resume         bool
	most, segments int

	texts           []*text
	ended           int // found opted out or expired by the claim
	claimedSegments int
	hints           []event.Hint
	overtaken       int
}

func (t *turn) do(ctx context.Context) error {
	l := t.lane
	s := l.s
	*t = turn{lane: l, results: t.results, pausing: t.pausing, resume: t.resume, most: t.most, segments: t.segments}
	shown := &statusHints{tenant: l.tenant}
	c := &claim{}
	if t.most > 0 {
		c.gate, c.began = s.cfg.Gate.begin(), time.Now()
	}
	perSecond := float32(0)
	err := s.cfg.DB.TenantBatch(ctx, l.tenant, func(b *pgx.Batch) {
		queueResults(b, l.tenant, t.results, s.cfg.Now(), func(saved int, changes statusHints) {
			t.overtaken = len(t.results) - saved
			shown.hints = changes.hints
		})
		QueueOptOut(b, l.tenant, optOuts(t.results, l.number, s.cfg.Now()))
		switch {
		case t.pausing != "":
			b.Queue(pauseLane, probeEvery.Seconds(), t.pausing, l.number, int64(s.cfg.Node), l.epoch)
		case t.resume:
			b.Queue(resumeLane, l.number, int64(s.cfg.Node), l.epoch)
		}
		if t.most > 0 {
			b.Queue(claimTexts, l.tenant, int64(l.number), s.cfg.Now(), int64(s.cfg.Node), l.epoch, t.most, int64(t.segments)).
				Query(func(rows pgx.Rows) (err error) {
					perSecond, err = t.readClaim(rows, c, shown)
					return err
				})
		}
	}, func(pgx.Tx) error { return nil })
	c.open = len(t.texts)
	if t.most > 0 && (err != nil || c.open == 0) {
		s.cfg.Gate.end(c.gate)
	}
	if err != nil {
		t.texts = nil // if the commit took place after all, reconciliation finds them
		return err
	}
	if perSecond > 0 {
		l.pace.set(float64(perSecond))
	}
	if t.overtaken > 0 {
		s.cfg.Metrics.Overtaken.Add(float64(t.overtaken))
	}
	t.hints = shown.hints
	return nil
}

// oneByOne saves results alone after one of them spoiled the transaction, and claims nothing.
func (t *turn) oneByOne(ctx context.Context) error {
	var hints []event.Hint
	for i := range t.results {
		one := turn{lane: t.lane, results: t.results[i : i+1], pausing: t.pausing}
		err := one.do(ctx)
		if isUnique(err) {
			t.lane.s.log.Error("lane: the carrier gave one id to two texts", "message", t.results[i].id)
			t.results[i].providerID = ""
			err = one.do(ctx)
		}
		if err != nil {
			return err
		}
		hints = append(hints, one.hints...)
	}
	*t = turn{lane: t.lane, results: t.results, hints: hints}
	return nil
}

func (t *turn) readClaim(rows pgx.Rows, c *claim, shown *statusHints) (perSecond float32, err error) {
	for rows.Next() {
		x := &text{claim: c}
		var status string
		var media []byte
		var chat id.Chat
		var seq int
		var agent id.User
		err := rows.Scan(&x.id, &x.thread, &x.account, &x.kind, &x.ours, &x.address, &x.body, &media, &x.segments, &status,
			&x.attempts, &x.due, &x.expires, &x.claimedAt, &chat, &seq, &agent, &perSecond)
		if err != nil {
			return 0, fmt.Errorf("read a claimed text: %w", err)
		}
		t.claimedSegments += x.segments
		if status != string(wire.Sending) {
			t.ended++
			shown.add(chat, seq, agent)
			t.lane.s.cfg.Metrics.HandedOver.WithLabelValues(status).Inc()
			continue
		}
		if x.media, err = t.mediaURLs(media); err != nil {
			return 0, fmt.Errorf("read the media of message %d: %w", x.id, err)
		}
		t.texts = append(t.texts, x)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("claim texts: %w", err)
	}
	return perSecond, nil
}

// mediaURLs are where the carrier fetches a text's parts. Links to files of ours begin to age here and not in the outbox.
func (t *turn) mediaURLs(text []byte) ([]string, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var media []Media
	if err := json.Unmarshal(text, &media); err != nil {
		return nil, err
	}
	urls := make([]string, 0, len(media))
	for _, m := range media {
		switch {
		case m.URL != "":
			urls = append(urls, m.URL)
		case m.ID != 0 && t.lane.s.cfg.MediaURL != nil:
			urls = append(urls, t.lane.s.cfg.MediaURL(t.lane.tenant, m.ID))
		}
	}
	return urls, nil
}

// queueResults adds the statement that records results; then tells how many rows were still theirs and whose desks show
// them.
func queueResults(b *pgx.Batch, tenant id.Tenant, results []result, now time.Time, then func(saved int, changes statusHints)) {
	n := len(results)
	if n == 0 {
		return
	}
	ids, words, times, flags := make([]int64, 0, 2*n), make([]string, 0, 4*n), make([]time.Time, 0, 2*n), make([]bool, 0, 2*n)
	messages, epochs := cut(ids, 0, n), cut(ids, 1, n)
	statuses, providers, codes, sentences := cut(words, 0, n), cut(words, 1, n), cut(words, 2, n), cut(words, 3, n)
	claimed, notBefore := cut(times, 0, n), cut(times, 1, n)
	retryable, untried := cut(flags, 0, n), cut(flags, 1, n)
	for i := range results {
		r := &results[i]
		messages, epochs, claimed = append(messages, int64(r.id)), append(epochs, r.epoch), append(claimed, r.claimedAt)
		statuses, providers = append(statuses, string(r.status)), append(providers, r.providerID)
		codes, sentences = append(codes, r.code), append(sentences, r.sentence)
		retryable, notBefore, untried = append(retryable, r.retryable), append(notBefore, r.notBefore), append(untried, r.handedBack)
	}
	b.Queue(recordResults, tenant, messages, epochs, claimed, statuses, providers, codes, sentences, retryable, notBefore, untried, now).
		Query(func(rows pgx.Rows) error {
			saved, changes := 0, statusHints{tenant: tenant}
			for rows.Next() {
				var message id.Message
				var chat id.Chat
				var seq int
				var agent id.User
				if err := rows.Scan(&message, &chat, &seq, &agent); err != nil {
					return fmt.Errorf("read a recorded text: %w", err)
				}
				saved++
				changes.add(chat, seq, agent)
			}
			if err := rows.Err(); err != nil {
				return fmt.Errorf("record %d results: %w", n, err)
			}
			then(saved, changes)
			return nil
		})
}

// optOuts are the ledger's lines for consumers who the carrier says have opted out (spec 1.3).
func optOuts(results []result, number id.Number, now time.Time) (lines []Consent) {
	for i := range results {
		if r := &results[i]; r.class == wire.OptedOut {
			lines = append(lines, Consent{
				Address: r.address, Source: ByCarrier, Word: r.code, Number: number, At: now,
				Evidence: fmt.Sprintf(`{"message":%d}`, r.id),
			})
		}
	}
	return lines
}

func isUnique(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "23505"
}
