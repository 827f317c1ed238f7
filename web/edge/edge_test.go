package edge_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/web/edge"
)

func TestOnlyListedPagesMayAsk(t *testing.T) {
	o, err := edge.NewOrigins("https://desk.example", "https://other.example:8443")
	require.NoError(t, err)
	require.True(t, o.Secure())
	for origin, allowed := range map[string]bool{
		"https://desk.example":            true,
		"https://fernhill.desk.example":   true,
		"https://other.example:8443":      true,
		"https://rival.desk.example":      false,
		"http://desk.example":             false,
		"https://desk.example:8443":       false,
		"https://desk.example.evil":       false,
		"https://evildesk.example":        false,
		"https://desk.example/":           false,
		"https://fernhill.x.desk.example": false,
		"https://.desk.example":           false,
		"null":                            false,
		"":                                false,
	} {
		require.Equal(t, allowed, o.Allowed(origin, "fernhill"), origin)
	}
	require.False(t, o.Allowed("https://.desk.example", ""))
	require.Equal(t, "fernhill", o.Tenant("fernhill.desk.example"))
	require.Empty(t, o.Tenant("desk.example"))
	for _, bad := range []string{"", "desk.example", "ftp://desk.example", "https://"} {
		_, err := edge.NewOrigins(bad)
		require.Error(t, err, bad)
	}
}

func TestOnLoopbackEveryNameOfTheMachineIsOurs(t *testing.T) {
	o, err := edge.NewOrigins("http://127.0.0.1:8080")
	require.NoError(t, err)
	require.False(t, o.Secure())
	for _, origin := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://fernhill.localhost:8080"} {
		require.True(t, o.Allowed(origin, "fernhill"), origin)
	}
	require.False(t, o.Allowed("http://localhost:8081", "fernhill"))
	require.Equal(t, "fernhill", o.Tenant("fernhill.localhost:8080"))
	require.Empty(t, o.Tenant("127.0.0.1:8080"))
}

func TestARequestKeepsAHarmlessIDOfItsCaller(t *testing.T) {
	serve := func(given string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(edge.RequestIDHeader, given)
		w := httptest.NewRecorder()
		seen := ""
		edge.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = edge.RequestID(r.Context()) })).ServeHTTP(w, r)
		require.Equal(t, seen, w.Header().Get(edge.RequestIDHeader))
		return seen
	}
	require.Equal(t, "checkout-17_b.2", serve("checkout-17_b.2"))
	for _, bad := range []string{"", "+14155550142", "14155550142", "a b", "a\tb", "é", strings.Repeat("a", 65)} {
		require.Regexp(t, "^[0-9a-f]{16}$", serve(bad), bad)
	}
}

func TestEveryLineOfARequestCarriesItsID(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(edge.LogHandler{Handler: slog.NewTextHandler(&out, nil)}).With("part", "x").WithGroup("g")
	edge.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "within")
	})).ServeHTTP(httptest.NewRecorder(), &http.Request{Header: http.Header{edge.RequestIDHeader: {"caller-7"}}})
	require.Contains(t, out.String(), "request_id=caller-7")
	out.Reset()
	log.InfoContext(context.Background(), "outside")
	require.NotContains(t, out.String(), "request_id")
}

func TestACodeHasOneStatus(t *testing.T) {
	for code, status := range map[errs.Code]int{
		errs.Invalid: 400, errs.TooLong: 400, errs.Unauthorized: 401, errs.Forbidden: 403, errs.NotOwner: 403, errs.PasswordDue: 403, errs.ProviderOnly: 403, errs.NotFound: 404,
		errs.Conflict: 409, errs.AlreadyTaken: 409, errs.ChatEnded: 409, errs.OptedOut: 409, errs.OfferGone: 409, errs.AtLimit: 409,
		errs.TooLarge: 413, errs.TooMany: 429, errs.Internal: 500, errs.Unavailable: 503, "unheard_of": 500,
	} {
		require.Equal(t, status, edge.Status(code), code)
	}
}
