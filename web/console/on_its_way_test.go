package console_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// dismissed is a chat of Marisol's that Ann has laid aside.
func (h *house) dismissed(t testing.TB) id.Chat {
	t.Helper()
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "1", "Are you still there?")
	require.NoError(t, err)
	require.NoError(t, h.Chats.Dismiss(t.Context(), h.Tenant, of, h.Ann.ID))
	return of
}

func TestADismissedChatIsListedAndResumed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.dismissed(t)
	ann, bob, mia := h.browser(t, h.Ann), h.browser(t, h.Bob), h.browser(t, h.Mia)
	list := gets[[]gen.LaidAside](t, 200, ann.ask("GET", "/chats/dismissed", nil))
	require.Len(t, list, 1)
	require.Equal(t, int64(of), int64(list[0].ChatId))
	require.Equal(t, "Sales", list[0].Queue.Path)
	require.Equal(t, webtest.Marisol, list[0].EndUser.Number)
	require.Equal(t, "Are you still there?", list[0].Preview)
	require.Empty(t, gets[[]gen.LaidAside](t, 200, bob.ask("GET", "/chats/dismissed", nil)))

	resume := fmt.Sprintf("/chats/%d/resume", of)
	refused(t, 404, "not_found", bob.ask("POST", resume, nil))
	require.Equal(t, 204, ann.ask("POST", resume, nil).StatusCode)
	refused(t, 409, "conflict", ann.ask("POST", resume, nil))
	require.Equal(t, "queued Ann", webtest.One[string](t, h.House, "select c.status || ' ' || u.name from chats c join users u on u.id = c.last_agent_id"), "she is asked first")
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from chat_events where kind = 'resumed' and user_id = $1", h.Ann.ID))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from audit_log where action = 'chat.resumed' and subject_id = $1", of))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from due where kind = 'offer' and ref = $1", of))
	require.Empty(t, gets[[]gen.LaidAside](t, 200, ann.ask("GET", "/chats/dismissed", nil)))
	refused(t, 404, "not_found", mia.ask("POST", "/chats/999/resume", nil))
}

func TestASupervisorEndsAChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	end := fmt.Sprintf("/chats/%d/end", of)
	refused(t, 403, "forbidden", h.browser(t, h.Ann).ask("POST", end, nil))
	mia := h.browser(t, h.Mia)
	require.Equal(t, 204, mia.ask("POST", end, nil).StatusCode)
	refused(t, 409, "chat_ended", mia.ask("POST", end, nil))
	refused(t, 404, "not_found", mia.ask("POST", "/chats/999/end", nil))
	require.Equal(t, "finished disconnected_by_agent nothing", webtest.One[string](t, h.House, "select status || ' ' || disconnected_by || ' ' || fail_reason from chats"))
	require.Equal(t, "Mia", webtest.One[string](t, h.House, "select u.name from chat_events v join users u on u.id = v.user_id where v.kind = 'ended'"))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from audit_log where action = 'chat.ended'"))

	h.Text(t, webtest.Theo, webtest.Sales, "hello")
	require.Equal(t, 204, mia.ask("POST", fmt.Sprintf("/chats/%d/end", h.Newest(t)), nil).StatusCode)
	require.Equal(t, "canceled", webtest.One[string](t, h.House, "select status from chats order by id desc limit 1"))
}

func TestWhereAChatCanGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	path := fmt.Sprintf("/chats/%d/transfer-targets", of)
	ann := h.browser(t, h.Ann)
	targets := gets[gen.TransferTargets](t, 200, ann.ask("GET", path, nil))
	require.EqualValues(t, 10, targets.Left)
	var names []string
	for _, q := range targets.Queues {
		names = append(names, q.Path)
	}
	require.Equal(t, []string{"Support › Returns", "Support › Orders", "Sales"}, names)
	require.Len(t, targets.Agents, 1)
	require.Equal(t, "Bob is not available", *targets.Agents[0].Why, "he has no desk open")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.AddSocket(ctx, tx, tenant.Socket{Tenant: h.Tenant, User: h.Bob.ID, ID: uuid.New(), Node: 1})
	})
	targets = gets[gen.TransferTargets](t, 200, ann.ask("GET", path, nil))
	require.True(t, targets.Agents[0].Takes)
	require.Nil(t, targets.Agents[0].Why)
	require.EqualValues(t, 0, targets.Agents[0].Held)
	require.Positive(t, targets.Agents[0].Limit)
	returns, sales := targets.Queues[0], targets.Queues[2]
	require.True(t, returns.Open)
	require.Nil(t, returns.ChangesAt, "open round the clock")
	require.EqualValues(t, 2, returns.Free+targets.Queues[1].Free+sales.Free, "Bob, in the two queues that he serves")
	require.EqualValues(t, 0, sales.Waiting)
	refused(t, 404, "not_found", h.browser(t, h.Bob).ask("GET", path, nil))
}

func TestWhatAnAgentMayTextFirstFrom(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	options := gets[gen.OutboundOptions](t, 200, h.browser(t, h.Ann).ask("GET", "/outbound/options", nil))
	require.True(t, options.Enabled)
	require.Equal(t, gen.OutboundOptionsQuietHours("off"), options.QuietHours)
	require.Len(t, options.From, 2)
	require.Equal(t, "Support › Returns", options.From[0].Queue.Path)
	require.Equal(t, webtest.Support, options.From[0].Numbers[0].Number)
	require.Equal(t, "A line", options.From[0].Numbers[0].Label)
	require.Positive(t, options.From[0].Numbers[0].SegmentsPerSecond)
	require.Nil(t, options.To)
	require.Empty(t, gets[gen.OutboundOptions](t, 200, h.browser(t, h.Mia).ask("GET", "/outbound/options", nil)).From)
}

func TestWhomAnAgentIsAboutToTextFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann := h.browser(t, h.Ann)
	about := func(number string) gen.Recipient {
		return *gets[gen.OutboundOptions](t, 200, ann.ask("GET", "/outbound/options?to="+url.QueryEscape(number), nil)).To
	}
	unknown := about("+1 (415) 555-0177")
	require.Equal(t, "+14155550177", unknown.Number)
	require.False(t, unknown.OptedOut)
	require.Nil(t, unknown.Name)
	require.Equal(t, "America/Los_Angeles", *unknown.TimeZone)

	h.Text(t, webtest.Marisol, webtest.Sales, "STOP")
	require.True(t, about(webtest.Marisol).OptedOut)
	refused(t, 400, "invalid_request", ann.ask("GET", "/outbound/options?to=12", nil))
}

func TestHowManyWaitInTheQueuesOneServes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann := h.browser(t, h.Ann)
	waiting := func(who *browser) (out []string) {
		for _, q := range gets[[]gen.MyQueue](t, 200, who.ask("GET", "/me/queues", nil)) {
			out = append(out, fmt.Sprint(q.Queue.Path, " ", q.Waiting))
		}
		return out
	}
	require.Equal(t, []string{"Support › Returns 0", "Sales 0"}, waiting(ann), "in menu order, and not Orders, which she does not serve")
	h.Assigned(t, webtest.Theo, h.Bob)
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	require.Equal(t, []string{"Support › Returns 0", "Sales 1"}, waiting(ann), "what somebody has does not wait")
	require.Empty(t, waiting(h.browser(t, h.Mia)), "a manager who serves none")
	h.Text(t, webtest.Marisol, webtest.Sales, "STOP")
	require.Equal(t, []string{"Support › Returns 0", "Sales 0"}, waiting(ann))
}
