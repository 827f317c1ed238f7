package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

// bodies are the words that steer a chat, and some that do not.
var bodies = []string{
	"hello", "1", "2", "9", "broken", "Order status", "BACK", "EXIT", "STOP", "stop texting me", "START", "YES", "HELP",
	"can you cancel my order", "", " ", "Damaged item", "🙏", "ARRET", "UNSTOP", "0", "-1",
}

func drawEvent(t *rapid.T) Event {
	agent := rapid.SampledFrom([]id.User{11, 12}).Draw(t, "agent")
	switch rapid.IntRange(0, 10).Draw(t, "event") {
	case 0, 1, 2, 3:
		return TextIn{Body: rapid.SampledFrom(bodies).Draw(t, "body")}
	case 4:
		return Accept{Agent: agent}
	case 5:
		return AgentText{Agent: agent, Body: "hi", ClientID: "c"}
	case 6:
		return End{Agent: agent}
	case 7:
		return Dismiss{Agent: agent}
	case 8:
		return OptOutConfirmed{By: agent}
	case 9:
		return OptOutDismissed{By: agent}
	default:
		return TimerFired{}
	}
}

// allowed are the moves of the table in spec 1.5.
var allowed = map[Status][]Status{
	None:      {None, Selecting, Queued},
	Selecting: {Selecting, Queued, Canceled, Failed},
	Queued:    {Queued, Selecting, Assigned, Canceled, Failed},
	Assigned:  {Assigned, Dismissed, Finished},
	Dismissed: {Dismissed, Queued, Finished},
	Finished:  {Finished},
	Failed:    {Failed},
	Canceled:  {Canceled},
}

// exempt are the texts that may go to someone who has opted out: answers to the command word itself.
var exempt = map[string]bool{"stop_confirmation": true, "start_confirmation": true, "help": true}

func TestAnyEventsKeepTheLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.pair.Entry = rapid.SampledFrom([]id.Queue{0, 1, 7, 8}).Draw(t, "entry")
		s.pair.Sessionless = rapid.Bool().Draw(t, "sessionless")
		s.pair.Silent = rapid.Bool().Draw(t, "silent")
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 100000).Draw(t, "wait")) * time.Second)
			checkStep(t, s, drawEvent(t))
		}
	})
}

func checkStep(t *rapid.T, s *story, ev Event) {
	if _, isText := ev.(TextIn); isText && s.chat.Status.Final() {
		s.chat = Chat{}
	}
	s.chat.Pair, s.chat.Rules = s.pair, s.rules
	if s.chat.Status == None {
		if _, isText := ev.(TextIn); !isText {
			return // only a text meets a pair without a chat
		}
	}
	was := s.chat
	next, effects, err := Step(was, ev, s.now)
	again, sameEffects, sameErr := Step(was, ev, s.now)
	require.Equal(t, next, again, "the same chat, event and time give the same answer")
	require.Equal(t, effects, sameEffects)
	require.Equal(t, err, sameErr)
	if err != nil {
		require.Equal(t, was, next, "what is refused changes nothing")
		require.Empty(t, effects)
		return
	}
	require.Contains(t, allowed[was.Status], next.Status)
	checkRows(t, was, next, effects)
	if was.Status.Final() {
		require.Empty(t, effects, "nothing follows the end")
	}
	if next.Status.Final() || next.Status == None {
		require.Zero(t, next.DueAt)
	} else if s.rules.Timers(0).Chat > 0 {
		require.NotZero(t, next.DueAt, "an active chat always has a next step")
	}
	require.Equal(t, next.Status.Final(), !next.EndedAt.IsZero())
	require.Equal(t, next.Status.Final(), next.DisconnectedBy != "" && next.FailReason != "")
	require.False(t, next.Status == Assigned && next.Agent == 0)
	require.False(t, next.Status == Queued && (next.Queue == 0 || next.QueuedAt.IsZero()))
	s.chat, s.pair = next, next.Pair
}

// checkRows: the rows are numbered without a gap, the end is the last, and nobody who opted out is written to.
func checkRows(t *rapid.T, was, next Chat, effects []Effect) {
	seq, ended := was.Seq, false
	number := func(n int) {
		if n == 0 {
			return
		}
		seq++
		require.Equal(t, seq, n)
		require.False(t, ended, "the end marker is last")
	}
	optedOut := was.Pair.OptedOut
	for _, e := range effects {
		switch e := e.(type) {
		case Hear:
			number(e.Seq)
			require.True(t, (e.Seq == 0) == (e.Disposition != "") || e.Disposition == wire.Command)
		case Say:
			number(e.Seq)
			require.NotEmpty(t, e.Text)
			require.False(t, optedOut && !exempt[e.Kind], "a %s text to someone who opted out", e.Kind)
		case Speak:
			number(e.Seq)
			require.False(t, optedOut)
		case Write:
			number(e.Seq)
			ended = e.Mark.Kind == "ended"
		case OptOut:
			require.False(t, optedOut, "once")
			optedOut = true
		case OptIn:
			require.True(t, optedOut)
			optedOut = false
		}
	}
	require.Equal(t, next.Seq, seq)
	require.Equal(t, next.Pair.OptedOut, optedOut)
	require.Equal(t, next.Status.Final() && !was.Status.Final(), ended)
}
