package console_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/console"
)

func TestAStatusIsChosenSetAndRemembered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	mona := h.hire(t, h.Tenant, tenant.RoleManager, "mona")
	ann, boss := h.browser(t, h.Ann), h.browser(t, mona)
	var is struct {
		Status  string
		Choices []string
	}
	read := func(a answer) {
		t.Helper()
		require.Equal(t, 200, a.StatusCode, string(a.body))
		require.NoError(t, json.Unmarshal(a.body, &is))
	}
	read(ann.ask("PUT", "/status", map[string]any{"status": "meal"}))
	require.Equal(t, "meal", is.Status)
	require.Contains(t, is.Choices, "wrap_up")
	require.NotContains(t, is.Choices, "missed_chat")
	read(ann.ask("GET", "/status", nil))
	require.Equal(t, "meal", is.Status)
	for _, s := range []string{"missed_chat", "unresponsive", "asleep"} {
		a := ann.ask("PUT", "/status", map[string]any{"status": s})
		require.Equal(t, 400, a.StatusCode, string(a.body))
		require.Contains(t, string(a.body), `"status"`)
	}
	of := fmt.Sprintf("/users/%d/status", h.Ann.ID)
	require.Equal(t, 403, ann.ask("PUT", of, map[string]any{"status": "available"}).StatusCode)
	read(boss.ask("PUT", of, map[string]any{"status": "unavailable"}))

	var page struct {
		Spells []struct {
			ID          int64
			Status, Why string
			From, To    string
			By          struct{ Name string }
		}
		Next int64
	}
	history := func(query string) {
		t.Helper()
		page.Spells, page.Next = nil, 0
		a := boss.ask("GET", of+"-history"+query, nil)
		require.Equal(t, 200, a.StatusCode, string(a.body))
		require.NoError(t, json.Unmarshal(a.body, &page))
	}
	history("")
	require.Len(t, page.Spells, 2)
	newest, older := page.Spells[0], page.Spells[1]
	require.Equal(t, []string{"unavailable", "manager", mona.Name, ""}, []string{newest.Status, newest.Why, newest.By.Name, newest.To})
	require.Equal(t, []string{"meal", "self", newest.From}, []string{older.Status, older.Why, older.To})
	require.Zero(t, page.Next)
	history("?limit=1")
	require.Equal(t, newest.ID, page.Spells[0].ID)
	require.Equal(t, newest.ID, page.Next)
	history(fmt.Sprintf("?limit=1&before=%d", page.Next))
	require.Equal(t, older.ID, page.Spells[0].ID)
	require.Equal(t, newest.From, page.Spells[0].To, "it ended when the next began, which is on another page")
	require.Zero(t, page.Next)
}
