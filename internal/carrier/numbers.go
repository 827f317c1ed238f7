package carrier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Capabilities of a number (spec 1.1).
const (
	CanReceive  = "inbound"
	CanSend     = "outbound"
	InCall      = "in_call"
	SessionFree = "sessionless"
)

// States of a number (spec 1.1).
const (
	Unverified       = "unverified"
	VerifiedSMSOnly  = "verified_sms_only"
	VerifiedSMSVoice = "verified_sms_voice"
	VerifyFailed     = "failed"
)

// Who answers STOP, START and HELP on a number, so that a consumer never gets two replies (spec 1.3).
const (
	PlatformAnswers = "platform"
	CarrierAnswers  = "carrier"
)

// MostSegmentsPerSecond is the highest limit a number can have.
const MostSegmentsPerSecond = 100_000

const longestLabel = 100

// Number is one of a tenant's phone numbers.
type Number struct {
	ID                id.Number
	Address           string // E.164 or a short code
	Label             string
	Account           id.Account
	Capabilities      []string
	Status            string
	Queue             id.Queue // its texts go there; 0: it feeds none
	Serves            []Serves // queues that send from it by choice
	SegmentsPerSecond float32
	OptOutResponder   string
	GlobalOutbound    bool
	CheckedAt         *time.Time // when the carrier last answered about it
	CheckError        string     // why that answer was no
	Removed           bool       // it lives on in old chats and texts alone
	MMS               bool       // the carrier takes pictures from it, as far as we know
}

// Serves is a number's place among the outbound numbers of a queue.
type Serves struct {
	Queue id.Queue
	Place int
}

// Can tells whether a number has a capability.
func (n Number) Can(capability string) bool { return slices.Contains(n.Capabilities, capability) }

// Verified tells whether the carrier has confirmed the number.
func (n Number) Verified() bool { return n.Status == VerifiedSMSOnly || n.Status == VerifiedSMSVoice }

// Numbers reads the numbers of a tenant, in the order they were added.
func Numbers(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Number, error) {
	all, err := AllNumbers(ctx, tx, tenant)
	return slices.DeleteFunc(all, func(n Number) bool { return n.Removed }), err
}

// AllNumbers reads the removed ones too, for chats and texts of the past.
func AllNumbers(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Number, error) {
	rows, err := NewQueries().ListNumbers(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read the numbers of tenant %d: %w", tenant, err)
	}
	out := make([]Number, len(rows))
	for i, r := range rows {
		out[i] = Number{
			ID: r.ID, Address: r.Address, Label: r.Label, Account: r.AccountID, Capabilities: r.Capabilities, Status: r.Status,
			SegmentsPerSecond: r.SegmentsPerSecond, OptOutResponder: r.OptOutResponder, GlobalOutbound: r.GlobalOutbound,
			CheckedAt: r.CheckedAt, CheckError: r.CheckError, Removed: r.Removed, MMS: r.Mms,
		}
		if r.QueueID != nil {
			out[i].Queue = *r.QueueID
		}
		for k, q := range r.Serves {
			out[i].Serves = append(out[i].Serves, Serves{Queue: id.Queue(q), Place: r.Places[k]})
		}
	}
	return out, nil
}

// StatusText is a number's status as people read it.
func StatusText(status string) *errs.Text {
	switch status {
	case VerifiedSMSOnly:
		return errs.Say("Verified for Only SMS Messaging")
	case VerifiedSMSVoice:
		return errs.Say("Verified for SMS Messaging and Voice")
	case VerifyFailed:
		return errs.Say("Verification failed")
	}
	return errs.Say("Not verified")
}
