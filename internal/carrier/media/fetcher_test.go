package media

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
)

// post is a carrier's server: what is below /2010 wants the account's credentials.
type post struct {
	*httptest.Server
	account carrier.Account
	seen    []string // Authorization of each request below /open
}

func newPost(t *testing.T, secure bool) *post {
	t.Helper()
	p := &post{}
	mux := http.NewServeMux()
	mux.HandleFunc("/2010/{file}", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "AC1" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/open/{size}", func(w http.ResponseWriter, r *http.Request) {
		p.seen = append(p.seen, r.Header.Get("Authorization"))
		var size int
		_, _ = fmt.Sscan(r.PathValue("size"), &size)
		if r.URL.Query().Has("stream") {
			w.(http.Flusher).Flush() // no Content-Length then
		}
		_, _ = w.Write([]byte(strings.Repeat("x", size)))
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if secure {
		p.Server = httptest.NewTLSServer(mux)
	} else {
		p.Server = httptest.NewServer(mux)
	}
	t.Cleanup(p.Close)
	p.account = carrier.Account{SID: "AC1", AuthToken: "secret", BaseURL: p.URL}
	return p
}

func reasonOf(err error) Reason {
	var r refusal
	if errors.As(err, &r) {
		return r.reason
	}
	return ""
}

func TestCredentialsGoToTheCarrierAndNeverAlong(t *testing.T) {
	ours, other := newPost(t, false), newPost(t, true)
	f := newFetcher(other.Client())
	b, err := f.get(t.Context(), ours.account, ours.URL+"/2010/a?to=/open/3")
	require.NoError(t, err)
	require.Equal(t, "xxx", string(b))
	b, err = f.get(t.Context(), ours.account, ours.URL+"/2010/a?to="+other.URL+"/open/4")
	require.NoError(t, err)
	require.Equal(t, "xxxx", string(b))
	_, err = f.get(t.Context(), ours.account, other.URL+"/open/5")
	require.NoError(t, err)
	require.Equal(t, []string{""}, ours.seen)
	require.Equal(t, []string{"", ""}, other.seen)
}

func TestNobodyLeadsTheFetcherIntoOurOwnNetwork(t *testing.T) {
	ours, inner := newPost(t, false), newPost(t, true)
	plain := newPost(t, false)
	f := newFetcher(nil)
	for _, to := range []string{
		inner.URL + "/open/1", plain.URL + "/open/1", strings.Replace(inner.URL, "127.0.0.1", "localhost", 1) + "/open/1",
		"https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/",
		"https://0x7f000001/", "https://192.0.2.1:22/", "http://192.0.2.1/", "ftp://192.0.2.1/", "file:///etc/passwd", "https://a:b@192.0.2.1/",
	} {
		for _, address := range []string{to, ours.URL + "/2010/a?to=" + to} {
			_, err := f.get(t.Context(), ours.account, address)
			require.Error(t, err, address)
			if !strings.Contains(to, "0x7f") { // a name or a number, as the resolver sees it
				require.Equal(t, BadAddress, reasonOf(err), "%s: %v", address, err)
			}
		}
	}
	require.Empty(t, inner.seen)
	require.Empty(t, plain.seen)
}

func TestAFileIsReadUpToFiveMegabytes(t *testing.T) {
	p := newPost(t, false)
	f := newFetcher(nil)
	for _, how := range []string{"", "?stream"} {
		b, err := f.get(t.Context(), p.account, fmt.Sprint(p.URL, "/open/", MaxBytes, how))
		require.NoError(t, err)
		require.Len(t, b, MaxBytes)
		_, err = f.get(t.Context(), p.account, fmt.Sprint(p.URL, "/open/", MaxBytes+1, how))
		require.Equal(t, TooLarge, reasonOf(err))
	}
}

func TestWhatTheCarrierSaysDecidesWhetherToTryAgain(t *testing.T) {
	p := newPost(t, false)
	f := newFetcher(nil)
	_, err := f.get(t.Context(), p.account, p.URL+"/gone")
	require.Equal(t, Gone, reasonOf(err))
	_, err = f.get(t.Context(), p.account, p.URL+"/round")
	require.Equal(t, BadAddress, reasonOf(err))
	_, err = f.get(t.Context(), p.account, p.URL+"/nothing")
	require.ErrorIs(t, err, errMissing)
	_, err = f.get(t.Context(), p.account, p.URL+"/broken")
	require.EqualError(t, err, "the carrier answered 502")
	wrong := p.account
	wrong.AuthToken = "stale"
	_, err = f.get(t.Context(), wrong, p.URL+"/2010/a?to=/open/1")
	require.EqualError(t, err, "the carrier answered 401")
	p.Close()
	_, err = f.get(t.Context(), p.account, p.URL+"/open/1?signature=key")
	require.Error(t, err)
	require.Empty(t, reasonOf(err))
	require.NotContains(t, err.Error(), "signature")
}
