package chat

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func lines(steps []WhyStep) (out []string) {
	for _, s := range steps {
		out = append(out, s.Step+": "+s.Text)
	}
	return out
}

// ours is a text of ours, as it is stored.
func ours(with func(*WhyTextRow)) WhyTextRow {
	expires := nine.Add(2 * time.Hour)
	m := WhyTextRow{
		ID: 1, Direction: "out", Sender: "api", Kind: "api", Bulk: true, OurAddress: "+14155550100", Status: "queued",
		CreatedAt: nine, NotBefore: &nine, ExpiresAt: &expires,
	}
	with(&m)
	return m
}

func TestWhyATextWaits(t *testing.T) {
	t.Parallel()
	number := carrier.Number{ID: 1, Address: "+14155550100", SegmentsPerSecond: 1}
	tr := trail{number: number, texts: []WhyTextRow{ours(func(*WhyTextRow) {})}}
	steps := tr.whyText()
	require.Equal(t, "waiting: It still waits for its turn.", lines(steps)[3])
	require.Equal(t, "bulk", steps[2].Facts["priority"])
	require.Contains(t, lines(steps), "lane: It waited for the lane of +14155550100, to be sent within 2 h.")

	tr.paused = []WhyLaneRow{{PausedUntil: nine.Add(5 * time.Minute), Reason: "The carrier account is suspended."}}
	require.Equal(t, "paused: The number stands still until 09:05:00 UTC: The carrier account is suspended.", lines(tr.whyText())[3])

	again := nine.Add(time.Minute)
	tr = trail{number: number, texts: []WhyTextRow{ours(func(m *WhyTextRow) {
		m.Attempts, m.NotBefore, m.ErrorCode, m.ErrorText = 2, &again, "30003", "The phone is off or out of reach."
	})}}
	require.Equal(t, []string{
		"waiting: It waits until 09:01:00 UTC. The phone is off or out of reach.",
		"handed_over: It was handed to the carrier 2 times, the last time now.",
	}, lines(tr.whyText())[3:])
}

// Of the ledger, the last line before the moment decides, and one about another number does not.
func TestTheConsentThatHeldAtATime(t *testing.T) {
	t.Parallel()
	line := func(minute int, action carrier.Action, scope int64) WhyLedgerRow {
		return WhyLedgerRow{Action: string(action), ScopeID: scope, Source: "keyword", At: nine.Add(time.Duration(minute) * time.Minute)}
	}
	w := &why{trail: trail{number: carrier.Number{ID: 1}, ledger: []WhyLedgerRow{
		line(1, carrier.OptOut, 0), line(2, carrier.FlagDismissed, 0), line(3, carrier.OptIn, 0), line(4, carrier.OptOut, 2), line(5, carrier.OptOut, 1),
	}}}
	for minute, want := range []string{"", "opt_out", "opt_out", "opt_in", "opt_in", "opt_out"} {
		l, ok := w.standing(nine.Add(time.Duration(minute) * time.Minute))
		require.Equal(t, want != "", ok, minute)
		require.Equal(t, want, l.Action, minute)
	}
}

func TestWhyAChatEnded(t *testing.T) {
	t.Parallel()
	timers := tenant.Timers{Selecting: 24 * time.Hour, UnansweredInHours: time.Hour, UnansweredAfterHours: 2 * time.Hour, Outbound: 3 * time.Hour, Chat: 8 * time.Hour}
	ann := UserRef{ID: 7, Name: "Ann"}
	for _, c := range []struct {
		by      Disconnected
		reason  FailReason
		started StartedBy
		want    string
		minutes any
	}{
		{EndedByAgent, Nothing, ByEndUser, "Ann ended the chat.", nil},
		{EndedByEndUser, Nothing, ByEndUser, "The customer ended the chat.", nil},
		{EndedByEndUser, EndUserOptOut, ByEndUser, "The chat ended because the customer opted out.", nil},
		{EndedBySystem, ExpiredSelection, ByEndUser, "The chat ended because nothing was chosen from the menu in time.", 1440.0},
		{EndedBySystem, Expired, ByEndUser, "The chat ended because no agent answered in time.", 60.0},
		{EndedBySystem, "after_hours", ByEndUser, "The chat ended because it waited too long outside the hours of operation.", 120.0},
		{EndedBySystem, NoResponse, ByAPI, "The chat ended because nothing happened in it for too long.", 180.0},
		{EndedBySystem, NoResponse, ByEndUser, "The chat ended because the customer was silent for too long.", 480.0},
		{EndedBySystem, GroupDeletedNoSub, ByEndUser, "The chat ended because its queue was deleted without a substitute.", nil},
		{EndedBySystem, "unknown", ByEndUser, "The system ended the chat.", nil},
	} {
		tr := trail{timers: timers, chat: View{ID: 1, StartedBy: c.started}}
		tr.marks = []Row{{Seq: 1, At: nine, Event: &EventView{Kind: "ended", By: string(c.by), Reason: string(c.reason), User: ann}}}
		steps := tr.whyChat()
		require.Len(t, steps, 1)
		require.Equal(t, c.want, steps[0].Text)
		require.Equal(t, c.minutes, steps[0].Facts["timer_minutes_now"], c.want)
	}
}

// A mark that this page does not know is said as it stands, so that a new kind is never left out.
func TestAnUnknownMarkIsSaidAsItStands(t *testing.T) {
	t.Parallel()
	tr := trail{chat: View{ID: 1}, marks: []Row{{Seq: 1, At: nine, Event: &EventView{
		Kind: "whisper_began", User: UserRef{ID: id.User(7), Name: "Mia"}, Queue: QueueRef{ID: 3, Name: "Returns", Path: "Support › Returns"},
	}}}}
	require.Equal(t, []string{"whisper_began: whisper began, Mia, Support › Returns."}, lines(tr.whyChat()))
}

// Every sentence that is said is in the catalogue, in both languages with the same places.
func TestTheCatalogueOfReasonsIsWhole(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, whyWords)
	places := func(text string) []string {
		found := whyPlace.FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	for code, texts := range whyWords {
		require.NotEmpty(t, texts[0], code)
		require.NotEmpty(t, texts[1], code)
		require.Equal(t, places(texts[0]), places(texts[1]), code)
	}
	source, err := os.ReadFile("why.go")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?:say\(|either\([^,]+, )"([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1) {
		require.Contains(t, whyWords, m[1])
	}
}
