package chat

import (
	"strings"
	"time"

	"sidetone/chat/command"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	"sidetone/queues"
)

// textIn does what spec 1.2 says, in its order, once the adapter has taken repeats away.
func (s *step) textIn(ev TextIn) {
	if s.c.Pair.Blocked {
		s.emit(Hear{Disposition: wire.Blocked})
		return
	}
	m := s.c.Rules.Words.Match(ev.Body)
	if ev.Answered != "" {
		s.silent, m = true, answered(ev.Answered, m)
	}
	if s.command(m) {
		return
	}
	switch {
	case s.c.Pair.OptedOut:
		s.emit(Hear{Disposition: wire.NotWanted})
	case s.c.Status.Active():
		s.continueChat(ev, m)
	case s.c.Pair.Sessionless:
		s.emit(Hear{Disposition: wire.Sessionless})
		every := s.c.Rules.Settings(0).Duration(tenant.SessionlessReplyInterval)
		s.autoReply("sessionless_reply", reply.Sessionless, "", every, 0)
	case s.c.Pair.Entry == 0:
		s.emit(Hear{Disposition: wire.NoQueue})
	case !s.c.Rules.Settings(0).On(tenant.SMSChatEnabled):
		s.emit(Hear{Disposition: wire.ChannelOff})
	default:
		s.begin(ev, m)
	}
}

// command handles the words that win over every menu and every state. It reports whether the text was one.
func (s *step) command(m command.Match) bool {
	switch m.Kind {
	case command.Stop:
		s.stop(m)
	case command.Start:
		if s.c.agreeing() && !s.c.Pair.OptedOut {
			return false // what the chat waits for
		}
		if m.Word == "YES" && s.c.Status.Active() && !s.c.Pair.OptedOut {
			return false // the likeliest answer to an agent's question
		}
		s.start(m)
	case command.Help:
		s.hear(wire.Command)
		if !s.silent {
			s.autoReply("help", reply.Help, s.langOf(m), 0, 5)
		}
	case command.Exit:
		if s.c.Pair.OptedOut {
			return false
		}
		s.exit()
	case command.Back:
		return s.back()
	default:
		return false
	}
	return true
}

// stop is law: on the list, one confirmation, silence; an active chat ends.
func (s *step) stop(m command.Match) {
	s.hear(wire.Command)
	shown := ""
	if !s.c.Pair.OptedOut { // one confirmation, the first time
		if !s.silent {
			shown = s.text(reply.Stop, s.langOf(m), nil)
		}
		s.emit(OptOut{Source: source(m.Tier), Word: m.Word, Shown: shown})
		s.c.Pair.OptedOut = true
	}
	if s.c.Status.Active() {
		s.mark(Mark{Kind: "opted_out", Text: m.Word})
	}
	if shown != "" {
		s.say("stop_confirmation", s.langOf(m), shown)
	}
	if s.c.Status.Active() {
		s.end(s.c.endedBefore(), EndedByEndUser, EndUserOptOut)
	}
}

func (s *step) start(m command.Match) {
	s.hear(wire.Command)
	was := s.c.Pair.OptedOut
	shown := ""
	if !s.silent {
		shown = s.text(reply.Start, s.langOf(m), nil)
	}
	if was {
		s.emit(OptIn{Word: m.Word, Shown: shown})
		s.c.Pair.OptedOut = false
	}
	// Someone who is not on the list is told so too, but not for ever: two robots must not talk without end.
	if shown != "" && (was || s.c.Pair.Replies.allow(&s.c, "start_confirmation", s.now, repliesEvery, repliesHour)) {
		s.say("start_confirmation", s.langOf(m), shown)
	}
}

// exit ends a chat; as the first text it creates none.
func (s *step) exit() {
	s.hear(wire.Command)
	if !s.c.Status.Active() {
		return
	}
	s.say("exit", s.c.Lang, s.text(reply.Exit, s.c.Lang, nil))
	s.end(s.c.endedBefore(), EndedByEndUser, Nothing)
}

// back returns to the previous menu while selecting or queued; elsewhere BACK is an ordinary text.
func (s *step) back() bool {
	at := s.c.Menu
	if s.c.agreeing() {
		return false
	}
	if s.c.Status == Queued {
		at = s.c.Queue
	}
	if s.c.Pair.OptedOut || s.c.StartedBy != ByEndUser || (s.c.Status != Selecting && s.c.Status != Queued) {
		return false
	}
	if _, gone := s.c.Rules.Tree.Gone(at); gone {
		return false // there is no way back from there; the text is heard and the chat moves on
	}
	previous := s.previousMenu(at)
	if previous == nil && s.c.Status == Queued {
		return false // the number leads straight to this queue: there is no menu to go back to
	}
	s.hear(wire.Command)
	if s.c.Status == Queued {
		s.emit(Withdraw{})
	}
	s.c.Status, s.c.Queue, s.c.QueuedAt, s.c.InvalidChoices = Selecting, 0, time.Time{}, 0
	first := ""
	if previous == nil {
		previous, first = s.c.Rules.Tree.Node(at), s.text(reply.Top, s.c.Lang, nil)
	}
	s.c.Menu = previous.ID
	s.sayMenu("menu", first, previous)
	return true
}

// previousMenu is the nearest menu above a queue that asks something, not above the number's own queue.
func (s *step) previousMenu(q id.Queue) *queues.Node {
	tree := s.c.Rules.Tree
	if q == s.c.Pair.Entry {
		return nil
	}
	for _, up := range tree.Chain(q)[1:] {
		if n := tree.Node(up); len(n.Listed()) > 1 {
			return n
		}
		if up == s.c.Pair.Entry {
			return nil
		}
	}
	return nil
}

// begin opens a chat: greeting, then the menu or the wait. A keyword as the first text jumps to its queue.
func (s *step) begin(ev TextIn, m command.Match) {
	pair, rules := s.c.Pair, s.c.Rules
	s.c = Chat{
		Status: Selecting, StartedBy: ByEndUser, Lang: rules.Lang(pair.Entry), CreatedAt: s.now,
		LastConsumerAt: s.now, Pair: pair, Rules: rules,
	}
	s.mark(Mark{Kind: "started", By: string(ByEndUser), Queue: pair.Entry})
	s.hear("")
	s.flag(m)
	s.c.Greeted = true
	node := rules.Tree.Enter(pair.Entry)
	if said := rules.Tree.Keyword(pair.Entry, ev.Body, s.c.Lang); said != nil {
		node = rules.Tree.Enter(said.ID)
	}
	if s.mustAgree() {
		s.askToAgree(node)
		return
	}
	s.say("greeting", s.c.Lang, s.text(reply.Greeting, s.c.Lang, node))
	s.enter(node)
}

// continueChat takes a text into the active chat.
func (s *step) continueChat(ev TextIn, m command.Match) {
	s.hear("")
	s.flag(m)
	was := s.c.Status
	if s.moveOn() && was == Selecting && !s.c.agreeing() {
		return // the text chose in a menu that is gone
	}
	switch s.c.Status {
	case Selecting:
		switch {
		case s.c.agreeing():
			s.agree(m)
		case s.c.Menu != 0:
			s.choose(ev.Body)
		default:
			s.firstReply()
		}
	case Dismissed:
		s.reopen()
	case Queued:
		if !s.open() {
			s.tellClosed()
		}
	}
}

// firstReply is the consumer's answer to a chat that a program began: it meets the menu of the number's queue. On a
// number without a queue the reply stays in the chat and no text is sent (spec 1.5).
func (s *step) firstReply() {
	node := s.c.Rules.Tree.Enter(s.c.Pair.Entry)
	if node == nil {
		return
	}
	s.enter(node)
}

func (s *step) choose(body string) {
	tree := s.c.Rules.Tree
	chosen := tree.Choose(s.c.Menu, body, s.c.Lang)
	if only := tree.Enter(s.c.Menu); chosen == nil && only != nil && only.Leaf() {
		chosen = only // the choices were taken away meanwhile
	}
	if chosen == nil {
		s.invalidChoice()
		return
	}
	node := tree.Enter(chosen.ID)
	s.c.InvalidChoices = 0
	s.mark(Mark{Kind: "menu_choice", Text: node.Name, Queue: node.ID})
	if !node.Leaf() {
		s.c.Menu = node.ID
		s.sayMenu("menu", s.text(reply.Choice, s.c.Lang, node), node)
		return
	}
	s.say("queued", s.c.Lang, strings.TrimSpace(s.text(reply.Choice, s.c.Lang, node)+" "+s.waitText(node)))
	s.enqueue(node.ID)
}

// waitText says that somebody waits in a leaf now, and how long if that is known; nothing outside its hours.
func (s *step) waitText(leaf *queues.Node) string {
	switch {
	case !s.c.Rules.Open(leaf.ID, s.now):
		return ""
	case s.waitMinutes(leaf) != "":
		return s.text(reply.WaitingFor, s.c.Lang, leaf)
	}
	return s.text(reply.Waiting, s.c.Lang, leaf)
}

// invalidChoice repeats the menu, 3 times at most; then there is silence under the timer.
func (s *step) invalidChoice() {
	s.c.InvalidChoices++
	if s.c.InvalidChoices > queues.MaxInvalidChoices {
		return
	}
	s.sayMenu("invalid_choice", s.text(reply.InvalidChoice, s.c.Lang, nil), s.c.Rules.Tree.Node(s.c.Menu))
}

// reopen takes a dismissed chat back into its queue, same id; the auto response says so. Outside the hours it comes back
// at the next opening.
func (s *step) reopen() {
	if !s.open() {
		s.returnLater()
		return
	}
	s.autoReply("returning", reply.Returning, s.c.Lang, repliesEvery, repliesHour)
	s.requeue()
}

func (s *step) requeue() {
	s.c.Agent, s.c.AssignedAt = 0, time.Time{}
	s.enqueue(s.c.Queue)
}

// flag marks a text in which a word stands that might mean STOP (spec 1.3, tier 3).
func (s *step) flag(m command.Match) {
	if m.PossibleOptOut && !s.c.OptOutFlag {
		s.c.OptOutFlag = true
		s.mark(Mark{Kind: "flag", Text: m.Word})
	}
}

// optedOutElsewhere ends a chat whose consumer has come on the list by another way than this chat: a STOP to another number
// of ours, the carrier's word, a person's. No further text is sent.
func (s *step) optedOutElsewhere() {
	s.mark(Mark{Kind: "opted_out"})
	s.end(s.c.endedBefore(), EndedByEndUser, EndUserOptOut)
}

// confirmOptOut is a person deciding that a flagged text was a request to stop. No further text is sent.
func (s *step) confirmOptOut(ev OptOutConfirmed) error {
	if err := s.c.flagged(); err != nil {
		return err
	}
	s.c.OptOutFlag = false
	s.mark(Mark{Kind: "opted_out", User: ev.By})
	if !s.c.Pair.OptedOut { // else another way was faster
		s.emit(OptOut{Source: "agent", By: ev.By})
		s.c.Pair.OptedOut = true
	}
	s.end(s.c.endedBefore(), EndedByEndUser, EndUserOptOut)
	return nil
}

func (s *step) dismissOptOut(ev OptOutDismissed) error {
	if err := s.c.flagged(); err != nil {
		return err
	}
	s.c.OptOutFlag = false
	s.mark(Mark{Kind: "flag_cleared", User: ev.By})
	s.emit(FlagDecided(ev))
	return nil
}

// flagged refuses a decision about a chat that has ended or carries no flag: somebody else decided.
func (c Chat) flagged() error {
	switch {
	case c.Status.Final():
		return errs.New(errs.ChatEnded, "The chat has ended")
	case !c.OptOutFlag:
		return errs.New(errs.Conflict, "This has been decided already")
	}
	return nil
}

// hear stores the consumer's text in the chat, or outside: for a command word either way.
func (s *step) hear(disposition wire.Disposition) {
	seq := s.row()
	if seq > 0 {
		s.c.LastConsumerAt = s.now
	}
	s.emit(Hear{Seq: seq, Disposition: disposition})
}

func (s *step) say(kind, lang, text string) {
	if text != "" {
		s.emit(Say{Seq: s.row(), Kind: kind, Text: text, Lang: lang})
	}
}

// sayMenu sends a menu under a first line that confirms or explains.
func (s *step) sayMenu(kind, first string, menu *queues.Node) {
	if menu == nil {
		return // it is gone
	}
	text := menu.Menu(s.text(reply.Menu, s.c.Lang, menu), s.c.Lang)
	if first != "" {
		text = first + "\n" + text
	}
	s.say(kind, s.c.Lang, text)
}

// autoReply sends an automatic text unless this consumer has had enough of its kind. It reports whether it did.
func (s *step) autoReply(kind string, what reply.Kind, lang string, every time.Duration, perHour int) bool {
	text := s.text(what, lang, s.c.Rules.Tree.Node(s.c.timerQueue()))
	if text == "" || !s.c.Pair.Replies.allow(&s.c, kind, s.now, every, perHour) {
		return false
	}
	s.say(kind, lang, text)
	return true
}

// langOf is the language to answer a word in: the chat's own if the word belongs to it too.
func (s *step) langOf(m command.Match) string {
	if s.c.Status.Active() {
		return m.LangFor(s.c.Lang)
	}
	return m.LangFor(s.c.Rules.Lang(s.c.Pair.Entry))
}

// answered is the reading of a text that the carrier took for a command word. It may know words that we do not; ours stand
// where we read the same.
func answered(kind string, m command.Match) command.Match {
	for _, k := range []command.Kind{command.Stop, command.Start, command.Help} {
		if strings.EqualFold(kind, k.String()) && m.Kind != k {
			return command.Match{Kind: k, Word: strings.ToUpper(kind)}
		}
	}
	return m
}

// source is how the ledger names the tier of an opt-out; a word of the carrier's own has none.
func source(t command.Tier) string {
	switch t {
	case command.Phrase:
		return "phrase"
	case command.Exact:
		return "keyword"
	}
	return "carrier"
}
