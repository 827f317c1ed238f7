package chat

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidetone/internal/id"
)

// Half a million steps in each run, the other half of the million being package queues' (assign_property_test.go). A step
// is drawn in one number, which makes it cheap; TestAnyEventsKeepTheLaw draws it in parts, which shrinks better.
func TestHalfAMillionEventsKeepTheLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.pair.Entry = rapid.SampledFrom([]id.Queue{0, 1, 7, 8}).Draw(t, "entry")
		s.pair.Sessionless = rapid.Bool().Draw(t, "sessionless")
		s.pair.Silent = rapid.Bool().Draw(t, "silent")
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 1<<40), 5000, 5000).Draw(t, "events") {
			s.now = s.now.Add(time.Duration(n%20_000) * time.Second)
			checkStep(t, s, eventOf(n/20_000))
		}
	})
}

func eventOf(n int) Event {
	agent, what, n := id.User(11+n%2), n/2%16, n/32
	switch what {
	case 7, 8, 9:
		return Accept{Agent: agent}
	case 10:
		return AgentText{Agent: agent, Body: "hi", ClientID: "c"}
	case 11:
		return End{Agent: agent}
	case 12:
		return Dismiss{Agent: agent}
	case 13:
		return OptOutConfirmed{By: agent}
	case 14:
		return OptOutDismissed{By: agent}
	case 15:
		return TimerFired{}
	default:
		return TextIn{Body: bodies[n%len(bodies)]}
	}
}
