// Package carrier owns a tenant's phone numbers and everything between a saved text and its last receipt: consent, the
// outbox and its lanes, receipts, and reconciliation with the carrier after a crash (spec 1.3, 1.6; DESIGN, the way out).
//
// It does not decide what is said to whom: chats, campaigns and rules queue texts, and read what became of them. The
// adapters that speak to a carrier are its folders; they know none of it.
package carrier
