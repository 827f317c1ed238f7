// Package simulator is the simulated carrier: a server of its own that speaks Twilio's Messages API, signs its
// webhooks and lets a person or a test be the consumer. The demo and the tests therefore run the real adapter.
//
// It owns no database and keeps a bounded past in memory. What a text means is the product's matter.
// Contract: the "simulated carrier" lines of the design; wire facts: reference B1 to B5.
package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/internal/errs"
)

// Config says what the carrier serves. Its zero values are sound.
type Config struct {
	Accounts        []Account `json:"accounts"`
	BaseURL         string    `json:"base_url"`         // how others reach it, for media addresses; the listener's address when empty
	Keep            int       `json:"keep"`             // texts remembered for each account; 200,000 when 0
	CallbackWorkers int       `json:"callback_workers"` // status callbacks on their way at once; 64 when 0
	MaxCallbacks    int       `json:"max_callbacks"`    // texts that wait for their callbacks at most; 200,000 when 0

	Log  *slog.Logger `json:"-"` // silent when nil
	HTTP *http.Client `json:"-"` // for webhooks; one of its own when nil
}

const (
	defaultKeep         = 200_000
	defaultWorkers      = 64
	defaultMaxCallbacks = 200_000
	maxBody             = 1 << 20
	maxTextBody         = 8 << 20          // a text from a handset: a file of 5 MB, written in base64
	webhookTimeout      = 15 * time.Second // reference B1: the carrier's own limit
	drainTimeout        = 5 * time.Second
)

// Carrier is the simulated carrier. It answers requests as soon as it is made; callbacks need Start.
type Carrier struct {
	cfg      Config
	log      *slog.Logger
	http     *http.Client
	mux      *http.ServeMux
	base     atomic.Pointer[string]
	accounts accounts
	store    *store
	faults   faults
	media    mediaStore
	events   *hub
	post     *postman
	stats    stats
	turns    *turns
	started  time.Time
	ctx      context.Context // ends when the last callback has gone
	abort    context.CancelFunc
	start    sync.Once
}

// New makes a carrier; it refuses accounts that contradict themselves or each other.
func New(cfg Config) (*Carrier, error) {
	if cfg.Keep <= 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.CallbackWorkers <= 0 {
		cfg.CallbackWorkers = defaultWorkers
	}
	if cfg.MaxCallbacks <= 0 {
		cfg.MaxCallbacks = defaultMaxCallbacks
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = newHTTPClient()
	}
	c := &Carrier{cfg: cfg, log: cfg.Log, http: cfg.HTTP, store: newStore(cfg.Keep), events: newHub(), turns: newTurns(), started: time.Now()}
	c.ctx, c.abort = context.WithCancel(context.Background())
	c.SetBaseURL(cfg.BaseURL)
	c.post = newPostman(c, cfg.CallbackWorkers, cfg.MaxCallbacks)
	for _, a := range cfg.Accounts {
		if err := c.Put(a); err != nil {
			return nil, err
		}
	}
	c.mux = c.routes()
	return c, nil
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConns:        1024,
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// SetBaseURL says how others reach the carrier.
func (c *Carrier) SetBaseURL(base string) {
	base = strings.TrimRight(base, "/")
	c.base.Store(&base)
}

func (c *Carrier) baseURL(r *http.Request) string {
	if base := *c.base.Load(); base != "" {
		return base
	}
	return "http://" + r.Host
}

func (c *Carrier) routes() *http.ServeMux {
	m := http.NewServeMux()
	const account = "/2010-04-01/Accounts/{account}"
	m.HandleFunc("GET "+account+"/Messages.json", c.withAccount(c.listMessages))
	m.HandleFunc("GET "+account+"/Messages/{message}", c.withAccount(c.getMessage))
	m.HandleFunc("GET "+account+"/IncomingPhoneNumbers.json", c.withAccount(c.listNumbers))
	m.HandleFunc("GET "+account+"/SMS/ShortCodes.json", c.withAccount(c.listShortCodes))
	m.HandleFunc("GET "+account+"/Messages/{message}/Media/{media}", c.withAccount(c.getMedia))
	m.HandleFunc("DELETE "+account+"/Messages/{message}/Media/{media}", c.withAccount(c.deleteMedia))
	m.HandleFunc("POST /sim/texts", c.postText)
	m.HandleFunc("GET /sim/texts", c.listTexts)
	m.HandleFunc("POST /sim/faults", c.postFaults)
	m.HandleFunc("GET /sim/faults", c.getFaults)
	m.HandleFunc("DELETE /sim/faults", c.deleteFaults)
	m.HandleFunc("GET /sim/stats", c.getStats)
	m.HandleFunc("GET /sim/events", c.getEvents)
	m.HandleFunc("GET /sim/media/{media}", c.getPicture)
	m.HandleFunc("GET /sim/samples/{name}", c.getSample)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	return m
}

// ServeHTTP finds the hot path without the router.
func (c *Carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/2010-04-01/Accounts/"); ok {
			if sid, ok := strings.CutSuffix(rest, "/Messages.json"); ok {
				c.accept(w, r, sid)
				return
			}
		}
	}
	most := int64(maxBody)
	if r.URL.Path == "/sim/texts" {
		most = maxTextBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	c.mux.ServeHTTP(w, r)
}

// Start begins to send status callbacks. It is safe twice.
func (c *Carrier) Start() { c.start.Do(c.post.start) }

// Shutdown ends the event streams and sends the callbacks that wait, without their delays, until ctx ends. What is left
// then is counted as lost. No request is answered properly afterwards.
func (c *Carrier) Shutdown(ctx context.Context) error {
	c.Start() // so that there is something to drain with
	c.events.close()
	err := c.post.drain(ctx)
	c.http.CloseIdleConnections()
	return err
}

// Run serves on a listener until ctx ends, then stops cleanly.
func (c *Carrier) Run(ctx context.Context, ln net.Listener) error {
	if *c.base.Load() == "" {
		c.SetBaseURL("http://" + ln.Addr().String())
	}
	srv := &http.Server{
		Handler: c, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn),
	}
	srv.RegisterOnShutdown(c.events.close)
	c.Start()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if stop := srv.Shutdown(end); stop != nil {
		_ = srv.Close()
	}
	if lost := c.Shutdown(end); lost != nil {
		c.log.Warn("callbacks were lost at the end", "error", lost)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// Serve runs a carrier on an address until ctx ends.
func Serve(ctx context.Context, addr string, cfg Config) error {
	c, err := New(cfg)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for the simulated carrier: %w", err)
	}
	return c.Run(ctx, ln)
}

// refusal is the shape of an error on the control side.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
}

// refuse answers on the control side, in the language of whoever is at the phones.
func refuse(w http.ResponseWriter, r *http.Request, e *errs.Error) {
	status := http.StatusBadRequest
	switch e.Code {
	case errs.NotFound:
		status = http.StatusNotFound
	case errs.TooLarge:
		status = http.StatusRequestEntityTooLarge
	}
	lang := errs.Reads(r.Header.Get("Accept-Language"))
	w.Header().Set("Content-Language", string(lang))
	w.Header().Add("Vary", "Accept-Language")
	writeJSON(w, status, refusal{Code: string(e.Code), Message: e.In(lang), Field: e.Field})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone: nobody to tell
}

var jsonType = []string{"application/json"}

// readJSON reads a bounded body of one JSON value; it has answered when it reports false.
func readJSON(w http.ResponseWriter, r *http.Request, strict bool, into any) bool {
	d := json.NewDecoder(r.Body)
	if strict {
		d.DisallowUnknownFields()
	}
	err := d.Decode(into)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("more than one value")
		}
	}
	return err == nil || refuseBody(w, r, err)
}

// refuseBody answers for a body that can't be read; it always reports false.
func refuseBody(w http.ResponseWriter, r *http.Request, err error) bool {
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &large):
		refuse(w, r, errs.New(errs.TooLarge, "the body is larger than %d MiB", large.Limit>>20))
	case errors.As(err, &kind) && kind.Field != "":
		refuse(w, r, errs.Field(kind.Field, "%s must not be a %s", kind.Field, kind.Value))
	default:
		refuse(w, r, errs.New(errs.Invalid, "the body is not the JSON expected: %s", err))
	}
	return false
}
