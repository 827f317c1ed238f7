package chat

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/id"
)

// Half a million steps in each run, the other half of the million being package queues' (assign_property_test.go). A step
// is drawn in one number, which makes it cheap; TestAnyEventsKeepTheLaw draws it in parts, which shrinks better.
const (
	manyCases = 100 // rapid's own number
	manySteps = 5000
)

func TestHalfAMillionEventsKeepTheLaw(t *testing.T) {
	t.Parallel()
	var cases, steps atomic.Int64
	var seen sync.Map // moves from one status to another
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.pair.Entry = rapid.SampledFrom([]id.Queue{0, 1, 1, 7, 8, 8}).Draw(t, "entry")
		s.pair.Sessionless = rapid.IntRange(0, 7).Draw(t, "sessionless") == 7
		s.pair.Silent = rapid.Bool().Draw(t, "silent")
		for i, drawn := range rapid.SliceOfN(rapid.Uint64(), manySteps, manySteps).Draw(t, "events") {
			if i%500 == 0 {
				drawSettings(t, s)
			}
			n := spread(drawn, i)
			wait, n := time.Duration(n%20_000)*time.Second, n/20_000
			switch way, rest := n%16, n/16; {
			case way < 4 && s.chat.DueAt.After(s.now):
				s.now, n = s.chat.DueAt, rest // to the second
			case way == 4:
				s.now, s.wentBack, n = s.now.Add(-time.Hour), true, rest
			default:
				s.now, n = s.now.Add(wait), rest
			}
			s.gone = n%8 == 0
			ev := eventOf(n / 8)
			if s.chat.Status == None && !begins(ev) { // nothing else begins a chat
				ev = TextIn{Body: bodies[n/8%len(bodies)]}
			}
			was := s.chat.Status
			if stepped(t, s, ev) {
				steps.Add(1)
				seen.LoadOrStore(move{was, s.chat.Status}, nil)
			}
		}
		cases.Add(1)
	})
	t.Logf("%d steps in %d cases", steps.Load(), cases.Load())
	if cases.Load() >= manyCases {
		require.GreaterOrEqual(t, steps.Load(), int64(manyCases*manySteps))
		for from, all := range allowed {
			for _, to := range all {
				_, ok := seen.Load(move{from, to})
				require.True(t, ok || from.Final(), "nothing went from %q to %q", from, to)
			}
		}
	}
}

type move struct{ from, to Status }

// spread makes all numbers equally likely: rapid prefers small ones, which would be the same few events again and again.
func spread(drawn uint64, i int) int {
	z := drawn + uint64(i+1)*0x9e3779b97f4a7c15 // splitmix64
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) >> 2)
}

// eventOf is an event by its number. Every kind there is can come in every state.
func eventOf(n int) Event {
	agent, what, n := id.User(11+n%2), n/2%40, n/80
	other := id.User(11 + n%3)
	switch what {
	case 0, 1, 2, 3, 4:
		return Accept{Agent: agent}
	case 5, 6, 7, 8:
		return AgentText{Agent: agent, Body: "hi", ClientID: "c"}
	case 9:
		return End{Agent: agent}
	case 10, 11:
		return Dismiss{Agent: agent}
	case 12:
		return OptOutConfirmed{By: agent}
	case 13:
		return OptOutDismissed{By: agent}
	case 14, 15:
		return Transfer{By: agent, Queue: []id.Queue{3, 6, 7, 9, 2, 99}[n%6], Supervisor: n/6%4 == 0}
	case 16, 17:
		return Transfer{
			By: agent, Agent: other, Supervisor: n/3%4 == 0,
			Target: Target{Name: "Bob", Exists: n%16 > 0, Serves: n%15 > 0, Available: n%14 > 0, Free: n % 3},
		}
	case 18:
		return TransferRefused{Agent: other, Why: []string{WhyDeclined, WhyGone}[n%2]}
	case 19:
		return []Event{TakeOver{By: 21}, TakeOver{By: agent}, EndBy{By: 21}, Finish{}}[n%4]
	case 20:
		return []Event{Resume{}, ResumeCall{By: agent}, ResumeCall{By: 21, Supervisor: true}}[n%3]
	case 21:
		return []Event{Whisper{By: 21, Text: "psst"}, Join{By: 21}, Leave{By: 21}, Whisper{By: 21}}[n%4]
	case 22:
		return []Event{MediaSettled{Reason: "too_big"}, MediaSettled{}, QueueGone{}}[n%3]
	case 23:
		return FirstText{Agent: agent, Queue: 7, Body: "hi", ClientID: "c"}
	case 24:
		return []Event{Outbound{By: ByAPI, Body: "hi"}, Outbound{By: ByAPI, Agent: agent, Body: "hi"}}[n%2]
	case 25, 26, 27, 28, 29:
		return TimerFired{}
	default:
		return TextIn{Body: bodies[n%len(bodies)]}
	}
}
