package api

import "time"

// When reads a moment as filters do.
func When(name, text string) (time.Time, error) {
	at, _, err := when(name, text)
	return at, err
}
