package simulator

import (
	"sync"
	"time"
)

// longestHeld is how long the text of a handset that sends out of order waits for the one that is to overtake it.
const longestHeld = 3 * time.Second

// turns swaps the texts of handsets that send out of order: the first waits until the second has been handed over, the third
// for the fourth.
type turns struct {
	longest time.Duration
	mu      sync.Mutex
	held    map[[2]string]chan struct{} // by handset and number: closed when the text may go
}

func newTurns() *turns { return &turns{longest: longestHeld, held: map[[2]string]chan struct{}{}} }

// take is asked before a text is seen anywhere. before returns when it is the text's turn, at the latest when its time is up or the
// carrier stops; after is called when it has been handed over.
func (o *turns) take(from, to string, done <-chan struct{}) (before, after func()) {
	pair := [2]string{from, to}
	o.mu.Lock()
	defer o.mu.Unlock()
	if first, waits := o.held[pair]; waits {
		delete(o.held, pair)
		return func() {}, func() { close(first) }
	}
	mine := make(chan struct{})
	o.held[pair] = mine
	return func() { o.wait(pair, mine, done) }, func() {}
}

func (o *turns) wait(pair [2]string, mine chan struct{}, done <-chan struct{}) {
	late := time.NewTimer(o.longest)
	defer late.Stop()
	select {
	case <-mine:
		return
	case <-late.C:
	case <-done:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held[pair] == mine {
		delete(o.held, pair)
	}
}
