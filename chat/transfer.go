package chat

import (
	"time"
	"unicode/utf8"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// longestNote is how much an agent may tell the next one.
const longestNote = 500

// Handover is a chat on its way to another agent (spec 1.5): it stays its agent's, who keeps writing, until the other
// accepts. It is a lease: accepted, declined or run out, the chat has a next step. Zero: it is on its way to nobody.
type Handover struct {
	To    id.User
	Until time.Time
}

// Why a transfer failed.
const (
	WhyDeclined  = "declined"
	WhyMissed    = "missed"
	WhyGone      = "gone"       // the agent who was asked has left
	WhyTakenOver = "taken_over" // a supervisor has the chat now
	WhyChatEnded = "chat_ended"
	WhyClosed    = "closed" // the queue is outside its hours: the transfer does not even begin
)

type (
	// Transfer is the chat's agent handing it to a queue or to another agent; one of the two.
	Transfer struct {
		By         id.User
		Supervisor bool // By is one, whoever has the chat
		Queue      id.Queue
		Agent      id.User
		Note       string // for the next agent, never for the consumer
		Target     Target // what is known of Agent
	}
	// TransferRefused is the agent who was asked to take a chat not taking it.
	TransferRefused struct {
		Agent id.User
		Why   string
	}
)

// Target is the agent to whom a chat is to go.
type Target struct {
	Name      string
	Exists    bool
	Available bool // and connected
	Serves    bool // the chat's queue
	Free      int  // slots
}

func (Transfer) event()        {}
func (TransferRefused) event() {}

type (
	// TransferBegan writes the row of a transfer.
	TransferBegan struct {
		Seq   int
		By    id.User
		Queue id.Queue
		Agent id.User
		Until time.Time
	}
	// TransferOver settles the one under way. Why is empty unless it failed.
	TransferOver struct {
		Agent id.User // who was asked, if an agent was
		Why   string
	}
	// Pass keeps the chat from being offered again at once to the agent who has just let it go.
	Pass struct{ Agent id.User }
)

func (TransferBegan) effect() {}
func (TransferOver) effect()  {}
func (Pass) effect()          {}

func (s *step) transfer(ev Transfer) error {
	owner := ev.By
	if ev.Supervisor {
		owner = s.c.Agent
	}
	if err := s.handsOver(ev, owner); err != nil {
		return err
	}
	if err := s.transferable(ev); err != nil {
		return err
	}
	if ev.Queue != 0 && !s.c.Rules.Open(ev.Queue, s.now) {
		s.queueClosed(ev, owner)
		return nil
	}
	s.c.Transfers++
	began := TransferBegan{By: owner, Queue: ev.Queue, Agent: ev.Agent}
	s.mark(Mark{Kind: "transfer", User: ev.By, To: ev.Agent, Queue: ev.Queue, Text: ev.Note})
	began.Seq = s.c.Seq
	if ev.Queue != 0 {
		s.emit(began)
		s.emit(TransferOver{})
		s.giveBack(ev.Queue)
		s.c.LastAgent = 0 // who let it go is not preferred
		s.emit(Pass{Agent: owner})
		return nil
	}
	began.Until = s.now.Add(s.c.Rules.Settings(s.c.Queue).Duration(tenant.OfferTimeout))
	s.c.Handover = Handover{To: ev.Agent, Until: began.Until}
	s.emit(began)
	return nil
}

// handsOver refuses what only the chat's agent and supervisors may do.
func (s *step) handsOver(ev Transfer, owner id.User) error {
	if ev.Supervisor && s.c.Status.Active() && s.c.Status != Assigned {
		return errs.New(errs.Conflict, "Only a chat that an agent has can be transferred")
	}
	return s.owned(owner)
}

// transferable refuses a transfer that can't be, and says why.
func (s *step) transferable(ev Transfer) error {
	most := s.c.Rules.Settings(s.c.timerQueue()).Count(tenant.MaxTransfers)
	switch {
	case (ev.Queue == 0) == (ev.Agent == 0):
		return errs.Field("to_queue_id", "Name a queue or an agent to transfer the chat to, one of the two")
	case utf8.RuneCountInString(ev.Note) > longestNote:
		return errs.Field("note", "A note has at most %d characters", longestNote)
	case s.c.Handover.To != 0:
		return errs.New(errs.Conflict, "The chat is being transferred already")
	case most == 0:
		return errs.New(errs.Conflict, "Chats of this queue are not transferred")
	case s.c.Transfers >= most:
		return errs.New(errs.Conflict, "The chat has been transferred %d times, which is the most", s.c.Transfers)
	case ev.Queue != 0:
		return s.queueTakes(ev.Queue)
	case ev.Agent == s.c.Agent && ev.Supervisor:
		return errs.Field("to_agent_id", "This agent has the chat already")
	case ev.Agent == s.c.Agent:
		return errs.Field("to_agent_id", "This chat is yours already")
	}
	if refused := ev.Target.takes(); refused != nil {
		return refused
	}
	return nil
}

// queueClosed leaves the chat with its agent: nobody would be offered it before the queue opens. The transcript says so
// (spec 6, 4.1), and as nothing began it is not one of the transfers that a chat may have.
func (s *step) queueClosed(ev Transfer, owner id.User) {
	mark, path := Mark{Kind: "transfer_failed", User: ev.By, Queue: ev.Queue, Reason: WhyClosed}, s.c.Rules.Tree.Path(ev.Queue)
	refused := errs.Field("to_queue_id", "%s is closed. The chat stays with you.", path)
	if ev.By != owner {
		mark.To, refused = owner, errs.Field("to_queue_id", "%s is closed. The chat stays where it is.", path)
	}
	s.mark(mark)
	s.emit(Declined{refused})
}

// queueTakes refuses a queue in which no agent would find the chat. A hidden one is fine: it is hidden from consumers.
func (s *step) queueTakes(q id.Queue) error {
	n := s.c.Rules.Tree.Node(q)
	switch {
	case n == nil:
		return errs.Field("to_queue_id", "There is no such queue")
	case n.Channel == "ivr":
		return errs.Field("to_queue_id", "%s is a queue for calls", n.Name)
	case !n.Leaf():
		return errs.Field("to_queue_id", "%s is a menu; choose a queue below it", n.Name)
	}
	return nil
}

// takes says why the agent can't be asked; nil: they can.
func (t Target) takes() *errs.Error {
	switch {
	case !t.Exists:
		return errs.Field("to_agent_id", "There is no such agent")
	case !t.Serves:
		return errs.Field("to_agent_id", "%s does not serve the queue of this chat", t.Name)
	case !t.Available:
		return errs.Field("to_agent_id", "%s is not available", t.Name)
	case t.Free <= 0:
		return errs.New(errs.AtLimit, "%s has as many chats as they may have", t.Name).At("to_agent_id")
	}
	return nil
}

// takeHandover gives the chat to the agent to whom it was held out.
func (s *step) takeHandover(agent id.User) {
	was := s.c.Agent
	s.c.Handover = Handover{}
	s.emit(TransferOver{Agent: agent})
	s.assign(agent, false)
	s.emit(Release{Agent: was})
}

func (s *step) refuseTransfer(ev TransferRefused) error {
	if s.c.Handover.To == 0 || s.c.Handover.To != ev.Agent {
		return errs.New(errs.OfferGone, "This chat is no longer offered to you")
	}
	s.transferFailed(ev.Why)
	return nil
}

// transferFailed returns the chat to its agent; to its queue, when that agent has left meanwhile. Someone who comes back
// to their desk is asked first.
func (s *step) transferFailed(why string) {
	s.mark(Mark{Kind: "transfer_failed", User: s.c.Handover.To, Reason: why})
	s.dropHandover(why)
	if s.c.AgentGone && s.c.Rules.Tree.Node(s.c.Queue) != nil {
		s.giveBack(s.c.Queue)
	}
}

// dropHandover settles a transfer that fails, if one is under way.
func (s *step) dropHandover(why string) {
	if to := s.c.Handover.To; to != 0 {
		s.c.Handover = Handover{}
		s.emit(TransferOver{Agent: to, Why: why})
	}
}

// giveBack takes the chat from its agent into a queue.
func (s *step) giveBack(queue id.Queue) {
	agent := s.c.Agent
	s.c.Queue = queue
	s.requeue()
	s.emit(Release{Agent: agent})
}
