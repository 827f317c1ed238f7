package queues

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/tenant"
)

// calendar reads hours as a settings page writes them.
func calendar(t require.TestingT, hours, zone string) *Calendar {
	var h tenant.Hours
	require.NoError(t, json.Unmarshal([]byte(hours), &h))
	return NewCalendar(&h, location(t, zone))
}

func location(t require.TestingT, zone string) *time.Location {
	l, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return l
}

// always is left open at its end: the cases add holidays.
const (
	officeHours = `{"weekly":{"mon":[{"from":"09:00","to":"17:00"}],"tue":[{"from":"09:00","to":"12:00"},{"from":"13:00","to":"17:00"}],"fri":[{"from":"09:00","to":"24:00"}],"sat":[{"from":"00:00","to":"02:00"}]}}`
	always      = `{"weekly":{"sun":[{"from":"00:00","to":"24:00"}],"mon":[{"from":"00:00","to":"24:00"}],"tue":[{"from":"00:00","to":"24:00"}],"wed":[{"from":"00:00","to":"24:00"}],"thu":[{"from":"00:00","to":"24:00"}],"fri":[{"from":"00:00","to":"24:00"}],"sat":[{"from":"00:00","to":"24:00"}]}`
	sundays     = `{"weekly":{"sun":[{"from":"01:00","to":"02:30"}]}}`
)

func TestACalendarKnowsWhatComesNext(t *testing.T) {
	for _, c := range []struct {
		name, hours, zone, at string
		open                  bool
		opening, closing      string // as at is written; empty: never
	}{
		{"the first minute is open", officeHours, "America/New_York", "2026-03-02T09:00:00-05:00", true, "2026-03-02T09:00:00-05:00", "2026-03-02T17:00:00-05:00"},
		{"the second before it is not", officeHours, "America/New_York", "2026-03-02T08:59:59-05:00", false, "2026-03-02T09:00:00-05:00", "2026-03-02T08:59:59-05:00"},
		{"the last minute is open", officeHours, "America/New_York", "2026-03-02T16:59:59-05:00", true, "2026-03-02T16:59:59-05:00", "2026-03-02T17:00:00-05:00"},
		{"the end is closed", officeHours, "America/New_York", "2026-03-02T17:00:00-05:00", false, "2026-03-03T09:00:00-05:00", "2026-03-02T17:00:00-05:00"},
		{"a break at noon", officeHours, "America/New_York", "2026-03-03T12:30:00-05:00", false, "2026-03-03T13:00:00-05:00", "2026-03-03T12:30:00-05:00"},
		{"a closed day in the middle", officeHours, "America/New_York", "2026-03-03T17:00:00-05:00", false, "2026-03-06T09:00:00-05:00", "2026-03-03T17:00:00-05:00"},
		{"intervals that touch midnight are one", officeHours, "America/New_York", "2026-03-06T23:00:00-05:00", true, "2026-03-06T23:00:00-05:00", "2026-03-07T02:00:00-05:00"},
		{"in another zone than the caller's", officeHours, "Asia/Tokyo", "2026-03-01T23:59:59-01:00", true, "2026-03-01T23:59:59-01:00", "2026-03-02T07:00:00-01:00"},
		{"the day has 23 hours", officeHours, "Europe/Madrid", "2026-03-28T02:00:00+01:00", false, "2026-03-30T09:00:00+02:00", "2026-03-28T02:00:00+01:00"},

		{"in the gap an interval ends with it", sundays, "America/New_York", "2026-03-08T01:30:00-05:00", true, "2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"in the overlap it comes twice", sundays, "America/New_York", "2026-11-01T01:30:00-04:00", true, "2026-11-01T01:30:00-04:00", "2026-11-01T02:30:00-05:00"},
		{
			"in the overlap it closes and opens again", `{"weekly":{"sun":[{"from":"01:00","to":"01:20"}]}}`, "America/New_York",
			"2026-11-01T01:20:00-04:00", false, "2026-11-01T01:00:00-05:00", "2026-11-01T01:20:00-04:00",
		},
		{
			"an interval within the gap waits a week", `{"weekly":{"sun":[{"from":"02:10","to":"02:50"}]}}`, "America/New_York",
			"2026-03-07T12:00:00-05:00", false, "2026-03-15T02:10:00-04:00", "2026-03-07T12:00:00-05:00",
		},
		{
			"a day that the zone leaves out", `{"weekly":{"fri":[{"from":"09:00","to":"17:00"}]}}`, "Pacific/Apia",
			"2011-12-29T12:00:00-10:00", false, "2012-01-06T09:00:00+14:00", "2011-12-29T12:00:00-10:00",
		},
		{
			"midnight itself may be in the gap", `{"weekly":{"sun":[{"from":"00:00","to":"03:00"}]}}`, "Africa/Cairo",
			"2026-04-23T23:59:59+02:00", false, "2026-04-26T00:00:00+03:00", "2026-04-23T23:59:59+02:00",
		},

		{
			"a holiday is closed", `{"weekly":{"mon":[{"from":"09:00","to":"17:00"}]},"holidays":[{"date":"2026-03-02","name":"Day of rest"}]}`, "UTC",
			"2026-03-02T10:00:00Z", false, "2026-03-09T09:00:00Z", "2026-03-02T10:00:00Z",
		},
		{
			"a holiday has intervals of its own", `{"weekly":{"mon":[{"from":"09:00","to":"17:00"}]},"holidays":[{"date":"2026-03-02","open":[{"from":"12:00","to":"24:00"}]},{"date":"2026-03-03","open":[{"from":"00:00","to":"00:30"}]}]}`, "UTC",
			"2026-03-02T12:00:00Z", true, "2026-03-02T12:00:00Z", "2026-03-03T00:30:00Z",
		},
		{
			"only a holiday far away is open", `{"weekly":{},"holidays":[{"date":"2041-05-01","open":[{"from":"06:00","to":"06:01"}]}]}`, "UTC",
			"2026-03-02T12:00:00Z", false, "2041-05-01T06:00:00Z", "2026-03-02T12:00:00Z",
		},
		{"only a holiday far away is closed", always + `,"holidays":[{"date":"2041-05-01"}]}`, "UTC", "2026-03-02T12:00:00Z", true, "2026-03-02T12:00:00Z", "2041-05-01T00:00:00Z"},
		{"never closed", always + `}`, "America/Sao_Paulo", "2026-03-02T12:00:00Z", true, "2026-03-02T12:00:00Z", ""},
		{"never open", `{"weekly":{}}`, "America/Sao_Paulo", "2026-03-02T12:00:00Z", false, "", "2026-03-02T12:00:00Z"},
		{"never open again", `{"weekly":{},"holidays":[{"date":"2026-03-01","open":[{"from":"06:00","to":"07:00"}]}]}`, "UTC", "2026-03-02T12:00:00Z", false, "", "2026-03-02T12:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := calendar(t, c.hours, c.zone)
			at, err := time.Parse(time.RFC3339, c.at)
			require.NoError(t, err)
			require.Equal(t, c.open, cal.Open(at))
			same := func(want string, got time.Time) {
				t.Helper()
				if want == "" {
					require.Zero(t, got)
					return
				}
				w, err := time.Parse(time.RFC3339, want)
				require.NoError(t, err)
				require.Equal(t, w.UTC(), got.UTC())
			}
			same(c.opening, cal.NextOpening(at))
			same(c.closing, cal.NextClosing(at))
			require.Equal(t, later(cal.NextOpening(at), cal.NextClosing(at)).UTC(), later(cal.NextChange(at), at).UTC())
		})
	}
}

func TestWithoutHoursAQueueIsAlwaysOpen(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := NewCalendar(nil, time.UTC)
	require.True(t, c.Open(at))
	require.Equal(t, at, c.NextOpening(at))
	require.Zero(t, c.NextClosing(at))
	require.Zero(t, c.NextChange(at))
}

// zones have gaps and overlaps at 2, at midnight, of half an hour, and none; the times are near them.
var zones = map[string]string{
	"America/New_York": "2026-03-08", "Europe/Madrid": "2026-10-25", "Australia/Lord_Howe": "2026-04-05", "Africa/Cairo": "2026-04-24",
	"Asia/Kathmandu": "2026-07-01", "America/Santiago": "2026-09-06", "Africa/Casablanca": "2026-02-15", "Pacific/Apia": "2011-12-30",
}

func drawHours(t *rapid.T, near time.Time) *tenant.Hours {
	intervals := func(label string) (out []tenant.Interval) {
		at := tenant.Clock(rapid.IntRange(0, 1500).Draw(t, label))
		for range 3 {
			to := at + tenant.Clock(rapid.SampledFrom([]int{1, 20, 60, 300, 1440}).Draw(t, "long"))
			if to = min(to, 24*60); at >= to {
				return out
			}
			out = append(out, tenant.Interval{From: at, To: to})
			at = to + tenant.Clock(rapid.SampledFrom([]int{1, 30, 200}).Draw(t, "pause"))
		}
		return out
	}
	h := &tenant.Hours{Weekly: map[tenant.Weekday][]tenant.Interval{}}
	for _, d := range tenant.Weekdays {
		switch rapid.IntRange(0, 3).Draw(t, string(d)) {
		case 0:
			h.Weekly[d] = []tenant.Interval{{From: 0, To: 24 * 60}}
		case 1, 2:
			h.Weekly[d] = intervals(string(d))
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "holidays") {
		day := tenant.Holiday{Date: near.AddDate(0, 0, 2*i-1).Format(time.DateOnly)}
		if rapid.Bool().Draw(t, "open") {
			day.Open = intervals(day.Date)
		}
		h.Holidays = append(h.Holidays, day)
	}
	return h
}

// The oracle looks at a clock on the wall every minute.
func TestACalendarAgreesWithAClockOnTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(slices.Sorted(maps.Keys(zones))).Draw(t, "zone")
		near, err := time.Parse(time.DateOnly, zones[zone])
		require.NoError(t, err)
		h, in := drawHours(t, near), location(t, zone)
		c := NewCalendar(h, in)
		at := near.Add(time.Duration(rapid.IntRange(-2*86400, 2*86400).Draw(t, "at")) * time.Second)
		require.Equal(t, onTheWall(h, at.In(in)), c.Open(at))
		for _, want := range []bool{true, false} {
			got := c.next(at, want)
			seen := scanWall(h, at.In(in), want)
			if seen.IsZero() {
				require.True(t, got.IsZero() || got.Sub(at) > 3*24*time.Hour, "%s", got)
				continue
			}
			require.Equal(t, seen.UTC(), got.UTC(), "open %v", want)
		}
	})
}

func onTheWall(h *tenant.Hours, at time.Time) bool {
	open := h.Weekly[tenant.Weekdays[at.Weekday()]]
	for _, d := range h.Holidays {
		if d.Date == at.Format("2006-01-02") {
			open = d.Open
		}
	}
	shows := at.Format("15:04")
	for _, i := range open {
		if fmt.Sprintf("%02d:%02d", i.From/60, i.From%60) <= shows && shows < fmt.Sprintf("%02d:%02d", i.To/60, i.To%60) {
			return true
		}
	}
	return false
}

// scanWall looks for three days.
func scanWall(h *tenant.Hours, at time.Time, want bool) time.Time {
	for end := at.Add(3 * 24 * time.Hour); at.Before(end); at = at.Truncate(time.Minute).Add(time.Minute) {
		if onTheWall(h, at) == want {
			return at
		}
	}
	return time.Time{}
}
