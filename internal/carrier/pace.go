package carrier

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer keeps a number's own limit in segments a second (spec 1.6; no rate limit is passed, invariant 10). A text may
// start when one segment is free; what it has more goes into debt, so a long text waits no longer before its call than a
// short one and the next one pays. The bucket holds a tenth of a second, so a window of a second is over by that at most.
type pacer struct {
	mu    sync.Mutex
	limit *rate.Limiter
	full  float64 // the number's limit
	share float64 // of it while the carrier asks us to slow down
}

func newPacer(perSecond float64) *pacer {
	p := &pacer{limit: rate.NewLimiter(rate.Limit(perSecond), burst(perSecond)), full: perSecond, share: 1}
	return p
}

func burst(perSecond float64) int { return max(int(perSecond/10), 1) }

// set takes a changed limit over.
func (p *pacer) set(perSecond float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if perSecond == p.full || perSecond <= 0 {
		return
	}
	p.full = perSecond
	p.apply()
}

// slower halves the rate after the carrier throttled us; faster gives a tenth of it back.
func (p *pacer) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.share = max(p.share/2, 0.05)
	p.apply()
}

func (p *pacer) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.share < 1 {
		p.share = min(p.share+0.1, 1)
		p.apply()
	}
}

func (p *pacer) apply() {
	r := p.full * p.share
	p.limit.SetLimit(rate.Limit(r))
	p.limit.SetBurst(burst(r))
}

// rate is the present limit and what is free now; negative while a debt is paid.
func (p *pacer) rate(now time.Time) (perSecond, free float64) {
	return float64(p.limit.Limit()), p.limit.TokensAt(now)
}

// take reserves a text's segments and tells how long its call must wait; it takes nothing if that is longer than most.
func (p *pacer) take(now time.Time, segments int, most time.Duration) (time.Duration, bool) {
	first := p.limit.ReserveN(now, 1)
	wait := first.DelayFrom(now)
	if !first.OK() || wait > most {
		first.CancelAt(now)
		return 0, false
	}
	for left, b := segments-1, p.limit.Burst(); left > 0; left -= b {
		p.limit.ReserveN(now, min(left, b))
	}
	return wait, true
}

// claimWindow is how much work a lane takes ahead: what it can send in this time (DESIGN, the way out).
const claimWindow = 250 * time.Millisecond

// budget is how many segments a lane should claim now. limit and free are the pacer's; carrier is how many texts a
// second the carrier takes at the present latency; waiting is what was claimed and has not started, paced what has its turn and
// waits for it (free knows of it). wait is when to ask again if it is zero. It is pure.
func budget(limit, free, carrier float64, waiting, paced, most int) (claim int, wait time.Duration) {
	window := claimWindow.Seconds()
	rate := min(limit, carrier)
	ahead := min(rate*window, float64(2*most))
	room := min(max(ahead, 1)-float64(waiting), free+limit*window-float64(waiting), float64(most))
	enough := max(min(ahead, float64(most))/2, 1) // not a trip to the database for every text
	if room >= enough || waiting+paced == 0 && room >= 1 {
		return int(room), 0
	}
	return 0, time.Duration(math.Ceil((enough-room)/rate*1e6)) * time.Microsecond
}
