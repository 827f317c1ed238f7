package chat

import (
	"strings"

	"sidetone/chat/command"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	"sidetone/queues"
)

// With opt_in = confirm a chat that a consumer begins waits for YES or START before its menu or queue (spec 1.4). Until
// then it is selecting without a menu; its queue is where the answer will lead.

// mustAgree says whether the chat that begins waits for the consumer's agreement.
func (s *step) mustAgree() bool {
	return s.c.Rules.Settings(0).Choice(tenant.OptIn) == "confirm"
}

// askToAgree greets and asks in one text.
func (s *step) askToAgree(node *queues.Node) {
	s.c.Queue = node.ID
	greeting, ask := s.text(reply.Greeting, s.c.Lang, node), s.text(reply.OptIn, s.c.Lang, node)
	s.say("greeting", s.c.Lang, strings.TrimSpace(greeting+"\n"+ask))
}

// agreeing says whether the chat waits for the consumer's agreement.
func (c Chat) agreeing() bool {
	return c.Status == Selecting && c.StartedBy == ByEndUser && c.Menu == 0
}

// agree takes a text while the agreement is awaited. What is not one is asked once more; then there is silence under the
// timer.
func (s *step) agree(m command.Match) {
	node := s.c.Rules.Tree.Enter(s.c.Queue)
	if node == nil { // it is gone
		node = s.c.Rules.Tree.Enter(s.c.Pair.Entry)
	}
	if m.Kind != command.Start {
		if s.c.InvalidChoices++; s.c.InvalidChoices == 1 {
			s.say("opt_in", s.c.Lang, s.text(reply.OptIn, s.c.Lang, node))
		}
		return
	}
	if node == nil {
		return
	}
	s.mark(Mark{Kind: "opted_in", Text: m.Word})
	s.emit(OptIn{Word: m.Word, Shown: s.text(reply.OptIn, s.c.Lang, node)})
	s.c.InvalidChoices, s.c.Queue = 0, 0
	s.enter(node)
}

// enter goes to a leaf, or to a menu that asks something.
func (s *step) enter(node *queues.Node) {
	if node.Leaf() {
		s.enqueue(node.ID)
		return
	}
	s.c.Menu = node.ID
	s.sayMenu("menu", "", node)
}
