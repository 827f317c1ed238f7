package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/config"
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
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		box, err := seal.Load(c.SealKey, c.SealKeyPath())
		if err != nil {
			return err
		}
		t, err := tenant.BySubdomain(ctx, db, c.Subdomain)
		if err != nil {
			return err
		}
		of, hooks, err := addAccount(ctx, db, box, t.ID, carrierKey{c.SID, c.AuthToken}, c.BaseURL)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "account %d\n", of)
		for _, door := range []string{"messages", "status", "voice"} {
			fmt.Fprintf(s.out, "%-8s  %s%s/%s\n", door, c.URL(), hooks, door)
		}
		return nil
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
	return withDatabase(ctx, c.Config, s, func(db *pg.DB) error {
		box, err := seal.Load(c.SealKey, c.SealKeyPath())
		if err != nil {
			return err
		}
		t, err := tenant.BySubdomain(ctx, db, c.Subdomain)
		if err != nil {
			return err
		}
		status, err := verify(ctx, db, box, t.ID, id.Account(c.Account), string(number))
		if err != nil {
			return err
		}
		return db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error {
			of, err := addNumber(ctx, tx, t.ID, newNumber{
				Address: string(number), Label: c.Label, Account: id.Account(c.Account), Capabilities: c.Capabilities, Status: status,
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
