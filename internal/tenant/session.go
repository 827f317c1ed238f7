package tenant

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// The life of a console session (reference E3): it ends after so long without a request, and after a shift in any case.
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 12 * time.Hour
	SessionRest = SessionIdle - sessionTouch // so long without a request is safe, however late the last one was noted
	TicketLife  = 30 * time.Second           // of a one-time ticket for the socket (spec 1.8)
)

const (
	sessionCached = 5 * time.Second // a session ended on another node is refused here by then
	sessionTouch  = time.Minute     // last-seen times are no more exact than this
	sessionsKept  = 10_000
)

// Session is a signed-in user.
type Session struct {
	ID        id.Session
	Tenant    Tenant
	User      User // without status and limit, which change under a session
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Sessions keeps console sessions. Look-ups are cached for a few seconds; Forget drops one on a hint.
type Sessions struct {
	db *pg.DB

	mu     sync.Mutex
	cached map[string]cachedSession // by the token's digest
	tokens map[id.Session]string
	ended  int // counts Forget: a look-up that began before one is not kept
}

type cachedSession struct {
	session Session
	at      time.Time
}

// NewSessions makes it with an empty cache.
func NewSessions(db *pg.DB) *Sessions {
	return &Sessions{db: db, cached: map[string]cachedSession{}, tokens: map[id.Session]string{}}
}

// Create signs a user in. The token goes into the cookie; only its digest is stored.
func (s *Sessions) Create(ctx context.Context, tenant id.Tenant, user id.User, userAgent string, now time.Time) (token string, session id.Session, err error) {
	return s.create(ctx, tenant, user, userAgent, false, nil, now)
}

// CreateVouched signs a user in whom a provider vouches for; idToken is what Arrival holds.
func (s *Sessions) CreateVouched(ctx context.Context, tenant id.Tenant, user id.User, userAgent string, idToken []byte, now time.Time) (token string, session id.Session, err error) {
	return s.create(ctx, tenant, user, userAgent, true, idToken, now)
}

func (s *Sessions) create(ctx context.Context, tenant id.Tenant, user id.User, userAgent string, provider bool, idToken []byte, now time.Time) (token string, session id.Session, err error) {
	token = newSecret()
	userAgent = clean(userAgent, 200)
	err = s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(createSession, tenant, user, digest(token), userAgent, now, now.Add(SessionLife), provider, idToken).
			QueryRow(func(row pgx.Row) error { return row.Scan(&session) })
		b.Queue(indexSession, digest(token), tenant, now.Add(SessionLife))
		return pg.CommitBatch(ctx, tx, b)
	})
	if err != nil {
		return "", 0, fmt.Errorf("create a session of user %d: %w", user, err)
	}
	return token, session, nil
}

// Lookup finds the session of a token, in one round trip or none, and notes at most once a minute that it was used.
func (s *Sessions) Lookup(ctx context.Context, token string, now time.Time) (Session, error) {
	if len(token) != secretLength {
		return Session{}, noSession()
	}
	hash := digest(token)
	found, ended, ok := s.fromCache(string(hash), now)
	if !ok {
		var err error
		if found, err = s.read(ctx, hash, now); err != nil {
			return Session{}, err
		}
	}
	if now.Sub(found.SeenAt) >= sessionTouch {
		if err := s.Touch(ctx, found.Tenant.ID, found.ID, now); err != nil {
			return Session{}, err
		}
		found.SeenAt, ok = now, false
	}
	if !ok {
		s.keep(string(hash), found, now, ended)
	}
	return found, nil
}

// Touch keeps a session from idling out. For what happens on its socket, where no request comes by.
func (s *Sessions) Touch(ctx context.Context, tenant id.Tenant, session id.Session, now time.Time) error {
	err := s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		return sql.TouchSession(ctx, tx, TouchSessionParams{Now: now, TenantID: tenant, ID: session, Before: now.Add(-sessionTouch / 2)})
	})
	if err != nil {
		return fmt.Errorf("touch session %d: %w", session, err)
	}
	return nil
}

// Check reads a session by its id, if it still holds.
func (s *Sessions) Check(ctx context.Context, tenant id.Tenant, session id.Session, now time.Time) (found Session, err error) {
	err = s.db.ReadTenant(ctx, tenant, func(b *pgx.Batch) {
		b.Queue(sessionByID, tenant, session, now, now.Add(-SessionIdle)).QueryRow(found.scan)
	})
	return found, sessionError(err)
}

// tenantsAtOnce is how many tenants Standing asks about in one round trip.
const tenantsAtOnce = 200

// Standing tells which of some sessions still hold: a node asks it every few seconds about its open sockets, whatever
// hints were lost (reference E3). One round trip for all tenants of a node.
func (s *Sessions) Standing(ctx context.Context, open map[id.Tenant][]id.Session, now time.Time) (map[id.Session]bool, error) {
	standing := make(map[id.Session]bool)
	for tenants := range slices.Chunk(slices.Sorted(maps.Keys(open)), tenantsAtOnce) {
		err := s.db.ReadTenants(ctx, tenants, func(b *pgx.Batch, tenant id.Tenant) {
			b.Queue(standingSessions, tenant, id.Int64s(open[tenant]), now, now.Add(-SessionIdle)).Query(func(rows pgx.Rows) error {
				var found id.Session
				_, err := pgx.ForEachRow(rows, []any{&found}, func() error {
					standing[found] = true
					return nil
				})
				return err
			})
		})
		if err != nil {
			return nil, fmt.Errorf("look which sessions hold: %w", err)
		}
	}
	return standing, nil
}

// End signs a session out. Publish event.SessionEnded after it.
func (s *Sessions) End(ctx context.Context, tenant id.Tenant, session id.Session) error {
	err := s.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error { return sql.EndSession(ctx, tx, tenant, session) })
	s.Forget(session)
	if err != nil {
		return fmt.Errorf("end session %d: %w", session, err)
	}
	return nil
}

// EndSessions ends every session of a user within a transaction. After the commit, publish event.SessionEnded for each
// and Forget them here.
func EndSessions(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User) ([]id.Session, error) {
	rows, err := sql.EndSessions(ctx, tx, tenant, user)
	if err != nil {
		return nil, fmt.Errorf("end the sessions of user %d: %w", user, err)
	}
	ended, hashes := make([]id.Session, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		ended[i], hashes[i] = row.ID, row.TokenHash
	}
	if err := sql.DropSessionIndex(ctx, tx, hashes); err != nil {
		return nil, fmt.Errorf("end the sessions of user %d: %w", user, err)
	}
	return ended, nil
}

// Forget drops sessions from the cache: on a hint, or after EndSessions.
func (s *Sessions) Forget(sessions ...id.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	for _, session := range sessions {
		delete(s.cached, s.tokens[session])
		delete(s.tokens, session)
	}
}

// Ticket makes a one-time ticket by which a client opens a socket of this session, on any node.
func (s *Sessions) Ticket(ctx context.Context, session Session, now time.Time) (string, error) {
	ticket := newSecret()
	err := sql.CreateTicket(ctx, s.db.Pool(), CreateTicketParams{
		TokenHash: digest(ticket), TenantID: session.Tenant.ID, SessionID: int64(session.ID), ExpiresAt: now.Add(TicketLife),
	})
	if err != nil {
		return "", fmt.Errorf("create a ticket of session %d: %w", session.ID, err)
	}
	return ticket, nil
}

// Redeem takes a ticket: the second who comes with it, or who comes late, is refused.
func (s *Sessions) Redeem(ctx context.Context, ticket string, now time.Time) (Session, error) {
	if len(ticket) != secretLength {
		return Session{}, noSession()
	}
	row, err := sql.RedeemTicket(ctx, s.db.Pool(), digest(ticket))
	if err != nil {
		return Session{}, sessionError(err)
	}
	if !now.Before(row.ExpiresAt) {
		return Session{}, noSession()
	}
	return s.Check(ctx, row.TenantID, id.Session(row.SessionID), now)
}

// Purge removes the rows of sessions and tickets that are over. Any node may call it now and then.
func (s *Sessions) Purge(ctx context.Context, now time.Time) (purged int, err error) {
	if err := sql.PurgeTickets(ctx, s.db.Pool(), now); err != nil {
		return 0, fmt.Errorf("purge tickets: %w", err)
	}
	tenants, err := sql.TenantsWithOldSessions(ctx, s.db.Pool(), now)
	if err != nil {
		return 0, fmt.Errorf("look for old sessions: %w", err)
	}
	for _, t := range tenants {
		err := s.db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
			n, err := sql.PurgeSessions(ctx, tx, t, now)
			if err != nil {
				return err
			}
			purged += int(n)
			return sql.PurgeSessionIndex(ctx, tx, t, now)
		})
		if err != nil {
			return purged, fmt.Errorf("purge the sessions of tenant %d: %w", t, err)
		}
	}
	return purged, nil
}

// read takes the tenant from the index and the session under that tenant's row-level security, in one round trip.
func (s *Sessions) read(ctx context.Context, hash []byte, now time.Time) (found Session, err error) {
	b := &pgx.Batch{}
	b.Queue(findSessionTenant, hash)
	b.Queue(sessionByHash, hash, now, now.Add(-SessionIdle)).QueryRow(found.scan)
	err = s.db.Pool().SendBatch(ctx, b).Close()
	return found, sessionError(err)
}

func (s *Session) scan(row pgx.Row) error {
	var roles []string
	err := row.Scan(&s.Tenant.ID, &s.ID, &s.SeenAt, &s.ExpiresAt, &s.User.ID, &s.User.Email, &s.User.Name, &roles, &s.User.Temporary,
		&s.Tenant.Name, &s.Tenant.Subdomain)
	s.User.Roles = toRoles(roles)
	return err
}

func (s *Sessions) fromCache(hash string, now time.Time) (found Session, ended int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cached[hash]
	if !ok || now.Sub(c.at) >= sessionCached || !now.Before(c.session.ExpiresAt) {
		return found, s.ended, false
	}
	return c.session, s.ended, true
}

func (s *Sessions) keep(hash string, session Session, now time.Time, ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != ended {
		return
	}
	if len(s.cached) >= sessionsKept {
		clear(s.cached)
		clear(s.tokens)
	}
	s.cached[hash] = cachedSession{session, now}
	s.tokens[session.ID] = hash
}

func noSession() error { return errs.New(errs.Unauthorized, "Sign in first.") }

func sessionError(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return noSession()
	}
	if err != nil {
		return fmt.Errorf("look up a session: %w", err)
	}
	return nil
}
