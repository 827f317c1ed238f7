package simulator

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// Account is one customer of the carrier: a tenant's.
type Account struct {
	SID       string   `json:"sid"`
	AuthToken string   `json:"auth_token"`
	Numbers   []Number `json:"numbers"`
	// Where the carrier reports. StatusURL serves texts that bring no StatusCallback of their own.
	MessagesURL string `json:"messages_url"`
	StatusURL   string `json:"status_url"`
	VoiceURL    string `json:"voice_url"`
	// CarrierOptOut lets the carrier keep opt-outs itself: STOP blocks the pair, the webhook says OptOutType and a
	// further send is refused with 21610 (spec 1.3, opt_out_responder = carrier).
	CarrierOptOut bool `json:"carrier_opt_out"`
}

// Number is a phone number of an account. The zero capabilities mean that it can do everything.
type Number struct {
	E164    string `json:"number"`
	NoSMS   bool   `json:"no_sms"`
	NoMMS   bool   `json:"no_mms"`
	NoVoice bool   `json:"no_voice"`
}

func (n Number) short() bool { return !strings.HasPrefix(n.E164, "+") }

// Numbers makes fully capable numbers.
func Numbers(e164 ...string) []Number {
	out := make([]Number, len(e164))
	for i, n := range e164 {
		out[i] = Number{E164: n}
	}
	return out
}

// account is an Account at work. The settings are replaced whole; what happened stays.
type account struct {
	Account
	auth   []byte // the Authorization header that opens it
	owns   map[string]Number
	shelf  *shelf
	optOut *optOuts
}

// accounts is read by every request and seldom written, so a reader sees one whole picture without a lock.
type accounts struct {
	mu  sync.Mutex
	now atomic.Pointer[book]
}

type book struct {
	bySID    map[string]*account
	byNumber map[string]*account
}

func (a *accounts) book() *book {
	if b := a.now.Load(); b != nil {
		return b
	}
	return &book{}
}

var (
	phoneShape = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[1-9][0-9]{2,7})$`) // E.164 or a short code
	digitShape = regexp.MustCompile(`^\+?[0-9]{3,15}$`)
)

// Put adds an account or replaces its settings, numbers included.
func (c *Carrier) Put(cfg Account) error {
	if err := cfg.check(); err != nil {
		return fmt.Errorf("simulated account %q: %w", cfg.SID, err)
	}
	c.accounts.mu.Lock()
	defer c.accounts.mu.Unlock()
	old := c.accounts.book()
	next := &account{Account: cfg, owns: make(map[string]Number, len(cfg.Numbers))}
	next.auth = []byte("Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.SID+":"+cfg.AuthToken)))
	next.shelf, next.optOut = c.store.newShelf(), newOptOuts()
	if before := old.bySID[cfg.SID]; before != nil {
		next.shelf, next.optOut = before.shelf, before.optOut
	}
	b := &book{bySID: map[string]*account{}, byNumber: map[string]*account{}}
	maps.Copy(b.bySID, old.bySID)
	b.bySID[cfg.SID] = next
	for number, owner := range old.byNumber {
		if owner.SID != cfg.SID {
			b.byNumber[number] = owner
		}
	}
	for _, n := range cfg.Numbers {
		if owner := b.byNumber[n.E164]; owner != nil {
			return fmt.Errorf("simulated account %q: number %s already belongs to %q", cfg.SID, n.E164, owner.SID)
		}
		b.byNumber[n.E164] = next
		next.owns[n.E164] = n
	}
	c.accounts.now.Store(b)
	return nil
}

func (a Account) check() error {
	if a.SID == "" || strings.ContainsAny(a.SID, "/:?#% ") {
		return fmt.Errorf("needs an id that can stand in an address")
	}
	if a.AuthToken == "" {
		return fmt.Errorf("needs an auth token")
	}
	for _, u := range []string{a.MessagesURL, a.StatusURL, a.VoiceURL} {
		if u != "" && !webAddress(u) {
			return fmt.Errorf("%q is not a web address", u)
		}
	}
	seen := map[string]bool{}
	for _, n := range a.Numbers {
		if !phoneShape.MatchString(n.E164) || seen[n.E164] {
			return fmt.Errorf("%q is not a phone number, or stands there twice", n.E164)
		}
		seen[n.E164] = true
	}
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// open returns the account that the request's credentials open, nil if they don't.
func (c *Carrier) open(r *http.Request, sid string) *account {
	a := c.accounts.book().bySID[sid]
	if a == nil {
		return nil
	}
	h := r.Header["Authorization"]
	if len(h) != 1 || subtle.ConstantTimeCompare([]byte(h[0]), a.auth) != 1 {
		return nil
	}
	return a
}

// withAccount checks the credentials of a request to the carrier's API.
func (c *Carrier) withAccount(next func(http.ResponseWriter, *http.Request, *account)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := c.open(r, r.PathValue("account"))
		if a == nil {
			unauthorized(w)
			return
		}
		next(w, r, a)
	}
}

// optOuts is what the carrier itself knows of STOP, by pair of numbers.
type optOuts struct {
	mu    sync.RWMutex
	pairs map[[2]string]struct{} // ours, the consumer's
}

func newOptOuts() *optOuts { return &optOuts{pairs: map[[2]string]struct{}{}} }

func (o *optOuts) has(ours, consumer string) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	_, ok := o.pairs[[2]string{ours, consumer}]
	return ok
}

// hear takes note of an inbound word and returns the OptOutType of its webhook.
func (o *optOuts) hear(ours, consumer, text string) string {
	pair := [2]string{ours, consumer}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		o.pairs[pair] = struct{}{}
		return "STOP"
	case "START", "UNSTOP", "YES":
		if _, out := o.pairs[pair]; out {
			delete(o.pairs, pair)
			return "START"
		}
	case "HELP", "INFO":
		return "HELP"
	}
	return ""
}
