package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Role says what a user may do (spec 1.1).
type Role string

// The roles.
const (
	RoleAgent     Role = "agent"
	RoleManager   Role = "manager"
	RoleAdmin     Role = "admin"
	RoleDeveloper Role = "developer"
)

// User is a person of a tenant.
type User struct {
	ID          id.User
	Email       string
	Name        string
	Roles       []Role
	Status      Status
	StatusSince time.Time
	ChatLimit   *int // an own limit of chats, else the tenant's
	Disabled    bool
	Temporary   bool // somebody else gave the password: it is changed before anything else is done (from a login or a session only)
}

// Has says whether the user has one of the roles.
func (u User) Has(roles ...Role) bool {
	return slices.ContainsFunc(u.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// SeesNumbers says whether the user may see consumers' numbers whole. Where the tenant hides them, whoever is an agent and nothing
// else may not: managers and admins answer for them, and a developer reads them through the API anyway.
func (u User) SeesNumbers(s Settings) bool {
	return u.AlwaysSeesNumbers() || !s.On(MaskForAgents)
}

// AlwaysSeesNumbers is SeesNumbers whatever the tenant sets.
func (u User) AlwaysSeesNumbers() bool { return u.Has(RoleManager, RoleAdmin, RoleDeveloper) }

// NewUser is what it takes to make a user. Without a password the user can't sign in by one.
type NewUser struct {
	Email     string
	Name      string
	Roles     []Role
	Password  string
	ChatLimit *int
}

func (n NewUser) checked() (NewUser, error) {
	n.Email, n.Name = NormalEmail(n.Email), strings.TrimSpace(n.Name)
	at, err := mail.ParseAddress(n.Email)
	switch {
	case err != nil || at.Address != n.Email || len(n.Email) > 254:
		return n, errs.Field("email", "%q is no e-mail address", n.Email)
	case !oneLine(n.Name, 200):
		return n, errs.Field("name", "a name has 1 to 200 characters on one line")
	case n.ChatLimit != nil && (*n.ChatLimit < 1 || *n.ChatLimit > 30):
		return n, errs.Field("chat_limit", "a limit is 1 to 30 chats")
	case n.Password != "":
		if err := checkPassword(n.Password); err != nil {
			return n, err
		}
	}
	return n, checkRoles(n.Roles)
}

func checkRoles(roles []Role) error {
	if len(roles) == 0 {
		return errs.Field("roles", "a user has at least one role")
	}
	for _, r := range roles {
		if !slices.Contains([]Role{RoleAgent, RoleManager, RoleAdmin, RoleDeveloper}, r) {
			return errs.Field("roles", "%q is no role", r)
		}
	}
	return nil
}

// NormalEmail is how addresses are stored and compared.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(clean(email, 255))) }

// clean makes what a stranger sent storable: Postgres takes no zero characters and no broken UTF-8.
func clean(s string, longest int) string {
	r := []rune(strings.ReplaceAll(s, "\x00", ""))
	return string(r[:min(len(r), longest)])
}

// oneLine says whether people can read a name on a line: no control characters, no broken ones, 1 to longest of them.
func oneLine(name string, longest int) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= longest && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// UserByEmail finds a user, disabled ones included.
func UserByEmail(ctx context.Context, tx pgx.Tx, tenant id.Tenant, email string) (User, error) {
	row, err := sql.UserByEmail(ctx, tx, tenant, NormalEmail(email))
	if err != nil {
		return User{}, missing(err, "there is no user %s", email)
	}
	return row.user(), nil
}

// UserByID finds a user, disabled ones included.
func UserByID(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User) (User, error) {
	row, err := sql.UserByID(ctx, tx, tenant, user)
	if err != nil {
		return User{}, missing(err, "there is no user %d", user)
	}
	return row.user(), nil
}

// ListUsers returns the users of a tenant by name, disabled ones included.
func ListUsers(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]User, error) {
	rows, err := sql.ListUsers(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("list the users of tenant %d: %w", tenant, err)
	}
	out := make([]User, len(rows))
	for i, row := range rows {
		out[i] = UserByIDRow(row).user()
	}
	return out, nil
}

// SetUserDisabled shuts a user out, or lets them in again. It ends the user's sessions for good: whoever is let in again
// signs in again (reference E1, 7.4.2). Their sockets close within seconds.
func SetUserDisabled(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, disabled bool) error {
	_, err := setDisabled(ctx, tx, tenant, user, disabled)
	return err
}

func setDisabled(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, disabled bool) (ended []id.Session, err error) {
	n, err := sql.SetUserDisabled(ctx, tx, tenant, user, disabled)
	if err := changed(n, err, "disable user", user); err != nil || !disabled {
		return nil, err
	}
	return EndSessions(ctx, tx, tenant, user)
}

func changed[T id.ID](n int64, err error, what string, of T) error {
	if err != nil {
		return fmt.Errorf("%s %d: %w", what, of, err)
	}
	if n == 0 {
		return errs.New(errs.NotFound, "there is no such one: %d", of)
	}
	return nil
}

func (r UserByIDRow) user() User {
	return User{
		ID: r.ID, Email: r.Email, Name: r.Name, Roles: toRoles(r.Roles), Status: Status(r.Status),
		StatusSince: r.StatusSince, ChatLimit: r.ChatLimit, Disabled: r.DisabledAt != nil,
	}
}

func (r UserByEmailRow) user() User {
	return User{
		ID: r.ID, Email: r.Email, Name: r.Name, Roles: toRoles(r.Roles), Status: Status(r.Status),
		StatusSince: r.StatusSince, ChatLimit: r.ChatLimit, Disabled: r.DisabledAt != nil,
	}
}

func toRoles(in []string) []Role {
	out := make([]Role, len(in))
	for i, r := range in {
		out[i] = Role(r)
	}
	return out
}

func fromRoles(in []Role) []string {
	out := make([]string, len(in))
	for i, r := range in {
		out[i] = string(r)
	}
	return out
}

// insertUser saves a checked user with the hash of its password, which holds until a time if somebody else gave it.
func insertUser(ctx context.Context, tx pgx.Tx, tenant id.Tenant, n NewUser, hash *string, until *time.Time) (User, error) {
	u := User{Email: n.Email, Name: n.Name, Roles: n.Roles, ChatLimit: n.ChatLimit}
	row, err := sql.CreateUser(ctx, tx, CreateUserParams{
		TenantID: tenant, Email: n.Email, Name: n.Name, Roles: fromRoles(n.Roles), PasswordHash: hash, PasswordUntil: until, ChatLimit: n.ChatLimit,
	})
	u.ID, u.Status, u.StatusSince = row.ID, Status(row.Status), row.StatusSince
	switch {
	case broke(err, emailKey):
		return u, emailTaken(n.Email)
	case broke(err, "users_tenant_id_fkey"):
		return u, errs.New(errs.NotFound, "there is no tenant %d", tenant)
	case err != nil:
		return u, fmt.Errorf("create a user: %w", err)
	}
	return u, nil
}

const emailKey = "users_tenant_id_email_key"

func emailTaken(email string) error {
	return errs.New(errs.Conflict, "there is a user %s already", email).At("email")
}

// findForLogin also finds nobody without an error: the caller works as long for nobody as for somebody.
// A password that somebody else gave counts for nothing once its time is over.
// elsewhere: the user signs in at the tenant's provider, and a password alone does not do (SignIn.Passwords).
func findForLogin(ctx context.Context, db *pg.DB, tenant id.Tenant, email string, now time.Time) (u User, hash string, elsewhere bool, err error) {
	err = db.ReadTenant(ctx, tenant, func(b *pgx.Batch) {
		b.Queue(userByEmail, tenant, email).QueryRow(func(row pgx.Row) error {
			var r UserByEmailRow
			err := row.Scan(&r.ID, &r.Email, &r.Name, &r.Roles, &r.Status, &r.StatusSince, &r.ChatLimit, &r.DisabledAt, &r.PasswordHash, &r.PasswordUntil, &r.ByPassword)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			u = r.user()
			u.Temporary, elsewhere = r.PasswordUntil != nil, !r.ByPassword
			if r.PasswordHash != nil && (r.PasswordUntil == nil || now.Before(*r.PasswordUntil)) {
				hash = *r.PasswordHash
			}
			return err
		})
	})
	if err != nil {
		return u, "", false, fmt.Errorf("look for the user of a login: %w", err)
	}
	return u, hash, elsewhere, nil
}
