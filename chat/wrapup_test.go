package chat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// wrapping asks agents at their desks what chats were about, and lets Ann have one chat at a time.
func wrapping(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.atDesks(t)
	h.keep(t, "wrap_up", `true`)
	h.keep(t, "wrap_up_time", `60`)
	h.keep(t, "dispositions", `["Solved", "Refund"]`)
	h.exec(t, "update users set chat_limit = 1 where id = $1", h.ann)
	return h
}

// answers says whether Ann can take a chat of Theo's that is offered to her.
func answers(t *testing.T, h *house, c id.Chat) error {
	t.Helper()
	_, err := h.Accept(t.Context(), h.tenant, c, h.ann)
	return err
}

func TestAChatThatIsWrappedUpTakesASlotUntilItIsSaidWhatItWasAbout(t *testing.T) {
	t.Parallel()
	h := wrapping(t)
	c := h.assigned(t)
	require.NoError(t, h.End(t.Context(), h.tenant, c, h.ann))
	rows := h.transcript(t, c)
	require.Contains(t, rows[len(rows)-1], "*ended", "for the customer it is over")

	h.text(t, theo, sales, "hello")
	other := h.newest(t)
	h.offer(t, other, h.ann)
	require.Equal(t, errs.AtLimit, errs.CodeOf(answers(t, h, other)))
	open, err := h.WrapUps(t.Context(), h.tenant, h.ann)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, c, open[0].ID)
	require.Equal(t, h.clock.Now().Add(time.Minute).UTC(), open[0].Wrapped.Until.UTC())

	say := func(by id.User, of id.Chat, disposition, note string) error {
		return h.WrapUp(t.Context(), h.tenant, of, by, disposition, note)
	}
	require.Equal(t, errs.NotFound, errs.CodeOf(say(h.ann, other, "Solved", "")))
	require.Equal(t, errs.NotOwner, errs.CodeOf(say(h.bob, c, "Solved", "")))
	require.ErrorContains(t, say(h.ann, c, "", ""), "Choose what the chat was about")
	require.ErrorContains(t, say(h.ann, c, "solved", ""), "none of the dispositions")
	require.ErrorContains(t, say(h.ann, c, "Solved", strings.Repeat("é", 1001)), "at most 1000")

	h.log.take()
	h.routed()
	require.NoError(t, say(h.ann, c, "Refund", strings.Repeat("é", 1000)+" "))
	require.Equal(t, []event.Hint{{Kind: event.AgentChanged, Tenant: h.tenant, User: h.ann}}, h.log.take())
	require.Equal(t, 1, h.routed(), "the slot may be filled")
	require.NoError(t, say(h.ann, c, "Refund", strings.Repeat("é", 1000)), "a repeat changes nothing")
	require.Equal(t, errs.Conflict, errs.CodeOf(say(h.ann, c, "Solved", "")))
	require.NoError(t, answers(t, h, other))

	v, err := h.View(t.Context(), h.tenant, c)
	require.NoError(t, err)
	require.Equal(t, chat.Wrapped{Until: v.Wrapped.Until, DoneAt: v.Wrapped.DoneAt, Disposition: "Refund", Note: strings.Repeat("é", 1000)}, v.Wrapped)
	require.Len(t, h.transcript(t, c), len(rows), "after the end nothing is appended")
}

func TestWhenTheTimeForWrapUpIsOverTheSlotIsFreeAndLateWordsAreKept(t *testing.T) {
	t.Parallel()
	h := wrapping(t)
	c := h.assigned(t)
	h.text(t, marisol, sales, "EXIT")
	h.text(t, theo, sales, "hello")
	other := h.newest(t)
	h.offer(t, other, h.ann)
	h.clock.advance(time.Minute - time.Microsecond)
	require.Equal(t, errs.AtLimit, errs.CodeOf(answers(t, h, other)), "whoever ended it, it is wrapped up")
	h.clock.advance(time.Microsecond)
	require.NoError(t, answers(t, h, other))
	open, err := h.WrapUps(t.Context(), h.tenant, h.ann)
	require.NoError(t, err)
	require.Empty(t, open)
	require.Equal(t, h.clock.Now().UTC(), one[time.Time](t, h, "select due_at from due where kind = 'offer' and ref = $1", c).UTC(), "a router looks at once")
	require.NoError(t, h.WrapUp(t.Context(), h.tenant, c, h.ann, "", "She will call back"))
	require.Equal(t, "She will call back", one[string](t, h, "select note from wrap_ups"))
}

func TestASupervisorSeesWhoWrapsUpAndNobodyTransfersToThem(t *testing.T) {
	t.Parallel()
	h := wrapping(t)
	c := h.assigned(t)
	require.NoError(t, h.EndBy(t.Context(), h.tenant, c, h.bob))
	agents, err := h.WatchedAgents(t.Context(), h.tenant)
	require.NoError(t, err)
	for _, a := range agents {
		require.Equal(t, a.Agent.ID == h.ann, a.Wrapping == 1, a.Agent.Name)
	}

	h.text(t, theo, sales, "hello")
	other := h.newest(t)
	h.offer(t, other, h.bob)
	_, err = h.Accept(t.Context(), h.tenant, other, h.bob)
	require.NoError(t, err)
	targets, err := h.Targets(t.Context(), h.tenant, other)
	require.NoError(t, err)
	require.Contains(t, targets.Agents[0].Why.Message, "as many chats")
}

func TestNobodyIsAskedWhereWrapUpIsOffOrWhoIsGone(t *testing.T) {
	t.Parallel()
	off := func(h *house) { h.keep(t, "wrap_up", `false`) }
	shut := func(h *house) { h.exec(t, "delete from presence") }
	supervisor := func(h *house, c id.Chat) { require.NoError(t, h.EndBy(t.Context(), h.tenant, c, h.bob)) }
	consumer := func(h *house, _ id.Chat) { h.text(t, marisol, sales, "EXIT") }
	for name, how := range map[string]struct {
		change func(*house)
		end    func(*house, id.Chat)
	}{
		"it is off":                       {off, supervisor},
		"the desk is shut":                {shut, supervisor},
		"the consumer leaves a shut desk": {shut, consumer},
	} {
		t.Run(name, func(t *testing.T) {
			h := wrapping(t)
			c := h.assigned(t)
			how.change(h)
			how.end(h, c)
			require.Equal(t, 0, one[int](t, h, "select count(*)::int from wrap_ups"))
			require.Equal(t, errs.NotFound, errs.CodeOf(h.WrapUp(t.Context(), h.tenant, c, h.ann, "Solved", "")))
		})
	}
}

func TestANoteIsForgottenWithItsConsumer(t *testing.T) {
	t.Parallel()
	h := wrapping(t)
	c := h.assigned(t)
	require.NoError(t, h.End(t.Context(), h.tenant, c, h.ann))
	require.NoError(t, h.WrapUp(t.Context(), h.tenant, c, h.ann, "Solved", "Her heliotrope mug"))
	require.NotEmpty(t, h.everywhere(t, "heliotrope"))
	h.gone(t)
	require.NoError(t, h.Erase(t.Context(), h.tenant, marisol, tenant.Actor{User: h.bob}))
	require.Empty(t, h.everywhere(t, "heliotrope"))
}
