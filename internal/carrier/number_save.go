package carrier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// MostQueueNumbers is how many outbound numbers a queue may have.
const MostQueueNumbers = 50

// NewNumber is a number to add.
type NewNumber struct {
	Address           string // as people write it: E.164, or a short code
	Label             string
	Account           id.Account // 0: the only one there is
	Capabilities      []string
	SegmentsPerSecond float32
	OptOutResponder   string
}

// NumberEdit is what shall change about a number; nil stays.
type NumberEdit struct {
	Label             *string
	Account           *id.Account
	Capabilities      *[]string
	SegmentsPerSecond *float32
	OptOutResponder   *string
}

// change is one change of a tenant's numbers by somebody. Raising the settings version first makes the writers of a tenant
// take turns, so the rules see what was saved; publish event.Settings after the commit.
type change struct {
	tx      pgx.Tx
	tenant  id.Tenant
	by      tenant.Actor
	at      time.Time
	numbers []Number // the living ones
}

func beginChange(ctx context.Context, tx pgx.Tx, t id.Tenant, by tenant.Actor, at time.Time) (*change, error) {
	if _, err := tenant.Bump(ctx, tx, t); err != nil {
		return nil, err
	}
	numbers, err := Numbers(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	return &change{tx: tx, tenant: t, by: by, at: at, numbers: numbers}, nil
}

func (c *change) find(number id.Number) (Number, bool) {
	i := slices.IndexFunc(c.numbers, func(n Number) bool { return n.ID == number })
	if i < 0 {
		return Number{}, false
	}
	return c.numbers[i], true
}

// one is the number that a request is about.
func (c *change) one(number id.Number) (Number, error) {
	n, ok := c.find(number)
	if !ok {
		return n, errs.New(errs.NotFound, "There is no such number").At("number_id")
	}
	return n, nil
}

// AddNumber adds a number. It is not verified: ask the carrier with Accounts.Verify.
func AddNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, draft NewNumber, by tenant.Actor, at time.Time) (Number, error) {
	address, err := phone.ParseSender(draft.Address, "")
	if err != nil {
		return Number{}, errs.Field("address", "%s", err)
	}
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return Number{}, err
	}
	n := Number{
		Address: string(address), Label: strings.TrimSpace(draft.Label), Account: draft.Account, Capabilities: draft.Capabilities,
		Status: Unverified, SegmentsPerSecond: draft.SegmentsPerSecond, OptOutResponder: draft.OptOutResponder,
	}
	if slices.ContainsFunc(c.numbers, func(o Number) bool { return o.Address == n.Address }) {
		return Number{}, conflict("address", "this number has been added already")
	}
	if n.Account, err = c.account(ctx, n.Account); err != nil {
		return Number{}, err
	}
	if err := c.check(ctx, n); err != nil {
		return Number{}, err
	}
	n.ID, err = NewQueries().AddNumber(ctx, tx, AddNumberParams{
		TenantID: t, Address: n.Address, Label: n.Label, AccountID: n.Account, Capabilities: n.Capabilities,
		SegmentsPerSecond: n.SegmentsPerSecond, OptOutResponder: n.OptOutResponder,
	})
	if err != nil {
		return Number{}, fmt.Errorf("add a number: %w", err)
	}
	return n, c.audit(ctx, "number.created", Number{}, n)
}

// EditNumber changes a number. Another account makes it unverified.
func EditNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, number id.Number, edit NumberEdit, by tenant.Actor, at time.Time) (Number, error) {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return Number{}, err
	}
	before, err := c.one(number)
	if err != nil {
		return Number{}, err
	}
	n := before
	if edit.Label != nil {
		n.Label = strings.TrimSpace(*edit.Label)
	}
	if edit.Capabilities != nil {
		n.Capabilities = *edit.Capabilities
	}
	if edit.SegmentsPerSecond != nil {
		n.SegmentsPerSecond = *edit.SegmentsPerSecond
	}
	if edit.OptOutResponder != nil {
		n.OptOutResponder = *edit.OptOutResponder
	}
	if edit.Account != nil && *edit.Account != n.Account {
		if n.Account, err = c.account(ctx, *edit.Account); err != nil {
			return Number{}, err
		}
		n.Status, n.CheckedAt, n.CheckError = Unverified, nil, ""
	}
	if err := c.checkEdit(ctx, before, n); err != nil {
		return Number{}, err
	}
	return n, c.save(ctx, "number.changed", before, n)
}

func (c *change) checkEdit(ctx context.Context, before, after Number) error {
	if err := checkCapabilities(after.Capabilities); err != nil {
		return err
	}
	used, err := NewQueries().NumberInUse(ctx, c.tx, c.tenant, before.ID)
	if err != nil {
		return fmt.Errorf("see who uses number %d: %w", before.ID, err)
	}
	if err := checkChange(before, after, used.Active); err != nil {
		return err
	}
	return c.check(ctx, after)
}

// RemoveNumber removes a number that no chat uses and no text waits for. Old texts and chats keep it.
func RemoveNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, number id.Number, by tenant.Actor, at time.Time) error {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return err
	}
	n, err := c.one(number)
	if err != nil {
		return err
	}
	used, err := NewQueries().NumberInUse(ctx, tx, t, number)
	switch {
	case err != nil:
		return fmt.Errorf("see who uses number %d: %w", number, err)
	case used.Active > 0:
		return conflict("number_id", "%s this number; it can be removed once none does", plural(used.Active, errs.Say("%d active chat uses", used.Active), errs.Say("%d active chats use", used.Active)))
	case used.Texts > 0:
		return conflict("number_id", "%s to be sent from this number; it can be removed once none does", plural(int(used.Texts), errs.Say("%d text still waits", used.Texts), errs.Say("%d texts still wait", used.Texts)))
	}
	if err := NewQueries().RemoveNumber(ctx, tx, at, t, number); err != nil {
		return fmt.Errorf("remove number %d: %w", number, err)
	}
	return c.audit(ctx, "number.removed", n, Number{})
}

// AssignNumber lets the texts to a number go to a queue, or to none (0).
func AssignNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, number id.Number, queue id.Queue, by tenant.Actor, at time.Time) (Number, error) {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return Number{}, err
	}
	before, err := c.one(number)
	if err != nil {
		return Number{}, err
	}
	if queue != 0 {
		if _, err := c.queue(ctx, queue, errs.Field("queue_id", "there is no such SMS queue")); err != nil {
			return Number{}, err
		}
		taken, err := c.queue(ctx, before.Queue, nil)
		if err != nil {
			return Number{}, err
		}
		if taken == "" { // the queue that it fed is gone
			before.Queue = 0
		}
		if err := checkAssign(before, queue, taken); err != nil {
			return Number{}, err
		}
	}
	after := before
	after.Queue = queue
	return after, c.save(ctx, "number.assigned", before, after)
}

// SetGlobalOutbound makes a number the one that chats are sent from where a queue has none of its own, or ends that. There is
// one at most, so it takes the place of another.
func SetGlobalOutbound(ctx context.Context, tx pgx.Tx, t id.Tenant, number id.Number, on bool, by tenant.Actor, at time.Time) (Number, error) {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return Number{}, err
	}
	before, err := c.one(number)
	if err != nil {
		return Number{}, err
	}
	if on {
		if err := checkSends(before, "number_id"); err != nil {
			return Number{}, err
		}
		if err := NewQueries().DropGlobalOutbound(ctx, tx, t, number); err != nil {
			return Number{}, fmt.Errorf("replace the global outbound number: %w", err)
		}
	}
	after := before
	after.GlobalOutbound = on
	return after, c.save(ctx, "number.global_outbound", before, after)
}

// SetSendingNumbers says which numbers a queue sends from, the preferred one first; none means that it inherits them. A number
// may serve many queues (spec 1.1, rule 5).
func SetSendingNumbers(ctx context.Context, tx pgx.Tx, t id.Tenant, queue id.Queue, numbers []id.Number, by tenant.Actor, at time.Time) error {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return err
	}
	name, err := c.queue(ctx, queue, errs.New(errs.NotFound, "There is no such SMS queue").At("queue_id"))
	if err != nil {
		return err
	}
	if len(numbers) > MostQueueNumbers {
		return errs.Field("number_ids", "a queue has at most %d outbound numbers", MostQueueNumbers)
	}
	after := make([]string, len(numbers))
	for i, of := range numbers {
		n, ok := c.find(of)
		if !ok {
			return errs.Field("number_ids", "there is no number %d", of)
		}
		if slices.Contains(numbers[:i], of) {
			return errs.Field("number_ids", "%s stands there twice", n.Address)
		}
		if err := checkSends(n, "number_ids"); err != nil {
			return err
		}
		after[i] = n.Address
	}
	before := []string{}
	for _, n := range servingIn(c.numbers, queue) {
		before = append(before, n.Address)
	}
	if err := NewQueries().ClearQueueNumbers(ctx, tx, t, queue); err != nil {
		return fmt.Errorf("take the outbound numbers of queue %d: %w", queue, err)
	}
	if err := NewQueries().SetQueueNumbers(ctx, tx, int64(t), int64(queue), id.Int64s(numbers)); err != nil {
		return fmt.Errorf("save the outbound numbers of queue %d: %w", queue, err)
	}
	return tenant.Audit(ctx, tx, t, by, at, tenant.Change{
		Action: "queue.outbound_numbers", Subject: int64(queue), Name: name, Before: before, After: after,
	})
}

// CheckNumber holds a number that is to be saved by other means (a tool, a seed) against the rules that concern it alone and
// its tenant (spec 1.1). The number of the same address is the one it takes the place of.
func CheckNumber(ctx context.Context, tx pgx.Tx, t id.Tenant, n Number) error {
	numbers, err := Numbers(ctx, tx, t)
	if err != nil {
		return err
	}
	for _, o := range numbers {
		if o.Address == n.Address {
			n.ID = o.ID
		}
	}
	c := change{tx: tx, tenant: t, numbers: numbers}
	return c.check(ctx, n)
}

// check holds a number against the rules, with the tenant's other numbers and switches.
func (c *change) check(ctx context.Context, n Number) error {
	book, err := tenant.LoadBook(ctx, c.tx, c.tenant)
	if err != nil {
		return err
	}
	s := book.Tenant()
	others := slices.DeleteFunc(slices.Clone(c.numbers), func(o Number) bool { return o.ID == n.ID })
	return checkNumber(n, others, Foreign{Chat: s.On(tenant.NonUSNumbers), InCall: s.On(tenant.NonUSNumbersInCall)})
}

// account finds the carrier account that was meant.
func (c *change) account(ctx context.Context, meant id.Account) (id.Account, error) {
	accounts, err := NewQueries().ListAccounts(ctx, c.tx, c.tenant)
	if err != nil {
		return 0, fmt.Errorf("read the carrier accounts of tenant %d: %w", c.tenant, err)
	}
	switch {
	case meant == 0 && len(accounts) == 1:
		return accounts[0].ID, nil
	case len(accounts) == 0:
		return 0, errs.Field("account_id", "there is no carrier account yet; add one first")
	case meant == 0:
		return 0, errs.Field("account_id", "there are %d carrier accounts; say whose number this is", len(accounts))
	}
	for _, a := range accounts {
		if a.ID == meant {
			return meant, nil
		}
	}
	return 0, errs.Field("account_id", "there is no such carrier account")
}

// queue reads the name of an SMS queue; missing is the refusal when it is not there, nil for none.
func (c *change) queue(ctx context.Context, q id.Queue, missing *errs.Error) (string, error) {
	name, err := NewQueries().QueueName(ctx, c.tx, c.tenant, q)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && missing == nil:
		return "", nil
	case errors.Is(err, pgx.ErrNoRows):
		return "", missing
	case err != nil:
		return "", fmt.Errorf("look for queue %d: %w", q, err)
	}
	return name, nil
}

func (c *change) save(ctx context.Context, action string, before, n Number) error {
	err := NewQueries().SaveNumber(ctx, c.tx, SaveNumberParams{
		TenantID: c.tenant, ID: n.ID, Label: n.Label, AccountID: n.Account, Capabilities: n.Capabilities, Status: n.Status,
		SegmentsPerSecond: n.SegmentsPerSecond, OptOutResponder: n.OptOutResponder, QueueID: int64(n.Queue), GlobalOutbound: n.GlobalOutbound,
	})
	if err != nil {
		return fmt.Errorf("save number %d: %w", n.ID, err)
	}
	return c.audit(ctx, action, before, n)
}

// numberFacts is a number in the audit log.
type numberFacts struct {
	Address           string   `json:"address"`
	Label             string   `json:"label"`
	Account           int64    `json:"account_id"`
	Capabilities      []string `json:"capabilities"`
	Status            string   `json:"status"`
	Reason            string   `json:"reason,omitempty"`
	Queue             int64    `json:"queue_id,omitempty"`
	SegmentsPerSecond float32  `json:"segments_per_second"`
	OptOutResponder   string   `json:"opt_out_responder"`
	GlobalOutbound    bool     `json:"global_outbound"`
}

func (n Number) facts() any {
	if n.Address == "" {
		return nil
	}
	return numberFacts{
		Address: n.Address, Label: n.Label, Account: int64(n.Account), Capabilities: n.Capabilities, Status: n.Status, Reason: n.CheckError,
		Queue: int64(n.Queue), SegmentsPerSecond: n.SegmentsPerSecond, OptOutResponder: n.OptOutResponder, GlobalOutbound: n.GlobalOutbound,
	}
}

func (c *change) audit(ctx context.Context, action string, before, after Number) error {
	n := after
	if n.Address == "" {
		n = before
	}
	return tenant.Audit(ctx, c.tx, c.tenant, c.by, c.at, tenant.Change{
		Action: action, Subject: int64(n.ID), Name: n.Address, Before: before.facts(), After: after.facts(),
	})
}

func plural(n int, one, many *errs.Text) *errs.Text {
	if n == 1 {
		return one
	}
	return many
}
