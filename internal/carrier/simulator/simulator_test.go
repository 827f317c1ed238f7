package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/carrier/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ours  = "+18885550100"
	spare = "+18885550101"
	ann   = "+14155550101"
	bob   = "+14155550102"
	other = "+12125550199" // belongs to the second account
	token = "secret"
)

// desk is the product's side: it checks every signature and remembers what it was told.
type desk struct {
	mu       sync.Mutex
	inbound  []wire.Inbound
	receipts []wire.Receipt
	bad      []error
	answer   func(w http.ResponseWriter) // of the messages webhook; <Response/> when nil
	srv      *httptest.Server
}

func newDesk(t testing.TB) *desk {
	d := &desk{}
	d.srv = httptest.NewServer(d)
	t.Cleanup(d.srv.Close)
	return d
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	params, verr := twilio.Verify(token, twilio.PublicURL(d.srv.URL, r), r, body)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil || verr != nil {
		d.bad = append(d.bad, err, verr)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch r.URL.Path {
	case "/messages":
		in, err := twilio.ParseInbound(params, time.Time{})
		d.bad = appendError(d.bad, err)
		d.inbound = append(d.inbound, in)
		if d.answer != nil {
			d.answer(w)
			return
		}
		_, _ = io.WriteString(w, "<Response/>")
	case "/status":
		rec, err := twilio.ParseStatus(r.URL.Query(), params, time.Time{})
		d.bad = appendError(d.bad, err)
		d.receipts = append(d.receipts, rec)
		w.WriteHeader(http.StatusNoContent)
	}
}

func appendError(list []error, err error) []error {
	if err == nil {
		return list
	}
	return append(list, err)
}

func (d *desk) told(t *testing.T) (in []wire.Inbound, rec []wire.Receipt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Empty(t, d.bad)
	return append(in, d.inbound...), append(rec, d.receipts...)
}

// await waits until the desk has so many receipts, and returns them.
func (d *desk) await(t *testing.T, n int) []wire.Receipt {
	t.Helper()
	require.Eventually(t, func() bool { _, rec := d.told(t); return len(rec) >= n }, 10*time.Second, 2*time.Millisecond)
	_, rec := d.told(t)
	require.Len(t, rec, n)
	return rec
}

// world is a running carrier, the desk it reports to, and the real adapter.
type world struct {
	*Carrier
	desk   *desk
	srv    *httptest.Server
	client *twilio.Client
	hc     *http.Client
}

func newWorld(t testing.TB, with ...func(*Config)) *world {
	t.Helper()
	d := newDesk(t)
	cfg := Config{Accounts: []Account{
		{SID: "AC1", AuthToken: token, Numbers: Numbers(ours, spare), MessagesURL: d.srv.URL + "/messages"},
		{SID: "AC2", AuthToken: "other", Numbers: Numbers(other)},
	}}
	for _, change := range with {
		change(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	c.Start()
	srv := httptest.NewServer(c)
	hc := twilio.NewHTTPClient()
	client, err := twilio.New(twilio.Config{AccountSID: "AC1", AuthToken: token, BaseURL: srv.URL, StatusURL: d.srv.URL + "/status", HTTP: hc})
	require.NoError(t, err)
	t.Cleanup(func() {
		hc.CloseIdleConnections()
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Shutdown(end) // first, so that event streams end
		srv.Close()
	})
	return &world{Carrier: c, desk: d, srv: srv, client: client, hc: hc}
}

func (w *world) send(t *testing.T, ref int64, to, body string) wire.Accepted {
	t.Helper()
	a, err := w.client.Send(t.Context(), wire.Outbound{Ref: ref, From: ours, To: to, Text: body})
	require.NoError(t, err)
	return a
}

// call makes a request to the control side and reads the JSON answer.
func (w *world) call(t *testing.T, method, path, body string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.srv.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	res, err := w.hc.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(raw, into), "%s", raw)
	}
	return res.StatusCode
}

func (w *world) faults(t *testing.T, body string) {
	t.Helper()
	require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/faults", body, nil), body)
}

func (w *world) texts(t *testing.T, query string) []textView {
	t.Helper()
	var out []textView
	require.Equal(t, http.StatusOK, w.call(t, "GET", "/sim/texts"+query, "", &out))
	return out
}

func TestATextGoesOutAndItsSignedReceiptsComeBack(t *testing.T) {
	w := newWorld(t)
	a := w.send(t, 42, ann, "Hello “Ann”")
	require.Equal(t, wire.Accepted{ProviderID: a.ProviderID, Status: wire.Sent, Segments: 1}, a)
	require.Regexp(t, `^SM[0-9a-f]{32}$`, a.ProviderID)
	rec := w.desk.await(t, 2)
	require.Equal(t, wire.Receipt{ProviderID: a.ProviderID, MessageRef: 42, Status: wire.Sent}, rec[0])
	require.Equal(t, wire.Receipt{ProviderID: a.ProviderID, MessageRef: 42, Status: wire.Delivered}, rec[1])

	got := w.texts(t, "?to="+url.QueryEscape(ann))
	require.Len(t, got, 1)
	require.Equal(t, textView{
		ID: a.ProviderID, At: got[0].At, From: ours, To: ann, Text: "Hello “Ann”", Segments: 1, Media: []string{},
		Direction: "out", Status: "delivered", Ref: 42,
	}, got[0])
	require.Equal(t, int64(1), w.Stats().Accepted)
	require.Eventually(t, func() bool { s := w.Stats(); return s.ReceiptsSent == 2 && s.ReceiptsWaiting == 0 }, 5*time.Second, time.Millisecond)
}

func TestAConsumersTextReachesTheWebhookSigned(t *testing.T) {
	w := newWorld(t)
	var ans inboundAnswer
	status := w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"hi & 🙏 + \"ok\"","extra":1}`, &ans)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "200 <Response/>", strings.Join([]string{"200", ans.WebhookBody}, " "))
	require.Equal(t, 200, ans.WebhookStatus)
	in, _ := w.desk.told(t)
	require.Equal(t, []wire.Inbound{{ProviderID: ans.ID, From: ann, To: ours, Text: "hi & 🙏 + \"ok\"", NumSegments: 1}}, in)
	require.Empty(t, w.texts(t, ""), "only what the carrier was given is listed")
	require.Len(t, w.texts(t, "?direction=in"), 1)
}

func TestTheAnswerCarriesTheWebhooksOwnStatus(t *testing.T) {
	w := newWorld(t)
	for webhook, want := range map[int]int{200: 200, 204: 200, 403: 403, 500: 500, 302: 502} {
		w.desk.mu.Lock()
		w.desk.answer = func(rw http.ResponseWriter) { rw.WriteHeader(webhook) }
		w.desk.mu.Unlock()
		var ans inboundAnswer
		require.Equal(t, want, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"x"}`, &ans))
		require.Equal(t, webhook, ans.WebhookStatus)
		require.NotEmpty(t, ans.ID)
	}
}

func TestAWebhookThatIsNotThereIs502(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gone := "http://" + ln.Addr().String() + "/messages"
	require.NoError(t, ln.Close())
	w := newWorld(t, func(c *Config) { c.Accounts[0].MessagesURL = gone })
	var ans inboundAnswer
	require.Equal(t, http.StatusBadGateway, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"x"}`, &ans))
	require.Zero(t, ans.WebhookStatus)
	require.NotEmpty(t, ans.Error)
	require.Equal(t, int64(2), w.Stats().WebhooksFailed, "tried once more, as the carrier does")
	require.Equal(t, http.StatusBadGateway, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+other+`","text":"x"}`, &ans), "an account without a webhook")
}

func TestBadTextsNameTheField(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]refusal{
		`{"from":"","to":"` + ours + `","text":"x"}`:                                                                   {Field: "from"},
		`{"to":"` + ours + `","text":"x"}`:                                                                             {Field: "from"},
		`{"from":"ann","to":"` + ours + `","text":"x"}`:                                                                {Field: "from"},
		`{"from":7,"to":"` + ours + `","text":"x"}`:                                                                    {Field: "from"},
		`{"from":"` + ann + `","text":"x"}`:                                                                            {Field: "to"},
		`{"from":"` + ann + `","to":"` + ours + `"}`:                                                                   {Field: "text"},
		`{"from":"` + ann + `","to":"` + ours + `","text":""}`:                                                         {Field: "text"},
		`{"from":"` + ann + `","to":"` + ours + `","media":["ftp://x"]}`:                                               {Field: "media"},
		`{"from":"` + ann + `","to":"` + ours + `","media":["sample:cat"]}`:                                            {Field: "media"},
		`{"from":"` + ann + `","to":"` + ours + `","media":["data:image/png,raw"]}`:                                    {Field: "media"},
		`{"from":"` + ann + `","to":"` + ours + `","media":[7]}`:                                                       {Field: "media"},
		`{"from":"` + ann + `","to":"` + ours + `","media":"x"}`:                                                       {Field: "media"},
		`{"from":"` + ann + `","to":"` + ours + `","media":[` + strings.Repeat(`"sample:dot",`, 10) + `"sample:dot"]}`: {Field: "media"},
		`{"from":`: {}, `[]`: {}, `{} {}`: {}, ``: {},
	} {
		var got refusal
		require.Equal(t, http.StatusBadRequest, w.call(t, "POST", "/sim/texts", body, &got), body)
		require.Equal(t, want.Field, got.Field, body)
		require.Equal(t, "invalid_request", got.Code)
	}
	var got refusal
	require.Equal(t, http.StatusNotFound, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"+19995550000","text":"x"}`, &got))
	require.Equal(t, refusal{Code: "not_found", Field: "to", Message: "to is a number of nobody here"}, got)
	in, _ := w.desk.told(t)
	require.Empty(t, in)
}

func TestLargeBodiesAreRefused(t *testing.T) {
	w := newWorld(t)
	big := strings.Repeat("x", maxBody)
	var got refusal
	require.Equal(t, http.StatusRequestEntityTooLarge, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"`+strings.Repeat("x", maxTextBody)+`"}`, &got))
	require.Equal(t, "the body is larger than 8 MiB", got.Message)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.call(t, "POST", "/sim/faults", `{"receipts":"`+big+`"}`, nil))
	for _, chunked := range []bool{false, true} {
		var body io.Reader = strings.NewReader("To=" + big)
		if chunked {
			body = io.MultiReader(body) // hides the length
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.srv.URL+"/2010-04-01/Accounts/AC1/Messages.json", body)
		require.NoError(t, err)
		req.SetBasicAuth("AC1", token)
		res, err := w.hc.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	}
}

func TestTextsAreListedInOrderAndAfterAnyID(t *testing.T) {
	w := newWorld(t)
	first := w.send(t, 1, ann, "one")
	w.send(t, 2, bob, "two")
	var ans inboundAnswer
	w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"hi"}`, &ans)
	w.send(t, 3, ann, "three")
	words := func(list []textView) string {
		var out []string
		for _, m := range list {
			out = append(out, m.Text)
		}
		return strings.Join(out, " ")
	}
	to := "to=" + url.QueryEscape(ann)
	from := "from=" + url.QueryEscape(ours)
	require.Equal(t, "one two three", words(w.texts(t, "")))
	require.Equal(t, "one three", words(w.texts(t, "?"+to)))
	require.Equal(t, "one two three", words(w.texts(t, "?"+from)))
	require.Equal(t, "one three", words(w.texts(t, "?"+to+"&"+from)))
	require.Equal(t, "three", words(w.texts(t, "?"+to+"&after="+first.ProviderID)))
	require.Equal(t, "three", words(w.texts(t, "?after="+ans.ID)), "the id of an inbound text counts too")
	require.Equal(t, "one two", words(w.texts(t, "?limit=2")))
	require.Equal(t, "one two hi three", words(w.texts(t, "?direction=all")))
	require.Empty(t, w.texts(t, "?to=%2B19990000000"))
	for query, field := range map[string]string{"?after=SM1": "after", "?direction=up": "direction", "?limit=0": "limit", "?limit=x": "limit"} {
		var got refusal
		require.Equal(t, http.StatusBadRequest, w.call(t, "GET", "/sim/texts"+query, "", &got))
		require.Equal(t, field, got.Field)
	}
}

func TestAccountsSeeOnlyWhatIsTheirs(t *testing.T) {
	w := newWorld(t)
	a := w.send(t, 1, ann, "one")
	stranger, err := twilio.New(twilio.Config{AccountSID: "AC2", AuthToken: "other", BaseURL: w.srv.URL, HTTP: w.hc})
	require.NoError(t, err)
	found, err := stranger.Lookup(t.Context(), ann, ours, time.Time{})
	require.NoError(t, err)
	require.Empty(t, found)
	owned, err := stranger.OwnsNumber(t.Context(), ours)
	require.NoError(t, err)
	require.False(t, owned.Owned)
	_, err = stranger.Send(t.Context(), wire.Outbound{From: ours, To: ann, Text: "x"})
	require.Equal(t, "21606", wire.AsSendError(err).Code)

	for _, path := range []string{"Messages.json", "Messages/" + a.ProviderID + ".json", "IncomingPhoneNumbers.json"} {
		for _, auth := range [][2]string{{"AC1", "wrong"}, {"AC2", "other"}, {"", ""}} {
			req, err := http.NewRequestWithContext(t.Context(), "GET", w.srv.URL+"/2010-04-01/Accounts/AC1/"+path, nil)
			require.NoError(t, err)
			req.SetBasicAuth(auth[0], auth[1])
			res, err := w.hc.Do(req)
			require.NoError(t, err)
			res.Body.Close()
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		}
	}
}

func TestAnAccountCanBeReplacedWhileTheCarrierRuns(t *testing.T) {
	w := newWorld(t)
	w.send(t, 1, ann, "one")
	require.NoError(t, w.Put(Account{SID: "AC1", AuthToken: token, Numbers: Numbers(ours, "+18885550177")}))
	owned, err := w.client.OwnsNumber(t.Context(), "+18885550177")
	require.NoError(t, err)
	require.Equal(t, twilio.Ownership{Owned: true, ProviderID: owned.ProviderID, SMS: true, MMS: true, Voice: true}, owned)
	owned, err = w.client.OwnsNumber(t.Context(), spare)
	require.NoError(t, err)
	require.False(t, owned.Owned)
	require.Len(t, w.texts(t, ""), 1, "its past stays")
	require.ErrorContains(t, w.Put(Account{SID: "AC3", AuthToken: "x", Numbers: Numbers(ours)}), "already belongs")
	for name, bad := range map[string]Account{
		"no id": {AuthToken: "x"}, "no token": {SID: "A"}, "slash": {SID: "A/B", AuthToken: "x"}, "url": {SID: "A", AuthToken: "x", MessagesURL: "x"},
		"number": {SID: "A", AuthToken: "x", Numbers: Numbers("call me")}, "twice": {SID: "A", AuthToken: "x", Numbers: Numbers(bob, bob)},
	} {
		require.Error(t, w.Put(bad), name)
	}
	_, err = New(Config{Accounts: []Account{{}}})
	require.Error(t, err)
}

func TestServeStopsCleanlyAndSendsWhatIsOwed(t *testing.T) {
	d := newDesk(t)
	c, err := New(Config{Accounts: []Account{{SID: "AC1", AuthToken: token, Numbers: Numbers(ours)}}})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, ln) }()

	base := "http://" + ln.Addr().String()
	hc := twilio.NewHTTPClient()
	defer hc.CloseIdleConnections()
	res, err := hc.Post(base+"/sim/faults", "application/json", strings.NewReader(`{"receipts":"late","late_ms":600000}`))
	require.NoError(t, err)
	res.Body.Close()
	client, err := twilio.New(twilio.Config{AccountSID: "AC1", AuthToken: token, BaseURL: base, StatusURL: d.srv.URL + "/status", HTTP: hc})
	require.NoError(t, err)
	_, err = client.Send(t.Context(), wire.Outbound{Ref: 9, From: ours, To: ann, Text: "x"})
	require.NoError(t, err)
	stream, err := hc.Get(base + "/sim/events")
	require.NoError(t, err)
	defer stream.Body.Close()

	stop()
	require.NoError(t, <-ended)
	_, rec := d.told(t)
	require.Len(t, rec, 2, "owed in ten minutes, sent at the end")
	require.Zero(t, c.Stats().ReceiptsWaiting)
	require.NoError(t, c.Shutdown(t.Context()), "safe twice")
}

func TestServeSaysWhyItCannotListen(t *testing.T) {
	require.Error(t, Serve(t.Context(), "256.0.0.1:1", Config{}))
	require.Error(t, Serve(t.Context(), "127.0.0.1:0", Config{Accounts: []Account{{}}}))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, Serve(ctx, "127.0.0.1:0", Config{}), "stopped at once is no failure")
}

func TestCallbacksLeftAtTheEndAreCountedAsLost(t *testing.T) {
	block := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	defer stuck.Close()
	defer close(block)
	c, err := New(Config{Accounts: []Account{{SID: "AC1", AuthToken: token, Numbers: Numbers(ours), StatusURL: stuck.URL}}})
	require.NoError(t, err)
	c.Start()
	req := httptest.NewRequest("POST", "/2010-04-01/Accounts/AC1/Messages.json", bytes.NewBufferString(url.Values{"To": {ann}, "From": {ours}, "Body": {"x"}}.Encode()))
	req.SetBasicAuth("AC1", token)
	rec := httptest.NewRecorder()
	c.ServeHTTP(rec, req)
	require.Equal(t, http.StatusCreated, rec.Code)
	end, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Shutdown(end), "1 texts")
	require.Equal(t, int64(1), c.Stats().ReceiptsDropped)
}

func TestUnknownPathsAre404(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, http.StatusNotFound, w.call(t, "GET", "/sim/nothing", "", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.call(t, "DELETE", "/sim/texts", "", nil))
	var ok map[string]string
	require.Equal(t, http.StatusOK, w.call(t, "GET", "/healthz", "", &ok))
	var stats Stats
	require.Equal(t, http.StatusOK, w.call(t, "GET", "/sim/stats", "", &stats))
}

func TestTheControlSideRefusesInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.srv.URL+"/sim/faults", strings.NewReader(`{"error_rate":2}`))
	require.NoError(t, err)
	req.Header.Set("Accept-Language", "es")
	res, err := w.hc.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var got refusal
	require.NoError(t, json.NewDecoder(res.Body).Decode(&got))
	require.Equal(t, refusal{Code: "invalid_request", Field: "error_rate", Message: "error_rate debe ir de 0 a 1"}, got)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Equal(t, "es", res.Header.Get("Content-Language"))
}
