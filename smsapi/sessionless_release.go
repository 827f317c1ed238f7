package smsapi

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// ReleaserConfig is what a Releaser works with. DB, Rules and Wake are needed.
type ReleaserConfig struct {
	DB    *pg.DB
	Rules func(ctx context.Context, t id.Tenant) (*chat.Rules, error)
	Wake  func(t id.Tenant, n id.Number) // this node's lanes
	Now   func() time.Time               // of due times and expiry; the limit is kept by the database's clock
	Log   *slog.Logger
	Span  time.Duration // in which the limit holds: a minute
}

// Sizes of a releaser.
const (
	releaseWorkers = 4                // tenants at a time
	releasePoll    = time.Second      // the safety net below Wake
	releaseTime    = 20 * time.Second // a step that takes longer is given up
)

// Releaser gives held texts to the lanes, at the tenant's pace (spec 2.3). Every node has one. The lease of a tenant is the lock of its
// row in sessionless_pace, which is held for one short transaction: a node that dies holds nothing up, and what it released stands in
// the row.
type Releaser struct {
	cfg    ReleaserConfig
	ctx    context.Context
	cancel context.CancelFunc
	bell   chan struct{}
	run    sync.WaitGroup
	start  sync.Once
}

// NewReleaser makes a releaser; Start begins.
func NewReleaser(cfg ReleaserConfig) *Releaser {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Span <= 0 {
		cfg.Span = time.Minute
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Releaser{cfg: cfg, ctx: ctx, cancel: cancel, bell: make(chan struct{}, 1)}
}

// Start releases until Stop. A second call does nothing.
func (r *Releaser) Start() { r.start.Do(func() { r.run.Go(r.loop) }) }

// Stop breaks off what is under way: it is rolled back, and the next holder goes on. It is safe twice.
func (r *Releaser) Stop() {
	r.cancel()
	r.run.Wait()
}

// Wake says that texts were accepted; call it after the commit. It does not block.
func (r *Releaser) Wake() {
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

func (r *Releaser) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.bell:
		case <-timer.C:
		}
		wait, err := r.RunOnce(r.ctx)
		if err != nil && r.ctx.Err() == nil {
			r.cfg.Log.Error("release session-less texts", "error", err)
			wait = releasePoll
		}
		timer.Reset(wait)
	}
}

// RunOnce releases what is due of all tenants and tells when the next is. A tenant that fails does not stop the others.
func (r *Releaser) RunOnce(ctx context.Context) (wait time.Duration, err error) {
	var due []DuePacesRow
	err = r.cfg.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		due, err = NewQueries().DuePaces(ctx, tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for session-less texts that are due: %w", err)
	}
	wait = releasePoll
	var mu sync.Mutex
	var steps sync.WaitGroup
	free := make(chan struct{}, releaseWorkers)
	for _, d := range due {
		if d.Seconds > 0 {
			mu.Lock()
			wait = min(wait, time.Duration(d.Seconds*float64(time.Second)))
			mu.Unlock()
			break // they come in the order of their times
		}
		free <- struct{}{}
		steps.Go(func() {
			defer func() { <-free }()
			again, err := r.step(ctx, d.TenantID)
			if err != nil && ctx.Err() == nil {
				r.cfg.Log.Error("release session-less texts", "tenant", d.TenantID, "error", err)
				again = releasePoll
			}
			mu.Lock()
			wait = min(wait, again)
			mu.Unlock()
		})
	}
	steps.Wait()
	return max(wait, time.Millisecond), nil
}

// step is one look after a tenant's texts, in one transaction.
func (r *Releaser) step(ctx context.Context, t id.Tenant) (again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	rules, err := r.cfg.Rules(ctx, t)
	if err != nil {
		return 0, err
	}
	s := &releasing{tenant: t, now: r.cfg.Now(), limit: limit{rules.Settings(0).Count(tenant.SessionlessPerMinute), r.cfg.Span}}
	if err := r.cfg.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error { return s.do(ctx, tx) }); err != nil {
		return 0, fmt.Errorf("release texts of tenant %d: %w", t, err)
	}
	for n := range s.given {
		r.cfg.Wake(t, n)
	}
	return max(s.wait, 0), nil
}

// releasing is one step on its way.
type releasing struct {
	tenant id.Tenant
	now    time.Time // the node's
	limit  limit
	given  map[id.Number]bool
	wait   time.Duration
}

func (s *releasing) do(ctx context.Context, tx pgx.Tx) error {
	q := NewQueries()
	s.given, s.wait = map[id.Number]bool{}, releasePoll
	locked, err := q.LockPace(ctx, tx, s.tenant)
	if err != nil || len(locked) == 0 {
		s.wait = s.limit.again()
		return err
	}
	p, clock := locked[0].pace(), locked[0].Now
	flights, err := s.flights(ctx, tx)
	if err != nil {
		return err
	}
	p.settle(flights, s.limit)
	late, err := q.Overdue(ctx, tx, s.tenant, s.now)
	if err != nil {
		return err
	}
	if len(late) > 0 {
		if err := q.ExpireHeld(ctx, tx, s.tenant, late, s.now); err != nil {
			return err
		}
	}
	n, again := p.free(clock, s.limit)
	if n > 0 {
		texts, turn, err := s.next(ctx, tx, p, flights, n)
		if err != nil {
			return err
		}
		if again = clock.Add(s.limit.again()); len(texts) > 0 {
			p.release(clock, texts, turn, s.limit)
			again = p.from(clock, s.limit)
			if err := q.Release(ctx, tx, s.tenant, id.Int64s(texts), s.now); err != nil {
				return err
			}
		}
	}
	if len(late) > 0 {
		again = clock // perhaps there are more
	}
	s.wait = again.Sub(clock)
	return s.save(ctx, tx, p, again)
}

func (s *releasing) flights(ctx context.Context, tx pgx.Tx) ([]flight, error) {
	rows, err := NewQueries().Flights(ctx, tx, s.now, s.tenant)
	if err != nil {
		return nil, err
	}
	out := make([]flight, len(rows))
	for i, r := range rows {
		out[i] = r.flight()
	}
	return out, nil
}

// next finds the texts whose turn it is, and brings calls up to date that have none left.
func (s *releasing) next(ctx context.Context, tx pgx.Tx, p pace, flights []flight, n int) ([]id.Message, int64, error) {
	q := NewQueries()
	numbers, err := q.WaitingNumbers(ctx, tx, s.tenant)
	if err != nil {
		return nil, 0, err
	}
	perSecond, calls := map[id.Number]float64{}, 0
	for _, w := range numbers {
		perSecond[w.ID] = w.PerSecond
		calls += w.Calls
	}
	free := room(perSecond, flights, s.limit)
	if len(free) == 0 {
		return nil, 0, nil
	}
	find := NextTextsParams{
		TenantID: s.tenant, Turn: p.turn, Most: n, Each: 5 * (1 + n/min(n, max(calls, 1))), Busy: []int64{}, Sending: []int64{},
	}
	for _, f := range flights {
		if f.state < flightGone {
			find.Busy = append(find.Busy, int64(f.thread))
		}
	}
	for number := range free {
		find.Sending = append(find.Sending, int64(number))
	}
	rows, err := q.NextTexts(ctx, tx, find)
	if err != nil {
		return nil, 0, err
	}
	lines, empty := linesOf(rows)
	texts, turn := choose(lines, free, n)
	for i := 0; i < len(lines) && len(texts) > 0; i++ {
		s.given[lines[i].number] = true
	}
	if len(empty) > 0 {
		err = q.Recount(ctx, tx, s.tenant, empty)
	}
	return texts, turn, err
}

// linesOf are the calls with their texts, and the calls without.
func linesOf(rows []NextTextsRow) (lines []line, empty []int64) {
	for _, r := range rows {
		if r.ID == 0 {
			empty = append(empty, r.CallID)
			continue
		}
		if n := len(lines); n == 0 || lines[n-1].call != r.CallID {
			lines = append(lines, line{call: r.CallID, number: id.Number(r.NumberID)})
		}
		c := &lines[len(lines)-1]
		c.texts = append(c.texts, waiting{id: id.Message(r.ID), first: id.Message(r.First), thread: id.Thread(r.ThreadID)})
	}
	return lines, empty
}

func (s *releasing) save(ctx context.Context, tx pgx.Tx, p pace, again time.Time) error {
	row := SavePaceParams{
		TenantID: s.tenant, NextAt: p.next, Turn: p.turn, Flying: id.Int64s(p.flying), Again: again,
		PastAt: make([]int64, len(p.past)), PastN: make([]int, len(p.past)),
	}
	for i, m := range p.past {
		row.PastAt[i], row.PastN[i] = m.at, m.n
	}
	return NewQueries().SavePace(ctx, tx, row)
}

func (r LockPaceRow) pace() pace {
	p := pace{next: r.NextAt, turn: r.Turn}
	for _, m := range r.Flying {
		p.flying = append(p.flying, id.Message(m))
	}
	for i, at := range r.PastAt {
		p.past = append(p.past, moment{at, r.PastN[i]})
	}
	return p
}

// flight reads what a text's row says. Lanes begin the call of a session-less text within carrier.SessionlessWithin of its claim.
func (r FlightsRow) flight() flight {
	f := flight{id: r.ID, state: flightOff}
	if r.NumberID != nil && r.ThreadID != nil {
		f.number, f.thread = *r.NumberID, *r.ThreadID
	}
	switch {
	case r.Status == "queued" && r.Held:
	case r.Status == "queued" && r.Later:
		f.state = flightLater
	case r.Status == "queued":
		f.state = flightWaits
	case r.Status == "sending" && !r.Parked:
		f.state = flightCalled
	case r.ClaimedAt != nil && r.Status != "cancelled" && r.Status != "expired":
		f.state, f.gone = flightGone, r.ClaimedAt.Add(carrier.SessionlessWithin)
		if r.DoneAt != nil && r.DoneAt.Before(f.gone) {
			f.gone = *r.DoneAt
		}
		if f.gone.Before(*r.ClaimedAt) { // another clock
			f.gone = *r.ClaimedAt
		}
	}
	return f
}
