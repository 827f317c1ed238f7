package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"sidetone/internal/carrier"
)

const (
	partTime = 12 * time.Second // for one part, redirects included
	mostHops = 4
)

// refusal is an error that trying again does not change.
type refusal struct{ reason Reason }

func (r refusal) Error() string { return "media refused: " + string(r.reason) }

// errMissing: not there; perhaps not yet (reference B5).
var errMissing = errors.New("the carrier does not have it")

// fetcher gets files from carriers. Two ways lead out: to the address that the operator entered for the account, which may
// be anywhere, and to the rest of the world, by https and never into our own network (reference D3).
type fetcher struct{ carrier, world *http.Client }

func newFetcher(world *http.Client) fetcher {
	if world == nil {
		world = &http.Client{Transport: transport((&net.Dialer{Timeout: 5 * time.Second, Control: ssrf.New().Safe}).DialContext)}
	}
	f := fetcher{carrier: &http.Client{Transport: transport((&net.Dialer{Timeout: 5 * time.Second}).DialContext)}, world: world}
	for _, c := range []*http.Client{f.carrier, f.world} {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // each hop is looked at
	}
	return f
}

func transport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		Proxy: nil, DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConns: 32, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: partTime, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
	}
}

// get reads a file of an account. The account's credentials go to its own address and nowhere else, and not along with a
// redirect either.
func (f fetcher) get(ctx context.Context, account carrier.Account, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	base, err := url.Parse(account.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the carrier's address: %w", err)
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, refusal{BadAddress}
	}
	for hop := range mostHops {
		client := f.carrier
		if !sameOrigin(at, base) {
			if client = f.world; at.Scheme != "https" || at.User != nil || at.Hostname() == "" {
				return nil, refusal{BadAddress}
			}
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, refusal{BadAddress}
		}
		if hop == 0 && client == f.carrier {
			r.SetBasicAuth(account.SID, account.AuthToken)
		}
		b, next, err := read(client, r)
		if err != nil || next == nil {
			return b, err
		}
		at = next
	}
	return nil, refusal{BadAddress}
}

// read makes one request: what it got, or where to ask next.
func read(client *http.Client, r *http.Request) (content []byte, next *url.URL, err error) {
	res, err := client.Do(r)
	if err != nil {
		return nil, nil, dialled(err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusOK:
	case res.StatusCode >= 300 && res.StatusCode < 400:
		next, err := res.Location()
		if err != nil {
			return nil, nil, refusal{BadAddress}
		}
		return nil, next, nil
	case res.StatusCode == http.StatusNotFound:
		return nil, nil, errMissing
	case res.StatusCode == http.StatusGone:
		return nil, nil, refusal{Gone}
	default:
		return nil, nil, fmt.Errorf("the carrier answered %d", res.StatusCode)
	}
	if res.ContentLength > MaxBytes {
		return nil, nil, refusal{TooLarge}
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(res.Body, MaxBytes+1)); err != nil {
		return nil, nil, fmt.Errorf("read a file from the carrier: %w", err)
	}
	if b.Len() > MaxBytes {
		return nil, nil, refusal{TooLarge}
	}
	return b.Bytes(), nil, nil
}

// dialled keeps addresses out of the error: a signed one is a key.
func dialled(err error) error {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return refusal{BadAddress}
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return fmt.Errorf("fetch a file: %w", err)
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b) && a.User == nil
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
