package idp

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0, 3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// algorithms are those we take: the signatures by a key pair (RFC 8725, 3.1 and 3.2). A provider that names none uses RS256.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

const (
	keptFor   = 10 * time.Minute // what a provider says of itself
	failedFor = 5 * time.Second  // a provider that does not answer is left alone for so long
	keptMost  = 1000
)

// known is a provider as discovered, or why it was not.
type known struct {
	meta     metadata
	provider *oidc.Provider // holds its keys, and asks for new ones when it meets an unknown one
	err      error
	until    time.Time
	done     chan struct{}
}

// discover finds what an issuer says of itself, from memory when that is fresh. Who come at once wait for one answer.
func (c *Client) discover(ctx context.Context, issuer string) (*known, error) {
	c.mu.Lock()
	k := c.kept[issuer]
	if k == nil || k.over(c.now()) {
		if len(c.kept) >= keptMost {
			clear(c.kept)
		}
		k = &known{done: make(chan struct{})}
		c.kept[issuer] = k
		go c.fetch(context.WithoutCancel(ctx), issuer, k)
	}
	c.mu.Unlock()
	select {
	case <-k.done:
		return k, k.err
	case <-ctx.Done():
		return nil, &Problem{Fault: Unreachable, Err: ctx.Err()}
	}
}

func (k *known) over(now time.Time) bool {
	select {
	case <-k.done:
		return !now.Before(k.until)
	default:
		return false
	}
}

func (c *Client) fetch(ctx context.Context, issuer string, k *known) {
	ctx, cancel := within(ctx)
	defer cancel()
	k.meta, k.err = c.read(ctx, issuer)
	k.until = c.now().Add(failedFor)
	if k.err == nil {
		k.until = c.now().Add(keptFor)
		k.provider = c.provider(k.meta)
	}
	close(k.done)
}

func (c *Client) provider(m metadata) *oidc.Provider {
	config := oidc.ProviderConfig{
		IssuerURL: m.Issuer, AuthURL: m.Authorization, TokenURL: m.Token, UserInfoURL: m.UserInfo, JWKSURL: m.Keys, Algorithms: m.usable(),
	}
	return config.NewProvider(oidc.ClientContext(context.Background(), c.http))
}

func (m metadata) usable() (out []string) {
	if len(m.Algorithms) == 0 {
		return []string{oidc.RS256}
	}
	for _, a := range m.Algorithms {
		if slices.Contains(algorithms, a) {
			out = append(out, a)
		}
	}
	return out
}

// read asks an issuer and holds what it says to what we need.
func (c *Client) read(ctx context.Context, issuer string) (m metadata, err error) {
	if !c.Address(issuer) {
		return m, problem(BadAddress, "")
	}
	body, err := c.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return m, err
	}
	if json.Unmarshal(body, &m) != nil || m.Issuer == "" {
		return m, problem(Unreadable, "")
	}
	return m, c.sound(issuer, m)
}

func (c *Client) sound(issuer string, m metadata) error {
	if m.Issuer != issuer {
		return problem(OtherIssuer, "%s", m.Issuer)
	}
	for _, e := range []struct {
		name, address string
		optional      bool
	}{
		{"authorization_endpoint", m.Authorization, false},
		{"token_endpoint", m.Token, false},
		{"jwks_uri", m.Keys, false},
		{"userinfo_endpoint", m.UserInfo, true},
		{"end_session_endpoint", m.EndSession, true},
	} {
		if !c.Address(e.address) && !(e.optional && e.address == "") {
			return problem(BadEndpoint, "%s", e.name)
		}
	}
	switch {
	case len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, "code"),
		len(m.GrantTypes) > 0 && !slices.Contains(m.GrantTypes, "authorization_code"):
		return problem(NoCodeFlow, "%s", strings.Join(m.ResponseTypes, ", "))
	case len(m.usable()) == 0:
		return problem(NoAlgorithm, "%s", strings.Join(m.Algorithms, ", "))
	}
	return nil
}

// Address tells whether we go there, and send people there: by https, or to this machine in the demo.
func (c *Client) Address(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	at, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && at.Unmap().IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here && c.loopback
}

func (c *Client) get(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, problem(BadAddress, "")
	}
	r.Header.Set("Accept", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return nil, unanswered(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, problem(NotFound, "%d", response.StatusCode)
	case err != nil:
		return nil, unanswered(err)
	}
	return body, nil
}

// unanswered says why a request got no answer.
func unanswered(err error) *Problem {
	var certificate *tls.CertificateVerificationError
	p := &Problem{Fault: Unreachable, Err: err}
	switch {
	case guarded(err):
		p.Fault = Private
	case errors.As(err, &certificate):
		p.Fault = Untrusted
	}
	return p
}
