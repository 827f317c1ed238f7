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

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

const (
	auditDefault  = 50
	auditExported = 1000 // lines of an export in one read
)

// ListAudit reads the audit log a page at a time, newest first.
func (s *server) ListAudit(ctx context.Context, req gen.ListAuditRequestObject) (gen.ListAuditResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := auditFilter(p.Action, p.UserId, p.From, p.To)
	if err != nil {
		return nil, err
	}
	limit := auditDefault
	if p.Limit != nil {
		limit = int(*p.Limit)
	}
	if f.Limit = limit + 1; p.Cursor != nil {
		if f.After, err = auditMark(*p.Cursor); err != nil {
			return nil, err
		}
	}
	lines, err := s.auditLines(ctx, session.Tenant.ID, f)
	if err != nil {
		return nil, err
	}
	out := gen.ListAudit200JSONResponse{Entries: []gen.AuditEntry{}}
	if len(lines) > limit {
		lines = lines[:limit]
		out.Next = new(auditCursor(lines[limit-1].AuditMark))
	}
	for _, l := range lines {
		out.Entries = append(out.Entries, auditEntry(l))
	}
	return out, nil
}

// ExportAudit gives the whole log, or what a filter leaves of it, as CSV. It is read in pages, so that a slow reader holds
// no connection to the database.
func (s *server) ExportAudit(ctx context.Context, req gen.ExportAuditRequestObject) (gen.ExportAuditResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	p := req.Params
	f, err := auditFilter(p.Action, p.UserId, p.From, p.To)
	if err != nil {
		return nil, err
	}
	f.Limit = auditExported
	return auditFile{edge.CSV{
		Name: "audit.csv", Header: []string{"at", "user", "token", "action", "subject_id", "subject", "before", "after"},
		Lines: s.auditExport(ctx, session.Tenant.ID, f),
	}}, nil
}

type auditFile struct{ edge.CSV }

// VisitExportAuditResponse answers with the file.
func (f auditFile) VisitExportAuditResponse(w http.ResponseWriter) error { return f.WriteTo(w) }

func (s *server) auditExport(ctx context.Context, of id.Tenant, f tenant.AuditFilter) iter.Seq2[[]string, error] {
	return edge.Pages(func() (cells [][]string, more bool, err error) {
		lines, err := s.auditLines(ctx, of, f)
		for _, l := range lines {
			cells = append(cells, []string{
				l.At.UTC().Format(time.RFC3339Nano), l.UserName, l.TokenName, l.Action, strconv.FormatInt(l.Subject, 10), l.Name,
				string(l.Before), string(l.After),
			})
			f.After = l.AuditMark
		}
		return cells, len(lines) == f.Limit, err
	})
}

func (s *server) auditLines(ctx context.Context, of id.Tenant, f tenant.AuditFilter) (lines []tenant.AuditLine, err error) {
	err = s.DB.InTenantTx(ctx, of, func(tx pgx.Tx) error {
		lines, err = tenant.ReadAudit(ctx, tx, of, f)
		return err
	})
	return lines, err
}

func auditFilter(action *string, user *int64, from, to *time.Time) (f tenant.AuditFilter, err error) {
	if action != nil {
		f.Action = *action
	}
	if user != nil {
		f.User = id.User(*user)
	}
	if from != nil {
		f.From = *from
	}
	if to != nil {
		f.To = *to
	}
	if from != nil && to != nil && !to.After(*from) {
		return f, errs.Field("to", "to must be later than from")
	}
	return f, nil
}

// auditCursor names a line for the page after it.
func auditCursor(m tenant.AuditMark) string { return fmt.Sprintf("%d-%d", m.At.UnixMicro(), m.ID) }

func auditMark(cursor string) (m tenant.AuditMark, err error) {
	at, line, ok := strings.Cut(cursor, "-")
	micros, err1 := strconv.ParseInt(at, 10, 64)
	m.ID, err = strconv.ParseInt(line, 10, 64)
	if !ok || err1 != nil || err != nil || m.ID < 1 {
		return m, errs.Field("cursor", "This cursor did not come from here")
	}
	m.At = time.UnixMicro(micros)
	return m, nil
}

func auditEntry(l tenant.AuditLine) gen.AuditEntry {
	out := gen.AuditEntry{
		Id: l.ID, At: l.At.UTC(), User: userRef(chat.UserRef{ID: l.User, Name: l.UserName}), Action: l.Action, SubjectId: l.Subject,
		Subject: l.Name, Before: raw(l.Before), After: raw(l.After),
	}
	if l.Token != 0 {
		out.Token = &gen.UserRef{Id: wire(l.Token), Name: l.TokenName}
	}
	return out
}

// raw is stored JSON as it stands.
func raw(v json.RawMessage) any {
	if v == nil {
		return nil
	}
	return v
}
