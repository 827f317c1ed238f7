package carrier

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

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

// Number is one of a tenant's phone numbers.
type Number struct {
	ID                id.Number
	Address           string // E.164 or a short code
	Label             string
	Account           id.Account
	Capabilities      []string
	Status            string
	Queue             id.Queue // 0: it feeds none
	SegmentsPerSecond float32
	OptOutResponder   string
	GlobalOutbound    bool
}

// Can tells whether a number has a capability.
func (n Number) Can(capability string) bool { return slices.Contains(n.Capabilities, capability) }

// Verified tells whether the carrier has confirmed the number.
func (n Number) Verified() bool { return n.Status == VerifiedSMSOnly || n.Status == VerifiedSMSVoice }

// Numbers reads all numbers of a tenant, in the order they were added.
func Numbers(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Number, error) {
	rows, err := NewQueries().ListNumbers(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read the numbers of tenant %d: %w", tenant, err)
	}
	out := make([]Number, len(rows))
	for i, r := range rows {
		out[i] = Number{
			ID: r.ID, Address: r.Address, Label: r.Label, Account: r.AccountID, Capabilities: r.Capabilities, Status: r.Status,
			SegmentsPerSecond: r.SegmentsPerSecond, OptOutResponder: r.OptOutResponder, GlobalOutbound: r.GlobalOutbound,
		}
		if r.QueueID != nil {
			out[i].Queue = *r.QueueID
		}
	}
	return out, nil
}
