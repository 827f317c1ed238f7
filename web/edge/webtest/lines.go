package webtest

import (
	"strings"
	"sync"
)

// Lines keeps what was logged.
type Lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write takes a line.
func (l *Lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is all of it.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
