package carrier

import (
	"sync"
	"time"

	"sidetone/internal/id"
)

// quietWithin is how long Block waits for calls under way (DESIGN, invariant 3).
const quietWithin = 250 * time.Millisecond

// pendingFor bounds how long a block whose end was never told holds; no transaction takes that long.
const pendingFor = 10 * time.Minute

// Gate stands before every carrier call of a node, so that none starts for a consumer whose STOP is being committed. The
// claim's SQL is the law; the gate covers the texts that were claimed before the law changed.
//
// A mark has two lives. While the STOP's transaction runs it is pending: no call starts for that consumer, whenever the
// text was claimed. When the commit is known (Stopped) only claims that began before it are held back, because a later
// claim reads the list itself. Claims are numbered in the order they begin; when the last one older than a mark is done
// the mark goes. So memory is bounded by the STOPs of the last moments, and a START on another node needs no word here.
// A text that is refused goes back to the outbox, and the next claim decides.
type Gate struct {
	now func() time.Time

	mu      sync.Mutex
	turn    uint64 // numbers claims and commits in one order
	claims  map[uint64]struct{}
	marks   map[consumer]mark
	settled []consumer // marks whose commit is known, oldest first
	calls   map[consumer]*calls
}

type consumer struct {
	tenant  id.Tenant
	address string
}

type mark struct {
	pending int       // transactions under way
	since   time.Time // of the latest of them
	turn    uint64    // claims older than this are held back; 0: no commit is known
}

// calls counts calls under way to one consumer; quiet is closed when there are none.
type calls struct {
	n     int
	quiet chan struct{}
}

// NewGate makes a gate that holds nobody back.
func NewGate(now func() time.Time) *Gate {
	return &Gate{now: now, claims: map[uint64]struct{}{}, marks: map[consumer]mark{}, calls: map[consumer]*calls{}}
}

// Block keeps calls to these consumers from starting and waits, at most 250 ms for all of them, until those under way have
// ended; it tells whether they have. Call it before the transaction of STOPs commits; then Stopped, unless it surely
// failed, and Unblock in any case.
func (g *Gate) Block(tenant id.Tenant, addresses ...string) bool {
	waits := g.block(tenant, addresses)
	if len(waits) == 0 {
		return true
	}
	timeout := time.NewTimer(quietWithin)
	defer timeout.Stop()
	for _, quiet := range waits {
		select {
		case <-quiet:
		case <-timeout.C:
			return false
		}
	}
	return true
}

// block marks the consumers and returns what to wait for.
func (g *Gate) block(tenant id.Tenant, addresses []string) (waits []<-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, address := range addresses {
		who := consumer{tenant, address}
		m := g.marks[who]
		m.pending++
		m.since = g.now()
		g.marks[who] = m
		under := g.calls[who]
		if under == nil {
			continue
		}
		if under.quiet == nil {
			under.quiet = make(chan struct{})
		}
		waits = append(waits, under.quiet)
	}
	return waits
}

// Stopped says that STOPs of these consumers are committed, here or on another node (event.Stopped). It ends no block: a
// hint may come late, while the consumer's next STOP is being committed.
func (g *Gate) Stopped(tenant id.Tenant, addresses ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn++
	for _, address := range addresses {
		who := consumer{tenant, address}
		m := g.marks[who]
		if m.turn == 0 {
			g.settled = append(g.settled, who)
		}
		m.turn = g.turn
		g.marks[who] = m
	}
	g.sweep()
}

// Unblock ends a Block: the transaction is over.
func (g *Gate) Unblock(tenant id.Tenant, addresses ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, address := range addresses {
		who := consumer{tenant, address}
		m, ok := g.marks[who]
		if !ok {
			continue
		}
		m.pending = max(m.pending-1, 0)
		if m.pending == 0 && m.turn == 0 {
			delete(g.marks, who)
			continue
		}
		g.marks[who] = m
	}
}

// begin numbers a claim that is about to be sent to the database.
func (g *Gate) begin() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn++
	g.claims[g.turn] = struct{}{}
	return g.turn
}

// end says that no call of the claim will start any more.
func (g *Gate) end(claim uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.claims, claim)
	g.sweep()
}

// sweep forgets marks that no open claim is older than.
func (g *Gate) sweep() {
	if len(g.settled) == 0 {
		return
	}
	oldest := g.turn + 1
	for c := range g.claims {
		oldest = min(oldest, c)
	}
	kept := g.settled[:0]
	for _, who := range g.settled {
		m := g.marks[who]
		switch {
		case m.turn > oldest:
			kept = append(kept, who)
		case m.pending > 0:
			m.turn = 0
			g.marks[who] = m
		default:
			delete(g.marks, who)
		}
	}
	clear(g.settled[len(kept):])
	g.settled = kept
}

// enter asks whether a call to the consumer may start for a text of a claim; if so leave must follow it.
func (g *Gate) enter(tenant id.Tenant, address string, claim uint64) bool {
	who := consumer{tenant, address}
	g.mu.Lock()
	defer g.mu.Unlock()
	if m, ok := g.marks[who]; ok && (m.pending > 0 && g.now().Sub(m.since) < pendingFor || claim < m.turn) {
		return false
	}
	c := g.calls[who]
	if c == nil {
		c = &calls{}
		g.calls[who] = c
	}
	c.n++
	return true
}

func (g *Gate) leave(tenant id.Tenant, address string) {
	who := consumer{tenant, address}
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.calls[who]
	c.n--
	if c.n > 0 {
		return
	}
	if c.quiet != nil {
		close(c.quiet)
	}
	delete(g.calls, who)
}

// expire forgets blocks whose end was never told.
func (g *Gate) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for who, m := range g.marks {
		if m.turn == 0 && g.now().Sub(m.since) >= pendingFor {
			delete(g.marks, who)
		}
	}
}
