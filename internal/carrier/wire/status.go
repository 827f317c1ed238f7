package wire

// Status is the delivery state of an outbound text (spec 1.6).
type Status string

// The delivery states.
const (
	Queued      Status = "queued"
	Sending     Status = "sending"
	Sent        Status = "sent"
	Expired     Status = "expired"
	Cancelled   Status = "cancelled"
	Failed      Status = "failed"
	Undelivered Status = "undelivered"
	Delivered   Status = "delivered"
)

// Statuses lists every state in the order of Rank.
func Statuses() []Status {
	return []Status{Queued, Sending, Sent, Expired, Cancelled, Failed, Undelivered, Delivered}
}

// Rank orders the states totally, from 1; an unknown word is 0. Because no two states share a rank, "take the higher"
// gives the same end whatever the order and the number of the receipts: a state never goes back (spec 1.6).
// Delivered outranks every failure: a handset that has the text is the stronger evidence.
func (s Status) Rank() int {
	switch s {
	case Queued:
		return 1
	case Sending:
		return 2
	case Sent:
		return 3
	case Expired:
		return 4
	case Cancelled:
		return 5
	case Failed:
		return 6
	case Undelivered:
		return 7
	case Delivered:
		return 8
	}
	return 0
}

// Final tells whether the text's way is over: nothing is owed to it any more, though a higher receipt may still come.
func (s Status) Final() bool { return s.Rank() > Sent.Rank() }

// Forward returns the state after a receipt: the higher of the two.
func Forward(have, got Status) Status {
	if got.Rank() > have.Rank() {
		return got
	}
	return have
}

// FromTwilio maps a word of Twilio's (and of the carriers that speak its dialect) for an outbound text. Everything
// between acceptance and the network means "handed over", which is Sent here. It reports false for a word that no
// outbound text has.
func FromTwilio(word string) (Status, bool) {
	switch word {
	case "accepted", "scheduled", "queued", "sending", "sent", "partially_delivered":
		return Sent, true
	case "delivered", "read":
		return Delivered, true
	case "undelivered":
		return Undelivered, true
	case "failed":
		return Failed, true
	case "canceled", "cancelled":
		return Cancelled, true
	}
	return "", false
}
