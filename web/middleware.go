package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/internal/carrier/media"
	"sidetone/internal/errs"
	"sidetone/web/edge"
)

// watch sees every request through: it catches panics, counts and logs.
type watch struct {
	log      *slog.Logger
	refusals edge.Refusals
	answers  *prometheus.CounterVec
	took     *prometheus.HistogramVec
	panics   prometheus.Counter
}

func newWatch(log *slog.Logger, refusals edge.Refusals, reg prometheus.Registerer) (*watch, error) {
	w := &watch{
		log: log, refusals: refusals,
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_http_requests_total", Help: "HTTP requests by door and status.",
		}, []string{"door", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sidetone_http_request_seconds", Help: "From a request's arrival to its answer, by door.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 15},
		}, []string{"door"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sidetone_http_panics_total", Help: "Requests that ended in a panic.",
		}),
	}
	if err := errors.Join(reg.Register(w.answers), reg.Register(w.took), reg.Register(w.panics)); err != nil {
		return nil, fmt.Errorf("register the metrics of HTTP: %w", err)
	}
	return w, nil
}

func (o *watch) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			if cause := recover(); cause != nil {
				o.caught(seen, r, cause)
			}
			o.note(r, seen, time.Since(began))
		}()
		next.ServeHTTP(seen, r)
	})
}

// caught answers for a request that panicked; the process and its other requests go on.
func (o *watch) caught(w middleware.WrapResponseWriter, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(cause)
	}
	o.panics.Inc()
	o.log.ErrorContext(r.Context(), "panic", "method", r.Method, "path", edge.Path(r), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if w.Status() == 0 {
		edge.Answer(w, r, http.StatusInternalServerError, edge.Refusal{
			Message: edge.Say(r.Context(), edge.Shown(nil)), Code: string(errs.Internal),
		})
	}
}

func (o *watch) note(r *http.Request, w middleware.WrapResponseWriter, took time.Duration) {
	status := w.Status()
	switch {
	case status == 0 && r.Header.Get("Upgrade") != "":
		status = http.StatusSwitchingProtocols // hijacked: the socket logs its own life
	case status == 0:
		status = http.StatusOK
	}
	at := door(r.URL.Path)
	o.answers.WithLabelValues(at, strconv.Itoa(status)).Inc()
	o.took.WithLabelValues(at).Observe(took.Seconds())
	level := slog.LevelDebug // what goes well is counted; lines of it would cost more than the work
	if status >= http.StatusBadRequest {
		level = slog.LevelInfo
	}
	if !o.log.Enabled(r.Context(), level) {
		return
	}
	o.log.Log(r.Context(), level, "request", "method", r.Method, "path", edge.Path(r), "status", status, "bytes", w.BytesWritten(),
		"took", took.Round(time.Microsecond), "from", r.RemoteAddr)
}

// door names the part of the edge that a path belongs to; there are few, because each is a time series.
func door(p string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	switch first {
	case "apps":
		return "public"
	case "hooks", "ws", "api", "sim", "media", "healthz", "readyz", "metrics":
		return first
	}
	return "app"
}

// speak lets the doors of people answer in their language; those of programs speak English.
func speak(next http.Handler) http.Handler {
	people := edge.Speak(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch door(r.URL.Path) {
		case "api", "sim":
			people.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// protect sets what browsers are told about every answer (reference E1); pages have a policy of their own.
func protect(secure bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			if secure {
				h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// bodyTime is how long a client may take to send a body.
const bodyTime = 30 * time.Second

// handsetText is what the demo's phones may send at once: a file of 5 MB in base64, and the simulated carrier's own limit.
const handsetText = 8 << 20

// most is how large a body may be: 1 MiB, but for files from agents and from the demo's phones.
func most(r *http.Request) (bytes int64, words string) {
	switch {
	case r.Method != http.MethodPost:
	case r.URL.Path == "/api/console/media":
		return media.MaxBytes, "5 MB"
	case r.URL.Path == "/sim/texts":
		return handsetText, "8 MiB"
	}
	return edge.MaxBody, "1 MiB"
}

// bound limits bodies in size (spec 2.1) and in time.
func bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		limit, words := most(r)
		if r.ContentLength > limit && door(r.URL.Path) != "hooks" { // hooks look at their key first
			w.Header().Set("Connection", "close")
			edge.Answer(w, r, http.StatusRequestEntityTooLarge, edge.Refusal{
				Message: edge.Say(r.Context(), errs.Say("The body is larger than %s", words)), Code: string(errs.TooLarge),
			})
			return
		}
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // not every writer has one; then there is no limit
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}
