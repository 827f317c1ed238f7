package simulator

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"sidetone/internal/carrier/twilio"
)

// job is the callbacks that one text still owes, in their order.
type job struct {
	account  *account
	place    int64
	seq      int64
	id       string
	from, to string
	ref      int64
	url      string
	began    time.Time
	steps    []step
	tries    int // of the first step
	due      time.Time
}

// with gives a copy of the job its steps.
func (j job) with(steps ...step) *job {
	j.steps = steps
	j.due = j.began.Add(steps[0].after)
	return &j
}

// Waits between the tries of a callback that found nobody.
var retryWaits = [...]time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

// postman sends status callbacks: a heap by due time, one goroutine that waits for the next, a bounded set of workers.
type postman struct {
	c       *Carrier
	workers int
	limit   int

	mu      sync.Mutex
	heap    jobs
	open    int // jobs not finished, those with a worker too
	drained bool

	wake  chan struct{}
	ready chan *job
	done  chan struct{} // the dispatcher has ended
	team  sync.WaitGroup
}

func newPostman(c *Carrier, workers, limit int) *postman {
	return &postman{c: c, workers: workers, limit: limit, wake: make(chan struct{}, 1), ready: make(chan *job), done: make(chan struct{})}
}

func (p *postman) start() {
	go p.dispatch()
	for range p.workers {
		p.team.Go(p.work)
	}
}

// add takes a job, or drops it and counts it when too many wait: memory is bounded.
func (p *postman) add(j *job) {
	p.mu.Lock()
	full := p.open >= p.limit || p.drained
	if !full {
		p.open++
		heap.Push(&p.heap, j)
	}
	first := !full && p.heap[0] == j
	p.mu.Unlock()
	if full {
		p.c.stats.receiptsDropped.Add(1)
	}
	if first {
		p.nudge()
	}
}

func (p *postman) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// again puts a job back that has more to do.
func (p *postman) again(j *job, due time.Time) {
	p.mu.Lock()
	j.due = due
	heap.Push(&p.heap, j)
	p.mu.Unlock()
	p.nudge()
}

func (p *postman) finish() {
	p.mu.Lock()
	p.open--
	last := p.open == 0 && p.drained
	p.mu.Unlock()
	if last {
		p.nudge()
	}
}

// next returns the job that is due, or how long to wait; over reports that nothing can come any more.
func (p *postman) next(now time.Time) (j *job, wait time.Duration, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.heap) == 0 {
		return nil, time.Hour, p.drained && p.open == 0
	}
	if top := p.heap[0]; !p.drained && top.due.After(now) {
		return nil, top.due.Sub(now), false
	}
	return heap.Pop(&p.heap).(*job), 0, false
}

func (p *postman) dispatch() {
	defer close(p.done)
	defer close(p.ready)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		j, wait, over := p.next(time.Now())
		switch {
		case over:
			return
		case j != nil:
			select {
			case p.ready <- j:
			case <-p.c.ctx.Done():
				return
			}
		default:
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-p.wake:
			case <-p.c.ctx.Done():
				return
			}
		}
	}
}

func (p *postman) work() {
	for j := range p.ready {
		p.deliver(j)
	}
}

// deliver sends the job's first callback and decides what comes next.
func (p *postman) deliver(j *job) {
	s := j.steps[0]
	p.c.store.move(j.account.shelf, j.place, j.seq, s.word, s.code)
	status, took, err := p.c.callBack(j, s)
	if p.c.ctx.Err() != nil {
		return // the end: what is left is counted by drain
	}
	ev := Event{
		Kind: "receipt", Account: j.account.SID, ID: j.id, From: j.from, To: j.to, Receipt: s.word.String(), Error: s.code,
		Ref: j.ref, Status: status, MS: milliseconds(took),
	}
	if err != nil {
		ev.Failure = err.Error()
	}
	p.c.events.publish(ev)
	if err != nil && j.tries < len(retryWaits) {
		p.c.stats.receiptRetries.Add(1)
		j.tries++
		p.again(j, time.Now().Add(retryWaits[j.tries-1]))
		return
	}
	if err != nil || status/100 != 2 {
		p.c.stats.receiptsFailed.Add(1)
	} else {
		p.c.stats.receiptsSent.Add(1)
	}
	if len(j.steps) == 1 {
		p.finish()
		return
	}
	j.steps, j.tries = j.steps[1:], 0
	p.again(j, j.began.Add(j.steps[0].after))
}

// drain sends what waits without its delays until ctx ends.
func (p *postman) drain(ctx context.Context) error {
	p.mu.Lock()
	p.drained = true
	p.mu.Unlock()
	p.nudge()
	select {
	case <-p.done:
	case <-ctx.Done():
	}
	p.c.abort()
	<-p.done
	p.team.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open > 0 {
		lost := p.open
		p.open, p.heap = 0, nil
		p.c.stats.receiptsDropped.Add(int64(lost))
		return fmt.Errorf("%d texts still owed callbacks", lost)
	}
	return nil
}

func (p *postman) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// callBack sends one status callback. An error means that nobody answered.
func (c *Carrier) callBack(j *job, s step) (status int, took time.Duration, err error) {
	form := url.Values{
		"MessageSid": {j.id}, "SmsSid": {j.id}, "MessageStatus": {s.word.String()}, "SmsStatus": {s.word.String()},
		"To": {j.to}, "From": {j.from}, "AccountSid": {j.account.SID}, "ApiVersion": {"2010-04-01"},
	}
	if s.code != "" {
		form.Set("ErrorCode", s.code)
	}
	res, err := c.webhook(c.ctx, j.account, j.url, j.id, form)
	return res.status, res.took, err
}

// jobs is a heap, the job that is due first on top; equal times keep the order of the texts.
type jobs []*job

func (h jobs) Len() int { return len(h) }
func (h jobs) Less(i, k int) bool {
	if h[i].due.Equal(h[k].due) {
		return h[i].seq < h[k].seq
	}
	return h[i].due.Before(h[k].due)
}
func (h jobs) Swap(i, k int) { h[i], h[k] = h[k], h[i] }
func (h *jobs) Push(x any)   { *h = append(*h, x.(*job)) }
func (h *jobs) Pop() any {
	old := *h
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return j
}

var errNoAddress = errors.New("the account has no address for this webhook")

func signature(a *account, address string, form url.Values) string {
	return twilio.Sign(a.AuthToken, address, form)
}
