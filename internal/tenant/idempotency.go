package tenant

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// How long an answer is kept, and how long a call that says nothing is believed to be running.
const (
	idempotencyKept = 24 * time.Hour
	idempotencyRun  = 2 * time.Minute // longer than any answer may take
)

// Why a repeated call gets no answer of its own.
var (
	ErrKeyRunning = errors.New("the first call with this key is still running")
	ErrKeyReused  = errors.New("this key was used with another body")
)

// IdempotencyKey is a caller's name for one POST (draft-ietf-httpapi-idempotency-key-header).
type IdempotencyKey struct {
	Tenant  id.Tenant
	Token   id.Token
	Route   string // POST /sms
	Key     string
	request [sha256.Size]byte
}

// Answered is the answer of an earlier call with the same key and body.
type Answered struct {
	Status int
	Body   []byte
}

// TakeKey begins a call with a key. Nil, nil: it is the first, and whoever took the key ends it by Save or Release.
// Errors: ErrKeyRunning, ErrKeyReused.
func TakeKey(ctx context.Context, db *pg.DB, k *IdempotencyKey, body []byte, now time.Time) (earlier *Answered, err error) {
	k.request = sha256.Sum256(body)
	err = db.InTenantTx(ctx, k.Tenant, func(tx pgx.Tx) error {
		earlier = nil
		_, err := sql.TakeIdempotencyKey(ctx, tx, TakeIdempotencyKeyParams{
			TenantID: k.Tenant, TokenID: int64(k.Token), Route: k.Route, Key: k.Key, Request: k.request[:], Now: now,
			Expired: now.Add(-idempotencyKept), Abandoned: now.Add(-idempotencyRun),
		})
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		found, err := sql.FindIdempotencyKey(ctx, tx, FindIdempotencyKeyParams{
			TenantID: k.Tenant, TokenID: int64(k.Token), Route: k.Route, Key: k.Key,
		})
		switch {
		case errors.Is(err, pgx.ErrNoRows): // released in this very moment
			return ErrKeyRunning
		case err != nil:
			return err
		case !bytes.Equal(found.Request, k.request[:]):
			return ErrKeyReused
		case found.Status == 0:
			return ErrKeyRunning
		}
		earlier = &Answered{found.Status, found.Answer}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take an idempotency key: %w", err)
	}
	return earlier, nil
}

// Save adds the answer to the batch of the transaction that has the effect.
func (k *IdempotencyKey) Save(b *pgx.Batch, a Answered) {
	b.Queue(saveIdempotencyAnswer, a.Status, a.Body, k.Tenant, int64(k.Token), k.Route, k.Key)
}

// Release forgets a call that had no effect, so that it may come again.
func (k *IdempotencyKey) Release(ctx context.Context, db *pg.DB) error {
	err := db.InTenantTx(ctx, k.Tenant, func(tx pgx.Tx) error {
		return sql.ReleaseIdempotencyKey(ctx, tx, ReleaseIdempotencyKeyParams{
			TenantID: k.Tenant, TokenID: int64(k.Token), Route: k.Route, Key: k.Key,
		})
	})
	if err != nil {
		return fmt.Errorf("release an idempotency key: %w", err)
	}
	return nil
}

// PurgeKeys drops answers that are older than a day.
func PurgeKeys(ctx context.Context, tx pgx.Tx, tenant id.Tenant, now time.Time) (int64, error) {
	n, err := sql.PurgeIdempotencyKeys(ctx, tx, tenant, now.Add(-idempotencyKept))
	if err != nil {
		return 0, fmt.Errorf("purge the idempotency keys of tenant %d: %w", tenant, err)
	}
	return n, nil
}
