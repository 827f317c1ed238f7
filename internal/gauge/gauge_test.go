package gauge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/gauge"
)

func ms(values ...int) (out []time.Duration) {
	for _, v := range values {
		out = append(out, time.Duration(v)*time.Millisecond)
	}
	return out
}

func TestAPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	require.EqualValues(t, 50, gauge.Percentile(hundred, 50))
	require.EqualValues(t, 99, gauge.Percentile(hundred, 99))
	require.EqualValues(t, 100, gauge.Percentile(hundred, 100))
	require.Equal(t, 3*time.Millisecond, gauge.Percentile(ms(1, 2, 3), 99))
	require.Equal(t, 2*time.Millisecond, gauge.Percentile(ms(1, 2, 3), 50))
	require.Zero(t, gauge.Percentile(nil, 50))
}

func TestASummarySortsAndCounts(t *testing.T) {
	r := gauge.Summary(ms(3, 1, 2), time.Second)
	require.Equal(t, gauge.Run{Rate: 3, P50: 2 * time.Millisecond, P99: 3 * time.Millisecond, Count: 3}, r)
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	require.InDelta(t, 0.5, gauge.Ratio([]float64{50, 5, 500}, []float64{100, 10, 1000}), 1e-9, "a noisy round disturbs both sides")
	require.InDelta(t, 2.5, gauge.Median([]float64{4, 1, 2, 3}), 1e-9)
	require.Zero(t, gauge.Ratio(nil, nil))
	require.Zero(t, gauge.Ratio([]float64{1}, []float64{0}))
}

func TestTheTableSaysWhatWasMetAndWhatWasMissed(t *testing.T) {
	var table gauge.Table
	table.Add(gauge.Row{Path: "texts in", Ours: "5,000/s", Limit: "9,000/s", Figure: 0.56, Target: gauge.AtLeast(0.5)})
	table.Add(gauge.Row{Path: "p99", Ours: "50 ms", Limit: "10 ms", Figure: 5, Target: gauge.AtMost(4)})
	table.Add(gauge.Row{Path: "start-up", Ours: "300 ms"})
	require.Equal(t, 1, table.Missed())
	var out strings.Builder
	require.NoError(t, table.Write(&out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	require.Contains(t, lines[1], "≥ 0.50  met")
	require.Contains(t, lines[2], "≤ 4.00  missed")
	require.NotContains(t, lines[3], "met")
	out.Reset()
	require.NoError(t, table.Markdown(&out))
	require.Contains(t, out.String(), "| texts in | 5,000/s | 9,000/s | 0.56 | ≥ 0.50 | met |")
}

func TestFiguresReadWell(t *testing.T) {
	require.Equal(t, "12,346/s", gauge.PerSecond(12345.6))
	require.Equal(t, "940/s", gauge.PerSecond(940))
	require.Equal(t, "210 µs", gauge.Seconds(0.00021))
	require.Equal(t, "4.70 ms", gauge.Seconds(0.0047))
	require.Equal(t, "32.1 ms", gauge.Seconds(0.0321))
	require.Equal(t, "1.50 s", gauge.Seconds(1.5))
}

// target counts what it is sent and refuses bodies that say so.
func target(t *testing.T) (address string, got *atomic.Int64) {
	t.Helper()
	got = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Add(1)
		if strings.Contains(string(body), "refuse") {
			http.Error(w, "no", http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, "thank you")
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), got
}

func requests(address string, bodies ...string) *gauge.Requests {
	out := &gauge.Requests{}
	for _, b := range bodies {
		out.Add(gauge.Form(address, "/", "X-Kind: text\r\n", []byte(b)))
	}
	return out
}

func TestEachRequestIsSentOnceOverKeptConnections(t *testing.T) {
	address, got := target(t)
	reqs := requests(address, "a=1", "a=2", "a=3", "a=4", "a=5")
	run, err := gauge.Drive(t.Context(), address, 2, time.Minute, reqs)
	require.NoError(t, err)
	require.Equal(t, 5, run.Count)
	require.EqualValues(t, 5, got.Load())
	require.Positive(t, run.P50)
}

func TestARefusalEndsTheRun(t *testing.T) {
	address, _ := target(t)
	_, err := gauge.Drive(t.Context(), address, 1, time.Minute, requests(address, "a=1", "a=refuse", "a=3"))
	require.ErrorContains(t, err, "418")
}

func TestAPacedRunSendsAllAtTheirMoments(t *testing.T) {
	address, got := target(t)
	var due []time.Time
	err := gauge.Pace(t.Context(), address, 1, 1000, time.Second, requests(address, "a=1", "a=2", "a=3"), func(_ int, at time.Time) { due = append(due, at) })
	require.NoError(t, err)
	require.EqualValues(t, 3, got.Load())
	require.Equal(t, []time.Duration{time.Millisecond, time.Millisecond}, []time.Duration{due[1].Sub(due[0]), due[2].Sub(due[1])})
}
