package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/api"
	"sidetone/web/edge/webtest"
)

// odd are values that decoders stumble over.
var odd = []any{
	nil, true, -1, 0, 1.5, 1e300, "", " ", "\x00", "x", "+14155550142", "2021-10-12", "2021-10-12T19:28:43Z", "ÿ😀", strings.Repeat("9", 400),
	[]any{},
	[]any{"x"},
	map[string]any{},
	map[string]any{"a": 1},
	int64(1) << 53,
}

// value draws something of a schema, now and then something else.
func value(t *rapid.T, name string, s *openapi3.Schema) any {
	if rapid.IntRange(0, 5).Draw(t, name+" odd") == 0 {
		return rapid.SampledFrom(odd).Draw(t, name)
	}
	switch {
	case s == nil:
		return "x"
	case len(s.Enum) > 0:
		return rapid.SampledFrom(s.Enum).Draw(t, name)
	case s.Type.Is("integer"):
		return rapid.Int64Range(0, 200).Draw(t, name)
	case s.Type.Is("boolean"):
		return rapid.Bool().Draw(t, name)
	case s.Type.Is("array"):
		out := make([]any, rapid.IntRange(0, 3).Draw(t, name+" length"))
		for i := range out {
			out[i] = value(t, name, s.Items.Value)
		}
		return out
	case s.Type.Is("object"):
		out := map[string]any{}
		for _, key := range sorted(s.Properties) {
			if rapid.IntRange(0, 3).Draw(t, key+" there") > 0 {
				out[key] = value(t, key, s.Properties[key].Value)
			}
		}
		return out
	}
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"SMS", webtest.Sales, webtest.Marisol, "2021-10-12", "c1-1", ""})).Draw(t, name)
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func plain(v any) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		return plain(list[0])
	}
	return fmt.Sprint(v)
}

// Whatever is sent, sound or not, is answered as the contract says, and never by a failure of ours.
func TestWhateverIsSentIsAnsweredByTheContract(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.dismissed(t, webtest.Marisol)
	p := h.program(t, tenant.Scopes()...)
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	paths := sorted(spec.Paths.Map())
	rapid.Check(t, func(r *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(r, "path")
		item := spec.Paths.Value(path)
		method := rapid.SampledFrom(sorted(item.Operations())).Draw(r, "method")
		op := item.GetOperation(method)
		query := url.Values{}
		for _, of := range append(slices.Clone(item.Parameters), op.Parameters...) {
			v := of.Value
			switch {
			case v.In == "path":
				path = strings.ReplaceAll(path, "{"+v.Name+"}", url.PathEscape(plain(value(r, v.Name, v.Schema.Value))))
			case v.In == "query" && rapid.Bool().Draw(r, v.Name+" there"):
				query.Add(v.Name, plain(value(r, v.Name, v.Schema.Value)))
			}
		}
		if strings.Contains(path, "//") || strings.HasSuffix(path, "/") || strings.Contains(path, "/.") {
			return // another address
		}
		var body any
		if op.RequestBody != nil {
			body = value(r, "body", op.RequestBody.Value.Content.Get("application/json").Schema.Value)
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		var sent any
		if op.RequestBody != nil {
			sent = string(raw)
		}
		a := p.ask(method, path+"?"+query.Encode(), sent)
		require.Less(t, a.StatusCode, 500, "%s %s?%s %s: %s", method, path, query.Encode(), raw, a.body)
	})
}

func TestAnAddressThatNothingCanHaveIsNotThere(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program(t, tenant.Scopes()...)
	for _, of := range []string{"%00", "a%00b", "%FF"} {
		require.Equal(t, 404, p.ask("GET", "/sessionless_sms/"+of, nil).StatusCode, of)
	}
}

// FuzzWhen: every moment that is read is one that the database can hold.
func FuzzWhen(f *testing.F) {
	for _, seed := range []string{"2021-10-12", "2021-10-12T19:28:43Z", "2021-10-12T19:28:43.123456+02:00", "9999-12-31", "0000-01-01", "", "2021-02-30"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := api.When("created_at[from]", text)
		if err == nil && (at.Year() < 1970 || at.After(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))) {
			t.Fatalf("%q became %s", text, at)
		}
	})
}

// FuzzBody: whatever the body of a request is, it is refused by its sentence or read.
func FuzzBody(f *testing.F) {
	h := newHouse(f)
	token := h.program(f, tenant.Scopes()...).token
	handler := h.handler(f)
	paths := []string{"/sms", "/sessionless_sms", "/do_not_contact"}
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"chat_type":"SMS"}`, `{"chat_type":"SMS","end_user_number":"+14155550142","outbound_number":"+14155550102"}`, `{"agent_id":1e400}`,
		"{\"message\":\"\xff\"}", `{"chat_type":"SMS","message":"\u0000","end_user_number":"+14155550142","outbound_number":"+14155550102"}`,
		`{"from_phone":"+14155550104","to_phones":["+14155550142",null],"messages":["\ud800"]}`, `{"end_user_number":"+14155550142","reason":{}}`,
	} {
		for which := range paths {
			f.Add(byte(which), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		path := paths[int(which)%len(paths)]
		r := httptest.NewRequest(http.MethodPost, api.Base+path, strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
	})
}
