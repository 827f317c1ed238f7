package app

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func packed(t *testing.T, text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func serveSite(t *testing.T) *httptest.Server {
	h, err := newSite(fstest.MapFS{
		"index.html":             {Data: []byte(`<meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__">`)},
		"icon.svg.gz":            {Data: packed(t, "<svg/>")},
		"assets/main-abc.js.br":  {Data: []byte("brotli of main")},
		"assets/main-abc.js.gz":  {Data: packed(t, "main()")},
		"assets/inter-abc.woff2": {Data: []byte("font")},
		".vite/manifest.json":    {Data: []byte("{}")},
	})
	require.NoError(t, err)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, url, encodings string) (*http.Response, string) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Accept-Encoding", encodings)
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestEveryConsoleAddressIsTheIndexPage(t *testing.T) {
	s := serveSite(t)
	for _, path := range []string{"/", "/login", "/desk", "/desk/2415", "/simulator", "/index.html"} {
		res, body := get(t, s.URL+path, "")
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"), path)
		require.Contains(t, body, "csp-nonce", path)
	}
}

func TestTheServersOwnPathsAreNotPages(t *testing.T) {
	s := serveSite(t)
	for _, path := range []string{"/api", "/api/console/none", "/ws/agent", "/sim/texts", "/hooks/twilio", "/assets/none.js", "/favicon.ico", "/metrics"} {
		res, _ := get(t, s.URL+path, "")
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
}

func TestEachPageHasItsOwnNonceInPolicyAndPage(t *testing.T) {
	s := serveSite(t)
	nonce := regexp.MustCompile(`'nonce-([\w-]{22})'`)
	seen := map[string]bool{}
	for range 3 {
		res, body := get(t, s.URL+"/desk", "")
		found := nonce.FindStringSubmatch(res.Header.Get("Content-Security-Policy"))
		require.Len(t, found, 2)
		require.Equal(t, `<meta property="csp-nonce" nonce="`+found[1]+`"><script nonce="`+found[1]+`">`, body)
		require.False(t, seen[found[1]], "a nonce came twice")
		seen[found[1]] = true
	}
}

func TestThePolicyIsStrict(t *testing.T) {
	require.Equal(t, "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-n'; img-src 'self' data: blob:; "+
		"connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'", policy("n"))
}

func TestAnAssetComesInTheBestFormTheBrowserTakes(t *testing.T) {
	s := serveSite(t)
	for _, c := range []struct{ accepts, encoding, body string }{
		{"gzip, deflate, br", "br", "brotli of main"},
		{"gzip;q=1.0", "gzip", string(packed(t, "main()"))},
		{"br;q=0, gzip", "gzip", string(packed(t, "main()"))},
		{"identity", "", "main()"},
	} {
		res, body := get(t, s.URL+"/assets/main-abc.js", c.accepts)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, c.encoding, res.Header.Get("Content-Encoding"), c.accepts)
		require.Equal(t, c.body, body, c.accepts)
		require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"))
		require.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
		require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
	}
}

func TestAnUnhashedFileIsRevalidated(t *testing.T) {
	res, _ := get(t, serveSite(t).URL+"/icon.svg", "gzip")
	require.Equal(t, "no-cache", res.Header.Get("Cache-Control"))
	require.Equal(t, "image/svg+xml", res.Header.Get("Content-Type"))
}

func TestPackedFormsAndTheManifestHaveNoAddress(t *testing.T) {
	s := serveSite(t)
	for _, path := range []string{"/assets/main-abc.js.br", "/assets/main-abc.js.gz", "/.vite/manifest.json", "/assets/../.vite/manifest.json"} {
		res, _ := get(t, s.URL+path, "")
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	res, err := http.Post(serveSite(t).URL+"/desk", "text/plain", nil)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
}

func TestTheBinaryAlwaysHasAPage(t *testing.T) {
	s := httptest.NewServer(Handler())
	t.Cleanup(s.Close)
	res, body := get(t, s.URL+"/desk", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, "Sidetone")
}
