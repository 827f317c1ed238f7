// Package gauge measures: a load generator, the programs that show what this machine can do at best, and the table that
// sets our own figures beside theirs. It knows nothing of the house; what is measured of it stands in cmd/sidetone/bench.
package gauge

import (
	"slices"
	"time"
)

// Run is one measurement of one path.
type Run struct {
	Rate     float64 // per second; 0 when only times were taken
	P50, P99 time.Duration
	Count    int
}

// Summary makes a run of single times. It sorts them.
func Summary(times []time.Duration, took time.Duration) Run {
	slices.Sort(times)
	r := Run{P50: Percentile(times, 50), P99: Percentile(times, 99), Count: len(times)}
	if took > 0 {
		r.Rate = float64(len(times)) / took.Seconds()
	}
	return r
}

// Percentile reads sorted times by the nearest-rank method: the smallest value that p of a hundred do not exceed.
func Percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}

// Median of an even number is the mean of the two in the middle; 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	if len(v)%2 == 1 {
		return v[mid]
	}
	return (v[mid-1] + v[mid]) / 2
}

// Series are the runs of one path, in the order of the rounds.
type Series []Run

// Rates are the runs' rates, a second.
func (s Series) Rates() []float64 { return s.column(func(r Run) float64 { return r.Rate }) }

// P50s are the medians of the runs, in seconds.
func (s Series) P50s() []float64 { return s.column(func(r Run) float64 { return r.P50.Seconds() }) }

// P99s are the 99th percentiles of the runs, in seconds.
func (s Series) P99s() []float64 { return s.column(func(r Run) float64 { return r.P99.Seconds() }) }

func (s Series) column(of func(Run) float64) []float64 {
	out := make([]float64, len(s))
	for i, r := range s {
		out[i] = of(r)
	}
	return out
}

// Ratio compares two columns round by round and takes the median: neighbours on the machine disturb both sides of a
// round alike, so this moves less than the ratio of two medians.
func Ratio(ours, theirs []float64) float64 {
	var out []float64
	for i := range min(len(ours), len(theirs)) {
		if theirs[i] > 0 {
			out = append(out, ours[i]/theirs[i])
		}
	}
	return Median(out)
}
