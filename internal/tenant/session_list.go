package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// OpenSession is where a user is signed in (reference E1, 7.5.2).
type OpenSession struct {
	ID        id.Session
	Provider  bool // one vouched for it
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time
}

// OpenSessions lists where a user is signed in, the latest used first.
func OpenSessions(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, now time.Time) ([]OpenSession, error) {
	rows, err := sql.UserSessions(ctx, tx, UserSessionsParams{TenantID: tenant, UserID: user, Now: now, IdleSince: now.Add(-SessionIdle)})
	if err != nil {
		return nil, fmt.Errorf("list the sessions of user %d: %w", user, err)
	}
	out := make([]OpenSession, len(rows))
	for i, r := range rows {
		out[i] = OpenSession(r)
	}
	return out, nil
}

// EndOthers signs a user out of another session of theirs, or with 0 of all but the one that asks. After the commit,
// publish event.SessionEnded for each and Forget them.
func EndOthers(ctx context.Context, tx pgx.Tx, own Session, one id.Session) ([]id.Session, error) {
	rows, err := sql.EndOtherSessions(ctx, tx, EndOtherSessionsParams{TenantID: own.Tenant.ID, UserID: own.User.ID, But: own.ID, One: int64(one)})
	if err != nil {
		return nil, fmt.Errorf("end other sessions of user %d: %w", own.User.ID, err)
	}
	if one != 0 && len(rows) == 0 {
		return nil, errs.New(errs.NotFound, "You are not signed in there any more")
	}
	ended, hashes := make([]id.Session, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ended[i], hashes[i] = row.ID, row.TokenHash
	}
	if err := sql.DropSessionIndex(ctx, tx, hashes); err != nil {
		return nil, fmt.Errorf("end other sessions of user %d: %w", own.User.ID, err)
	}
	return ended, nil
}

// SignUserOut ends every session of a user, at somebody else's word.
func SignUserOut(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, user id.User, now time.Time) ([]id.Session, error) {
	p, err := PersonByID(ctx, tx, tenant, user)
	if err != nil {
		return nil, err
	}
	ended, err := EndSessions(ctx, tx, tenant, user)
	if err != nil {
		return nil, err
	}
	return ended, Audit(ctx, tx, tenant, by, now, Change{Action: "user.signed_out", Subject: int64(user), Name: p.Name})
}
