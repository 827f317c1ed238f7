package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
	"sidetone/web/console"
)

// The demo's passwords are fixed, so that a bookmark and a password manager survive --fresh. Its people, numbers and texts
// are all made up; a demo that others can reach holds nothing of worth, but is open to them.
const (
	demoPassword       = "fernhill-demo" //nolint:gosec // see above
	demoChatLimit      = 5
	demoSegments       = 100 // a second, of every number
	demoResponseTarget = 120 // seconds
)

// cast is a tenant of the demo. The pictures of the console's design show the first one.
type cast struct {
	Subdomain, Name, Support string
	Admin, Manager           actor
	Agents                   []actor
	Queues                   []branch
	Numbers                  []line
	Consumers                []console.Handset
	Shortcuts                []tenant.Shortcut
}

type actor struct{ Name, Email string }

// branch is a queue and what hangs below it.
type branch struct {
	Name     string
	Keywords []string
	Below    []branch
}

// line is a phone number; Queue names what it feeds.
type line struct {
	Role         string // its key in the demo's JSON line
	Address      string
	Label        string
	Capabilities []string
	Queue        string
	Outbound     bool // the tenant's global outbound number
}

// Roles of the demo's numbers.
const (
	roleMenu        = "menu"
	roleLeaf        = "leaf"
	roleSessionless = "sessionless"
	roleInCall      = "in_call"
	roleOutbound    = "outbound"
)

func fernhill() cast {
	both := []string{carrier.CanReceive, carrier.CanSend}
	n := phone.Examples(6)
	return cast{
		Subdomain: "fernhill", Name: "Fernhill Home", Support: "help@fernhill.example",
		Admin:   actor{"Ines Marchetti", "ines@fernhill.example"},
		Manager: actor{"Ruth Adeyemi", "ruth@fernhill.example"},
		Agents: []actor{
			{"Noor Haddad", "noor@fernhill.example"}, {"Dana Whitfield", "dana@fernhill.example"}, {"Mateo Ruiz", "mateo@fernhill.example"},
		},
		Queues: []branch{{Name: "Support", Below: []branch{
			{Name: "Orders", Below: []branch{{Name: "Where is my order", Keywords: []string{"tracking", "delivery"}}}},
			{Name: "Returns", Keywords: []string{"return"}, Below: []branch{
				{Name: "Damaged item", Keywords: []string{"damaged", "broken"}},
				{Name: "Wrong item", Keywords: []string{"wrong"}},
				{Name: "Refund status", Keywords: []string{"refund"}},
			}},
			{Name: "Billing", Keywords: []string{"invoice", "bill"}},
		}}},
		Numbers: []line{
			{Role: roleMenu, Address: string(n[0]), Label: "Support line", Capabilities: both, Queue: "Support"},
			{Role: roleLeaf, Address: string(n[1]), Label: "Billing line", Capabilities: both, Queue: "Billing"},
			{Role: roleSessionless, Address: string(n[2]), Label: "Notices", Capabilities: []string{carrier.SessionFree}},
			{Role: roleInCall, Address: string(n[3]), Label: "Texts during calls", Capabilities: []string{carrier.InCall}},
			{Role: roleOutbound, Address: string(n[4]), Label: "Outbound", Capabilities: []string{carrier.CanSend}, Outbound: true},
		},
		Consumers: []console.Handset{
			{Number: "+14155550142", Name: "Marisol Vega"},
			{Number: "+12125550107", Name: "Priya Raman"},
			{Number: "+13125550118", Name: "Theo Lindqvist"},
			{Number: "+12065550126", Name: "Aiyana Brooks"},
			{Number: "+15125550171", Name: "Jonas Okafor"},
			{Number: "+16175550133", Name: "Ada Osei"},
		},
		Shortcuts: []tenant.Shortcut{
			{Keyword: "hello", Category: "Greetings", Text: "Hi @{CUSTOMER_NAME}, @{AGENT_NAME} from @{COMPANY_NAME} here. Let me look into this for you."},
			{Keyword: "hello", Lang: "es", Category: "Greetings", Text: "Hola @{CUSTOMER_NAME}, soy @{AGENT_NAME} de @{COMPANY_NAME}. Enseguida lo reviso."},
			{Keyword: "photo", Category: "Returns", Text: "Could you send a photo of the item and of the label on the box?"},
			{Keyword: "replace", Category: "Returns", Text: "Your replacement ships today and should reach you within two days."},
			{Keyword: "refund", Category: "Returns", Text: "We have refunded the amount to your original payment method. It takes 3 to 5 business days to show."},
			{Keyword: "tracking", Category: "Orders", Text: "Your parcel is on its way. I will text you the tracking link within the hour."},
			{Keyword: "bye", Category: "Greetings", Text: "Glad I could help, @{CUSTOMER_NAME}. Text us any time."},
		},
	}
}

func harbor() cast {
	return cast{
		Subdomain: "harbor", Name: "Harbor Cycles", Support: "help@harbor.example",
		Admin:   actor{"Tom Brandt", "tom@harbor.example"},
		Manager: actor{"Lena Fuchs", "lena@harbor.example"},
		Agents:  []actor{{"Kofi Mensah", "kofi@harbor.example"}, {"Yuki Tanaka", "yuki@harbor.example"}},
		Queues:  []branch{{Name: "Workshop"}},
		Numbers: []line{{
			Role: roleLeaf, Address: string(phone.Examples(6)[5]), Label: "Workshop line",
			Capabilities: []string{carrier.CanReceive, carrier.CanSend}, Queue: "Workshop",
		}},
	}
}

// seeded is what became of a cast in the database.
type seeded struct {
	tenant  tenant.Tenant
	admin   tenant.User
	manager tenant.User
	agents  []tenant.User
	numbers map[string]string // by role
}

// seedTenant makes what is missing and leaves what is there: a restart, also after a start that was cut short, finds the
// people and numbers of before.
func seedTenant(ctx context.Context, db *pg.DB, logins *tenant.Logins, c cast, account func(id.Tenant) (id.Account, error)) (s seeded, err error) {
	if s.tenant, err = seedCompany(ctx, db, c); err != nil {
		return s, err
	}
	people := []struct {
		actor
		role tenant.Role
		to   *tenant.User
	}{{c.Admin, tenant.RoleAdmin, &s.admin}, {c.Manager, tenant.RoleManager, &s.manager}}
	s.agents = make([]tenant.User, len(c.Agents))
	for i, a := range c.Agents {
		people = append(people, struct {
			actor
			role tenant.Role
			to   *tenant.User
		}{a, tenant.RoleAgent, &s.agents[i]})
	}
	for _, p := range people {
		if *p.to, err = seedUser(ctx, db, logins, s.tenant.ID, p.actor, p.role); err != nil {
			return s, err
		}
	}
	from, err := account(s.tenant.ID)
	if err != nil {
		return s, err
	}
	s.numbers = map[string]string{}
	for _, n := range c.Numbers {
		s.numbers[n.Role] = n.Address
	}
	return s, db.InTenantTx(ctx, s.tenant.ID, func(tx pgx.Tx) error { return s.furnish(ctx, tx, c, from) })
}

func seedCompany(ctx context.Context, db *pg.DB, c cast) (tenant.Tenant, error) {
	t, err := tenant.BySubdomain(ctx, db, c.Subdomain)
	if errs.CodeOf(err) == errs.NotFound {
		return tenant.Create(ctx, db, c.Subdomain, c.Name)
	}
	return t, err
}

func seedUser(ctx context.Context, db *pg.DB, logins *tenant.Logins, t id.Tenant, a actor, role tenant.Role) (u tenant.User, err error) {
	err = db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		u, err = tenant.UserByEmail(ctx, tx, t, a.Email)
		return err
	})
	if errs.CodeOf(err) != errs.NotFound {
		return u, err
	}
	limit := demoChatLimit
	u, err = logins.Create(ctx, t, tenant.NewUser{Email: a.Email, Name: a.Name, Roles: []tenant.Role{role}, Password: demoPassword, ChatLimit: &limit})
	if err != nil || role != tenant.RoleAgent {
		return u, err
	}
	// A newcomer's first text reaches an agent who did nothing but sign in.
	return u, db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		_, err := tenant.SetStatus(ctx, tx, t, u.ID, tenant.StatusChange{Status: tenant.Available, At: time.Now(), Why: tenant.BySelf})
		return err
	})
}

// furnish adds queues, numbers and names in one transaction, so that they are all there or none.
func (s *seeded) furnish(ctx context.Context, tx pgx.Tx, c cast, from id.Account) error {
	t := s.tenant.ID
	numbers, err := carrier.Numbers(ctx, tx, t)
	if err != nil || len(numbers) > 0 {
		return err
	}
	made := map[string]id.Queue{}
	if err := growTree(ctx, tx, t, 0, c.Queues, made); err != nil {
		return err
	}
	agents := make([]id.User, len(s.agents))
	for i, a := range s.agents {
		agents[i] = a.ID
	}
	served, err := leaves(ctx, tx, t)
	if err != nil {
		return err
	}
	for _, q := range served {
		if err := assignAgents(ctx, tx, t, q, agents...); err != nil {
			return err
		}
	}
	for _, n := range c.Numbers {
		_, err := addNumber(ctx, tx, t, newNumber{
			Address: n.Address, Label: n.Label, Account: from, Capabilities: n.Capabilities, Status: carrier.VerifiedSMSVoice,
			Queue: made[n.Queue], SegmentsPerSecond: demoSegments, GlobalOutbound: n.Outbound,
		})
		if err != nil {
			return err
		}
	}
	for _, p := range c.Consumers {
		if err := nameConsumer(ctx, tx, t, p.Number, p.Name); err != nil {
			return err
		}
	}
	for _, shortcut := range c.Shortcuts {
		if _, err := tenant.SaveShortcut(ctx, tx, t, tenant.Actor{}, time.Now(), shortcut); err != nil {
			return fmt.Errorf("seed the shortcut %s: %w", shortcut.Keyword, err)
		}
	}
	if err := tenant.Set(ctx, tx, t, 0, string(tenant.ResponseTarget), demoResponseTarget, tenant.Actor{}, time.Now()); err != nil {
		return err
	}
	return tenant.Set(ctx, tx, t, 0, string(tenant.SupportContact), c.Support, tenant.Actor{}, time.Now()) // bumps the version for all of it
}

func growTree(ctx context.Context, tx pgx.Tx, t id.Tenant, parent id.Queue, below []branch, made map[string]id.Queue) error {
	for i, b := range below {
		q, err := addQueue(ctx, tx, t, newQueue{Parent: parent, Name: b.Name, Keywords: b.Keywords, Position: i + 1})
		if err != nil {
			return fmt.Errorf("seed the queue %s: %w", b.Name, err)
		}
		made[b.Name] = q
		if err := growTree(ctx, tx, t, q, b.Below, made); err != nil {
			return err
		}
	}
	return nil
}

// seedToken keeps one token for programs. Only its hash is in the database, so the secret is kept in the demo's own file;
// without the file there is a new one.
func seedToken(ctx context.Context, db *pg.DB, t id.Tenant, kept string, now time.Time) (secret string, err error) {
	if kept != "" {
		found, err := tenant.VerifyToken(ctx, db, kept, now)
		if err == nil && found.Tenant.ID == t {
			return kept, nil
		}
		if err != nil && errs.CodeOf(err) != errs.Unauthorized {
			return "", err
		}
	}
	err = db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		_, secret, err = tenant.CreateToken(ctx, tx, t, "Demo", tenant.Scopes(), 0)
		return err
	})
	return secret, err
}
