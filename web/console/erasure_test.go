package console_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
)

func TestAnAdminForgetsAConsumer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "ada"))
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	for number, want := range map[string]int{webtest.Marisol: 409, "+14155550199": 404, "12": 400, "": 400} {
		a := admin.ask("POST", "/erasures", map[string]string{"number": number})
		require.Equal(t, want, a.StatusCode, "%s: %s", number, a.body)
	}
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update messages set status = 'sent' where status = 'queued'")
		return err
	})
	require.Equal(t, 204, admin.ask("POST", "/erasures", map[string]string{"number": "+1 (415) 555-0142"}).StatusCode)
	a := admin.ask("GET", fmt.Sprintf("/chats/%d/transcript", of), nil)
	require.Equal(t, 200, a.StatusCode)
	require.NotContains(t, string(a.body), "mug")
	require.Contains(t, string(a.body), `"erased":true`)
}
