package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Scope is a part of the public API that a token opens (spec 2.1).
type Scope string

// The scopes.
const (
	ScopeSMS         Scope = "sms"
	ScopeSessionless Scope = "sessionless"
	ScopeReadChats   Scope = "chats:read"
	ScopeCalls       Scope = "calls"
	ScopeReports     Scope = "reports"
	ScopeAdmin       Scope = "admin"
)

// Scopes lists them all.
func Scopes() []Scope {
	return []Scope{ScopeSMS, ScopeSessionless, ScopeReadChats, ScopeCalls, ScopeReports, ScopeAdmin}
}

// Token is an API credential without its secret.
type Token struct {
	ID         id.Token
	Tenant     Tenant // from Verify only
	Name       string
	Last4      string
	Scopes     []Scope
	Disabled   bool
	LastUsedAt *time.Time
	CreatedAt  time.Time
	Version    int64 // from Verify only: of the tenant's settings when this was so
}

// Has says whether the token has a scope.
func (t Token) Has(s Scope) bool { return slices.Contains(t.Scopes, s) }

const (
	tokenPrefix = "st_"
	tokenTouch  = time.Minute // last-used times are no more exact than this
)

// CreateToken makes an API token, st_<id>_<256 bits>. This is the only time the whole of it is seen.
func CreateToken(ctx context.Context, tx pgx.Tx, tenant id.Tenant, name string, scopes []Scope, by id.User) (Token, string, error) {
	name, err := tokenName(name)
	if err != nil {
		return Token{}, "", err
	}
	if len(scopes) == 0 {
		return Token{}, "", errs.Field("scopes", "a token has at least one scope")
	}
	plain := make([]string, len(scopes))
	for i, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return Token{}, "", errs.Field("scopes", "%q is no scope", s)
		}
		plain[i] = string(s)
	}
	next, err := sql.NextTokenID(ctx, tx)
	if err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	t := Token{ID: id.Token(next), Name: name, Scopes: scopes}
	secret := t.newSecret()
	row := CreateTokenParams{TenantID: tenant, ID: t.ID, Name: name, TokenHash: digest(secret), Last4: t.Last4, Scopes: plain}
	if by != 0 {
		row.CreatedBy = &by
	}
	if err := sql.CreateToken(ctx, tx, row); err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	if err := sql.IndexToken(ctx, tx, digest(secret), tenant); err != nil {
		return Token{}, "", fmt.Errorf("create a token: %w", err)
	}
	return t, secret, nil
}

// RegenerateToken gives a token a new secret; the old one dies at the commit.
func RegenerateToken(ctx context.Context, tx pgx.Tx, tenant id.Tenant, token id.Token) (secret string, err error) {
	old, err := sql.LockToken(ctx, tx, tenant, token)
	if err != nil {
		return "", missing(err, "there is no token %d", token)
	}
	t := Token{ID: token}
	secret = t.newSecret()
	err = sql.ReplaceToken(ctx, tx, ReplaceTokenParams{TokenHash: digest(secret), Last4: t.Last4, TenantID: tenant, ID: token})
	if err != nil {
		return "", fmt.Errorf("regenerate token %d: %w", token, err)
	}
	n, err := sql.ReplaceTokenIndex(ctx, tx, digest(secret), old.TokenHash)
	if err := changed(n, err, "regenerate token", token); err != nil {
		return "", err
	}
	_, err = Bump(ctx, tx, tenant) // for KnownTokens
	return secret, err
}

// SetTokenDisabled refuses a token from the commit on, or lets it in again.
func SetTokenDisabled(ctx context.Context, tx pgx.Tx, tenant id.Tenant, token id.Token, disabled bool) error {
	n, err := sql.SetTokenDisabled(ctx, tx, disabled, tenant, token)
	if err := changed(n, err, "disable token", token); err != nil {
		return err
	}
	_, err = Bump(ctx, tx, tenant) // for KnownTokens
	return err
}

// RenameToken changes what people call a token.
func RenameToken(ctx context.Context, tx pgx.Tx, tenant id.Tenant, token id.Token, name string) error {
	name, err := tokenName(name)
	if err != nil {
		return err
	}
	n, err := sql.RenameToken(ctx, tx, name, tenant, token)
	return changed(n, err, "rename token", token)
}

// ListTokens returns the tokens of a tenant, the oldest first.
func ListTokens(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Token, error) {
	rows, err := sql.ListTokens(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("list the tokens of tenant %d: %w", tenant, err)
	}
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = Token{
			ID: r.ID, Name: r.Name, Last4: r.Last4, Scopes: toScopes(r.Scopes), Disabled: r.DisabledAt != nil,
			LastUsedAt: r.LastUsedAt, CreatedAt: r.CreatedAt,
		}
	}
	return out, nil
}

// VerifyToken finds an enabled token by its secret, in one round trip: the index names the tenant, whose row-level security
// then holds. It asks the database, so a regenerated or disabled token is dead at once on every node. At most once a minute
// it notes that the token was used.
func VerifyToken(ctx context.Context, db *pg.DB, secret string, now time.Time) (Token, error) {
	if !tokenShape(secret) {
		return Token{}, noToken()
	}
	var t Token
	b := &pgx.Batch{}
	b.Queue(findTokenTenant, digest(secret))
	b.Queue(tokenByHash, digest(secret)).QueryRow(func(row pgx.Row) error {
		var scopes []string
		err := row.Scan(&t.Tenant.ID, &t.ID, &t.Name, &t.Last4, &scopes, &t.LastUsedAt, &t.CreatedAt, &t.Tenant.Subdomain, &t.Tenant.Name, &t.Version)
		t.Scopes = toScopes(scopes)
		return err
	})
	err := db.Pool().SendBatch(ctx, b).Close()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Token{}, noToken()
	case err != nil:
		return Token{}, fmt.Errorf("verify a token: %w", err)
	case t.LastUsedAt != nil && now.Sub(*t.LastUsedAt) < tokenTouch:
		return t, nil
	}
	before := now.Add(-tokenTouch)
	err = db.InTenantTx(ctx, t.Tenant.ID, func(tx pgx.Tx) error {
		return sql.TouchToken(ctx, tx, TouchTokenParams{Now: &now, TenantID: t.Tenant.ID, ID: t.ID, Before: &before})
	})
	if err != nil {
		return Token{}, fmt.Errorf("touch token %d: %w", t.ID, err)
	}
	t.LastUsedAt = &now
	return t, nil
}

// newSecret makes the secret of a token that has its id.
func (t *Token) newSecret() string {
	secret := tokenPrefix + strconv.FormatInt(int64(t.ID), 10) + "_" + newSecret()
	t.Last4 = secret[len(secret)-4:]
	return secret
}

// tokenShape spares the database what can't be a token.
func tokenShape(secret string) bool {
	rest, ok := strings.CutPrefix(secret, tokenPrefix)
	number, random, ok2 := strings.Cut(rest, "_")
	_, ok3 := id.Parse[id.Token](number)
	return ok && ok2 && ok3 && len(random) == secretLength
}

func tokenName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if !oneLine(name, 200) {
		return "", errs.Field("name", "a name has 1 to 200 characters on one line")
	}
	return name, nil
}

func toScopes(in []string) []Scope {
	out := make([]Scope, len(in))
	for i, s := range in {
		out[i] = Scope(s)
	}
	return out
}

func noToken() error {
	return errs.New(errs.Unauthorized, "The API token is missing, wrong or disabled.")
}
