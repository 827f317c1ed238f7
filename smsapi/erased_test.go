package smsapi_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	"sidetone/smsapi"
)

// tickets is a CRM that knows none.
type tickets struct{ asked int }

func (c *tickets) TicketExists(context.Context, id.Tenant, string) (bool, error) {
	c.asked++
	return false, nil
}

const marisol, theo = "+14155550142", "+14155550143"

// erasing is a house where Marisol said STOP and was erased, and a CRM without tickets.
func erasing(t *testing.T) (*house, *tickets) {
	t.Helper()
	h := newHouse(t)
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	require.NoError(t, err)
	h.chats = chat.NewService(chat.Config{
		DB: h.db, Gate: h.gate, Seal: box, Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: func(event.Hint) {},
		Wake: func(id.Tenant, id.Number) {}, Route: func(id.Tenant) {},
	})
	t.Cleanup(h.chats.Stop)
	crm := &tickets{}
	h.sms = smsapi.New(smsapi.Config{DB: h.db, Chats: h.chats, Tickets: crm})
	h.exec(t, "update numbers set capabilities = '{outbound,sessionless}'")
	h.notify(t, notices, []string{marisol}, "Your table is booked.")
	h.exec(t, "update messages set status = 'sent', held = false")
	_, err = h.chats.OptOut(t.Context(), h.tenant, marisol, tenant.Actor{}, func(*pgx.Batch, carrier.Stopped) error { return nil })
	require.NoError(t, err)
	require.NoError(t, h.chats.Erase(t.Context(), h.tenant, marisol, tenant.Actor{}))
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"))
	return h, crm
}

func TestWhoOptedOutAndWasErasedIsSkippedAsBefore(t *testing.T) {
	t.Parallel()
	h, crm := erasing(t)
	a := h.notify(t, notices, []string{marisol, theo}, "Your table is booked.")
	require.Equal(t, []smsapi.Skip{{Phone: marisol, Reason: smsapi.SkippedOptedOut}}, a.Skipped)
	require.Equal(t, 1, a.Texts)
	require.Zero(t, one[int](t, h, "select count(*)::int from do_not_contact"), "they stay erased")
	require.Zero(t, one[int](t, h, "select count(*)::int from end_users where address = $1", marisol))

	text := smsapi.Text{ChatType: "SMS", EndUserNumber: marisol, OutboundNumber: notices, Message: "Hello", TicketID: "77"}
	_, err := h.sms.Send(t.Context(), h.tenant, text, nil)
	require.ErrorContains(t, err, "end_user_number has opted out")
	require.Equal(t, errs.Invalid, errs.CodeOf(err))
	require.Zero(t, crm.asked, "the CRM is asked about nobody who has opted out")
	text.TicketID = ""
	_, err = h.sms.Send(t.Context(), h.tenant, text, nil)
	require.ErrorContains(t, err, "end_user_number has opted out")

	require.NoError(t, h.chats.OptIn(t.Context(), h.tenant, marisol, tenant.Actor{}))
	for range 2 {
		a = h.notify(t, notices, []string{marisol}, "Your table is booked.")
		require.Empty(t, a.Skipped, "who came back in is in")
		h.exec(t, "update messages set status = 'sent', held = false")
	}
}

func TestWhoOptedOutAndWasErasedCanBeLetBackIn(t *testing.T) {
	t.Parallel()
	h, _ := erasing(t)
	require.NoError(t, h.chats.OptIn(t.Context(), h.tenant, marisol, tenant.Actor{}))
	require.Empty(t, h.notify(t, notices, []string{marisol}, "Your table is booked.").Skipped)
}
