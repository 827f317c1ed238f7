package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// run lets time pass in a virtual clock: each due time is met by a timer that fires to the second, and by one a second
// before that must do nothing. What came of it is told with the time that the clock of the story's zone shows.
func (s *story) run(t *testing.T, until time.Time) string {
	t.Helper()
	var b strings.Builder
	zone := s.now.Location()
	for fired := 0; !s.chat.DueAt.IsZero() && !s.chat.DueAt.After(until); fired++ {
		require.Less(t, fired, 1000, "the timers never come to rest")
		due := s.chat.DueAt
		require.False(t, due.Before(s.now), "a timer is due in the past")
		if early := due.Add(-time.Second); early.After(s.now) {
			s.now = early
			before := s.chat
			said := s.step(TimerFired{})
			require.Equal(t, before.Seq, s.chat.Seq, "a second early: %s", said)
			require.Equal(t, before.Status, s.chat.Status)
			require.Equal(t, due.UTC(), s.chat.DueAt.UTC())
		}
		s.now = due.In(zone)
		fmt.Fprintf(&b, "%s\n%s", s.now.Format("Mon 15:04:05 MST"), s.step(TimerFired{}))
	}
	s.now = until.In(zone)
	if b.Len() == 0 {
		return s.step(TimerFired{})
	}
	return b.String()
}
