package chat

import (
	"sync"

	"sidetone/internal/id"
)

// knownMost bounds what a node remembers of pairs: about 10 MiB.
const knownMost = 1 << 16

// known are pairs that have a thread, so that a text of theirs need not look whether to make one. It may forget at any time;
// what it says of a pair that has been erased since is noticed when the pair is read.
type known struct {
	mu       sync.Mutex
	now, old map[knownKey]struct{} // the old ones are dropped together
}

type knownKey struct {
	tenant id.Tenant
	pairKey
}

// all says whether every pair is known.
func (k *known) all(t id.Tenant, pairs []pairKey) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range pairs {
		key := knownKey{t, p}
		if _, ok := k.now[key]; ok {
			continue
		}
		if _, ok := k.old[key]; !ok {
			return false
		}
		k.put(key)
	}
	return true
}

func (k *known) add(t id.Tenant, pairs []pairKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range pairs {
		k.put(knownKey{t, p})
	}
}

func (k *known) put(key knownKey) {
	if k.now == nil || len(k.now) >= knownMost/2 {
		k.now, k.old = make(map[knownKey]struct{}), k.now
	}
	k.now[key] = struct{}{}
}

// forget drops pairs that were not there.
func (k *known) forget(t id.Tenant, pairs []pairKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range pairs {
		delete(k.now, knownKey{t, p})
		delete(k.old, knownKey{t, p})
	}
}
