package main

import (
	"net/http"
	"net/http/pprof"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// newRegistry is a node's own: two nodes in one process do not share metrics.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sidetone_build_info", Help: "1, labelled by the version that runs.", ConstLabels: prometheus.Labels{"version": version()},
	})
	build.Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	return r
}

// watchPool shows whether work waits for connections.
func watchPool(r prometheus.Registerer, pool *pgxpool.Pool) {
	gauge := func(name, help string, read func(*pgxpool.Stat) float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return read(pool.Stat()) }))
	}
	gauge("sidetone_db_connections", "Open connections.", func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) })
	gauge("sidetone_db_connections_in_use", "Connections in use.", func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	gauge("sidetone_db_connections_most", "Connections the pool may open.", func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	count := func(name, help string, read func(*pgxpool.Stat) float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return read(pool.Stat()) }))
	}
	count("sidetone_db_waits_total", "Times work waited for a connection.", func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) })
	count("sidetone_db_wait_seconds_total", "Time that work waited for connections.", func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() })
}

func metricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r})
}

// debugHandler is served on an address of its own, because profiles tell more than strangers should know.
func debugHandler(r *prometheus.Registry) http.Handler {
	m := http.NewServeMux()
	m.Handle("GET /metrics", metricsHandler(r))
	m.HandleFunc("GET /debug/pprof/", pprof.Index)
	m.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	m.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	m.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	m.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return m
}
