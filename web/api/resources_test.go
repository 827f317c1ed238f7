package api_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/edge/webtest"
)

// dismissed is a chat that its agent has laid aside.
func (h *house) dismissed(t testing.TB, from string) id.Chat {
	t.Helper()
	of := h.Assigned(t, from, h.Ann)
	_, err := h.Chats.Send(context.Background(), h.Tenant, of, h.Ann.ID, "c1", "Hello?")
	require.NoError(t, err)
	require.NoError(t, h.Chats.Dismiss(context.Background(), h.Tenant, of, h.Ann.ID))
	return of
}

func TestAProgramEndsAChatOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS, tenant.ScopeReadChats)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	path := fmt.Sprintf("/chats/%d/finish", of)
	keyed := p.with("Idempotency-Key", "k1")
	ended := chatOf(t, keyed.ask("POST", path, nil))
	require.Equal(t, gen.ChatStatus("finished"), ended.Status)
	require.Equal(t, "disconnected_by_system", string(ended.DisconnectedBy))
	read := chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", of), nil))
	require.Equal(t, read, ended, "the answer is what reading says")
	again := keyed.ask("POST", path, nil)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, ended, chatOf(t, again))
	a := p.ask("POST", path, nil)
	require.Equal(t, 400, a.StatusCode)
	require.Equal(t, "Chat is already ended", a.message())
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from audit_log where action = 'chat.ended' and token_id is not null"))

	h.Text(t, webtest.Theo, webtest.Sales, "Hi")
	waiting := chatOf(t, p.ask("POST", fmt.Sprintf("/chats/%d/finish", newest(t, h)), nil))
	require.Equal(t, gen.ChatStatus("canceled"), waiting.Status)
	for _, o := range waiting.OfferEvents {
		require.NotEqual(t, "open", string(o.State))
	}
	require.Equal(t, 404, p.ask("POST", "/chats/99999/finish", nil).StatusCode)
}

func TestAProgramResumesADismissedChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS, tenant.ScopeReadChats)
	of := h.dismissed(t, webtest.Marisol)
	path := fmt.Sprintf("/chats/%d/resume", of)
	c := chatOf(t, p.ask("PATCH", path, nil))
	require.Equal(t, gen.ChatStatus("queued"), c.Status)
	require.EqualValues(t, of, c.Id)
	a := p.ask("PATCH", path, nil)
	require.Equal(t, 400, a.StatusCode)
	require.Equal(t, "This chat is not in dismissed state", a.message())

	of = h.dismissed(t, webtest.Theo)
	h.Set(t, "hours", map[string]any{"weekly": map[string]any{}, "holidays": []any{map[string]any{
		"date": time.Now().AddDate(1, 0, 0).Format(time.DateOnly), "open": []any{map[string]any{"from": "09:00", "to": "10:00"}},
	}}})
	for range 2 {
		a = p.ask("PATCH", fmt.Sprintf("/chats/%d/resume", of), nil)
		require.Equal(t, 400, a.StatusCode)
		require.Contains(t, a.message(), "closed")
	}
	require.Equal(t, "dismissed", string(chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", of), nil)).Status))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from messages where kind = 'after_hours'"))
	require.Equal(t, a.message(), webtest.One[string](t, h.House, "select body from messages where kind = 'after_hours'"))
}

func TestTextsAndTranscriptsAreRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(context.Background(), h.Tenant, of, h.Ann.ID, "c1", "Hello,\nhow are you?")
	require.NoError(t, err)
	path := fmt.Sprintf("/chats/%d/", of)
	a := p.ask("GET", path+"messages?per=2", nil)
	texts := readAs[[]gen.Message](t, a)
	require.Len(t, texts, 2)
	require.Equal(t, "3", a.Header.Get("X-Total"))
	require.Equal(t, "end_user", string(texts[0].Sender))
	rest := readAs[[]gen.Message](t, p.ask("GET", fmt.Sprintf("%smessages?after=%d", path, texts[1].Seq), nil))
	require.Len(t, rest, 1)
	require.EqualValues(t, h.Ann.ID, rest[0].Agent.Id)
	require.Equal(t, "Hello,\nhow are you?", rest[0].Text)

	whole := readAs[gen.Transcript](t, p.ask("GET", path+"transcript", nil))
	for i, e := range whole.Entries {
		require.EqualValues(t, i+1, e.Seq)
		require.Equal(t, e.Type == "message", e.Message != nil)
		require.Equal(t, e.Type == "event", e.Event != nil)
	}
	require.Equal(t, 6, len(whole.Entries))
	for _, asked := range []answer{
		p.ask("GET", path+"transcript?format=text", nil), p.with("Accept", "text/plain").ask("GET", path+"transcript", nil),
		p.with("Accept", "text/plain;q=0.9, application/json").ask("GET", path+"transcript?format=text", nil),
	} {
		require.Contains(t, asked.Header.Get("Content-Type"), "text/plain")
		require.Contains(t, string(asked.body), " UTC  Customer: Hi, a mug from my order arrived chipped\n")
		require.Contains(t, string(asked.body), " UTC  Ann: Hello,\n                         how are you?\n")
		require.Contains(t, string(asked.body), "* assigned, Ann, Sales\n")
	}
	require.Contains(t, p.with("Accept", "text/plain").ask("GET", path+"transcript?format=json", nil).Header.Get("Content-Type"), "json")
	require.Equal(t, 400, p.ask("GET", path+"transcript?format=pdf", nil).StatusCode)
	for _, what := range []string{"messages", "transcript", "messages?after="} {
		require.Equal(t, 404, p.ask("GET", "/chats/99999/"+what, nil).StatusCode)
	}
	require.Equal(t, 400, p.ask("GET", path+"messages?after=x", nil).StatusCode)
}

func TestWhoIsOnTheListIsTextedNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS, tenant.ScopeAdmin)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(context.Background(), h.Tenant, of, h.Ann.ID, "c1", "Hello?")
	require.NoError(t, err)
	body := map[string]any{"end_user_number": "+1 (415) 555-0142"}
	entry := readAs[gen.DoNotContact](t, p.with("Idempotency-Key", "k").ask("POST", "/do_not_contact", body))
	require.Equal(t, webtest.Marisol, entry.EndUserNumber)
	require.Equal(t, "api", entry.Source)
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from messages where status = 'queued'"))
	require.Equal(t, "finished/end_user_opt_out", webtest.One[string](t, h.House, "select status || '/' || fail_reason from chats"))
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from messages where kind = 'stop_confirmation'"))
	require.Equal(t, "end_user_number has opted out", p.ask("POST", "/sms", sms()).message())

	require.Equal(t, entry, readAs[gen.DoNotContact](t, p.ask("POST", "/do_not_contact", body)), "twice is once")
	require.Equal(t, "true", p.with("Idempotency-Key", "k").ask("POST", "/do_not_contact", body).Header.Get("Idempotent-Replayed"))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from consent_ledger where source = 'api'"))
	h.Text(t, webtest.Theo, webtest.Sales, "STOP")
	list := readAs[[]gen.DoNotContact](t, p.ask("GET", "/do_not_contact", nil))
	require.Len(t, list, 2)
	require.Equal(t, "keyword", list[1].Source)
	a := p.ask("GET", "/do_not_contact?per=1&after=", nil)
	require.Equal(t, list[:1], readAs[[]gen.DoNotContact](t, a))
	require.Equal(t, list[1:], readAs[[]gen.DoNotContact](t, p.ask("GET", links(a)["next"], nil)))
	require.Equal(t, list[1:], readAs[[]gen.DoNotContact](t, p.ask("GET", "/do_not_contact?page=2&per=1", nil)))
	require.Equal(t, list[1:], readAs[[]gen.DoNotContact](t, p.ask("GET", "/do_not_contact?end_user_number=+14155550143", nil)))
	for _, wrong := range []string{"after=zz!", "end_user_number=12", "end_user_number="} {
		require.Equal(t, 400, p.ask("GET", "/do_not_contact?"+wrong, nil).StatusCode, wrong)
	}

	require.Equal(t, 204, p.ask("DELETE", "/do_not_contact?end_user_number=%2B14155550142", nil).StatusCode)
	require.Equal(t, 404, p.ask("DELETE", "/do_not_contact?end_user_number=%2B14155550142", nil).StatusCode)
	require.Equal(t, 400, p.ask("DELETE", "/do_not_contact", nil).StatusCode)
	require.Equal(t, 200, p.ask("POST", "/sms", sms()).StatusCode)
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*) from audit_log where action like 'do_not_contact.%' and token_id is not null and subject not like '%5550142'"))
	require.Equal(t, "end_user_number is invalid", p.ask("POST", "/do_not_contact", map[string]any{"end_user_number": "12"}).message())
}

func TestQueuesTellHowTheyStand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats)
	menus := readAs[[]gen.Menu](t, p.ask("GET", "/menus", nil))
	require.Len(t, menus, 4)
	byName := map[string]gen.Menu{}
	for _, m := range menus {
		byName[m.Name] = m
	}
	require.Equal(t, "Support/Returns", byName["Returns"].MenuPath.Name)
	require.Len(t, byName["Returns"].AgentAssignments, 2)
	require.Equal(t, "Ann", byName["Returns"].AgentAssignments[0].Assignee.Name)
	require.Equal(t, byName["Sales"], readAs[gen.Menu](t, p.ask("GET", fmt.Sprintf("/menus/%d", byName["Sales"].Id), nil)))
	require.Equal(t, 404, p.ask("GET", "/menus/99999", nil).StatusCode)
	require.Len(t, readAs[[]gen.Menu](t, p.ask("GET", "/menus?per=3&page=2", nil)), 1)
	require.Empty(t, readAs[[]gen.Menu](t, p.ask("GET", "/menus?menu_type=ivr_menu", nil)))
	require.Equal(t, 400, p.ask("GET", "/menus?lang=english", nil).StatusCode)
	a := p.ask("GET", "/menus?per=3&after=", nil)
	require.Len(t, readAs[[]gen.Menu](t, p.ask("GET", links(a)["next"], nil)), 1)
	tree := readAs[[]gen.MenuNode](t, p.ask("GET", "/menus/tree", nil))
	require.Len(t, tree, 2)
	require.Len(t, tree[0].Children, 2)

	require.Empty(t, readAs[[]gen.CurrentStatus](t, p.ask("GET", "/menus/current_status", nil)))
	h.many(t, 20) // one waits since then; those ended at once, so the mean is nothing
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.AddSocket(ctx, tx, tenant.Socket{Tenant: h.Tenant, User: h.Ann.ID, ID: uuid.New(), Node: 1})
	})
	now := readAs[[]gen.CurrentStatus](t, p.ask("GET", "/menus/current_status", nil))
	require.Len(t, now, 1)
	require.EqualValues(t, 1, now[0].Waiting)
	require.EqualValues(t, 1, now[0].LoggedInAgents)
	require.EqualValues(t, 1, now[0].AvailableAgents)
	require.EqualValues(t, 0, *now[0].CurrentQueueEwt)
	waits := readAs[[]gen.WaitTime](t, p.ask("GET", "/wait_times", nil))
	require.Len(t, waits, 3)
	require.Len(t, readAs[[]gen.WaitTime](t, p.ask("GET", "/wait_times?wait[from]=0&wait[to]=10", nil)), 1)
	require.Empty(t, readAs[[]gen.WaitTime](t, p.ask("GET", "/wait_times?wait[from]=1", nil)))
	require.Len(t, readAs[[]gen.WaitTime](t, p.ask("GET", fmt.Sprintf("/wait_times?menu_id=%d", h.Queue), nil)), 1)
	require.Equal(t, 400, p.ask("GET", "/wait_times?wait[from]=-1", nil).StatusCode)
	require.Equal(t, 400, p.ask("GET", "/wait_times?wait[from]=3&wait[to]=2", nil).StatusCode)

	status := readAs[gen.QueuesStatus](t, p.ask("GET", fmt.Sprintf("/queues/status?menu_id[]=%d", h.Queue), nil))
	require.Len(t, status.Queues, 1)
	require.True(t, status.Queues[0].Hours.Open)
	require.Nil(t, status.Queues[0].Hours.ClosesAt)
	require.Len(t, readAs[gen.QueuesStatus](t, p.ask("GET", "/queues/status", nil)).Queues, 3)
}

func TestAgentsAreListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReports)
	h.Assigned(t, webtest.Marisol, h.Ann)
	a := p.ask("GET", "/agents", nil)
	agents := readAs[[]gen.Agent](t, a)
	require.Len(t, agents, 2, "a manager is no agent")
	require.Equal(t, "2", a.Header.Get("X-Total"))
	require.Equal(t, "Ann", agents[0].Name)
	require.EqualValues(t, 1, agents[0].ActiveChats)
	require.Len(t, agents[0].MenuIds, 2)
	require.Equal(t, agents[0], readAs[gen.Agent](t, p.ask("GET", fmt.Sprintf("/agents/%d", h.Ann.ID), nil)))
	require.Equal(t, 404, p.ask("GET", fmt.Sprintf("/agents/%d", h.Mia.ID), nil).StatusCode)
	require.Empty(t, readAs[[]gen.Agent](t, p.ask("GET", "/agents?status=break", nil)))
	require.Equal(t, 400, p.ask("GET", "/agents?status=asleep", nil).StatusCode)
	first := p.ask("GET", "/agents?per=1&after=", nil)
	require.Equal(t, agents[1:], readAs[[]gen.Agent](t, p.ask("GET", links(first)["next"], nil)))
	require.Equal(t, 400, p.ask("GET", "/agents?after=x", nil).StatusCode)
}
