package twilio

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
)

const accepted = `{"sid":"SM1","status":"queued","num_segments":"3","error_code":null}`

// client talks to a server that lives as long as the test.
func client(t testing.TB, h http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return clientAt(t, srv.URL), srv
}

func clientAt(t testing.TB, base string) *Client {
	t.Helper()
	hc := NewHTTPClient()
	t.Cleanup(hc.CloseIdleConnections)
	c, err := New(Config{AccountSID: "AC1", AuthToken: "secret", BaseURL: base, HTTP: hc, StatusURL: "https://desk.example.com/hooks/k/status"})
	require.NoError(t, err)
	return c
}

func hello() wire.Outbound {
	return wire.Outbound{Ref: 42, From: "+18885550100", To: "+14155550101", Text: "Hi & welcome + 100 % – ok", ValidFor: 90 * time.Second}
}

func TestASendIsTheFormTheCarrierWants(t *testing.T) {
	var got url.Values
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		user, pass, _ := r.BasicAuth()
		require.Equal(t, "AC1 secret", user+" "+pass)
		require.Equal(t, "POST /2010-04-01/Accounts/AC1/Messages.json", r.Method+" "+r.URL.Path)
		require.NoError(t, r.ParseForm())
		got = r.PostForm
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, accepted)
	})
	m := hello()
	m.MediaURLs = []string{"https://x.test/a?b=1", "https://x.test/c"}
	a, err := c.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, wire.Accepted{ProviderID: "SM1", Status: wire.Sent, Segments: 3}, a)
	require.Equal(t, url.Values{
		"To": {m.To}, "From": {m.From}, "Body": {m.Text}, "MediaUrl": m.MediaURLs, "ValidityPeriod": {"90"},
		"StatusCallback": {"https://desk.example.com/hooks/k/status?m=42"},
	}, got)
}

func TestTheFormEncoderAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		require.Equal(t, url.QueryEscape(s), string(appendEscaped(nil, s)))
	})
}

func TestTheValidityStaysWithinTheCarriersBounds(t *testing.T) {
	c := clientAt(t, "http://127.0.0.1:1")
	for d, want := range map[time.Duration]string{0: "", time.Millisecond: "1", time.Minute: "60", 24 * time.Hour: "36000"} {
		form, err := url.ParseQuery(string(c.appendForm(nil, wire.Outbound{To: "+1", From: "+2", Text: "x", ValidFor: d})))
		require.NoError(t, err)
		require.Equal(t, want, form.Get("ValidityPeriod"), d)
		require.Empty(t, form.Get("StatusCallback"), "without a reference there is nothing to call back about")
	}
}

func TestACallbackAddressKeepsItsOwnQuery(t *testing.T) {
	prefix, err := callbackPrefix("https://desk.example.com/s?x=1#rc=3")
	require.NoError(t, err)
	require.Equal(t, url.QueryEscape("https://desk.example.com/s?x=1&m="), prefix)
}

func TestRefusalsHaveTheirClass(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		class  wire.Class
		code   string
	}{
		{"opted out", 400, `{"code":21610,"message":"unsubscribed","status":400}`, wire.OptedOut, "21610"},
		{"bad number", 400, `{"code":21211}`, wire.BadRecipient, "21211"},
		{"too long", 400, `{"code":21617}`, wire.Content, "21617"},
		{"foreign sender", 400, `{"code":21606}`, wire.Config, "21606"},
		{"a new code", 400, `{"code":29999}`, wire.Content, "29999"},
		{"no code", 400, `<html>`, wire.Content, "400"},
		{"bad token", 401, `{"code":20003}`, wire.Config, "20003"},
		{"unknown account", 404, `{"code":20404}`, wire.Config, "20404"},
		{"redirect", 302, ``, wire.Config, "302"},
		{"throttle", 429, `{"code":20429}`, wire.Throttled, "20429"},
		{"throttle by a proxy", 429, `slow down`, wire.Throttled, "429"},
		{"server error", 500, `{"code":20500}`, wire.Ambiguous, "20500"},
		{"gateway", 502, `bad gateway`, wire.Ambiguous, "502"},
		{"unavailable with a known code", 503, `{"code":21211}`, wire.Ambiguous, "21211"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := cl.Send(t.Context(), hello())
			e := requireSendError(t, err, c.class)
			require.Equal(t, c.code, e.Code)
			require.NotEmpty(t, e.Message)
			require.Equal(t, 1, calls, "nothing is followed or repeated")
			if c.status == 429 || c.status >= 500 {
				require.Equal(t, 7*time.Second, e.RetryAfter)
			}
		})
	}
}

func requireSendError(t *testing.T, err error, class wire.Class) *wire.SendError {
	t.Helper()
	var e *wire.SendError
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, class, e.Class, "%v", err)
	return e
}

func TestARefusedConnectionIsSafeToRepeat(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	require.NoError(t, ln.Close())
	_, err = clientAt(t, "http://"+addr).Send(t.Context(), hello())
	requireSendError(t, err, wire.Network)
}

func TestAFailedHandshakeIsSafeToRepeat(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	_, err := clientAt(t, srv.URL).Send(t.Context(), hello()) // our client does not know the test's authority
	requireSendError(t, err, wire.Network)
}

func TestAConnectionLostAfterTheTextLeftIsAmbiguous(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	})
	_, err := c.Send(t.Context(), hello())
	requireSendError(t, err, wire.Ambiguous)
}

func TestNoAnswerInTimeIsAmbiguous(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	c, _ := client(t, func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := c.Send(ctx, hello())
	close(release)
	requireSendError(t, err, wire.Ambiguous)
}

func TestAnAcceptanceThatCannotBeReadIsAmbiguous(t *testing.T) {
	for name, body := range map[string]string{"cut short": accepted[:20], "no id": `{"status":"queued"}`, "not json": "ok"} {
		c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, body)
		})
		_, err := c.Send(t.Context(), hello())
		require.Equal(t, wire.Ambiguous, requireSendError(t, err, wire.Ambiguous).Class, name)
	}
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, accepted)
	})
	_, err := c.Send(t.Context(), hello())
	requireSendError(t, err, wire.Ambiguous)
}

func TestAConnectionThatDiedWhileIdleIsReplacedWithoutADouble(t *testing.T) {
	var calls atomic.Int32
	c, srv := client(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, accepted)
	})
	for i := range 20 {
		_, err := c.Send(t.Context(), hello())
		if err != nil { // the close was seen only after the write: said honestly, not repeated blindly
			requireSendError(t, err, wire.Ambiguous)
		}
		require.LessOrEqual(t, calls.Load(), int32(i+1))
		srv.CloseClientConnections()
	}
}

func TestRetryAfterReadsSecondsAndDates(t *testing.T) {
	const now = "Sat, 01 Aug 2026 12:00:00 GMT"
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "x": 0, "999999": time.Hour,
		"Sat, 01 Aug 2026 12:00:20 GMT": 20 * time.Second, "Sat, 01 Aug 2026 11:00:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(value, now), value)
	}
}

func TestAClientNeedsCredentialsAndRealAddresses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no account": {AuthToken: "x"},
		"no token":   {AccountSID: "AC1"},
		"bad base":   {AccountSID: "AC1", AuthToken: "x", BaseURL: "ftp://x"},
		"bad status": {AccountSID: "AC1", AuthToken: "x", StatusURL: "/relative"},
	} {
		_, err := New(cfg)
		require.Error(t, err, name)
	}
	c, err := New(Config{AccountSID: "AC1", AuthToken: "x"})
	require.NoError(t, err)
	require.Equal(t, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json", c.messagesURL.String())
}

func BenchmarkSend(b *testing.B) {
	answer := []byte(accepted)
	c, _ := client(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answer)
	})
	m := hello()
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Send(context.Background(), m); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}
