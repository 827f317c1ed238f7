package tenant

import (
	"container/list"
	"sync"
	"time"
)

// throttle slows down guessing without ever locking an account (reference E2). It keeps the latest keys only, so its memory
// is bounded; what it forgets begins again without a delay.
type throttle struct {
	mu      sync.Mutex
	entries map[string]*list.Element
	recent  *list.List // of *tries, the latest first
	max     int
}

type tries struct {
	key    string
	failed int
	last   time.Time
	free   time.Time // when the next one may go, of queue
}

const (
	triesForgotten = 15 * time.Minute
	freeTries      = 3 // a typo costs nothing
	firstDelay     = 250 * time.Millisecond
)

func newThrottle(size int) *throttle {
	return &throttle{entries: map[string]*list.Element{}, recent: list.New(), max: size}
}

// delay doubles with each failure after the free ones.
func delay(failed int, longest time.Duration) time.Duration {
	if failed <= freeTries {
		return 0
	}
	d := firstDelay << min(failed-freeTries-1, 20)
	return min(d, longest)
}

// queue gives each attempt of a key a turn of its own, so that attempts made at once gain nothing. ok is false when the
// turn is further off than longest; then nothing was counted.
func (t *throttle) queue(key string, now time.Time, longest time.Duration) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(key, now)
	wait = max(e.free.Sub(now), 0)
	if wait > longest {
		return wait, false
	}
	e.failed++ // until it succeeds
	e.last = now
	e.free = now.Add(wait + delay(e.failed, longest))
	return wait, true
}

// slow delays every attempt of a key alike and refuses none: many places that guess at one account slow it down but can't
// keep its owner out.
func (t *throttle) slow(key string, now time.Time, longest time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(key, now)
	wait := delay(e.failed, longest)
	e.failed++
	e.last = now
	return wait
}

// strike counts a failure of a key, and struck how many there were since it was left alone for triesForgotten.
func (t *throttle) strike(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entry(key, now)
	e.failed++
	e.last = now
}

func (t *throttle) struck(key string, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.entry(key, now).failed
}

// succeeded forgets the failures of keys.
func (t *throttle) succeeded(keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		if el, ok := t.entries[key]; ok {
			t.recent.Remove(el)
			delete(t.entries, key)
		}
	}
}

func (t *throttle) entry(key string, now time.Time) *tries {
	if el, ok := t.entries[key]; ok {
		t.recent.MoveToFront(el)
		e := el.Value.(*tries)
		if now.Sub(e.last) > triesForgotten {
			*e = tries{key: key}
		}
		return e
	}
	if t.recent.Len() >= t.max {
		oldest := t.recent.Back()
		delete(t.entries, oldest.Value.(*tries).key)
		t.recent.Remove(oldest)
	}
	e := &tries{key: key}
	t.entries[key] = t.recent.PushFront(e)
	return e
}
