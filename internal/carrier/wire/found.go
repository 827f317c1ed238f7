package wire

import "time"

// Found is a text that a carrier has on its books: the answer to "what became of it?" (reference F3).
type Found struct {
	ProviderID string
	Body       string
	Status     Status
	ErrorCode  string
	CreatedAt  time.Time // to the second, as carriers keep it
}
