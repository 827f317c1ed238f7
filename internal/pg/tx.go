package pg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"sidetone/internal/id"
)

// ErrCommitted marks an error of CommitBatch that came after the commit: the writes are saved, only reading their
// results failed.
var ErrCommitted = errors.New("the transaction is saved, but its results could not be read")

// rollbackTime is how long a rollback may take before its connection is thrown away.
const rollbackTime = 5 * time.Second

const setTenant = "select set_config('app.tenant', $1, true)"

// InTenantTx runs fn in a transaction that sees the rows of one tenant alone. It commits when fn returns nil and rolls
// back otherwise. BEGIN and the tenant go in one round trip.
func (db *DB) InTenantTx(ctx context.Context, tenant id.Tenant, fn func(tx pgx.Tx) error) error {
	return db.TenantBatch(ctx, tenant, nil, fn)
}

// TenantBatch is InTenantTx for hot paths: the queries that queue adds go in the same round trip as BEGIN and the
// tenant. Read their results in callbacks (pgx.QueuedQuery); all have run when fn is called, and an error of one of
// them ends the transaction before it. With CommitBatch at the end of fn the whole transaction is two round trips.
func (db *DB) TenantBatch(ctx context.Context, tenant id.Tenant, queue func(b *pgx.Batch), fn func(tx pgx.Tx) error) error {
	if tenant <= 0 {
		return fmt.Errorf("begin a tenant transaction: no tenant given")
	}
	return db.inTx(ctx, func(b *pgx.Batch) {
		queueTenant(b, tenant)
		if queue != nil {
			queue(b)
		}
	}, fn)
}

// InTx runs fn in a transaction without a tenant: only the control tables have rows in it.
func (db *DB) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return db.inTx(ctx, nil, fn)
}

// Batch is InTx with queries that go in the same round trip as BEGIN, as in TenantBatch.
func (db *DB) Batch(ctx context.Context, queue func(b *pgx.Batch), fn func(tx pgx.Tx) error) error {
	return db.inTx(ctx, queue, fn)
}

// ReadTenant runs the queued reads for one tenant in a single round trip; their implicit transaction scopes the tenant.
// Read the results in callbacks (pgx.QueuedQuery).
func (db *DB) ReadTenant(ctx context.Context, tenant id.Tenant, queue func(b *pgx.Batch)) error {
	if tenant <= 0 {
		return fmt.Errorf("read for a tenant: no tenant given")
	}
	b := &pgx.Batch{}
	queueTenant(b, tenant)
	queue(b)
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("read for tenant %d: %w", tenant, err)
	}
	return nil
}

// WriteTenant runs the queued statements for one tenant and their commit in a single round trip: what they write is saved
// together or not at all. Nothing can be decided in between, and callbacks run when the server has committed.
func (db *DB) WriteTenant(ctx context.Context, tenant id.Tenant, queue func(b *pgx.Batch)) error {
	if tenant <= 0 {
		return fmt.Errorf("write for a tenant: no tenant given")
	}
	b := &pgx.Batch{}
	queueTenant(b, tenant)
	queue(b)
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil { // one Sync: an implicit transaction
		return fmt.Errorf("write for tenant %d: %w", tenant, err)
	}
	return nil
}

// ReadTenants is ReadTenant for several tenants, one after the other in the same round trip.
func (db *DB) ReadTenants(ctx context.Context, tenants []id.Tenant, queue func(b *pgx.Batch, tenant id.Tenant)) error {
	b := &pgx.Batch{}
	for _, tenant := range tenants {
		if tenant <= 0 {
			return fmt.Errorf("read for tenants: no tenant given")
		}
		queueTenant(b, tenant)
		queue(b, tenant)
	}
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("read for %d tenants: %w", len(tenants), err)
	}
	return nil
}

// SetTenant names the tenant of a transaction that began without one: what a sweep found in a control table decides it.
// The tenant holds until the transaction ends.
func SetTenant(ctx context.Context, tx pgx.Tx, tenant id.Tenant) error {
	if tenant <= 0 {
		return fmt.Errorf("set the tenant: no tenant given")
	}
	if _, err := tx.Exec(ctx, setTenant, strconv.FormatInt(int64(tenant), 10)); err != nil {
		return fmt.Errorf("set the tenant: %w", err)
	}
	return nil
}

func queueTenant(b *pgx.Batch, tenant id.Tenant) {
	b.Queue(setTenant, strconv.FormatInt(int64(tenant), 10))
}

func (db *DB) inTx(ctx context.Context, queue func(b *pgx.Batch), fn func(tx pgx.Tx) error) (err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("take a database connection: %w", err)
	}
	b := &pgx.Batch{}
	b.BeginTx(pgx.TxOptions{})
	if queue != nil {
		queue(b)
	}
	br := conn.SendBatch(ctx, b)
	tx := &poolTx{Tx: br.Tx(), conn: conn}
	defer func() { // also after a failed BEGIN and a panic: this gives the connection back
		if rerr := tx.abandon(ctx); rerr != nil {
			err = errors.Join(err, rerr)
		}
	}()
	if err := br.Close(); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.conn == nil {
		return nil // fn ended it, with CommitBatch for example
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// poolTx is a transaction that owns its connection. pgxpool.Tx does the same, but can't be told that a batch has
// already committed it.
type poolTx struct {
	pgx.Tx
	conn *pgxpool.Conn // nil once it ended
}

// Commit saves the transaction and gives its connection back.
func (t *poolTx) Commit(ctx context.Context) error {
	err := t.Tx.Commit(ctx)
	t.end()
	return err
}

// Rollback drops the transaction and gives its connection back.
func (t *poolTx) Rollback(ctx context.Context) error {
	err := t.Tx.Rollback(ctx)
	t.end()
	return err
}

// end gives the connection back; the pool destroys one that is busy, broken or still in a transaction.
func (t *poolTx) end() {
	if t.conn == nil {
		return
	}
	t.conn.Release()
	t.conn, t.Tx = nil, closedTx{}
}

// abandon rolls back what has not ended, even if the caller's context has.
func (t *poolTx) abandon(ctx context.Context) error {
	if t.conn == nil {
		return nil
	}
	if c := t.conn.Conn(); c.IsClosed() || c.PgConn().TxStatus() == 'I' {
		t.end() // nothing to roll back: a lost connection, or one that never began
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	if err := t.Rollback(ctx); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// CommitBatch sends the last queries of a transaction and its COMMIT in one round trip, and ends tx.
//
// If a query or the commit fails nothing is saved. Callbacks run when the server has long committed, so a callback
// can't stop the commit: conditions belong into the SQL. When a callback or the reading of a result fails, the error is
// ErrCommitted and the callback's own. If the context ends or the connection breaks on the way the error is that one,
// and whether the commit took place is not known.
func CommitBatch(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	t, ok := tx.(*poolTx)
	if !ok {
		return fmt.Errorf("commit a batch: %T did not come from a pg.DB", tx)
	}
	if t.conn == nil {
		return fmt.Errorf("commit a batch: %w", pgx.ErrTxClosed)
	}
	var callbackErr error
	for _, q := range b.QueuedQueries {
		fn := q.Fn
		if fn == nil {
			continue
		}
		q.Fn = func(br pgx.BatchResults) error { // go on reading: the commit's answer stands at the end
			if err := fn(br); err != nil && callbackErr == nil {
				callbackErr = err
			}
			return nil
		}
	}
	var tag pgconn.CommandTag
	b.Queue("commit").Exec(func(ct pgconn.CommandTag) error { tag = ct; return nil })

	err := t.SendBatch(ctx, b).Close()
	conn := t.conn.Conn()
	ended := !conn.IsClosed() && !conn.PgConn().IsBusy() && conn.PgConn().TxStatus() == 'I'
	if aerr := t.abandon(ctx); aerr != nil {
		err = errors.Join(err, aerr)
	}
	var pgErr *pgconn.PgError
	switch {
	case err == nil && tag.String() == "ROLLBACK":
		return fmt.Errorf("commit a batch: %w", pgx.ErrTxCommitRollback)
	case err == nil && callbackErr == nil:
		return nil
	case err == nil:
		return fmt.Errorf("%w: %w", ErrCommitted, callbackErr)
	case ended && !errors.As(err, &pgErr): // a row that could not be scanned
		return fmt.Errorf("%w: %w", ErrCommitted, err)
	}
	return fmt.Errorf("commit a batch: %w", err)
}

// closedTx answers for a transaction whose connection went back to the pool.
type closedTx struct{ pgx.Tx }

func (closedTx) failed() pgx.BatchResults {
	return pgx.FailedBatchResults(&pgx.Batch{}, pgx.ErrTxClosed)
}

func (closedTx) Begin(context.Context) (pgx.Tx, error) { return nil, pgx.ErrTxClosed }
func (closedTx) Commit(context.Context) error          { return pgx.ErrTxClosed }
func (closedTx) Rollback(context.Context) error        { return pgx.ErrTxClosed }

func (closedTx) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, pgx.ErrTxClosed
}

func (closedTx) SendBatch(_ context.Context, b *pgx.Batch) pgx.BatchResults {
	return pgx.FailedBatchResults(b, pgx.ErrTxClosed)
}

func (closedTx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, pgx.ErrTxClosed
}

func (closedTx) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, pgx.ErrTxClosed
}

func (c closedTx) Query(context.Context, string, ...any) (pgx.Rows, error) {
	return c.failed().Query()
}

func (c closedTx) QueryRow(context.Context, string, ...any) pgx.Row { return c.failed().QueryRow() }
func (closedTx) Conn() *pgx.Conn                                    { return nil }
