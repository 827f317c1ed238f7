package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/config"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

type tokenCmd struct {
	Create  tokenCreateCmd  `cmd:"" help:"Make a token. It is printed once and can't be read again."`
	List    tokenListCmd    `cmd:"" help:"List a tenant's tokens."`
	Disable tokenDisableCmd `cmd:"" help:"Refuse a token from now on."`
}

type tokenCreateCmd struct {
	config.Config `embed:""`
	Subdomain     string   `arg:"" help:"The tenant."`
	Name          string   `arg:"" help:"What it is for."`
	Scopes        []string `default:"sms,sessionless,chats:read,calls,reports" help:"What it may do: sms, sessionless, chats:read, calls, reports, admin."`
}

// Run prints the secret alone, so that it can be piped.
func (c tokenCreateCmd) Run(ctx context.Context, s streams) error {
	return inTenant(ctx, c.Config, s, c.Subdomain, func(tx pgx.Tx, t tenant.Tenant) error {
		scopes := make([]tenant.Scope, len(c.Scopes))
		for i, scope := range c.Scopes {
			scopes[i] = tenant.Scope(scope)
		}
		_, secret, err := tenant.CreateToken(ctx, tx, t.ID, c.Name, scopes, 0)
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, secret)
		return nil
	})
}

type tokenListCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"The tenant."`
}

// Run shows of each secret its last four characters.
func (c tokenListCmd) Run(ctx context.Context, s streams) error {
	return inTenant(ctx, c.Config, s, c.Subdomain, func(tx pgx.Tx, t tenant.Tenant) error {
		tokens, err := tenant.ListTokens(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tENDS IN\tSCOPES\tLAST USED\tSTATE")
		for _, k := range tokens {
			used, state := "never", "enabled"
			if k.LastUsedAt != nil {
				used = k.LastUsedAt.UTC().Format(time.DateTime)
			}
			if k.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%v\t%s\t%s\n", k.ID, k.Name, k.Last4, k.Scopes, used, state)
		}
		return w.Flush()
	})
}

type tokenDisableCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"The tenant."`
	ID            int64  `arg:"" name:"id" help:"The token's id, from token list."`
	Undo          bool   `help:"Let it in again."`
}

// Run works at once, on every node (tenant.KnownTokens).
func (c tokenDisableCmd) Run(ctx context.Context, s streams) error {
	return inTenant(ctx, c.Config, s, c.Subdomain, func(tx pgx.Tx, t tenant.Tenant) error {
		return tenant.SetTokenDisabled(ctx, tx, t.ID, id.Token(c.ID), !c.Undo)
	})
}

// inTenant runs a tool's work in one transaction of the tenant with a subdomain.
func inTenant(ctx context.Context, cfg config.Config, s streams, subdomain string, fn func(tx pgx.Tx, t tenant.Tenant) error) error {
	return withDatabase(ctx, cfg, s, func(db *pg.DB) error {
		t, err := tenant.BySubdomain(ctx, db, subdomain)
		if err != nil {
			return err
		}
		return db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error { return fn(tx, t) })
	})
}
