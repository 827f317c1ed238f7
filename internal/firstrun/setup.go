package firstrun

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	"sidetone/queues"
)

// Setup is all that one is asked.
type Setup struct {
	Company   string
	Admin     Admin
	Carrier   Carrier
	Number    string
	Tree      string
	TimeZone  string
	Languages []string // the first one is the main language
}

// Admin is the first of the people.
type Admin struct{ Name, Email, Password string }

// Done is what there is afterwards.
type Done struct {
	Tenant tenant.Tenant
	Admin  tenant.User
	Number string
}

// Run sets up: all of it, or none and an error that names the field. Of two who try at once, one wins.
func (s *Service) Run(ctx context.Context, token string, in Setup) (d Done, err error) {
	if err := s.enter(ctx, token); err != nil {
		return d, err
	}
	if err := in.check(); err != nil {
		return d, err
	}
	// What takes long comes before the transaction: the hash, and the carrier's answer.
	hire, err := s.Logins.Prepare(ctx, tenant.NewUser{
		Name: in.Admin.Name, Email: in.Admin.Email, Password: in.Admin.Password,
		Roles: []tenant.Role{tenant.RoleAdmin, tenant.RoleManager, tenant.RoleAgent},
	})
	if err != nil {
		return d, under("admin", err)
	}
	if in.Carrier.Simulated && in.Number == "" {
		in.Number = DemoNumber()
	}
	if in.Number == "" {
		return d, errs.Field("number", "enter the number that your customers text")
	}
	probed, err := s.probe(ctx, in.Carrier, in.Number)
	if known, ok := errs.As(err); ok && slices.Contains([]string{"sid", "auth_token", "base_url"}, known.Field) {
		return d, under("carrier", err)
	}
	if err != nil {
		return d, err
	}
	if in.Carrier.Simulated {
		in.Carrier = Carrier{SID: carrier.SimulatedSID(), AuthToken: carrier.NewKey(), BaseURL: s.Simulator.URL}
	}
	w := work{Service: s, in: in, probed: probed, hire: hire, now: s.Now()}
	if err := s.DB.InTx(ctx, func(tx pgx.Tx) error { return w.do(ctx, tx) }); err != nil {
		return d, err
	}
	s.Accounts.Forget(w.done.Tenant.ID)
	s.Publish(event.Hint{Kind: event.Settings, Tenant: w.done.Tenant.ID})
	if s.Simulator != nil {
		err = s.Simulator.Know(ctx)
	}
	return w.done, err
}

var languageTag = regexp.MustCompile(`^[a-z]{2}$`)

func (in *Setup) check() error {
	in.Company = strings.TrimSpace(in.Company)
	if _, known := trees[in.Tree]; !known {
		return errs.Field("tree", "choose one of %s", strings.Join(Trees, ", "))
	}
	if len(in.Languages) == 0 {
		return errs.Field("languages", "choose at least one language")
	}
	for i, l := range in.Languages {
		if !languageTag.MatchString(l) || !slices.Contains(reply.Languages(), l) || slices.Contains(in.Languages[:i], l) {
			return errs.Field("languages", "the texts speak %s, each once", strings.Join(reply.Languages(), ", "))
		}
	}
	return nil
}

// work is one set-up in its transaction.
type work struct {
	*Service
	in     Setup
	probed carrier.Probed
	hire   func(context.Context, pgx.Tx, id.Tenant) (tenant.User, error)
	now    time.Time
	done   Done
	by     tenant.Actor
}

func (w *work) do(ctx context.Context, tx pgx.Tx) (err error) {
	w.done.Tenant, err = tenant.CreateFirst(ctx, tx, subdomain(w.in.Company), w.in.Company)
	if errs.CodeOf(err) == errs.Conflict {
		return closed()
	}
	if err != nil {
		return under("company", err)
	}
	t := w.done.Tenant.ID
	if w.done.Admin, err = w.hire(ctx, tx, t); err != nil {
		return under("admin", err)
	}
	w.by = tenant.Actor{User: w.done.Admin.ID}
	if err := w.audit(ctx, tx, "tenant.created", int64(t), w.in.Company, map[string]any{"subdomain": w.done.Tenant.Subdomain}); err != nil {
		return err
	}
	if err := w.audit(ctx, tx, "user.created", int64(w.done.Admin.ID), w.done.Admin.Name, map[string]any{"email": w.done.Admin.Email, "roles": w.done.Admin.Roles}); err != nil {
		return err
	}
	if err := w.settings(ctx, tx); err != nil {
		return err
	}
	top, err := w.queues(ctx, tx)
	if err != nil {
		return err
	}
	if err := w.number(ctx, tx, top); err != nil {
		return err
	}
	// The first text reaches whoever has just set up, without another click.
	_, err = tenant.SetStatus(ctx, tx, t, w.done.Admin.ID, tenant.StatusChange{Status: tenant.Available, At: w.now, Why: tenant.BySelf})
	return err
}

func (w *work) audit(ctx context.Context, tx pgx.Tx, action string, of int64, name string, after any) error {
	return tenant.Audit(ctx, tx, w.done.Tenant.ID, w.by, w.now, tenant.Change{Action: action, Subject: of, Name: name, After: after})
}

func (w *work) settings(ctx context.Context, tx pgx.Tx) error {
	values := map[string]json.RawMessage{}
	for key, v := range map[tenant.LineKey]string{tenant.TimeZone: w.in.TimeZone, tenant.DefaultLanguage: w.in.Languages[0]} {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("write the setting %s: %w", key, err)
		}
		values[string(key)] = raw
	}
	_, err := tenant.Save(ctx, tx, w.done.Tenant.ID, 0, values, w.by, w.now)
	return err
}

// queues grows the tree; whoever set up serves all of it.
func (w *work) queues(ctx context.Context, tx pgx.Tx) (top id.Queue, err error) {
	t := w.done.Tenant.ID
	ids, err := queues.NewIDs(ctx, tx, size(w.in.Tree))
	if err != nil {
		return 0, err
	}
	nodes, err := grow(w.in.Tree, w.in.Languages, ids)
	if err != nil {
		return 0, err
	}
	if err := queues.Save(ctx, tx, t, nodes, w.now); err != nil {
		return 0, err
	}
	for _, n := range nodes {
		facts := map[string]any{"name": n.Name, "names": n.Names, "lang": n.Lang, "channel": n.Channel, "parent_id": n.Parent}
		if err := w.audit(ctx, tx, "queue.created", int64(n.ID), n.Name, facts); err != nil {
			return 0, err
		}
	}
	me := queues.Members{Agents: []queues.Member[id.User]{{ID: w.done.Admin.ID}}}
	for _, n := range leaves(nodes) {
		if _, err := queues.SetMembers(ctx, tx, t, w.by, n.ID, me, w.now); err != nil {
			return 0, err
		}
	}
	return ids[0], nil
}

// number adds the carrier's account and its number, which feeds the tree and is sent from when nothing else is said.
func (w *work) number(ctx context.Context, tx pgx.Tx, top id.Queue) error {
	t := w.done.Tenant.ID
	account, err := w.Accounts.Add(ctx, tx, t, w.draft(w.in.Carrier), w.by, w.now)
	if err != nil {
		return under("carrier", err)
	}
	n, err := carrier.AddNumber(ctx, tx, t, carrier.NewNumber{
		Address: w.probed.Address, Account: account.ID, Capabilities: []string{carrier.CanReceive, carrier.CanSend}, SegmentsPerSecond: 1,
		OptOutResponder: carrier.PlatformAnswers,
	}, w.by, w.now)
	if err == nil {
		err = carrier.Settle(ctx, tx, t, n, w.probed, w.by, w.now)
	}
	if err == nil {
		_, err = carrier.AssignNumber(ctx, tx, t, n.ID, top, w.by, w.now)
	}
	if err == nil {
		_, err = carrier.SetGlobalOutbound(ctx, tx, t, n.ID, true, w.by, w.now)
	}
	w.done.Number = n.Address
	return instead("number", err)
}

// under puts a refusal's field below the part of the form that it stands in.
func under(part string, err error) error {
	known, ok := errs.As(err)
	if !ok {
		return err
	}
	c := *known
	switch {
	case part == "company":
		c.Field = part
	case c.Field != "":
		c.Field = part + "." + c.Field
	}
	return &c
}

// instead gives a refusal the field of the form that it is about.
func instead(field string, err error) error {
	known, ok := errs.As(err)
	if !ok || known.Code == errs.Internal {
		return err
	}
	c := *known
	c.Field = field
	return &c
}

// subdomain makes one of a company's name: letters without their marks, digits and hyphens.
func subdomain(company string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(company)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteByte('-')
		}
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	name := strings.Join(parts, "-")
	name = strings.TrimRight(name[:min(len(name), 40)], "-")
	if name == "" {
		return "main"
	}
	return name
}
