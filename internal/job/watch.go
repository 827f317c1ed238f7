package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// watch counts and times each try, by kind.
type watch struct {
	river.MiddlewareDefaults
	tries   *prometheus.CounterVec
	took    *prometheus.HistogramVec
	running *prometheus.GaugeVec
}

func newWatch(reg prometheus.Registerer) (*watch, error) {
	w := &watch{
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_jobs_total", Help: "Tries of jobs by kind and how they ended: done, failed (tried again), given_up, later, panic.",
		}, []string{"kind", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sidetone_job_seconds", Help: "How long a try took, by kind.", Buckets: []float64{.005, .025, .1, .5, 1, 5, 15, 30, 60},
		}, []string{"kind"}),
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sidetone_jobs_running", Help: "Jobs under way on this node, by kind.",
		}, []string{"kind"}),
	}
	if reg == nil {
		return w, nil
	}
	if err := errors.Join(reg.Register(w.tries), reg.Register(w.took), reg.Register(w.running)); err != nil {
		return nil, fmt.Errorf("register the metrics of jobs: %w", err)
	}
	return w, nil
}

// Work stands around a try. River catches a panic above us, so it is only counted here.
func (w *watch) Work(ctx context.Context, j *rivertype.JobRow, do func(context.Context) error) (err error) {
	began, ended := time.Now(), "panic"
	running := w.running.WithLabelValues(j.Kind)
	running.Inc()
	defer func() {
		running.Dec()
		w.took.WithLabelValues(j.Kind).Observe(time.Since(began).Seconds())
		w.tries.WithLabelValues(j.Kind, ended).Inc()
	}()
	err = do(ctx)
	ended = result(err)
	return err
}
