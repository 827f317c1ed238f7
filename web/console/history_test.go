package console_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/web/edge/webtest"
)

type historyPage struct {
	Chats []struct {
		ID        int64
		Status    string
		StartType string                  `json:"start_type"`
		EndUser   struct{ Number string } `json:"end_user"`
		Agent     *struct{ Name string }
		Flag      bool
	}
	Next string
}

func TestTheHistoryIsFilteredAndPaged(t *testing.T) {
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	first := h.Assigned(t, webtest.Marisol, h.Ann)
	require.NoError(t, h.Chats.EndBy(t.Context(), h.Tenant, first, h.Mia.ID))
	second := h.Assigned(t, webtest.Theo, h.Bob)
	h.Text(t, webtest.Theo, webtest.Sales, "please cancel my order of the mug")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update end_users set name = 'Marisol_Vega' where address = $1", webtest.Marisol)
		return err
	})
	read := func(query string) (p historyPage) {
		a := mia.ask("GET", "/chats"+query, nil)
		require.Equal(t, 200, a.StatusCode, "%s: %s", query, a.body)
		require.NoError(t, json.Unmarshal(a.body, &p))
		return p
	}
	for query, want := range map[string][]int64{
		"":                                  {int64(second), int64(first)},
		"?status=finished":                  {int64(first)},
		"?status=canceled":                  nil,
		fmt.Sprint("?agent_id=", h.Bob.ID):  {int64(second)},
		fmt.Sprint("?queue_id=", h.Queue):   {int64(second), int64(first)},
		"?fail_reason=nothing":              {int64(first)},
		"?fail_reason=expired":              nil,
		"?flagged=true":                     {int64(second)},
		"?search=marisol_":                  {int64(first)},
		"?search=arisol":                    nil,
		"?search=%25":                       nil,
		"?search=%2B14155550143":            {int64(second)},
		"?search=(415)%20555-0143":          {int64(second)},
		"?search=415555014":                 {int64(second), int64(first)},
		"?search=999":                       nil,
		"?to=2020-01-01T00:00:00Z":          nil,
		"?from=2020-01-01T00:00:00Z":        {int64(second), int64(first)},
		"?search=415555014&status=assigned": {int64(second)},
	} {
		var got []int64
		for _, c := range read(query).Chats {
			got = append(got, c.ID)
		}
		require.Equal(t, want, got, query)
	}
	one := read("?limit=1")
	require.Len(t, one.Chats, 1)
	require.Equal(t, "Bob", one.Chats[0].Agent.Name)
	require.Equal(t, "manual", one.Chats[0].StartType)
	require.True(t, one.Chats[0].Flag)
	rest := read("?limit=1&after=" + one.Next)
	require.Equal(t, int64(first), rest.Chats[0].ID)
	require.Empty(t, rest.Next)
	for _, wrong := range []string{"?after=nonsense", "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "?limit=201", "?status=sleeping"} {
		require.Equal(t, 400, mia.ask("GET", "/chats"+wrong, nil).StatusCode, wrong)
	}

	a := mia.ask("GET", "/chats.csv?status=finished", nil)
	require.Equal(t, 200, a.StatusCode)
	lines, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, []string{fmt.Sprint(int64(first)), "'" + webtest.Marisol, "Marisol_Vega"}, []string{lines[1][0], lines[1][2], lines[1][3]})
	require.Equal(t, 200, mia.ask("GET", fmt.Sprint("/chats/", int64(first)), nil).StatusCode)
	require.Equal(t, 404, mia.ask("GET", "/chats/999999", nil).StatusCode)
}

func TestAnAgentsHistoryIsTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mine, theirs := h.Assigned(t, webtest.Marisol, h.Ann), h.Assigned(t, webtest.Theo, h.Bob)
	require.NoError(t, h.Chats.EndBy(t.Context(), h.Tenant, mine, h.Ann.ID))
	ann := h.browser(t, h.Ann)
	page := gets[historyPage](t, 200, ann.ask("GET", "/chats", nil))
	require.Len(t, page.Chats, 1)
	require.Equal(t, int64(mine), page.Chats[0].ID)
	require.Len(t, gets[historyPage](t, 200, ann.ask("GET", fmt.Sprint("/chats?agent_id=", h.Ann.ID), nil)).Chats, 1)
	require.Equal(t, "agent_id", refused(t, 403, "forbidden", ann.ask("GET", fmt.Sprint("/chats?agent_id=", h.Bob.ID), nil)).Field)
	refused(t, 403, "forbidden", ann.ask("GET", fmt.Sprint("/chats.csv?agent_id=", h.Bob.ID), nil))
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(ann.ask("GET", "/chats.csv", nil).body), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 2, "a head and their chat")
	require.Equal(t, fmt.Sprint(mine), lines[1][0])
	require.Equal(t, 200, ann.ask("GET", fmt.Sprint("/chats/", mine), nil).StatusCode)
	require.Equal(t, 404, ann.ask("GET", fmt.Sprint("/chats/", theirs), nil).StatusCode)
}
