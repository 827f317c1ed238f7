package tenant

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFailuresAreSlowedDownMoreAndMore(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(10), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	var waits []time.Duration
	for { // all at once: each gets a turn of its own
		wait, ok := th.queue("ann", now, 20*time.Second)
		if !ok {
			break
		}
		waits = append(waits, wait)
	}
	require.Equal(t, []time.Duration{
		0, 0, 0, 0, 250 * time.Millisecond, 750 * time.Millisecond, 1750 * time.Millisecond, 3750 * time.Millisecond,
		7750 * time.Millisecond, 15750 * time.Millisecond,
	}, waits)
	wait, ok := th.queue("bob", now, 20*time.Second)
	require.True(t, ok)
	require.Zero(t, wait)
	_, ok = th.queue("ann", now.Add(16*time.Second), 20*time.Second)
	require.True(t, ok, "nobody is locked out")
	th.succeeded("ann")
	wait, _ = th.queue("ann", now.Add(17*time.Second), 20*time.Second)
	require.Zero(t, wait)
}

func TestManyPlacesSlowAnAccountButNeverCloseIt(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(10), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for range 1000 {
		require.LessOrEqual(t, th.slow("ann", now, time.Second), time.Second)
	}
	require.Equal(t, time.Second, th.slow("ann", now, time.Second))
	require.Zero(t, th.slow("ann", now.Add(triesForgotten+time.Second), time.Second), "forgotten after a while")
}

func TestTheMemoryOfFailuresIsBounded(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(100), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for i := range 1000 {
		th.queue(strconv.Itoa(i), now, time.Second)
	}
	require.Len(t, th.entries, 100)
	require.Equal(t, 100, th.recent.Len())
	require.Contains(t, th.entries, "999")
}
