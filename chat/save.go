package chat

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/media"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

// work collects what a transaction saves and what may leave the house once it has committed.
type work struct {
	tenant id.Tenant
	now    time.Time

	messages []carrier.NewMessage
	events   []eventRow
	chats    []chatRow // new ones, and those whose state changed
	touched  []Chat    // those whose facts changed and nothing else
	threads  []threadRow
	consents []carrier.Consent
	answers  []answer
	dues     map[id.Chat]time.Time
	cleared  []id.Chat
	closing  map[id.Chat]id.User // offers to close, with the winner
	passed   []passRow           // chats that an agent has let go
	began    []transferRow
	over     []transferRow
	freed    []id.User
	wraps    []wrapRow                  // chats that have ended and are to be wrapped up
	waiting  []id.Chat                  // chats that wait for an agent from now on
	records  []func(b *pgx.Batch) error // what callers write with their openings

	declined error // what the caller is told although this is saved

	shortcuts []id.Shortcut // with which the agent's text was written

	attached   []carrier.Media // what the agent's text brings along
	attachedTo id.Chat
	attachedBy string // the text's client id
	settled    *media.Settlement

	moved   map[id.User]map[id.Chat]int // after the commit: chats that moved, by the agent who sees them
	adrift  map[id.Chat]int             // those that nobody has
	offered []id.User                   // agents whose offers were closed
	lanes   map[id.Number]bool
	route   bool
}

// answer is an agent's answer for which a consumer waited.
type answer struct {
	chat id.Chat
	Answered
}

// eventRow is a mark on its way into the transcript.
type eventRow struct {
	chat id.Chat
	seq  int
	mark Mark
}

func newWork(t id.Tenant, now time.Time) *work {
	return &work{tenant: t, now: now}
}

// inboundText is the consumer's text that an event came from; nil for other events.
type inboundText struct {
	account    id.Account
	providerID string
	body       string
	answered   string
	media      []carrier.Media
}

// apply turns the effects of one step into rows.
func (w *work) apply(l *loaded, effects []Effect, in *inboundText) error {
	for _, e := range effects {
		switch e := e.(type) {
		case Hear:
			w.messages = append(w.messages, w.heard(l, e, in))
		case Say:
			w.messages = append(w.messages, w.said(l, e))
			w.wake(l.number.ID)
		case Speak:
			w.messages = append(w.messages, w.spoken(l, e))
			w.wake(l.number.ID)
		case Write:
			w.events = append(w.events, eventRow{l.chat.ID, e.Seq, e.Mark})
		case OptOut:
			w.consents = append(w.consents, w.consent(l, carrier.OptOut, e.Source, e.Word, e.Shown, e.By, in))
		case OptIn:
			w.consents = append(w.consents, w.consent(l, carrier.OptIn, carrier.ByKeyword, e.Word, e.Shown, 0, in))
		case FlagDecided:
			w.consents = append(w.consents, w.consent(l, carrier.FlagDismissed, carrier.ByAgent, "", "", e.By, in))
		case Answered:
			w.answers = append(w.answers, answer{l.chat.ID, e})
		case Route:
			w.waiting, w.route = append(w.waiting, l.chat.ID), true
		case Withdraw:
			if w.closing == nil {
				w.closing = map[id.Chat]id.User{}
			}
			w.closing[l.chat.ID], w.route = e.Winner, true // who loses the offer has a slot for another
		case TransferBegan:
			w.began = append(w.began, transferRow{l.chat.ID, e, ""})
			w.tellOffered(e.Agent)
		case TransferOver:
			w.over = append(w.over, transferRow{chat: l.chat.ID, why: e.Why})
			w.tellOffered(e.Agent)
			w.route = true // who was asked has a slot for another
		case Pass:
			w.passed = append(w.passed, passRow{l.chat.ID, e.Agent, l.chat.Rules.Settings(l.chat.Queue).Duration(tenant.OfferTimeout)})
		case Declined:
			w.declined = e.Refusal
		case WrapUp:
			w.wraps = append(w.wraps, wrapRow{l.chat.ID, e})
		case Release:
			w.freed, w.route = append(w.freed, e.Agent), true
		default:
			return fmt.Errorf("effect %T has no rows", e)
		}
	}
	w.sees(l.before.Agent, l.chat)
	w.sees(l.chat.Agent, l.chat)
	w.seenByNobody(l)
	return nil
}

func (w *work) heard(l *loaded, e Hear, in *inboundText) carrier.NewMessage {
	m := carrier.NewMessage{
		Thread: l.thread, Number: l.number.ID, Account: in.account, Direction: carrier.In, Sender: carrier.FromEndUser,
		OurAddress: l.number.Address, Address: l.address, Body: in.body, Media: in.media,
		Disposition: e.Disposition, ProviderID: in.providerID, CreatedAt: w.now,
	}
	if e.Seq > 0 {
		m.Chat, m.Seq = l.chat.ID, e.Seq
	}
	return m
}

func (w *work) said(l *loaded, e Say) carrier.NewMessage {
	m := carrier.NewMessage{
		Thread: l.thread, Number: l.number.ID, Account: l.number.Account, Direction: carrier.Out, Sender: carrier.FromSystem,
		Kind: e.Kind, OurAddress: l.number.Address, Address: l.address, Body: e.Text, CreatedAt: w.now,
	}
	if e.Seq > 0 {
		m.Chat, m.Seq = l.chat.ID, e.Seq
	}
	m.ExpiresAt = w.now.Add(l.expiry(e.Kind))
	return m
}

func (w *work) spoken(l *loaded, e Speak) carrier.NewMessage {
	m := carrier.NewMessage{
		Thread: l.thread, Chat: l.chat.ID, Seq: e.Seq, Number: l.number.ID, Account: l.number.Account, Direction: carrier.Out,
		Sender: carrier.FromAgent, User: e.Agent, Kind: carrier.KindChat, OurAddress: l.number.Address, Address: l.address,
		Body: e.Text, ClientID: e.ClientID, Media: w.attached, CreatedAt: w.now,
	}
	if e.Program {
		m.Kind = carrier.KindAPI
	}
	if e.Agent == 0 {
		m.Sender = carrier.FromAPI
	}
	m.ExpiresAt = w.now.Add(l.expiry(m.Kind))
	return m
}

// expiry is how long a text is worth sending (spec 1.6).
func (l *loaded) expiry(kind string) time.Duration {
	s := l.chat.Rules.Settings(l.chat.timerQueue())
	switch kind {
	case carrier.KindStopConfirmation:
		return s.Duration(tenant.StopConfirmationExpiry)
	case carrier.KindAPI:
		return s.Duration(tenant.APITextExpiry)
	}
	return s.Duration(tenant.AgentTextExpiry)
}

func (w *work) consent(l *loaded, action carrier.Action, source, word, shown string, by id.User, in *inboundText) carrier.Consent {
	c := carrier.Consent{
		Address: l.address, Action: action, Source: source, Word: word, Number: l.number.ID, User: by, TextShown: shown, At: w.now,
	}
	if in != nil {
		c.ProviderID = in.providerID
	}
	return c
}

// keep notes the chat's new state for saving. A final chat is done with: the next text of its pair begins another. One
// that had ended before has nothing to save, and its pair may have another by now.
func (w *work) keep(l *loaded) {
	was, is := l.before, l.chat
	switch {
	case is.Status == None:
		w.keepReplies(l, 0)
		return
	case was.Status.Final():
		return
	}
	switch {
	case was.Status == is.Status && was.onlyFactsDiffer(is):
		if was.Seq != is.Seq || !was.DueAt.Equal(is.DueAt) {
			w.touched = append(w.touched, is)
		}
	default:
		w.chats = append(w.chats, chatRow{is, l.thread, l.number.ID, l.endUser})
	}
	w.keepDue(was, is)
	switch {
	case is.Status.Final():
		w.threads = append(w.threads, threadRow{l.thread, 0, is.Pair.Replies})
	case was.Status == None:
		w.threads = append(w.threads, threadRow{l.thread, is.ID, is.Pair.Replies})
	default:
		w.keepReplies(l, is.ID)
	}
}

func (w *work) keepReplies(l *loaded, active id.Chat) {
	if !maps.EqualFunc(l.before.Pair.Replies, l.chat.Pair.Replies, slices.Equal) {
		w.threads = append(w.threads, threadRow{l.thread, active, l.chat.Pair.Replies})
	}
}

// keepDue: the row in due is never later than the chat's own due time, so a timer that moved on needs no write. The row
// then fires early, the sweep finds that nothing is due and moves it.
func (w *work) keepDue(was, is Chat) {
	switch {
	case is.DueAt.IsZero() && !was.DueAt.IsZero():
		w.cleared = append(w.cleared, is.ID)
	case is.DueAt.IsZero():
	case was.DueAt.IsZero() || is.DueAt.Before(was.DueAt):
		w.setDue(is.ID, is.DueAt)
	}
}

func (w *work) setDue(chat id.Chat, due time.Time) {
	if w.dues == nil {
		w.dues = map[id.Chat]time.Time{}
	}
	w.dues[chat] = due
}

// onlyFactsDiffer: nothing but what TouchChats writes has changed.
func (c Chat) onlyFactsDiffer(d Chat) bool {
	return c.ID == d.ID && c.Menu == d.Menu && c.Queue == d.Queue && c.Agent == d.Agent && c.LastAgent == d.LastAgent &&
		c.InvalidChoices == d.InvalidChoices && c.Greeted == d.Greeted && c.AfterHoursTold == d.AfterHoursTold &&
		c.Transfers == d.Transfers && c.Handover.To == d.Handover.To && c.Handover.Until.Equal(d.Handover.Until) && c.QueuedAt.Equal(d.QueuedAt) &&
		c.AssignedAt.Equal(d.AssignedAt) && c.DismissedAt.Equal(d.DismissedAt) && c.EndedAt.Equal(d.EndedAt)
}

func (w *work) sees(agent id.User, c Chat) {
	if agent == 0 || c.ID == 0 {
		return
	}
	if w.moved == nil {
		w.moved = map[id.User]map[id.Chat]int{}
	}
	if w.moved[agent] == nil {
		w.moved[agent] = map[id.Chat]int{}
	}
	w.moved[agent][c.ID] = c.Seq
}

// seenByNobody notes a chat that moved and has no agent: supervisors may be looking at it.
func (w *work) seenByNobody(l *loaded) {
	if l.chat.ID == 0 || l.before.Agent != 0 || l.chat.Agent != 0 {
		return
	}
	if w.adrift == nil {
		w.adrift = map[id.Chat]int{}
	}
	w.adrift[l.chat.ID] = l.chat.Seq
}

func (w *work) wake(n id.Number) {
	if w.lanes == nil {
		w.lanes = map[id.Number]bool{}
	}
	w.lanes[n] = true
}

// queue adds all writes to the transaction's last batch. Consent comes before texts: what an opt-out cancels must not
// be the confirmation of that opt-out.
func (w *work) queue(b *pgx.Batch) error {
	w.queueChats(b)
	if err := w.queueThreads(b); err != nil {
		return err
	}
	carrier.QueueConsent(b, w.tenant, w.consents)
	carrier.QueueMessages(b, w.tenant, w.messages)
	media.QueueParts(b, w.tenant, w.messages)
	if len(w.attached) > 0 {
		media.QueueAttach(b, w.tenant, w.attachedTo, w.attachedBy, mediaIDs(w.attached))
	}
	if w.settled != nil {
		media.QueueSettlement(b, w.tenant, *w.settled, w.now)
	}
	if err := w.queueEvents(b); err != nil {
		return err
	}
	if len(w.dues) > 0 {
		refs, dues := make([]int64, 0, len(w.dues)), make([]time.Time, 0, len(w.dues))
		for chat, due := range w.dues {
			refs, dues = append(refs, int64(chat)), append(dues, due)
		}
		b.Queue(setDue, w.tenant, refs, dues)
	}
	if len(w.cleared) > 0 {
		b.Queue(clearDue, w.tenant, id.Int64s(w.cleared))
	}
	for chat, winner := range w.closing {
		b.Queue(closeOffers, winner, w.now, w.tenant, chat).Query(w.readClosed)
	}
	w.queueTransfers(b)
	w.queueWrapUps(b)
	slices.Sort(w.freed) // one order of locks for all
	for _, agent := range slices.Compact(w.freed) {
		b.Queue(freeAgent, w.now, w.tenant, agent)
	}
	queues.QueueWaiting(b, w.tenant, w.waiting, w.now)
	for _, record := range w.records {
		if err := record(b); err != nil {
			return err
		}
	}
	tenant.QueueShortcutUses(b, w.tenant, w.shortcuts, w.now)
	return nil
}

func (w *work) readClosed(rows pgx.Rows) error {
	users, err := pgx.CollectRows(rows, pgx.RowTo[id.User])
	w.offered = append(w.offered, users...)
	return err
}

func (w *work) queueChats(b *pgx.Batch) {
	if len(w.chats) > 0 {
		b.Queue(saveChats, w.chatColumns()...)
	}
	if n := len(w.touched); n > 0 {
		ids, seqs, flags := make([]int64, n), make([]int, n), make([]bool, n)
		consumer, agent, due, owed := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
		for i, c := range w.touched {
			ids[i], seqs[i], flags[i] = int64(c.ID), c.Seq, c.OptOutFlag
			consumer[i], agent[i], due[i] = orNull(c.LastConsumerAt), orNull(c.LastAgentAt), orNull(c.DueAt)
			owed[i] = orNull(c.OwedSince)
		}
		b.Queue(touchChats, w.now, w.tenant, ids, seqs, consumer, agent, due, flags, owed)
	}
}

// threadRow is a thread whose active chat or throttle changed.
type threadRow struct {
	id      id.Thread
	chat    id.Chat
	replies Replies
}

func (w *work) queueThreads(b *pgx.Batch) error {
	n := len(w.threads)
	if n == 0 {
		return nil
	}
	last := map[id.Thread]int{} // a pair may have changed twice in a group: the last state counts
	for i, t := range w.threads {
		last[t.id] = i
	}
	ids, chats, replies := make([]int64, 0, n), make([]int64, 0, n), make([]string, 0, n)
	for i, t := range w.threads {
		if last[t.id] != i {
			continue
		}
		text, err := json.Marshal(t.replies)
		if err != nil {
			return fmt.Errorf("write the replies of thread %d: %w", t.id, err)
		}
		if t.replies == nil {
			text = []byte("{}")
		}
		ids, chats, replies = append(ids, int64(t.id)), append(chats, int64(t.chat)), append(replies, string(text))
	}
	b.Queue(saveThreads, w.tenant, ids, chats, replies)
	return nil
}

func (w *work) queueEvents(b *pgx.Batch) error {
	n := len(w.events)
	if n == 0 {
		return nil
	}
	chats, seqs, kinds := make([]int64, n), make([]int, n), make([]string, n)
	users, datas := make([]int64, n), make([]string, n)
	for i, e := range w.events {
		data, err := json.Marshal(e.mark)
		if err != nil {
			return fmt.Errorf("write a mark of chat %d: %w", e.chat, err)
		}
		chats[i], seqs[i], kinds[i], users[i], datas[i] = int64(e.chat), e.seq, e.mark.Kind, int64(e.mark.User), string(data)
	}
	b.Queue(addEvents, w.tenant, w.now, chats, seqs, kinds, users, datas)
	return nil
}

// hints are what to publish after the commit.
func (w *work) hints() []event.Hint {
	var out []event.Hint
	for agent, chats := range w.moved {
		for chat, seq := range chats {
			out = append(out, event.Hint{Kind: event.ChatMoved, Tenant: w.tenant, User: agent, Chat: chat, Seq: seq})
		}
	}
	for chat, seq := range w.adrift {
		out = append(out, event.Hint{Kind: event.ChatMoved, Tenant: w.tenant, Chat: chat, Seq: seq})
	}
	for _, agent := range w.offered {
		out = append(out, event.Hint{Kind: event.OffersChanged, Tenant: w.tenant, User: agent})
	}
	for n := range w.lanes {
		out = append(out, event.Hint{Kind: event.LaneReady, Tenant: w.tenant, Number: n})
	}
	for _, address := range w.stopped() {
		out = append(out, event.Hint{Kind: event.Stopped, Tenant: w.tenant, Address: address})
	}
	return out
}

// stopped are the consumers whose last word in this transaction is that they want no more texts.
func (w *work) stopped() (out []string) {
	last := map[string]carrier.Action{}
	for _, c := range w.consents {
		if c.Action == carrier.OptOut || c.Action == carrier.OptIn {
			last[c.Address] = c.Action
		}
	}
	for address, a := range last {
		if a == carrier.OptOut {
			out = append(out, address)
		}
	}
	return out
}
