package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// Actor is who changes something. The zero value is the program itself, or its command line.
type Actor struct {
	User  id.User
	Token id.Token
}

// Change is a line of the audit log: an action on a subject, with what it was and what it is.
type Change struct {
	Action  string // noun.verb: number.created, queue.moved, setting.changed
	Subject int64  // its id; 0 for the tenant
	Name    string // what people call it, at the time
	Before  any    // as JSON; nil when it was not there. Never a secret
	After   any    // as JSON; nil when it is gone
}

const longestSubject = 200

// Audit writes a change into the log, in the transaction that makes it, so that there is no change without its line.
func Audit(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, c Change) error {
	line, err := auditLine(tenant, by, at, c)
	if err == nil {
		err = sql.AddAudit(ctx, tx, line)
	}
	if err != nil {
		return fmt.Errorf("audit %s: %w", c.Action, err)
	}
	return nil
}

// queueAudit is Audit for many changes at once: they go in one batch.
func queueAudit(b *pgx.Batch, tenant id.Tenant, by Actor, at time.Time, c Change) error {
	l, err := auditLine(tenant, by, at, c)
	if err != nil {
		return fmt.Errorf("audit %s: %w", c.Action, err)
	}
	b.Queue(addAudit, l.TenantID, l.At, l.UserID, l.TokenID, l.Action, l.SubjectID, l.Subject, l.Before, l.After)
	return nil
}

func auditLine(tenant id.Tenant, by Actor, at time.Time, c Change) (AddAuditParams, error) {
	before, err := asJSON(c.Before)
	if err != nil {
		return AddAuditParams{}, err
	}
	after, err := asJSON(c.After)
	if err != nil {
		return AddAuditParams{}, err
	}
	name := []rune(c.Name)
	return AddAuditParams{
		TenantID: tenant, At: at, UserID: int64(by.User), TokenID: int64(by.Token), Action: c.Action,
		SubjectID: c.Subject, Subject: string(name[:min(len(name), longestSubject)]), Before: before, After: after,
	}, nil
}

func asJSON(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}
