package console_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

func TestAPersonSeesWhereTheyAreSignedInAndSignsOutThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	here, there, phone, bob := h.browser(t, h.Ann), h.browser(t, h.Ann), h.browser(t, h.Ann), h.browser(t, h.Bob)
	list := func(b *browser) []gen.OwnSession {
		return gets[gen.OwnSessions](t, 200, b.ask("GET", "/me/sessions", nil)).Sessions
	}
	mine := list(here)
	require.Len(t, mine, 3)
	require.True(t, mine[0].Current && !mine[1].Current && !mine[2].Current)
	require.Equal(t, "test", mine[0].UserAgent)
	require.Len(t, list(bob), 1)

	one := fmt.Sprint("/me/sessions?session_id=", list(there)[0].Id)
	refused(t, 404, "not_found", bob.ask("DELETE", one, nil))
	refused(t, 404, "not_found", there.ask("DELETE", one, nil)) // one's own ends by signing out
	hints := h.Hints(t, h.Ann)
	require.Equal(t, 204, here.ask("DELETE", one, nil).StatusCode)
	select {
	case hint := <-hints:
		require.Equal(t, event.SessionEnded, hint.Kind, "its sockets close")
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no hint")
	}
	refused(t, 401, "unauthorized", there.ask("GET", "/session", nil))
	require.Len(t, list(here), 2)
	require.Equal(t, 204, here.ask("DELETE", "/me/sessions", nil).StatusCode)
	refused(t, 401, "unauthorized", phone.ask("GET", "/session", nil))
	require.Len(t, list(here), 1)
	require.Len(t, list(bob), 1)

	admin, seen := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "ines")), h.audits(t)
	seen()
	require.Equal(t, 204, admin.ask("DELETE", fmt.Sprintf("/users/%d/sessions", h.Ann.ID), nil).StatusCode)
	refused(t, 401, "unauthorized", here.ask("GET", "/session", nil))
	require.Equal(t, []string{"user.signed_out"}, seen())
}
