package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"
	"time"
)

// text is one text in the carrier's memory, in either direction.
type text struct {
	seq      int64 // over all accounts and both directions
	at       time.Time
	inbound  bool
	from, to string
	body     string
	media    []string
	segments int
	ref      int64 // the m of the status callback: the sender's own id, so that a soak can count
	status   word
	code     string
	prev     int64 // place of the consumer's text before it, -1 if none
}

// consumer is the number at the other end.
func (t *text) consumer() string {
	if t.inbound {
		return t.from
	}
	return t.to
}

// store keeps the last texts of each account. One lock covers all shelves, so that whoever has seen an id has seen
// every smaller one: "after" never skips a text.
type store struct {
	mu   sync.Mutex
	seq  int64
	keep int
	mark [8]byte // first half of every id: another run's ids are not ours
}

// shelf is the ring of one account. Places count up for ever; place p stands at p modulo the ring's size. The texts of
// one consumer are chained backwards, so that a look-up reads them alone.
type shelf struct {
	ring []text
	end  int64 // places given out
	last map[string]int64
}

func newStore(keep int) *store {
	s := &store{keep: keep}
	_, _ = rand.Read(s.mark[:]) // never fails
	return s
}

func (s *store) newShelf() *shelf { return &shelf{last: map[string]int64{}} }

// add keeps a text and returns its number and place.
func (s *store) add(sh *shelf, t text) (seq, place int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	t.seq = s.seq
	place = sh.end
	key := t.consumer()
	t.prev = -1
	if p, ok := sh.last[key]; ok {
		t.prev = p
	}
	if len(sh.ring) < s.keep {
		sh.ring = append(sh.ring, t)
	} else {
		slot := &sh.ring[place%int64(s.keep)]
		if gone := slot.consumer(); sh.last[gone] == place-int64(s.keep) && gone != key {
			delete(sh.last, gone)
		}
		*slot = t
	}
	sh.last[key] = place
	sh.end++
	return t.seq, place
}

// at returns the text of a place, nil when it is no longer kept.
func (s *store) at(sh *shelf, place int64) *text {
	if place < 0 || place >= sh.end || place < sh.end-int64(s.keep) {
		return nil
	}
	return &sh.ring[place%int64(s.keep)]
}

// move changes the status of a text, forward only.
func (s *store) move(sh *shelf, place, seq int64, to word, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.at(sh, place); t != nil && t.seq == seq && to > t.status {
		t.status, t.code = to, code
	}
}

// get returns one text by its number.
func (s *store) get(sh *shelf, seq int64) (text, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := max(sh.end-int64(s.keep), 0)
	n, found := binarySearch(sh.end-first, func(i int64) int64 { return s.at(sh, first+i).seq - seq })
	if !found {
		return text{}, false
	}
	return *s.at(sh, first+n), true
}

func binarySearch(n int64, cmp func(int64) int64) (int64, bool) {
	lo, hi := int64(0), n
	for lo < hi {
		mid := (lo + hi) / 2
		if cmp(mid) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < n && cmp(lo) == 0
}

// last returns the number of the newest text.
func (s *store) last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// between returns the texts of a shelf with after < number <= upTo that keep wants, oldest first. With a consumer only
// that consumer's are read.
func (s *store) between(sh *shelf, consumer string, after, upTo int64, keep func(*text) bool) []text {
	if consumer != "" {
		return s.chain(sh, consumer, after, upTo, keep)
	}
	const chunk = 4096 // the lock is let go in between, so that a long list does not hold the senders up
	var out []text
	s.mu.Lock()
	defer s.mu.Unlock()
	first := max(sh.end-int64(s.keep), 0)
	n, _ := binarySearch(sh.end-first, func(i int64) int64 { return s.at(sh, first+i).seq - after - 1 })
	for place := first + n; place < sh.end; place++ {
		t := s.at(sh, place)
		if t == nil {
			continue // overwritten while the lock was open
		}
		if t.seq > upTo {
			break
		}
		if keep(t) {
			out = append(out, *t)
		}
		if place%chunk == chunk-1 {
			s.mu.Unlock()
			s.mu.Lock()
		}
	}
	return out
}

func (s *store) chain(sh *shelf, consumer string, after, upTo int64, keep func(*text) bool) []text {
	s.mu.Lock()
	defer s.mu.Unlock()
	place, ok := sh.last[consumer]
	if !ok {
		return nil
	}
	var out []text
	for t := s.at(sh, place); t != nil && t.seq > after; t = s.at(sh, t.prev) {
		if t.seq <= upTo && keep(t) {
			out = append(out, *t)
		}
	}
	slices.Reverse(out)
	return out
}

// sid writes an id as the carrier does: two letters and 32 hexadecimal digits.
func (s *store) sid(t *text) string {
	letters := "SM"
	if len(t.media) > 0 {
		letters = "MM"
	}
	var b [34]byte
	copy(b[:], letters)
	hex.Encode(b[2:18], s.mark[:])
	for i, n := 33, t.seq; i >= 18; i, n = i-1, n>>4 {
		b[i] = "0123456789abcdef"[n&15]
	}
	return string(b[:])
}

// number reads an id of this run back.
func (s *store) number(sid string) (int64, bool) {
	if len(sid) != 34 || sid[:2] != "SM" && sid[:2] != "MM" || sid[2:18] != hex.EncodeToString(s.mark[:]) {
		return 0, false
	}
	n, err := strconv.ParseInt(sid[18:], 16, 64)
	return n, err == nil && n > 0
}

// word is a status in the carrier's own words; the order is that of its life.
type word uint8

const (
	queued word = iota
	sending
	sent
	failed
	undelivered
	delivered
	received
)

func (w word) String() string {
	return [...]string{"queued", "sending", "sent", "failed", "undelivered", "delivered", "received"}[w]
}
