package phone

import (
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Zones are the time zones in which the number can be; none when nothing is known (toll-free numbers, say).
func (e E164) Zones() (out []*time.Location) {
	n, err := phonenumbers.Parse(string(e), "")
	if err != nil {
		return nil
	}
	names, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if zone, err := time.LoadLocation(name); err == nil && name != phonenumbers.UNKNOWN_TIMEZONE {
			out = append(out, zone)
		}
	}
	return out
}

// The hours in which people may be texted unasked (reference A5: 08:00 to 21:00 where the recipient is).
const (
	dayBegins = 8
	dayEnds   = 21
)

// Quiet says whether it may be night where the number is: in any zone in which it can be, or in the given one when none is
// known.
func (e E164) Quiet(now time.Time, unknown *time.Location) bool {
	zones := e.Zones()
	if len(zones) == 0 {
		zones = []*time.Location{unknown}
	}
	for _, zone := range zones {
		if h := now.In(zone).Hour(); h < dayBegins || h >= dayEnds {
			return true
		}
	}
	return false
}
