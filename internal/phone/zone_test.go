package phone_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/phone"
)

func TestQuietHoursAreThoseOfEveryZoneInWhichANumberCanBe(t *testing.T) {
	at := func(clock string) time.Time {
		out, err := time.Parse(time.RFC3339, "2026-03-02T"+clock+"Z")
		require.NoError(t, err)
		return out
	}
	for _, c := range []struct {
		number, clock string // UTC
		quiet         bool
	}{
		{"+14155550142", "15:59:59", true}, // San Francisco: 07:59
		{"+14155550142", "16:00:00", false},
		{"+12125550142", "12:59:59", true}, // New York: 07:59
		{"+12125550142", "13:00:00", false},
		{"+12125550142", "01:59:59", false}, // 20:59
		{"+12125550142", "02:00:00", true},
		{"+442079460958", "08:00:00", false}, // London
		{"+442079460958", "21:00:00", true},
	} {
		require.Equal(t, c.quiet, phone.E164(c.number).Quiet(at(c.clock), time.UTC), "%s at %s", c.number, c.clock)
	}
	require.Len(t, phone.E164("+14155550142").Zones(), 1)
}

func TestANumberThatCanBeAnywhereFollowsTheGivenZone(t *testing.T) {
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	require.True(t, phone.E164("+80012345678").Quiet(now, time.UTC))
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	require.False(t, phone.E164("+80012345678").Quiet(now, tokyo))
}
