package carrier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Config of a node's lanes. DB, Node, Senders and Gate are needed; the rest has sound defaults.
type Config struct {
	DB      *pg.DB
	Node    id.Node
	Senders func(ctx context.Context, account id.Account) (Sender, error)
	Gate    *Gate
	Publish func(event.Hint) // called after commits
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time // of due times and expiry; leases run by the database's clock

	Lease       time.Duration // how long a silent node keeps its lanes: 10 s
	Poll        time.Duration // the safety net below the wake-ups: 5 s
	Idle        time.Duration // a lane without work is given back: 30 s
	ClaimMost   int           // texts a claim: 200
	Concurrency int           // calls of one lane at a time: 64

	// A call starts at most StartWithin (5 s) after its claim and takes at most CallTimeout (10 s), so what was claimed
	// longer ago is surely not under way any more. AskAfter (5 s) later the carrier is asked about texts without an answer.
	StartWithin, CallTimeout, AskAfter time.Duration
	// ParkAfter is when a text is shown as uncertain because the carrier could not be asked: 60 s.
	ParkAfter time.Duration
	// Resend says that a tenant would rather have a text twice than not at all when the carrier can't be asked (the setting
	// ambiguous_send; nil: every such text is parked).
	Resend func(id.Tenant) bool
	// MediaURL is where the carrier fetches a file of ours; nil: there are none.
	MediaURL func(id.Tenant, id.Media) string
}

func (c Config) withDefaults() Config {
	defaults := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	defaults(&c.Lease, 10*time.Second)
	defaults(&c.Poll, 5*time.Second)
	defaults(&c.Idle, 30*time.Second)
	defaults(&c.StartWithin, 5*time.Second)
	defaults(&c.CallTimeout, 10*time.Second)
	defaults(&c.AskAfter, 5*time.Second)
	defaults(&c.ParkAfter, time.Minute)
	if c.ClaimMost <= 0 {
		c.ClaimMost = 200
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 64
	}
	if c.Publish == nil {
		c.Publish = func(event.Hint) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Resend == nil {
		c.Resend = func(id.Tenant) bool { return false }
	}
	return c
}

// Lanes are all lanes that this node has leased. A lane is taken when a text is queued for its number (Wake), or when the
// poll finds texts that nobody sends: those of a node that died, for example.
type Lanes struct {
	cfg   Config
	log   *slog.Logger
	began time.Time // leases are kept as time since then
	ctx   context.Context
	kill  context.CancelFunc
	halt  chan struct{} // closed by Stop
	work  sync.WaitGroup
	look  chan struct{} // numbers are wanted

	mu      sync.Mutex
	started bool
	stopped bool
	lanes   map[id.Number]*lane
	wanted  map[id.Number]id.Tenant
	foreign map[id.Number]time.Time // another node's, until then at least
}

// NewLanes makes the lanes of a node; Start begins.
func NewLanes(cfg Config) *Lanes {
	ctx, kill := context.WithCancel(context.Background())
	cfg = cfg.withDefaults()
	return &Lanes{
		cfg: cfg, log: cfg.Log, began: time.Now(), ctx: ctx, kill: kill, halt: make(chan struct{}), look: make(chan struct{}, 1),
		lanes: map[id.Number]*lane{}, wanted: map[id.Number]id.Tenant{}, foreign: map[id.Number]time.Time{},
	}
}

// Start begins to lease and send. A second call does nothing.
func (s *Lanes) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.stopped {
		return
	}
	s.started = true
	s.work.Go(s.acquireWanted)
	s.work.Go(func() { s.every(s.cfg.Lease*3/10, s.renew) })
	s.work.Go(func() {
		s.poll()
		s.every(s.cfg.Poll, s.poll)
	})
}

// Stop starts no more calls, waits for those under way, records them and gives the lanes back. It is safe twice.
func (s *Lanes) Stop() {
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.halt)
	}
	for _, l := range s.lanes {
		l.ring()
	}
	s.mu.Unlock()
	s.work.Wait()
	s.kill()
}

// Wake says that texts were queued for a number; call it after the commit. It does not block.
func (s *Lanes) Wake(tenant id.Tenant, number id.Number) {
	s.mu.Lock()
	if l := s.lanes[number]; l != nil {
		l.wake()
		s.mu.Unlock()
		return
	}
	elsewhere := time.Now().Before(s.foreign[number])
	if !elsewhere {
		s.wanted[number] = tenant
	}
	s.mu.Unlock()
	if elsewhere {
		s.cfg.Publish(event.Hint{Kind: event.LaneReady, Tenant: tenant, Number: number})
		return
	}
	s.lookAround()
}

// Hint takes a hint from the bus: texts for a lane of ours, an opt-out, a changed number.
func (s *Lanes) Hint(h event.Hint) {
	switch h.Kind {
	case event.Stopped:
		s.cfg.Gate.Stopped(h.Tenant, h.Address)
	case event.LaneReady:
		s.mu.Lock()
		if l := s.lanes[h.Number]; l != nil {
			l.wake()
		}
		s.mu.Unlock()
	case event.Settings:
		s.mu.Lock()
		for _, l := range s.lanes {
			if l.tenant == h.Tenant {
				l.wake() // the claim reads the number again
			}
		}
		s.mu.Unlock()
	}
}

func (s *Lanes) lookAround() {
	select {
	case s.look <- struct{}{}:
	default:
	}
}

func (s *Lanes) closing() bool {
	select {
	case <-s.halt:
		return true
	default:
		return false
	}
}

// every runs fn until the lanes stop.
func (s *Lanes) every(interval time.Duration, fn func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.halt:
			return
		case <-tick.C:
			fn()
		}
	}
}

// sleep tells whether the time passed before the lanes stopped.
func (s *Lanes) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.halt:
	case <-s.ctx.Done():
	}
	return false
}

func (s *Lanes) acquireWanted() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.halt:
			return
		case <-s.look:
		}
		for {
			number, tenant, ok := s.nextWanted()
			if !ok || s.closing() {
				break
			}
			if err := s.acquire(tenant, number); err != nil && s.ctx.Err() == nil {
				s.log.Error("lanes: could not lease", "number", number, "error", err) // the poll comes back to it
			}
		}
	}
}

func (s *Lanes) nextWanted() (id.Number, id.Tenant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number, tenant := range s.wanted {
		delete(s.wanted, number)
		if l := s.lanes[number]; l != nil {
			l.wake()
			continue
		}
		return number, tenant, true
	}
	return 0, 0, false
}

// acquire leases a lane if it is free and starts it.
func (s *Lanes) acquire(tenant id.Tenant, number id.Number) error {
	var epoch int64
	var paused, got, known bool
	var perSecond float64
	var elsewhere float64
	asked := time.Now()
	err := s.cfg.DB.TenantBatch(s.ctx, tenant, func(b *pgx.Batch) {
		b.Queue(laneNumber, tenant, number).QueryRow(func(row pgx.Row) error {
			var address string
			err := row.Scan(&address, &perSecond)
			known = err == nil
			return ignoreNoRows(err)
		})
		b.Queue(acquireLane, number, tenant, int64(s.cfg.Node), s.cfg.Lease.Seconds()).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&epoch, &paused)
			got = err == nil
			return ignoreNoRows(err)
		})
		b.Queue(laneHeldFor, number).QueryRow(func(row pgx.Row) error { return ignoreNoRows(row.Scan(&elsewhere)) })
	}, func(pgx.Tx) error {
		if !known {
			return fmt.Errorf("tenant %d has no number %d", tenant, number)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("lease the lane of number %d: %w", number, err)
	}
	if !got {
		s.mu.Lock()
		s.foreign[number] = time.Now().Add(time.Duration(elsewhere * float64(time.Second)))
		s.mu.Unlock()
		s.cfg.Publish(event.Hint{Kind: event.LaneReady, Tenant: tenant, Number: number})
		return nil
	}
	l := newLane(s, tenant, number, epoch, perSecond, paused, s.leaseFrom(asked))
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.foreign, number)
	s.lanes[number] = l
	s.cfg.Metrics.Lanes.Set(float64(len(s.lanes)))
	s.work.Go(l.run)
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// leaseFrom is until when calls may start under a lease that was asked for then.
func (s *Lanes) leaseFrom(asked time.Time) time.Time {
	return asked.Add(s.cfg.Lease - s.cfg.Lease/leaseMargin)
}

// renew extends all leases with one statement; lanes that it does not find were taken over.
func (s *Lanes) renew() {
	s.mu.Lock()
	held := make([]*lane, 0, len(s.lanes))
	for _, l := range s.lanes {
		held = append(held, l)
	}
	s.mu.Unlock()
	if len(held) == 0 {
		return
	}
	numbers, epochs, sent := make([]int64, len(held)), make([]int64, len(held)), make([]time.Time, len(held))
	for i, l := range held {
		numbers[i], epochs[i], sent[i] = int64(l.number), l.epoch, l.lastSent()
	}
	asked := time.Now()
	var ours []id.Number
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Lease)
	defer cancel()
	err := s.cfg.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		ours, err = NewQueries().RenewLanes(ctx, tx, RenewLanesParams{
			LeaseSeconds: s.cfg.Lease.Seconds(), NodeID: int64(s.cfg.Node), NumberIds: numbers, Epochs: epochs, SentAts: sent,
		})
		return err
	})
	if err != nil {
		if s.ctx.Err() == nil {
			s.log.Error("lanes: could not renew the leases", "lanes", len(held), "error", err)
		}
		return // no call starts once the lease has run out
	}
	kept := make(map[id.Number]bool, len(ours))
	for _, n := range ours {
		kept[n] = true
	}
	until := s.leaseFrom(asked)
	for _, l := range held {
		if kept[l.number] {
			l.extend(until)
		} else {
			s.log.Warn("lanes: another node took a lane over", "number", l.number)
			l.lose()
		}
	}
}

// retire takes a lane that wants to end off the books and gives its lease back; not if it was woken meanwhile.
func (s *Lanes) retire(l *lane) bool {
	s.mu.Lock()
	l.mu.Lock()
	lost := l.lost
	stay := l.more && !s.stopped && !lost
	l.mu.Unlock()
	if stay {
		s.mu.Unlock()
		return false
	}
	if s.lanes[l.number] == l {
		delete(s.lanes, l.number)
	}
	s.cfg.Metrics.Lanes.Set(float64(len(s.lanes)))
	s.mu.Unlock()
	if lost {
		return true
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Lease)
	defer cancel()
	err := s.cfg.DB.InTx(ctx, func(tx pgx.Tx) error {
		done := ReleaseLaneParams{NumberID: l.number, NodeID: int64(s.cfg.Node), Epoch: l.epoch}
		if at := l.lastSent(); !at.IsZero() {
			done.SentAt = &at
		}
		return NewQueries().ReleaseLane(ctx, tx, done)
	})
	if err != nil && s.ctx.Err() == nil {
		s.log.Error("lanes: could not give a lane back", "number", l.number, "error", err) // it runs out by itself
	}
	return true
}

// poll looks for numbers that owe something and that nobody sends for.
func (s *Lanes) poll() {
	s.cfg.Gate.expire()
	var tenants []id.Tenant
	err := s.cfg.DB.InTx(s.ctx, func(tx pgx.Tx) (err error) {
		tenants, err = NewQueries().ActiveTenants(s.ctx, tx)
		return err
	})
	for i := 0; err == nil && i < len(tenants) && !s.closing(); i++ {
		var numbers []id.Number
		err = s.cfg.DB.ReadTenant(s.ctx, tenants[i], func(b *pgx.Batch) {
			b.Queue(numbersWithWork, tenants[i], s.cfg.Now()).Query(func(rows pgx.Rows) (err error) {
				numbers, err = pgx.CollectRows(rows, pgx.RowTo[id.Number])
				return err
			})
		})
		s.want(tenants[i], numbers)
	}
	if err != nil && s.ctx.Err() == nil {
		s.log.Error("lanes: could not look for texts to send", "error", err)
	}
}

func (s *Lanes) want(tenant id.Tenant, numbers []id.Number) {
	if len(numbers) == 0 {
		return
	}
	s.mu.Lock()
	for _, n := range numbers {
		s.wanted[n] = tenant
	}
	s.mu.Unlock()
	s.lookAround()
}
