package queues

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// nineToFive is open on every day; nights is the reverse.
const (
	nineToFive = `{"weekly":{"sun":[{"from":"09:00","to":"17:00"}],"mon":[{"from":"09:00","to":"17:00"}],"tue":[{"from":"09:00","to":"17:00"}],"wed":[{"from":"09:00","to":"17:00"}],"thu":[{"from":"09:00","to":"17:00"}],"fri":[{"from":"09:00","to":"17:00"}],"sat":[{"from":"09:00","to":"17:00"}]}}`
	weekNights = `{"weekly":{"sun":[{"from":"22:00","to":"24:00"}],"mon":[{"from":"00:00","to":"06:00"}]}}`
)

func TestAWaitEndsByTheTimerOfItsHours(t *testing.T) {
	const h = time.Hour
	for _, c := range []struct {
		name, hours, zone, since string
		in, after                time.Duration
		want                     string // empty: never
		open                     bool   // the timer of the hours
	}{
		{"within the hours", nineToFive, "UTC", "2026-03-02T09:00:00Z", h, 24 * h, "2026-03-02T10:00:00Z", true},
		{"up to the second of closing", nineToFive, "UTC", "2026-03-02T16:00:00Z", h, 24 * h, "2026-03-02T17:00:00Z", true},
		{"a second more, and the night's timer begins whole", nineToFive, "UTC", "2026-03-02T16:00:01Z", h, 24 * h, "2026-03-03T17:00:00Z", false},
		{"the rest of the day's timer is longer", nineToFive, "UTC", "2026-03-02T16:59:00Z", 10 * h, 2 * h, "2026-03-03T02:59:00Z", true},
		{"both end at once: the night's", nineToFive, "UTC", "2026-03-02T16:00:00Z", 3 * h, 2 * h, "2026-03-02T19:00:00Z", false},
		{"outside, over before the opening", nineToFive, "UTC", "2026-03-02T18:00:00Z", h, 2 * h, "2026-03-02T20:00:00Z", false},
		{"outside, over at the opening", nineToFive, "UTC", "2026-03-02T18:00:00Z", h, 15 * h, "2026-03-03T09:00:00Z", false},
		{"outside, a second after it: the day's timer begins whole", nineToFive, "UTC", "2026-03-02T18:00:01Z", h, 15 * h, "2026-03-03T10:00:00Z", true},
		{"outside, the rest of the night's timer is longer", nineToFive, "UTC", "2026-03-02T08:00:00Z", h, 24 * h, "2026-03-03T08:00:00Z", false},
		{"it is looked at again once: a third stretch changes nothing", nineToFive, "UTC", "2026-03-02T08:59:00Z", 9 * h, h, "2026-03-02T18:00:00Z", true},

		{"the gap: a night of 15 hours", nineToFive, "America/New_York", "2026-03-07T17:00:00-05:00", h, 16 * h, "2026-03-08T10:00:00-04:00", true},
		{"the gap: an hour less of wall time", nineToFive, "America/New_York", "2026-03-07T17:00:00-05:00", h, 14 * h, "2026-03-08T08:00:00-04:00", false},
		{"the overlap: a night of 17 hours", nineToFive, "America/New_York", "2026-10-31T17:00:00-04:00", h, 16*h + 59*time.Minute, "2026-11-01T08:59:00-05:00", false},
		{"the overlap, within the hours", weekNights, "Europe/Madrid", "2026-10-25T21:59:00+01:00", 2 * h, 30 * time.Minute, "2026-10-26T00:00:00+01:00", true},

		{"in hours off", nineToFive, "UTC", "2026-03-02T16:00:00Z", 0, 2 * h, "2026-03-02T19:00:00Z", false},
		{"in hours off, and it goes on the next night", nineToFive, "UTC", "2026-03-02T16:00:00Z", 0, 17 * h, "2026-03-03T18:00:00Z", false},
		{"after hours off", nineToFive, "UTC", "2026-03-02T18:00:00Z", h, 0, "2026-03-03T10:00:00Z", true},
		{"after hours off, and it goes on in the morning", nineToFive, "UTC", "2026-03-02T16:30:00Z", h, 0, "2026-03-03T09:30:00Z", true},
		{"after hours off, for days", nineToFive, "UTC", "2026-03-02T16:00:00Z", 10 * h, 0, "2026-03-04T10:00:00Z", true},
		{"both off", nineToFive, "UTC", "2026-03-02T16:00:00Z", 0, 0, "", false},
		{"never open, after hours off", `{"weekly":{}}`, "UTC", "2026-03-02T16:00:00Z", h, 0, "", false},
		{"never open", `{"weekly":{}}`, "UTC", "2026-03-02T16:00:00Z", h, 2 * h, "2026-03-02T18:00:00Z", false},
		{"always open", always + `}`, "UTC", "2026-03-02T16:00:00Z", h, 2 * h, "2026-03-02T17:00:00Z", true},
		{"always open, in hours off", always + `}`, "UTC", "2026-03-02T16:00:00Z", 0, 2 * h, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			since, err := time.Parse(time.RFC3339, c.since)
			require.NoError(t, err)
			at, open := calendar(t, c.hours, c.zone).Unanswered(since, c.in, c.after)
			if c.want == "" {
				require.Zero(t, at)
				return
			}
			want, err := time.Parse(time.RFC3339, c.want)
			require.NoError(t, err)
			require.Equal(t, want.UTC(), at.UTC())
			require.Equal(t, c.open, open)
		})
	}
	at, open := NewCalendar(nil, time.UTC).Unanswered(noon, h, 0)
	require.Equal(t, noon.Add(h), at)
	require.True(t, open)
}

// Whatever the calendar: a wait that one timer covers ends with it, and one that meets a boundary never ends before the
// rest of the first timer or the whole of the second.
func TestAWaitNeverEndsBeforeEitherTimer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Africa/Cairo"}).Draw(t, "zone")
		near, err := time.Parse(time.DateOnly, zones[zone])
		require.NoError(t, err)
		c := NewCalendar(drawHours(t, near), location(t, zone))
		since := near.Add(time.Duration(rapid.IntRange(-172800, 172800).Draw(t, "since")) * time.Second)
		in := time.Duration(rapid.IntRange(1, 10080).Draw(t, "in")) * time.Minute
		after := time.Duration(rapid.IntRange(1, 10080).Draw(t, "after")) * time.Minute
		at, open := c.Unanswered(since, in, after)
		first, second := in, after
		if !c.Open(since) {
			first, second = after, in
		}
		boundary := c.NextChange(since)
		require.False(t, at.Before(since.Add(first)), "the first timer had time left")
		if boundary.IsZero() || !since.Add(first).After(boundary) {
			require.Equal(t, since.Add(first).UTC(), at.UTC())
			require.Equal(t, c.Open(since), open)
			return
		}
		require.False(t, at.Before(boundary.Add(second)), "the second timer had time left")
		require.True(t, at.Equal(since.Add(first)) || at.Equal(boundary.Add(second)))
	})
}
