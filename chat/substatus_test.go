package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One row a text of reference/ccai-platform-facts.md, 5.2.
func TestEverySubStatusHasItsText(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC) }
	var never time.Time
	ended := func(by Disconnected, why FailReason, consumer, agent time.Time) View {
		return View{Status: Finished, DisconnectedBy: by, FailReason: why, AssignedAt: at(5), LastConsumerAt: consumer, LastAgentAt: agent}
	}
	for _, c := range []struct {
		want string
		v    View
	}{
		{"Selecting", View{Status: Selecting}},
		{"Queued", View{Status: Queued, LastConsumerAt: at(1)}},
		{"Assigned", View{Status: Assigned, AssignedAt: at(5), LastConsumerAt: at(1)}},
		{"Assigned", View{Status: Assigned, StartedBy: ByAgent, AssignedAt: at(5), LastAgentAt: at(5)}},
		{"Ongoing", View{Status: Assigned, AssignedAt: at(5), LastConsumerAt: at(1), LastAgentAt: at(6)}},
		{"Dismissed - inactive end user", View{Status: Dismissed, LastConsumerAt: at(1), LastAgentAt: at(6)}},
		{"Finished", ended(EndedBySystem, GroupDeletedNoSub, at(1), at(6))},
		{"Finished: Disconnected By Agent", ended(EndedByAgent, Nothing, at(1), at(6))},
		{"Finished: Disconnected By Agent", ended(EndedByAgent, Nothing, at(6), never)},
		{"Finished: Disconnected By End User", ended(EndedByEndUser, EndUserOptOut, at(7), at(6))},
		{"Finished: No Messages", ended(EndedBySystem, GroupDeletedNoSub, at(1), never)},
		{"Finished: No Messages Disconnected By Agent", ended(EndedByAgent, Nothing, at(1), never)},
		{"Finished: No Messages Disconnected By End User", ended(EndedByEndUser, Nothing, at(5), never)},
		{"Timeout: Timeout By Agent With No Messages", ended(EndedBySystem, NoResponse, at(1), never)},
		{"Timeout: Timeout By End User With No Messages", ended(EndedBySystem, NoResponse, never, never)},
		{"Timeout: agent stopped responding", ended(EndedBySystem, NoResponse, at(7), at(6))},
		{"Timeout: end user stopped responding", ended(EndedBySystem, NoResponse, at(1), at(6))},
		{"Timeout: Timeout By End User With No Messages", View{Status: Failed, DisconnectedBy: EndedBySystem, FailReason: NoResponse}},
		{"Expired", View{Status: Failed, DisconnectedBy: EndedBySystem, FailReason: Expired}},
		{"Expired", View{Status: Failed, DisconnectedBy: EndedBySystem, FailReason: AfterHours}},
		{"Expired", View{Status: Failed, DisconnectedBy: EndedBySystem, FailReason: ExpiredSelection}},
		{"Failed", View{Status: Failed, DisconnectedBy: EndedBySystem, FailReason: GroupDeletedNoSub}},
		{"Abandoned", View{Status: Canceled, DisconnectedBy: EndedByEndUser, FailReason: Nothing}},
		{"Canceled", View{Status: Canceled, DisconnectedBy: EndedByAgent, FailReason: Nothing}},
		{"", View{Status: Switching}},
	} {
		require.Equal(t, c.want, c.v.SubStatus(), "%+v", c.v)
	}
}
