package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/idp"
	"sidetone/internal/pg"
	"sidetone/internal/seal"
)

// SignIn is how a tenant's people sign in beside passwords.
type SignIn struct {
	Enabled     bool
	Label       string // of the button
	Issuer      string
	ClientID    string
	HasSecret   bool
	Domains     []string // of e-mail addresses; none: any
	DefaultRole Role     // of people whom we meet for the first time; empty: only people who exist come in
	RoleClaim   string   // whose values give roles at every sign-in; empty: roles are given here
	RoleRules   []RoleRule
	Passwords   bool // passwords work too; else those of admins alone, so that nobody is locked out for good
	SignOut     bool // who signs out is signed out at the provider too
	ChangedAt   time.Time
}

// RoleRule gives whoever has a value of the claim a role.
type RoleRule struct {
	Value string `json:"value"`
	Role  Role   `json:"role"`
}

// SignInDraft is what a person enters. A nil secret leaves it as it is; an empty one takes it away.
type SignInDraft struct {
	SignIn
	Secret *string
}

// SignIns signs people in by their company's provider. Secrets are sealed to the issuer that they are for.
type SignIns struct {
	db   *pg.DB
	box  *seal.Box
	idp  *idp.Client
	busy chan struct{}
}

const redeemedAtOnce = 16 // answers of providers, for a slow one must not take every connection

// NewSignIns makes it.
func NewSignIns(db *pg.DB, box *seal.Box, client *idp.Client) *SignIns {
	return &SignIns{db: db, box: box, idp: client, busy: make(chan struct{}, redeemedAtOnce)}
}

func secretPlace(tenant id.Tenant, issuer string) seal.Place {
	return seal.Place{Tenant: tenant, Table: "sign_in_providers", Column: "secret", Row: issuer}
}

// Read gives a tenant's provider, without its secret; not found when there is none.
func (s *SignIns) Read(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (SignIn, error) {
	in, _, err := s.read(ctx, tx, tenant)
	return in, err
}

func (s *SignIns) read(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (in SignIn, sealed []byte, err error) {
	r, err := sql.ReadSignInProvider(ctx, tx, tenant)
	if errors.Is(err, pgx.ErrNoRows) {
		return in, nil, errs.New(errs.NotFound, "Nothing but passwords is set up")
	}
	if err != nil {
		return in, nil, fmt.Errorf("read the sign-in of tenant %d: %w", tenant, err)
	}
	in = SignIn{
		Enabled: r.Enabled, Label: r.Label, Issuer: r.Issuer, ClientID: r.ClientID, HasSecret: r.Secret != nil, Domains: r.Domains,
		DefaultRole: Role(r.DefaultRole), RoleClaim: r.RoleClaim, Passwords: r.Passwords, SignOut: r.SignOut, ChangedAt: r.ChangedAt,
	}
	if err := json.Unmarshal(r.RoleRules, &in.RoleRules); err != nil {
		return in, nil, fmt.Errorf("read the role rules of tenant %d: %w", tenant, err)
	}
	return in, r.Secret, nil
}

// provider is what the tenant is to its issuer.
func (s *SignIns) provider(tenant id.Tenant, in SignIn, sealed []byte) (idp.Provider, error) {
	p := idp.Provider{Issuer: in.Issuer, ClientID: in.ClientID}
	if sealed != nil {
		secret, err := s.box.Open(secretPlace(tenant, in.Issuer), sealed)
		if err != nil {
			return p, errs.New(errs.Unavailable, "The provider's secret can't be read; enter it again").Because(err)
		}
		p.Secret = string(secret)
	}
	return p, nil
}

// Ended is a session that has been ended for somebody.
type Ended struct {
	User    id.User
	Session id.Session
}

// Save changes how people sign in. Sessions that another issuer or client vouched for end, and with passwords those that one
// began, but for admins, whose passwords still do, and for the session that says so: forget and announce them after the commit.
func (s *SignIns) Save(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, but id.Session, d SignInDraft, now time.Time) (in SignIn, ended []Ended, err error) {
	if d, err = s.checked(d); err != nil {
		return in, nil, err
	}
	before, sealed, err := s.read(ctx, tx, tenant)
	fresh := errs.CodeOf(err) == errs.NotFound && err != nil
	if err != nil && !fresh {
		return in, nil, err
	}
	switch moved := before.Issuer != d.Issuer; {
	case d.Secret == nil && before.HasSecret && moved: // it would be told to whoever the new issuer is
		return in, nil, errs.Field("secret", "another issuer needs its own secret; enter it")
	case d.Secret == nil:
	case *d.Secret == "":
		sealed = nil
	default:
		sealed = s.box.Seal(secretPlace(tenant, d.Issuer), []byte(*d.Secret))
	}
	if !d.Passwords {
		if err := someKey(ctx, tx, tenant); err != nil {
			return in, nil, err
		}
	}
	in = d.SignIn
	in.HasSecret, in.ChangedAt = sealed != nil, now
	rules, err := json.Marshal(in.RoleRules)
	if err != nil {
		return in, nil, fmt.Errorf("write role rules: %w", err)
	}
	err = sql.SaveSignInProvider(ctx, tx, SaveSignInProviderParams{
		TenantID: tenant, Enabled: in.Enabled, Label: in.Label, Issuer: in.Issuer, ClientID: in.ClientID, Secret: sealed, Domains: in.Domains,
		DefaultRole: string(in.DefaultRole), RoleClaim: in.RoleClaim, RoleRules: rules, Passwords: in.Passwords, SignOut: in.SignOut, ChangedAt: now,
	})
	if err != nil {
		return in, nil, fmt.Errorf("save the sign-in of tenant %d: %w", tenant, err)
	}
	if !fresh && (before.Issuer != in.Issuer || before.ClientID != in.ClientID || !in.Enabled) {
		if ended, err = endVouched(ctx, tx, tenant, but); err != nil {
			return in, nil, err
		}
	}
	if !in.Passwords { // one may have begun while the last save was under way
		more, err := endByPassword(ctx, tx, tenant, but)
		if err != nil {
			return in, nil, err
		}
		ended = append(ended, more...)
	}
	after := in.audited(d.Secret != nil)
	if len(ended) > 0 {
		after["sessions_ended"] = len(ended)
	}
	change := Change{Action: "sign_in.changed", Name: in.Label, After: after}
	if !fresh {
		change.Before = before.audited(false)
	}
	return in, ended, Audit(ctx, tx, tenant, by, now, change)
}

// Remove leaves passwords alone as the way in. Sessions end as with Save.
func (s *SignIns) Remove(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, but id.Session, now time.Time) ([]Ended, error) {
	before, err := s.Read(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	if _, err := sql.DeleteSignInProvider(ctx, tx, tenant); err != nil {
		return nil, fmt.Errorf("remove the sign-in of tenant %d: %w", tenant, err)
	}
	if err := Audit(ctx, tx, tenant, by, now, Change{Action: "sign_in.removed", Name: before.Label, Before: before.audited(false)}); err != nil {
		return nil, err
	}
	return endVouched(ctx, tx, tenant, but)
}

func endVouched(ctx context.Context, tx pgx.Tx, tenant id.Tenant, but id.Session) ([]Ended, error) {
	rows, err := sql.EndProviderSessions(ctx, tx, tenant, but)
	if err != nil {
		return nil, fmt.Errorf("end the sessions that a provider vouched for: %w", err)
	}
	ended, hashes := make([]Ended, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ended[i], hashes[i] = Ended{row.UserID, row.ID}, row.TokenHash
	}
	if err := sql.DropSessionIndex(ctx, tx, hashes); err != nil {
		return nil, fmt.Errorf("end the sessions that a provider vouched for: %w", err)
	}
	return ended, nil
}

func endByPassword(ctx context.Context, tx pgx.Tx, tenant id.Tenant, but id.Session) ([]Ended, error) {
	rows, err := sql.EndPasswordSessions(ctx, tx, tenant, but)
	if err != nil {
		return nil, fmt.Errorf("end the sessions that a password began: %w", err)
	}
	ended, hashes := make([]Ended, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ended[i], hashes[i] = Ended{row.UserID, row.ID}, row.TokenHash
	}
	if err := sql.DropSessionIndex(ctx, tx, hashes); err != nil {
		return nil, fmt.Errorf("end the sessions that a password began: %w", err)
	}
	return ended, nil
}

// audited is what the audit log keeps of it: never the secret.
func (in SignIn) audited(secretChanged bool) map[string]any {
	out := map[string]any{
		"enabled": in.Enabled, "label": in.Label, "issuer": in.Issuer, "client_id": in.ClientID, "domains": in.Domains,
		"default_role": in.DefaultRole, "role_claim": in.RoleClaim, "role_rules": in.RoleRules, "passwords": in.Passwords, "sign_out": in.SignOut,
	}
	if secretChanged {
		out["secret"] = "changed"
	}
	return out
}

// Check asks a provider what it offers and tries whether it knows us, before or after it is saved. The secret that is stored
// goes to the issuer it is for and to no other.
func (s *SignIns) Check(ctx context.Context, tenant id.Tenant, by Actor, issuer, clientID string, secret *string, now time.Time) (r idp.Report, err error) {
	p := idp.Provider{Issuer: strings.TrimSpace(issuer), ClientID: strings.TrimSpace(clientID)}
	for field, said := range map[string]string{"issuer": p.Issuer, "client_id": p.ClientID} {
		if said != "" && !oneLine(said, 500) {
			return r, errs.Field(field, "%s has at most 500 characters on one line", field)
		}
	}
	err = s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		stored, sealed, err := s.read(ctx, tx, tenant)
		switch {
		case secret != nil:
			p.Secret = *secret
		case err == nil && stored.Issuer == p.Issuer:
			known, err := s.provider(tenant, stored, sealed)
			if err != nil {
				return err
			}
			p.Secret = known.Secret
		case err != nil && errs.CodeOf(err) != errs.NotFound:
			return err
		}
		return Audit(ctx, tx, tenant, by, now, Change{Action: "sign_in.checked", Name: p.Issuer, After: map[string]string{"issuer": p.Issuer, "client_id": p.ClientID}})
	})
	if err != nil {
		return r, err
	}
	return s.idp.Check(ctx, p), nil
}

// someKey refuses to turn passwords off where no admin would get in without the provider.
func someKey(ctx context.Context, tx pgx.Tx, tenant id.Tenant) error {
	if _, err := sql.HoldAdmins(ctx, tx, tenant); err != nil {
		return fmt.Errorf("look for admins: %w", err)
	}
	keys, err := sql.AdminsWithPassword(ctx, tx, tenant)
	if err != nil {
		return fmt.Errorf("look for admins with a password: %w", err)
	}
	if len(keys) == 0 {
		return errs.Field("passwords", "at least one administrator needs a password of their own, to get in when the provider is down")
	}
	return nil
}

// keepsKey refuses to take an admin away who is the last with a password where only admins have one. The caller holds the admins.
func keepsKey(ctx context.Context, tx pgx.Tx, tenant id.Tenant, admin id.User, field string) error {
	r, err := sql.ReadSignInProvider(ctx, tx, tenant)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && r.Passwords {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the sign-in of tenant %d: %w", tenant, err)
	}
	keys, err := sql.AdminsWithPassword(ctx, tx, tenant)
	if err != nil {
		return fmt.Errorf("look for admins with a password: %w", err)
	}
	if len(keys) == 1 && keys[0] == admin {
		return errs.New(errs.Conflict, "This is the last admin with a password, and people sign in with a provider alone").At(field)
	}
	return nil
}

const (
	mostDomains   = 50
	mostRules     = 50
	longestSecret = 1000
)

var (
	domainShape = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	plainShape  = regexp.MustCompile(`^[!-~]([ -~]*[!-~])?$`) // what goes into a header
)

func (s *SignIns) checked(d SignInDraft) (SignInDraft, error) {
	d.Label, d.Issuer, d.ClientID = strings.TrimSpace(d.Label), strings.TrimSpace(d.Issuer), strings.TrimSpace(d.ClientID)
	switch {
	case !oneLine(d.Label, 40):
		return d, errs.Field("label", "the button's label has 1 to 40 characters on one line")
	case len(d.Issuer) > 500 || !s.idp.Address(d.Issuer) || strings.Contains(d.Issuer, "?"):
		return d, errs.Field("issuer", "an issuer is an address like https://login.example.com, as the provider writes it")
	case len(d.ClientID) > 500 || !plainShape.MatchString(d.ClientID):
		return d, errs.Field("client_id", "a client id has 1 to 500 plain letters, digits and signs")
	case d.Secret != nil && *d.Secret != "" && (len(*d.Secret) > longestSecret || !plainShape.MatchString(*d.Secret)):
		return d, errs.Field("secret", "a client secret has at most %d plain letters, digits and signs", longestSecret)
	case !d.Enabled && !d.Passwords:
		return d, errs.Field("passwords", "nobody could sign in: let passwords do, or turn the provider on")
	}
	var err error
	if d.Domains, err = domains(d.Domains); err != nil {
		return d, err
	}
	return d, d.checkRoles()
}

func domains(in []string) ([]string, error) {
	out := []string{}
	for _, each := range in {
		domain := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(each), "@"))
		if len(domain) > 253 || !domainShape.MatchString(domain) {
			return nil, errs.Field("domains", "%q is no domain like example.com", each)
		}
		if !slices.Contains(out, domain) {
			out = append(out, domain)
		}
	}
	if len(out) > mostDomains {
		return nil, errs.Field("domains", "there are at most %d domains", mostDomains)
	}
	return out, nil
}

func (d *SignInDraft) checkRoles() error {
	d.RoleClaim = strings.TrimSpace(d.RoleClaim)
	switch {
	case d.DefaultRole == RoleAdmin:
		return errs.Field("default_role", "whoever comes for the first time can't be an administrator")
	case d.DefaultRole != "" && checkRoles([]Role{d.DefaultRole}) != nil:
		return errs.Field("default_role", "%q is no role", d.DefaultRole)
	case d.DefaultRole != "" && len(d.Domains) == 0:
		return errs.Field("domains", "name your company's domains, for anybody else could come in")
	case len(d.RoleClaim) > 200 || d.RoleClaim != "" && !plainShape.MatchString(d.RoleClaim):
		return errs.Field("role_claim", "a claim's name has at most 200 plain letters, digits and signs")
	case d.RoleClaim == "" && len(d.RoleRules) > 0:
		return errs.Field("role_claim", "name the claim that gives roles")
	case d.RoleClaim != "" && len(d.RoleRules) == 0:
		return errs.Field("role_rules", "say which values give which role")
	case len(d.RoleRules) > mostRules:
		return errs.Field("role_rules", "there are at most %d values", mostRules)
	}
	rules := []RoleRule{}
	for _, r := range d.RoleRules {
		r.Value = strings.TrimSpace(r.Value)
		if n := utf8.RuneCountInString(r.Value); n < 1 || n > 200 || strings.ContainsRune(r.Value, 0) || checkRoles([]Role{r.Role}) != nil {
			return errs.Field("role_rules", "each value has 1 to 200 characters, and a role")
		}
		if !slices.Contains(rules, r) {
			rules = append(rules, r)
		}
	}
	d.RoleRules = rules
	return nil
}
