// Package wire is the vocabulary that the carrier adapters and the outbox share: a text that comes in, a text that
// goes out, a receipt, and what a carrier's refusal means. It owns words and pure rules only; it knows no database,
// no network and no clock.
package wire

import "time"

// Inbound is a consumer's text as any carrier hands it over (spec 1.2 step 1).
type Inbound struct {
	ProviderID  string // the carrier's id; (account, ProviderID) is the dedupe key
	From, To    string
	Text        string
	Media       []Media
	At          time.Time
	OptOutType  string // STOP, START or HELP when the carrier itself has already answered
	NumSegments int
}

// Media is one part of an MMS as the carrier offers it.
type Media struct {
	URL         string
	ContentType string // as declared; the bytes are sniffed before anything is believed (spec 1.6)
}

// Receipt is what the carrier says became of a text that it was given.
type Receipt struct {
	ProviderID string
	MessageRef int64 // our message id, carried in the callback address; 0 when it is absent
	Status     Status
	ErrorCode  string // the carrier's code, empty when all is well
	At         time.Time
}

// Outbound is a text to hand to a carrier.
type Outbound struct {
	Ref       int64 // our message id: it comes back in receipts, so a lost answer is not a lost text
	From, To  string
	Text      string
	MediaURLs []string
	ValidFor  time.Duration // time left until expiry (spec 1.6); 0 leaves the carrier's default
}

// Accepted is the carrier's answer to a text that it took.
type Accepted struct {
	ProviderID string
	Status     Status
	Segments   int // as the carrier counts; 0 when it does not say
}
