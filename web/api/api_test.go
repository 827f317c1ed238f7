package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/smsapi"
	"sidetone/web/api"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// house is a furnished tenant with the public API in front.
type house struct {
	*webtest.House
	server *httptest.Server
	router routers.Router // of the contract
	nodes  int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{House: webtest.New(t), nodes: 1}
	h.Set(t, tenant.RequestsPerSecond, 10000)
	h.Set(t, tenant.RequestBurst, 10000)
	h.server = httptest.NewServer(edge.Identify(h.handler(t)))
	t.Cleanup(h.server.Close)
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	spec.Servers = openapi3.Servers{{URL: api.Base}}
	h.router, err = gorillamux.NewRouter(spec)
	require.NoError(t, err)
	return h
}

func (h *house) handler(t testing.TB) http.Handler {
	handler, err := api.New(api.Config{
		DB: h.DB, Chats: h.Chats, SMS: smsapi.New(smsapi.Config{DB: h.DB, Chats: h.Chats}), Media: h.Media, Origins: h.Callers.Origins,
		Refusals: h.Refusals, Nodes: func() int { return h.nodes }, Now: time.Now, Log: h.Log,
	})
	require.NoError(t, err)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, edge.MaxBody)
		handler.ServeHTTP(w, r)
	})
}

// Set changes a setting of the tenant.
func (h *house) Set(t testing.TB, key any, value any) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		raw, err := json.Marshal(value)
		require.NoError(t, err)
		if _, err := tx.Exec(ctx, `insert into settings (tenant_id, key, value) values ($1, $2, $3)
			on conflict (tenant_id, queue_id, key) do update set value = excluded.value`, h.Tenant, fmt.Sprint(key), raw); err != nil {
			return err
		}
		_, err = tenant.Bump(ctx, tx, h.Tenant)
		return err
	})
	h.Chats.Forget(h.Tenant)
}

// program is somebody with a credential.
type program struct {
	*house
	t       testing.TB
	token   string
	headers map[string]string
}

func (h *house) program(t testing.TB, scopes ...tenant.Scope) *program {
	t.Helper()
	p := &program{house: h, t: t}
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		_, p.token, err = tenant.CreateToken(ctx, tx, h.Tenant, "A program", scopes, 0)
		return err
	})
	return p
}

func (p *program) with(key, value string) *program {
	c := *p
	c.headers = map[string]string{key: value}
	for k, v := range p.headers {
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

func (a answer) message() string {
	var refusal edge.Refusal
	_ = json.Unmarshal(a.body, &refusal)
	return refusal.Message
}

// ask sends a request and holds the answer to the contract.
func (p *program) ask(method, path string, body any) answer {
	p.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		var err error
		raw, err = json.Marshal(b)
		require.NoError(p.t, err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, p.server.URL+api.Base+path, bytes.NewReader(raw))
	require.NoError(p.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for k, v := range p.headers {
		if v == "" {
			req.Header.Del(k)
			continue
		}
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	a := answer{Response: res}
	a.body, err = io.ReadAll(res.Body)
	require.NoError(p.t, err)
	require.NotEmpty(p.t, res.Header.Get(edge.RequestIDHeader))
	p.holds(req, a)
	return a
}

func (p *program) holds(req *http.Request, a answer) {
	p.t.Helper()
	plain, err := http.NewRequest(req.Method, "http://x"+req.URL.RequestURI(), nil)
	require.NoError(p.t, err)
	route, params, err := p.router.FindRoute(plain)
	if err != nil {
		return // no such route in the contract
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route},
		Status:                 a.StatusCode, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	require.NoError(p.t, err, "%s %s: %s", req.Method, req.URL.Path, a.body)
}

// sms is a request that would be sound.
func sms(change ...any) map[string]any {
	body := map[string]any{
		"chat_type": "SMS", "chat_subtype": "api_initiated", "end_user_number": webtest.Marisol, "outbound_number": webtest.Sales,
		"message": "Your order has shipped.",
	}
	for i := 0; i < len(change); i += 2 {
		body[change[i].(string)] = change[i+1]
		if change[i+1] == nil {
			delete(body, change[i].(string))
		}
	}
	return body
}

func (h *house) chats(t testing.TB) int {
	return webtest.One[int](t, h.House, "select count(*) from chats")
}

func (h *house) queued(t testing.TB) int {
	return webtest.One[int](t, h.House, "select count(*) from messages where direction = 'out' and kind = 'api'")
}

func newest(t testing.TB, h *house) id.Chat { return h.Newest(t) }
