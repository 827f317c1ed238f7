// Package idp speaks OpenID Connect with a company's identity provider: it finds out what an issuer offers, sends people
// there (authorization code with PKCE) and believes what comes back only after every check of OpenID Connect Core 3.1.3.7.
// It knows no tenants, users or sessions; who an identity is here is for the floors above to say.
package idp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Client talks to providers. What they say of themselves is kept for some minutes.
type Client struct {
	http     *http.Client
	loopback bool
	now      func() time.Time

	mu   sync.Mutex
	kept map[string]*known
}

// Config is what a client works with. Now is needed.
type Config struct {
	Loopback bool     // providers may be on this machine and without encryption: the demo's are
	Inside   []string // hosts that may lie in our own network: an operator's word
	Now      func() time.Time
}

// New makes a client.
func New(c Config) *Client {
	return &Client{http: newHTTP(c.Loopback, c.Inside), loopback: c.Loopback, now: c.Now, kept: map[string]*known{}}
}

// Provider is what we are to an issuer.
type Provider struct {
	Issuer   string
	ClientID string
	Secret   string // empty: a public client
}

// Flow is one person on their way to a provider and back. It is kept sealed in their browser.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Redirect string `json:"redirect"` // where they come back to, exactly
}

// NewFlow begins one.
func NewFlow(redirect string) Flow {
	return Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Redirect: redirect}
}

// Is tells whether an answer belongs to this flow.
func (f Flow) Is(state string) bool {
	return f.State != "" && subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) == 1
}

// Begin is the address at the provider to send a person to. hint is the e-mail address they typed, if any.
func (c *Client) Begin(ctx context.Context, p Provider, f Flow, hint string) (string, error) {
	k, err := c.discover(ctx, p.Issuer)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return k.oauth(p, f).AuthCodeURL(f.State, options...), nil
}

func (k *known) oauth(p Provider, f Flow) *oauth2.Config {
	style := oauth2.AuthStyleInHeader // the default (Discovery 1.0, 3)
	if p.Secret == "" || len(k.meta.TokenAuth) > 0 && !slices.Contains(k.meta.TokenAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret, RedirectURL: f.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
		Endpoint: oauth2.Endpoint{AuthURL: k.meta.Authorization, TokenURL: k.meta.Token, AuthStyle: style},
	}
}

// Answer is what a person brings back from a provider.
type Answer struct {
	Code   string
	Issuer string // RFC 9207; empty when the provider does not send it
}

// Finish redeems an answer and says who the person is. roleClaim is a claim that is wanted besides, or empty.
func (c *Client) Finish(ctx context.Context, p Provider, f Flow, a Answer, roleClaim string) (Identity, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	k, err := c.discover(ctx, p.Issuer)
	if err != nil {
		return Identity{}, err
	}
	// An answer of another provider that was led here (mix-up) is not redeemed (RFC 9700, 4.4).
	if a.Issuer != "" && a.Issuer != k.meta.Issuer || a.Issuer == "" && k.meta.SendsIssuer {
		return Identity{}, fmt.Errorf("the answer is of another issuer: %q", a.Issuer)
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := k.oauth(p, f).Exchange(ctx, a.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Identity{}, fmt.Errorf("redeem a code: %w", redeemed(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, fmt.Errorf("redeem a code: the provider gave no ID token")
	}
	checked, err := k.provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: c.now}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("verify an ID token: %w", err)
	}
	who, err := identify(checked, p, f, roleClaim)
	if err != nil {
		return Identity{}, fmt.Errorf("verify an ID token: %w", err)
	}
	who.IDToken = raw
	if who.lacks(roleClaim) && k.meta.UserInfo != "" {
		info, err := k.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Identity{}, fmt.Errorf("ask for a person's details: %w", err)
		}
		if err := who.complete(info, roleClaim); err != nil {
			return Identity{}, err
		}
	}
	return who, nil
}

// redeemed keeps the body of a refusal, which may hold a secret, out of the error; its code stays.
func redeemed(err error) error {
	if e, ok := refusal(err); ok {
		return fmt.Errorf("the provider refused: %q, status %d", e.ErrorCode, e.Response.StatusCode)
	}
	return err
}

// leaveTime is how long somebody who signs out waits for a provider that has not been heard of lately.
const leaveTime = 3 * time.Second

// Leave is the address that ends a person's session at the provider too, or "" when it has none (RP-Initiated Logout 1.0).
func (c *Client) Leave(ctx context.Context, p Provider, idToken, back string) string {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	k, err := c.discover(ctx, p.Issuer)
	if err != nil || k.meta.EndSession == "" {
		return ""
	}
	at, err := url.Parse(k.meta.EndSession)
	if err != nil {
		return ""
	}
	q := at.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	at.RawQuery = q.Encode()
	return at.String()
}
