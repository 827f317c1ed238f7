package queues

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
)

func TestTheEstimatedWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		e     Estimate
		ahead int
		want  time.Duration
		known bool
	}{
		{"an empty queue", Estimate{Mean: 10 * time.Minute, Slots: 5}, 0, 2 * time.Minute, true},
		{"each chat ahead counts", Estimate{Mean: 10 * time.Minute, Slots: 5}, 9, 20 * time.Minute, true},
		{"whole seconds", Estimate{Mean: 10 * time.Second, Slots: 3}, 0, 3 * time.Second, true},
		{"rounded", Estimate{Mean: 11 * time.Second, Slots: 3}, 0, 4 * time.Second, true},
		{"chats that took no time", Estimate{Slots: 3}, 7, 0, true},
		{"nobody is logged in", Estimate{Mean: time.Minute}, 0, 0, false},
		{"no chat has ended", Estimate{Mean: -time.Second, Slots: 5}, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wait, known := c.e.Behind(c.ahead)
			require.Equal(t, c.known, known)
			require.Equal(t, c.want, wait)
		})
	}
}

// insertHandled adds chats of a queue that an agent had for so long and that ended so long before noon.
func (o *office) insertHandled(t testing.TB, n int, took, ago time.Duration) {
	first := o.insertWaitingMany(t, n, o.queue, 0)
	o.exec(t, `update chats set status = 'finished', assigned_at = $3, ended_at = $4, disconnected_by = 'disconnected_by_agent', fail_reason = 'nothing'
		where tenant_id = $1 and id >= $2`, first, noon.Add(-ago-took), noon.Add(-ago))
}

func (o *office) newEstimates() *Estimates {
	return NewEstimates(EstimatesConfig{DB: o.db, Settings: o.router.Settings, Now: o.clock.now, Log: slog.New(slog.DiscardHandler)})
}

func TestTheEstimateReadsTheLastChatsAndWhoIsLoggedIn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := o.newEstimates()
	got, err := e.Read(t.Context(), o.tenant, o.queue)
	require.NoError(t, err)
	require.Equal(t, Estimate{Mean: -time.Second}, got)

	o.insertHandled(t, 5, time.Hour, 2*time.Hour) // too long ago to count
	o.insertHandled(t, 19, 10*time.Minute, time.Hour)
	o.insertHandled(t, 1, 30*time.Minute, 0)
	o.exec(t, "update chats set dismissed_at = assigned_at + interval '10 min' where tenant_id = $1 and ended_at = $2", noon)
	o.insertAgent(t, "Ann")
	o.insertAgent(t, "Bob", status(tenant.Break), limit(2)) // logged in all the same
	o.insertAgent(t, "Off", status(tenant.Offline))
	o.insertAgent(t, "Gone", disconnected)
	o.insertAgent(t, "Disabled", disabled)
	o.insertAgent(t, "Elsewhere", serves(o.insertQueue(t)))
	o.insertWaitingMany(t, 3, o.queue, time.Minute)
	got, err = e.Read(t.Context(), o.tenant, o.queue)
	require.NoError(t, err)
	require.Equal(t, Estimate{Waiting: 3, Mean: 10 * time.Minute, Agents: 2, Slots: 7}, got)
	wait, known := got.Wait()
	require.True(t, known)
	require.Equal(t, 343*time.Second, wait)
}

func TestMemoryKnowsTheWaitsOfThoseWhoAsk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.insertHandled(t, 1, 10*time.Minute, time.Hour)
	o.insertAgent(t, "Ann")
	e := o.newEstimates()
	_, known := e.Known(o.tenant, o.queue)
	require.False(t, known, "the first who asks has it read")
	require.NoError(t, e.refresh(t.Context()))
	wait, known := e.Known(o.tenant, o.queue)
	require.True(t, known)
	require.Equal(t, 2*time.Minute, wait)
	_, known = e.Known(o.tenant, o.queue+100)
	require.False(t, known)

	o.insertWaiting(t, 0)
	require.NoError(t, e.refresh(t.Context()))
	wait, _ = e.Known(o.tenant, o.queue)
	require.Equal(t, 2*time.Minute, wait, "it is fresh")
	o.clock.pass(estimateFresh)
	require.NoError(t, e.refresh(t.Context()))
	wait, _ = e.Known(o.tenant, o.queue)
	require.Equal(t, 4*time.Minute, wait)

	o.clock.pass(estimateStale + time.Millisecond)
	_, known = e.Known(o.tenant, o.queue)
	require.False(t, known, "too old to tell")
	o.clock.pass(estimateWanted + time.Millisecond)
	require.NoError(t, e.refresh(t.Context()))
	require.Empty(t, e.houses)
}

func TestAnEstimateReadsTheLastChatsAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i := range 10 {
		o.insertHandled(t, 100, time.Minute, time.Duration(i)*time.Hour)
	}
	for i := range 20 {
		o.insertAgent(t, fmt.Sprint("Busy", i), status(tenant.WrapUp))
	}
	o.analyze(t)
	require.LessOrEqual(t, o.explain(t, waits, 5, o.tenant, int64(0)).read("chats"), 21)
}
