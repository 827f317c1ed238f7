package tenant

import (
	"context"
	"sync"
	"time"

	"sidetone/internal/pg"
)

// knownTokensMost bounds what a node remembers of tokens: a few MiB.
const knownTokensMost = 1 << 13

// KnownTokens remembers tokens that were verified, so that a request need not ask for its token before it does its work.
//
// What it says is true as of Token.Version. Whoever acts on it compares that version in the transaction of the effect (a
// token that is disabled or regenerated, or whose tenant is, raises it in the same transaction) and on ErrStale calls
// Verify and begins again: so a token is dead at once on every node, whatever became of hints. A request that has no such
// transaction calls Verify in the first place.
type KnownTokens struct {
	db *pg.DB

	mu       sync.Mutex
	now, old map[string]Token // by digest; the old ones are dropped together
}

// NewKnownTokens remembers nothing yet.
func NewKnownTokens(db *pg.DB) *KnownTokens { return &KnownTokens{db: db} }

// Verify asks the database, as VerifyToken does, and remembers what it says.
func (k *KnownTokens) Verify(ctx context.Context, secret string, now time.Time) (Token, error) {
	t, err := VerifyToken(ctx, k.db, secret, now)
	k.mu.Lock()
	defer k.mu.Unlock()
	key := string(digest(secret))
	delete(k.old, key)
	if err != nil {
		delete(k.now, key)
		return t, err
	}
	if k.now == nil || len(k.now) >= knownTokensMost/2 {
		k.now, k.old = map[string]Token{}, k.now
	}
	k.now[key] = t
	return t, nil
}

// Known is what was verified before, or Verify: of a token that was not, and once a minute, so that its use is noted.
func (k *KnownTokens) Known(ctx context.Context, secret string, now time.Time) (Token, error) {
	key := digest(secret)
	k.mu.Lock()
	t, ok := k.now[string(key)]
	if !ok {
		t, ok = k.old[string(key)]
	}
	k.mu.Unlock()
	if ok && t.LastUsedAt != nil && now.Sub(*t.LastUsedAt) < tokenTouch {
		return t, nil
	}
	return k.Verify(ctx, secret, now)
}
