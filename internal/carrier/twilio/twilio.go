// Package twilio speaks Twilio's Messages API and understands its webhooks. It owns the wire alone: what a text means
// and when it is sent is decided above. Carriers that copy Twilio's dialect, and the simulated carrier, are reached by
// another BaseURL.
package twilio

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is Twilio's REST API.
const DefaultBaseURL = "https://api.twilio.com"

// callTimeout bounds one call; it is what Twilio's own clients use (reference B3).
const callTimeout = 10 * time.Second

// Config says which account is meant and how to reach it.
type Config struct {
	AccountSID string
	AuthToken  string
	BaseURL    string       // DefaultBaseURL when empty
	StatusURL  string       // where receipts shall go, as the carrier reaches us; none are asked for when empty
	HTTP       *http.Client // NewHTTPClient() when nil; share one between accounts
}

// Client is one carrier account. It is safe for many goroutines.
type Client struct {
	http        *http.Client
	base        *url.URL
	accountSID  string
	authHeader  []string // shared by all requests, never written
	messagesURL *url.URL
	account     string // path of the account
	statusURL   string // escaped for a form, up to and including "m="
}

// New makes the client of an account.
func New(cfg Config) (*Client, error) {
	if cfg.AccountSID == "" || cfg.AuthToken == "" {
		return nil, fmt.Errorf("twilio: account id and auth token are needed")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(strings.TrimRight(cfg.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("twilio: base URL: %w", err)
	}
	if base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("twilio: base URL %q is not an http or https address", cfg.BaseURL)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = NewHTTPClient()
	}
	hc := *cfg.HTTP
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	hc.Jar = nil
	c := &Client{http: &hc, base: base, accountSID: cfg.AccountSID}
	c.account = base.Path + "/2010-04-01/Accounts/" + url.PathEscape(cfg.AccountSID)
	c.messagesURL = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: c.account + "/Messages.json"}
	c.authHeader = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.AccountSID+":"+cfg.AuthToken))}
	c.statusURL, err = callbackPrefix(cfg.StatusURL)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// callbackPrefix prepares the callback address so that a send appends the message id only.
func callbackPrefix(statusURL string) (string, error) {
	if statusURL == "" {
		return "", nil
	}
	u, err := url.Parse(statusURL)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("twilio: status URL %q is not an absolute address", statusURL)
	}
	u.Fragment = ""
	sep := "?m="
	if u.RawQuery != "" {
		sep = "&m="
	}
	return url.QueryEscape(u.String() + sep), nil
}

// NewHTTPClient makes the client that all accounts of a process share: no proxy, no redirects, connections kept.
func NewHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          1024,
			MaxIdleConnsPerHost:   256,
			IdleConnTimeout:       55 * time.Second, // under the carrier's own idle limit
			TLSHandshakeTimeout:   5 * time.Second,
			ExpectContinueTimeout: time.Second,
			DisableCompression:    true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
