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
	Said  Saying // the same in no language
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

func (w *why) add(at time.Time, order int, step string, f facts, said Saying) {
	if f == nil {
		f = facts{}
	}
	w.steps = append(w.steps, WhyStep{At: at, Step: step, Text: said.English(), Said: said, Facts: f, order: order})
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
		say("received", "number", m.OurAddress))
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
		w.add(m.CreatedAt, comesLast, "opted_out", nil, say("not_wanted"))
	case wire.Sessionless:
		w.add(m.CreatedAt, comesLast, "sessionless", nil, say("sessionless"))
	case wire.NoQueue:
		w.add(m.CreatedAt, comesLast, "no_queue", nil, say("no_queue"))
	case wire.ChannelOff:
		w.add(m.CreatedAt, comesLast, "channel_off", facts{"setting": string(tenant.SMSChatEnabled)}, say("channel_off"))
	}
	w.ledgerOf(m)
	w.into(m)
}

func (w *why) blockedText(m WhyTextRow) {
	f, said := facts{}, say("blocklist")
	if len(w.blocked) > 0 {
		b := w.blocked[0]
		if f["since"] = b.CreatedAt; b.Reason != "" {
			f["reason"], said = b.Reason, say("blocklist_reason", "reason", b.Reason)
		}
	}
	w.add(m.CreatedAt, comesLast, "blocklist", f, said)
}

// mapped says which of our numbers it was and where that leads.
func (w *why) mapped(m WhyTextRow) {
	f := facts{"our_number": m.OurAddress}
	switch {
	case wire.Disposition(m.Disposition) == wire.UnknownNumber:
		w.add(m.CreatedAt, comesSecond, "number", f, say("number_unknown", "number", m.OurAddress))
	case w.number.ID == 0:
		w.add(m.CreatedAt, comesSecond, "number", f, say("number_gone", "number", m.OurAddress))
	default:
		f["number_id"], f["label"], f["capabilities"] = w.number.ID, w.number.Label, w.number.Capabilities
		said := say("number_no_queue", "number", m.OurAddress)
		if w.leadsTo != "" {
			f["queue_id"], f["queue"] = w.number.Queue, w.leadsTo
			said = say("number_leads", "number", m.OurAddress, "queue", w.leadsTo)
		}
		w.add(m.CreatedAt, comesSecond, "number", f, said)
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
		w.add(m.CreatedAt, comesThird, "command", facts{"tier": "carrier"}, say("command_known"))
	case read.Lang != "":
		f["word"], f["lang"] = read.Word, read.Lang
		w.add(m.CreatedAt, comesThird, "command", f, say("command_lang", "command", strings.ToUpper(read.Kind.String()), "tier", word("tier", tiers[read.Tier]), "word", read.Word))
	default:
		f["word"] = read.Word
		w.add(m.CreatedAt, comesThird, "command", f, say("command_word", "word", read.Word, "command", strings.ToUpper(read.Kind.String())))
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
	w.add(m.CreatedAt, m.Seq, "transcript", facts{"chat_id": m.ChatID, "seq": m.Seq}, say("transcript", "row", m.Seq, "chat", m.ChatID))
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
	w.add(m.CreatedAt, comesThird, "lane", f, say("lane", "number", m.OurAddress, "within", at(m.ExpiresAt).Sub(m.CreatedAt)))
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
		w.add(m.CreatedAt, order, "written", f, say("written_agent", "name", named(m.UserName)))
	case "api":
		w.add(m.CreatedAt, order, "written", f, say("written_api"))
	default:
		w.add(m.CreatedAt, order, "written", f, say("written_channel", "kind", word("kind", m.Kind)))
	}
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
		w.add(m.CreatedAt, comesSecond, "consent", f, say("consent_exempt"))
	case ok && l.Action == string(carrier.OptOut):
		w.add(m.CreatedAt, comesSecond, "consent", f, say("consent_out"))
	case ok:
		w.add(m.CreatedAt, comesSecond, "consent", f, say("consent_in"))
	default:
		w.add(m.CreatedAt, comesSecond, "consent", f, say("consent_none"))
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
			say("paused", "until", p.PausedUntil, "reason", p.Reason))
	case m.NotBefore != nil && m.NotBefore.After(m.CreatedAt):
		w.add(m.CreatedAt, comesLast, "waiting", facts{"not_before": m.NotBefore, "error_code": m.ErrorCode},
			say("waiting_until", "until", *m.NotBefore, "reason", m.ErrorText))
	default:
		w.add(m.CreatedAt, comesLast, "waiting", nil, say("waiting"))
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
	code := "handed_over"
	if m.Attempts > 1 {
		code += "_times"
	}
	if m.ProviderID != "" {
		code += "_id"
	}
	w.add(when, comesFirst, "handed_over", f, say(code, "times", m.Attempts, "id", m.ProviderID))
}

func (w *why) receipt(i int, r WhyReceiptsRow) {
	f := facts{"status": r.Status}
	status := word("status", r.Status)
	said := say("receipt", "status", status)
	if r.ErrorCode != "" {
		f["error_code"] = r.ErrorCode
		if m, ok := wire.Explain(r.ErrorCode); ok {
			said = say("receipt_reason", "status", status, "reason", m.Sentence)
		} else {
			said = say("receipt_code", "status", status, "code", r.ErrorCode)
		}
	}
	w.add(r.At, i, "receipt", f, said)
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
		w.add(when, comesLast, "uncertain", facts{"status": m.Status}, say("uncertain"))
	case m.Status == "sent" || m.Status == "delivered":
		w.add(when, comesLast, m.Status, facts{"status": m.Status}, say(m.Status))
	case m.Status == "expired":
		w.add(when, comesLast, "expired", f, say("expired", "at", at(m.ExpiresAt)))
	case m.Status == "cancelled":
		w.cancelled(m, when, f)
	case m.Status == "failed" || m.Status == "undelivered":
		w.add(when, comesLast, m.Status, f, say("failed", "reason", either(m.ErrorText, "failed.unknown")))
	}
}

func (w *why) cancelled(m WhyTextRow, when time.Time, f facts) {
	l, ok := w.standing(when)
	if m.ErrorCode != "opted_out" || !ok {
		w.add(when, comesLast, "cancelled", f, say("cancelled", "reason", m.ErrorText))
		return
	}
	f["source"], f["word"], f["since"] = l.Source, l.Word, l.At
	w.add(when, comesLast, "cancelled", f, say("cancelled_opt_out", "at", l.At, "source", sourceOf(l)))
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
		say("offered", "name", named(o.UserName), "until", o.ExpiresAt))
	switch o.State {
	case "accepted":
		w.add(at(o.ClosedAt), comesSecond, "offer_accepted", f, say("offer_accepted", "name", named(o.UserName)))
	case "declined":
		w.add(at(o.ClosedAt), comesSecond, "offer_declined", f, say("offer_declined", "name", named(o.UserName)))
	case "expired":
		w.add(at(o.ClosedAt), comesSecond, "offer_missed", f, say("offer_missed", "name", named(o.UserName)))
	case "withdrawn":
		w.add(at(o.ClosedAt), comesSecond, "offer_withdrawn", f, say("offer_withdrawn", "name", named(o.UserName)))
	}
}

func (w *why) consent(l WhyLedgerRow) {
	f := facts{"action": l.Action, "source": l.Source, "word": l.Word, "scope": l.ScopeKind}
	said := say("ledger", "what", word("ledger", l.Action), "source", sourceOf(l))
	if l.UserName != "" {
		f["user"], said.Code, said.Values["name"] = l.UserName, "ledger_by", l.UserName
	}
	w.add(l.At, comesLast-1, "ledger", f, said)
}

func sourceOf(l WhyLedgerRow) Saying {
	switch {
	case l.Source == carrier.ByCarrier && l.Word == "":
		return say("source_carrier")
	case l.Source == carrier.ByCarrier:
		return say("source_carrier_word", "word", l.Word)
	case l.Word != "":
		return say("source_word", "source", word("source", l.Source), "word", l.Word)
	}
	return say("source_by", "source", word("source", l.Source))
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
	w.add(row.At, row.Seq, e.Kind, f, w.marked(e, f))
}

func (w *why) marked(e *EventView, f facts) Saying {
	name := named(e.User.Name)
	switch e.Kind {
	case "started":
		var leads any = ""
		if e.Queue.Path != "" {
			leads = say("started_leads", "queue", e.Queue.Path)
		}
		return say("started", "how", word("started", e.By), "leads", leads)
	case "menu_choice":
		return say("menu_choice", "what", cmp.Or(e.Queue.Path, e.Text))
	case "queued":
		return say("queued", "queue", either(e.Queue.Path, "queued.own"))
	case "transfer":
		if e.Queue.Path != "" {
			return say("transfer_queue", "name", name, "queue", e.Queue.Path)
		}
		return say("transfer_colleague", "name", name)
	case "transfer_failed":
		if e.Reason == WhyClosed {
			return say("transfer_closed", "name", name, "queue", e.Queue.Path)
		}
		return say("transfer_failed", "name", name, "reason", word("transfer_failed", cmp.Or(e.Reason, "unknown")))
	case "dismissed":
		if e.User.ID != 0 {
			return say("dismissed_by", "name", e.User.Name)
		}
		w.timer(f, "dismissal", w.timers.Dismissal)
		return say("dismissed")
	case "flag":
		return say("flag")
	case "assigned", "taken_over", "resumed", "flag_cleared":
		return say(e.Kind, "name", name)
	case "opted_out":
		if e.User.ID != 0 {
			return say("opted_out_by", "name", e.User.Name)
		}
		f["word"] = e.Text
		return say("opted_out", "word", e.Text)
	case "ended":
		return w.ended(e, f)
	}
	words := strings.ReplaceAll(e.Kind, "_", " ")
	all := []string{words, e.Text, e.User.Name, e.Queue.Path, e.Reason}
	return say("as_it_stands", "what", strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", "))
}

// ended names what ended a chat. The timer's length is the one that is set now: what it was then is not kept.
func (w *why) ended(e *EventView, f facts) Saying {
	switch FailReason(e.Reason) {
	case EndUserOptOut:
		return say("ended_opt_out")
	case ExpiredSelection:
		w.timer(f, "selecting", w.timers.Selecting)
		return say("ended_selecting")
	case Expired:
		w.timer(f, "unanswered_in_hours", w.timers.UnansweredInHours)
		return say("ended_unanswered")
	case "after_hours":
		w.timer(f, "unanswered_after_hours", w.timers.UnansweredAfterHours)
		return say("ended_after_hours")
	case GroupDeletedNoSub:
		return say("ended_queue_deleted")
	case NoResponse:
		if w.chat.StartedBy != ByEndUser {
			w.timer(f, "outbound", w.timers.Outbound)
			return say("ended_outbound")
		}
		w.timer(f, "chat", w.timers.Chat)
		return say("ended_silent")
	}
	switch Disconnected(e.By) {
	case EndedByAgent:
		return say("ended_agent", "name", named(e.User.Name))
	case EndedByEndUser:
		return say("ended_customer")
	}
	return say("ended_system")
}

func (w *why) timer(f facts, name string, set time.Duration) {
	f["timer"], f["timer_minutes_now"] = name, set.Minutes()
}

func named(name string) any { return either(name, "somebody") }

// either is what is stored, else a word of the catalogue.
func either(stored, code string) any {
	if stored != "" {
		return stored
	}
	return Saying{Code: code}
}

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
