package queues

import (
	"slices"
	"time"

	"sidetone/internal/tenant"
)

// Calendar answers when a queue is open (spec 1.4). It is pure and never changed; nil is always open.
//
// The hours are what a clock on the wall of the queue's zone shows: open while it shows a time within an interval of its
// date, from the first minute until before the last. So a wall time that a zone leaves out (the spring gap) is never
// there, and one that comes twice (the autumn overlap) counts twice. A holiday's intervals stand for its weekday's.
type Calendar struct {
	zone     *time.Location
	weekly   [7][]tenant.Interval
	holidays map[date][]tenant.Interval
	dates    []date // of the holidays, in order
}

// date is a day of the calendar as it is written: 2026-12-25.
type date string

// settled is how many days without a holiday show all that a week can: one more than a week would do, but a change of
// the zone's offset may swallow an interval once.
const settled = 15

// NewCalendar reads hours in a zone; without hours it is always open.
func NewCalendar(h *tenant.Hours, zone *time.Location) *Calendar {
	if h.AlwaysOpen() {
		return nil
	}
	c := &Calendar{zone: zone, holidays: make(map[date][]tenant.Interval, len(h.Holidays))}
	for i, day := range tenant.Weekdays {
		c.weekly[i] = h.Weekly[day]
	}
	for _, day := range h.Holidays {
		c.holidays[date(day.Date)] = day.Open
		c.dates = append(c.dates, date(day.Date))
	}
	slices.Sort(c.dates)
	return c
}

// Open says whether the queue is open at a time.
func (c *Calendar) Open(at time.Time) bool {
	if c == nil {
		return true
	}
	open, _ := c.look(at.In(c.zone))
	return open
}

// NextOpening is the first time, not before at, at which the queue is open: at itself when it is open then. Zero: never.
func (c *Calendar) NextOpening(at time.Time) time.Time { return c.next(at, true) }

// NextClosing is the first time, not before at, at which the queue is closed. Zero: never.
func (c *Calendar) NextClosing(at time.Time) time.Time { return c.next(at, false) }

// NextChange is the first time after at at which the queue opens or closes. Zero: never.
func (c *Calendar) NextChange(at time.Time) time.Time { return c.next(at, !c.Open(at)) }

// next walks from edge to edge. A week that has shown nothing shows nothing later: then only holidays can.
func (c *Calendar) next(at time.Time, want bool) time.Time {
	if c == nil {
		if want {
			return at
		}
		return time.Time{}
	}
	at = at.Round(0).In(c.zone)
	seen := at // where the walk began, or its last holiday
	for {
		open, until := c.look(at)
		if open == want {
			return at
		}
		if _, holiday := c.holidays[dateOf(at)]; holiday {
			seen = at
		}
		at = until
		if at.Sub(seen) > settled*24*time.Hour {
			coming, ok := c.holidayFrom(dateOf(at))
			if !ok {
				return time.Time{}
			}
			at = later(at, coming.Add(-24*time.Hour))
			seen = at
		}
	}
}

// look says whether the queue is open at a time of its zone, and until when that is certain: the next edge of an
// interval, the end of the day or the zone's next change of offset, whichever is first.
func (c *Calendar) look(at time.Time) (open bool, until time.Time) {
	hour, minute, second := at.Clock()
	wall := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(at.Nanosecond())
	edge := 24 * time.Hour
	for _, i := range c.day(at) {
		from, to := time.Duration(i.From)*time.Minute, time.Duration(i.To)*time.Minute
		switch {
		case wall < from:
			edge = min(edge, from)
		case wall < to:
			open, edge = true, min(edge, to)
		}
	}
	until = at.Add(edge - wall)
	if _, end := at.ZoneBounds(); !end.IsZero() && end.Before(until) {
		until = end.In(c.zone)
	}
	return open, until
}

// day is the intervals of a date: the holiday's, else the weekday's.
func (c *Calendar) day(at time.Time) []tenant.Interval {
	if len(c.holidays) > 0 {
		if open, ok := c.holidays[dateOf(at)]; ok {
			return open
		}
	}
	return c.weekly[at.Weekday()]
}

// holidayFrom is the midnight of the first holiday on a date or after it.
func (c *Calendar) holidayFrom(d date) (time.Time, bool) {
	i, _ := slices.BinarySearch(c.dates, d)
	if i == len(c.dates) {
		return time.Time{}, false
	}
	at, err := time.ParseInLocation(time.DateOnly, string(c.dates[i]), c.zone)
	return at, err == nil
}

func dateOf(at time.Time) date { return date(at.Format(time.DateOnly)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
