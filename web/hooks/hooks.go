// Package hooks takes what carriers tell us: POST /hooks/twilio/{account_key}/messages and /status (spec 1.2 and 1.6;
// reference B1, B2). It checks who speaks and what was said; what it means is decided below.
//
// The order of the checks is the order of the cost for whoever knocks unasked: the key, the size, the form, the
// signature. A carrier repeats what it got a 5xx for and gives up on a 4xx, so our own faults are 503, never 4xx.
package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/twilio"
	"sidetone/internal/errs"
	"sidetone/web/edge"
)

// saveTime is how long a text may wait for its commit: a moment less than the carrier waits for us (reference B1).
const saveTime = 14 * time.Second

// emptyTwiML tells the carrier to do nothing; any text in it would be sent to the consumer.
const emptyTwiML = "<Response/>"

// Config is what the hooks work with.
type Config struct {
	Accounts  *carrier.Accounts
	Chats     *chat.Service
	Receipts  *carrier.Receipts
	PublicURL string // as carriers reach us: what they sign. Host and X-Forwarded headers are never asked.
	Refusals  edge.Refusals
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   prometheus.Registerer // may be nil
}

// hooks answers webhooks.
type hooks struct {
	Config
	answers *prometheus.CounterVec
	took    *prometheus.HistogramVec
}

// New makes the handler of everything below /hooks.
func New(cfg Config) (http.Handler, error) {
	h := &hooks{
		Config: cfg,
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sidetone_webhooks_total", Help: "Webhooks of carriers, by kind and how they were answered.",
		}, []string{"hook", "answer"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sidetone_webhook_seconds", Help: "From a webhook's arrival to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 15},
		}, []string{"hook"}),
	}
	if cfg.Metrics != nil {
		if err := errors.Join(cfg.Metrics.Register(h.answers), cfg.Metrics.Register(h.took)); err != nil {
			return nil, fmt.Errorf("register the metrics of webhooks: %w", err)
		}
	}
	r := chi.NewRouter()
	r.NotFound(edge.NotFound)
	r.MethodNotAllowed(edge.MethodNotAllowed)
	r.Post("/hooks/twilio/{key}/messages", h.handle("messages", h.message))
	r.Post("/hooks/twilio/{key}/status", h.handle("status", h.status))
	return r, nil
}

// take does what one verified webhook says.
type take func(ctx context.Context, account carrier.Account, query string, params url.Values) error

func (h *hooks) handle(hook string, do take) http.HandlerFunc {
	took := h.took.WithLabelValues(hook)
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		err := h.admit(r, do)
		took.Observe(time.Since(began).Seconds())
		if err != nil {
			h.refuse(w, r, hook, err)
			return
		}
		h.answers.WithLabelValues(hook, "ok").Inc()
		if hook == "status" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header()["Content-Type"] = twiML
		_, _ = io.WriteString(w, emptyTwiML)
	}
}

var twiML = []string{"text/xml"}

// admit finds the account, reads the body, checks the signature and does what was asked.
func (h *hooks) admit(r *http.Request, do take) error {
	account, err := h.Accounts.ByKey(r.Context(), chi.URLParam(r, "key"))
	if err != nil {
		return err
	}
	room := bodies.Get().(*bytes.Buffer)
	defer putBack(room)
	if err := read(room, r); err != nil {
		return err
	}
	if !speaks(r) {
		return errs.New(errs.Invalid, "Content-Type must be application/x-www-form-urlencoded or application/json")
	}
	if account.AuthToken == "" {
		return fmt.Errorf("carrier account %d has no token to check signatures with", account.ID)
	}
	params, err := twilio.Verify(account.AuthToken, twilio.PublicURL(h.PublicURL, r), r, room.Bytes())
	switch {
	case errors.Is(err, twilio.ErrNoSignature), errors.Is(err, twilio.ErrBadSignature):
		return &unsigned{account, err}
	case err != nil:
		return errs.New(errs.Invalid, "The body is not well formed: it must be %s", expected(r))
	}
	// What was accepted is finished even if the carrier hangs up: it would only come again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), saveTime)
	defer cancel()
	return do(ctx, account, r.URL.RawQuery, params)
}

// message takes a consumer's text. It returns when the text is durable.
func (h *hooks) message(ctx context.Context, account carrier.Account, _ string, params url.Values) error {
	in, err := twilio.ParseInbound(params, h.Now())
	if err != nil {
		return err
	}
	if err := h.Chats.Receive(ctx, account.Tenant, account.ID, in); err != nil {
		return ours(err)
	}
	return nil
}

// status takes a receipt.
func (h *hooks) status(ctx context.Context, account carrier.Account, query string, params url.Values) error {
	asked, err := url.ParseQuery(query)
	if err != nil {
		return errs.New(errs.Invalid, "The query is not well formed")
	}
	receipt, err := twilio.ParseStatus(asked, params, h.Now())
	if err != nil {
		return err
	}
	if err := h.Receipts.Apply(ctx, account.Tenant, account.ID, receipt); err != nil {
		return ours(err)
	}
	return nil
}

// ours marks a failure to save: whatever it is, the carrier shall come again.
func ours(err error) error {
	return errs.New(errs.Unavailable, "This could not be saved just now; send it again").Because(err)
}

// unsigned is a request that does not prove that the carrier sent it: a security event.
type unsigned struct {
	account carrier.Account
	err     error
}

func (u *unsigned) Error() string { return u.err.Error() }

func (h *hooks) refuse(w http.ResponseWriter, r *http.Request, hook string, err error) {
	var forged *unsigned
	var known *errs.Error
	switch {
	case errors.As(err, &forged):
		h.Log.WarnContext(r.Context(), "webhook with a bad signature", "hook", hook, "tenant", forged.account.Tenant,
			"account", forged.account.ID, "from", r.RemoteAddr, "error", forged.err)
		err = errs.New(errs.Forbidden, "The signature is missing or does not match")
		h.answers.WithLabelValues(hook, "bad_signature").Inc()
	case errors.As(err, &known) && known.Code != errs.Internal:
		h.answers.WithLabelValues(hook, string(known.Code)).Inc()
	default:
		err = ours(err)
		h.answers.WithLabelValues(hook, string(errs.Unavailable)).Inc()
	}
	h.Refusals.Write(w, r, err)
}

var bodies = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 2048)) }}

// putBack keeps what a usual body needs, and not what one giant did.
func putBack(room *bytes.Buffer) {
	if room.Cap() <= 64<<10 {
		bodies.Put(room)
	}
}

// read fills room with the body. One that is too large is refused before it is read, if it says so itself.
func read(room *bytes.Buffer, r *http.Request) error {
	tooLarge := errs.New(errs.TooLarge, "The body is larger than 1 MiB")
	if r.ContentLength > edge.MaxBody {
		return tooLarge
	}
	room.Reset()
	if _, err := room.ReadFrom(io.LimitReader(r.Body, edge.MaxBody+1)); err != nil {
		var limit *http.MaxBytesError
		if errors.As(err, &limit) {
			return tooLarge
		}
		return errs.New(errs.Invalid, "The body could not be read to its end")
	}
	if room.Len() > edge.MaxBody {
		return tooLarge
	}
	return nil
}

const form = "application/x-www-form-urlencoded"

func speaks(r *http.Request) bool {
	kind := r.Header.Get("Content-Type")
	if kind == form { // nearly always, and without the cost of parsing it
		return true
	}
	kind, _, err := mime.ParseMediaType(kind)
	return err == nil && (kind == form || kind == "application/json")
}

func expected(r *http.Request) string {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		return "one JSON object"
	}
	return "a form"
}
