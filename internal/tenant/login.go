package tenant

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

const (
	hashesAtOnce    = 2                // each takes 19 MiB and 19 ms of one core
	keptThrottles   = 10_000           // names and places of failed logins in memory
	longestWait     = 20 * time.Second // of attempts from one place at one account
	longestSlowdown = time.Second      // of attempts at one account from anywhere
	mostStrikes     = 100              // failures from one network, at any accounts, until it is left out for 15 minutes
)

func passwordCost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// hashOfNobody is what the password of a user who does not exist is held against.
var hashOfNobody = sync.OnceValues(func() (string, error) { return argon2id.CreateHash(newSecret(), passwordCost()) })

// Logins makes users and checks their passwords: argon2id, the same work for a user who does not exist, and a delay that
// grows with the failures. No account is ever locked.
type Logins struct {
	db       *pg.DB
	hashing  chan struct{}
	nobody   string // the hash that an unknown user's password is compared with
	throttle *throttle
	sources  *throttle
	results  *prometheus.CounterVec
}

// NewLogins registers its counter with reg, which may be nil.
func NewLogins(db *pg.DB, reg prometheus.Registerer) (*Logins, error) {
	nobody, err := hashOfNobody()
	if err != nil {
		return nil, fmt.Errorf("make the hash of nobody: %w", err)
	}
	l := &Logins{
		db: db, hashing: make(chan struct{}, hashesAtOnce), nobody: nobody, throttle: newThrottle(keptThrottles), sources: newThrottle(keptThrottles),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_logins_total", Help: "Console logins by result: ok, wrong, slowed, or elsewhere: a provider's.",
		}, []string{"result"}),
	}
	if reg != nil {
		if err := reg.Register(l.results); err != nil {
			return nil, fmt.Errorf("register the counter of logins: %w", err)
		}
	}
	return l, nil
}

// Create makes a user of a tenant.
func (l *Logins) Create(ctx context.Context, tenant id.Tenant, n NewUser) (User, error) {
	insert, err := l.Prepare(ctx, n)
	if err != nil {
		return User{}, err
	}
	var u User
	err = l.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		u, err = insert(ctx, tx, tenant)
		return err
	})
	return u, err
}

// Prepare checks a new user and hashes their password, which takes a while; insert then saves them in a transaction.
func (l *Logins) Prepare(ctx context.Context, n NewUser) (insert func(context.Context, pgx.Tx, id.Tenant) (User, error), err error) {
	n, err = n.checked()
	if err != nil {
		return nil, err
	}
	var hash *string
	if n.Password != "" {
		h, err := l.hash(ctx, n.Password)
		if err != nil {
			return nil, err
		}
		hash = &h
	}
	return func(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (User, error) {
		return insertUser(ctx, tx, tenant, n, hash, nil)
	}, nil
}

// SetPassword changes a user's password and ends the user's sessions. It returns those, for hints (event.SessionEnded).
func (l *Logins) SetPassword(ctx context.Context, tenant id.Tenant, user id.User, password string) (ended []id.Session, err error) {
	if err := checkPassword(password); err != nil {
		return nil, err
	}
	hash, err := l.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	err = l.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		n, err := sql.SetUserPassword(ctx, tx, SetUserPasswordParams{PasswordHash: &hash, TenantID: tenant, ID: user})
		if err := changed(n, err, "set the password of user", user); err != nil {
			return err
		}
		ended, err = EndSessions(ctx, tx, tenant, user)
		return err
	})
	return ended, err
}

// Attempt is one try at signing in. From is where it comes from, the client's address.
type Attempt struct {
	Email    string
	Password string
	From     string
}

// Authenticate checks a password. After some failures it waits before it looks, so give ctx a deadline that allows for
// 20 s; attempts that would wait longer than that are told to come back later.
func (l *Logins) Authenticate(ctx context.Context, tenant id.Tenant, a Attempt, now time.Time) (User, error) {
	email := NormalEmail(a.Email)
	account := strconv.FormatInt(int64(tenant), 10) + " " + email
	place := account + " " + a.From
	wait, ok := l.throttle.queue(place, now, longestWait)
	if !ok {
		l.results.WithLabelValues("slowed").Inc()
		return User{}, errs.New(errs.TooMany, "Too many failed attempts. Try again in %d seconds.", int(wait/time.Second))
	}
	if err := pause(ctx, max(wait, l.throttle.slow(account, now, longestSlowdown))); err != nil {
		return User{}, err
	}
	user, hash, elsewhere, err := findForLogin(ctx, l.db, tenant, email, now)
	if err != nil {
		return User{}, err
	}
	right, err := l.compare(ctx, a, hash, now)
	if err != nil {
		return User{}, err
	}
	if !right || user.Disabled {
		l.results.WithLabelValues("wrong").Inc()
		return User{}, errs.New(errs.Unauthorized, "The e-mail or the password is wrong.")
	}
	l.throttle.succeeded(place, account)
	if elsewhere {
		l.results.WithLabelValues("elsewhere").Inc()
		return User{}, errs.New(errs.ProviderOnly, "Your company signs in with its own provider; passwords are for administrators.")
	}
	l.results.WithLabelValues("ok").Inc()
	return user, nil
}

// compare does the same work when there is no hash to compare with. Who tries one password after another at many accounts
// is no slower at any of them, so their network's failures are counted too; it is looked at in turn, or those who come at once
// would all be let by.
func (l *Logins) compare(ctx context.Context, a Attempt, hash string, now time.Time) (bool, error) {
	password := a.Password
	if len(password) > 4*longestPassword {
		password = ""
	}
	against := hash
	if hash == "" {
		against = l.nobody
	}
	if err := l.turn(ctx); err != nil {
		return false, err
	}
	defer l.done()
	source, public := networkOf(a.From)
	if public && l.sources.struck(source, now) >= mostStrikes {
		l.results.WithLabelValues("slowed").Inc()
		return false, errs.New(errs.TooMany, "Too many failed attempts from your network. Try again in a quarter of an hour.")
	}
	right, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("compare a password: %w", err)
	}
	if right = right && hash != ""; !right && public {
		l.sources.strike(source, now)
	}
	return right, nil
}

// networkOf is what one attacker has of the internet: an address, or a /64 of IPv6. A private one may be a proxy that everybody
// comes by, so it is nobody's.
func networkOf(from string) (network string, public bool) {
	at, err := netip.ParseAddr(from)
	if err != nil {
		return "", false
	}
	at = at.Unmap().WithZone("")
	bits := at.BitLen()
	if at.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(at, bits).Masked().String(), at.IsGlobalUnicast() && !at.IsPrivate()
}

func (l *Logins) hash(ctx context.Context, password string) (string, error) {
	if err := l.turn(ctx); err != nil {
		return "", err
	}
	defer l.done()
	hash, err := argon2id.CreateHash(password, passwordCost())
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

func (l *Logins) turn(ctx context.Context) error {
	select {
	case l.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a turn to hash: %w", ctx.Err())
	}
}

func (l *Logins) done() { <-l.hashing }

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
