package chat

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// First is an agent's first text to a consumer.
type First struct {
	Queue        id.Queue
	From, To     string // our number and theirs
	Text         string
	ClientID     string
	ConfirmQuiet bool          // the agent knows that it is night there
	Shortcuts    []id.Shortcut // with which it was written
}

// Outbound lets an agent text first: a chat begins that is theirs. A repeated client id is the same chat. Every refusal
// names its field; one because of the agent's own chat with this consumer names that chat.
// Errors: invalid_request, conflict, at_limit, opted_out, too_long.
func (s *Service) Outbound(ctx context.Context, t id.Tenant, agent id.User, f First) (View, error) {
	o := &opening{Service: s, tenant: t, agent: agent, first: f}
	if err := o.do(ctx); err != nil {
		return View{}, err
	}
	return s.View(ctx, t, o.chat)
}

// opening is one try at texting first: locks and reads in one batch, writes in another.
type opening struct {
	*Service
	tenant id.Tenant
	agent  id.User
	first  First

	refused error // by what needs no look at the pair
	from    carrier.Number
	to      phone.E164
	pair    *ReadPairsRow
	slots   *FirstSlotsRow
	repeat  bool
	chat    id.Chat // new, or that of the repeat
	w       *work
}

func (o *opening) do(ctx context.Context) error {
	err := o.rules.Tx(ctx, o.tenant, o.queue, func(tx pgx.Tx, rules *Rules) error {
		switch {
		case o.refused != nil:
			return o.refused
		case o.repeat:
			return errRepeat
		}
		if err := o.allowed(rules); err != nil {
			return err
		}
		return o.begin(ctx, tx, rules)
	})
	switch {
	case errors.Is(err, errRepeat):
		return nil
	case err != nil && !errors.Is(err, pg.ErrCommitted):
		return err
	}
	o.after(o.w)
	return nil
}

// check is everything that needs no look at the pair.
func (o *opening) check(rules *Rules) (err error) {
	set := rules.Settings(0)
	most := set.Count(tenant.MaxMessageChars)
	switch n := rules.Tree.Node(o.first.Queue); {
	case !set.On(tenant.SMSChatEnabled) || !set.On(tenant.OutboundSMSEnabled):
		return errs.New(errs.Conflict, "Texting first is switched off")
	case o.first.ClientID == "" || len(o.first.ClientID) > maxClientID:
		return errs.Field("client_id", "client_id must have 1 to %d characters", maxClientID)
	case strings.TrimSpace(o.first.Text) == "":
		return errs.Field("text", "The text is empty")
	case utf8.RuneCountInString(o.first.Text) > most:
		return errs.New(errs.TooLong, "A text has at most %d characters", most).At("text")
	case n == nil || !n.Leaf() || n.Channel == "ivr":
		return errs.Field("queue_id", "There is no such queue of texts")
	}
	if err = tenant.CheckShortcuts(o.first.Shortcuts); err != nil {
		return err
	}
	if err = o.checkFrom(rules); err != nil {
		return err
	}
	return o.checkTo(rules)
}

func (o *opening) checkFrom(rules *Rules) error {
	address, err := phone.ParseSender(o.first.From, "")
	if err != nil {
		return errs.Field("from", "%s", err)
	}
	numbers, _ := rules.Sending(o.first.Queue)
	for _, n := range numbers {
		if n.Address == string(address) {
			o.from = n
			return nil
		}
	}
	return errs.Field("from", "This queue does not send from that number")
}

func (o *opening) checkTo(rules *Rules) (err error) {
	set := rules.Settings(o.first.Queue)
	if o.to, err = phone.Parse(o.first.To, ""); err != nil {
		return errs.Field("to", "%s", err)
	}
	_, ours := rules.Numbers[string(o.to)]
	_, zone := set.Hours()
	switch quiet := set.Choice(tenant.QuietHours); {
	case ours:
		return errs.Field("to", "This is one of your own numbers")
	case !o.to.IsUS() && !set.On(tenant.NonUSNumbers):
		return errs.Field("to", "Numbers outside the US are switched off")
	case quiet == "off" || !o.to.Quiet(o.now(), zone):
	case quiet == "block":
		return errs.New(errs.Conflict, "It may be night there; texting first is blocked from 21:00 to 08:00").At("to")
	case !o.first.ConfirmQuiet:
		return errs.New(errs.Conflict, "It may be night there; confirm that you want to text now").At("confirm_quiet")
	}
	return nil
}

// queue adds the locks and reads to the first batch, in the order of everybody: consumer, agent. What is refused
// without them is so by the settings whose version this batch compares.
func (o *opening) queue(b *pgx.Batch, rules *Rules) {
	if o.refused = o.check(rules); o.refused != nil {
		return
	}
	o.pair, o.slots, o.repeat, o.chat = nil, nil, false, 0
	numbers, addresses := []int64{int64(o.from.ID)}, []string{string(o.to)}
	queueLocks(b, o.tenant, addresses)
	o.queueNewPairs(b, o.tenant, numbers, addresses)
	b.Queue(lockAgents, o.tenant, int64(o.agent), id.Chat(0))
	b.Queue(readPairs, o.tenant, numbers, addresses).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReadPairsRow])
		if len(found) == 1 {
			o.pair = &found[0]
		}
		return err
	})
	b.Queue(firstSlots, o.now(), o.first.Queue, o.tenant, o.agent).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FirstSlotsRow])
		if len(found) == 1 {
			o.slots = &found[0]
		}
		return err
	})
	b.Queue(nextChatIDs, 1).QueryRow(func(row pgx.Row) error { return row.Scan(&o.chat) })
	b.Queue(findFirst, o.first.ClientID, int64(o.agent), o.tenant, string(o.to), o.from.ID).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowTo[id.Chat])
		if len(found) == 1 {
			o.repeat, o.chat = true, found[0]
		}
		return err
	})
}

// allowed checks the agent: of the queue, and below their limit.
func (o *opening) allowed(rules *Rules) error {
	limit := rules.Settings(0).Count(tenant.AgentChatLimit)
	switch {
	case o.slots == nil:
		return errs.New(errs.NotFound, "There is no such agent")
	case !o.slots.Serves:
		return errs.Field("queue_id", "You do not serve this queue")
	case o.slots.ChatLimit != nil:
		limit = *o.slots.ChatLimit
	}
	if o.slots.Taken >= limit {
		return errs.New(errs.AtLimit, "You have %d chats, which is your limit", o.slots.Taken)
	}
	return nil
}

func (o *opening) begin(ctx context.Context, tx pgx.Tx, rules *Rules) error {
	if o.pair == nil {
		return errPairGone
	}
	l, err := o.pair.load(o.from, rules)
	if err != nil {
		return err
	}
	o.w = newWork(o.tenant, o.now())
	next, effects, err := Step(l.chat, FirstText{Agent: o.agent, Queue: o.first.Queue, Body: o.first.Text, ClientID: o.first.ClientID}, o.w.now)
	if err != nil {
		return err
	}
	next.ID = o.chat
	l.chat = next
	if err := o.w.apply(l, effects, nil); err != nil {
		return err
	}
	o.w.keep(l)
	o.w.shortcuts = o.first.Shortcuts
	return o.commit(ctx, tx, o.w)
}

// From is a queue for which an agent may text first, with the numbers it sends from, the preferred one first.
type From struct {
	Queue   QueueRef
	Numbers []carrier.Number
}

// Choices are what an agent may text first from: the queues they serve that have a number to send.
type Choices struct {
	Enabled bool
	Quiet   string // off, hint or block
	From    []From
}

// Recipient is whom an agent is about to text first.
type Recipient struct {
	Number   phone.E164
	Name     string // of a consumer that is known
	OptedOut bool
	Quiet    bool // it may be night there
}

// RecipientAt looks a number up before it is texted. Errors: invalid with its field.
func (s *Service) RecipientAt(ctx context.Context, t id.Tenant, number string) (Recipient, error) {
	to, err := phone.Parse(number, "")
	if err != nil {
		return Recipient{}, errs.Field("to", "%s", err)
	}
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return Recipient{}, err
	}
	_, zone := rules.Settings(0).Hours()
	out := Recipient{Number: to, Quiet: to.Quiet(s.now(), zone)}
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(findRecipient, t, string(to)).QueryRow(func(row pgx.Row) error { return row.Scan(&out.Name, &out.OptedOut) })
	})
	return out, err
}

// OutboundChoices lists what an agent may text first from.
func (s *Service) OutboundChoices(ctx context.Context, t id.Tenant, agent id.User) (c Choices, err error) {
	rules, err := s.Rules(ctx, t)
	if err != nil {
		return c, err
	}
	set := rules.Settings(0)
	c.Enabled, c.Quiet = set.On(tenant.OutboundSMSEnabled) && set.On(tenant.SMSChatEnabled), set.Choice(tenant.QuietHours)
	var served []id.Queue
	err = s.DB.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(servedBy, t, agent).Query(func(rows pgx.Rows) (err error) {
			served, err = pgx.CollectRows(rows, pgx.RowTo[id.Queue])
			return err
		})
	})
	for _, q := range served {
		n := rules.Tree.Node(q)
		if n == nil || !n.Leaf() || n.Channel == "ivr" {
			continue
		}
		if numbers, _ := rules.Sending(q); len(numbers) > 0 {
			c.From = append(c.From, From{queueRef(rules.Tree, q), numbers})
		}
	}
	return c, err
}
