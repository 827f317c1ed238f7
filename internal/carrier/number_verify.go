package carrier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

const (
	// MostToVerify is how many numbers are verified at once.
	MostToVerify = 50
	askAtOnce    = 8
	verifyTime   = 25 * time.Second // for all of them together
)

// Verification is what became of a number that was to be verified.
type Verification struct {
	Number  Number     // as it is now
	Decided bool       // the carrier answered; else the number is as it was
	Reason  *errs.Text // why it failed, or why it was not decided
}

// Check asks the carrier whether an account owns a number and what the number can do (spec 1.1, rule 2). The status is a
// verified one, or VerifyFailed with a reason; an error means that the carrier gave no answer.
func (a *Accounts) Check(ctx context.Context, account id.Account, address string) (status string, reason *errs.Text, err error) {
	status, reason, _, err = a.check(ctx, account, address)
	return status, reason, err
}

// check is Check, and says besides whether the number takes pictures.
func (a *Accounts) check(ctx context.Context, account id.Account, address string) (status string, reason *errs.Text, mms bool, err error) {
	client, err := a.Client(ctx, account)
	if err != nil {
		return "", nil, false, err
	}
	owns, err := client.Owns(ctx, address)
	if err != nil {
		return "", nil, false, fmt.Errorf("verify a number: %w", err)
	}
	status, reason, mms = verified(owns)
	return status, reason, mms, nil
}

// Why a verification failed. The English words are what is kept (numbers.check_error), and CheckReason reads them.
var (
	notOurs = errs.Say("The carrier says that the account does not own this number.")
	noTexts = errs.Say("The carrier says that this number cannot text.")
)

// CheckReason is why a number's last verification failed, as it was kept; nil when it did not fail.
func CheckReason(kept string) *errs.Text {
	for _, known := range []*errs.Text{notOurs, noTexts} {
		if known.String() == kept {
			return known
		}
	}
	if kept == "" {
		return nil
	}
	return errs.Say("%s", kept)
}

// verified is what a carrier's answer makes of a number.
func verified(owns twilio.Ownership) (status string, reason *errs.Text, mms bool) {
	switch {
	case !owns.Owned:
		return VerifyFailed, notOurs, false
	case !owns.SMS:
		return VerifyFailed, noTexts, false
	case owns.Voice:
		return VerifiedSMSVoice, nil, owns.MMS
	}
	return VerifiedSMSOnly, nil, owns.MMS
}

// Settle saves what the carrier said of a number before it was added.
func Settle(ctx context.Context, tx pgx.Tx, t id.Tenant, n Number, p Probed, by tenant.Actor, at time.Time) error {
	c, err := beginChange(ctx, tx, t, by, at)
	if err != nil {
		return err
	}
	_, err = c.settle(ctx, &answer{number: n, status: p.Status, mms: p.MMS})
	return err
}

// answer is what the carrier said about a number.
type answer struct {
	number Number // as it was asked about
	status string
	reason *errs.Text
	mms    bool
	err    error
}

// Verify asks the carrier about several numbers side by side and saves its answers. A number about which it gave none stays
// as it was. Publish event.Settings afterwards.
func (a *Accounts) Verify(ctx context.Context, t id.Tenant, numbers []id.Number, by tenant.Actor) ([]Verification, error) {
	asked, err := a.toVerify(ctx, t, numbers)
	if err != nil {
		return nil, err
	}
	a.ask(ctx, asked)
	out := make([]Verification, len(asked))
	err = a.db.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		c, err := beginChange(ctx, tx, t, by, a.now())
		if err != nil {
			return err
		}
		for i := range asked {
			if out[i], err = c.settle(ctx, &asked[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *Accounts) toVerify(ctx context.Context, t id.Tenant, numbers []id.Number) ([]answer, error) {
	switch {
	case len(numbers) == 0:
		return nil, errs.Field("number_ids", "name the numbers to verify")
	case len(numbers) > MostToVerify:
		return nil, errs.Field("number_ids", "at most %d numbers are verified at once", MostToVerify)
	}
	var all []Number
	err := a.db.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		all, err = Numbers(ctx, tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	asked := make([]answer, 0, len(numbers))
	for i, of := range numbers {
		at := slices.IndexFunc(all, func(n Number) bool { return n.ID == of })
		if at < 0 {
			return nil, errs.Field("number_ids", "there is no number %d", of)
		}
		if !slices.Contains(numbers[:i], of) {
			asked = append(asked, answer{number: all[at]})
		}
	}
	return asked, nil
}

// ask fills in the answers, a few calls at a time.
func (a *Accounts) ask(ctx context.Context, asked []answer) {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var calls sync.WaitGroup
	room := make(chan struct{}, askAtOnce)
	for i := range asked {
		room <- struct{}{}
		calls.Go(func() {
			defer func() { <-room }()
			q := &asked[i]
			q.status, q.reason, q.mms, q.err = a.check(ctx, q.number.Account, q.number.Address)
		})
	}
	calls.Wait()
}

// settle saves the answer about one number.
func (c *change) settle(ctx context.Context, q *answer) (Verification, error) {
	before, known := c.find(q.number.ID)
	switch {
	case !known:
		return Verification{Number: q.number, Reason: errs.Say("The number was removed meanwhile.")}, nil
	case before.Account != q.number.Account:
		return Verification{Number: before, Reason: errs.Say("The number was changed meanwhile; verify it again.")}, nil
	case q.err != nil:
		return Verification{Number: before, Reason: errs.Say("%s The number stays as it was.", unanswered(q.err))}, nil
	}
	n := before
	n.Status, n.CheckedAt, n.CheckError, n.MMS = q.status, &c.at, q.reason.String(), q.mms
	err := NewQueries().SaveCheck(ctx, c.tx, SaveCheckParams{TenantID: c.tenant, ID: n.ID, Status: n.Status, Mms: n.MMS, At: c.at, Reason: n.CheckError})
	if err != nil {
		return Verification{}, fmt.Errorf("save what the carrier says of number %d: %w", n.ID, err)
	}
	return Verification{Number: n, Decided: true, Reason: q.reason}, c.audit(ctx, "number.verified", before, n)
}

// unanswered says for the person why there is no answer.
func unanswered(err error) *errs.Text {
	var refused *wire.SendError
	var known *errs.Error
	switch {
	case errors.As(err, &refused) && refused.Class == wire.Config:
		return errs.Say("The carrier refused the account; check its credentials.")
	case errors.As(err, &refused) && refused.Class == wire.Throttled:
		return errs.Say("The carrier asks us to slow down; try again in a minute.")
	case errors.As(err, &known):
		return known.Says()
	}
	return errs.Say("The carrier could not be reached or gave no answer; try again.")
}
