package queues

import (
	"time"

	"sidetone/internal/tenant"
)

// patience is that of chats that may wait for ever.
const patience = 30 * time.Minute

// rulesOf are a queue's rules as it has set or inherited them. A chat's patience ends when half of the time has passed
// after which it would end unanswered.
func rulesOf(s tenant.Settings) Rules {
	r := Rules{
		Mode: Mode(s.Choice(tenant.OfferMode)), Policy: Policy(s.Choice(tenant.OfferPolicy)), Attempts: s.Count(tenant.OfferAttempts),
		Timeout: s.Duration(tenant.OfferTimeout), ThenMulticast: s.On(tenant.OfferThenMulticast), AutoAnswer: s.On(tenant.AutoAnswer),
		CascadeDelay: s.Duration(tenant.CascadeDelay), Priority: s.Count(tenant.QueuePriority), Preferred: s.Duration(tenant.PreferredAgent),
		Patience: patience,
	}
	if unanswered := s.Duration(tenant.UnansweredInHours); unanswered > 0 {
		r.Patience = unanswered / 2
	}
	return r
}
