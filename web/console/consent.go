package console

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

const (
	consentDefault  = 50
	consentExported = 1000 // lines of an export in one read
	flagsMost       = 200
)

// ListConsent reads the consent ledger a page at a time, newest first.
func (s *server) ListConsent(ctx context.Context, req gen.ListConsentRequestObject) (gen.ListConsentResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := ledgerFilter(p.Address, p.Action, p.Source, p.From, p.To)
	if err != nil {
		return nil, err
	}
	limit := int(or(p.Limit, consentDefault))
	if f.Limit = limit + 1; p.Cursor != nil {
		if f.After, err = ledgerMark(*p.Cursor); err != nil {
			return nil, err
		}
	}
	lines, err := s.ledger(ctx, session.Tenant.ID, f)
	if err != nil {
		return nil, err
	}
	out := gen.ListConsent200JSONResponse{Lines: []gen.ConsentLine{}}
	if len(lines) > limit {
		lines = lines[:limit]
		out.Next = new(ledgerCursor(lines[limit-1].Mark()))
	}
	for _, l := range lines {
		out.Lines = append(out.Lines, consentLine(l))
	}
	return out, nil
}

// ExportConsent gives the ledger, or what a filter leaves of it, as CSV. It is read in pages, so that a slow reader holds no
// connection to the database.
func (s *server) ExportConsent(ctx context.Context, req gen.ExportConsentRequestObject) (gen.ExportConsentResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := ledgerFilter(p.Address, p.Action, p.Source, p.From, p.To)
	if err != nil {
		return nil, err
	}
	f.Limit = consentExported
	return consentFile{edge.CSV{
		Name: "consent.csv", Header: []string{"at", "address", "action", "scope", "source", "word", "number", "user", "provider_id", "text_shown", "evidence"},
		Lines: s.ledgerExport(ctx, session.Tenant.ID, f),
	}}, nil
}

type consentFile struct{ edge.CSV }

// VisitExportConsentResponse answers with the file.
func (f consentFile) VisitExportConsentResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func (s *server) ledgerExport(ctx context.Context, of id.Tenant, f carrier.LedgerFilter) iter.Seq2[[]string, error] {
	return edge.Pages(func() (cells [][]string, more bool, err error) {
		lines, err := s.ledger(ctx, of, f)
		for _, l := range lines {
			cells = append(cells, []string{
				l.At.UTC().Format(time.RFC3339Nano), l.Address, string(l.Action), string(consentScope(l.Scope)), l.Source, l.Word, l.NumberAddress,
				l.UserName, l.ProviderID, l.TextShown, l.Evidence,
			})
			f.After = l.Mark()
		}
		return cells, len(lines) == f.Limit, err
	})
}

func (s *server) ledger(ctx context.Context, of id.Tenant, f carrier.LedgerFilter) (lines []carrier.LedgerLine, err error) {
	err = s.DB.InTenantTx(ctx, of, func(tx pgx.Tx) error {
		lines, err = carrier.ReadLedger(ctx, tx, of, f)
		return err
	})
	return lines, err
}

// ListConsentFlags gives the chats in which a text may have been a request to stop.
func (s *server) ListConsentFlags(ctx context.Context, _ gen.ListConsentFlagsRequestObject) (gen.ListConsentFlagsResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	found, total, err := s.Chats.Flagged(ctx, session.Tenant.ID, flagsMost)
	if err != nil {
		return nil, err
	}
	out := gen.ListConsentFlags200JSONResponse{Total: int32(total), Flags: make([]gen.ConsentFlag, len(found))}
	for i, f := range found {
		flag := gen.ConsentFlag{ChatId: wire(f.Chat), Ended: f.EndedAt != nil, Queue: f.Queue, Agent: f.Agent, At: f.At.UTC(), Text: f.Text}
		flag.EndUser.Number, flag.EndUser.Name = f.EndUser.Address, f.EndUser.Name
		out.Flags[i] = flag
	}
	return out, nil
}

func ledgerFilter(address *string, action *gen.ConsentAction, source *gen.ConsentSource, from, to *time.Time) (f carrier.LedgerFilter, err error) {
	f = carrier.LedgerFilter{
		Address: or(address, ""), Action: carrier.Action(or(action, "")), Source: string(or(source, "")),
		From: or(from, time.Time{}), To: or(to, time.Time{}),
	}
	if from != nil && to != nil && !to.After(*from) {
		return f, errs.Field("to", "to must be later than from")
	}
	return f, nil
}

// ledgerCursor names a line for the page after it.
func ledgerCursor(m carrier.LedgerMark) string { return fmt.Sprintf("%d-%d", m.At.UnixMicro(), m.ID) }

func ledgerMark(cursor string) (m carrier.LedgerMark, err error) {
	at, line, _ := strings.Cut(cursor, "-")
	micros, err := strconv.ParseInt(at, 10, 64)
	of, ok := id.Parse[id.LedgerLine](line)
	if !ok || err != nil {
		return m, errs.Field("cursor", "This cursor did not come from here")
	}
	return carrier.LedgerMark{At: time.UnixMicro(micros), ID: of}, nil
}

func consentLine(l carrier.LedgerLine) gen.ConsentLine {
	out := gen.ConsentLine{
		Id: wire(l.ID), At: l.At.UTC(), Address: l.Address, Action: gen.ConsentAction(l.Action), Scope: consentScope(l.Scope),
		Source: gen.ConsentSource(l.Source), Word: l.Word, ProviderId: l.ProviderID, TextShown: l.TextShown, Evidence: map[string]any{},
	}
	_ = json.Unmarshal([]byte(l.Evidence), &out.Evidence) // what is no object stays out
	if l.Number != 0 && l.NumberAddress != "" {
		out.Number = &gen.ConsentNumber{Id: wire(l.Number), Address: l.NumberAddress, Label: l.NumberLabel}
	}
	if l.User != 0 {
		out.User = &gen.UserRef{Id: wire(l.User), Name: l.UserName}
	}
	return out
}

func consentScope(n id.Number) gen.ConsentScope {
	if n != 0 {
		return gen.ConsentScopeNumber
	}
	return gen.ConsentScopeTenant
}
