package ws

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
)

func TestAChatIsWrappedUpAlsoAfterAReload(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for key, value := range map[string]string{"wrap_up": `true`, "wrap_up_time": `3600`, "dispositions": `["Solved", "Refund"]`, "agent_chat_limit": `1`} {
			if err := tenant.Set(ctx, tx, h.Tenant, 0, key, json.RawMessage(value), tenant.Actor{}, time.Now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "delete from queue_agents where user_id = $1", h.Bob.ID)
		return err
	})
	ann := h.dial(t, h.Ann)
	ann.frame("hello")
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	of := ann.frame("offer").Chat
	ann.ok("accept", of, nil)
	ann.ok("end", of, nil)
	removed := as[removedData](t, ann.frame("chat_removed"))
	require.NotNil(t, removed.WrapUp)
	require.Equal(t, []string{"Solved", "Refund"}, removed.WrapUp.Dispositions)

	again := h.dial(t, h.Ann)
	hello := as[struct {
		WrapUps []struct {
			Chat struct {
				ID int64 `json:"chat_id"`
			}
			WrapUp struct{ Dispositions []string } `json:"wrap_up"`
		} `json:"wrap_ups"`
	}](t, again.frame("hello"))
	require.Len(t, hello.WrapUps, 1)
	require.EqualValues(t, of, hello.WrapUps[0].Chat.ID)
	require.Len(t, hello.WrapUps[0].WrapUp.Dispositions, 2)

	h.Text(t, webtest.Theo, webtest.Sales, "hello") // the one slot is taken
	refused := again.refused("invalid_request", "wrap_up", of, map[string]any{"disposition": "Lost"})
	require.Equal(t, "disposition", refused.Field)
	require.Equal(t, 0, webtest.One[int](t, h.House, "select count(*)::int from offers where state = 'open'"))
	again.ok("wrap_up", of, map[string]any{"disposition": "Solved", "note": "The mug was found"})
	require.NotEqual(t, of, again.frame("offer").Chat, "the slot is free")
	require.Equal(t, "The mug was found", webtest.One[string](t, h.House, "select note from wrap_ups"))
}
