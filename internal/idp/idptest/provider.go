// Package idptest is an OpenID Connect provider for tests: real HTTP, real keys, real signatures, and everything that may go
// wrong at one.
package idptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// What clients are registered with.
const (
	ClientID = "sidetone"
	Secret   = "a secret of the provider's own: 100 %"
)

// Provider approves of whoever comes, as the person that Person holds.
type Provider struct {
	server *httptest.Server
	t      testing.TB

	mu       sync.Mutex
	clients  map[string]string // secrets by id
	person   map[string]any    // claims
	userInfo map[string]any
	token    func(claims map[string]any)
	tell     func(metadata map[string]any)
	keys     []jose.JSONWebKey // the last signs
	codes    map[string]grant
	asked    map[string]int
	down     bool
}

type grant struct {
	client, redirect, nonce, challenge string
}

// New starts a provider that signs with ES256, whose keys are made at once.
func New(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{
		t: t, clients: map[string]string{ClientID: Secret}, codes: map[string]grant{}, asked: map[string]int{},
		person: map[string]any{"sub": "00u1", "email": "ann@fernhill.example", "email_verified": true, "name": "Ann Abara"},
	}
	p.Rotate("ES256")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.redeem)
	mux.HandleFunc("GET /keys", p.jwks)
	mux.HandleFunc("GET /userinfo", p.info)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		down := p.down
		p.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	}))
	p.server.Config.ErrorLog = nil
	t.Cleanup(p.server.Close)
	return p
}

// Issuer is its name and address.
func (p *Provider) Issuer() string { return p.server.URL }

// Register makes a client known.
func (p *Provider) Register(id, secret string) { p.set(func() { p.clients[id] = secret }) }

// Person changes claims of whoever signs in; a nil value takes one away.
func (p *Provider) Person(claims map[string]any) { p.set(func() { overlay(p.person, claims) }) }

// UserInfo gives claims at that endpoint alone.
func (p *Provider) UserInfo(claims map[string]any) { p.set(func() { p.userInfo = claims }) }

// Token changes the ID tokens before they are signed.
func (p *Provider) Token(change func(claims map[string]any)) { p.set(func() { p.token = change }) }

// Tell changes what the provider says of itself.
func (p *Provider) Tell(change func(metadata map[string]any)) { p.set(func() { p.tell = change }) }

// Down hangs up on everybody.
func (p *Provider) Down(down bool) { p.set(func() { p.down = down }) }

// Asked counts the requests to a path.
func (p *Provider) Asked(path string) (n int) {
	p.set(func() { n = p.asked[path] })
	return n
}

func (p *Provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func overlay(on, claims map[string]any) {
	maps.Copy(on, claims)
	maps.DeleteFunc(on, func(_ string, v any) bool { return v == nil })
}

// Rotate signs with a new key of an algorithm from now on; the old ones are gone.
func (p *Provider) Rotate(algorithm string) {
	p.t.Helper()
	var private crypto.Signer
	var err error
	if algorithm == "ES256" {
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	require.NoError(p.t, err)
	p.set(func() {
		p.keys = []jose.JSONWebKey{{Key: private, KeyID: rand.Text(), Algorithm: algorithm, Use: "sig"}}
	})
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := map[string]any{
		"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
		"jwks_uri": p.server.URL + "/keys", "userinfo_endpoint": p.server.URL + "/userinfo", "end_session_endpoint": p.server.URL + "/logout",
		"response_types_supported": []string{"code", "id_token"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if p.tell != nil {
		p.tell(said)
	}
	answer(w, http.StatusOK, said)
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	p.mu.Lock()
	_, known := p.clients[q.Get("client_id")]
	code := rand.Text()
	p.codes[code] = grant{q.Get("client_id"), q.Get("redirect_uri"), q.Get("nonce"), q.Get("code_challenge")}
	p.mu.Unlock()
	if err != nil || !known || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound) //nolint:gosec // a provider's own task, here in tests
}

// redeem gives a token for a code once, to its client with the right secret and the right verifier (RFC 7636).
func (p *Provider) redeem(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id) // RFC 6749, 2.3.1
	secret, _ = url.QueryUnescape(secret)
	if want, ok := p.clients[id]; !ok || want != secret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	g, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || g.client != id || g.redirect != r.FormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.server.URL, "aud": g.client, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	maps.Copy(claims, p.person)
	if p.token != nil {
		p.token(claims)
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(claims)})
}

func (p *Provider) sign(claims map[string]any) string {
	key := p.keys[len(p.keys)-1]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	require.NoError(p.t, err)
	body, err := json.Marshal(claims)
	require.NoError(p.t, err)
	signed, err := signer.Sign(body)
	require.NoError(p.t, err)
	raw, err := signed.CompactSerialize()
	require.NoError(p.t, err)
	return raw
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set := jose.JSONWebKeySet{}
	for _, key := range p.keys {
		set.Keys = append(set.Keys, key.Public())
	}
	answer(w, http.StatusOK, set)
}

func (p *Provider) info(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := map[string]any{"sub": p.person["sub"]}
	overlay(said, p.userInfo)
	answer(w, http.StatusOK, said)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// Visit follows the way through the provider as a browser does, up to where it would come back to us.
func (p *Provider) Visit(address string) *url.URL {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
	require.NoError(p.t, err)
	response, err := client.Do(r)
	require.NoError(p.t, err)
	defer response.Body.Close()
	require.Equal(p.t, http.StatusFound, response.StatusCode)
	back, err := response.Location()
	require.NoError(p.t, err)
	return back
}
