package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEveryStatusHasItsOwnRankInTheDeclaredOrder(t *testing.T) {
	for i, s := range Statuses() {
		require.Equal(t, i+1, s.Rank(), s)
	}
	require.Zero(t, Status("nonsense").Rank())
}

func TestReceiptsInAnyOrderAndNumberEndInTheSameStatus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := rapid.SliceOfN(rapid.SampledFrom(Statuses()), 1, 12).Draw(t, "receipts")
		again := rapid.Permutation(append(got, got...)).Draw(t, "shuffled and doubled")
		one, two := Queued, Queued
		for _, s := range got {
			one = Forward(one, s)
		}
		for _, s := range again {
			next := Forward(two, s)
			require.GreaterOrEqual(t, next.Rank(), two.Rank(), "a status went back")
			two = next
		}
		require.Equal(t, one, two)
	})
}

func TestAnUnknownWordNeverMovesAStatus(t *testing.T) {
	require.Equal(t, Queued, Forward(Queued, "teleported"))
}

func TestSentIsNotFinalAndDeliveredIs(t *testing.T) {
	require.False(t, Sent.Final())
	require.False(t, Sending.Final())
	for _, s := range []Status{Expired, Cancelled, Failed, Undelivered, Delivered} {
		require.True(t, s.Final(), s)
	}
}

func TestTwilioWordsMapToOurStatuses(t *testing.T) {
	for word, want := range map[string]Status{
		"accepted": Sent, "scheduled": Sent, "queued": Sent, "sending": Sent, "sent": Sent, "partially_delivered": Sent,
		"delivered": Delivered, "read": Delivered, "undelivered": Undelivered, "failed": Failed, "canceled": Cancelled,
	} {
		got, ok := FromTwilio(word)
		require.True(t, ok, word)
		require.Equal(t, want, got, word)
	}
	for _, word := range []string{"", "received", "receiving", "Delivered", "lost"} {
		_, ok := FromTwilio(word)
		require.False(t, ok, word)
	}
}
