package smsapi

import (
	"slices"
	"time"

	"sidetone/internal/id"
)

// limit is how many session-less texts a tenant may send in any span of time, over all its numbers (spec 2.3).
type limit struct {
	most int
	span time.Duration // a minute; tests take less
}

// gap is the time between two texts when the limit is used evenly. An even flow is what keeps every rolling minute near the limit: what
// goes at once in one minute is missing in the next.
func (l limit) gap() time.Duration { return l.span / time.Duration(l.most) }

// grain is how exactly the times of texts are kept, slack how late a release may come and still be made up for.
func (l limit) grain() time.Duration { return l.span / 600 }
func (l limit) slack() time.Duration { return l.span / 240 }

// again is when to look again while nothing can go for a reason that has no time.
func (l limit) again() time.Duration { return l.span / 300 }

// mostAtOnce bounds the releases of one step.
const mostAtOnce = 50

// pace is what is known of a tenant's texts that are on their way or went in the last span. It is saved with each release, so that
// whoever releases next knows as much. No clock, no database: the same pace, facts and time always give the same answer.
type pace struct {
	next   time.Time    // no release before
	turn   int64        // the call that was served last
	flying []id.Message // released, and not yet seen gone
	past   []moment     // oldest first
}

// moment is a grain of time in which texts went: it ends (at+1) grains after 1970.
type moment struct {
	at int64
	n  int
}

// flight is what became of a released text.
type flight struct {
	id     id.Message
	number id.Number
	thread id.Thread
	state  flightState
	gone   time.Time // of flightGone: when its call began at the latest
}

type flightState int

const (
	flightWaits  flightState = iota // for the lane of its number
	flightLater                     // for its next try
	flightCalled                    // with the carrier, answer unknown
	flightGone                      // its call began in the past
	flightOff                       // no call was made and none will be
)

// settle takes in what became of the texts that were flying. A text counts from its release until a span after its call began, so in
// no span more calls begin than the limit says, however long lanes and carriers took.
func (p *pace) settle(flights []flight, l limit) {
	over := make(map[id.Message]bool, len(flights))
	for _, f := range flights {
		switch f.state {
		case flightGone:
			p.went(f.gone, l)
			over[f.id] = true
		case flightOff:
			over[f.id] = true
		}
	}
	known := make(map[id.Message]bool, len(flights))
	for _, f := range flights {
		known[f.id] = true
	}
	p.flying = slices.DeleteFunc(p.flying, func(m id.Message) bool { return over[m] || !known[m] }) // what is not there was erased
}

func (p *pace) went(at time.Time, l limit) {
	grain := at.UnixNano() / int64(l.grain())
	i, found := slices.BinarySearchFunc(p.past, grain, func(m moment, at int64) int { return int(m.at - at) })
	if found {
		p.past[i].n++
		return
	}
	p.past = slices.Insert(p.past, i, moment{grain, 1})
}

// end is when a moment's texts count no longer.
func (m moment) end(l limit) time.Time { return time.Unix(0, (m.at+1)*int64(l.grain())).Add(l.span) }

// free is how many texts may be released now, and when it is worth asking again if there are none.
func (p *pace) free(now time.Time, l limit) (n int, again time.Time) {
	p.past = slices.DeleteFunc(p.past, func(m moment) bool { return !m.end(l).After(now) })
	slots := l.most - len(p.flying)
	for _, m := range p.past {
		slots -= m.n
	}
	if slots <= 0 {
		again = now.Add(l.again())
		if len(p.past) > 0 && p.past[0].end(l).Before(again) {
			again = p.past[0].end(l)
		}
		return 0, again
	}
	from := p.from(now, l)
	if now.Before(from) {
		return 0, from
	}
	return min(1+int(now.Sub(from)/l.gap()), slots, mostAtOnce), time.Time{}
}

// from is when the next text is due. A clock that was set back holds nothing up for longer than a gap.
func (p *pace) from(now time.Time, l limit) time.Time {
	switch earliest := now.Add(-l.slack()); {
	case p.next.Before(earliest):
		return earliest
	case p.next.After(now.Add(l.gap())):
		return now.Add(l.gap())
	}
	return p.next
}

// release notes that texts are given to their lanes now.
func (p *pace) release(now time.Time, texts []id.Message, turn int64, l limit) {
	if len(texts) == 0 {
		return
	}
	p.next = p.from(now, l).Add(time.Duration(len(texts)) * l.gap())
	p.flying, p.turn = append(p.flying, texts...), turn
}

// room is how many texts each number may be given beside those that wait in its lane already: enough that the lane never runs dry
// between two looks, and no more, because what waits in a lane is taken from the other numbers.
func room(perSecond map[id.Number]float64, flights []flight, l limit) map[id.Number]int {
	out := make(map[id.Number]int, len(perSecond))
	for n, rate := range perSecond {
		out[n] = 1 + int(min(rate, float64(l.most)/l.span.Seconds())/2)
	}
	for _, f := range flights {
		if _, ours := out[f.number]; ours && f.state == flightWaits {
			out[f.number]--
		}
	}
	for n, left := range out {
		if left <= 0 {
			delete(out, n)
		}
	}
	return out
}

// line is a call with the next of its texts.
type line struct {
	call   int64
	number id.Number
	texts  []waiting
}

// waiting is a text that is held; first is the earliest that is held for the same pair, perhaps itself.
type waiting struct {
	id, first id.Message
	thread    id.Thread
}

// choose lets calls take turns, a text each, as long as there is room on their number, one text a pair at a time. turn is the call that
// came last.
func choose(lines []line, room map[id.Number]int, n int) (texts []id.Message, turn int64) {
	given := map[id.Thread]bool{}
	for progress := true; progress; {
		progress = false
		for i := range lines {
			c := &lines[i]
			for len(c.texts) > 0 && given[c.texts[0].thread] {
				c.texts = c.texts[1:]
			}
			if len(texts) >= n || len(c.texts) == 0 || room[c.number] <= 0 {
				continue
			}
			t := c.texts[0]
			texts, turn = append(texts, t.first), c.call
			given[t.thread], progress = true, true
			room[c.number]--
			c.texts = c.texts[1:]
		}
	}
	return texts, turn
}
