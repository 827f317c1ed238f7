package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheMeanAgentIsOfThoseWhoAnswered(t *testing.T) {
	t.Parallel()
	ann := sums{Figures: Figures{Chats: 3, Handled: 2, Messages: 9, Missed: 1}, handling: 10 * time.Minute, response: time.Minute, replied: 3}
	bob := sums{Figures: Figures{Chats: 1, Handled: 1, Messages: 2}, handling: 2 * time.Minute}
	away := sums{Figures: Figures{Missed: 7}}
	require.Equal(t, Figures{Chats: 3, Handled: 2, Messages: 9, Missed: 1, Handling: 5 * time.Minute, FirstResponse: 20 * time.Second}, ann.figures())
	require.Equal(t, Figures{Chats: 1, Handled: 1, Messages: 2, Handling: 2 * time.Minute}, bob.figures())
	avg, agents := average([]sums{ann, bob, away})
	require.Equal(t, 2, agents)
	require.Equal(t, Figures{Chats: 2, Handled: 2, Messages: 6, Missed: 1, Handling: 4 * time.Minute, FirstResponse: 20 * time.Second}, avg)
	avg, agents = average([]sums{away})
	require.Zero(t, agents)
	require.Equal(t, Figures{}, avg)
	avg, _ = average([]sums{ann})
	require.Equal(t, ann.figures(), avg, "the mean of one is that one")
}

func TestADayIsTheZonesDay(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	begins, ends := Day(time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC), paris)
	require.Equal(t, "2026-10-25T00:00:00+02:00", begins.Format(time.RFC3339), "half past one of the next day in Paris")
	require.Equal(t, 25*time.Hour, ends.Sub(begins), "the clock goes back")
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		begins, ends := Day(at, paris)
		require.False(t, at.Before(begins))
		require.True(t, at.Before(ends))
		next, _ := Day(ends, paris)
		require.True(t, next.Equal(ends), "no moment lies between two days")
	})
}
