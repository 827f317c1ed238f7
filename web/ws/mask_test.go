package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/tenant"
	"sidetone/web/edge/webtest"
)

// digits tells whether anything that a desk was sent so far holds a number's digits, however they are written.
func (c *client) digits(number string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(strings.NewReplacer("-", "", " ", "", "(", "", ")", "", ".", "").Replace(c.heard.String()), number[2:])
}

// dots tells whether it shows the number's end behind dots.
func (c *client) dots(number string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(c.heard.String(), "••• "+number[len(number)-4:])
}

// played is a day at the desks of Ann and Bob, agents, with Mia, a manager, looking on: every kind of frame that names a
// consumer is sent to an agent. A third consumer is texted first.
func (h *house) played(t *testing.T) (agents []*client, mia *client) {
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, bob := h.dial(t, h.Ann), h.dial(t, h.Bob)
	mia = h.dial(t, h.Mia)
	for _, c := range []*client{ann, bob, mia} {
		c.frame("hello")
	}
	mia.ok("watch", 0, map[string]any{"topic": "chats"})
	mia.frame("snapshot")
	mia.ok("follow", of, nil)

	h.Text(t, webtest.Marisol, webtest.Sales, "Are you there?")
	ann.wait("the text", func(f in) bool { return f.Type == "message" && f.Chat == of })
	ann.ok("send", of, map[string]string{"client_id": "1", "text": "Yes"})
	ann.ok("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}})

	h.Text(t, webtest.Theo, webtest.Sales, "hello")
	offer := ann.wait("Theo's offer", func(f in) bool { return f.Type == "offer" && f.Chat != of })
	again := h.dial(t, h.Ann) // the offer is in its hello
	require.Len(t, as[helloData](t, again.frame("hello")).Offers, 1)
	ann.ok("accept", offer.Chat, nil)
	again.frame("chat_assigned")

	ann.ok("transfer", of, map[string]any{"to_agent_id": h.Bob.ID})
	ann.frame("chat_updated")
	bob.wait("what Ann holds out", func(f in) bool { return f.Type == "offer" && f.Chat == of })
	bob.ok("accept", of, nil)
	bob.frame("chat_assigned")
	ann.wait("that it is Bob's", func(f in) bool { return f.Type == "chat_removed" && f.Chat == of })

	// Whose number it is, the agent knows: they typed it. It is not said back.
	first := map[string]any{"queue_id": h.Queue, "from": webtest.Sales, "to": "+14155550144", "text": "Your mug has left.", "client_id": "f1"}
	ann.ok("outbound", 0, first)
	ann.wait("the chat texted first", func(f in) bool { return f.Type == "chat_assigned" && f.Chat != offer.Chat })
	again.wait("it on the other desk", func(f in) bool { return f.Type == "chat_assigned" && f.Chat != offer.Chat })

	ann.ok("end", offer.Chat, nil)
	ann.wait("its end", func(f in) bool { return f.Type == "chat_removed" && f.Chat == offer.Chat })
	late := h.dial(t, h.Ann) // to wrap up, and a chat
	hello := as[helloData](t, late.frame("hello"))
	require.Len(t, hello.WrapUps, 1)
	require.NotEmpty(t, hello.Chats)
	return []*client{ann, again, late, bob}, mia
}

func (h *house) keep(t testing.TB, values map[tenant.SwitchKey]bool) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for key, on := range values {
			value, err := json.Marshal(on)
			if err != nil {
				return err
			}
			if err := tenant.Set(ctx, tx, h.Tenant, 0, string(key), json.RawMessage(value), tenant.Actor{}, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAnAgentsSocketNamesNoNumbersWhereTheTenantHidesThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.keep(t, map[tenant.SwitchKey]bool{tenant.WrapUpWanted: true, tenant.MaskForAgents: true})
	agents, mia := h.played(t)
	for _, number := range []string{webtest.Marisol, webtest.Theo, "+14155550144"} {
		seen := false
		for i, c := range agents {
			require.False(t, c.digits(number), "desk %d was sent %s", i, number)
			seen = seen || c.dots(number)
		}
		require.True(t, seen, "its end is shown")
	}
	require.True(t, mia.digits(webtest.Marisol), "a manager sees the board and the chat whole")
	require.False(t, mia.dots(webtest.Marisol))
}

func TestAnAgentsSocketNamesNumbersWhereTheTenantShowsThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.keep(t, map[tenant.SwitchKey]bool{tenant.WrapUpWanted: true})
	agents, _ := h.played(t)
	for i, c := range agents {
		require.True(t, c.digits(webtest.Marisol) || c.digits(webtest.Theo), "desk %d", i)
		require.False(t, c.dots(webtest.Marisol) || c.dots(webtest.Theo), "desk %d", i)
	}
}

func TestADeskStartsAfreshWhenItsAgentIsToSeeNumbersOtherwise(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Assigned(t, webtest.Marisol, h.Ann)
	changed := func() { h.Bus.Publish(event.Hint{Kind: event.Settings, Tenant: h.Tenant}) }
	ann, mia := h.dial(t, h.Ann), h.dial(t, h.Mia)
	require.False(t, as[helloData](t, ann.frame("hello")).Masked)
	require.False(t, as[helloData](t, mia.frame("hello")).Masked)
	for _, masked := range []bool{true, false} {
		h.keep(t, map[tenant.SwitchKey]bool{tenant.MaskForAgents: masked})
		changed()
		require.Equal(t, resight, as[farewell](t, ann.frame("goodbye")))
		ann = h.dial(t, h.Ann)
		hello := as[helloData](t, ann.frame("hello"))
		require.Equal(t, masked, hello.Masked)
		require.Equal(t, masked, strings.Contains(hello.Chats[0].EndUser.Number, "•"))
	}
	// What changes nothing for them leaves them alone.
	h.keep(t, map[tenant.SwitchKey]bool{tenant.WrapUpWanted: true})
	changed()
	ann.ok("resume", 0, map[string]any{"chats": map[string]int{}})
	h.keep(t, map[tenant.SwitchKey]bool{tenant.MaskForAgents: true})
	changed()
	require.Equal(t, resight, as[farewell](t, ann.frame("goodbye")))
	mia.ok("resume", 0, map[string]any{"chats": map[string]int{}})
}
