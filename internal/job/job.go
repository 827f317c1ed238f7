// Package job runs what may take long or fail: River, in a schema of its own, in every node (DESIGN, the two ways through).
//
// A job is enqueued in the transaction that caused it, so there is none without its cause and no cause without it. It may
// run twice (a node that died is noticed after a minute, and only seemed dead perhaps), so its work is idempotent. River's
// tables stand outside row-level security: arguments are ids, never content, and the work opens a transaction of the
// tenant. The package owns the running; what is done is said by those who define kinds.
package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"sidetone/internal/pg"
)

// Defaults of Options and Config.
const (
	defaultWorkers  = 4
	defaultTimeout  = 30 * time.Second
	defaultAttempts = 10
	defaultSoftStop = 5 * time.Second

	// rescueAfter is when a job whose node died runs again. River's own hour is too long to wait for a picture.
	rescueAfter = time.Minute
	// fetchCooldown bounds how soon a notified job starts, and so a node's jobs a second (workers / cooldown).
	fetchCooldown = 50 * time.Millisecond
)

// Args are what a job is told: ids. Kind names it for good, since rows in the table are found by it.
type Args = river.JobArgs

// Options of a kind. The zero value is good.
type Options struct {
	Workers     int                             // at once, on one node
	Timeout     time.Duration                   // of one try; less than a minute
	MaxAttempts int                             // then it is given up
	Retry       func(attempt int) time.Duration // the pause after a try that failed; River's own growing one when nil
	Once        bool                            // a job with equal arguments that waits or runs is enough
}

// Try says how often a job has been tried, this time included.
type Try struct {
	Attempt int
	Last    bool // there will be no other
}

// Kind is a sort of job: what it is called and what is done.
type Kind struct {
	name    string
	options Options
	add     func(*river.Workers) error
}

// Define makes a kind. An error of work is tried again; GiveUp(err) is not, and Later comes again without counting.
func Define[A Args](o Options, work func(ctx context.Context, args A, try Try) error) Kind {
	var none A
	o.Workers = cmp.Or(o.Workers, defaultWorkers)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.MaxAttempts = cmp.Or(o.MaxAttempts, defaultAttempts)
	return Kind{name: none.Kind(), options: o, add: func(all *river.Workers) error {
		return river.AddWorkerSafely(all, &worker[A]{options: o, work: work})
	}}
}

type worker[A Args] struct {
	river.WorkerDefaults[A]
	options Options
	work    func(ctx context.Context, args A, try Try) error
}

// Work does one try.
func (w *worker[A]) Work(ctx context.Context, j *river.Job[A]) error {
	return w.work(ctx, j.Args, Try{Attempt: j.Attempt, Last: j.Attempt >= j.MaxAttempts})
}

// Timeout is the kind's.
func (w *worker[A]) Timeout(*river.Job[A]) time.Duration { return w.options.Timeout }

// NextRetry is the kind's; the zero time leaves it to River.
func (w *worker[A]) NextRetry(j *river.Job[A]) time.Time {
	if w.options.Retry == nil {
		return time.Time{}
	}
	return time.Now().Add(w.options.Retry(j.Attempt))
}

// GiveUp marks an error after which trying again is useless.
func GiveUp(err error) error { return river.JobCancel(err) }

// Later puts a job off; the try does not count.
func Later(d time.Duration) error { return river.JobSnooze(d) }

// Periodic is a job that one node of all enqueues again and again.
type Periodic struct {
	Every   time.Duration
	AtStart bool // when a node begins to lead, too
	Args    Args
}

// Config is what a Client works with. DB and Log are needed.
type Config struct {
	DB       *pg.DB
	Log      *slog.Logger
	Metrics  prometheus.Registerer // may be nil
	SoftStop time.Duration         // what runs may take so long to end by itself, then it is cut off and runs elsewhere
	Kinds    []Kind
	Periodic []Periodic
}

// Client enqueues jobs and, once started, does them.
type Client struct {
	river *river.Client[pgx.Tx]
	kinds map[string]Options
}

// New makes a client; Start lets it work.
func New(cfg Config) (*Client, error) {
	c := &Client{kinds: map[string]Options{}}
	workers, queues := river.NewWorkers(), map[string]river.QueueConfig{}
	for _, k := range cfg.Kinds {
		if err := k.add(workers); err != nil {
			return nil, fmt.Errorf("define job %s: %w", k.name, err)
		}
		if k.options.Timeout >= rescueAfter {
			return nil, fmt.Errorf("define job %s: a try of %v would be taken for dead", k.name, k.options.Timeout)
		}
		c.kinds[k.name] = k.options
		queues[k.name] = river.QueueConfig{MaxWorkers: k.options.Workers}
	}
	watch, err := newWatch(cfg.Metrics)
	if err != nil {
		return nil, err
	}
	rc := &river.Config{
		Schema: pg.RiverSchema, Workers: workers, Queues: queues, Logger: cfg.Log, FetchCooldown: fetchCooldown,
		RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: cmp.Or(cfg.SoftStop, defaultSoftStop),
		Middleware:          []rivertype.Middleware{watch},
		ReindexerIndexNames: []string{}, // the serving role owns no index
	}
	for _, p := range cfg.Periodic {
		options, known := c.kinds[p.Args.Kind()]
		if !known {
			return nil, fmt.Errorf("job %s has no kind", p.Args.Kind())
		}
		opts := insertOpts(p.Args.Kind(), options)
		rc.PeriodicJobs = append(rc.PeriodicJobs, river.NewPeriodicJob(river.PeriodicInterval(p.Every),
			func() (river.JobArgs, *river.InsertOpts) { return p.Args, opts }, &river.PeriodicJobOpts{RunOnStart: p.AtStart}))
	}
	if c.river, err = river.NewClient(riverpgxv5.New(cfg.DB.Pool()), rc); err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return c, nil
}

// Start begins to work. ctx bounds the start alone; Stop ends the work.
func (c *Client) Start(ctx context.Context) error {
	if len(c.kinds) == 0 {
		return nil
	}
	if err := c.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	return nil
}

// Stop takes nothing new and waits for what runs: first it may end, then it is cut off. What did not end is tried again by
// another node, and the try does not count.
func (c *Client) Stop(ctx context.Context) error {
	if len(c.kinds) == 0 {
		return nil
	}
	if err := c.river.Stop(ctx); err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	return nil
}

// Enqueue saves jobs in the transaction that causes them: one round trip for all.
func (c *Client) Enqueue(ctx context.Context, tx pgx.Tx, jobs ...Args) error {
	if len(jobs) == 0 {
		return nil
	}
	many := make([]river.InsertManyParams, len(jobs))
	for i, args := range jobs {
		options, known := c.kinds[args.Kind()]
		if !known {
			return fmt.Errorf("enqueue %s: there is no such kind of job", args.Kind())
		}
		many[i] = river.InsertManyParams{Args: args, InsertOpts: insertOpts(args.Kind(), options)}
	}
	if _, err := c.river.InsertManyTx(ctx, tx, many); err != nil {
		return fmt.Errorf("enqueue %d jobs (%s): %w", len(jobs), jobs[0].Kind(), err)
	}
	return nil
}

// pending are the states of a job that is still owed.
var pending = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
	rivertype.JobStateScheduled,
}

func insertOpts(kind string, o Options) *river.InsertOpts {
	opts := &river.InsertOpts{Queue: kind, MaxAttempts: o.MaxAttempts}
	if o.Once {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: pending}
	}
	return opts
}

// result names how a try ended, for the metrics.
func result(err error) string {
	var cancelled *rivertype.JobCancelError
	var snoozed *rivertype.JobSnoozeError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &cancelled):
		return "given_up"
	case errors.As(err, &snoozed):
		return "later"
	}
	return "failed"
}
