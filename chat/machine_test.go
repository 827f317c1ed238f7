package chat

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// bodies are the words that steer a chat, and some that do not.
var bodies = []string{
	"hello", "1", "2", "9", "broken", "Order status", "BACK", "EXIT", "STOP", "stop texting me", "START", "YES", "HELP",
	"can you cancel my order", "", " ", "Damaged item", "🙏", "ARRET", "UNSTOP", "0", "-1",
}

func drawEvent(t *rapid.T) Event {
	agent := rapid.SampledFrom([]id.User{11, 12}).Draw(t, "agent")
	switch rapid.IntRange(0, 17).Draw(t, "event") {
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
	case 10:
		return QueueGone{}
	case 11, 16:
		return Transfer{
			By: agent, Queue: rapid.SampledFrom([]id.Queue{0, 0, 3, 6, 7, 2, 99}).Draw(t, "to queue"),
			Agent:  rapid.SampledFrom([]id.User{0, 11, 12, 13}).Draw(t, "to agent"),
			Target: Target{Name: "Bob", Exists: true, Serves: true, Available: true, Free: rapid.IntRange(0, 2).Draw(t, "free")},
		}
	case 12:
		return TransferRefused{Agent: agent, Why: rapid.SampledFrom([]string{WhyDeclined, WhyGone}).Draw(t, "why")}
	case 13:
		return rapid.SampledFrom([]Event{TakeOver{By: 21}, TakeOver{By: agent}, EndBy{By: 21}, Finish{}, Resume{}}).Draw(t, "supervisor")
	case 14:
		return ResumeCall{By: agent, Supervisor: rapid.Bool().Draw(t, "supervisor")}
	case 15:
		return rapid.SampledFrom([]Event{
			FirstText{Agent: agent, Queue: 7, Body: "hi", ClientID: "c"},
			Outbound{By: ByAPI, Body: "hi"},
			Outbound{By: ByAPI, Agent: agent, Body: "hi"},
			Whisper{By: 21, Text: "psst"},
			Join{By: 21},
			Leave{By: 21},
			MediaSettled{Reason: "too_big"},
			MediaSettled{},
		}).Draw(t, "beside")
	default:
		return TimerFired{}
	}
}

// allowed are the moves of the table in spec 1.5.
var allowed = map[Status][]Status{
	None:      {None, Selecting, Queued, Assigned},
	Selecting: {Selecting, Queued, Canceled, Failed},
	Queued:    {Queued, Selecting, Assigned, Canceled, Failed},
	Assigned:  {Assigned, Queued, Dismissed, Finished},
	Dismissed: {Dismissed, Queued, Finished},
	Finished:  {Finished},
	Failed:    {Failed},
	Canceled:  {Canceled},
}

// exempt are the texts that may go to someone who has opted out: answers to the command word itself.
var exempt = map[string]bool{"stop_confirmation": true, "start_confirmation": true, "help": true}

func TestAnyEventsKeepTheLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t)
		s.pair.Entry = rapid.SampledFrom([]id.Queue{0, 1, 7, 8}).Draw(t, "entry")
		s.pair.Sessionless = rapid.Bool().Draw(t, "sessionless")
		s.pair.Silent = rapid.Bool().Draw(t, "silent")
		drawSettings(t, s)
		if rapid.Bool().Draw(t, "a program begins") {
			s.chat = Chat{ID: 1, Status: Selecting, StartedBy: ByAPI, Lang: "en", CreatedAt: s.now}
		}
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			if rapid.IntRange(0, 19).Draw(t, "settings change") == 0 {
				drawSettings(t, s)
			}
			if rapid.IntRange(0, 19).Draw(t, "stop to another number") == 0 {
				s.pair.OptedOut = true
			}
			if rapid.IntRange(0, 19).Draw(t, "a queue is deleted") == 0 {
				drawDeletion(t, s)
			}
			moveClock(t, s)
			checkStep(t, s, drawEvent(t))
		}
	})
}

// drawDeletion deletes a queue with what stands below it; a number that led there leads nowhere.
func drawDeletion(t *rapid.T, s *story) {
	q := rapid.SampledFrom([]id.Queue{2, 3, 5, 6, 7, 8, 9}).Draw(t, "deleted")
	to := rapid.SampledFrom([]id.Queue{0, 4, 6, 7, 10}).Draw(t, "substitute")
	s.nodes = slices.Clone(s.nodes)
	for i := range s.nodes {
		if n := &s.nodes[i]; !n.Gone && (n.ID == q || n.Parent == q) {
			n.Gone, n.Substitute = true, to
			if n.ID == s.pair.Entry {
				s.pair.Entry = 0
			}
		}
	}
	drawSettings(t, s)
}

// weeks are hours of operation: none, a working week, two times of a night, never.
var weeks = []string{
	``, `{"weekly":{"mon":[{"from":"09:00","to":"17:00"}],"wed":[{"from":"00:00","to":"24:00"}],"thu":[{"from":"00:00","to":"12:00"}]},"holidays":[{"date":"2026-03-09"}]}`,
	`{"weekly":{"sun":[{"from":"01:00","to":"02:30"}],"sat":[{"from":"02:00","to":"03:00"},{"from":"23:00","to":"24:00"}]}}`, `{"weekly":{}}`,
}

func drawSettings(t *rapid.T, s *story) {
	var rows []tenant.Stored
	add := func(queue id.Queue, key, value string) {
		rows = append(rows, tenant.Stored{Queue: queue, Key: key, Value: []byte(value)})
	}
	for _, queue := range []id.Queue{0, 3, 7} {
		if week := rapid.SampledFrom(weeks).Draw(t, "hours"); week != "" {
			add(queue, "hours", week)
			add(queue, "time_zone", rapid.SampledFrom([]string{`"UTC"`, `"America/New_York"`, `"Australia/Lord_Howe"`}).Draw(t, "zone"))
		}
		for _, timer := range []tenant.DurationKey{
			tenant.SelectingTimeout, tenant.UnansweredInHours, tenant.UnansweredAfterHours, tenant.OutboundTimeout, tenant.ChatTimeout, tenant.Dismissal,
		} {
			if rapid.Bool().Draw(t, string(timer)) {
				add(queue, string(timer), strconv.Itoa(rapid.SampledFrom([]int{0, 1, 60, 1440, 10080}).Draw(t, "minutes")))
			}
		}
		add(queue, "dismissal_automatic", strconv.FormatBool(rapid.Bool().Draw(t, "automatic")))
	}
	add(0, "opt_in", rapid.SampledFrom([]string{`"notice"`, `"confirm"`}).Draw(t, "opt in"))
	s.set(t, rows...)
	s.rules.Wait = func(q id.Queue) (time.Duration, bool) { return time.Minute, q != 7 }
}

// must, equal and same are what require has, at a fraction of its price: they are asked millions of times.
func must(t *rapid.T, ok bool, what string, args ...any) {
	if !ok {
		require.Fail(t, fmt.Sprintf(what, args...))
	}
}

func equal[T comparable](t *rapid.T, want, got T, what ...any) {
	if want != got {
		require.Equal(t, want, got, what...)
	}
}

func same(t *rapid.T, want, got any, what string) {
	if !reflect.DeepEqual(want, got) {
		require.Equal(t, want, got, what)
	}
}

// moveClock lets time pass, up to the chat's timer or past it, or moves the clock back by an hour as people do.
func moveClock(t *rapid.T, s *story) {
	switch rapid.IntRange(0, 5).Draw(t, "clock") {
	case 0:
		if due := s.chat.DueAt; due.After(s.now) {
			s.now = due
		}
	case 1:
		s.now = s.now.Add(-time.Hour)
		s.wentBack = true
	default:
		s.now = s.now.Add(time.Duration(rapid.IntRange(0, 100000).Draw(t, "wait")) * time.Second)
	}
}

func checkStep(t *rapid.T, s *story, ev Event) {
	s.gone = rapid.Bool().Draw(t, "agent gone")
	stepped(t, s, ev)
}

// stepped does a step and holds it against the law. It reports whether there was one.
func stepped(t *rapid.T, s *story, ev Event) bool {
	if begins(ev) && s.chat.Status.Final() {
		s.chat = Chat{}
	}
	s.chat.Pair, s.chat.Rules, s.chat.AgentGone = s.pair, s.rules, s.gone
	if s.chat.Status == None && !begins(ev) {
		return false // only a text meets a pair without a chat
	}
	was := s.chat
	next, effects, err := Step(was, ev, s.now)
	again, sameEffects, sameErr := Step(was, ev, s.now)
	same(t, next, again, "the same chat, event and time give the same answer")
	same(t, effects, sameEffects, "and the same effects")
	same(t, err, sameErr, "and the same refusal")
	if err != nil {
		same(t, was, next, "what is refused changes nothing")
		must(t, len(effects) == 0, "a refusal has no effects")
		return true
	}
	must(t, slices.Contains(allowed[was.Status], next.Status), "the statuses follow each other")
	checkRows(t, was, next, effects)
	if was.Status.Final() {
		must(t, len(effects) == 0, "nothing follows the end")
	}
	if next.Status.Final() || next.Status == None {
		must(t, next.DueAt.IsZero(), "what is over has no timer")
	} else if every := s.rules.Timers(next.timerQueue()); min(every.Selecting, every.UnansweredInHours, every.UnansweredAfterHours, every.Outbound, every.Chat) > 0 {
		must(t, !next.DueAt.IsZero(), "an active chat always has a next step")
	}
	checkTimers(t, s, was, next, ev, effects)
	equal(t, next.Status.Final(), !next.EndedAt.IsZero())
	equal(t, next.Status.Final(), next.DisconnectedBy != "" && next.FailReason != "")
	equal(t, next.Status == Assigned, next.Agent != 0 && !next.Status.Final(), "an agent has the chat, or nobody")
	checkHandover(t, was, next, effects)
	must(t, !(next.Status == Queued && (next.Queue == 0 || next.QueuedAt.IsZero())), "a chat that waits has a queue and a time")
	s.chat, s.pair = next, next.Pair
	return true
}

// checkTimers: time does what is due, once, and nothing before.
func checkTimers(t *rapid.T, s *story, was, next Chat, ev Event, effects []Effect) {
	if _, fired := ev.(TimerFired); fired {
		if s.now.Before(was.DueAt) && was.Rules == s.chat.Rules && was.next(s.now).at.After(s.now) {
			must(t, len(effects) == 0, "nothing is due")
		}
		// Of two timers that are due at once one is done now; the other stays due and is done next.
		must(t, next.DueAt.IsZero() || next.DueAt.After(s.now) || len(effects) > 0, "what is due has been done")
		must(t, !(was.Pair.OptedOut && next.Status.Active()), "the chat of someone on the list is over")
	}
	if was.Status == None {
		s.told = 0
	}
	for _, e := range effects {
		if said, ok := e.(Say); ok && said.Kind == "after_hours" {
			s.told++
			must(t, !s.rules.Open(next.timerQueue(), s.now), "only a closed queue says so")
		}
	}
	must(t, s.told <= 1, "the after-hour text comes once a chat")
	must(t, !(next.Status != Assigned && !next.OwedSince.IsZero()), "only an agent owes an answer")
	if _, spoke := ev.(AgentText); spoke {
		must(t, next.OwedSince.IsZero(), "who spoke owes nothing")
	}
	if next.Status == Dismissed && was.Status == Assigned {
		equal(t, ByEndUser, next.StartedBy)
		_, byHand := ev.(Dismiss)
		must(t, byHand || s.rules.Settings(was.Queue).On(tenant.DismissalAutomatic), "by hand, or by the setting")
	}
	if !was.Status.Final() && (next.FailReason == AfterHours || next.FailReason == Expired) {
		equal(t, Failed, next.Status)
		must(t, !(next.FailReason == AfterHours && s.rules.Calendar(was.timerQueue()) == nil), "without hours nothing is after them")
	}
	for kind, at := range next.Pair.Replies {
		if n := len(at); n > 1 && !s.wentBack && (kind == "after_hours" || kind == "returning") {
			must(t, at[n-1]-at[n-2] >= (10*time.Minute).Milliseconds(), "%s within ten minutes", kind)
		}
	}
}

// checkHandover: a chat is held out while somebody has it, to one other, with a lease; and every transfer that begins is
// settled, once.
func checkHandover(t *rapid.T, was, next Chat, effects []Effect) {
	under, freed := 0, map[id.User]bool{}
	if was.Handover.To != 0 {
		under = 1
	}
	for _, e := range effects {
		switch e := e.(type) {
		case TransferBegan:
			under++
		case TransferOver:
			under--
		case Release:
			freed[e.Agent] = true
		}
		must(t, under == 0 || under == 1, "one transfer at a time")
	}
	equal(t, next.Handover.To != 0, under == 1)
	equal(t, next.Handover.To != 0, !next.Handover.Until.IsZero())
	if next.Handover.To != 0 {
		equal(t, Assigned, next.Status)
		must(t, next.Agent != next.Handover.To, "to another than who has it")
		if !next.Pair.OptedOut { // else the chat is over at the next sweep
			equal(t, next.Handover.Until, next.DueAt, "the lease is the next step")
		}
	}
	must(t, next.Transfers <= 10, "the most there may be")
	equal(t, was.Status == Assigned && (next.Status != Assigned || next.Agent != was.Agent), freed[was.Agent], "a slot is told free when it is")
}

// checkRows: the rows are numbered without a gap, the end is the last, and nobody who opted out is written to.
func checkRows(t *rapid.T, was, next Chat, effects []Effect) {
	seq, ended := was.Seq, false
	number := func(n int) {
		if n == 0 {
			return
		}
		seq++
		equal(t, seq, n)
		must(t, !ended, "the end marker is last")
	}
	optedOut := was.Pair.OptedOut
	for _, e := range effects {
		switch e := e.(type) {
		case Hear:
			number(e.Seq)
			must(t, (e.Seq == 0) == (e.Disposition != "") || e.Disposition == wire.Command, "a text has a row, or a reason why not")
		case Say:
			number(e.Seq)
			must(t, e.Text != "", "no text is empty")
			must(t, !(optedOut && !exempt[e.Kind]), "a %s text to someone who opted out", e.Kind)
		case Speak:
			number(e.Seq)
			must(t, !optedOut, "nobody speaks to someone who opted out")
		case Write:
			number(e.Seq)
			ended = e.Mark.Kind == "ended"
		case OptOut:
			must(t, !optedOut, "once")
			optedOut = true
		case OptIn:
			must(t, optedOut || was.agreeing(), "who agrees had not before")
			optedOut = false
		}
	}
	equal(t, next.Seq, seq)
	equal(t, next.Pair.OptedOut, optedOut)
	equal(t, next.Status.Final() && !was.Status.Final(), ended)
}
