package bus

import (
	"strings"
	"sync"

	"sidetone/internal/event"
)

// subscribers are the inboxes of this process, by the subject they asked for.
type subscribers struct {
	mu        sync.RWMutex
	bySubject map[string][]*inbox
	working   sync.WaitGroup // inboxes that are calling their subscriber
}

// add reports whether the subject is new here.
func (s *subscribers) add(subject string, i *inbox) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.bySubject[subject]
	s.bySubject[subject] = append(all[:len(all):len(all)], i) // deliver reads the old slice without the lock
	return len(all) == 0
}

// remove reports whether nobody asks for the subject any more.
func (s *subscribers) remove(subject string, i *inbox) (last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rest []*inbox
	for _, other := range s.bySubject[subject] {
		if other != i {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(s.bySubject, subject)
		return true
	}
	s.bySubject[subject] = rest
	return false
}

func (s *subscribers) of(subject string) []*inbox {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bySubject[subject]
}

// family is the subject that stands for a whole kind of hint: "lane.>" for "lane.7".
func family(subject string) string {
	first, _, _ := strings.Cut(subject, ".")
	return first + ".>"
}

// house is the subject that stands for a kind of hint of one tenant: "agent.7.>" for "agent.7.12"; empty: there is none.
func house(subject string) string {
	if at := strings.LastIndexByte(subject, '.'); strings.IndexByte(subject, '.') < at {
		return subject[:at] + ".>"
	}
	return ""
}

// inbox is what waits for one subscriber. It has a goroutine only while something does, so that a thousand idle desks cost
// nothing.
type inbox struct {
	fn   func(event.Hint)
	room int

	mu      sync.Mutex
	waiting []event.Hint
	busy    bool
	stopped bool
}

// put reports whether there was room.
func (i *inbox) put(h event.Hint, working *sync.WaitGroup) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.stopped:
		return true
	case len(i.waiting) >= i.room:
		return false
	}
	i.waiting = append(i.waiting, h)
	if !i.busy {
		i.busy = true
		working.Go(i.work)
	}
	return true
}

func (i *inbox) work() {
	for {
		h, ok := i.next()
		if !ok {
			return
		}
		i.fn(h)
	}
}

func (i *inbox) next() (h event.Hint, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.stopped || len(i.waiting) == 0 {
		i.waiting, i.busy = nil, false
		return h, false
	}
	h, i.waiting = i.waiting[0], i.waiting[1:]
	return h, true
}

// stop lets no further call begin.
func (i *inbox) stop() (first bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	first, i.stopped = !i.stopped, true
	return first
}
