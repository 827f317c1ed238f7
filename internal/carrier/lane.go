package carrier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
)

const (
	flushAt     = 150                   // results that are worth a transaction of their own
	flushEvery  = 20 * time.Millisecond // none waits longer for its record
	claimEvery  = 8 * time.Millisecond  // between claims of a lane that keeps up: fewer and larger ones
	refusedWait = 50 * time.Millisecond // before a text that the gate refused is claimed again
	worstRetry  = 2 * time.Second       // between tries while the database does not answer
	guess       = 5 * time.Millisecond  // a carrier's latency before the first answer
	leaseMargin = 5                     // the last fifth of a lease starts no calls
	maxFailures = 5                     // connect errors in a row before the lane takes a break (reference F4)
	maxBreak    = 30 * time.Second      // the longest such break
)

// SessionlessWithin is how long after its claim a session-less text's call may begin: the tenant's limit (spec 2.3) counts by the claim.
// A text that is later goes back to the outbox.
const SessionlessWithin = 750 * time.Millisecond

// lane sends one number's texts. A single goroutine (run) talks to the database: it records what came back and claims what
// may go next in one transaction, so a lane costs two round trips a batch. Workers call the carrier, side by side over
// consumers and one after the other within one. Results and claims meet in the fields below mu.
type lane struct {
	s      *Lanes
	tenant id.Tenant
	number id.Number
	epoch  int64
	pace   *pacer
	lease  atomic.Int64 // calls may start until then: time since s.began
	bell   chan struct{}
	done   chan struct{}
	asking sync.WaitGroup // reconciliation under way

	mu          sync.Mutex
	lost        bool      // another node has the lane
	more        bool      // texts may be waiting in the database
	behind      bool      // the last claim took all it could: more are waiting in all likelihood
	claimed     time.Time // when it last took texts
	results     []result
	oldest      time.Time // of the results
	chains      []*text   // heads of pairs whose turn it is
	outstanding int       // claimed and not yet recorded
	waiting     int       // claimed and not yet started
	paced       int       // started, and waiting for their turn at the pace
	workers     int
	latency     float64   // of a call in seconds, smoothed
	failures    int       // connect errors in a row
	hold        time.Time // nothing is claimed or started before
	again       time.Time // look into the database without being woken
	reconcile   time.Time // ask the carrier about what is stuck
	reconciling bool
	asked       int    // times
	probing     bool   // the lane was paused: one text at a time until one is taken
	pausing     string // a reason to pause, to be saved with the next record
	active      time.Time
	sentAt      time.Time // when the carrier last took a text, by Config.Now
	refused     int       // texts since the last turn
	fault       error     // the latest of these refusals
}

func newLane(s *Lanes, tenant id.Tenant, number id.Number, epoch int64, perSecond float64, paused bool, lease time.Time) *lane {
	now := time.Now()
	l := &lane{
		s: s, tenant: tenant, number: number, epoch: epoch, pace: newPacer(perSecond), bell: make(chan struct{}, 1),
		done: make(chan struct{}), more: true, latency: guess.Seconds(), again: now.Add(s.cfg.Poll), active: now,
		probing: paused,
	}
	l.extend(lease)
	return l
}

// wake says that texts were queued.
func (l *lane) wake() {
	l.mu.Lock()
	l.more = true
	l.mu.Unlock()
	l.ring()
}

func (l *lane) ring() {
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

// extend takes a lease over that runs until then, by this process's monotonic clock.
func (l *lane) extend(until time.Time) { l.lease.Store(int64(until.Sub(l.s.began))) }

func (l *lane) leased(now time.Time) bool { return int64(now.Sub(l.s.began)) < l.lease.Load() }

// lose tells the lane that another node has it.
func (l *lane) lose() {
	l.mu.Lock()
	l.lost = true
	l.mu.Unlock()
	l.ring()
}

// step is what a lane does next.
type step struct {
	quit, record, reconcile bool
	most                    int // texts to claim
	segments                int // that they may have
	wait                    time.Duration
}

// run is the lane's loop; it ends when the lane is idle, lost or stopped and nothing is under way.
func (l *lane) run() {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	trouble := 0
	for {
		st := l.next(time.Now())
		if st.quit && l.s.retire(l) {
			l.asking.Wait()
			return
		}
		if st.reconcile {
			l.asking.Go(l.reconcileOnce)
		}
		if st.record || st.most > 0 {
			err := l.turn(st)
			if err == nil {
				trouble = 0
				continue
			}
			if l.s.ctx.Err() != nil {
				return
			}
			trouble++
			l.s.log.Error("lane: the database did not take a turn", "number", l.number, "error", err)
			st.wait = min(10*time.Millisecond<<min(trouble, 10), worstRetry)
			select {
			case <-l.s.ctx.Done():
				return
			case <-time.After(st.wait):
			}
			continue
		}
		timer.Reset(st.wait)
		select {
		case <-l.s.ctx.Done():
			l.asking.Wait()
			return
		case <-l.bell:
		case <-timer.C:
		}
	}
}

// next decides by the state alone.
func (l *lane) next(now time.Time) (st step) {
	closing := l.s.closing()
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.results)
	st.record = n >= flushAt || n > 0 && (n == l.outstanding || now.Sub(l.oldest) >= flushEvery)
	if closing || l.lost {
		l.handBackChains()
		st.record = len(l.results) > 0
		st.quit = l.outstanding == 0 && l.workers == 0 && !l.reconciling
		st.wait = time.Second
		return st
	}
	st.wait = l.s.cfg.Poll
	soon := func(d time.Duration) { st.wait = min(st.wait, max(d, 50*time.Microsecond)) }
	if n > 0 {
		soon(l.oldest.Add(flushEvery).Sub(now))
	}
	if !now.Before(l.again) {
		l.more, l.again = true, now.Add(l.s.cfg.Poll)
	}
	soon(l.again.Sub(now))
	if !l.reconciling {
		if !now.Before(l.reconcile) {
			l.reconciling, st.reconcile = true, true
			l.reconcile = now.Add(l.s.cfg.AskAfter)
		}
		soon(l.reconcile.Sub(now))
	}
	switch {
	case now.Before(l.hold):
		soon(l.hold.Sub(now))
	case !l.leased(now) || l.outstanding >= 3*l.s.cfg.ClaimMost:
	case !l.behind && now.Before(l.claimed.Add(claimEvery)) && n < flushAt:
		if l.more {
			st.record = st.record && n > 0 && now.Sub(l.oldest) >= flushEvery // else along with the claim
			soon(l.claimed.Add(claimEvery).Sub(now))
		}
	case l.more || st.record:
		wait := time.Duration(0)
		st.most, st.segments, wait = l.budget(now)
		if st.most == 0 {
			soon(wait)
		}
	}
	st.quit = l.outstanding == 0 && l.workers == 0 && !l.more && !l.reconciling && !st.reconcile && now.Sub(l.active) > l.s.cfg.Idle
	return st
}

func (l *lane) budget(now time.Time) (most, segments int, wait time.Duration) {
	limit, free := l.pace.rate(now)
	segments, wait = budget(limit, free, float64(l.s.cfg.Concurrency)/l.latency, l.waiting, l.paced, l.s.cfg.ClaimMost)
	if l.probing {
		if l.outstanding > 0 {
			return 0, 0, l.s.cfg.Poll
		}
		segments = min(segments, 1)
	}
	return min(segments, l.s.cfg.ClaimMost), segments, wait
}

// turn is one transaction: it saves results and claims what may go next.
func (l *lane) turn(st step) error {
	l.mu.Lock()
	results := l.results
	l.results = nil
	pausing := l.pausing
	l.pausing = ""
	refused, fault := l.refused, l.fault
	l.refused, l.fault = 0, nil
	resume := l.probing && pausing == "" && slices.ContainsFunc(results, func(r result) bool { return r.answered() })
	l.more = st.most == 0 && (l.more || len(results) > 0) // what is recorded may free the texts behind it
	l.mu.Unlock()
	slices.SortFunc(results, func(a, b result) int { return int(a.id - b.id) }) // one lock order: receipts write these rows too

	t := turn{lane: l, results: results, pausing: pausing, resume: resume, most: st.most, segments: st.segments}
	err := t.do(l.s.ctx)
	if err != nil && isUnique(err) { // a provider id that stands on another text: the poison fails alone
		err = t.oneByOne(l.s.ctx)
	}
	l.mu.Lock()
	if err != nil {
		l.results = append(results, l.results...)
		l.more = true
		if l.pausing == "" {
			l.pausing = pausing
		}
		l.mu.Unlock()
		return err
	}
	l.outstanding -= len(results)
	l.probing = l.probing && !resume
	if n := len(t.texts) + t.ended; n > 0 {
		l.active = time.Now()
		l.claimed = l.active
		l.behind = n >= st.most || t.claimedSegments >= st.segments
		l.more = l.more || l.behind
	} else if st.most > 0 {
		l.behind = false
	}
	l.outstanding += len(t.texts)
	l.waiting += len(t.texts)
	start := l.dispatch(t.texts)
	l.mu.Unlock()
	for range start {
		go l.work()
	}
	for _, h := range t.hints {
		l.s.cfg.Publish(h)
	}
	for _, c := range optOuts(results, l.number, time.Time{}) {
		l.s.cfg.Publish(event.Hint{Kind: event.Stopped, Tenant: l.tenant, Address: c.Address})
	}
	l.measure(results, len(t.texts))
	if refused > 0 {
		l.s.log.Warn("lane: the carrier did not take texts", "number", l.number, "texts", refused, "latest", fault)
	}
	return nil
}

// dispatch links the texts of one pair and puts the first of each into the queue; it tells how many workers to start.
func (l *lane) dispatch(texts []*text) (start int) {
	last := make(map[id.Thread]*text, len(texts))
	heads := 0
	for _, t := range texts {
		if before := last[t.thread]; before != nil {
			before.next = t
		} else {
			l.chains = append(l.chains, t)
			heads++
		}
		last[t.thread] = t
	}
	start = min(l.s.cfg.Concurrency-l.workers, heads)
	l.workers += start
	return start
}

// work hands texts over until the queue is empty.
func (l *lane) work() {
	for t := l.take(); t != nil; t = l.take() {
		for t != nil {
			following := t.next
			v := l.handOver(t)
			if v.status == wire.Queued || v.status == wire.Sending { // the later texts of the pair wait behind this one
				l.finish(t, v, following)
				break
			}
			l.finish(t, v, nil)
			t = following
		}
	}
}

func (l *lane) take() *text {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.chains) == 0 {
		l.workers--
		if l.workers == 0 {
			l.chains = nil
			l.ring()
		}
		return nil
	}
	t := l.chains[0]
	l.chains = l.chains[1:]
	return t
}

// finish notes what became of a text, and hands the texts behind it back.
func (l *lane) finish(t *text, v verdict, behind *text) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.results) == 0 {
		l.oldest = time.Now()
	}
	before := len(l.results)
	l.note(t, v)
	for ; behind != nil; behind = behind.next {
		l.waiting--
		l.note(behind, handBack(time.Time{}))
	}
	if n := len(l.results); before == 0 || before < flushAt && n >= flushAt || n == l.outstanding || l.waiting == l.s.cfg.ClaimMost {
		l.ring()
	}
}

// note is finish for one text, with the lock held.
func (l *lane) note(t *text, v verdict) {
	now := time.Now()
	l.results = append(l.results, result{id: t.id, epoch: l.epoch, claimedAt: t.claimedAt, address: t.address, verdict: v})
	t.claim.open--
	if t.claim.open == 0 {
		l.s.cfg.Gate.end(t.claim.gate)
	}
	if v.providerID != "" {
		l.sentAt = l.s.cfg.Now()
	}
	switch {
	case v.pause:
		l.pausing, l.probing = v.sentence, true
		l.until(now.Add(l.s.cfg.Poll)) // from then on the claim's SQL refuses, so that an administrator can end the pause
	case v.hold > 0:
		l.pace.slower()
		l.until(now.Add(v.hold))
	case v.class == wire.Network:
		l.failures++
		if l.failures >= maxFailures {
			l.until(now.Add(min(time.Second<<min(l.failures/maxFailures-1, 5), maxBreak)))
		}
	case v.class == "" && !v.handedBack:
		l.failures = 0
		l.pace.faster()
	}
	if v.status == wire.Queued {
		at := now
		if !v.notBefore.IsZero() {
			at = now.Add(v.notBefore.Sub(l.s.cfg.Now()))
		}
		if at.Before(l.again) {
			l.again = at
		}
	}
}

// lastSent is when the carrier last took a text of this lane; zero when it has taken none.
func (l *lane) lastSent() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sentAt
}

// until makes the lane take a break; a longer one that runs already stays.
func (l *lane) until(at time.Time) {
	if at.After(l.hold) {
		l.hold = at
	}
}

// handBackChains returns everything that has not started, with the lock held.
func (l *lane) handBackChains() {
	for _, t := range l.chains {
		for ; t != nil; t = t.next {
			l.waiting--
			l.note(t, handBack(time.Time{}))
		}
	}
	l.chains = nil
}

// handOver makes one call, if it still may start.
func (l *lane) handOver(t *text) verdict {
	s := l.s
	l.mu.Lock()
	l.waiting--
	stop := l.lost || time.Now().Before(l.hold)
	l.mu.Unlock()
	within := s.cfg.StartWithin
	if t.kind == KindSessionless {
		within = min(within, SessionlessWithin)
	}
	if stop || s.closing() || !l.turnComes(t, within) {
		return handBack(time.Time{})
	}
	if !Exempt(t.kind) {
		if !s.cfg.Gate.enter(l.tenant, t.address, t.claim.gate) {
			return handBack(s.cfg.Now().Add(refusedWait))
		}
		defer s.cfg.Gate.leave(l.tenant, t.address)
	}
	if began := time.Now(); !l.leased(began) || began.Sub(t.claim.began) > within {
		return handBack(time.Time{})
	}
	now := s.cfg.Now()
	if !now.Before(t.expires) {
		return verdict{status: wire.Expired, code: "expired", sentence: "The text could not be sent in time."}
	}
	return l.call(t, now)
}

// turnComes waits for a text's turn at the pace; false if that is too far off, or the lanes close.
func (l *lane) turnComes(t *text, within time.Duration) bool {
	wait, ok := l.pace.take(time.Now(), t.segments, within-time.Since(t.claim.began))
	if !ok || wait == 0 {
		return ok
	}
	l.addPaced(1)
	defer l.addPaced(-1)
	return l.s.sleep(wait)
}

func (l *lane) addPaced(n int) {
	l.mu.Lock()
	l.paced += n
	l.mu.Unlock()
}

func (l *lane) call(t *text, now time.Time) verdict {
	s := l.s
	sender, err := s.cfg.Senders(s.ctx, t.account)
	if err != nil {
		l.setFault(t, fmt.Errorf("account %d: %w", t.account, err))
		return judge(wire.Accepted{}, noWay(err), t.attempts, now, t.expires, rand.Float64())
	}
	out := wire.Outbound{
		Ref: int64(t.id), From: t.ours, To: t.address, Text: t.body, MediaURLs: t.media, ValidFor: validFor(t.expires.Sub(now)),
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.CallTimeout)
	defer cancel()
	s.cfg.Metrics.InFlight.Inc()
	began := time.Now()
	acc, err := send(ctx, sender, out)
	if err != nil {
		l.setFault(t, err)
	}
	took := time.Since(began)
	s.cfg.Metrics.InFlight.Dec()
	now = s.cfg.Now()
	s.cfg.Metrics.Lag.Observe(now.Sub(t.due).Seconds())
	l.mu.Lock()
	l.latency += (min(max(took.Seconds(), 1e-4), 8*l.latency) - l.latency) / 16 // one lost answer is no trend
	l.mu.Unlock()
	return judge(acc, err, t.attempts, now, t.expires, rand.Float64())
}

// noWay is the refusal of a text whose account gave no Sender: an expected failure is a matter for an administrator,
// anything else (the database is away) passes.
func noWay(err error) *wire.SendError {
	var known *errs.Error
	if errors.As(err, &known) {
		return &wire.SendError{Class: wire.Config, Code: "account", Message: known.Message, Err: err}
	}
	return &wire.SendError{Class: wire.Network, Message: wire.Sentence(wire.Network), Err: err}
}

// setFault keeps the latest refusal for the log: one line a turn, however many texts share the trouble.
func (l *lane) setFault(t *text, err error) {
	l.mu.Lock()
	l.refused++
	l.fault = fmt.Errorf("message %d, attempt %d: %w", t.id, t.attempts, err)
	l.mu.Unlock()
}

// send is a call whose panic counts as an answer that was lost: the text may have left.
func send(ctx context.Context, sender Sender, m wire.Outbound) (acc wire.Accepted, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &wire.SendError{Class: wire.Ambiguous, Code: "panic", Message: wire.Sentence(wire.Ambiguous)}
		}
	}()
	return sender.Send(ctx, m)
}

// validFor is what is left of a text's life, for the carrier's own queue (spec 1.6).
func validFor(left time.Duration) time.Duration {
	return min(max(left, time.Second), 36000*time.Second)
}

// measure counts what a turn saved and took.
func (l *lane) measure(results []result, claimed int) {
	m := l.s.cfg.Metrics
	if claimed > 0 {
		m.Claimed.Observe(float64(claimed))
	}
	sent := 0
	for i := range results {
		switch r := &results[i]; {
		case r.handedBack:
		case r.class == "" && r.status != wire.Expired:
			sent++
		default:
			class := r.class
			if class == "" {
				class = wire.Class(r.status)
			}
			m.HandedOver.WithLabelValues(string(class)).Inc()
		}
	}
	if sent > 0 {
		m.HandedOver.WithLabelValues("sent").Add(float64(sent))
	}
}

// statusHints tells which chats changed, at most once a chat: their agents, and whoever looks at one that nobody has.
type statusHints struct {
	tenant id.Tenant
	hints  []event.Hint
}

func (h *statusHints) add(chat id.Chat, seq int, agent id.User) {
	if chat == 0 {
		return
	}
	i := slices.IndexFunc(h.hints, func(x event.Hint) bool { return x.Chat == chat })
	if i < 0 {
		h.hints = append(h.hints, event.Hint{Kind: event.MessageStatus, Tenant: h.tenant, Chat: chat, From: seq, Seq: seq, User: agent})
		return
	}
	h.hints[i].From, h.hints[i].Seq = min(h.hints[i].From, seq), max(h.hints[i].Seq, seq)
}
