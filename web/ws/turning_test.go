package ws

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/web/edge/webtest"
)

// A chat that leaves its agent while it is being resumed: every row once and in order, one removal, one answer, on the
// tab that asked and on the other.
func TestAChatThatEndsOrIsDismissedWhileItIsResumed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, Limits{Page: 2})
	ann, tab := h.dial(t, h.Ann), h.dial(t, h.Ann)
	ann.frame("hello")
	tab.frame("hello")
	for why, leave := range map[string]func(of id.Chat) error{
		"ended":     func(of id.Chat) error { return h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID) },
		"dismissed": func(of id.Chat) error { return h.Chats.Dismiss(t.Context(), h.Tenant, of, h.Ann.ID) },
	} {
		for round := range 10 {
			of := h.Assigned(t, fmt.Sprintf("+1415555%d%03d", len(why), round), h.Ann)
			for _, c := range []*client{ann, tab} {
				c.wait("the chat", func(f in) bool { return f.Type == "chat_assigned" && f.Chat == of })
				c.held = nil
			}
			_, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "c1", "Let me look")
			require.NoError(t, err)
			left := make(chan error, 1)
			asked := ann.post("resume", 0, map[string]any{"chats": map[string]int{fmt.Sprint(of): 0}})
			go func() { left <- leave(of) }()
			require.NoError(t, <-left)
			require.Equal(t, "ok", ann.answer(asked).Type)
			last := webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of)
			for _, c := range []*client{ann, tab} {
				removed := c.wait("the removal", func(f in) bool { return f.Type == "chat_removed" && f.Chat == of })
				require.Equal(t, why, as[removedData](t, removed).Why)
				c.ok("resume", 0, map[string]any{"chats": map[string]int{}})
				var seqs []int
				for _, f := range c.held {
					require.NotEqual(t, "chat_removed", f.Type, "once")
					if f.Chat == of && f.Seq > 0 {
						seqs = append(seqs, f.Seq)
					}
				}
				require.Equal(t, last, seqs[len(seqs)-1])
				from := 0
				for i, seq := range seqs { // live rows may come before the replay begins
					if seq == 1 {
						from = i
					}
				}
				for i, seq := range seqs[from:] {
					require.Equal(t, seqs[from]+i, seq, "%v", seqs)
				}
			}
		}
	}
}
