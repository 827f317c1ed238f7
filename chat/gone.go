package chat

import (
	"time"

	"sidetone/queues"
)

// QueueGone says that the chat's queue or menu may have been deleted (spec 1.4). The rules' tree says whether it was, and
// which queue stands in.
type QueueGone struct{}

func (QueueGone) event() {}

// byDeletion is the reason of marks that a deleted queue leaves in a transcript.
const byDeletion = "group_deleted"

// moveOn takes a chat whose queue or menu was deleted to the substitute, or ends it when there is none. It comes before
// whatever people do with the chat, so nothing depends on how soon after the deletion all chats have been told.
func (s *step) moveOn() bool {
	if !s.c.Status.Active() || s.c.Rules == nil {
		return false
	}
	at := s.c.Queue
	if at == 0 {
		at = s.c.Menu
	}
	to, gone := s.c.Rules.Tree.Gone(at)
	if !gone {
		return false
	}
	node := s.c.Rules.Tree.Enter(to)
	switch {
	case node == nil && (s.c.Status == Selecting || s.c.Status == Queued):
		s.end(Failed, EndedBySystem, GroupDeletedNoSub)
	case node == nil:
		s.end(Finished, EndedBySystem, GroupDeletedNoSub)
	case s.c.agreeing(): // the answer leads elsewhere now
		s.c.Queue = node.ID
		s.mark(Mark{Kind: "moved", Queue: node.ID, Reason: byDeletion})
	case s.c.Status == Selecting && node.Leaf():
		if !s.c.Pair.OptedOut {
			s.say("queued", s.c.Lang, s.waitText(node))
		}
		s.enqueue(node.ID)
	case s.c.Status == Queued && node.Leaf(): // their place in the line stays theirs
		s.c.Queue = node.ID
		s.mark(Mark{Kind: "queued", Queue: node.ID, Reason: byDeletion})
		s.emit(Withdraw{})
		s.emit(Route{Queue: node.ID})
	case s.c.Status == Selecting || s.c.Status == Queued:
		s.backTo(node)
	default: // assigned or laid aside: the agent keeps the chat
		s.c.Queue = node.ID
		s.mark(Mark{Kind: "moved", Queue: node.ID, Reason: byDeletion})
	}
	return true
}

// backTo shows a menu to somebody whose queue has become one.
func (s *step) backTo(menu *queues.Node) {
	if s.c.Status == Queued {
		s.emit(Withdraw{})
	}
	s.c.Status, s.c.Queue, s.c.QueuedAt, s.c.InvalidChoices, s.c.Menu = Selecting, 0, time.Time{}, 0, menu.ID
	if !s.c.Pair.OptedOut {
		s.sayMenu("menu", "", menu)
	}
}
