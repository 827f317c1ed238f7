package tenant

import (
	"fmt"
	"time"

	"sidetone/internal/errs"
)

// Hours are the hours of operation of a tenant or a queue (spec 1.4), read in the zone of the setting time_zone. This
// package only keeps them well formed; queues computes with them.
type Hours struct {
	// Weekly has the intervals of each day, in order and without overlap; a day that is missing is closed.
	Weekly map[Weekday][]Interval `json:"weekly"`
	// Holidays are closed whole, or open in other intervals.
	Holidays []Holiday `json:"holidays,omitempty"`
}

// Weekday is sun, mon, tue, wed, thu, fri or sat.
type Weekday string

// Weekdays are in the order of time.Weekday: Weekdays[time.Sunday] is sun.
var Weekdays = [7]Weekday{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Interval is open from From until before To, in minutes of the day; 24:00 is the end of it.
type Interval struct {
	From Clock `json:"from"`
	To   Clock `json:"to"`
}

// Holiday is a date with hours of its own.
type Holiday struct {
	Date string     `json:"date"` // 2026-12-25
	Name string     `json:"name,omitempty"`
	Open []Interval `json:"open,omitempty"`
}

// Clock is a time of day in minutes, written 09:30.
type Clock int

// MarshalText writes 09:30.
func (c Clock) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d", int(c)/60, int(c)%60), nil
}

// UnmarshalText reads 00:00 to 24:00.
func (c *Clock) UnmarshalText(b []byte) error {
	if string(b) == "24:00" {
		*c = 24 * 60
		return nil
	}
	t, err := time.Parse("15:04", string(b))
	if err != nil || len(b) != 5 {
		return fmt.Errorf("a time of day is written like 09:30")
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// AlwaysOpen says that no hours were set.
func (h *Hours) AlwaysOpen() bool { return h == nil }

func (h *Hours) check(key string) error {
	for d, open := range h.Weekly {
		if !knownDay(d) {
			return errs.Field(key, "%q is no day; the days are sun to sat", d)
		}
		if err := checkIntervals(key, d.says(), open); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, day := range h.Holidays {
		if _, err := time.Parse(time.DateOnly, day.Date); err != nil {
			return errs.Field(key, "%q is no date; write 2026-12-25", day.Date)
		}
		if seen[day.Date] {
			return errs.Field(key, "the holiday %s stands twice", day.Date)
		}
		seen[day.Date] = true
		if err := checkIntervals(key, errs.Say("%s", day.Date), day.Open); err != nil {
			return err
		}
	}
	return nil
}

// says is the day in a sentence.
func (d Weekday) says() *errs.Text {
	switch d {
	case "mon":
		return errs.Say("mon")
	case "tue":
		return errs.Say("tue")
	case "wed":
		return errs.Say("wed")
	case "thu":
		return errs.Say("thu")
	case "fri":
		return errs.Say("fri")
	case "sat":
		return errs.Say("sat")
	}
	return errs.Say("sun")
}

func knownDay(d Weekday) bool {
	for _, w := range Weekdays {
		if w == d {
			return true
		}
	}
	return false
}

func checkIntervals(key string, of *errs.Text, open []Interval) error {
	end := Clock(-1)
	for _, i := range open {
		if i.From >= i.To {
			return errs.Field(key, "an interval of %s ends before it begins", of)
		}
		if i.From <= end {
			return errs.Field(key, "the intervals of %s overlap or are not in order", of)
		}
		end = i.To
	}
	return nil
}
