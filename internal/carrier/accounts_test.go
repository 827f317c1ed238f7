package carrier_test

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/seal"
)

func TestAnAccountIsFoundByItsKeyWithItsSecretOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	box, err := seal.NewBox(bytes.Repeat([]byte{7}, seal.KeySize))
	require.NoError(t, err)
	book := carrier.NewAccounts(h.db, box, "https://acme.example/")
	var made carrier.Account
	h.tx(t, func(tx pgx.Tx) (err error) {
		made, err = book.Create(t.Context(), tx, carrier.Account{Tenant: h.tenant, SID: "AC1", AuthToken: "s3cret"})
		return err
	})
	require.Regexp(t, "^[0-9a-f]{32}$", made.Key)
	require.Equal(t, "https://acme.example/hooks/twilio/"+made.Key+"/status", book.StatusURL(made.Key))

	for range 2 { // the second time without the database
		got, err := book.ByKey(t.Context(), made.Key)
		require.NoError(t, err)
		require.Equal(t, made, got)
	}
	sender, err := book.Sender(t.Context(), made.ID)
	require.NoError(t, err)
	require.NotNil(t, sender)

	var stored []byte
	h.tx(t, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), "select secret from carrier_accounts where id = $1", made.ID).Scan(&stored)
	})
	require.NotContains(t, string(stored), "s3cret")

	changed := made
	changed.AuthToken = "n3w"
	h.tx(t, func(tx pgx.Tx) error { return book.Update(t.Context(), tx, changed) })
	book.Forget(h.tenant)
	got, err := book.ByKey(t.Context(), made.Key)
	require.NoError(t, err)
	require.Equal(t, "n3w", got.AuthToken)
}

func TestUnknownAccountsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	box, err := seal.NewBox(bytes.Repeat([]byte{7}, seal.KeySize))
	require.NoError(t, err)
	book := carrier.NewAccounts(h.db, box, "")
	for _, key := range []string{"", "x", carrier.NewKey(), "' or 1=1 --"} {
		_, err := book.ByKey(t.Context(), key)
		require.Equal(t, errs.NotFound, errs.CodeOf(err), key)
	}
	_, err = book.ByID(t.Context(), h.account)
	require.ErrorIs(t, err, seal.ErrNotOpened, "a secret that is none")
	h.tx(t, func(tx pgx.Tx) error {
		_, err := book.Create(t.Context(), tx, carrier.Account{Tenant: h.tenant, SID: "AC1"})
		require.Equal(t, errs.Invalid, errs.CodeOf(err), "no secret")
		require.Equal(t, errs.NotFound, errs.CodeOf(book.Update(t.Context(), tx, carrier.Account{Tenant: h.tenant, ID: 99})))
		return nil
	})
}
