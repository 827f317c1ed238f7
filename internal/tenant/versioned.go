package tenant

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// ErrStale says that a transaction began with a cached value older than the database: it was rolled back before it did
// anything, and begins again with a newer one.
var ErrStale = errors.New("the cached settings are older than the database")

const (
	loadTime = 10 * time.Second // a load outlives the caller that began it
	restarts = 5                // settings that change faster than this are no settings
)

// Versioned caches one value per tenant (its settings, its menu, its numbers) stamped with the tenant's settings_version
// (DESIGN, caches). A hint makes it fresh soon; the version, read in the first batch of each transaction, makes it right:
// a lost hint never means a stale setting. Values are shared: whoever gets one must not change it.
type Versioned[T any] struct {
	db    *pg.DB
	load  func(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (T, error)
	loads singleflight.Group

	mu     sync.RWMutex
	values map[id.Tenant]stamped[T]
}

type stamped[T any] struct {
	value   T
	version int64
}

// NewVersioned makes an empty cache. load reads a tenant's value in the transaction it is given.
func NewVersioned[T any](db *pg.DB, load func(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (T, error)) *Versioned[T] {
	return &Versioned[T]{db: db, load: load, values: map[id.Tenant]stamped[T]{}}
}

// Current returns what is cached, without a look at the database.
func (c *Versioned[T]) Current(tenant id.Tenant) (v T, version int64, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.values[tenant]
	return s.value, s.version, ok
}

// Load returns what is cached, or reads it. However many ask, one reads.
func (c *Versioned[T]) Load(ctx context.Context, tenant id.Tenant) (v T, version int64, err error) {
	return c.AtLeast(ctx, tenant, 1)
}

// AtLeast returns a value of this version or a newer one: what to call with the version that a first batch has read.
func (c *Versioned[T]) AtLeast(ctx context.Context, tenant id.Tenant, version int64) (v T, got int64, err error) {
	if v, got, ok := c.Current(tenant); ok && got >= version {
		return v, got, nil
	}
	for range restarts { // a read that was under way may have begun before the version we need
		s, err := c.read(ctx, tenant)
		if err != nil {
			return v, 0, err
		}
		if s.version >= version {
			return s.value, s.version, nil
		}
	}
	return v, 0, errs.New(errs.Unavailable, "the settings of tenant %d change too fast", tenant)
}

// Forget drops a tenant's value; the next Load reads it. For hints (event.Settings).
func (c *Versioned[T]) Forget(tenant id.Tenant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.values, tenant)
}

// Tx runs a transaction of the tenant with the cached value. The version is compared in the same round trip as BEGIN and
// what queue adds; if it has moved on, the transaction is rolled back before fn is called and begins again with the
// newer value. queue may be nil; queue and fn may be called again, so they start from nothing each time.
func (c *Versioned[T]) Tx(ctx context.Context, tenant id.Tenant,
	queue func(b *pgx.Batch, v T), fn func(tx pgx.Tx, v T) error,
) error {
	v, version, err := c.Load(ctx, tenant)
	for range restarts {
		if err != nil {
			return err
		}
		check := Check{Version: version}
		err = c.db.TenantBatch(ctx, tenant, func(b *pgx.Batch) {
			check.Queue(b, tenant)
			if queue != nil {
				queue(b, v)
			}
		}, func(tx pgx.Tx) error { return fn(tx, v) })
		if !errors.Is(err, ErrStale) {
			return err
		}
		v, version, err = c.AtLeast(ctx, tenant, check.Now)
	}
	return errs.New(errs.Unavailable, "the settings of tenant %d change too fast", tenant)
}

// Check compares the version of a cached value with the database's, inside a first batch. A transaction that is begun by
// other means than Tx (a group of texts, for example) queues it first, and on ErrStale calls AtLeast(Now) and starts over.
type Check struct {
	Version int64 // of the value in hand
	Now     int64 // of the database, once the batch has run
}

// Queue adds the comparison to a batch. When the versions differ the batch, and so the transaction, ends with ErrStale.
func (k *Check) Queue(b *pgx.Batch, tenant id.Tenant) {
	b.Queue(settingsVersion, tenant).QueryRow(func(row pgx.Row) error {
		var now int64
		if err := row.Scan(&now); err != nil {
			return fmt.Errorf("read the settings version of tenant %d: %w", tenant, err)
		}
		return k.Compare(now)
	})
}

// Compare is for a batch whose own statement reads the version: ErrStale when it is another one.
func (k *Check) Compare(now int64) error {
	if k.Now = now; now != k.Version {
		return ErrStale
	}
	return nil
}

// read loads and keeps a value. The version is read first: a change between the two reads leaves a new value with an old
// stamp, which is only read once more.
func (c *Versioned[T]) read(ctx context.Context, tenant id.Tenant) (s stamped[T], err error) {
	done := c.loads.DoChan(strconv.FormatInt(int64(tenant), 10), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
		defer cancel()
		var s stamped[T]
		err := c.db.TenantBatch(ctx, tenant, func(b *pgx.Batch) {
			b.Queue(settingsVersion, tenant).QueryRow(func(row pgx.Row) error { return row.Scan(&s.version) })
		}, func(tx pgx.Tx) (err error) {
			s.value, err = c.load(ctx, tx, tenant)
			return err
		})
		if errors.Is(err, pgx.ErrNoRows) && s.version == 0 {
			return s, errs.New(errs.NotFound, "there is no tenant %d", tenant)
		}
		if err != nil {
			return s, err
		}
		c.keep(tenant, s)
		return s, nil
	})
	select {
	case <-ctx.Done():
		return s, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return s, fmt.Errorf("load the settings of tenant %d: %w", tenant, r.Err)
		}
		return r.Val.(stamped[T]), nil
	}
}

func (c *Versioned[T]) keep(tenant id.Tenant, s stamped[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.values[tenant]; !ok || old.version <= s.version {
		c.values[tenant] = s
	}
}
