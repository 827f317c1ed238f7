package idp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// Note is what an administrator should know of a provider that works.
type Note string

// The notes.
const (
	NoPKCE   Note = "pkce"     // it does not say that it heeds PKCE; we send it all the same
	NoLogout Note = "sign_out" // it can't be told that somebody signs out
)

// Report is what a check found.
type Report struct {
	Problem *Problem // nil: people can sign in
	Notes   []Note
}

// Check asks a provider anew what it offers, reads its keys and tries whether it knows us: a code that nobody gave is
// refused as such when it does, and we are when it does not.
func (c *Client) Check(ctx context.Context, p Provider) (r Report) {
	ctx, cancel := within(ctx)
	defer cancel()
	c.mu.Lock()
	delete(c.kept, p.Issuer)
	c.mu.Unlock()
	k, err := c.discover(ctx, p.Issuer)
	if err == nil {
		err = c.checkKeys(ctx, k.meta)
	}
	if err == nil {
		err = c.checkClient(ctx, k, p)
	}
	if err != nil {
		if !errors.As(err, &r.Problem) {
			r.Problem = &Problem{Fault: Unreachable, Err: err}
		}
		return r
	}
	if !slices.Contains(k.meta.Challenges, "S256") {
		r.Notes = append(r.Notes, NoPKCE)
	}
	if k.meta.EndSession == "" {
		r.Notes = append(r.Notes, NoLogout)
	}
	return r
}

func (c *Client) checkKeys(ctx context.Context, m metadata) error {
	body, err := c.get(ctx, m.Keys)
	var p *Problem
	if errors.As(err, &p) {
		return &Problem{Fault: NoKeys, Detail: p.Detail, Err: p}
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil {
		return problem(NoKeys, "")
	}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			return nil
		}
	}
	return problem(NoKeys, "")
}

func (c *Client) checkClient(ctx context.Context, k *known, p Provider) error {
	ctx = oidc.ClientContext(ctx, c.http)
	_, err := k.oauth(p, Flow{Redirect: p.Issuer}).Exchange(ctx, rand.Text(), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	if refused, ok := refusal(err); ok {
		if refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client" || refused.Response.StatusCode == 401 {
			return problem(BadClient, "%s", refused.ErrorCode)
		}
		return nil
	}
	if err != nil {
		return unanswered(err)
	}
	return nil
}

func refusal(err error) (*oauth2.RetrieveError, bool) {
	var refused *oauth2.RetrieveError
	return refused, errors.As(err, &refused) && refused.Response != nil
}
