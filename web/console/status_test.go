package console_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
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

func TestTheLastHourOfStatusesBeginsWithWhatAgentsWereAtItsBeginning(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mona := h.hire(t, h.Tenant, tenant.RoleManager, "mona")
	now := time.Now()
	was := func(who tenant.User, status tenant.Status, before time.Duration) {
		require.NoError(t, h.DB.InTenantTx(t.Context(), h.Tenant, func(tx pgx.Tx) error {
			changed, err := tenant.SetStatus(t.Context(), tx, h.Tenant, who.ID, tenant.StatusChange{Status: status, At: now.Add(-before), Why: tenant.BySelf})
			require.True(t, changed)
			return err
		}))
	}
	was(h.Ann, "break", 3*time.Hour)
	was(h.Ann, "available", 90*time.Minute)
	was(h.Ann, "meal", 40*time.Minute)
	was(mona, "break", 2*time.Hour) // the same all the hour
	was(h.Ann, "available", time.Minute)

	boss := h.browser(t, mona)
	out := gets[gen.ListRecentStatuses200JSONResponse](t, 200, boss.ask("GET", "/monitor/statuses", nil))
	require.WithinDuration(t, now.Add(-time.Hour), out.Since, time.Minute)
	said := []string{}
	for _, w := range out.Statuses {
		require.Equal(t, int64(h.Ann.ID), w.UserId)
		said = append(said, fmt.Sprintf("%s %d", w.Status, int(now.Sub(w.At).Round(time.Minute).Minutes())))
	}
	require.Equal(t, []string{"available 90", "meal 40", "available 1"}, said)
	require.Equal(t, 403, h.browser(t, h.Ann).ask("GET", "/monitor/statuses", nil).StatusCode)
}
