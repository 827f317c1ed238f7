package tenant

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/idp"
	"sidetone/internal/seal"
)

// SignInLife is how long somebody may take at their provider.
const SignInLife = 10 * time.Minute

// Denial says why a sign-in failed, as a word that the login page has a sentence for. It tells no more than the person may know.
type Denial string

// The reasons.
const (
	DeniedLate       Denial = "again"      // too late, twice, or of another browser: they begin again
	DeniedThere      Denial = "denied"     // the provider, or they, said no
	DeniedDown       Denial = "provider"   // the provider does not answer as it should
	DeniedUnverified Denial = "unverified" // the provider has no confirmed e-mail address of theirs
	DeniedHere       Denial = "refused"    // there is no account here for them that may come in
)

// SignInRefused is a sign-in that failed.
type SignInRefused struct {
	Why Denial
	Err error // for the operator
}

func (e *SignInRefused) Error() string { return fmt.Sprintf("sign-in %s: %v", e.Why, e.Err) }

func (e *SignInRefused) Unwrap() error { return e.Err }

func refuse(why Denial, format string, args ...any) error {
	return &SignInRefused{Why: why, Err: fmt.Errorf(format, args...)}
}

// passage is what a browser keeps, sealed, while its person is at the provider.
type passage struct {
	idp.Flow
	Tenant    id.Tenant `json:"tenant"`
	Subdomain string    `json:"subdomain"`
	Issuer    string    `json:"issuer"`
	Next      string    `json:"next"`
	Until     time.Time `json:"until"`
}

// passagePlace: no row holds it; it can't be taken for a secret of a table.
func passagePlace() seal.Place { return seal.Place{Table: "cookie", Column: "sign_in"} }

// Ways are how people may sign in.
type Ways struct {
	Passwords bool
	Label     string // of the provider's button; empty: there is none
}

// Ways tells what a login page offers.
func (s *SignIns) Ways(ctx context.Context, tenant id.Tenant) (Ways, error) {
	var in SignIn
	err := s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) (err error) {
		in, err = s.Read(ctx, tx, tenant)
		return err
	})
	switch {
	case err != nil && errs.CodeOf(err) != errs.NotFound:
		return Ways{}, err
	case err != nil || !in.Enabled:
		return Ways{Passwords: true}, nil
	}
	return Ways{Passwords: in.Passwords, Label: in.Label}, nil
}

// Begin sends somebody to their provider: the address, and what their browser keeps meanwhile. They come back to redirect.
func (s *SignIns) Begin(ctx context.Context, at Tenant, redirect, next, hint string, now time.Time) (address, kept string, err error) {
	in, p, err := s.open(ctx, at.ID)
	if err != nil {
		return "", "", err
	}
	f := passage{
		Flow: idp.NewFlow(redirect), Tenant: at.ID, Subdomain: at.Subdomain, Issuer: in.Issuer, Next: OurPage(next), Until: now.Add(SignInLife),
	}
	address, err = s.idp.Begin(ctx, p, f.Flow, clean(strings.TrimSpace(hint), 254))
	if err != nil {
		return "", "", errs.New(errs.Unavailable, "%s does not answer as it should; try again, or ask an administrator", in.Label).Because(err)
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return "", "", fmt.Errorf("write a sign-in down: %w", err)
	}
	return address, base64.RawURLEncoding.EncodeToString(s.box.Seal(passagePlace(), plain)), nil
}

// open reads a provider that is in use.
func (s *SignIns) open(ctx context.Context, tenant id.Tenant) (in SignIn, p idp.Provider, err error) {
	err = s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		var sealed []byte
		if in, sealed, err = s.read(ctx, tx, tenant); err != nil {
			return err
		}
		if !in.Enabled {
			return errs.New(errs.NotFound, "Nothing but passwords is set up")
		}
		p, err = s.provider(tenant, in, sealed)
		return err
	})
	return in, p, err
}

// ComingBack is what a browser brings from a provider, with what it kept.
type ComingBack struct {
	Kept      string
	Subdomain string // of the address it came to
	State     string
	Refused   string // the provider's error, if it was one
	idp.Answer
}

// Arrival is somebody who may come in. Next is known as soon as their browser's part is.
type Arrival struct {
	Tenant    id.Tenant
	Subdomain string
	Next      string
	User      User
	IDToken   []byte // sealed
	Ended     []id.Session
	Changed   bool // roles are others than before: caches are stale
	OffDesk   bool // no agent any more
}

// Finish lets somebody in who comes back from their provider, or says why not by a *SignInRefused.
func (s *SignIns) Finish(ctx context.Context, b ComingBack, now time.Time) (a Arrival, err error) {
	f, ok := s.passage(b.Kept)
	if !ok {
		return a, refuse(DeniedLate, "no sign-in is under way in this browser")
	}
	a = Arrival{Tenant: f.Tenant, Subdomain: f.Subdomain, Next: f.Next}
	switch {
	case !f.Is(b.State) || b.Subdomain != f.Subdomain:
		return a, refuse(DeniedLate, "the answer belongs to another sign-in")
	case !now.Before(f.Until):
		return a, refuse(DeniedLate, "the sign-in took too long")
	}
	if err := s.use(ctx, f, now); err != nil {
		return a, err
	}
	if b.Refused != "" {
		return a, refuse(DeniedThere, "the provider says %q", clean(b.Refused, 100))
	}
	in, p, err := s.open(ctx, f.Tenant)
	if errs.CodeOf(err) == errs.NotFound || err == nil && in.Issuer != f.Issuer {
		return a, refuse(DeniedLate, "the provider has changed meanwhile")
	}
	if err != nil {
		return a, err
	}
	who, err := s.redeem(ctx, p, f, b.Answer, in.RoleClaim)
	if err != nil {
		return a, &SignInRefused{Why: DeniedDown, Err: err}
	}
	if err := s.admit(ctx, &a, in, who, now); err != nil {
		return a, err
	}
	if len(who.IDToken) <= longestIDToken {
		a.IDToken = s.box.Seal(tokenPlace(a.Tenant, a.User.ID), []byte(who.IDToken))
	}
	return a, nil
}

func (s *SignIns) passage(kept string) (f passage, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return f, false
	}
	plain, err := s.box.Open(passagePlace(), sealed)
	return f, err == nil && json.Unmarshal(plain, &f) == nil
}

// use makes a sign-in good for one time, before the provider is asked.
func (s *SignIns) use(ctx context.Context, f passage, now time.Time) error {
	return s.db.InTenantTx(ctx, f.Tenant, func(tx pgx.Tx) error {
		if err := sql.PurgeUsedSignIns(ctx, tx, f.Tenant, now); err != nil {
			return fmt.Errorf("forget old sign-ins: %w", err)
		}
		n, err := sql.UseSignIn(ctx, tx, f.Tenant, digest(f.State), f.Until)
		if err != nil {
			return fmt.Errorf("use a sign-in: %w", err)
		}
		if n == 0 {
			return refuse(DeniedLate, "the answer came twice")
		}
		return nil
	})
}

func (s *SignIns) redeem(ctx context.Context, p idp.Provider, f passage, a idp.Answer, roleClaim string) (idp.Identity, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return idp.Identity{}, fmt.Errorf("wait for a turn at the provider: %w", ctx.Err())
	}
	return s.idp.Finish(ctx, p, f.Flow, a, roleClaim)
}

// admit finds whose identity it is, or makes a user of them where that is wanted.
func (s *SignIns) admit(ctx context.Context, a *Arrival, in SignIn, who idp.Identity, now time.Time) error {
	email := NormalEmail(who.Email)
	_, domain, _ := strings.Cut(email, "@")
	switch {
	case email == "" || !who.Verified:
		return refuse(DeniedUnverified, "the provider does not vouch for an e-mail address")
	case len(in.Domains) > 0 && !slices.Contains(in.Domains, domain):
		return refuse(DeniedHere, "the e-mail address is of another domain")
	}
	return s.db.InTenantTx(ctx, a.Tenant, func(tx pgx.Tx) error {
		roles, err := in.rolesOf(who.Roles)
		if err != nil {
			return err
		}
		u, err := find(ctx, tx, a.Tenant, in, who, email, roles, now)
		if err != nil {
			return err
		}
		if u.Disabled {
			return refuse(DeniedHere, "user %d is disabled", u.ID)
		}
		a.User = u
		if roles == nil || sameRoles(u.Roles, roles) {
			return nil
		}
		return a.giveRoles(ctx, tx, roles, now)
	})
}

// rolesOf are the roles that a provider gives, nil where they are given here.
func (in SignIn) rolesOf(values []string) (roles []Role, err error) {
	if in.RoleClaim == "" {
		return nil, nil
	}
	for _, rule := range in.RoleRules {
		if slices.Contains(values, rule.Value) && !slices.Contains(roles, rule.Role) {
			roles = append(roles, rule.Role)
		}
	}
	if roles == nil && in.DefaultRole != "" {
		roles = []Role{in.DefaultRole}
	}
	if roles == nil {
		return nil, refuse(DeniedHere, "no value of the claim gives a role")
	}
	return roles, nil
}

// find looks by the subject, which is a person's for good, and the first time by the address.
func find(ctx context.Context, tx pgx.Tx, tenant id.Tenant, in SignIn, who idp.Identity, email string, roles []Role, now time.Time) (u User, err error) {
	linked, err := sql.UserByIdentity(ctx, tx, tenant, who.Issuer, who.Subject)
	if err == nil {
		return UserByIDRow(linked).user(), nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return u, fmt.Errorf("look for an identity: %w", err)
	}
	row, err := sql.UserByEmail(ctx, tx, tenant, email)
	switch {
	case err == nil:
		u = row.user()
	case !errors.Is(err, pgx.ErrNoRows):
		return u, fmt.Errorf("look for the user of an identity: %w", err)
	case in.DefaultRole == "":
		return u, refuse(DeniedHere, "there is no such user, and none is made")
	default:
		if roles == nil {
			roles = []Role{in.DefaultRole}
		}
		if u, err = hire(ctx, tx, tenant, who, email, roles, now); err != nil {
			return u, err
		}
	}
	err = sql.LinkIdentity(ctx, tx, LinkIdentityParams{TenantID: tenant, Issuer: who.Issuer, Subject: who.Subject, UserID: u.ID, LinkedAt: now})
	switch {
	case broke(err, "identities_tenant_id_user_id_issuer_key"):
		return u, refuse(DeniedHere, "user %d is linked to another account of the provider", u.ID)
	case broke(err, "identities_pkey"):
		return u, refuse(DeniedLate, "the same person signed in at the same time")
	case err != nil:
		return u, fmt.Errorf("link an identity: %w", err)
	}
	return u, Audit(ctx, tx, tenant, Actor{}, now, Change{
		Action: "user.linked", Subject: int64(u.ID), Name: u.Name, After: map[string]string{"issuer": who.Issuer},
	})
}

// hire makes a user of somebody whom the provider vouches for. They have no password.
func hire(ctx context.Context, tx pgx.Tx, tenant id.Tenant, who idp.Identity, email string, roles []Role, now time.Time) (User, error) {
	name := clean(strings.TrimSpace(who.Name), 200)
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	n, err := NewUser{Email: email, Name: name, Roles: roles}.checked()
	if err != nil {
		return User{}, refuse(DeniedHere, "no user can be made of them: %w", err)
	}
	u, err := insertUser(ctx, tx, tenant, n, nil, nil)
	if errs.CodeOf(err) == errs.Conflict {
		return u, refuse(DeniedLate, "the same person signed in at the same time")
	}
	if err != nil {
		return u, err
	}
	return u, Audit(ctx, tx, tenant, Actor{}, now, Change{
		Action: "user.created", Subject: int64(u.ID), Name: u.Name, After: Person{User: u}.audited(),
	})
}

// giveRoles makes a user's roles those that the provider gives. The last admin stays one whatever it says.
func (a *Arrival) giveRoles(ctx context.Context, tx pgx.Tx, roles []Role, now time.Time) error {
	if a.User.Has(RoleAdmin) && !slices.Contains(roles, RoleAdmin) {
		err := mayLose(ctx, tx, a.Tenant, Actor{}, a.User.ID, "roles")
		if err != nil && errs.CodeOf(err) != errs.Conflict {
			return err
		}
		if err != nil {
			roles = append(slices.Clone(roles), RoleAdmin)
		}
		if sameRoles(a.User.Roles, roles) {
			return nil
		}
	}
	p, err := PersonByID(ctx, tx, a.Tenant, a.User.ID)
	if err != nil {
		return err
	}
	_, after, ended, err := ChangePerson(ctx, tx, a.Tenant, Actor{}, a.User.ID, PersonChange{
		Email: p.Email, Name: p.Name, Roles: roles, ChatLimit: p.ChatLimit, Teams: p.Teams,
	}, now)
	if err != nil {
		return err
	}
	a.User, a.Ended, a.Changed, a.OffDesk = after.User, ended, true, p.Has(RoleAgent) && !after.Has(RoleAgent)
	_, err = Bump(ctx, tx, a.Tenant)
	return err
}

const longestIDToken = 8 << 10

func tokenPlace(tenant id.Tenant, user id.User) seal.Place {
	return seal.Place{Tenant: tenant, Table: "sessions", Column: "id_token", Row: strconv.FormatInt(int64(user), 10)}
}

// Leave is where a browser goes to be signed out at the provider too, "" where that is not wanted or not offered. Ask before
// the session ends; back is one of our pages.
func (s *SignIns) Leave(ctx context.Context, session Session, back string) (string, error) {
	t := session.Tenant.ID
	var in SignIn
	var p idp.Provider
	var token []byte
	err := s.db.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		if token, err = sql.SessionToken(ctx, tx, t, session.ID); err != nil {
			return err
		}
		var sealed []byte
		if in, sealed, err = s.read(ctx, tx, t); err == nil {
			p, err = s.provider(t, in, sealed)
		}
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) || errs.CodeOf(err) == errs.NotFound || err == nil && (!in.SignOut || !in.Enabled) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look where session %d came from: %w", session.ID, err)
	}
	var raw []byte
	if token != nil {
		if raw, err = s.box.Open(tokenPlace(t, session.User.ID), token); err != nil {
			return "", err
		}
	}
	return s.idp.Leave(ctx, p, string(raw), back), nil
}

// Unlink lets go of the accounts at providers that a user is linked to: the next one with their address is linked anew.
func Unlink(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, user id.User, now time.Time) error {
	p, err := PersonByID(ctx, tx, tenant, user)
	if err != nil {
		return err
	}
	n, err := sql.UnlinkIdentities(ctx, tx, tenant, user)
	if err != nil {
		return fmt.Errorf("unlink user %d: %w", user, err)
	}
	if n == 0 {
		return nil
	}
	return Audit(ctx, tx, tenant, by, now, Change{Action: "user.unlinked", Subject: int64(user), Name: p.Name})
}

const longestPage = 2000

// OurPage is an address within our own pages, or "" for anything else: whoever signs in is led nowhere but here.
func OurPage(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil || len(next) > longestPage || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "",
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//"),
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }):
		return ""
	}
	for _, other := range []string{"/api", "/sim", "/media", "/hooks", "/ws", "/apps"} {
		if at := path.Clean(u.Path); at == other || strings.HasPrefix(at, other+"/") {
			return ""
		}
	}
	return next
}
