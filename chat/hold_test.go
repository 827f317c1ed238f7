package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestAJumpOfTheClockHoldsEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		wall, passed time.Duration
		held         bool
	}{
		{"no jump", 250 * time.Millisecond, 250 * time.Millisecond, false},
		{"a slow sweep", time.Hour, time.Hour, false},
		{"a minute forward", time.Minute + time.Second, time.Second, false},
		{"more than a minute forward", time.Minute + time.Second + time.Millisecond, time.Second, true},
		{"a minute back", -59 * time.Second, time.Second, false},
		{"more than a minute back", -time.Minute, time.Second, true},
		{"the machine slept for an hour", time.Hour, time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h hold
			h.start(monday, time.Time{}, time.Time{})
			now := monday.Add(c.wall)
			require.Equal(t, c.held, h.sweep(now, c.passed))
			require.Equal(t, c.held, h.holding(now))
			require.Equal(t, c.held, h.holding(now.Add(holdFor-time.Millisecond)))
			require.False(t, h.holding(now.Add(holdFor)))
			require.Equal(t, c.held, h.pacing(now.Add(holdFor)))
			require.Equal(t, c.held, h.pacing(now.Add(holdFor+pacedFor-time.Millisecond)))
			require.False(t, h.pacing(now.Add(holdFor+pacedFor)))
		})
	}
}

func TestAStartAfterALongTimeHoldsEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		seen, held time.Duration // before now; 0: never
		begun      bool
		until      time.Duration // from now
	}{
		{name: "the first start of all"},
		{name: "ten minutes down", seen: 10 * time.Minute},
		{name: "more than that", seen: 10*time.Minute + time.Microsecond, begun: true, until: holdFor},
		{name: "down for days, after a hold", seen: 48 * time.Hour, held: 72 * time.Hour, begun: true, until: holdFor},
		{name: "the others hold", seen: time.Second, held: -time.Minute, until: time.Minute},
		{name: "the others keep the pace", seen: time.Second, held: 59 * time.Minute, until: -59 * time.Minute},
		{name: "the others' hold is long over", seen: time.Second, held: time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h hold
			ago := func(d time.Duration) time.Time {
				if d == 0 {
					return time.Time{}
				}
				return monday.Add(-d)
			}
			require.Equal(t, c.begun, h.start(monday, ago(c.seen), ago(c.held)))
			require.Equal(t, c.until > 0, h.holding(monday))
			require.Equal(t, c.until < 0, h.pacing(monday))
			if c.until != 0 {
				require.Equal(t, monday.Add(c.until), h.until)
			}
		})
	}
}

// A clock that jumps ahead and is put right holds from where it is right.
func TestAClockPutRightHoldsFromThere(t *testing.T) {
	t.Parallel()
	var h hold
	h.start(monday, time.Time{}, time.Time{})
	require.True(t, h.sweep(monday.Add(time.Hour), time.Second))
	require.True(t, h.sweep(monday.Add(2*time.Second), time.Second))
	require.Equal(t, monday.Add(2*time.Second+holdFor), h.until)
}

func TestWhatIsHeldBackStandsInLine(t *testing.T) {
	t.Parallel()
	var h hold
	h.start(monday, monday.Add(-time.Hour), time.Time{})
	const ann, bob = id.Tenant(1), id.Tenant(2)
	for i := range 100 {
		require.Equal(t, h.until.Add(time.Duration(i)*paceEvery), h.later(ann, monday))
	}
	require.Equal(t, h.until, h.later(bob, monday), "each tenant has a line")
	now := h.until.Add(time.Minute)
	require.Equal(t, now.Add(time.Second), h.later(ann, now), "and a line that is over begins again")
	for range 200_000 {
		h.later(ann, now)
	}
	require.True(t, h.pacing(now.Add(80*time.Minute)), "as long as there is a line the pace is kept")
}
