package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// AuditFilter says which lines of the audit log are wanted. What is zero is not asked.
type AuditFilter struct {
	Action   string // how the action begins: "setting", "setting.changed"
	User     id.User
	From, To time.Time // To is past the end
	After    AuditMark // lines older than this one
	Limit    int
}

// AuditMark is the place of a line in the log, newest first.
type AuditMark struct {
	At time.Time
	ID int64
}

// AuditLine is a change as it was written, with the names that people have now.
type AuditLine struct {
	AuditMark
	User      id.User // 0: a token, or the program itself
	UserName  string
	Token     id.Token
	TokenName string
	Action    string
	Subject   int64
	Name      string
	Before    json.RawMessage // nil: it was not there
	After     json.RawMessage
}

// ReadAudit reads the log, newest first.
func ReadAudit(ctx context.Context, tx pgx.Tx, tenant id.Tenant, f AuditFilter) ([]AuditLine, error) {
	query, args := f.query(tenant)
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l AuditLine, err error) {
		err = row.Scan(&l.At, &l.ID, (*int64)(&l.User), &l.UserName, (*int64)(&l.Token), &l.TokenName, &l.Action, &l.Subject, &l.Name, &l.Before, &l.After)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return out, nil
}

func (f AuditFilter) query(tenant id.Tenant) (string, []any) {
	var b strings.Builder
	b.WriteString(`select a.at, a.id, coalesce(a.user_id, 0), coalesce(u.name, ''), coalesce(a.token_id, 0), coalesce(t.name, ''),
  a.action, a.subject_id, a.subject, a.before, a.after
from audit_log a
left join users u on u.tenant_id = a.tenant_id and u.id = a.user_id
left join api_tokens t on t.tenant_id = a.tenant_id and t.id = a.token_id
where a.tenant_id = $1`)
	args := []any{tenant}
	where := func(condition string, values ...any) {
		at := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			at[i] = len(args)
		}
		fmt.Fprintf(&b, " and "+condition, at...)
	}
	if f.Action != "" {
		where("starts_with(a.action, $%d)", f.Action)
	}
	if noun, _, whole := strings.Cut(f.Action, "."); whole {
		where("split_part(a.action, '.', 1) = $%d", noun) // by its index
	}
	if f.User != 0 {
		where("a.user_id = $%d", f.User)
	}
	if !f.From.IsZero() {
		where("a.at >= $%d", f.From)
	}
	if !f.To.IsZero() {
		where("a.at < $%d", f.To)
	}
	if f.After.ID != 0 {
		where("(a.at, a.id) < ($%d, $%d)", f.After.At, f.After.ID)
	}
	fmt.Fprintf(&b, " order by a.at desc, a.id desc limit %d", f.Limit)
	return b.String(), args
}
