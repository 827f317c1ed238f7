package smsapi

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/id"
)

// drill is a tenant with an endless backlog: texts are released, called by lanes and settled, in virtual time. What a node knows between
// two looks is the pace alone, so that every look may be another node's.
type drill struct {
	limit limit
	pace  pace
	clock time.Time
	last  id.Message
	under map[id.Message]time.Time // when the call of a released text begins; the row is settled a moment later
	calls []time.Time
}

func newDrill(most int) *drill {
	return &drill{
		limit: limit{most, time.Minute}, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), under: map[id.Message]time.Time{},
	}
}

// look is one step of a releaser; lane is how long a released text takes to its call, answer what the carrier takes.
func (d *drill) look(lane, answer time.Duration) (again time.Time) {
	var flights []flight
	for _, m := range d.pace.flying {
		f := flight{id: m, state: flightWaits}
		switch began := d.under[m]; {
		case !d.clock.Before(began.Add(answer)):
			f.state, f.gone = flightGone, began
		case !d.clock.Before(began):
			f.state = flightCalled
		}
		flights = append(flights, f)
	}
	d.pace.settle(flights, d.limit)
	n, again := d.pace.free(d.clock, d.limit)
	var texts []id.Message
	for range n {
		d.last++
		texts = append(texts, d.last)
		began := d.clock.Add(lane)
		d.under[d.last], d.calls = began, append(d.calls, began)
	}
	d.pace.release(d.clock, texts, 1, d.limit)
	if n > 0 {
		again = d.pace.from(d.clock, d.limit)
	}
	return again
}

// windows are the smallest and the largest number of calls in any minute that lies wholly between two times.
func (d *drill) windows(from, to time.Time) (least, most int) {
	slices.SortFunc(d.calls, time.Time.Compare)
	least = 1 << 30
	count := func(start time.Time) int {
		i, _ := slices.BinarySearchFunc(d.calls, start, time.Time.Compare)
		j, _ := slices.BinarySearchFunc(d.calls, start.Add(time.Minute), time.Time.Compare)
		return j - i
	}
	for _, c := range d.calls {
		most = max(most, count(c))
		for _, start := range []time.Time{c, c.Add(1), c.Add(-time.Minute), c.Add(1 - time.Minute)} {
			if !start.Before(from) && !start.Add(time.Minute).After(to) {
				least = min(least, count(start))
			}
		}
	}
	return least, most
}

func TestNoMinutePassesTheLimitAndNoneFallsBelowWhatIsPromised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrill(300)
		begin := d.clock
		slowest := rapid.SampledFrom([]int{1, 20, 200}).Draw(t, "lane ms")
		for end := begin.Add(4 * time.Minute); d.clock.Before(end); {
			lane := time.Duration(rapid.IntRange(0, slowest).Draw(t, "lane")) * time.Millisecond
			again := d.look(lane, time.Duration(rapid.IntRange(0, 100).Draw(t, "answer"))*time.Millisecond)
			late := time.Duration(rapid.IntRange(1, 40).Draw(t, "late")) * time.Millisecond // a look comes a little late, or twice
			d.clock = slices.MaxFunc([]time.Time{again, d.clock}, time.Time.Compare).Add(late)
		}
		least, most := d.windows(begin, d.clock)
		require.LessOrEqual(t, most, 300)
		require.GreaterOrEqual(t, least, 295)
	})
}

func TestNoTroubleOfNodesAndCarriersPassesTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrill(rapid.IntRange(1, 400).Draw(t, "limit"))
		for end := d.clock.Add(5 * time.Minute); d.clock.Before(end); {
			lane := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 0, 20 * time.Millisecond, 700 * time.Millisecond, 30 * time.Second}).Draw(t, "lane")
			answer := rapid.SampledFrom([]time.Duration{0, 20 * time.Millisecond, 50 * time.Millisecond, 10 * time.Second}).Draw(t, "answer")
			again := d.look(lane, answer)
			if rapid.IntRange(0, 400).Draw(t, "down") == 0 {
				again = again.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "away")) * time.Second)
			}
			d.clock = slices.MaxFunc([]time.Time{again, d.clock.Add(time.Millisecond)}, time.Time.Compare)
		}
		_, most := d.windows(d.clock, d.clock)
		require.LessOrEqual(t, most, d.limit.most)
	})
}

func TestALimitCountsInAnySize(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 2, 7, 60, 299, 300, 301, 3000, 100_000} {
		d := newDrill(most)
		begin := d.clock
		for end := begin.Add(130 * time.Second); d.clock.Before(end); {
			again := d.look(time.Millisecond, 20*time.Millisecond)
			d.clock = slices.MaxFunc([]time.Time{again, d.clock.Add(time.Millisecond)}, time.Time.Compare)
		}
		least, got := d.windows(begin, d.clock)
		require.LessOrEqual(t, got, most)
		require.GreaterOrEqual(t, least, most*295/300-1, "limit %d", most)
	}
}

func TestCallsTakeTurnsATextEach(t *testing.T) {
	t.Parallel()
	at := func(call int64, number id.Number, threads ...id.Thread) line {
		l := line{call: call, number: number}
		for i, th := range threads {
			m := id.Message(call*100 + int64(i))
			l.texts = append(l.texts, waiting{m, m, th})
		}
		return l
	}
	for name, c := range map[string]struct {
		lines []line
		room  map[id.Number]int
		n     int
		want  []id.Message
		turn  int64
	}{
		"a text each":              {[]line{at(1, 1, 11, 12, 13), at(2, 1, 21), at(3, 1, 31)}, map[id.Number]int{1: 9}, 4, []id.Message{100, 200, 300, 101}, 1},
		"no more than is free":     {[]line{at(1, 1, 11, 12), at(2, 1, 21)}, map[id.Number]int{1: 9}, 1, []id.Message{100}, 1},
		"a busy number waits":      {[]line{at(1, 1, 11, 12), at(2, 2, 21, 22)}, map[id.Number]int{1: 1, 2: 5}, 9, []id.Message{100, 200, 201}, 2},
		"one text a pair":          {[]line{at(1, 1, 11, 11, 12)}, map[id.Number]int{1: 9}, 9, []id.Message{100, 102}, 1},
		"a pair of two calls":      {[]line{at(1, 1, 11), at(2, 1, 11, 12)}, map[id.Number]int{1: 9}, 9, []id.Message{100, 201}, 2},
		"nothing where no room is": {[]line{at(1, 1, 11)}, map[id.Number]int{2: 9}, 9, nil, 0},
	} {
		texts, turn := choose(c.lines, c.room, c.n)
		require.Equal(t, c.want, texts, name)
		require.Equal(t, c.turn, turn, name)
	}
	texts, _ := choose([]line{{call: 9, number: 1, texts: []waiting{{id: 900, first: 5, thread: 1}}}}, map[id.Number]int{1: 1}, 1)
	require.Equal(t, []id.Message{5}, texts, "the pair's earlier text goes in its place")
}

func TestANumberGetsWhatItsLaneCanSendSoon(t *testing.T) {
	t.Parallel()
	l := limit{300, time.Minute}
	flights := []flight{{number: 1, state: flightWaits}, {number: 2, state: flightCalled}, {number: 2, state: flightLater}, {number: 9, state: flightWaits}}
	got := room(map[id.Number]float64{1: 0.1, 2: 1, 3: 100}, flights, l)
	require.Equal(t, fmt.Sprint(map[id.Number]int{2: 1, 3: 3}), fmt.Sprint(got))
}
