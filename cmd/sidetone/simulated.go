package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/firstrun"
	"sidetone/internal/tenant"
)

// simulated keeps the simulated carrier of `serve --simulator` in the know of the accounts that were set up at it: of those
// in the database, whatever the tenant, with their numbers.
type simulated struct {
	carrier *simulator.Carrier
	url     string
	node    *node
	changed chan struct{}
}

// startSimulated lets it know what there is before the doors open, and whatever changes from then on.
func (n *node) startSimulated(ctx context.Context) error {
	if n.cfg.Simulated == nil {
		return nil
	}
	s := &simulated{carrier: n.cfg.Simulated, url: n.cfg.SimulatorURL, node: n, changed: make(chan struct{}, 1)}
	n.simulated = s
	if err := s.know(ctx); err != nil {
		return err
	}
	n.background("the simulated carrier's accounts", s.run)
	return nil
}

// setting is what the first run needs of it; nil where none runs.
func (s *simulated) setting() *firstrun.Simulator {
	if s == nil {
		return nil
	}
	return &firstrun.Simulator{URL: s.url, Know: s.know}
}

// wake has it look soon; many wakes make one look.
func (s *simulated) wake() {
	if s == nil {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *simulated) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
			if err := s.know(ctx); err != nil && ctx.Err() == nil {
				s.node.log.Warn("tell the simulated carrier of its accounts", "error", err)
			}
		}
	}
}

// know gives the carrier every account with its numbers, and leads accounts here that were made when it had another address.
func (s *simulated) know(ctx context.Context) error {
	book := s.node.accounts
	all, numbers, err := book.Simulated(ctx)
	if err != nil {
		return err
	}
	for _, acc := range all {
		if acc.BaseURL != s.url {
			if err := s.lead(ctx, acc); err != nil {
				return err
			}
		}
		err := s.carrier.Put(simulator.Account{
			SID: acc.SID, AuthToken: acc.AuthToken, Numbers: simulator.Numbers(numbers[acc.ID]...),
			MessagesURL: book.MessagesURL(acc.Key), StatusURL: book.StatusURL(acc.Key), VoiceURL: book.VoiceURL(acc.Key),
		})
		if err != nil {
			return fmt.Errorf("tell the simulated carrier of account %d: %w", acc.ID, err)
		}
	}
	return nil
}

func (s *simulated) lead(ctx context.Context, acc carrier.Account) error {
	acc.BaseURL = s.url
	err := s.node.db.InTenantTx(ctx, acc.Tenant, func(tx pgx.Tx) error {
		if err := s.node.accounts.Update(ctx, tx, acc); err != nil {
			return err
		}
		_, err := tenant.Bump(ctx, tx, acc.Tenant)
		return err
	})
	s.node.accounts.Forget(acc.Tenant)
	return err
}
