package job_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/job"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

// childURL tells the test program to be a node that begins a job and never ends it.
const childURL = "SIDETONE_TEST_JOB_DATABASE"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		child(url)
		return
	}
	os.Exit(m.Run())
}

func child(url string) {
	db, err := pg.Open(context.Background(), url, pg.Options{})
	if err == nil {
		var c *job.Client
		c, err = job.New(job.Config{DB: db, Log: slog.New(slog.DiscardHandler), Kinds: []job.Kind{
			job.Define(job.Options{}, func(context.Context, pour, job.Try) error {
				fmt.Println("began")
				select {}
			}),
		}})
		if err == nil {
			err = c.Start(context.Background())
		}
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	select {}
}

type pour struct {
	Tenant id.Tenant `json:"t"`
	Cup    int64     `json:"c"`
}

func (pour) Kind() string { return "pour" }

// kitchen is a client that pours by work.
func kitchen(t *testing.T, db *pg.DB, o job.Options, work func(ctx context.Context, p pour, try job.Try) error) (*job.Client, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	c, err := job.New(job.Config{
		DB: db, Log: slog.New(slog.DiscardHandler), Metrics: reg, SoftStop: 50 * time.Millisecond,
		Kinds: []job.Kind{job.Define(o, work)},
	})
	require.NoError(t, err)
	return c, reg
}

func start(t *testing.T, c *job.Client) {
	t.Helper()
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
}

func enqueue(t *testing.T, db *pg.DB, c *job.Client, jobs ...job.Args) {
	t.Helper()
	require.NoError(t, db.InTenantTx(t.Context(), 1, func(tx pgx.Tx) error { return c.Enqueue(t.Context(), tx, jobs...) }))
}

func count(t *testing.T, db *pg.DB, where string) (n int) {
	t.Helper()
	require.NoError(t, db.Pool().QueryRow(t.Context(), "select count(*) from river.river_job where "+where).Scan(&n))
	return n
}

// tries reads the metric of tries that are over, by how they ended.
func tries(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "sidetone_jobs_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "result" {
					out[l.GetValue()] = m.GetCounter().GetValue()
				}
			}
		}
	}
	return out
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		require.Fail(t, "nothing came")
		panic("unreachable")
	}
}

func TestAJobRunsOnceItsTransactionIsCommittedAndNotBefore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	poured := make(chan pour, 10)
	c, reg := kitchen(t, db, job.Options{}, func(_ context.Context, p pour, try job.Try) error {
		poured <- p
		return nil
	})
	start(t, c)
	spilled := errors.New("spilled")
	err := db.InTenantTx(t.Context(), 1, func(tx pgx.Tx) error {
		require.NoError(t, c.Enqueue(t.Context(), tx, pour{1, 1}))
		return spilled
	})
	require.ErrorIs(t, err, spilled)
	require.Zero(t, count(t, db, "true"))

	enqueue(t, db, c, pour{1, 2}, pour{1, 3})
	require.ElementsMatch(t, []pour{{1, 2}, {1, 3}}, []pour{receive(t, poured), receive(t, poured)})
	require.Eventually(t, func() bool { return count(t, db, "state = 'completed'") == 2 }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, map[string]float64{"done": 2}, tries(t, reg))
}

func TestAFailedTryIsRepeatedUntilTheLastAndSaysSo(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	tries := make(chan job.Try, 10)
	c, _ := kitchen(t, db, job.Options{MaxAttempts: 2, Retry: func(int) time.Duration { return 0 }},
		func(_ context.Context, _ pour, try job.Try) error {
			tries <- try
			return errors.New("the tap is dry")
		})
	start(t, c)
	enqueue(t, db, c, pour{1, 1})
	require.Equal(t, job.Try{Attempt: 1}, receive(t, tries))
	require.Equal(t, job.Try{Attempt: 2, Last: true}, receive(t, tries))
	require.Eventually(t, func() bool { return count(t, db, "state = 'discarded'") == 1 }, 10*time.Second, 5*time.Millisecond)
}

func TestAJobGivenUpIsNotTriedAgainAndAPanicHarmsNoOther(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	c, _ := kitchen(t, db, job.Options{MaxAttempts: 1}, func(_ context.Context, p pour, _ job.Try) error {
		switch p.Cup {
		case 1:
			return job.GiveUp(errors.New("the cup is broken"))
		case 2:
			panic("the cup explodes")
		}
		return nil
	})
	start(t, c)
	enqueue(t, db, c, pour{1, 1}, pour{1, 2}, pour{1, 3})
	require.Eventually(t, func() bool {
		return count(t, db, "state = 'cancelled'") == 1 && count(t, db, "state = 'discarded'") == 1 && count(t, db, "state = 'completed'") == 1
	}, 10*time.Second, 5*time.Millisecond)
}

func TestOneOfAKindIsEnoughWhileItWaits(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	c, _ := kitchen(t, db, job.Options{Once: true}, func(context.Context, pour, job.Try) error { return nil })
	enqueue(t, db, c, pour{1, 1})
	enqueue(t, db, c, pour{1, 1}, pour{1, 2})
	require.Equal(t, 2, count(t, db, "true"))
}

func TestANodeDoesNoMoreAtOnceThanItHasWorkers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var now atomic.Int32
	release := make(chan struct{})
	began := make(chan int32, 5)
	c, _ := kitchen(t, db, job.Options{Workers: 2}, func(context.Context, pour, job.Try) error {
		defer now.Add(-1)
		began <- now.Add(1)
		<-release
		return nil
	})
	start(t, c)
	enqueue(t, db, c, pour{1, 1}, pour{1, 2}, pour{1, 3}, pour{1, 4}, pour{1, 5})
	atOnce := []int32{receive(t, began), receive(t, began)} // both are at work: none ends before the release
	close(release)
	for range 3 {
		atOnce = append(atOnce, receive(t, began))
	}
	require.Equal(t, int32(2), slices.Max(atOnce))
	require.Eventually(t, func() bool { return count(t, db, "state = 'completed'") == 5 }, 10*time.Second, 5*time.Millisecond)
}

func TestAStopCutsOffWhatDoesNotEndAndTheTryDoesNotCount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	began := make(chan job.Try, 1)
	work := func(ctx context.Context, _ pour, try job.Try) error {
		began <- try
		<-ctx.Done()
		return ctx.Err()
	}
	c, _ := kitchen(t, db, job.Options{}, work)
	require.NoError(t, c.Start(t.Context()))
	enqueue(t, db, c, pour{1, 1})
	receive(t, began)
	require.NoError(t, c.Stop(t.Context()))
	require.Equal(t, 1, count(t, db, "state = 'available'"))

	second, _ := kitchen(t, db, job.Options{}, func(_ context.Context, _ pour, try job.Try) error { began <- try; return nil })
	start(t, second)
	require.Equal(t, 1, receive(t, began).Attempt)
}

func TestAJobOfANodeThatWasKilledRunsElsewhere(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	db := pgtest.Open(t, d)
	self, err := os.Executable()
	require.NoError(t, err)
	victim := exec.Command(self)
	victim.Env = append(os.Environ(), childURL+"="+d.AppURL)
	out, err := victim.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, victim.Start())
	t.Cleanup(func() { _ = victim.Process.Kill() })

	again := make(chan job.Try, 1)
	c, _ := kitchen(t, db, job.Options{}, func(_ context.Context, _ pour, try job.Try) error { again <- try; return nil })
	enqueue(t, db, c, pour{1, 1})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "began\n", line)
	require.NoError(t, victim.Process.Kill())
	_ = victim.Wait()
	require.Equal(t, 1, count(t, db, "state = 'running'"))

	// A minute passes, and with it the dead node's lead.
	_, err = db.Pool().Exec(t.Context(), "update river.river_job set attempted_at = now() - interval '61 s', scheduled_at = now() - interval '61 s'")
	require.NoError(t, err)
	_, err = db.Pool().Exec(t.Context(), "update river.river_leader set expires_at = now() - interval '1 s', elected_at = now() - interval '1 h'")
	require.NoError(t, err)
	start(t, c)
	require.Equal(t, 2, receive(t, again).Attempt)
}

func TestWhatCannotBeDoneIsNotEnqueued(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	c, err := job.New(job.Config{DB: db, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	err = db.InTenantTx(t.Context(), 1, func(tx pgx.Tx) error { return c.Enqueue(t.Context(), tx, pour{}) })
	require.ErrorContains(t, err, "there is no such kind of job")
	_, err = job.New(job.Config{DB: db, Log: slog.New(slog.DiscardHandler), Kinds: []job.Kind{
		job.Define(job.Options{Timeout: time.Minute}, func(context.Context, pour, job.Try) error { return nil }),
	}})
	require.ErrorContains(t, err, "taken for dead")
}
