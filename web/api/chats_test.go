package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/edge/webtest"
)

func readAs[T any](t testing.TB, a answer) (out T) {
	t.Helper()
	require.Equal(t, 200, a.StatusCode, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &out))
	return out
}

func ids(t testing.TB, a answer) (out []int64) {
	t.Helper()
	for _, c := range readAs[[]gen.Chat](t, a) {
		out = append(out, c.Id)
	}
	return out
}

// links are those of an answer's Link header, by relation.
func links(a answer) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(a.Header.Get("Link"), ", ") {
		at, rel, _ := strings.Cut(part, ">; rel=")
		out[strings.Trim(rel, `"`)] = strings.TrimPrefix(strings.TrimPrefix(at, "<"), "/apps/api/v1")
	}
	return out
}

func TestAChatTellsItsWholeStory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats, tenant.ScopeSMS)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(context.Background(), h.Tenant, of, h.Ann.ID, "c1", "Hello!")
	require.NoError(t, err)
	c := chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", of), nil))
	require.Equal(t, gen.ChatStatus("assigned"), c.Status)
	require.Equal(t, "Sales", c.SelectedMenu.Name)
	require.Equal(t, "Sales", c.MenuPath.Name)
	require.Equal(t, fmt.Sprint(h.Queue), c.MenuPath.MaterializedPath)
	require.EqualValues(t, h.Ann.ID, c.AgentInfo.Id)
	require.Len(t, c.Participants, 2)
	require.Equal(t, "connected", string(c.Participants[1].Status))
	require.NotEmpty(t, c.OfferEvents)
	require.Nil(t, c.FailReason)

	require.NoError(t, h.Chats.End(context.Background(), h.Tenant, of, h.Ann.ID))
	c = chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", of), nil))
	require.Equal(t, gen.ChatStatus("finished"), c.Status)
	require.Equal(t, "disconnected_by_agent", string(c.DisconnectedBy))
	require.EqualValues(t, "nothing", *c.FailReason)
	for _, who := range c.Participants {
		require.Equal(t, "finished", string(who.Status))
		require.NotNil(t, who.EndedAt)
		require.NotNil(t, who.ChatDuration)
	}
	require.Equal(t, 404, p.ask("GET", "/chats/999999", nil).StatusCode)
	require.Equal(t, 400, p.ask("GET", "/chats/0", nil).StatusCode)
	require.Equal(t, 400, p.ask("GET", "/chats/x", nil).StatusCode)
}

func TestAChatTellsItsTransfers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	orders := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Orders'")
	require.NoError(t, h.Chats.Transfer(context.Background(), h.Tenant, of, h.Ann.ID, chat.To{Queue: orders}, "A note"))
	c := chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", of), nil))
	require.Equal(t, gen.ChatStatus("queued"), c.Status)
	require.Len(t, c.Transfers, 1)
	require.Equal(t, "ended", string(c.Transfers[0].Status))
	require.Equal(t, "Sales", c.Transfers[0].FromMenu.Name)
	require.Equal(t, "Support/Orders", c.Transfers[0].ToMenu.Name)
	require.EqualValues(t, h.Ann.ID, c.Transfers[0].FromAgent.Id)
	require.Nil(t, c.Transfers[0].ToAgent)
	require.Equal(t, "Support/Orders", c.MenuPath.Name)
	require.Equal(t, "finished", string(c.Participants[1].Status))
}

// What a call to /sms answers is what reading the chat answers, in a new chat and in one that goes on.
func TestSendingAnswersWhatReadingAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS, tenant.ScopeReadChats)
	same := func(sent gen.Chat) {
		t.Helper()
		read := chatOf(t, p.ask("GET", fmt.Sprintf("/chats/%d", sent.Id), nil))
		read.UpdatedAt, sent.UpdatedAt = nil, nil
		read.ChatDuration, sent.ChatDuration = 0, 0
		require.Equal(t, read, sent)
	}
	same(chatOf(t, p.ask("POST", "/sms", sms("end_user_number", webtest.Theo))))
	same(chatOf(t, p.ask("POST", "/sms", sms("end_user_number", "+14155550171", "agent_id", int64(h.Bob.ID)))))
	h.Assigned(t, webtest.Marisol, h.Ann)
	same(chatOf(t, p.ask("POST", "/sms", sms("agent_id", int64(h.Ann.ID)))))
}

// many makes chats that ended long ago, one a minute.
func (h *house) many(t testing.TB, n int) {
	t.Helper()
	h.Text(t, webtest.Theo, webtest.Sales, "Hi") // there is a thread
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, agent_id,
			created_at, queued_at, assigned_at, ended_at, disconnected_by, fail_reason, updated_at)
			select c.tenant_id, c.thread_id, c.number_id, c.end_user_id, case when g % 3 = 0 then 'failed' else 'finished' end, 'end_user',
			       case when g % 5 = 0 then (select id from queues where name = 'Orders') else c.queue_id end,
			       case when g % 2 = 0 then $2::bigint else $3::bigint end, at, at, at, at, 'disconnected_by_agent', 'nothing', at + interval '30 min'
			from chats c, generate_series(1, $1) as g, lateral (select timestamptz '2021-10-12 00:00Z' + g * interval '1 min' as at) x
			where c.id = (select max(id) from chats)`, n, h.Ann.ID, h.Bob.ID)
		return err
	})
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats)
	a := p.ask("GET", "/chats", nil)
	require.Empty(t, ids(t, a))
	require.Equal(t, "0", a.Header.Get("X-Total"))
	h.many(t, 120)
	newest := int64(h.chats(t))

	a = p.ask("GET", "/chats", nil)
	require.Len(t, ids(t, a), 25)
	require.Equal(t, "121", a.Header.Get("X-Total"))
	require.Equal(t, map[string]string{"first": "/chats?page=1", "next": "/chats?page=2", "last": "/chats?page=5"}, links(a))
	a = p.ask("GET", "/chats?page=5&per=25&status=finished", nil)
	require.Empty(t, ids(t, a), "80 are finished")
	require.Equal(t, "/chats?page=4&per=25&status=finished", links(a)["prev"])

	total := func(query string) string {
		t.Helper()
		return p.ask("GET", "/chats?"+query, nil).Header.Get("X-Total")
	}
	orders := webtest.One[int64](t, h.House, "select id from queues where name = 'Orders'")
	support := webtest.One[int64](t, h.House, "select id from queues where name = 'Support'")
	require.Equal(t, "40", total("status=failed"))
	require.Equal(t, "121", total("chat_type=messaging+(sms)"))
	require.Equal(t, "60", total(fmt.Sprintf("agent_id=%d", h.Ann.ID)))
	require.Equal(t, "20", total(fmt.Sprintf("agent_id=%d&status=failed", h.Ann.ID)))
	require.Equal(t, "24", total(fmt.Sprintf("menu_id[]=%d", orders)))
	require.Equal(t, "24", total(fmt.Sprintf("menu_id%%5B%%5D=%d", support)), "what lies below a menu is the menu's")
	require.Equal(t, "121", total(fmt.Sprintf("menu_id[]=%d&menu_id[]=%d", orders, h.Queue)))
	require.Equal(t, "4", total(fmt.Sprintf("menu_id[]=%d&status=failed&agent_id=%d", orders, h.Ann.ID)))
	require.Equal(t, "10", total("created_at[from]=2021-10-12T00:01:00Z&created_at[to]=2021-10-12T00:10:00Z"))
	require.Equal(t, "10", total("created_at[from]=2021-10-12T02:01:00%2B02:00&created_at[to]=2021-10-12T02:10:00+02:00"))
	require.Equal(t, "120", total("created_at[from]=2021-10-12&created_at[to]=2021-10-12"))
	require.Equal(t, "0", total("created_at[to]=2021-10-11"))
	require.Equal(t, "11", total("updated_at[from]=2021-10-12T01:00:00Z&updated_at[to]=2021-10-12T01:10:00Z"))
	require.Equal(t, "0", total("agent_id=999999"))

	for query, field := range map[string]string{
		"status=open": "status", "chat_type=fax": "chat_type", "menu_id[]=x": "menu_id[]", "agent_id=-1": "agent_id", "created_at[from]=tomorrow": "created_at[from]",
		"created_at[to]=2021-13-01": "created_at[to]", "updated_at[from]=1": "updated_at[from]", "updated_at[to]=": "updated_at[to]", "page=0": "page",
		"per=101": "per", "per=0": "per", "after=zzz": "after", "after=c1-1&page=2": "after", "after=u1-1": "after", "after=c9zzzzzzzzzzzz-1": "after",
		"created_at[from]=2021-10-12&created_at[to]=2021-10-11": "created_at[to]",
	} {
		a := p.ask("GET", "/chats?"+query, nil)
		require.Equal(t, 400, a.StatusCode, "%s: %s", query, a.body)
		require.Contains(t, string(a.body), `"field":"`+field+`"`, query)
	}
	require.Len(t, ids(t, p.ask("GET", "/chats?per=100", nil)), 100)
	require.Equal(t, newest, ids(t, p.ask("GET", "/chats?per=1&page=2", nil))[0], "ids rise with the inserted chats, which began before the first")
}

func TestReadingOnByPlacesMissesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeReadChats)
	h.many(t, 60)
	for _, query := range []string{"", "&status=finished", "&updated_at[from]=2021-01-01", fmt.Sprintf("&agent_id=%d", h.Bob.ID)} {
		want := map[int64]bool{}
		for _, of := range ids(t, p.ask("GET", "/chats?per=100"+query, nil)) {
			want[of] = true
		}
		seen, at := map[int64]bool{}, "/chats?per=7&after="+query
		for at != "" {
			a := p.ask("GET", at, nil)
			require.Empty(t, a.Header.Get("X-Total"))
			for _, of := range ids(t, a) {
				require.False(t, seen[of], "%s: chat %d twice", query, of)
				seen[of] = true
			}
			at = links(a)["next"]
			if query == "" && len(seen) == 7 { // a new one does not push others onto the next page
				h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
			}
		}
		require.Equal(t, want, seen, query)
	}
}
