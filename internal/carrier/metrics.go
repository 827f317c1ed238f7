package carrier

import "github.com/prometheus/client_golang/prometheus"

// Metrics of the lanes and of receipts. NewMetrics(nil) makes ones that nobody reads.
type Metrics struct {
	HandedOver *prometheus.CounterVec // by class; "sent" is an acceptance
	Claimed    prometheus.Histogram   // texts a claim
	Lag        prometheus.Histogram   // from due to the carrier's answer
	InFlight   prometheus.Gauge       // calls under way
	Lanes      prometheus.Gauge       // leased to this node
	Overtaken  prometheus.Counter     // results that found their text moved on: a receipt came first, or another node
	Receipts   *prometheus.CounterVec // by what they did
	Reconciled *prometheus.CounterVec // by what the carrier said
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		HandedOver: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_carrier_texts_total", Help: "Texts handed to a carrier, by class of answer.",
		}, []string{"class"}),
		Claimed: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sidetone_carrier_claim_texts", Help: "Texts taken by one claim.", Buckets: []float64{1, 5, 20, 50, 100, 200},
		}),
		Lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sidetone_carrier_lag_seconds", Help: "From due to the carrier's answer.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 5, 15, 60, 300, 600},
		}),
		InFlight:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "sidetone_carrier_in_flight", Help: "Carrier calls under way."}),
		Lanes:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "sidetone_carrier_lanes", Help: "Lanes leased to this node."}),
		Overtaken: prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_carrier_overtaken_total", Help: "Results whose text had moved on."}),
		Receipts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_carrier_receipts_total", Help: "Receipts by what they did: moved, kept, unknown.",
		}, []string{"effect"}),
		Reconciled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_carrier_reconciled_total", Help: "Uncertain texts by outcome: found, absent, parked.",
		}, []string{"outcome"}),
	}
	if reg != nil {
		reg.MustRegister(m.HandedOver, m.Claimed, m.Lag, m.InFlight, m.Lanes, m.Overtaken, m.Receipts, m.Reconciled)
	}
	return m
}
