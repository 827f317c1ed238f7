package carrier

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAVerdictFollowsTheRetryTable(t *testing.T) {
	expires := noon.Add(10 * time.Minute)
	judged := func(class wire.Class, code string, attempt int) verdict {
		return judge(wire.Accepted{}, &wire.SendError{Class: class, Code: code, Message: "said"}, attempt, noon, expires, 0.5)
	}
	for _, c := range []struct {
		name string
		got  verdict
		want verdict
	}{
		{"accepted", judge(wire.Accepted{ProviderID: "SM1", Status: wire.Sent}, nil, 1, noon, expires, 0), verdict{status: wire.Sent, providerID: "SM1"}},
		{"accepted without a status", judge(wire.Accepted{ProviderID: "SM1"}, nil, 1, noon, expires, 0), verdict{status: wire.Sent, providerID: "SM1"}},
		{"delivered at once", judge(wire.Accepted{ProviderID: "SM1", Status: wire.Delivered}, nil, 1, noon, expires, 0), verdict{status: wire.Delivered, providerID: "SM1"}},
		{"throttled", judged(wire.Throttled, "20429", 2), verdict{status: wire.Queued, class: wire.Throttled, code: "20429", sentence: "said", notBefore: noon.Add(time.Second), hold: time.Second}},
		{"not connected", judged(wire.Network, "", 1), verdict{status: wire.Queued, class: wire.Network, sentence: "said", notBefore: noon.Add(time.Second)}},
		{"out of reach", judged(wire.Unreachable, "30003", 1), verdict{status: wire.Queued, class: wire.Unreachable, code: "30003", sentence: "said", notBefore: noon.Add(5 * time.Minute)}},
		{"out of reach past its life", judged(wire.Unreachable, "30003", 2), verdict{status: wire.Queued, class: wire.Unreachable, code: "30003", sentence: "said", notBefore: expires}},
		{"out of reach for good", judged(wire.Unreachable, "30003", 3), verdict{status: wire.Failed, class: wire.Unreachable, code: "30003", sentence: "said", retryable: true}},
		{"ambiguous", judged(wire.Ambiguous, "", 1), verdict{status: wire.Sending, class: wire.Ambiguous, code: "ambiguous", sentence: "said"}},
		{"landline", judged(wire.BadRecipient, "30006", 1), verdict{status: wire.Failed, class: wire.BadRecipient, code: "30006", sentence: "said"}},
		{"credentials", judged(wire.Config, "20003", 1), verdict{status: wire.Queued, class: wire.Config, code: "20003", sentence: "said", notBefore: noon, hold: 5 * time.Minute, pause: true}},
		{"region", judged(wire.Config, "21408", 1), verdict{status: wire.Failed, class: wire.Config, code: "21408", sentence: "said"}},
	} {
		require.Equal(t, c.want, c.got, c.name)
	}
	unknown := judge(wire.Accepted{}, errors.New("odd"), 1, noon, expires, 0)
	require.Equal(t, wire.Sending, unknown.status, "without evidence a text counts as handed over")
}

func TestALaneClaimsWhatItCanSendInAQuarterOfASecond(t *testing.T) {
	for _, c := range []struct {
		name                 string
		limit, free, carrier float64
		waiting, paced       int
		want                 int
		wait                 time.Duration
	}{
		{"no limit to speak of", 100_000, 10_000, 12_800, 0, 0, 200, 0},
		{"plenty claimed already", 100_000, 10_000, 12_800, 400, 0, 0, 7813 * time.Microsecond},
		{"a hundred a second, rested", 100, 10, 12_800, 0, 0, 25, 0},
		{"a hundred a second, busy", 100, 0, 12_800, 10, 0, 15, 0},
		{"a hundred a second, all claimed", 100, 0, 12_800, 25, 0, 0, 125 * time.Millisecond},
		{"a hundred a second, a few with their turn", 100, -12, 12_800, 0, 12, 13, 0},
		{"a hundred a second, enough with their turn", 100, -20, 12_800, 0, 20, 0, 75 * time.Millisecond},
		{"a hundred a second, the last one being called", 100, -20, 12_800, 0, 0, 5, 0},
		{"one a second, rested", 1, 1, 12_800, 0, 0, 1, 0},
		{"one a second, just sent", 1, 0, 12_800, 0, 0, 0, 750 * time.Millisecond},
		{"one a second, paying for a long text", 1, -5, 12_800, 0, 0, 0, 5750 * time.Millisecond},
		{"a slow carrier", 100_000, 10_000, 64, 0, 0, 16, 0},
	} {
		got, wait := budget(c.limit, c.free, c.carrier, c.waiting, c.paced, 200)
		require.Equal(t, c.want, got, c.name)
		require.InDelta(t, c.wait, wait, float64(2*time.Millisecond), c.name)
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Float64Range(0.01, 100_000).Draw(t, "limit")
		free := rapid.Float64Range(-100, 1).Draw(t, "share") * max(limit/10, 1)
		carrier := rapid.Float64Range(0.1, 100_000).Draw(t, "carrier")
		waiting := rapid.IntRange(0, 600).Draw(t, "waiting")
		claim, wait := budget(limit, free, carrier, waiting, rapid.IntRange(0, 64).Draw(t, "paced"), 200)
		require.True(t, claim > 0 || wait > 0, "it never stands still without a time to look again")
		require.LessOrEqual(t, claim, 200)
		if claim > 1 {
			require.LessOrEqual(t, float64(claim+waiting), free+limit/4+1e-6)
		}
	})
}

func TestAPacerLetsThroughTheLimitAndATenthOfASecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Float64Range(0.5, 500).Draw(t, "limit")
		p := newPacer(limit)
		now, paid := noon, 0
		for range rapid.IntRange(1, 200).Draw(t, "texts") {
			segments := rapid.IntRange(1, 10).Draw(t, "segments")
			now = now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "pause")) * time.Millisecond)
			wait, ok := p.take(now, segments, time.Hour)
			require.True(t, ok)
			now = now.Add(wait)
			require.LessOrEqual(t, float64(paid), max(limit/10, 1)+limit*now.Sub(noon).Seconds()+1e-3, "what went before this text was paid for")
			paid += segments
		}
		if _, free := p.rate(now); free < 0 {
			_, ok := p.take(now, 1, time.Nanosecond)
			require.False(t, ok, "a text that can't start in time takes nothing")
			_, still := p.rate(now)
			require.InDelta(t, free, still, 1e-6)
		}
	})
}

func TestAPacerSlowsDownAndRecovers(t *testing.T) {
	p := newPacer(100)
	p.slower()
	p.slower()
	rate, _ := p.rate(noon)
	require.InDelta(t, 25, rate, 0.001)
	p.set(200)
	rate, _ = p.rate(noon)
	require.InDelta(t, 50, rate, 0.001)
	for range 20 {
		p.faster()
	}
	rate, _ = p.rate(noon)
	require.InDelta(t, 200, rate, 0.001)
	for range 50 {
		p.slower()
	}
	rate, _ = p.rate(noon)
	require.InDelta(t, 10, rate, 0.001)
}

func TestEachTextOnTheCarriersBooksExplainsOneStuckText(t *testing.T) {
	stuck := func(n int, body string, parked bool) StuckTextsRow {
		return StuckTextsRow{ID: id.Message(n), Body: body, ClaimedAt: noon, Parked: parked}
	}
	found := func(sid, body string, after time.Duration) wire.Found {
		return wire.Found{ProviderID: sid, Body: body, Status: wire.Sent, CreatedAt: noon.Add(after)}
	}
	texts := []StuckTextsRow{stuck(1, "yes", false), stuck(2, "yes ", false), stuck(3, "yes", false), stuck(4, "no", false), stuck(5, "gone", true), stuck(6, "late", true)}
	books := []wire.Found{found("SM3", "other", 0), found("SM2", "yes", 2*time.Second), found("SM1", "yes", time.Second), found("SM4", "late", time.Minute)}
	var got []string
	for _, r := range match(texts, books, noon, time.Minute) {
		got = append(got, fmt.Sprint(r.id, " ", r.status, " ", r.providerID, r.code))
	}
	require.Equal(t, []string{"1 sent SM1", "2 sent SM2", "3 queued ", "4 queued ", "5 failed not_sent", "6 failed not_sent"}, got)

	failed := match(texts[:1], []wire.Found{{ProviderID: "SM9", Body: "yes", Status: wire.Undelivered, ErrorCode: "30005"}}, noon, time.Minute)[0]
	require.Equal(t, verdict{status: wire.Undelivered, providerID: "SM9", class: wire.BadRecipient, code: "30005", sentence: "This number is unknown or no longer in service."}, failed.verdict)
}

func TestMatchingNeverGivesOneProviderIDToTwoTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bodies := rapid.SampledFrom([]string{"a", "b", "c"})
		var texts []StuckTextsRow
		var books []wire.Found
		for i := range rapid.IntRange(0, 8).Draw(t, "texts") {
			texts = append(texts, StuckTextsRow{ID: id.Message(i), Body: bodies.Draw(t, "body"), ClaimedAt: noon, Parked: rapid.Bool().Draw(t, "parked")})
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "books") {
			books = append(books, wire.Found{ProviderID: fmt.Sprint("SM", i), Body: bodies.Draw(t, "found"), Status: wire.Sent, CreatedAt: noon})
		}
		have, want := map[string]int{}, map[string]int{}
		for _, f := range books {
			have[f.Body]++
		}
		for _, x := range texts {
			want[x.Body]++
		}
		seen, sent := map[string]bool{}, 0
		for _, r := range match(texts, books, noon, time.Minute) {
			if r.providerID != "" {
				require.False(t, seen[r.providerID])
				seen[r.providerID] = true
				sent++
			}
		}
		expect := 0
		for body, n := range want {
			expect += min(n, have[body])
		}
		require.Equal(t, expect, sent, "every text that the books can explain is explained")
	})
}
