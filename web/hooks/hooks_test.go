package hooks_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
	"sidetone/web/hooks"
)

type house struct {
	*webtest.House
	server *httptest.Server
	log    *webtest.Lines
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{House: webtest.New(t), log: &webtest.Lines{}}
	log := slog.New(edge.LogHandler{Handler: slog.NewTextHandler(h.log, nil)})
	handler, err := hooks.New(hooks.Config{
		Accounts: h.Accounts, Chats: h.Chats, Receipts: h.Receipts, PublicURL: webtest.PublicURL,
		Refusals: edge.Refusals{Log: log}, Now: time.Now, Log: log,
	})
	require.NoError(t, err)
	h.server = httptest.NewServer(edge.Identify(handler))
	t.Cleanup(h.server.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.log.String())
		}
	})
	return h
}

const messages, status = "/hooks/twilio/" + webtest.AccountKey + "/messages", "/hooks/twilio/" + webtest.AccountKey + "/status"

// text is the form of a consumer's text.
func text(sid, from, to, body string) url.Values {
	return url.Values{
		"MessageSid": {sid}, "AccountSid": {webtest.AccountSID}, "From": {from}, "To": {to}, "Body": {body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "FromCity": {"SAN FRANCISCO"},
	}
}

// post sends a signed form.
func (h *house) post(t testing.TB, path string, form url.Values) (int, string) {
	t.Helper()
	return h.send(t, path, form.Encode(), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", twilio.SignatureHeader: twilio.Sign(webtest.AccountToken, webtest.PublicURL+path, form),
	})
}

func (h *house) send(t testing.TB, path, body string, headers map[string]string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	for k, v := range headers {
		request.Header.Set(k, v)
	}
	response, err := h.server.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	switch response.StatusCode {
	case http.StatusOK:
		require.Equal(t, "text/xml", response.Header.Get("Content-Type"))
	case http.StatusNoContent:
	default:
		var refusal edge.Refusal
		require.NoError(t, json.Unmarshal(said, &refusal), "%s", said)
		require.Equal(t, response.Header.Get(edge.RequestIDHeader), refusal.RequestID)
		return response.StatusCode, refusal.Message
	}
	return response.StatusCode, string(said)
}

func (h *house) count(t testing.TB, table string) int {
	t.Helper()
	return webtest.One[int](t, h.House, "select count(*)::int from "+table)
}

func TestATextIsDurableWhenItIsAnswered(t *testing.T) {
	h := newHouse(t)
	code, said := h.post(t, messages, text("SM1", webtest.Marisol, webtest.Sales, "Hi, a mug arrived chipped ☹"))
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "<Response/>", said, "any text here would be sent to the consumer")
	require.Equal(t, "Hi, a mug arrived chipped ☹", webtest.One[string](t, h.House, "select body from messages where provider_id = 'SM1'"))
	require.Equal(t, "queued", webtest.One[string](t, h.House, "select status from chats"))
}

func TestARepeatIsAnsweredAsTheFirstWasAndHasNoEffect(t *testing.T) {
	h := newHouse(t)
	form := text("SM1", webtest.Marisol, webtest.Sales, "hello")
	h.post(t, messages, form)
	before := h.count(t, "messages")
	hints := h.Hints(t, h.Ann)
	code, said := h.post(t, messages, form)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "<Response/>", said)
	require.Equal(t, before, h.count(t, "messages"))
	require.Equal(t, 1, h.count(t, "chats"))
	require.Empty(t, hints)
}

func TestATextInAChatTellsItsAgent(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	seq := webtest.One[int](t, h.House, "select last_seq from chats where id = $1", of)
	hints := h.Hints(t, h.Ann)
	h.post(t, messages, text("SM100", webtest.Marisol, webtest.Sales, "one more thing"))
	select {
	case hint := <-hints:
		require.Equal(t, event.Hint{Kind: event.ChatMoved, Tenant: h.Tenant, User: h.Ann.ID, Chat: of, Seq: seq + 1}, hint)
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no hint")
	}
}

func TestATextToANumberNobodyKnowsIsKept(t *testing.T) {
	h := newHouse(t)
	code, _ := h.post(t, messages, text("SM1", webtest.Marisol, "+14155550199", "is this the bakery?"))
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "unknown_number", webtest.One[string](t, h.House, "select disposition from messages"))
	require.Zero(t, h.count(t, "chats"))
}

func TestWhoDoesNotProveToBeTheCarrierIsRefused(t *testing.T) {
	h := newHouse(t)
	form := text("SM1", webtest.Marisol, webtest.Sales, "hello")
	right := twilio.Sign(webtest.AccountToken, webtest.PublicURL+messages, form)
	changed := text("SM1", webtest.Marisol, webtest.Sales, "send me money")
	for name, c := range map[string]struct {
		form      url.Values
		signature string
	}{
		"no signature":      {form, ""},
		"another's":         {form, twilio.Sign("another token", webtest.PublicURL+messages, form)},
		"of another text":   {changed, right},
		"of the host":       {form, twilio.Sign(webtest.AccountToken, h.server.URL+messages, form)},
		"of another door":   {form, twilio.Sign(webtest.AccountToken, webtest.PublicURL+status, form)},
		"not even base64":   {form, "????"},
		"of a longer query": {form, twilio.Sign(webtest.AccountToken, webtest.PublicURL+messages+"?a=1", form)},
	} {
		code, said := h.send(t, messages, c.form.Encode(), map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", twilio.SignatureHeader: c.signature,
			"X-Forwarded-Host": "desk.example:8080", "X-Forwarded-Proto": "http",
		})
		require.Equal(t, http.StatusForbidden, code, name)
		require.Equal(t, "The signature is missing or does not match", said)
	}
	require.Zero(t, h.count(t, "messages"))
	require.Contains(t, h.log.String(), "webhook with a bad signature")
	require.NotContains(t, h.log.String(), webtest.Marisol)
	require.NotContains(t, h.log.String(), "hello")
}

func TestJSONIsTakenWithTheHashOfItsBody(t *testing.T) {
	h := newHouse(t)
	body := fmt.Sprintf(`{"MessageSid":"SM1","From":%q,"To":%q,"Body":"hello","NumMedia":0}`, webtest.Marisol, webtest.Sales)
	sum := sha256.Sum256([]byte(body))
	path := messages + "?bodySHA256=" + hex.EncodeToString(sum[:])
	headers := map[string]string{
		"Content-Type": "application/json", twilio.SignatureHeader: twilio.Sign(webtest.AccountToken, webtest.PublicURL+path, nil),
	}
	code, _ := h.send(t, path, body, headers)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "hello", webtest.One[string](t, h.House, "select body from messages where direction = 'in'"))
	code, _ = h.send(t, path, strings.Replace(body, "hello", "help!", 1), headers)
	require.Equal(t, http.StatusForbidden, code)
}

func TestWhatIsMalformedIsRefusedByName(t *testing.T) {
	h := newHouse(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	for _, c := range []struct {
		body    string
		headers map[string]string
		code    int
		message string
	}{
		{"Body=%zz", form, 400, "The body is not well formed: it must be a form"},
		{"Body=a;b", form, 400, "The body is not well formed: it must be a form"},
		{"{}", map[string]string{"Content-Type": "text/plain"}, 400, "Content-Type must be application/x-www-form-urlencoded or application/json"},
		{"{}", nil, 400, "Content-Type must be application/x-www-form-urlencoded or application/json"},
		{strings.Repeat("a", edge.MaxBody+1), form, 413, "The body is larger than 1 MiB"},
		{strings.Repeat("a", edge.MaxBody+1), nil, 413, "The body is larger than 1 MiB"},
	} {
		code, said := h.send(t, messages, c.body, c.headers)
		require.Equal(t, c.code, code, "%.20s", c.body)
		require.Equal(t, c.message, said)
	}
	code, said := h.post(t, messages, url.Values{"MessageSid": {"SM1"}, "To": {webtest.Sales}})
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "is missing", said)
	require.Zero(t, h.count(t, "messages"))
}

func TestABodyWithoutALengthIsBoundedToo(t *testing.T) {
	h := newHouse(t)
	endless, writer := io.Pipe()
	go func() {
		chunk := make([]byte, 64<<10)
		for {
			if _, err := writer.Write(chunk); err != nil {
				return
			}
		}
	}()
	defer endless.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+messages, endless)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := h.server.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
}

func TestAnAddressThatIsNoHookIsNotFound(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{
		"/hooks/twilio/ffffffffffffffffffffffffffffffff/messages", "/hooks/twilio/short/messages",
		"/hooks/twilio/" + webtest.AccountKey + "/voice", "/hooks/other/" + webtest.AccountKey + "/messages",
	} {
		code, _ := h.post(t, path, text("SM1", webtest.Marisol, webtest.Sales, "hello"))
		require.Equal(t, http.StatusNotFound, code, path)
	}
	response, err := h.server.Client().Get(h.server.URL + messages)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
}

func TestAReceiptMovesTheTextItNames(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	sent, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "c1", "On its way")
	require.NoError(t, err)
	webtest.One[int](t, h.House, "update messages set status = 'sent', provider_id = 'SM900', done_at = now() where id = $1 returning 1", sent.Message)
	hints := h.Hints(t, h.Ann)
	path := fmt.Sprintf("%s?m=%d", status, sent.Message)
	receipt := url.Values{"MessageSid": {"SM900"}, "MessageStatus": {"delivered"}, "From": {webtest.Sales}, "To": {webtest.Marisol}}
	for range 2 {
		code, said := h.post(t, path, receipt)
		require.Equal(t, http.StatusNoContent, code)
		require.Empty(t, said)
	}
	receipt.Set("MessageStatus", "sent")
	code, _ := h.post(t, path, receipt)
	require.Equal(t, http.StatusNoContent, code, "late, and no fault of the carrier's")
	require.Equal(t, "delivered", webtest.One[string](t, h.House, "select status from messages where id = $1", sent.Message))
	select {
	case hint := <-hints:
		require.Equal(t, event.MessageStatus, hint.Kind)
		require.Equal(t, of, hint.Chat)
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no hint")
	}
	receipt.Set("MessageStatus", "received")
	code, _ = h.post(t, path, receipt)
	require.Equal(t, http.StatusBadRequest, code)
	code, _ = h.post(t, status, url.Values{"MessageSid": {"SM777"}, "MessageStatus": {"delivered"}})
	require.Equal(t, http.StatusNoContent, code, "a receipt of no text of ours must not come for ever")
}

func TestOurOwnFaultIsNeverTheCarriers(t *testing.T) {
	h := newHouse(t)
	code, _ := h.post(t, messages, text("SM0", webtest.Marisol, webtest.Sales, "hello"))
	require.Equal(t, http.StatusOK, code)
	h.DB.Pool().Reset()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { return nil })
	h.breakDatabase(t)
	for path, form := range map[string]url.Values{
		messages: text("SM1", webtest.Marisol, webtest.Sales, "hello"),
		status:   {"MessageSid": {"SM0"}, "MessageStatus": {"delivered"}},
		"/hooks/twilio/ffffffffffffffffffffffffffffffff/messages": text("SM1", webtest.Marisol, webtest.Sales, "hello"),
	} {
		code, said := h.post(t, path, form)
		require.Equal(t, http.StatusServiceUnavailable, code, path)
		require.Equal(t, "This could not be saved just now; send it again", said)
	}
}

// breakDatabase takes every connection there is, so that nothing can be read or saved any more.
func (h *house) breakDatabase(t testing.TB) { h.DB.Close() }

func TestTextsOfManyAtOnceAreAllKept(t *testing.T) {
	h := newHouse(t)
	var senders sync.WaitGroup
	for i := range 20 {
		senders.Go(func() {
			for j := range 10 {
				code, _ := h.post(t, messages, text(fmt.Sprintf("SM%d-%d", i, j), fmt.Sprintf("+1415555%04d", i), webtest.Sales, fmt.Sprint(j)))
				if code != http.StatusOK {
					t.Errorf("answered %d", code)
				}
			}
		})
	}
	senders.Wait()
	require.Equal(t, 20, h.count(t, "chats"))
	for _, of := range webtest.One[[]int64](t, h.House, "select array_agg(id) from chats") {
		require.Equal(t, "0123456789", webtest.One[string](t, h.House,
			"select string_agg(body, '' order by seq) from messages where chat_id = $1 and direction = 'in'", id.Chat(of)))
	}
}

// What a webhook costs before anything is saved: signature, form and shape.
func BenchmarkBadSignature(b *testing.B) {
	h := newHouse(b)
	handler, err := hooks.New(hooks.Config{
		Accounts: h.Accounts, Chats: h.Chats, Receipts: h.Receipts, PublicURL: webtest.PublicURL,
		Refusals: edge.Refusals{Log: h.Log}, Now: time.Now, Log: h.Log,
	})
	require.NoError(b, err)
	form := text("SM1", webtest.Marisol, webtest.Sales, "hello")
	body, signature := form.Encode(), twilio.Sign("wrong", webtest.PublicURL+messages, form)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, messages, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(twilio.SignatureHeader, signature)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// A text all the way to its commit, with as many at once as a busy carrier sends.
func BenchmarkText(b *testing.B) {
	h := newHouse(b)
	handler := h.server.Config.Handler
	var n atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			form := text(fmt.Sprintf("SM%d", i), fmt.Sprintf("+1415555%04d", i%2000), webtest.Sales, "hello")
			r := httptest.NewRequest(http.MethodPost, messages, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(twilio.SignatureHeader, twilio.Sign(webtest.AccountToken, webtest.PublicURL+messages, form))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("answered %d", w.Code)
			}
		}
	})
}
