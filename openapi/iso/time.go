// Package iso has the wire form of times in the public API: ISO 8601, UTC, milliseconds (spec 2.1).
package iso

import (
	"encoding/json"
	"fmt"
	"time"
)

// Layout is 2021-10-12T19:28:43.000Z.
const Layout = "2006-01-02T15:04:05.000Z07:00"

// Time is a moment as the public API writes it.
type Time time.Time

// Of is a moment, nil when it is zero.
func Of(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return (*Time)(&t)
}

// MarshalJSON writes UTC with exactly three digits behind the second.
func (t Time) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format(Layout))
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("a time is a string: %w", err)
	}
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("a time is written like 2021-10-12T19:28:43.000Z: %w", err)
	}
	*t = Time(parsed)
	return nil
}
