package chat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidetone/chat/command"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// WhyStep is one decision that made a chat or a text what it is.
type WhyStep struct {
	At    time.Time
	Step  string // a stable word
	Text  string // a plain sentence
	Facts map[string]any

	order int // among steps of the same moment
}

// trail is what is stored of the way of a chat or a text, and what is set now.
type trail struct {
	chat     View // ID 0: none
	marks    []Row
	texts    []WhyTextRow // of the chat, or the one that is asked about
	offers   []WhyOffersRow
	receipts []WhyReceiptsRow // of the one text
	ledger   []WhyLedgerRow   // of the consumer, oldest first
	blocked  []WhyBlockedRow
	paused   []WhyLaneRow
	number   carrier.Number // ours; ID 0: it is not ours any more
	leadsTo  string         // the path of the queue that the number feeds
	words    command.Words
	timers   tenant.Timers
}

// whyChat explains a chat: how it began, what was chosen, who was asked, who had it, what ended it, and which texts did
// not arrive.
func (t trail) whyChat() []WhyStep {
	w := &why{trail: t}
	if len(t.texts) > 0 {
		w.mapped(t.texts[0])
	}
	for _, m := range t.texts {
		w.reading(m)
		w.spoke(m)
	}
	for _, m := range t.marks {
		if m.Event != nil {
			w.mark(m)
		}
	}
	for _, o := range t.offers {
		w.offer(o)
	}
	for _, l := range t.ledger {
		if !l.At.Before(t.chat.CreatedAt) && (t.chat.EndedAt.IsZero() || !l.At.After(t.chat.EndedAt)) {
			w.consent(l)
		}
	}
	return w.sorted()
}

// whyText explains one text.
func (t trail) whyText() []WhyStep {
	w := &why{trail: t}
	m := t.texts[0]
	if m.Direction == "in" {
		w.heard(m)
		return w.sorted()
	}
	w.sent(m) // in the order of its way: the clocks of database, nodes and carrier may differ
	return w.steps
}

// why collects steps.
type why struct {
	trail
	steps []WhyStep
}

type facts = map[string]any

func (w *why) add(at time.Time, order int, step string, f facts, text string, args ...any) {
	if f == nil {
		f = facts{}
	}
	w.steps = append(w.steps, WhyStep{At: at, Step: step, Text: fmt.Sprintf(text, args...), Facts: f, order: order})
}

func (w *why) sorted() []WhyStep {
	slices.SortStableFunc(w.steps, func(a, b WhyStep) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.order, b.order))
	})
	return w.steps
}

// Orders of what happens in one moment: the way of a text first, then the rows of the transcript by their number.
const (
	comesFirst  = -3
	comesSecond = -2
	comesThird  = -1
	comesLast   = 1 << 30
)

// heard is the way of a consumer's text (spec 1.2, in its order).
func (w *why) heard(m WhyTextRow) {
	w.add(m.CreatedAt, comesFirst, "received", facts{"our_number": m.OurAddress, "provider_id": m.ProviderID},
		"The carrier brought this text to %s.", m.OurAddress)
	if wire.Disposition(m.Disposition) == wire.Blocked {
		w.blockedText(m)
		return
	}
	w.mapped(m)
	w.reading(m)
	switch wire.Disposition(m.Disposition) {
	case wire.NotWanted:
		if l, ok := w.standing(m.CreatedAt); ok {
			w.consent(l)
		}
		w.add(m.CreatedAt, comesLast, "opted_out", nil,
			"The customer is on the do-not-contact list: the text is kept, nothing is answered and no chat begins.")
	case wire.Sessionless:
		w.add(m.CreatedAt, comesLast, "sessionless", nil, "The number is for texts without a chat; at most the default reply goes out.")
	case wire.NoQueue:
		w.add(m.CreatedAt, comesLast, "no_queue", nil, "The number belongs to no queue: the text is kept and nothing is answered.")
	case wire.ChannelOff:
		w.add(m.CreatedAt, comesLast, "channel_off", facts{"setting": string(tenant.SMSChatEnabled)},
			"Text chats are switched off: the text is kept and no chat begins.")
	}
	w.ledgerOf(m)
	w.into(m)
}

func (w *why) blockedText(m WhyTextRow) {
	f, reason := facts{}, ""
	if len(w.blocked) > 0 {
		b := w.blocked[0]
		if f["since"] = b.CreatedAt; b.Reason != "" {
			f["reason"], reason = b.Reason, " ("+b.Reason+")"
		}
	}
	w.add(m.CreatedAt, comesLast, "blocklist", f, "The customer's number is on the blocklist%s: the text is kept and nothing else happens.", reason)
}

// mapped says which of our numbers it was and where that leads.
func (w *why) mapped(m WhyTextRow) {
	f := facts{"our_number": m.OurAddress}
	switch {
	case wire.Disposition(m.Disposition) == wire.UnknownNumber:
		w.add(m.CreatedAt, comesSecond, "number", f, "%s was none of our numbers: the text is kept and nothing is answered.", m.OurAddress)
	case w.number.ID == 0:
		w.add(m.CreatedAt, comesSecond, "number", f, "%s is not our number any more.", m.OurAddress)
	default:
		f["number_id"], f["label"], f["capabilities"] = w.number.ID, w.number.Label, w.number.Capabilities
		leads := "belongs to no queue"
		if w.leadsTo != "" {
			f["queue_id"], f["queue"] = w.number.Queue, w.leadsTo
			leads = "leads to " + w.leadsTo
		}
		w.add(m.CreatedAt, comesSecond, "number", f, "%s %s.", m.OurAddress, leads)
	}
}

// reading says which command word was read. Whether it was taken for one is stored; the tier is read again.
func (w *why) reading(m WhyTextRow) {
	if m.Direction != "in" || wire.Disposition(m.Disposition) != wire.Command {
		return
	}
	read := w.words.Match(m.Body)
	f := facts{"command": read.Kind.String(), "tier": tiers[read.Tier]}
	switch {
	case read.Kind == command.None: // the carrier knew it, or the word has been changed since
		w.add(m.CreatedAt, comesThird, "command", facts{"tier": "carrier"}, "The text was taken for a command word.")
	case read.Lang != "":
		f["word"], f["lang"] = read.Word, read.Lang
		w.add(m.CreatedAt, comesThird, "command", f, "The text reads as %s (%s: %s).", strings.ToUpper(read.Kind.String()), tiers[read.Tier], read.Word)
	default:
		f["word"] = read.Word
		w.add(m.CreatedAt, comesThird, "command", f, "The text is the word %s: %s.", read.Word, strings.ToUpper(read.Kind.String()))
	}
}

var tiers = [...]string{command.NoTier: "none", command.Exact: "exact word", command.Phrase: "clear phrase"}

// ledgerOf is what this text wrote into the consent ledger.
func (w *why) ledgerOf(m WhyTextRow) {
	for _, l := range w.ledger {
		if l.ProviderID != "" && l.ProviderID == m.ProviderID {
			w.consent(l)
		}
	}
}

// into is what the text did to its chat: the marks of the same transaction.
func (w *why) into(m WhyTextRow) {
	if m.ChatID == 0 {
		return
	}
	w.add(m.CreatedAt, m.Seq, "transcript", facts{"chat_id": m.ChatID, "seq": m.Seq}, "It is row %d of chat %d.", m.Seq, m.ChatID)
	for _, row := range w.marks {
		if row.Event != nil && row.At.Equal(m.CreatedAt) {
			w.mark(row)
		}
	}
}

// sent is the way of one of our texts: who wrote it, whether it may go, which lane, what the carrier said.
func (w *why) sent(m WhyTextRow) {
	w.written(m, comesFirst)
	w.checked(m)
	f := facts{"our_number": m.OurAddress, "segments": m.Segments, "expires_at": at(m.ExpiresAt), "priority": "conversation"}
	if m.Bulk {
		f["priority"] = "bulk"
	}
	if w.number.ID != 0 {
		f["number_id"], f["segments_per_second"] = w.number.ID, w.number.SegmentsPerSecond
	}
	w.add(m.CreatedAt, comesThird, "lane", f, "It waited for the lane of %s, to be sent within %s.", m.OurAddress, span(at(m.ExpiresAt).Sub(m.CreatedAt)))
	if m.Status == "queued" {
		w.waiting(m)
	}
	if m.Attempts > 0 {
		w.handedOver(m)
	}
	for i, r := range w.receipts {
		w.receipt(i, r)
	}
	w.outcome(m)
}

// written says whose text it is.
func (w *why) written(m WhyTextRow, order int) {
	f := facts{"sender": m.Sender, "kind": m.Kind}
	if m.ChatID != 0 {
		f["chat_id"], f["seq"] = m.ChatID, m.Seq
	}
	switch m.Sender {
	case "agent":
		f["user"] = m.UserName
		w.add(m.CreatedAt, order, "written", f, "%s wrote this text.", named(m.UserName))
	case "api":
		w.add(m.CreatedAt, order, "written", f, "A program sent this text.")
	default:
		w.add(m.CreatedAt, order, "written", f, "The channel sent this text: %s.", cmp.Or(kinds[m.Kind], strings.ReplaceAll(m.Kind, "_", " ")))
	}
}

// kinds are the reasons of texts that the channel sends by itself.
var kinds = map[string]string{
	"greeting":           "the greeting of a chat that begins",
	"menu":               "a menu to choose from",
	"invalid_choice":     "the menu again, because the answer was none of its choices",
	"queued":             "the choice is confirmed and the chat waits",
	"stop_confirmation":  "the one confirmation of STOP",
	"start_confirmation": "the confirmation of START",
	"help":               "the answer to HELP",
	"returning":          "the customer wrote again after the chat was laid aside",
	"exit":               "the customer ended the chat",
	"after_hours":        "outside the hours of operation",
	"sessionless_reply":  "the default reply of a number without chats",
}

// checked says what the consent ledger said when the text was written.
func (w *why) checked(m WhyTextRow) {
	l, ok := w.standing(m.CreatedAt)
	f := facts{}
	if ok {
		f["action"], f["source"], f["word"], f["since"] = l.Action, l.Source, l.Word, l.At
	}
	switch {
	case ok && l.Action == string(carrier.OptOut) && carrier.Exempt(m.Kind):
		w.add(m.CreatedAt, comesSecond, "consent", f, "The customer had opted out; the answer to the command word itself may still go.")
	case ok && l.Action == string(carrier.OptOut):
		w.add(m.CreatedAt, comesSecond, "consent", f, "The customer had opted out.")
	case ok:
		w.add(m.CreatedAt, comesSecond, "consent", f, "The customer had agreed to texts.")
	default:
		w.add(m.CreatedAt, comesSecond, "consent", f, "The customer was not on the do-not-contact list.")
	}
}

// standing is the line of the ledger that held for the number at a time.
func (w *why) standing(at time.Time) (line WhyLedgerRow, ok bool) {
	for _, l := range w.ledger {
		decides := l.Action == string(carrier.OptOut) || l.Action == string(carrier.OptIn)
		ours := l.ScopeID == 0 || l.ScopeID == int64(w.number.ID)
		if decides && ours && !l.At.After(at) {
			line, ok = l, true
		}
	}
	return line, ok
}

func (w *why) waiting(m WhyTextRow) {
	switch {
	case len(w.paused) > 0:
		p := w.paused[0]
		w.add(m.CreatedAt, comesLast, "paused", facts{"until": p.PausedUntil, "reason": p.Reason},
			"The number stands still until %s: %s", clock(p.PausedUntil), p.Reason)
	case m.NotBefore != nil && m.NotBefore.After(m.CreatedAt):
		w.add(m.CreatedAt, comesLast, "waiting", facts{"not_before": m.NotBefore, "error_code": m.ErrorCode},
			"It waits until %s. %s", clock(*m.NotBefore), m.ErrorText)
	default:
		w.add(m.CreatedAt, comesLast, "waiting", nil, "It still waits for its turn.")
	}
}

func (w *why) handedOver(m WhyTextRow) {
	f := facts{"attempts": m.Attempts}
	when := at(m.ClaimedAt)
	if when.IsZero() {
		when = at(m.DoneAt)
	}
	if m.ProviderID != "" {
		f["provider_id"] = m.ProviderID
	}
	tries := "once"
	if m.Attempts > 1 {
		tries = fmt.Sprintf("%d times, the last time now", m.Attempts)
	}
	said := "."
	if m.ProviderID != "" {
		said = ", which took it as " + m.ProviderID + "."
	}
	w.add(when, comesFirst, "handed_over", f, "It was handed to the carrier %s%s", tries, said)
}

func (w *why) receipt(i int, r WhyReceiptsRow) {
	f := facts{"status": r.Status}
	reason := ""
	if r.ErrorCode != "" {
		f["error_code"] = r.ErrorCode
		if m, ok := wire.Explain(r.ErrorCode); ok {
			reason = ": " + m.Sentence
		} else {
			reason = " (code " + r.ErrorCode + ")"
		}
	}
	w.add(r.At, i, "receipt", f, "The carrier said: %s%s", r.Status, cmp.Or(reason, "."))
}

// outcome is where the text ended up, when that is not plainly good.
func (w *why) outcome(m WhyTextRow) {
	when := at(m.DoneAt)
	if when.IsZero() {
		when = m.CreatedAt
	}
	f := facts{"status": m.Status, "error_code": m.ErrorCode, "retryable": m.Retryable}
	switch {
	case m.Uncertain:
		w.add(when, comesLast, "uncertain", facts{"status": m.Status},
			"Nobody knows whether the carrier took it: its answer got lost. It is looked up there, and never sent again by itself.")
	case m.Status == "sent" || m.Status == "delivered":
		w.add(when, comesLast, m.Status, facts{"status": m.Status}, "The text was %s.", m.Status)
	case m.Status == "expired":
		w.add(when, comesLast, "expired", f, "It was not sent: its time ran out at %s before it could go.", clock(at(m.ExpiresAt)))
	case m.Status == "cancelled":
		w.cancelled(m, when, f)
	case m.Status == "failed" || m.Status == "undelivered":
		w.add(when, comesLast, m.Status, f, "The text did not arrive: %s", cmp.Or(m.ErrorText, "The carrier gave no reason."))
	}
}

func (w *why) cancelled(m WhyTextRow, when time.Time, f facts) {
	l, ok := w.standing(when)
	if m.ErrorCode != "opted_out" || !ok {
		w.add(when, comesLast, "cancelled", f, "It was cancelled before it was sent. %s", m.ErrorText)
		return
	}
	f["source"], f["word"], f["since"] = l.Source, l.Word, l.At
	w.add(when, comesLast, "cancelled", f, "It was cancelled before it was sent: the customer opted out at %s (%s).", clock(l.At), sourceOf(l))
}

// spoke is a text of ours within a chat's story: what the channel answered, and whatever did not arrive.
func (w *why) spoke(m WhyTextRow) {
	if m.Direction == "in" {
		return
	}
	if m.Sender != "agent" {
		w.written(m, m.Seq)
	}
	if m.Uncertain || m.Status == "expired" || m.Status == "cancelled" || m.Status == "failed" || m.Status == "undelivered" {
		w.outcome(m)
		w.steps[len(w.steps)-1].Facts["message_id"] = m.ID
	}
}

func (w *why) offer(o WhyOffersRow) {
	f := facts{"user_id": o.UserID, "user": o.UserName}
	w.add(o.CreatedAt, comesLast, "offered", facts{"user_id": o.UserID, "user": o.UserName, "mode": o.Mode, "expires_at": o.ExpiresAt},
		"The chat was offered to %s until %s.", named(o.UserName), clock(o.ExpiresAt))
	switch o.State {
	case "accepted":
		w.add(at(o.ClosedAt), comesSecond, "offer_accepted", f, "%s accepted.", named(o.UserName))
	case "declined":
		w.add(at(o.ClosedAt), comesSecond, "offer_declined", f, "%s declined.", named(o.UserName))
	case "expired":
		w.add(at(o.ClosedAt), comesSecond, "offer_missed", f, "%s did not answer in time.", named(o.UserName))
	case "withdrawn":
		w.add(at(o.ClosedAt), comesSecond, "offer_withdrawn", f, "The offer to %s was withdrawn.", named(o.UserName))
	}
}

func (w *why) consent(l WhyLedgerRow) {
	f := facts{"action": l.Action, "source": l.Source, "word": l.Word, "scope": l.ScopeKind}
	who := ""
	if l.UserName != "" {
		f["user"], who = l.UserName, l.UserName+" decided: "
	}
	text := map[carrier.Action]string{
		carrier.OptOut: "the customer wants no more texts", carrier.OptIn: "the customer wants texts again",
		carrier.FlagConfirmed: "the text was a request to stop", carrier.FlagDismissed: "the text was no request to stop",
	}[carrier.Action(l.Action)]
	w.add(l.At, comesLast-1, "ledger", f, "Written to the consent ledger: %s%s (%s).", who, text, sourceOf(l))
}

func sourceOf(l WhyLedgerRow) string {
	switch {
	case l.Source == carrier.ByCarrier:
		return strings.TrimSpace("the carrier says so " + l.Word)
	case l.Word != "":
		return l.Source + " " + l.Word
	}
	return "by " + l.Source
}

// mark explains a row of the transcript that is not a text.
func (w *why) mark(row Row) {
	e := row.Event
	f := facts{"seq": row.Seq}
	set := func(key, value string) {
		if value != "" {
			f[key] = value
		}
	}
	set("by", e.By)
	set("reason", e.Reason)
	set("user", e.User.Name)
	set("queue", e.Queue.Path)
	if e.User.ID != 0 {
		f["user_id"] = e.User.ID
	}
	if e.Queue.ID != 0 {
		f["queue_id"] = e.Queue.ID
	}
	text := w.marked(e, f)
	w.add(row.At, row.Seq, e.Kind, f, "%s", text)
}

func (w *why) marked(e *EventView, f facts) string {
	switch e.Kind {
	case "started":
		text := map[StartedBy]string{ByEndUser: "The customer's text opened the chat.", ByAPI: "A program started the chat.", ByAgent: "An agent started the chat."}[StartedBy(e.By)]
		if e.Queue.Path != "" {
			text += " The number leads to " + e.Queue.Path + "."
		}
		return text
	case "menu_choice":
		return "The customer chose " + cmp.Or(e.Queue.Path, e.Text) + "."
	case "queued":
		return "The chat waits in " + cmp.Or(e.Queue.Path, "its queue") + "."
	case "assigned":
		return named(e.User.Name) + " took the chat."
	case "transfer":
		if e.Queue.Path != "" {
			return named(e.User.Name) + " passed the chat on to " + e.Queue.Path + "."
		}
		return named(e.User.Name) + " passed the chat on to a colleague."
	case "transfer_failed":
		return named(e.User.Name) + " did not take the chat that was passed on (" + cmp.Or(strings.ReplaceAll(e.Reason, "_", " "), "no reason") + "); it stayed where it was."
	case "taken_over":
		return named(e.User.Name) + " took the chat over."
	case "resumed":
		return named(e.User.Name) + " took the chat back into its queue."
	case "dismissed":
		if e.User.ID != 0 {
			return e.User.Name + " laid the chat aside."
		}
		w.timer(f, "dismissal", w.timers.Dismissal)
		return "The customer did not answer, so the chat was laid aside."
	case "flag":
		return "A word in a text could mean STOP; an agent is asked."
	case "flag_cleared":
		return named(e.User.Name) + " decided that it did not mean STOP."
	case "opted_out":
		if e.User.ID != 0 {
			return e.User.Name + " confirmed that the customer wants no more texts."
		}
		f["word"] = e.Text
		return "The customer wants no more texts (" + e.Text + ")."
	case "ended":
		return w.ended(e, f)
	}
	words := strings.ReplaceAll(e.Kind, "_", " ")
	return strings.Join(slices.DeleteFunc([]string{words, e.Text, e.User.Name, e.Queue.Path, e.Reason}, func(s string) bool { return s == "" }), ", ") + "."
}

// ended names what ended a chat. The timer's length is the one that is set now: what it was then is not kept.
func (w *why) ended(e *EventView, f facts) string {
	switch FailReason(e.Reason) {
	case EndUserOptOut:
		return "The chat ended because the customer opted out."
	case ExpiredSelection:
		w.timer(f, "selecting", w.timers.Selecting)
		return "The chat ended because nothing was chosen from the menu in time."
	case Expired:
		w.timer(f, "unanswered_in_hours", w.timers.UnansweredInHours)
		return "The chat ended because no agent answered in time."
	case "after_hours":
		w.timer(f, "unanswered_after_hours", w.timers.UnansweredAfterHours)
		return "The chat ended because it waited too long outside the hours of operation."
	case GroupDeletedNoSub:
		return "The chat ended because its queue was deleted without a substitute."
	case NoResponse:
		if w.chat.StartedBy != ByEndUser {
			w.timer(f, "outbound", w.timers.Outbound)
			return "The chat ended because nothing happened in it for too long."
		}
		w.timer(f, "chat", w.timers.Chat)
		return "The chat ended because the customer was silent for too long."
	}
	switch Disconnected(e.By) {
	case EndedByAgent:
		return named(e.User.Name) + " ended the chat."
	case EndedByEndUser:
		return "The customer ended the chat."
	}
	return "The system ended the chat."
}

func (w *why) timer(f facts, name string, set time.Duration) {
	f["timer"], f["timer_minutes_now"] = name, set.Minutes()
}

func named(name string) string { return cmp.Or(name, "Somebody") }

func clock(at time.Time) string { return at.UTC().Format("15:04:05 MST") }

// span says a duration in the largest unit that is exact.
func span(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.Round(time.Second).String()
}

// chatOf is the chat that a text belongs to; 0: none.
func (r WhyTextRow) chatOf() id.Chat { return id.Chat(r.ChatID) }
