// Package tenant owns tenants and their people: users, sessions, one-time tickets, API tokens, presence, and the settings
// with their inheritance and caches. It does not own queues, numbers or anything that a chat is made of.
package tenant

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Tenant is one company (spec 1.1).
type Tenant struct {
	ID        id.Tenant
	Subdomain string
	Name      string
	Disabled  bool
}

var subdomainPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Create makes a tenant, enabled, with every setting at its default and the opt-in shortcut that each has.
func Create(ctx context.Context, db *pg.DB, subdomain, name string) (t Tenant, err error) {
	err = db.InTx(ctx, func(tx pgx.Tx) error {
		t, err = create(ctx, tx, subdomain, name)
		return err
	})
	return t, err
}

// CreateFirst is Create in a transaction, for an installation that has no tenant: a conflict when it has one. No other is made
// until the transaction ends; the tenant is the transaction's from here on.
func CreateFirst(ctx context.Context, tx pgx.Tx, subdomain, name string) (t Tenant, err error) {
	if err := sql.LockTenants(ctx, tx); err != nil {
		return t, fmt.Errorf("lock the tenants: %w", err)
	}
	there, err := sql.AnyTenant(ctx, tx)
	if err != nil {
		return t, fmt.Errorf("look for tenants: %w", err)
	}
	if there {
		return t, errs.New(errs.Conflict, "there is a tenant already")
	}
	return create(ctx, tx, subdomain, name)
}

// Any says whether there is a tenant, disabled ones included.
func Any(ctx context.Context, db *pg.DB) (bool, error) {
	there, err := sql.AnyTenant(ctx, db.Pool())
	if err != nil {
		return false, fmt.Errorf("look for tenants: %w", err)
	}
	return there, nil
}

func create(ctx context.Context, tx pgx.Tx, subdomain, name string) (t Tenant, err error) {
	subdomain, name = strings.ToLower(strings.TrimSpace(subdomain)), strings.TrimSpace(name)
	switch {
	case !subdomainPattern.MatchString(subdomain):
		return t, errs.Field("subdomain", "a subdomain has 1 to 63 letters, digits and inner hyphens")
	case !oneLine(name, 200):
		return t, errs.Field("name", "a name has 1 to 200 characters on one line")
	}
	row, err := sql.CreateTenant(ctx, tx, subdomain, name)
	if err == nil {
		err = pg.SetTenant(ctx, tx, row.ID)
	}
	if err == nil {
		f := firstShortcut
		_, err = sql.CreateShortcut(ctx, tx, CreateShortcutParams{
			TenantID: row.ID, Lang: f.Lang, Keyword: f.Keyword, Folded: f.Key().Folded, Category: f.Category, Body: f.Text, OptIn: f.OptIn,
		})
	}
	if broke(err, "tenants_subdomain_key") {
		return t, errs.New(errs.Conflict, "the subdomain %s is taken", subdomain).At("subdomain")
	}
	if err != nil {
		return t, fmt.Errorf("create the tenant %s: %w", subdomain, err)
	}
	return Tenant{row.ID, row.Subdomain, row.Name, row.DisabledAt != nil}, nil
}

// BySubdomain finds a tenant by its subdomain, disabled ones included.
func BySubdomain(ctx context.Context, db *pg.DB, subdomain string) (Tenant, error) {
	row, err := sql.TenantBySubdomain(ctx, db.Pool(), strings.ToLower(subdomain))
	if err != nil {
		return Tenant{}, missing(err, "there is no tenant %s", subdomain)
	}
	return Tenant{row.ID, row.Subdomain, row.Name, row.DisabledAt != nil}, nil
}

// ByID finds a tenant by its id, disabled ones included.
func ByID(ctx context.Context, db *pg.DB, tenant id.Tenant) (Tenant, error) {
	row, err := sql.TenantByID(ctx, db.Pool(), tenant)
	if err != nil {
		return Tenant{}, missing(err, "there is no tenant %d", tenant)
	}
	return Tenant{row.ID, row.Subdomain, row.Name, row.DisabledAt != nil}, nil
}

// First is the only tenant, or the oldest that is enabled: the one of a login page whose host names none.
func First(ctx context.Context, db *pg.DB) (Tenant, error) {
	row, err := sql.FirstTenant(ctx, db.Pool())
	if err != nil {
		return Tenant{}, missing(err, "there is no tenant yet")
	}
	return Tenant{row.ID, row.Subdomain, row.Name, row.DisabledAt != nil}, nil
}

// List returns every tenant, the oldest first.
func List(ctx context.Context, db *pg.DB) ([]Tenant, error) {
	rows, err := sql.ListTenants(ctx, db.Pool())
	if err != nil {
		return nil, fmt.Errorf("list the tenants: %w", err)
	}
	out := make([]Tenant, len(rows))
	for i, row := range rows {
		out[i] = Tenant{row.ID, row.Subdomain, row.Name, row.DisabledAt != nil}
	}
	return out, nil
}

// SetDisabled shuts a tenant off, or lets it in again. Its sessions and tokens are refused while it is off.
func SetDisabled(ctx context.Context, db *pg.DB, tenant id.Tenant, disabled bool) error {
	n, err := sql.SetTenantDisabled(ctx, db.Pool(), disabled, tenant)
	if err != nil {
		return fmt.Errorf("disable tenant %d: %w", tenant, err)
	}
	if n == 0 {
		return errs.New(errs.NotFound, "there is no tenant %d", tenant)
	}
	return nil
}

// SubdomainOf is the subdomain that a request's host names under our domain; "" when it names none (the domain itself,
// an address, localhost, a foreign name). A request whose credential belongs to another tenant than a named one is
// refused (spec 1.1).
func SubdomainOf(host, domain string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	for _, d := range []string{strings.ToLower(domain), "localhost"} {
		if sub, ok := strings.CutSuffix(host, "."+d); ok && d != "" && subdomainPattern.MatchString(sub) {
			return sub
		}
	}
	return ""
}

// ByHost is the tenant of a login page: the one the host names, else the first.
func ByHost(ctx context.Context, db *pg.DB, host, domain string) (Tenant, error) {
	if sub := SubdomainOf(host, domain); sub != "" {
		return BySubdomain(ctx, db, sub)
	}
	return First(ctx, db)
}

func missing(err error, format string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.New(errs.NotFound, format, args...)
	}
	return fmt.Errorf("look for it ("+format+"): %w", append(args, err)...)
}

// broke says that err is the violation of a constraint.
func broke(err error, constraint string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.ConstraintName == constraint
}
