package chat_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// set changes a setting of the tenant.
func (h *house) set(t testing.TB, key, value string) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into settings (tenant_id, key, value) values ($1, $2, $3)
			on conflict (tenant_id, queue_id, key) do update set value = excluded.value`, h.tenant, key, value); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update tenants set settings_version = settings_version + 1 where id = $1", h.tenant)
		return err
	})
}

func (h *house) first(t testing.TB) chat.First {
	t.Helper()
	return chat.First{Queue: h.queue(t, "Sales"), From: sales, To: marisol, Text: "Hi Marisol, your mug has left today.", ClientID: "f1"}
}

func TestAnAgentTextsFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := h.first(t)
	f.To = "(415) 555-0142"
	view, err := h.Outbound(t.Context(), h.tenant, h.ann, f)
	require.NoError(t, err)
	require.Equal(t, chat.Assigned, view.Status)
	require.Equal(t, chat.ByAgent, view.StartedBy)
	require.Equal(t, "Ann", view.Agent.Name)
	require.Equal(t, "Assigned", view.SubStatus())
	require.Equal(t, []string{"*started AnnSales", "*assigned AnnSales", "agent/chat: " + f.Text}, h.transcript(t, view.ID))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages where status = 'queued' and client_id = 'f1' and address = $1", marisol))
	require.Equal(t, view.ID, id.Chat(one[int64](t, h, "select chat_id from threads")))
	require.Equal(t, h.clock.Now().Add(24*time.Hour), one[time.Time](t, h, "select due_at from due where kind = 'chat' and ref = $1", view.ID), "the outbound timeout")

	again, err := h.Outbound(t.Context(), h.tenant, h.ann, f)
	require.NoError(t, err)
	require.Equal(t, view.ID, again.ID, "a repeat is the same chat")
	require.Len(t, h.transcript(t, view.ID), 3)
	h.text(t, marisol, sales, "Thanks!")
	require.Len(t, h.transcript(t, view.ID), 4, "the reply meets no menu")
}

// At the same time, on two nodes: one chat, and everybody has the same answer.
func TestAgentsWhoTextFirstAtTheSameTimeBeginOneChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nodes := []*chat.Service{h.Service, h.serve(t)}
	f := h.first(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			agent, mine := h.ann, f
			if i%2 == 1 {
				agent, mine.ClientID = h.bob, "f2"
			}
			_, err := nodes[i%2].Outbound(context.WithoutCancel(t.Context()), h.tenant, agent, mine)
			if err != nil {
				require.Equal(t, errs.Conflict, errs.CodeOf(err))
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from chats"))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from messages"))
}

func TestATextThatMayNotGoFirstIsRefusedByName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	refused := func(code errs.Code, field string, change func(f *chat.First)) *errs.Error {
		t.Helper()
		f := h.first(t)
		change(&f)
		before := one[int](t, h, "select count(*)::int from messages")
		_, err := h.Outbound(t.Context(), h.tenant, h.ann, f)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, code, e.Code, e.Message)
		require.Equal(t, field, e.Field, e.Message)
		require.Equal(t, before, one[int](t, h, "select count(*)::int from messages"), "nothing was sent")
		return e
	}
	asIs := func(*chat.First) {}
	refused(errs.Invalid, "client_id", func(f *chat.First) { f.ClientID = "" })
	refused(errs.Invalid, "client_id", func(f *chat.First) { f.ClientID = strings.Repeat("x", 101) })
	refused(errs.Invalid, "text", func(f *chat.First) { f.Text = " \n" })
	refused(errs.TooLong, "text", func(f *chat.First) { f.Text = strings.Repeat("é", 1601) })
	refused(errs.Invalid, "queue_id", func(f *chat.First) { f.Queue = h.queue(t, "Support") })
	refused(errs.Invalid, "queue_id", func(f *chat.First) { f.Queue = 1 << 40 })
	refused(errs.Invalid, "queue_id", func(f *chat.First) { f.Queue, f.From = h.queue(t, "Orders"), support }) // Ann does not serve it
	refused(errs.Invalid, "from", func(f *chat.First) { f.From = "mine" })
	refused(errs.Invalid, "from", func(f *chat.First) { f.From = support })        // of another queue
	refused(errs.Invalid, "from", func(f *chat.First) { f.From = "+14155550199" }) // not ours
	refused(errs.Invalid, "to", func(f *chat.First) { f.To = "" })
	refused(errs.Invalid, "to", func(f *chat.First) { f.To = "12345" })
	refused(errs.Invalid, "to", func(f *chat.First) { f.To = support })
	refused(errs.Invalid, "to", func(f *chat.First) { f.To = "+442079460958" })
	h.set(t, "non_us_numbers", "true")
	_, err := h.Outbound(t.Context(), h.tenant, h.ann, chat.First{Queue: h.queue(t, "Sales"), From: sales, To: "+442079460958", Text: "Hello", ClientID: "uk"})
	require.NoError(t, err)

	h.clock.advance(18 * time.Hour) // 03:00 UTC: 19:00 in San Francisco
	h.set(t, "quiet_hours", `"block"`)
	h.clock.advance(3 * time.Hour)
	refused(errs.Conflict, "to", func(f *chat.First) { f.ConfirmQuiet = true })
	h.set(t, "quiet_hours", `"hint"`)
	refused(errs.Conflict, "confirm_quiet", asIs)

	h.set(t, "outbound_sms_enabled", "false")
	refused(errs.Conflict, "", func(f *chat.First) { f.ConfirmQuiet = true })
	h.set(t, "outbound_sms_enabled", "true")
	h.set(t, "agent_chat_limit", "1")
	sure := func(f *chat.First) { f.ConfirmQuiet = true }
	refused(errs.AtLimit, "", sure)
	h.set(t, "agent_chat_limit", "5")
	h.exec(t, "insert into blocklist (tenant_id, address) values ($1, $2)", h.tenant, marisol)
	refused(errs.Invalid, "to", sure)
	h.exec(t, "delete from blocklist")
	h.text(t, marisol, nobody, "STOP")
	refused(errs.OptedOut, "to", sure)
	h.text(t, marisol, nobody, "START")

	c := h.assigned(t)
	require.Equal(t, int64(c), refused(errs.Conflict, "to", sure).Chat, "her own chat is named")
	h.atDesks(t)
	require.NoError(t, h.Transfer(t.Context(), h.tenant, c, h.ann, chat.To{Agent: h.bob}, ""))
	_, err = h.Accept(t.Context(), h.tenant, c, h.bob)
	require.NoError(t, err)
	require.Zero(t, refused(errs.Conflict, "to", sure).Chat, "a colleague's is not")
	require.NoError(t, h.End(t.Context(), h.tenant, c, h.bob))
	f := h.first(t)
	f.ConfirmQuiet, f.Text = true, strings.Repeat("é", 1600)
	_, err = h.Outbound(t.Context(), h.tenant, h.ann, f)
	require.NoError(t, err)
}

func TestAnAgentChoosesAmongTheirQueuesAndNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, err := h.OutboundChoices(t.Context(), h.tenant, h.ann)
	require.NoError(t, err)
	require.True(t, c.Enabled)
	require.Equal(t, "off", c.Quiet)
	var said []string
	for _, f := range c.From {
		for _, n := range f.Numbers {
			said = append(said, f.Queue.Path+" "+n.Address)
		}
	}
	require.Equal(t, []string{"Support › Returns " + support, "Sales " + sales}, said)
	h.set(t, "outbound_sms_enabled", "false")
	h.Forget(h.tenant)
	c, err = h.OutboundChoices(t.Context(), h.tenant, h.ann)
	require.NoError(t, err)
	require.False(t, c.Enabled)
}
