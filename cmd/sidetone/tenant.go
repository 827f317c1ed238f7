package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/config"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

type tenantCmd struct {
	Create  tenantCreateCmd  `cmd:"" help:"Make a tenant."`
	List    tenantListCmd    `cmd:"" help:"List the tenants."`
	Disable tenantDisableCmd `cmd:"" help:"Shut a tenant off; its sessions and tokens are refused."`
	User    tenantUserCmd    `cmd:"" help:"Make a user, or set the password of one."`
	Account tenantAccountCmd `cmd:"" help:"Add a carrier account, and print where the carrier reports to."`
	Queue   tenantQueueCmd   `cmd:"" help:"Make a queue, and put agents to it."`
	Number  tenantNumberCmd  `cmd:"" help:"Add a phone number, once the carrier confirms it."`
	Show    tenantShowCmd    `cmd:"" help:"List a tenant's users, queues and numbers."`
}

type tenantCreateCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"Letters, digits and hyphens."`
	Name          string `arg:"" help:"The company's name, as texts give it."`
}

// Run makes an empty tenant: no users, no queues.
func (c tenantCreateCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		t, err := tenant.Create(ctx, db, c.Subdomain, c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "tenant %d: %s (%s)\n", t.ID, t.Name, t.Subdomain)
		return nil
	})
}

type tenantListCmd struct {
	config.Config `embed:""`
}

// Run lists them, the oldest first: a host that names none means the first.
func (c tenantListCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		all, err := tenant.List(ctx, db)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tSUBDOMAIN\tNAME\tSTATE")
		for _, t := range all {
			state := "enabled"
			if t.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", t.ID, t.Subdomain, t.Name, state)
		}
		return w.Flush()
	})
}

type tenantDisableCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"The tenant."`
	Undo          bool   `help:"Let it in again."`
}

// Run changes one row, which every look-up reads.
func (c tenantDisableCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		t, err := tenant.BySubdomain(ctx, db, c.Subdomain)
		if err != nil {
			return err
		}
		return tenant.SetDisabled(ctx, db, t.ID, !c.Undo)
	})
}

type tenantUserCmd struct {
	config.Config `embed:""`
	Subdomain     string   `arg:"" help:"The tenant."`
	Email         string   `arg:"" help:"What the user signs in with."`
	Name          string   `help:"Needed for a new user."`
	Roles         []string `default:"agent" help:"agent, manager, admin, developer."`
	ChatLimit     int      `help:"Chats at once; 0 is the tenant's own limit."`
	Password      string   `env:"SIDETONE_USER_PASSWORD" help:"Keep it in the environment. Without it one is made and printed."`
}

// Run sets the password of a user who is there, and ends their sessions.
func (c tenantUserCmd) Run(ctx context.Context, s streams) error {
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		logins, err := tenant.NewLogins(db, nil)
		if err != nil {
			return err
		}
		t, err := tenant.BySubdomain(ctx, db, c.Subdomain)
		if err != nil {
			return err
		}
		password := c.Password
		if password == "" {
			password = strings.ToLower(rand.Text())
		}
		u, err := c.save(ctx, db, logins, t.ID, password)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "user %d: %s\n", u.ID, u.Email)
		if c.Password == "" {
			fmt.Fprintln(s.out, "password:", password)
		}
		return nil
	})
}

func (c tenantUserCmd) save(ctx context.Context, db *pg.DB, logins *tenant.Logins, t id.Tenant, password string) (u tenant.User, err error) {
	err = db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		u, err = tenant.UserByEmail(ctx, tx, t, c.Email)
		return err
	})
	if err == nil {
		_, err = logins.SetPassword(ctx, t, u.ID, password)
		return u, err
	}
	n := tenant.NewUser{Email: c.Email, Name: c.Name, Password: password}
	for _, r := range c.Roles {
		n.Roles = append(n.Roles, tenant.Role(r))
	}
	if c.ChatLimit != 0 {
		n.ChatLimit = &c.ChatLimit
	}
	return logins.Create(ctx, t, n)
}

type tenantQueueCmd struct {
	config.Config `embed:""`
	Subdomain     string   `arg:"" help:"The tenant."`
	Name          string   `arg:"" help:"What the menu shows."`
	Parent        int64    `help:"The id of the menu it stands in; 0 is the top."`
	Keywords      []string `help:"Words that choose it from anywhere in its tree."`
	Agents        []string `help:"E-mail addresses of its agents."`
}

// Run makes the queue and assigns its agents in one transaction.
func (c tenantQueueCmd) Run(ctx context.Context, s streams) error {
	return inTenant(ctx, c.Config, s, c.Subdomain, func(tx pgx.Tx, t tenant.Tenant) error {
		q, err := addQueue(ctx, tx, t.ID, newQueue{Parent: id.Queue(c.Parent), Name: c.Name, Keywords: c.Keywords})
		if err != nil {
			return err
		}
		for _, email := range c.Agents {
			u, err := tenant.UserByEmail(ctx, tx, t.ID, email)
			if err != nil {
				return err
			}
			if err := assignAgents(ctx, tx, t.ID, q, u.ID); err != nil {
				return err
			}
		}
		if _, err := tenant.Bump(ctx, tx, t.ID); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "queue %d: %s\n", q, c.Name)
		return nil
	})
}

type tenantShowCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"The tenant."`
}

// Run gives the ids that the other tools ask for.
func (c tenantShowCmd) Run(ctx context.Context, s streams) error {
	return inTenant(ctx, c.Config, s, c.Subdomain, func(tx pgx.Tx, t tenant.Tenant) error {
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "TENANT\t%d\t%s\t%s\n", t.ID, t.Subdomain, t.Name)
		users, err := tenant.ListUsers(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		for _, u := range users {
			fmt.Fprintf(w, "USER\t%d\t%s\t%s\t%v\n", u.ID, u.Email, u.Name, u.Roles)
		}
		if err := showChannel(ctx, w, tx, t.ID); err != nil {
			return err
		}
		return w.Flush()
	})
}

func showChannel(ctx context.Context, w *tabwriter.Writer, tx pgx.Tx, t id.Tenant) error {
	nodes, err := queues.Nodes(ctx, tx, t)
	if err != nil {
		return fmt.Errorf("read the queues: %w", err)
	}
	tree := queues.NewTree(nodes, strings.ToLower)
	for _, n := range tree.Nodes() {
		fmt.Fprintf(w, "QUEUE\t%d\t%s\t%v\n", n.ID, tree.Path(n.ID), n.Keywords)
	}
	return showNumbers(ctx, w, tx, t)
}
