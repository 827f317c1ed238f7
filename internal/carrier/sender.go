package carrier

import (
	"context"
	"time"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

// Sender is one account at one carrier. The adapters (twilio and those to come) are it, and so are the tests' carriers
// that lose answers.
type Sender interface {
	// Send hands one text over. An error is a *wire.SendError; any other counts as ambiguous.
	Send(ctx context.Context, m wire.Outbound) (wire.Accepted, error)
	// Lookup lists what the carrier took from one number to another since a time. A carrier that can't be asked answers
	// errors.ErrUnsupported.
	Lookup(ctx context.Context, to, from string, since time.Time) ([]wire.Found, error)
}

// text is a claimed text on its way to the carrier.
type text struct {
	id        id.Message
	thread    id.Thread
	account   id.Account
	kind      string
	ours      string
	address   string
	body      string
	media     []string
	segments  int
	attempts  int // hand-overs, this one included
	due       time.Time
	expires   time.Time
	claimedAt time.Time // by the database; with the epoch it names the claim
	claim     *claim
	next      *text // the following text of the same pair in the same claim
}

// claim is what the texts that were claimed together share.
type claim struct {
	gate  uint64    // its number at the gate
	began time.Time // before the database was asked
	open  int       // texts that may still start; the lane's mutex guards it
}

// result is what became of a claimed text, or what reconciliation found out.
type result struct {
	id        id.Message
	epoch     int64
	claimedAt time.Time
	address   string
	verdict
}

// verdict is what one hand-over means for a text.
type verdict struct {
	status     wire.Status
	providerID string
	class      wire.Class // of a refusal
	code       string
	sentence   string
	retryable  bool
	notBefore  time.Time // of the next try, by the application's clock
	handedBack bool      // it was not tried at all

	hold  time.Duration // the lane takes a break
	pause bool          // the account or the number is at fault: an administrator must look
}

// answered tells whether the carrier dealt with the text itself: then account and number are in order.
func (v verdict) answered() bool {
	switch v.class {
	case wire.Config, wire.Network, wire.Ambiguous, wire.Throttled:
		return false
	}
	return !v.handedBack && v.status != wire.Expired
}

// handBack returns a text to the outbox untried.
func handBack(notBefore time.Time) verdict {
	return verdict{status: wire.Queued, notBefore: notBefore, handedBack: true}
}

// judge reads a carrier's answer by the retry table (reference F4). It is pure: jitter and time are arguments.
func judge(acc wire.Accepted, err error, attempt int, now, expires time.Time, jitter float64) verdict {
	if err == nil {
		return verdict{status: wire.Forward(wire.Sent, acc.Status), providerID: acc.ProviderID}
	}
	e := wire.AsSendError(err)
	delay, giveUp := e.Delay(attempt, jitter)
	v := verdict{class: e.Class, code: e.Code, sentence: e.Message}
	switch {
	case e.Class == wire.Ambiguous:
		v.status = wire.Sending
	case e.Class == wire.Config && !recipientsRoute(e.Code):
		v.status, v.pause, v.hold, v.notBefore = wire.Queued, true, delay, now
	case giveUp:
		v.status, v.retryable = wire.Failed, e.Class == wire.Unreachable
	default:
		v.status, v.notBefore = wire.Queued, now.Add(delay)
		if v.notBefore.After(expires) {
			v.notBefore = expires // so that the end is noticed in time
		}
		if e.Class == wire.Throttled {
			v.hold = delay
		}
	}
	if v.code == "" && v.status != wire.Queued {
		v.code = string(e.Class)
	}
	return v
}

// recipientsRoute tells a config error that concerns where this one text goes from one that stops the whole number:
// pausing a number because one recipient is abroad would let one text silence the others.
func recipientsRoute(code string) bool {
	switch code {
	case "21408", "21612", "30018": // region not enabled, no route, not registered for the recipient's country
		return true
	}
	return false
}
