package carrier

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/seal"
)

const (
	keptAccounts = 10_000
	keptFor      = time.Minute // a changed account is told by a hint; this is for the hint that got lost
)

// Account is a tenant's account at a carrier. Key stands in the webhooks' addresses and selects tenant and secret.
type Account struct {
	ID        id.Account
	Tenant    id.Tenant
	Key       string
	Carrier   string
	SID       string
	AuthToken string
	BaseURL   string
	CreatedAt time.Time
}

var _ Sender = (*twilio.Client)(nil)

// Accounts finds carrier accounts and opens their secrets. What it read is kept for a minute.
type Accounts struct {
	db        *pg.DB
	box       *seal.Box
	publicURL string
	http      *http.Client // shared by all accounts
	now       func() time.Time

	mu    sync.Mutex
	byKey map[string]*keptAccount
	byID  map[id.Account]*keptAccount
}

type keptAccount struct {
	Account
	client *twilio.Client
	until  time.Time
}

// NewAccounts makes the book of accounts; publicURL is how carriers reach this installation (no callbacks are asked for
// when it is empty).
func NewAccounts(db *pg.DB, box *seal.Box, publicURL string) *Accounts {
	return &Accounts{
		db: db, box: box, publicURL: strings.TrimRight(publicURL, "/"), http: twilio.NewHTTPClient(), now: time.Now,
		byKey: map[string]*keptAccount{}, byID: map[id.Account]*keptAccount{},
	}
}

// StatusURL is where receipts of an account arrive.
func (a *Accounts) StatusURL(key string) string { return a.hook(key, "status") }

// MessagesURL is the address to enter at the carrier for inbound texts.
func (a *Accounts) MessagesURL(key string) string { return a.hook(key, "messages") }

// VoiceURL is the address to enter at the carrier for calls.
func (a *Accounts) VoiceURL(key string) string { return a.hook(key, "voice") }

func (a *Accounts) hook(key, what string) string {
	if a.publicURL == "" {
		return ""
	}
	return a.publicURL + "/hooks/twilio/" + key + "/" + what
}

// NewKey is a fresh random key of 128 bits.
func NewKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// place binds a sealed secret to its account.
func place(tenant id.Tenant, key string) seal.Place {
	return seal.Place{Tenant: tenant, Table: "carrier_accounts", Column: "secret", Row: key}
}

// Create saves an account in the caller's transaction and returns it with its id; it makes a key when there is none.
func (a *Accounts) Create(ctx context.Context, tx pgx.Tx, acc Account) (Account, error) {
	if acc.Key == "" {
		acc.Key = NewKey()
	}
	if acc.Carrier == "" {
		acc.Carrier = "twilio"
	}
	if acc.BaseURL == "" {
		acc.BaseURL = twilio.DefaultBaseURL
	}
	if _, err := a.client(acc); err != nil {
		return Account{}, errs.Field("account", "%v", err)
	}
	var err error
	acc.ID, err = NewQueries().InsertAccount(ctx, tx, InsertAccountParams{
		TenantID: acc.Tenant, Key: acc.Key, Carrier: acc.Carrier, Sid: acc.SID, BaseUrl: acc.BaseURL,
		Secret: a.box.Seal(place(acc.Tenant, acc.Key), []byte(acc.AuthToken)),
	})
	if err != nil {
		return Account{}, fmt.Errorf("save a carrier account: %w", err)
	}
	return acc, nil
}

// Update gives an account new credentials or another address; call Forget after the commit.
func (a *Accounts) Update(ctx context.Context, tx pgx.Tx, acc Account) error {
	key, err := NewQueries().AccountKey(ctx, tx, acc.Tenant, acc.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.New(errs.NotFound, "There is no such carrier account.")
	}
	if err != nil {
		return fmt.Errorf("read a carrier account: %w", err)
	}
	if _, err := a.client(acc); err != nil {
		return errs.Field("account", "%v", err)
	}
	_, err = NewQueries().UpdateAccount(ctx, tx, UpdateAccountParams{
		TenantID: acc.Tenant, ID: acc.ID, Sid: acc.SID, BaseUrl: acc.BaseURL, Secret: a.box.Seal(place(acc.Tenant, key), []byte(acc.AuthToken)),
	})
	if err != nil {
		return fmt.Errorf("save a carrier account: %w", err)
	}
	return nil
}

// Forget drops what was read of a tenant's accounts: they have changed.
func (a *Accounts) Forget(tenant id.Tenant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, k := range a.byKey {
		if k.Tenant == tenant {
			delete(a.byKey, key)
			delete(a.byID, k.ID)
		}
	}
}

// List reads the accounts of a tenant without their secrets.
func (a *Accounts) List(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Account, error) {
	rows, err := NewQueries().ListAccounts(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read the carrier accounts of tenant %d: %w", tenant, err)
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = Account{ID: r.ID, Tenant: tenant, Key: r.Key, Carrier: r.Carrier, SID: r.Sid, BaseURL: r.BaseUrl, CreatedAt: r.CreatedAt}
	}
	return out, nil
}

var keyShape = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ByKey finds the account whose key stands in a webhook's address; errs.NotFound if there is none.
func (a *Accounts) ByKey(ctx context.Context, key string) (Account, error) {
	if !keyShape.MatchString(key) {
		return Account{}, errs.New(errs.NotFound, "There is no such carrier account.")
	}
	a.mu.Lock()
	k := a.fresh(a.byKey[key])
	a.mu.Unlock()
	if k != nil {
		return k.Account, nil
	}
	k, err := a.read(ctx, func(tx pgx.Tx) (AccountByIDRow, error) {
		row, err := NewQueries().AccountByKey(ctx, tx, key)
		return AccountByIDRow(row), err
	})
	if err != nil {
		return Account{}, err
	}
	return k.Account, nil
}

func (a *Accounts) byAccount(ctx context.Context, account id.Account) (*keptAccount, error) {
	a.mu.Lock()
	k := a.fresh(a.byID[account])
	a.mu.Unlock()
	if k != nil {
		return k, nil
	}
	return a.read(ctx, func(tx pgx.Tx) (AccountByIDRow, error) { return NewQueries().AccountByID(ctx, tx, account) })
}

// ByID finds an account.
func (a *Accounts) ByID(ctx context.Context, account id.Account) (Account, error) {
	k, err := a.byAccount(ctx, account)
	if err != nil {
		return Account{}, err
	}
	return k.Account, nil
}

// Sender is the way to an account's carrier; Config.Senders takes it.
func (a *Accounts) Sender(ctx context.Context, account id.Account) (Sender, error) {
	return a.Client(ctx, account)
}

// Client is the account's adapter itself, for what only it can do: verify numbers, fetch media.
func (a *Accounts) Client(ctx context.Context, account id.Account) (*twilio.Client, error) {
	k, err := a.byAccount(ctx, account)
	if err != nil {
		return nil, err
	}
	return k.client, nil
}

func (a *Accounts) fresh(k *keptAccount) *keptAccount {
	if k == nil || a.now().After(k.until) {
		return nil
	}
	return k
}

func (a *Accounts) read(ctx context.Context, query func(tx pgx.Tx) (AccountByIDRow, error)) (*keptAccount, error) {
	var row AccountByIDRow
	err := a.db.InTx(ctx, func(tx pgx.Tx) (err error) {
		row, err = query(tx)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "There is no such carrier account.")
	}
	if err != nil {
		return nil, fmt.Errorf("read a carrier account: %w", err)
	}
	token, err := a.box.Open(place(row.TenantID, row.Key), row.Secret)
	if err != nil {
		return nil, unusable(row.ID, fmt.Errorf("open the secret: %w", err))
	}
	k := &keptAccount{until: a.now().Add(keptFor), Account: Account{
		ID: row.ID, Tenant: row.TenantID, Key: row.Key, Carrier: row.Carrier, SID: row.Sid, AuthToken: string(token), BaseURL: row.BaseUrl,
	}}
	if k.client, err = a.client(k.Account); err != nil {
		return nil, unusable(row.ID, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.byID) >= keptAccounts {
		clear(a.byID)
		clear(a.byKey)
	}
	a.byID[k.ID], a.byKey[k.Key] = k, k
	return k, nil
}

// unusable says that an administrator must look at an account; a lane stops for it, as it does not for a database that is away.
func unusable(account id.Account, err error) error {
	return errs.New(errs.Unavailable, "The carrier account cannot be used; an administrator must check it.").Because(fmt.Errorf("carrier account %d: %w", account, err))
}

func (a *Accounts) client(acc Account) (*twilio.Client, error) {
	return twilio.New(twilio.Config{
		AccountSID: acc.SID, AuthToken: acc.AuthToken, BaseURL: acc.BaseURL, StatusURL: a.StatusURL(acc.Key), HTTP: a.http,
	})
}
