package carrier_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

// house is a database with one tenant, one number of it and its carrier account.
type house struct {
	db      *pg.DB
	tenant  id.Tenant
	account id.Account
	number  id.Number
	ours    string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{db: pgtest.New(t), ours: "+14155550100"}
	h.addTenant(t, "acme", "http://127.0.0.1:1")
	return h
}

func (h *house) addTenant(t testing.TB, subdomain, baseURL string) {
	t.Helper()
	err := h.db.InTx(t.Context(), func(tx pgx.Tx) error {
		err := tx.QueryRow(t.Context(), "insert into tenants (subdomain, name) values ($1, $1) returning id", subdomain).Scan(&h.tenant)
		if err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `insert into carrier_accounts (tenant_id, key, carrier, sid, secret, base_url)
			values ($1, md5(random()::text), 'twilio', 'AC00000000000000000000000000000001', '\x00', $2) returning id`,
			h.tenant, baseURL).Scan(&h.account)
	})
	require.NoError(t, err)
	h.number = h.addNumber(t, h.ours, 100_000)
}

func (h *house) addNumber(t testing.TB, address string, perSecond float32) (n id.Number) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `insert into numbers (tenant_id, address, account_id, capabilities, status, segments_per_second)
			values ($1, $2, $3, '{inbound,outbound}', 'verified_sms_only', $4) returning id`,
			h.tenant, address, h.account, perSecond).Scan(&n)
	})
	return n
}

// thread makes the pair of a number and a consumer.
func (h *house) thread(t testing.TB, number id.Number, address string) (th id.Thread) {
	t.Helper()
	h.tx(t, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `with e as (insert into end_users (tenant_id, address) values ($1, $3)
			on conflict (tenant_id, address) do update set address = excluded.address returning id)
			insert into threads (tenant_id, number_id, end_user_id) select $1, $2, id from e
			on conflict (tenant_id, number_id, end_user_id) do update set number_id = excluded.number_id returning id`,
			h.tenant, number, address).Scan(&th)
	})
	return th
}

func (h *house) tx(t testing.TB, fn func(tx pgx.Tx) error) {
	t.Helper()
	require.NoError(t, h.db.InTenantTx(t.Context(), h.tenant, fn))
}

// batch runs queued statements in one tenant transaction.
func (h *house) batch(t testing.TB, queue func(b *pgx.Batch)) error {
	t.Helper()
	return h.db.InTenantTx(t.Context(), h.tenant, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		queue(b)
		return pg.CommitBatch(t.Context(), tx, b)
	})
}
