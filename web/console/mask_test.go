package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// hide switches the masking of numbers for agents.
func (h *house) hide(t testing.TB, on bool) {
	t.Helper()
	_, err := h.Chats.SaveSettings(t.Context(), h.Tenant, 0, map[string]json.RawMessage{string(tenant.MaskForAgents): fmt.Append(nil, on)}, tenant.Actor{})
	require.NoError(t, err)
}

// tellers asks every GET that somebody may ask, about a chat of theirs, and names those whose answer holds the consumer's digits.
func tellers(t testing.TB, b *browser, role tenant.Role, made things) (names []string) {
	t.Helper()
	asked := 0
	for _, r := range routes(t) {
		if r.method != "GET" || !slices.Contains(r.roles, role) {
			continue
		}
		asked++
		a := b.ask(r.method, made.about(t, r), nil)
		head, err := json.Marshal(a.Header)
		require.NoError(t, err)
		plain := strings.NewReplacer("-", "", " ", "", "(", "", ")", "", ".", "").Replace(string(head) + string(a.body))
		if strings.Contains(plain, webtest.Marisol[2:]) {
			names = append(names, r.name)
		}
	}
	require.Greater(t, asked, 20)
	return names
}

func TestAnAgentIsToldNoNumbersWhereTheTenantHidesThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Marisol, webtest.Sales, "where is my mug?")
	text := webtest.One[int64](t, h.House, "select min(id) from messages where chat_id = $1", of)
	who := webtest.One[int64](t, h.House, "select end_user_id from chats where id = $1", of)
	require.NoError(t, h.Chats.EndBy(t.Context(), h.Tenant, of, h.Ann.ID))
	h.dismissed(t)
	about := func(n int64) func(testing.TB) int64 { return func(testing.TB) int64 { return n } }
	made := things{
		"chat_id": about(int64(of)), "end_user_id": about(who), "message_id": about(text), "queue_id": about(int64(h.Queue)),
		"media_id": func(t testing.TB) int64 { return int64(h.sentPicture(t, of, h.Ann)) },
		"user_id":  about(int64(h.Ann.ID)),
	}
	ann := h.browser(t, h.Ann)
	whole := []string{"ExportChats", "GetChat", "GetEndUser", "ListChats", "ListDismissed"}
	require.Equal(t, whole, tellers(t, ann, tenant.RoleAgent, made))

	h.hide(t, true)
	require.Empty(t, tellers(t, ann, tenant.RoleAgent, made))
	masked := "+1 ••• ••• 0142"
	require.Equal(t, masked, gets[gen.HistoryChat](t, 200, ann.ask("GET", fmt.Sprint("/chats/", of), nil)).EndUser.Number)
	require.Equal(t, masked, gets[gen.Consumer](t, 200, ann.ask("GET", fmt.Sprint("/end-users/", who), nil)).Number)
	require.Contains(t, string(ann.ask("GET", "/chats.csv", nil).body), masked)
	require.Contains(t, string(ann.ask("GET", "/chats/dismissed", nil).body), masked)

	mia := h.browser(t, h.Mia)
	for _, path := range []string{"/chats", "/chats.csv", fmt.Sprint("/chats/", of), fmt.Sprint("/end-users/", who)} {
		require.Contains(t, string(mia.ask("GET", path, nil).body), webtest.Marisol, "a manager sees it in %s", path)
	}
	h.hide(t, false)
	require.Equal(t, whole, tellers(t, ann, tenant.RoleAgent, made))
}

// Who is not shown a number could find it out digit by digit, if its beginning were found.
func TestAnAgentWhoIsShownNoNumbersFindsNoneByItsBeginning(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Assigned(t, webtest.Marisol, h.Ann)
	ann, mia := h.browser(t, h.Ann), h.browser(t, h.Mia)
	found := func(b *browser, search string) int {
		return len(gets[historyPage](t, 200, b.ask("GET", "/chats?search="+search, nil)).Chats)
	}
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update end_users set name = 'Marisol Vega' where address = $1", webtest.Marisol)
		return err
	})
	require.Equal(t, 1, found(ann, "415555"))
	h.hide(t, true)
	for search, n := range map[string]int{
		"415555": 0, "415555014": 0, "4155550142": 1, "%2B14155550142": 1, "(415)%20555-0142": 1, "4155550143": 0, "41555501422": 0, "mari": 1,
		"0142": 1, "%E2%80%A2%E2%80%A2%E2%80%A2%200142": 1, "%2B1%20%E2%80%A2%E2%80%A2%E2%80%A2%20%E2%80%A2%E2%80%A2%E2%80%A2%200142": 1, "0143": 0, "142": 0, "50142": 0, "4155": 0,
	} {
		require.Equal(t, n, found(ann, search), search)
		lines := strings.Count(strings.TrimSpace(string(ann.ask("GET", "/chats.csv?search="+search, nil).body)), "\n")
		require.Equal(t, n, lines, "the file of %s", search)
	}
	require.Equal(t, 1, found(mia, "415555"))
	require.Equal(t, 1, found(mia, "0142"), "the last four are found by whoever sees all, too")
	require.Equal(t, 1, found(mia, "4155"), "and the first four")
	require.Zero(t, found(h.browser(t, h.Bob), "0142"), "it is none of his chats")
}

func TestANumberIsRevealedForAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.hide(t, true)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	theirs := h.Assigned(t, webtest.Theo, h.Bob)
	ann := h.browser(t, h.Ann)
	reveal := func(b *browser, chat id.Chat, reason string) answer {
		return b.ask("POST", fmt.Sprintf("/chats/%d/reveal", chat), map[string]string{"reason": reason})
	}
	lines := func() int {
		return webtest.One[int](t, h.House, "select count(*)::int from audit_log where action = 'chat.revealed'")
	}
	for _, reason := range []string{"", "  ", strings.Repeat("é", 201), "two\nlines"} {
		require.Equal(t, "reason", refused(t, 400, "invalid_request", reveal(ann, of, reason)).Field, "%q", reason)
	}
	refused(t, 404, "not_found", reveal(ann, theirs, "I am curious"))
	refused(t, 404, "not_found", reveal(ann, 999_999, "I am curious"))
	require.Zero(t, lines())

	for _, reason := range []string{"x", strings.Repeat("é", 200), " She asked to be called back "} {
		require.Equal(t, gen.Revealed{Number: webtest.Marisol}, gets[gen.Revealed](t, 200, reveal(ann, of, reason)))
	}
	require.Equal(t, 3, lines())
	var action, subject, after string
	var by, about int64
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select action, subject_id, subject, user_id, after::text from audit_log order by id desc limit 1").
			Scan(&action, &about, &subject, &by, &after)
	})
	require.Equal(t, []string{"chat.revealed", "+1 ••• ••• 0142"}, []string{action, subject})
	require.Equal(t, []int64{int64(of), int64(h.Ann.ID)}, []int64{about, by})
	require.JSONEq(t, `{"reason": "She asked to be called back"}`, after)
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log a where a::text like '%5550142%'"), "the number is not in the log")

	require.NoError(t, h.Chats.EndBy(t.Context(), h.Tenant, of, h.Ann.ID))
	require.Equal(t, 200, reveal(ann, of, "She asked to be called back").StatusCode, "a chat that they had")
	require.Equal(t, 200, reveal(h.browser(t, h.Mia), theirs, "Looking into a complaint").StatusCode, "a manager")
}
