package console_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/media"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/console"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

const base = "/api/console"

type house struct {
	*webtest.House
	server *httptest.Server
	router routers.Router // of the contract
}

func newHouse(t testing.TB, simulator *console.Simulator) *house {
	t.Helper()
	h := &house{House: webtest.New(t)}
	handler, err := console.New(console.Config{
		DB: h.DB, Logins: h.Logins, SignIns: h.SignIns, Callers: h.Callers, Refusals: h.Refusals, Chats: h.Chats, Media: h.Media, Router: h.Router, Accounts: h.Accounts, Publish: h.Bus.Publish,
		Simulator: simulator, Now: time.Now, Log: h.Log,
	})
	require.NoError(t, err)
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(edge.MaxBody)
		if r.URL.Path == base+"/media" {
			most = media.MaxBytes
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		handler.ServeHTTP(w, r)
	})
	h.server = httptest.NewServer(edge.Identify(limited))
	t.Cleanup(h.server.Close)
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	spec.Servers = openapi3.Servers{{URL: base}}
	h.router, err = gorillamux.NewRouter(spec)
	require.NoError(t, err)
	return h
}

// browser asks as somebody's page would, and holds every answer to the contract.
type browser struct {
	*house
	t       testing.TB
	token   string
	headers map[string]string
}

func (h *house) browser(t testing.TB, user tenant.User) *browser {
	t.Helper()
	b := &browser{house: h, t: t}
	if user.ID != 0 {
		b.token, _ = h.SignIn(t, user)
	}
	return b
}

// with is the same browser sending another header; an empty value takes one away.
func (b *browser) with(key, value string) *browser {
	c := *b
	c.headers = map[string]string{key: value}
	for k, v := range b.headers {
		if k != key {
			c.headers[k] = v
		}
	}
	return &c
}

type answer struct {
	*http.Response
	body []byte
}

func (b *browser) ask(method, path string, body any) answer {
	b.t.Helper()
	raw, kind := []byte(nil), "application/json"
	switch v := body.(type) {
	case nil:
	case string:
		raw = []byte(v)
	case file:
		raw, kind = []byte(v), octets
	default:
		var err error
		raw, err = json.Marshal(v)
		require.NoError(b.t, err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+base+path, bytes.NewReader(raw))
	require.NoError(b.t, err)
	if raw != nil {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set(edge.ChangeHeader, "console")
	if b.token != "" {
		r.AddCookie(&http.Cookie{Name: edge.SessionCookie, Value: b.token})
	}
	for k, v := range b.headers {
		if v == "" {
			r.Header.Del(k)
			continue
		}
		if r.Header.Set(k, v); k == "Host" {
			r.Host = v
		}
	}
	response, err := b.server.Client().Do(r)
	require.NoError(b.t, err)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, response.Header.Get(edge.RequestIDHeader))
	if !strings.HasPrefix(path, "/media/") || response.StatusCode >= 400 { // a file never changes
		require.Equal(b.t, "no-store", response.Header.Get("Cache-Control"))
	}
	b.holds(r, response, said)
	return answer{response, said}
}

// holds checks the answer against the contract.
func (b *browser) holds(r *http.Request, response *http.Response, said []byte) {
	b.t.Helper()
	asked := r.Clone(b.t.Context())
	asked.URL.Path = strings.TrimPrefix(asked.URL.Path, b.server.URL)
	asked.URL.Scheme, asked.URL.Host, asked.Host = "", "", ""
	route, params, err := b.router.FindRoute(asked)
	if err != nil { // not of the contract: a refusal all the same
		require.GreaterOrEqual(b.t, response.StatusCode, 400)
		require.NoError(b.t, json.Unmarshal(said, new(edge.Refusal)))
		return
	}
	err = openapi3filter.ValidateResponse(b.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(said)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	require.NoError(b.t, err, "%s", said)
}

// gets expects a status and reads the answer.
func gets[T any](t testing.TB, status int, a answer) (out T) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	if len(a.body) > 0 {
		require.NoError(t, json.Unmarshal(a.body, &out))
	}
	return out
}

// refused expects a refusal.
func refused(t testing.TB, status int, code string, a answer) edge.Refusal {
	t.Helper()
	r := gets[edge.Refusal](t, status, a)
	require.Equal(t, code, r.Code, r.Message)
	require.Equal(t, a.Header.Get(edge.RequestIDHeader), r.RequestID)
	return r
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	_, err := h.Logins.SetPassword(t.Context(), h.Tenant, h.Ann.ID, webtest.Password)
	require.NoError(t, err)
	b := h.browser(t, tenant.User{})
	refused(t, 401, "unauthorized", b.ask("GET", "/session", nil))
	refused(t, 401, "unauthorized", b.ask("POST", "/session", map[string]string{"email": "ann@fernhill.example", "password": "wrong"}))
	refused(t, 401, "unauthorized", b.ask("POST", "/session", map[string]string{"email": "ann@fernhill.example", "password": webtest.Password, "subdomain": "nowhere"}))

	a := b.ask("POST", "/session", map[string]string{"email": "Ann@Fernhill.example", "password": webtest.Password})
	session := gets[gen.Session](t, 200, a)
	require.Equal(t, "Ann", session.User.Name)
	require.Equal(t, gen.Tenant{Name: "Fernhill", Subdomain: "fernhill"}, session.Tenant)
	require.False(t, session.Features.Simulator)
	require.WithinDuration(t, webtest.One[time.Time](t, h.House, "select expires_at from sessions"), session.EndsAt, time.Second)
	require.EqualValues(t, 29*60, session.IdleSeconds, "less the minute by which a request may be noted late")
	require.Len(t, a.Cookies(), 1)
	cookie := a.Cookies()[0]
	require.Equal(t, edge.SessionCookie, cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.False(t, cookie.Secure, "the public address is plain http")
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.Equal(t, "/", cookie.Path)

	b.token = cookie.Value
	require.Equal(t, session, gets[gen.Session](t, 200, b.ask("GET", "/session", nil)))
	refused(t, 401, "unauthorized", b.with("Host", "other.desk.example:8080").ask("GET", "/session", nil))
	gets[gen.Session](t, 200, b.with("Host", "fernhill.desk.example:8080").ask("GET", "/session", nil))

	hints := h.Hints(t, h.Ann)
	a = b.ask("DELETE", "/session", nil)
	require.Equal(t, 204, a.StatusCode)
	require.Equal(t, -1, a.Cookies()[0].MaxAge)
	refused(t, 401, "unauthorized", b.ask("GET", "/session", nil))
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from sessions"))
	select {
	case hint := <-hints:
		require.Equal(t, event.SessionEnded, hint.Kind, "its sockets close")
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no hint")
	}
}

func TestOverHTTPSNoOtherHostCanSetTheCookie(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	origins, err := edge.NewOrigins("https://desk.example")
	require.NoError(t, err)
	callers := edge.Callers{Sessions: h.Sessions, Origins: origins, Now: time.Now}
	token, _ := h.SignIn(t, h.Ann)
	cookie := callers.Cookie(token)
	require.Equal(t, "__Host-"+edge.SessionCookie, cookie.Name)
	require.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "")
	ask := func(c *http.Cookie) error {
		r := httptest.NewRequest("GET", "https://desk.example/", nil)
		r.AddCookie(c)
		_, err := callers.Find(r)
		return err
	}
	require.NoError(t, ask(cookie))
	require.Error(t, ask(&http.Cookie{Name: edge.SessionCookie, Value: token}), "a cookie that a neighbour could have set")
}

func TestAForeignPageChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.browser(t, h.Ann)
	refused(t, 403, "forbidden", b.with("Sec-Fetch-Site", "cross-site").ask("POST", "/tickets", nil))
	refused(t, 403, "forbidden", b.with("Sec-Fetch-Site", "same-site").ask("POST", "/tickets", nil))
	refused(t, 403, "forbidden", b.with("Sec-Fetch-Site", "").with("Origin", "http://evil.example").ask("POST", "/tickets", nil))
	refused(t, 403, "forbidden", b.with(edge.ChangeHeader, "").ask("POST", "/tickets", nil))
	refused(t, 403, "forbidden", b.with("Sec-Fetch-Site", "cross-site").ask("DELETE", "/session", nil))
	refused(t, 403, "forbidden", b.with("Origin", "http://evil.example").ask("POST", "/session", map[string]string{"email": "a@b.c", "password": "x"}))
	require.Equal(t, 201, b.with("Sec-Fetch-Site", "").with("Origin", webtest.Origin).ask("POST", "/tickets", nil).StatusCode)
	require.Equal(t, 201, b.with("Sec-Fetch-Site", "").ask("POST", "/tickets", nil).StatusCode)
	program := h.browser(t, tenant.User{}).with("Sec-Fetch-Site", "").with(edge.ChangeHeader, "")
	refused(t, 401, "unauthorized", program.ask("POST", "/session", map[string]string{"email": "nobody@fernhill.example", "password": "x"}))
}

func TestATicketOpensOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ticket := gets[gen.Ticket](t, 201, h.browser(t, h.Ann).ask("POST", "/tickets", nil))
	require.EqualValues(t, 30, ticket.ExpiresIn)
	session, err := h.Sessions.Redeem(t.Context(), ticket.Ticket, time.Now())
	require.NoError(t, err)
	require.Equal(t, h.Ann.ID, session.User.ID)
	_, err = h.Sessions.Redeem(t.Context(), ticket.Ticket, time.Now())
	require.Error(t, err)
}

func TestWhoReadsATranscript(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	path := fmt.Sprintf("/chats/%d/transcript", of)
	ann, bob, mia := h.browser(t, h.Ann), h.browser(t, h.Bob), h.browser(t, h.Mia)
	whole := gets[gen.Transcript](t, 200, ann.ask("GET", path, nil))
	require.Equal(t, gen.ChatStatusAssigned, whole.Status)
	require.Len(t, whole.Rows, int(whole.LastSeq))
	for i, row := range whole.Rows {
		require.EqualValues(t, i+1, row.Seq)
	}
	require.Equal(t, whole, gets[gen.Transcript](t, 200, mia.ask("GET", path, nil)))
	part := gets[gen.Transcript](t, 200, ann.ask("GET", path+"?after=2&limit=1", nil))
	require.Equal(t, whole.Rows[2:3], part.Rows)

	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	require.Equal(t, gen.ChatStatusFinished, gets[gen.Transcript](t, 200, ann.ask("GET", path, nil)).Status, "who had it reads it")
	refused(t, 404, "not_found", bob.ask("GET", path, nil))
	refused(t, 404, "not_found", mia.ask("GET", "/chats/999999/transcript", nil))
	refused(t, 401, "unauthorized", h.browser(t, tenant.User{}).ask("GET", path, nil))
}

func TestAnotherTenantsChatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	other, err := tenant.Create(t.Context(), h.DB, "other", "Other")
	require.NoError(t, err)
	boss, err := h.Logins.Create(t.Context(), other.ID, tenant.NewUser{Email: "boss@other.example", Name: "Boss", Roles: []tenant.Role{tenant.RoleAdmin}})
	require.NoError(t, err)
	token, _, err := h.Sessions.Create(t.Context(), other.ID, boss.ID, "test", time.Now())
	require.NoError(t, err)
	b := h.browser(t, tenant.User{})
	b.token = token
	refused(t, 404, "not_found", b.ask("GET", fmt.Sprintf("/chats/%d/transcript", of), nil))
	refused(t, 404, "not_found", b.ask("POST", fmt.Sprintf("/chats/%d/opt-out", of), map[string]string{"decision": "confirm"}))
	require.Empty(t, gets[[]gen.Queue](t, 200, b.ask("GET", "/queues", nil)))
	require.Empty(t, gets[[]gen.Number](t, 200, b.ask("GET", "/numbers", nil)))
}

func TestAnAgentDecidesWhetherATextAskedToStop(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	decide := func(of id.Chat, b *browser, decision string) answer {
		return b.ask("POST", fmt.Sprintf("/chats/%d/opt-out", of), map[string]string{"decision": decision})
	}
	ann, bob := h.browser(t, h.Ann), h.browser(t, h.Bob)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	refused(t, 409, "conflict", decide(of, ann, "confirm"))
	h.Text(t, webtest.Marisol, webtest.Sales, "please cancel my order")
	refused(t, 404, "not_found", decide(of, bob, "confirm"))
	require.Equal(t, 204, decide(of, ann, "dismiss").StatusCode)
	refused(t, 409, "conflict", decide(of, ann, "dismiss"))
	require.Equal(t, "flag_dismissed", webtest.One[string](t, h.House, "select action from consent_ledger"))

	h.Text(t, webtest.Marisol, webtest.Sales, "cancel it all")
	require.Equal(t, 204, decide(of, h.browser(t, h.Mia), "confirm").StatusCode)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from do_not_contact where address = $1", webtest.Marisol))
	require.Equal(t, "finished", webtest.One[string](t, h.House, "select status from chats where id = $1", of))
	refused(t, 409, "chat_ended", decide(of, ann, "confirm"))
	require.Equal(t, "decision", refused(t, 400, "invalid_request", decide(of, ann, "perhaps")).Field)
}

func TestQueuesAreListedInMenuOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	listed := gets[[]gen.Queue](t, 200, h.browser(t, h.Ann).ask("GET", "/queues", nil))
	var paths []string
	for _, q := range listed {
		paths = append(paths, q.Path)
	}
	require.Equal(t, []string{"Support", "Support › Returns", "Support › Orders", "Sales"}, paths)
	require.Equal(t, listed[0].Id, *listed[1].ParentId)
}

func TestTheSimulatorIsThereInTheDemoOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	refused(t, 404, "not_found", h.browser(t, h.Ann).ask("GET", "/simulator", nil))
	demo := newHouse(t, &console.Simulator{
		Numbers:  []console.SimulatorNumber{{Address: webtest.Sales, Label: "Sales", Capabilities: []string{"inbound"}}},
		Handsets: []console.Handset{{Number: webtest.Marisol, Name: "Marisol Vega"}},
	})
	b := demo.browser(t, demo.Ann)
	require.True(t, gets[gen.Session](t, 200, b.ask("GET", "/session", nil)).Features.Simulator)
	require.Equal(t, gen.Simulator{
		Numbers:  []gen.SimulatorNumber{{E164: webtest.Sales, Label: "Sales", Capabilities: []string{"inbound"}}},
		Handsets: []gen.Handset{{Number: webtest.Marisol, Name: "Marisol Vega"}},
	}, gets[gen.Simulator](t, 200, b.ask("GET", "/simulator", nil)))

	demo.hide(t, true)
	refused(t, 403, "forbidden", b.ask("GET", "/simulator", nil))
	require.False(t, gets[gen.Session](t, 200, b.ask("GET", "/session", nil)).Features.Simulator)
	mia := demo.browser(t, demo.Mia)
	require.True(t, gets[gen.Session](t, 200, mia.ask("GET", "/session", nil)).Features.Simulator)
	require.Equal(t, 200, mia.ask("GET", "/simulator", nil).StatusCode)
}

func TestEveryRefusalHasOneShapeAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.browser(t, h.Mia)
	for _, c := range []struct {
		method, path string
		body         any
		status       int
		code, field  string
	}{
		{"GET", "/nowhere", nil, 404, "not_found", ""},
		{"GET", "/chats/1", nil, 404, "not_found", ""},
		{"PATCH", "/session", nil, 405, "method_not_allowed", ""},
		{"DELETE", "/queues", nil, 405, "method_not_allowed", ""},
		{"GET", "/chats/%2B14155550142/transcript", nil, 400, "invalid_request", "chat_id"},
		{"GET", "/chats/0/transcript", nil, 400, "invalid_request", "chat_id"},
		{"GET", "/chats/9007199254740993/transcript", nil, 400, "invalid_request", "chat_id"},
		{"GET", "/chats/1/transcript?after=x", nil, 400, "invalid_request", "after"},
		{"GET", "/chats/1/transcript?limit=501", nil, 400, "invalid_request", "limit"},
		{"POST", "/chats/1/opt-out", nil, 400, "invalid_request", ""},
		{"POST", "/chats/1/opt-out", `{"decision":"secret-canary"}`, 400, "invalid_request", "decision"},
		{"POST", "/chats/1/opt-out", `{"decision":`, 400, "invalid_request", ""},
		{"POST", "/chats/1/opt-out", `["secret-canary"]`, 400, "invalid_request", ""},
		{"POST", "/chats/1/opt-out", `{"decision":"confirm","secret-canary":1}`, 400, "invalid_request", ""},
		{"POST", "/chats/1/opt-out", `{"decision":"dismiss","decision":"confirm"}`, 400, "invalid_request", ""},
		{"POST", "/session", `{"email":"a@b.example"}`, 400, "invalid_request", "password"},
		{"POST", "/session", `{"email":5,"password":"secret-canary"}`, 400, "invalid_request", "email"},
		{"POST", "/session", `{"email":"a@b.example","password":"` + strings.Repeat("x", edge.MaxBody) + `"}`, 413, "too_large", ""},
	} {
		a := b.ask(c.method, c.path, c.body)
		r := refused(t, c.status, c.code, a)
		require.Equal(t, c.field, r.Field, "%s %s: %s", c.method, c.path, a.body)
		require.NotContains(t, string(a.body), "secret-canary")
	}
	refused(t, 415, "unsupported_media_type", b.with("Content-Type", "text/plain").ask("POST", "/chats/1/opt-out", `{"decision":"confirm"}`))
	refused(t, 415, "unsupported_media_type", b.with("Content-Type", "").ask("POST", "/session", `{"email":"a@b.example","password":"x"}`))
}
