package chat

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of chats. Nil counts nothing.
type Metrics struct {
	answered *prometheus.HistogramVec
}

// NewMetrics registers them; reg may be nil.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{answered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "sidetone_agent_response_seconds", Help: "How long consumers waited for their agent's answer where a response target is set, and whether past it.",
		Buckets: []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600},
	}, []string{"late"})}
	if reg != nil {
		reg.MustRegister(m.answered)
	}
	return m
}

// note counts an answer, and logs one that came late.
func (s *Service) note(w *work) {
	for _, a := range w.answers {
		if s.Metrics != nil {
			s.Metrics.answered.WithLabelValues(strconv.FormatBool(a.Late())).Observe(a.Waited.Seconds())
		}
		if a.Late() {
			s.Log.Info("answered late", "tenant", w.tenant, "chat", a.chat, "agent", a.Agent, "waited", a.Waited, "target", a.Target)
		}
	}
}
