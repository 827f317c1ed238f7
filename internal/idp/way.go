package idp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

const (
	askTime   = 10 * time.Second // for one request to a provider
	mostBytes = 1 << 20          // of one answer
)

// newHTTP is the way out to addresses that a person entered: never into our own network (reference D3) but to the hosts that
// the operator named, no further than asked, and no more of an answer than any provider needs. Loopback is the demo's and the
// tests' own.
func newHTTP(loopback bool, inside []string) *http.Client {
	guard := ssrf.New(ssrf.WithAnyPort()).Safe
	outside := &net.Dialer{Timeout: 5 * time.Second, Control: func(network, address string, c syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); loopback && err == nil && at.Addr().Unmap().IsLoopback() {
			return nil
		}
		return guard(network, address, c)
	}}
	anywhere := &net.Dialer{Timeout: 5 * time.Second}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err == nil && slices.ContainsFunc(inside, func(h string) bool { return strings.EqualFold(h, host) }) {
			return anywhere.DialContext(ctx, network, address)
		}
		return outside.DialContext(ctx, network, address)
	}
	return &http.Client{
		Timeout: askTime,
		Transport: bounded{&http.Transport{
			Proxy: nil, DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConns: 16, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: askTime, MaxResponseHeaderBytes: 64 << 10,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a provider's addresses are exact
	}
}

// guarded tells that an address was refused because it lies in our own network.
func guarded(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork)
}

// bounded cuts answers off that are larger than they should be.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, mostBytes), response.Body}
	return response, nil
}

// within bounds everything that one sign-in asks of a provider.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*askTime)
}
