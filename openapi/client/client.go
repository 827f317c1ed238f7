// Package client is what programs written in Go use of the public API (openapi/public.yaml).
package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Base is where the public API stands below an installation's address.
const Base = "/apps/api/v1"

// Open makes a client of an installation, like https://fernhill.example.com, for the tenant that an API token belongs to. Every
// operation of the contract is a method; its answer has the typed body in JSON200, and a refusal in JSONDefault.
func Open(installation, token string, options ...ClientOption) (*ClientWithResponses, error) {
	bearer := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	c, err := NewClientWithResponses(strings.TrimSuffix(installation, "/")+Base, append(options, WithRequestEditorFn(bearer))...)
	if err != nil {
		return nil, fmt.Errorf("open a client of %s: %w", installation, err)
	}
	return c, nil
}
