package carrier

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// probe is a number that carriers give to nobody: asking about it tells whether they take the credentials.
const probe = "+15005550006"

var (
	sidShape   = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	tokenShape = regexp.MustCompile(`^[!-~]{1,200}$`)
)

// AccountDraft is what a person enters of an account.
type AccountDraft struct {
	SID       string
	AuthToken string
	BaseURL   string // empty: as it is, or Twilio's
	Loopback  bool   // http to this machine will do: the demo's carrier is there
}

func (d *AccountDraft) check() error {
	d.SID, d.AuthToken, d.BaseURL = strings.TrimSpace(d.SID), strings.TrimSpace(d.AuthToken), strings.TrimRight(strings.TrimSpace(d.BaseURL), "/")
	switch {
	case !sidShape.MatchString(d.SID):
		return errs.Field("sid", "an account's id has letters and digits alone, like AC0123…")
	case !tokenShape.MatchString(d.AuthToken):
		return errs.Field("auth_token", "an auth token has 1 to 200 letters, digits and signs, without spaces")
	}
	return checkBase(d.BaseURL, d.Loopback)
}

// checkBase: the token goes to this address with every call, so it goes encrypted or not out of the machine.
func checkBase(raw string, loopback bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errs.Field("base_url", "this is no address like %s", twilio.DefaultBaseURL)
	case u.Scheme == "https":
		return nil
	}
	at, err := netip.ParseAddr(u.Hostname())
	if here := u.Hostname() == "localhost" || err == nil && at.IsLoopback(); loopback && here && u.Scheme == "http" {
		return nil
	}
	return errs.Field("base_url", "the address must begin with https://")
}

// Add saves an account that a person has entered; its token is sealed.
func (a *Accounts) Add(ctx context.Context, tx pgx.Tx, t id.Tenant, d AccountDraft, by tenant.Actor, at time.Time) (Account, error) {
	if d.BaseURL == "" {
		d.BaseURL = twilio.DefaultBaseURL
	}
	if err := d.check(); err != nil {
		return Account{}, err
	}
	all, err := a.List(ctx, tx, t)
	if err != nil {
		return Account{}, err
	}
	for _, known := range all {
		if known.SID == d.SID && known.BaseURL == d.BaseURL {
			return Account{}, conflict("sid", "this account is here already; give it a new token instead")
		}
	}
	acc, err := a.Create(ctx, tx, Account{Tenant: t, SID: d.SID, AuthToken: d.AuthToken, BaseURL: d.BaseURL})
	if err != nil {
		return Account{}, err
	}
	acc.AuthToken, acc.CreatedAt = "", at
	return acc, tenant.Audit(ctx, tx, t, by, at, tenant.Change{
		Action: "carrier_account.added", Subject: int64(acc.ID), Name: acc.SID, After: map[string]string{"base_url": acc.BaseURL},
	})
}

// Rotate gives an account a new token, and perhaps another address; call Forget after the commit.
func (a *Accounts) Rotate(ctx context.Context, tx pgx.Tx, t id.Tenant, of id.Account, d AccountDraft, by tenant.Actor, at time.Time) (Account, error) {
	acc, err := a.find(ctx, tx, t, of)
	if err != nil {
		return Account{}, err
	}
	was := acc.BaseURL
	if d.SID = acc.SID; d.BaseURL == "" {
		d.BaseURL, d.Loopback = was, true
	}
	if err := d.check(); err != nil {
		return Account{}, err
	}
	acc.AuthToken, acc.BaseURL = d.AuthToken, d.BaseURL
	if err := a.Update(ctx, tx, acc); err != nil {
		return Account{}, err
	}
	acc.AuthToken = ""
	return acc, tenant.Audit(ctx, tx, t, by, at, tenant.Change{
		Action: "carrier_account.rotated", Subject: int64(acc.ID), Name: acc.SID,
		Before: map[string]string{"base_url": was}, After: map[string]string{"base_url": acc.BaseURL},
	})
}

func (a *Accounts) find(ctx context.Context, tx pgx.Tx, t id.Tenant, of id.Account) (Account, error) {
	all, err := a.List(ctx, tx, t)
	if err != nil {
		return Account{}, err
	}
	for _, acc := range all {
		if acc.ID == of {
			return acc, nil
		}
	}
	return Account{}, errs.New(errs.NotFound, "There is no such carrier account.").At("account_id")
}

// Probed is what a carrier says of a number before it is added.
type Probed struct {
	Address string
	Status  string
	MMS     bool
}

// Probe asks the carrier whether it takes the credentials of an account that is not saved, and, if a number is named, whether
// it is theirs and can text. Each refusal names its field: sid, auth_token, base_url or number.
func (a *Accounts) Probe(ctx context.Context, d AccountDraft, number string) (p Probed, err error) {
	if d.BaseURL == "" {
		d.BaseURL = twilio.DefaultBaseURL
	}
	if err := d.check(); err != nil {
		return p, err
	}
	client, err := a.client(Account{SID: d.SID, AuthToken: d.AuthToken, BaseURL: d.BaseURL, Key: NewKey()})
	if err != nil {
		return p, errs.Field("sid", "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	owns, err := client.Owns(ctx, cmp.Or(number, probe))
	if err != nil {
		return p, errs.Field("auth_token", "%s", unanswered(err)).Because(err)
	}
	if number == "" {
		return p, nil
	}
	status, reason, mms := verified(owns)
	if status == VerifyFailed {
		return p, errs.Field("number", "%s", reason)
	}
	return Probed{Address: number, Status: status, MMS: mms}, nil
}

// simulatedSID begins the ids of accounts at the simulated carrier of `serve --simulator`.
const simulatedSID = "ACsimulated"

// SimulatedSID makes the id of such an account.
func SimulatedSID() string { return simulatedSID + NewKey()[:8] }

// Simulated reads every account of this database at the simulated carrier, of all tenants, with its token and its numbers.
func (a *Accounts) Simulated(ctx context.Context) (accounts []Account, numbers map[id.Account][]string, err error) {
	ids, err := NewQueries().SimulatedAccounts(ctx, a.db.Pool(), simulatedSID+"%")
	if err != nil {
		return nil, nil, fmt.Errorf("look for simulated accounts: %w", err)
	}
	numbers = map[id.Account][]string{}
	for _, of := range ids {
		acc, err := a.ByID(ctx, of)
		if err != nil {
			return nil, nil, err
		}
		var all []Number
		err = a.db.InTenantTx(ctx, acc.Tenant, func(tx pgx.Tx) (err error) {
			all, err = Numbers(ctx, tx, acc.Tenant)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		for _, n := range all {
			if n.Account == of {
				numbers[of] = append(numbers[of], n.Address)
			}
		}
		accounts = append(accounts, acc)
	}
	return accounts, numbers, nil
}

// Try asks the carrier whether it takes an account's credentials; says is nil when it does.
func (a *Accounts) Try(ctx context.Context, t id.Tenant, of id.Account) (says *errs.Text, err error) {
	err = a.db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		_, err := a.find(ctx, tx, t, of)
		return err
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	client, err := a.Client(ctx, of)
	if err == nil {
		_, err = client.Owns(ctx, probe)
	}
	if err != nil {
		return unanswered(err), nil
	}
	return nil, nil
}
