package chat

import (
	"time"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Status is where a chat is in its life (spec 1.5). Empty: there is no chat yet.
type Status string

// The statuses. The last three of the first group are final; the second group is reserved.
const (
	None      Status = ""
	Selecting Status = "selecting"
	Queued    Status = "queued"
	Assigned  Status = "assigned"
	Dismissed Status = "dismissed"
	Finished  Status = "finished"
	Failed    Status = "failed"
	Canceled  Status = "canceled"

	Switching   Status = "switching"
	VAAssigned  Status = "va_assigned"
	VADismissed Status = "va_dismissed"
)

// Final says whether nothing can happen to the chat any more.
func (s Status) Final() bool { return s == Finished || s == Failed || s == Canceled }

// Active says whether the chat is the one of its pair.
func (s Status) Active() bool { return s != None && !s.Final() }

// StartedBy says who began a chat.
type StartedBy string

// Who may begin a chat.
const (
	ByEndUser StartedBy = "end_user"
	ByAPI     StartedBy = "api"
	ByAgent   StartedBy = "agent"
)

// Disconnected says who ended a chat (spec 1.5).
type Disconnected string

// Who may end a chat.
const (
	EndedByEndUser Disconnected = "disconnected_by_end_user"
	EndedByAgent   Disconnected = "disconnected_by_agent"
	EndedBySystem  Disconnected = "disconnected_by_system"
)

// FailReason says why a chat ended as it did (spec 1.5).
type FailReason string

// The fail reasons.
const (
	Nothing           FailReason = "nothing"
	NoResponse        FailReason = "no_response"
	Expired           FailReason = "expired"
	AfterHours        FailReason = "after_hours"
	ExpiredSelection  FailReason = "expired_menu_selection"
	EndUserOptOut     FailReason = "end_user_opt_out"
	GroupDeletedNoSub FailReason = "group_deleted_no_substitute"
)

// Chat is a chat with the pair it belongs to. Times are zero where the thing has not happened.
type Chat struct {
	ID             id.Chat
	Status         Status
	StartedBy      StartedBy
	Lang           string
	Menu           id.Queue // the menu shown while selecting
	Queue          id.Queue // the leaf, once chosen
	Agent          id.User
	LastAgent      id.User
	Seq            int // rows in the transcript
	InvalidChoices int
	Greeted        bool
	OptOutFlag     bool
	AfterHoursTold bool // the consumer knows that nobody is there
	Transfers      int  // begun so far
	Handover       Handover
	CreatedAt      time.Time
	QueuedAt       time.Time
	AssignedAt     time.Time
	LastConsumerAt time.Time
	LastAgentAt    time.Time
	DismissedAt    time.Time
	OwedSince      time.Time // an agent has the chat and owes an answer; see response.go
	DueAt          time.Time // the earliest timer; derived, see timers.go
	EndedAt        time.Time
	DisconnectedBy Disconnected
	FailReason     FailReason

	Pair      Pair
	Rules     *Rules    // the tenant's settings as they are now; never saved
	AgentGone bool      // the agent has no desk open, or is shut out; never saved
	Joined    []id.User // supervisors who write beside the agent; their marks say so
}

// Pair is what is known of a consumer and one of our numbers, chat or not.
type Pair struct {
	Name        string                // the consumer's, when it is known
	Entry       id.Queue              // the queue the number belongs to, 0: none
	Sessionless bool                  // the number is for session-less texts
	Silent      bool                  // the carrier answers STOP, START and HELP, so we do not
	Blocked     bool                  // the consumer is on the blocklist
	OptedOut    bool                  // the consumer is on the do-not-contact list
	Replies     Replies               // automatic replies sent, for the throttle
	Elsewhere   map[id.Thread]Replies // those that the consumer got from our other numbers
}

// Event is something that happened to a chat. Late and repeated events are ordinary input.
type Event interface{ event() }

type (
	// TextIn is a text of the consumer.
	TextIn struct {
		Body     string
		Answered string // STOP, START or HELP when the carrier took it for that word and has answered it
	}
	// Accept is an agent taking the chat from its queue, or the server taking it for them.
	Accept struct {
		Agent id.User
		Auto  bool
	}
	// AgentText is a text of the chat's agent.
	AgentText struct {
		Agent    id.User
		Body     string
		ClientID string
	}
	// End is the agent ending the chat.
	End struct{ Agent id.User }
	// Dismiss is the agent laying a silent chat aside.
	Dismiss struct{ Agent id.User }
	// OptOutConfirmed is a person deciding that a flagged text was a request to stop.
	OptOutConfirmed struct{ By id.User }
	// OptOutDismissed is a person deciding that it was not.
	OptOutDismissed struct{ By id.User }
	// MediaSettled says that a file of a text is ready, or why it was refused.
	MediaSettled struct{ Reason string }
	// TimerFired says that the chat's due time may have come.
	TimerFired struct{}
)

func (TextIn) event()          {}
func (Accept) event()          {}
func (AgentText) event()       {}
func (End) event()             {}
func (Dismiss) event()         {}
func (OptOutConfirmed) event() {}
func (OptOutDismissed) event() {}
func (MediaSettled) event()    {}
func (TimerFired) event()      {}

// Effect is something to save or do because of an event. Effects that carry a Seq are rows of the transcript, in order.
type Effect interface{ effect() }

type (
	// Hear stores the consumer's text. Seq 0: it is in no chat, and Disposition says why. In a chat, it may be a command.
	Hear struct {
		Seq         int
		Disposition wire.Disposition
	}
	// Say sends a system text to the consumer. Seq 0: outside any chat.
	Say struct {
		Seq  int
		Kind string // greeting, menu, stop_confirmation …; expiry and exemptions hang on it
		Text string
		Lang string
	}
	// Speak sends an agent's or a program's text to the consumer.
	Speak struct {
		Seq      int
		Agent    id.User
		Text     string
		ClientID string
		Program  bool // the API sends it; with an agent on their behalf
	}
	// Write puts a mark into the transcript.
	Write struct {
		Seq  int
		Mark Mark
	}
	// OptOut puts the consumer on the do-not-contact list and cancels what is queued for them.
	OptOut struct {
		Source string // keyword, phrase, agent, carrier
		Word   string
		By     id.User
		Shown  string // the confirmation's text
	}
	// OptIn takes the consumer off the list.
	OptIn struct{ Word, Shown string }
	// FlagDecided writes to the ledger that a flag was dismissed.
	FlagDecided struct{ By id.User }
	// Route says that the chat waits for an agent now.
	Route struct{ Queue id.Queue }
	// Withdraw closes the chat's open offers.
	Withdraw struct{ Winner id.User }
	// Release says that an agent has a slot free.
	Release struct{ Agent id.User }
)

func (Hear) effect()        {}
func (Say) effect()         {}
func (Speak) effect()       {}
func (Write) effect()       {}
func (OptOut) effect()      {}
func (OptIn) effect()       {}
func (FlagDecided) effect() {}
func (Route) effect()       {}
func (Withdraw) effect()    {}
func (Release) effect()     {}

// Mark is a row of the transcript that is not a text.
type Mark struct {
	// Kind is started, menu_choice, queued, assigned, transfer, transfer_failed, taken_over, dismissed, resumed, flag,
	// flag_cleared, opted_out, whisper, joined, left or ended.
	Kind   string   `json:"-"`
	User   id.User  `json:"-"`
	To     id.User  `json:"to_id,omitempty"` // of a transfer
	Text   string   `json:"text,omitempty"`
	Queue  id.Queue `json:"queue_id,omitempty"`
	By     string   `json:"by,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Auto   bool     `json:"auto,omitempty"` // assigned without being asked
}

// Step is the whole life of a chat: the same chat, event and time always give the same answer. It reads no clock and
// no database. An error says why the event was refused; then nothing has changed.
func Step(c Chat, ev Event, now time.Time) (Chat, []Effect, error) {
	s := step{c: c, now: now, silent: c.Pair.Silent}
	err := s.do(ev)
	if err != nil {
		return c, nil, err
	}
	s.settleResponse(c)
	s.c.DueAt = s.c.next(s.now).at
	return s.c, s.out, nil
}

// step is one Step under way.
type step struct {
	c      Chat
	now    time.Time
	out    []Effect
	silent bool // the carrier answers command words, so we do not
}

func (s *step) do(ev Event) error {
	switch ev.(type) {
	case TextIn, TimerFired: // a text is looked at for command words first; time does nothing before it is due
	case Outbound, FirstText: // they may begin a chat, which is not the step in which another ends
	case QueueGone:
		s.moveOn()
	default:
		if s.c.Status != Selecting { // nobody was offered a chat that chooses
			s.moveOn()
		}
	}
	switch ev := ev.(type) {
	case TextIn:
		s.textIn(ev)
	case Accept:
		return s.accept(ev)
	case AgentText:
		return s.agentText(ev)
	case Outbound:
		return s.outbound(ev)
	case End:
		if err := s.owned(ev.Agent); err != nil {
			return err
		}
		s.endAs(Finished, ev.Agent)
	case Dismiss:
		return s.dismissBy(ev)
	case Transfer:
		return s.transfer(ev)
	case TransferRefused:
		return s.refuseTransfer(ev)
	case TakeOver:
		return s.takeOver(ev)
	case EndBy:
		return s.endBy(ev)
	case ResumeCall:
		return s.resumeCall(ev)
	case Finish:
		return s.finish()
	case Resume:
		return s.resume()
	case Whisper:
		return s.whisper(ev)
	case Join:
		return s.join(ev)
	case Leave:
		return s.leaveJoined(ev)
	case FirstText:
		return s.firstText(ev)
	case OptOutConfirmed:
		return s.confirmOptOut(ev)
	case OptOutDismissed:
		return s.dismissOptOut(ev)
	case MediaSettled:
		s.mediaSettled(ev)
	case TimerFired:
		s.timerFired()
	}
	return nil
}

// accept gives the chat to the agent who took it. Two race: the one whose transaction came second is told who has it.
func (s *step) accept(ev Accept) error {
	switch {
	case s.c.Status == Assigned && s.c.Agent == ev.Agent:
		return nil // a repeat
	case s.c.Status == Assigned && s.c.Handover.To == ev.Agent:
		s.takeHandover(ev.Agent)
		return nil
	case s.c.Status == Assigned:
		return errs.New(errs.AlreadyTaken, "Somebody else answered this chat")
	case s.c.Status != Queued:
		return errs.New(errs.OfferGone, "This chat is no longer waiting")
	}
	s.emit(Withdraw{Winner: ev.Agent})
	s.assign(ev.Agent, ev.Auto)
	return nil
}

// assign makes the chat an agent's.
func (s *step) assign(agent id.User, auto bool) {
	s.c.Status, s.c.Agent, s.c.LastAgent, s.c.AssignedAt = Assigned, agent, agent, s.now
	s.mark(Mark{Kind: "assigned", User: agent, Queue: s.c.Queue, Auto: auto})
}

func (s *step) agentText(ev AgentText) error {
	if err := s.writes(ev.Agent); err != nil {
		return err
	}
	if s.c.Pair.OptedOut {
		return errs.New(errs.OptedOut, "This customer has opted out of texts")
	}
	s.c.LastAgentAt = s.now
	s.emit(Speak{Seq: s.row(), Agent: ev.Agent, Text: ev.Body, ClientID: ev.ClientID})
	return nil
}

// mediaSettled leaves a note where a picture should be and was refused (spec 1.6). After the end nothing is appended; then
// the text's own media say it.
func (s *step) mediaSettled(ev MediaSettled) {
	if ev.Reason != "" && s.c.Status.Active() {
		s.mark(Mark{Kind: "media_refused", Reason: ev.Reason})
	}
}

// owned refuses what only the chat's agent may do.
func (s *step) owned(agent id.User) error {
	switch {
	case s.c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case s.c.Status != Assigned || s.c.Agent != agent:
		return errs.New(errs.NotOwner, "This chat is not yours")
	}
	return nil
}

// enqueue lets the chat wait for an agent of a leaf. Outside its hours the consumer is told so.
func (s *step) enqueue(queue id.Queue) {
	s.c.Status, s.c.Queue, s.c.Menu, s.c.QueuedAt = Queued, queue, 0, s.now
	s.mark(Mark{Kind: "queued", Queue: queue})
	s.emit(Route{Queue: queue})
	if !s.open() {
		s.tellClosed()
	}
}

// dismissBy lays a chat aside by hand: inbound only, and both must have written (spec 1.5).
func (s *step) dismissBy(ev Dismiss) error {
	if err := s.owned(ev.Agent); err != nil {
		return err
	}
	switch {
	case s.c.Handover.To != 0:
		return errs.New(errs.Conflict, "The chat is being transferred")
	case !s.c.dismissible():
		return errs.New(errs.Invalid, "Only a chat in which both have written can be dismissed")
	}
	s.dismiss(string(EndedByAgent))
	return nil
}

func (s *step) dismiss(by string) {
	agent := s.c.Agent
	s.c.Status, s.c.DismissedAt, s.c.Agent, s.c.QueuedAt = Dismissed, s.now, 0, time.Time{}
	mark := Mark{Kind: "dismissed", By: by}
	if by == string(EndedByAgent) {
		mark.User = agent
	}
	s.mark(mark)
	s.emit(Release{Agent: agent})
}

// end writes the last row of the transcript, for the consumer or the system.
func (s *step) end(status Status, by Disconnected, reason FailReason) {
	s.close(status, Mark{By: string(by), Reason: string(reason)})
}

// endAs is a person of ours ending the chat.
func (s *step) endAs(status Status, user id.User) {
	s.close(status, Mark{User: user, By: string(EndedByAgent), Reason: string(Nothing)})
}

func (s *step) close(status Status, mark Mark) {
	was, agent := s.c.Status, s.c.Agent
	s.dropHandover(WhyChatEnded)
	s.c.Status, s.c.EndedAt, s.c.DisconnectedBy, s.c.FailReason = status, s.now, Disconnected(mark.By), FailReason(mark.Reason)
	mark.Kind = "ended"
	s.mark(mark)
	if was == Queued {
		s.emit(Withdraw{})
	}
	if was == Assigned {
		s.letGo(agent)
	}
}

// endedBefore is the final status of a chat that the consumer leaves: canceled before an agent, else finished.
func (c Chat) endedBefore() Status {
	if c.Status == Selecting || c.Status == Queued {
		return Canceled
	}
	return Finished
}

func (s *step) emit(e Effect) { s.out = append(s.out, e) }

// row numbers the next row of the transcript; 0 when there is no chat to have one.
func (s *step) row() int {
	if !s.c.Status.Active() {
		return 0
	}
	s.c.Seq++
	return s.c.Seq
}

func (s *step) mark(m Mark) {
	s.c.Seq++
	s.emit(Write{Seq: s.c.Seq, Mark: m})
}
