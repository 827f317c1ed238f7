package console

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

const listedDefault = 50

// ListDoNotContact gives a page of the do-not-contact list, the newest first.
func (s *server) ListDoNotContact(ctx context.Context, req gen.ListDoNotContactRequestObject) (gen.ListDoNotContactResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, p := session.Tenant.ID, req.Params
	limit := int(or(p.Limit, listedDefault))
	var found []carrier.NoContact
	var total int
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if found, err = carrier.NoContacts(ctx, tx, t, or(p.Search, ""), id.NoContact(or(p.Before, 0)), limit+1); err != nil {
			return err
		}
		total, err = carrier.CountNoContacts(ctx, tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := gen.ListDoNotContact200JSONResponse{Total: int32(total), Entries: []gen.DoNotContact{}}
	if len(found) > limit {
		found = found[:limit]
		out.NextBefore = new(wire(found[limit-1].ID))
	}
	for _, e := range found {
		out.Entries = append(out.Entries, noContact(e))
	}
	return out, nil
}

// AddDoNotContact puts a number on the list at an admin's word.
func (s *server) AddDoNotContact(ctx context.Context, req gen.AddDoNotContactRequestObject) (gen.AddDoNotContactResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	given, err := carrier.ListedByHand(req.Body.Address, req.Body.Reason)
	if err != nil {
		return nil, err
	}
	t := session.Tenant.ID
	return gen.AddDoNotContact204Response{}, s.Chats.Consent(ctx, t, chat.ByHand{
		By: by(session), Stops: []string{given.Address},
		Decide: func(ctx context.Context, tx pgx.Tx) (lines []carrier.Consent, change tenant.Change, err error) {
			listed, err := carrier.OptedOut(ctx, tx, t, []string{given.Address})
			if err == nil && listed[given.Address] {
				err = errs.New(errs.Conflict, "This number is on the do-not-contact list already").At("address")
			}
			line := carrier.Consent{Address: given.Address, Action: carrier.OptOut, Source: carrier.ByAgent, Evidence: carrier.Because(given.Reason)}
			return []carrier.Consent{line}, tenant.Change{Action: "consent.listed", Name: phone.E164(given.Address).Mask()}, err
		},
	})
}

// RemoveDoNotContact takes a number off the list; the ledger keeps why.
func (s *server) RemoveDoNotContact(ctx context.Context, req gen.RemoveDoNotContactRequestObject) (gen.RemoveDoNotContactResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	reason, err := carrier.GivenReason(req.Body.Reason)
	if err != nil {
		return nil, err
	}
	t := session.Tenant.ID
	return gen.RemoveDoNotContact204Response{}, s.Chats.Consent(ctx, t, chat.ByHand{
		By: by(session),
		Decide: func(ctx context.Context, tx pgx.Tx) ([]carrier.Consent, tenant.Change, error) {
			e, err := carrier.FindNoContact(ctx, tx, t, id.NoContact(req.EntryId))
			line := carrier.Consent{Address: e.Address, Scope: e.Scope, Action: carrier.OptIn, Source: carrier.ByAgent, Evidence: carrier.Because(reason)}
			return []carrier.Consent{line}, tenant.Change{Action: "consent.unlisted", Subject: req.EntryId, Name: phone.E164(e.Address).Mask()}, err
		},
	})
}

// ImportDoNotContact puts the numbers of a file on the list, all or none. What is listed already stays as it was.
func (s *server) ImportDoNotContact(ctx context.Context, req gen.ImportDoNotContactRequestObject) (gen.ImportDoNotContactResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	file, faults := carrier.ReadConsents(req.Body.Csv)
	if len(faults) > 0 {
		return gen.ImportDoNotContact400JSONResponse(faulty(ctx, faults)), nil
	}
	out := gen.ImportDoNotContact200JSONResponse{DuplicateLines: []int32{}}
	t := session.Tenant.ID
	all := make([]string, len(file))
	for i, l := range file {
		all[i] = l.Address
	}
	err = s.Chats.Consent(ctx, t, chat.ByHand{
		By: by(session), Stops: all,
		Decide: func(ctx context.Context, tx pgx.Tx) (lines []carrier.Consent, change tenant.Change, err error) {
			listed, err := carrier.OptedOut(ctx, tx, t, all)
			if err != nil {
				return nil, change, err
			}
			for _, l := range file {
				if listed[l.Address] {
					out.DuplicateLines = append(out.DuplicateLines, int32(l.Line))
					continue
				}
				listed[l.Address] = true
				lines = append(lines, carrier.Consent{Address: l.Address, Action: carrier.OptOut, Source: carrier.ByImport, Evidence: carrier.Because(l.Reason)})
			}
			out.Added = int32(len(lines))
			after := map[string]int{"added": len(lines), "duplicates": len(out.DuplicateLines)}
			return lines, tenant.Change{Action: "consent.imported", After: after}, nil
		},
	})
	return out, err
}

func noContact(e carrier.NoContact) gen.DoNotContact {
	out := gen.DoNotContact{
		Id: wire(e.ID), Address: e.Address, Scope: consentScope(e.Scope), Since: e.Since.UTC(), Source: e.Source, Word: e.Word, Reason: e.Reason,
	}
	if e.Scope != 0 {
		out.Number = &gen.ConsentNumber{Id: wire(e.Scope), Address: e.NumberAddress, Label: e.NumberLabel}
	}
	if e.User != 0 {
		out.By = &gen.UserRef{Id: wire(e.User), Name: e.UserName}
	}
	return out
}
