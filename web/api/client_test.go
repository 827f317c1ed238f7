package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/openapi/client"
	"sidetone/web/edge/webtest"
)

// The client that we ship speaks to the server that we run.
func TestTheClientSpeaksToTheServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.Scopes()...)
	api, err := client.Open(h.server.URL+"/", p.token)
	require.NoError(t, err)
	sent, err := api.SendSMSWithResponse(t.Context(), &client.SendSMSParams{IdempotencyKey: new("k")}, client.SMS{
		ChatType: new("SMS"), EndUserNumber: new(webtest.Marisol), OutboundNumber: new(webtest.Support), Message: new("Hi"),
	})
	require.NoError(t, err)
	require.NotNil(t, sent.JSON200, "%s", sent.Body)
	h.many(t, 30)
	orders := webtest.One[int64](t, h.House, "select id from queues where name = 'Orders'")
	list, err := api.ListChatsWithResponse(t.Context(), &client.ListChatsParams{
		MenuId: &[]int64{orders}, CreatedAtFrom: new("2021-10-12T02:00:00+02:00"), Per: new(int32(3)), After: new(""),
	})
	require.NoError(t, err)
	require.NotNil(t, list.JSON200, "%s", list.Body)
	require.Len(t, *list.JSON200, 3)
	require.NotEmpty(t, list.HTTPResponse.Header.Get("Link"))
	read, err := api.GetChatWithResponse(t.Context(), sent.JSON200.Id)
	require.NoError(t, err)
	require.Equal(t, sent.JSON200.Id, read.JSON200.Id)
	missing, err := api.GetChatWithResponse(t.Context(), 999999)
	require.NoError(t, err)
	require.Equal(t, "not_found", missing.JSONDefault.Code, fmt.Sprint(missing.StatusCode()))
}
