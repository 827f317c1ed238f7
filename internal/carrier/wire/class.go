package wire

import (
	"errors"
	"time"
)

// Class says what to do about a refusal; it is the row of the retry table (reference F4).
type Class string

// The classes.
const (
	Throttled    Class = "throttle"            // slow down, then the same text again
	Network      Class = "network"             // no byte left the house: safe to send again
	Ambiguous    Class = "ambiguous"           // the carrier may have it: reconcile, never resend blindly
	Unreachable  Class = "transient_recipient" // the handset is off or out of reach
	BadRecipient Class = "permanent_recipient" // the number can't receive texts
	OptedOut     Class = "opt_out"             // the consumer said STOP to the carrier: write the list too
	Filtered     Class = "filtered"            // blocked as unwanted: never by another route
	Config       Class = "config"              // our account, number or registration is at fault
	Content      Class = "content"             // this text can't be sent as it is
	Security     Class = "security"            // the carrier suspects fraud: alert
)

// Classes lists every class.
func Classes() []Class {
	return []Class{Throttled, Network, Ambiguous, Unreachable, BadRecipient, OptedOut, Filtered, Config, Content, Security}
}

// Retryable tells whether the same text may be handed over again by itself.
func (c Class) Retryable() bool {
	_, giveUp := Schedule(c, 1, 0)
	return !giveUp
}

var (
	networkSteps     = [...]time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute}
	unreachableSteps = [...]time.Duration{5 * time.Minute, 15 * time.Minute}
)

const (
	throttleCap   = time.Minute
	throttleLeast = 50 * time.Millisecond
	probeEvery    = 5 * time.Minute
)

// Schedule is the retry table of reference F4. attempt counts the hand-overs made so far, from 1; jitter is a random
// number in [0, 1) that the caller draws. giveUp means that this text is not tried again; the message's own expiry
// ends the rest. For Config the text is given up and the delay says when the account may be probed by another one.
// An ambiguous text is never rescheduled: asking the carrier comes first (F3). A carrier's RetryAfter beats the delay.
func Schedule(class Class, attempt int, jitter float64) (delay time.Duration, giveUp bool) {
	attempt = max(attempt, 1)
	jitter = min(max(jitter, 0), 1)
	switch class {
	case Throttled: // 1, 2, 4 … 60 s with full jitter
		top := throttleCap
		if attempt < 7 {
			top = time.Second << (attempt - 1)
		}
		return max(time.Duration(jitter*float64(top)), throttleLeast), false
	case Network: // 1, 5, 15, 60, 60 … s
		return spread(networkSteps[min(attempt, len(networkSteps))-1], jitter), false
	case Unreachable: // 5, 15 min, then no more
		if attempt > len(unreachableSteps) {
			return 0, true
		}
		return spread(unreachableSteps[attempt-1], jitter), false
	case Config:
		return probeEvery, true
	}
	return 0, true
}

// spread moves a delay by up to a fifth to either side, so that texts that failed together do not come back together.
func spread(d time.Duration, jitter float64) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*jitter))
}

// SendError is a hand-over that did not end with an acceptance (spec 1.6: the carrier's code, a plain sentence and
// whether a retry is worth it).
type SendError struct {
	Class      Class
	Code       string        // the carrier's code or the HTTP status; empty when there was no answer
	Message    string        // a plain sentence for the desk
	RetryAfter time.Duration // what the carrier asked for; 0 when it did not
	Err        error         // for the operator
}

func (e *SendError) Error() string {
	s := string(e.Class)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *SendError) Unwrap() error { return e.Err }

// Retryable tells whether the text may be handed over again by itself.
func (e *SendError) Retryable() bool { return e.Class.Retryable() }

// Delay says how long to wait before the next attempt, the carrier's wish first.
func (e *SendError) Delay(attempt int, jitter float64) (time.Duration, bool) {
	delay, giveUp := Schedule(e.Class, attempt, jitter)
	return max(delay, e.RetryAfter), giveUp
}

// AsSendError returns the first *SendError of the chain. Any other error is Ambiguous: without evidence that no byte
// left, a text must be taken for sent.
func AsSendError(err error) *SendError {
	if err == nil {
		return nil
	}
	var e *SendError
	if errors.As(err, &e) {
		return e
	}
	return &SendError{Class: Ambiguous, Message: Sentence(Ambiguous), Err: err}
}
