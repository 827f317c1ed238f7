package wire

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScheduleFollowsTheRetryTable(t *testing.T) {
	const mid = 0.5 // no shift for spread delays, half of the cap for full jitter
	for _, c := range []struct {
		class   Class
		attempt int
		delay   time.Duration
		giveUp  bool
	}{
		{Throttled, 1, 500 * time.Millisecond, false},
		{Throttled, 2, time.Second, false},
		{Throttled, 3, 2 * time.Second, false},
		{Throttled, 6, 16 * time.Second, false},
		{Throttled, 7, 30 * time.Second, false},
		{Throttled, 1000, 30 * time.Second, false},
		{Network, 1, time.Second, false},
		{Network, 2, 5 * time.Second, false},
		{Network, 3, 15 * time.Second, false},
		{Network, 4, time.Minute, false},
		{Network, 99, time.Minute, false},
		{Unreachable, 1, 5 * time.Minute, false},
		{Unreachable, 2, 15 * time.Minute, false},
		{Unreachable, 3, 0, true},
		{Ambiguous, 1, 0, true},
		{BadRecipient, 1, 0, true},
		{OptedOut, 1, 0, true},
		{Filtered, 1, 0, true},
		{Content, 1, 0, true},
		{Security, 1, 0, true},
		{Config, 1, 5 * time.Minute, true},
		{"unheard of", 1, 0, true},
	} {
		delay, giveUp := Schedule(c.class, c.attempt, mid)
		require.Equal(t, c.giveUp, giveUp, "%s %d", c.class, c.attempt)
		require.InDelta(t, c.delay, delay, float64(time.Millisecond), "%s %d", c.class, c.attempt)
	}
}

func TestJitterStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		class := rapid.SampledFrom(Classes()).Draw(t, "class")
		attempt := rapid.IntRange(-5, 10_000).Draw(t, "attempt")
		delay, _ := Schedule(class, attempt, rapid.Float64().Draw(t, "jitter"))
		require.GreaterOrEqual(t, delay, time.Duration(0))
		switch class {
		case Throttled:
			require.GreaterOrEqual(t, delay, 50*time.Millisecond)
			require.LessOrEqual(t, delay, time.Minute)
		case Network:
			require.LessOrEqual(t, delay, 72*time.Second)
		case Unreachable:
			require.LessOrEqual(t, delay, 18*time.Minute)
		}
	})
}

func TestOnlyThrottleNetworkAndUnreachableAreTriedAgain(t *testing.T) {
	for _, c := range Classes() {
		want := slices.Contains([]Class{Throttled, Network, Unreachable}, c)
		require.Equal(t, want, (&SendError{Class: c}).Retryable(), c)
	}
}

func TestTheCarriersRetryAfterBeatsAShorterDelay(t *testing.T) {
	e := &SendError{Class: Throttled, RetryAfter: 20 * time.Second}
	delay, giveUp := e.Delay(1, 0.9)
	require.Equal(t, 20*time.Second, delay)
	require.False(t, giveUp)
}

func TestAnErrorWithoutEvidenceIsAmbiguous(t *testing.T) {
	require.Nil(t, AsSendError(nil))
	require.Equal(t, Ambiguous, AsSendError(errors.New("odd")).Class)
	own := Refusal("21610", Content, nil)
	require.Same(t, own, AsSendError(fmt.Errorf("send message 7: %w", own)))
}

func TestEveryCodeHasAClassAndASentence(t *testing.T) {
	for _, code := range Codes() {
		m, ok := Explain(code)
		require.True(t, ok)
		require.Contains(t, Classes(), m.Class, code)
		require.Regexp(t, `^[A-Z].*\.$`, m.Sentence, code)
	}
	for code, class := range map[string]Class{
		"20429": Throttled, "21611": Throttled, "30022": Throttled, "30003": Unreachable, "30008": Unreachable, "30017": Unreachable,
		"21211": BadRecipient, "21614": BadRecipient, "30005": BadRecipient, "30006": BadRecipient, "21610": OptedOut,
		"30004": Filtered, "30007": Filtered, "20003": Config, "30034": Config, "21606": Config, "21617": Content,
		"21602": Content, "30450": Security, "30410": Ambiguous,
	} {
		m, _ := Explain(code)
		require.Equal(t, class, m.Class, code)
	}
}

func TestAnUnknownCodeTakesTheFallback(t *testing.T) {
	_, ok := Explain("99999")
	require.False(t, ok)
	e := Refusal("99999", Content, errors.New("why"))
	require.Equal(t, Content, e.Class)
	require.Equal(t, Sentence(Content), e.Message)
	require.Equal(t, "content 99999: why", e.Error())
}

func TestEveryClassHasASentence(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Classes() {
		require.False(t, seen[Sentence(c)], c)
		seen[Sentence(c)] = true
	}
	require.NotEmpty(t, Sentence("other"))
}
