package tenant_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
)

func TestAMissedHintNeverMeansAStaleSetting(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	cache := tenant.NewVersioned(db, tenant.LoadBook)
	_, version, err := cache.Load(t.Context(), ann)
	require.NoError(t, err)
	require.EqualValues(t, 1, version)

	require.NoError(t, set(t, db, ann, 0, string(tenant.AgentChatLimit), 7)) // no hint, no Forget
	begun := 0
	require.NoError(t, cache.Tx(t.Context(), ann, func(b *pgx.Batch, _ tenant.Book) {
		begun++
		b.Queue("select 1")
	}, func(_ pgx.Tx, b tenant.Book) error {
		require.Equal(t, 7, b.Tenant().Count(tenant.AgentChatLimit))
		return nil
	}))
	require.Equal(t, 2, begun, "the stale one and the fresh one")
	_, version, ok := cache.Current(ann)
	require.True(t, ok)
	require.EqualValues(t, 2, version)
}

func TestAFreshValueCostsNoFurtherRead(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	var reads atomic.Int32
	cache := tenant.NewVersioned(db, func(context.Context, pgx.Tx, id.Tenant) (int32, error) { return reads.Add(1), nil })
	for range 3 {
		require.NoError(t, cache.Tx(t.Context(), ann, nil, func(_ pgx.Tx, v int32) error {
			require.EqualValues(t, 1, v)
			return nil
		}))
	}
	cache.Forget(ann)
	_, _, ok := cache.Current(ann)
	require.False(t, ok)
	v, _, err := cache.Load(t.Context(), ann)
	require.NoError(t, err)
	require.EqualValues(t, 2, v)
}

func TestOneReadsForAllWhoAsk(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	var reads atomic.Int32
	started, release := make(chan struct{}), make(chan struct{})
	cache := tenant.NewVersioned(db, func(context.Context, pgx.Tx, id.Tenant) (string, error) {
		if reads.Add(1) == 1 {
			close(started)
		}
		<-release
		return "read", nil
	})
	var wg sync.WaitGroup
	ask := func() {
		v, _, err := cache.Load(t.Context(), ann)
		require.NoError(t, err)
		require.Equal(t, "read", v)
	}
	wg.Go(ask)
	<-started

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := cache.Load(ctx, ann)
	require.ErrorIs(t, err, context.Canceled, "who leaves does not take the others along")
	for range 20 {
		wg.Go(ask)
	}
	close(release)
	wg.Wait()
	require.EqualValues(t, 1, reads.Load())
}

func TestAReadThatBeganBeforeAChangeIsReadAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	var reads atomic.Int32
	started, release := make(chan struct{}), make(chan struct{})
	cache := tenant.NewVersioned(db, func(ctx context.Context, tx pgx.Tx, of id.Tenant) (tenant.Book, error) {
		if reads.Add(1) == 1 {
			close(started)
			<-release
		}
		return tenant.LoadBook(ctx, tx, of)
	})
	var wg sync.WaitGroup
	wg.Go(func() { _, _, _ = cache.Load(t.Context(), ann) })
	<-started
	require.NoError(t, set(t, db, ann, 0, string(tenant.AgentChatLimit), 9))
	wg.Go(func() {
		b, version, err := cache.AtLeast(t.Context(), ann, 2)
		require.NoError(t, err)
		require.EqualValues(t, 2, version)
		require.Equal(t, 9, b.Tenant().Count(tenant.AgentChatLimit))
	})
	close(release)
	wg.Wait()
}

func TestAnUnknownTenantIsNotFound(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	cache := tenant.NewVersioned(db, tenant.LoadBook)
	_, _, err := cache.Load(t.Context(), 99)
	require.Equal(t, errs.NotFound, errs.CodeOf(err))
	require.Zero(t, db.Pool().Stat().AcquiredConns())
}

func TestAnErrorOfTheTransactionIsTheCallers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	cache := tenant.NewVersioned(db, tenant.LoadBook)
	no := errs.New(errs.Conflict, "no")
	require.ErrorIs(t, cache.Tx(t.Context(), ann, nil, func(pgx.Tx, tenant.Book) error { return no }), no)
}
