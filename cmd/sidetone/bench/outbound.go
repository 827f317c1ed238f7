package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/gauge"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// outbound: texts through one lane whose number may send as fast as it can, beside the bare loop. The carrier keeps its
// receipts to itself at first; the last row is with them, two for each text.
func (b *bench) outbound(ctx context.Context) error {
	n := 20_000
	if b.Quick {
		n = 2000
	}
	answer := []byte(`{"sid":"SM1","status":"queued","body":"` + strings.Repeat("x", 600) + `"}`) // as long as the carrier's
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answer)
	}))
	defer sink.Close()
	var bare, ours, withReceipts gauge.Series
	for round := range b.rounds {
		limit, err := b.programs.outbound(ctx, sink.URL, n)
		if err != nil {
			return err
		}
		if err := b.rig.Faults(ctx, `{"receipts":"none"}`); err != nil {
			return err
		}
		lane, err := b.lane(ctx, n)
		if err != nil {
			return err
		}
		if err := b.rig.Faults(ctx, `{"receipts":"normal"}`); err != nil {
			return err
		}
		told, err := b.lane(ctx, n)
		if err != nil {
			return err
		}
		bare, ours, withReceipts = append(bare, limit), append(ours, lane), append(withReceipts, told)
		b.say("outbound round %d: bare %s, here %s\n", round+1, gauge.PerSecond(limit.Rate), gauge.PerSecond(lane.Rate))
	}
	row := func(path string, s gauge.Series, t *gauge.Bound) {
		b.table.Add(gauge.Row{
			Path: path, Ours: gauge.PerSecond(gauge.Median(s.Rates())), Limit: gauge.PerSecond(gauge.Median(bare.Rates())),
			Figure: gauge.Ratio(s.Rates(), bare.Rates()), Target: t,
		})
	}
	row("texts out through one lane, beside a bare loop", ours, gauge.AtLeast(0.25))
	row("the same with two receipts a text", withReceipts, nil)
	return nil
}

// lane queues texts and times them from the first that the carrier took to the last.
func (b *bench) lane(ctx context.Context, n int) (gauge.Run, error) {
	after, err := b.lastGiven(ctx)
	if err != nil {
		return gauge.Run{}, err
	}
	if err := b.queueTexts(ctx, n); err != nil {
		return gauge.Run{}, err
	}
	if err := b.quiet(ctx); err != nil {
		return gauge.Run{}, err
	}
	texts, err := b.given(ctx, after)
	if err != nil {
		return gauge.Run{}, err
	}
	if len(texts) != n {
		return gauge.Run{}, fmt.Errorf("the carrier was given %d texts of %d", len(texts), n)
	}
	took := texts[n-1].At.Sub(texts[0].At)
	return gauge.Run{Rate: float64(n-1) / took.Seconds(), Count: n}, nil
}

type givenText struct {
	ID string
	At time.Time
}

func (b *bench) given(ctx context.Context, after string) (out []givenText, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.rig.CarrierURL()+"/sim/texts?after="+after, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the carrier what it was given: %w", err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return nil, fmt.Errorf("ask the carrier what it was given: %w", err)
	}
	return out, nil
}

func (b *bench) lastGiven(ctx context.Context) (string, error) {
	texts, err := b.given(ctx, "")
	if err != nil || len(texts) == 0 {
		return "", err
	}
	return texts[len(texts)-1].ID, nil
}

// queueTexts puts texts into the outbox of the large house's first number, one to each consumer in turn.
func (b *bench) queueTexts(ctx context.Context, n int) error {
	h := b.one[0]
	type pair struct {
		Thread  id.Thread
		Number  id.Number
		Address string
	}
	return b.rig.DB.InTenantTx(ctx, h.Tenant, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `select t.id, t.number_id, e.address from threads t
			join end_users e on e.tenant_id = t.tenant_id and e.id = t.end_user_id
			join numbers n on n.tenant_id = t.tenant_id and n.id = t.number_id
			where t.tenant_id = $1 and n.address = $2 order by t.id limit $3`, h.Tenant, h.Leaf, n) // its error is in the rows
		pairs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair])
		if err != nil {
			return fmt.Errorf("read the pairs: %w", err)
		}
		now := time.Now()
		ms := make([]carrier.NewMessage, n)
		for i := range ms {
			p := pairs[i%len(pairs)]
			ms[i] = carrier.NewMessage{
				Thread: p.Thread, Number: p.Number, Account: h.Account, Direction: carrier.Out, Sender: carrier.FromAPI,
				OurAddress: h.Leaf, Address: p.Address, Body: fmt.Sprintf("Thank you, that is clear. Your parcel is on its way. %d", i), CreatedAt: now,
			}
		}
		batch := &pgx.Batch{}
		carrier.QueueMessages(batch, h.Tenant, ms)
		return pg.CommitBatch(ctx, tx, batch)
	})
}
