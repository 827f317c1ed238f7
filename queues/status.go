package queues

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// SetStatus lets an agent choose what they do (by 0), or a manager set it for them, which the audit log keeps. Who becomes
// available is offered chats at once; who does not loses the offers that stand. Errors: invalid_request, not_found.
func (r *Router) SetStatus(ctx context.Context, t id.Tenant, user id.User, status tenant.Status, by id.User) (is tenant.User, err error) {
	settings, err := r.Settings(ctx, t, 0)
	if err != nil {
		return is, fmt.Errorf("read the statuses of tenant %d: %w", t, err)
	}
	if err := settings.Selectable(status); err != nil {
		return is, err
	}
	change := tenant.StatusChange{Status: status, At: r.now(), Why: tenant.BySelf, By: by}
	if by != 0 {
		change.Why = tenant.ByManager
	}
	err = r.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		is, err = changeStatus(ctx, tx, t, user, change)
		return err
	})
	if err != nil {
		return is, err
	}
	r.Publish(event.Hint{Kind: event.AgentChanged, Tenant: t, User: user})
	if status == tenant.Available {
		r.Wake(t)
		return is, nil
	}
	return is, r.AgentGone(ctx, t, user)
}

func changeStatus(ctx context.Context, tx pgx.Tx, t id.Tenant, user id.User, c tenant.StatusChange) (is tenant.User, err error) {
	if is, err = tenant.UserByID(ctx, tx, t, user); err != nil {
		return is, err
	}
	if is.Disabled {
		return is, errs.New(errs.Conflict, "%s is disabled", is.Name)
	}
	changed, err := tenant.SetStatus(ctx, tx, t, user, c)
	if err != nil || !changed {
		return is, err
	}
	was := is.Status
	is.Status, is.StatusSince = c.Status, c.At
	if c.By == 0 {
		return is, nil
	}
	return is, tenant.Audit(ctx, tx, t, tenant.Actor{User: c.By}, c.At, tenant.Change{
		Action: "user.status_set", Subject: int64(user), Name: is.Name, Before: was, After: c.Status,
	})
}
