package console_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

func TestAnAgentSeesTheHistoryOfThoseTheyTextWith(t *testing.T) {
	h := newHouse(t, nil)
	ann, bob, mia := h.browser(t, h.Ann), h.browser(t, h.Bob), h.browser(t, h.Mia)
	before := h.Assigned(t, webtest.Marisol, h.Bob)
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, before, h.Bob.ID))
	marisol := webtest.One[int64](t, h.House, "select end_user_id from chats where id = $1", before)
	who, past := fmt.Sprint("/end-users/", marisol), fmt.Sprint("/end-users/", marisol, "/chats")
	transcript := fmt.Sprint("/chats/", before, "/transcript")
	for _, path := range []string{who, past, transcript} {
		refused(t, 404, "not_found", ann.ask("GET", path, nil))
		require.Equal(t, 200, bob.ask("GET", path, nil).StatusCode, path)
		require.Equal(t, 200, mia.ask("GET", path, nil).StatusCode, path)
	}

	now := h.Assigned(t, webtest.Marisol, h.Ann)
	c := gets[gen.Consumer](t, 200, ann.ask("GET", who, nil))
	require.Equal(t, []any{marisol, webtest.Marisol, false}, []any{c.Id, c.Number, c.OptedOut})
	chats := gets[[]gen.PastChat](t, 200, ann.ask("GET", past, nil))
	require.Len(t, chats, 2)
	require.Equal(t, []any{int64(now), int64(before)}, []any{chats[0].ChatId, chats[1].ChatId})
	require.Equal(t, "Bob", chats[1].Agent.Name)
	require.NotNil(t, chats[1].EndedAt)
	require.Nil(t, chats[0].EndedAt)
	require.Equal(t, 200, ann.ask("GET", transcript, nil).StatusCode)

	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, now, h.Ann.ID))
	refused(t, 404, "not_found", ann.ask("GET", transcript, nil)) // theirs no more; who had it may still read it
	refused(t, 404, "not_found", mia.ask("GET", "/end-users/999999/chats", nil))
}
