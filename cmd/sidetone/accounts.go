package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/config"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
)

type tenantAccountCmd struct {
	config.Config `embed:""`
	Subdomain     string `arg:"" help:"The tenant."`
	SID           string `name:"sid" required:"" help:"The account's id at the carrier (ACxxx)."`
	AuthToken     string `env:"SIDETONE_CARRIER_TOKEN" required:"" help:"Its auth token; keep it in the environment."`
	BaseURL       string `name:"base-url" default:"https://api.twilio.com" help:"Where its API is."`
}

// Run prints what to enter at the carrier.
func (c tenantAccountCmd) Run(ctx context.Context, s streams) error {
	return withAccounts(ctx, c.Config, s, c.Subdomain, func(db *pg.DB, accounts *carrier.Accounts, t tenant.Tenant) error {
		return db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error {
			added, err := accounts.Create(ctx, tx, carrier.Account{Tenant: t.ID, SID: c.SID, AuthToken: c.AuthToken, BaseURL: c.BaseURL})
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "account %d; enter at the carrier, for each number:\n", added.ID)
			fmt.Fprintf(s.out, "a message comes in  %s\na call comes in     %s\n", accounts.MessagesURL(added.Key), accounts.VoiceURL(added.Key))
			return nil
		})
	})
}

type tenantNumberCmd struct {
	config.Config     `embed:""`
	Subdomain         string   `arg:"" help:"The tenant."`
	Number            string   `arg:"" help:"E.164, or a short code."`
	Account           int64    `required:"" help:"The id of the carrier account that owns it."`
	Queue             int64    `help:"The id of the queue that its texts go to; 0 is none."`
	Label             string   `help:"What people call it."`
	Capabilities      []string `default:"inbound,outbound" help:"inbound, outbound, in_call, sessionless."`
	SegmentsPerSecond float32  `default:"1" help:"How fast the carrier lets it send."`
	GlobalOutbound    bool     `help:"Chats that begin with us are sent from it unless another is named."`
}

// Run asks the carrier first: only a number that the account owns and that can text is verified (spec 1.1, rule 2).
func (c tenantNumberCmd) Run(ctx context.Context, s streams) error {
	number, err := phone.ParseSender(c.Number, "")
	if err != nil {
		return err
	}
	return withAccounts(ctx, c.Config, s, c.Subdomain, func(db *pg.DB, accounts *carrier.Accounts, t tenant.Tenant) error {
		from, err := accounts.ByID(ctx, id.Account(c.Account))
		if err == nil && from.Tenant != t.ID {
			err = errs.New(errs.NotFound, "the tenant has no carrier account %d", c.Account)
		}
		if err != nil {
			return err
		}
		status, err := verify(ctx, accounts, from.ID, string(number))
		if err != nil {
			return err
		}
		return db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error {
			err := carrier.CheckNumber(ctx, tx, t.ID, carrier.Number{
				Address: string(number), Label: c.Label, Capabilities: c.Capabilities, SegmentsPerSecond: c.SegmentsPerSecond,
				OptOutResponder: carrier.PlatformAnswers,
			})
			if err != nil {
				return err
			}
			of, err := addNumber(ctx, tx, t.ID, newNumber{
				Address: string(number), Label: c.Label, Account: from.ID, Capabilities: c.Capabilities, Status: status,
				Queue: id.Queue(c.Queue), SegmentsPerSecond: c.SegmentsPerSecond, GlobalOutbound: c.GlobalOutbound,
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "number %d: %s, %s\n", of, number, strings.ReplaceAll(status, "_", " "))
			_, err = tenant.Bump(ctx, tx, t.ID)
			return err
		})
	})
}

// verify asks the carrier whether the account owns a number, and what the number can do.
func verify(ctx context.Context, accounts *carrier.Accounts, from id.Account, number string) (status string, err error) {
	status, reason, err := accounts.Check(ctx, from, number)
	if err == nil && status == carrier.VerifyFailed {
		err = errs.New(errs.Invalid, "%s", reason)
	}
	return status, err
}

// seedAccount points the demo's account at its carrier, whose address changes when its port is any free one.
func seedAccount(ctx context.Context, db *pg.DB, accounts *carrier.Accounts, t id.Tenant, k carrierKey, base string) (acc carrier.Account, err error) {
	acc = carrier.Account{Tenant: t, SID: k.SID, AuthToken: k.AuthToken, BaseURL: base}
	err = db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, "select id, key from carrier_accounts where tenant_id = $1 order by id limit 1", t).Scan(&acc.ID, &acc.Key)
		if errors.Is(err, pgx.ErrNoRows) {
			acc, err = accounts.Create(ctx, tx, acc)
			return err
		}
		if err != nil {
			return fmt.Errorf("look for the carrier account: %w", err)
		}
		return accounts.Update(ctx, tx, acc)
	})
	return acc, err
}

// withAccounts runs a tool's work on the carrier accounts of a tenant.
func withAccounts(ctx context.Context, cfg config.Config, s streams, subdomain string, fn func(*pg.DB, *carrier.Accounts, tenant.Tenant) error) error {
	return withDatabase(ctx, cfg, s, func(db *pg.DB) error {
		box, err := seal.Load(cfg.SealKey, cfg.SealKeyPath())
		if err != nil {
			return err
		}
		t, err := tenant.BySubdomain(ctx, db, subdomain)
		if err != nil {
			return err
		}
		return fn(db, carrier.NewAccounts(db, box, cfg.URL()), t)
	})
}

func showNumbers(ctx context.Context, w *tabwriter.Writer, tx pgx.Tx, t id.Tenant) error {
	numbers, err := carrier.Numbers(ctx, tx, t)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		fmt.Fprintf(w, "NUMBER\t%d\t%s\t%s\t%v\tqueue %d\taccount %d\t%s\n", n.ID, n.Address, n.Label, n.Capabilities, n.Queue, n.Account, n.Status)
	}
	return nil
}
