package docs

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"sidetone/openapi"
)

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestThePageShowsEveryContract(t *testing.T) {
	h, err := Handler(openapi.FS, []byte(":root{}"), http.NotFound)
	require.NoError(t, err)
	page := get(t, h, "/docs")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Header().Get("Content-Type"), "text/html")
	for _, words := range []string{"Sidetone console", "/api/console/session", "Sign in with e-mail and password", "Sidetone agent socket", "sidetone.v1"} {
		require.Contains(t, page.Body.String(), words)
	}
	require.NotContains(t, page.Body.String(), "<script")
	for _, file := range []string{"console.yaml", "common.yaml", "asyncapi.yaml"} {
		w := get(t, h, "/docs/"+file)
		require.Equal(t, http.StatusOK, w.Code, file)
		text, err := openapi.FS.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(text), w.Body.String())
	}
	require.Equal(t, http.StatusNotFound, get(t, h, "/docs/gen/console/oapi.yaml").Code)
}

func TestEveryOperationOfProgramsHasSamplesThatCanBeRunAndItsErrors(t *testing.T) {
	c, err := read(openapi.FS, "public.yaml")
	require.NoError(t, err)
	n := 0
	for _, tag := range c.Tags {
		for _, op := range tag.Operations {
			n++
			require.Len(t, op.Samples, 3, op.ID)
			for _, s := range op.Samples {
				require.NotRegexp(t, `[^$]\{\w+\}`, strings.ReplaceAll(s.Text, op.Example, ""), "an address that is not filled in")
			}
			curl := op.Samples[0].Text
			if _, body, ok := strings.Cut(curl, "-d '"); ok {
				require.True(t, json.Valid([]byte(strings.ReplaceAll(strings.TrimSuffix(body, "'"), `'\\''`, `'`))), curl)
			}
			_, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() error {\n"+op.Samples[1].Text+"\nreturn nil\n}", 0)
			require.NoError(t, err, op.Samples[1].Text)
			require.NotEmpty(t, op.Errors, op.ID)
		}
	}
	require.Greater(t, n, 10)
	sms := c.Tags[0].Operations[slices.IndexFunc(c.Tags[0].Operations, func(op operation) bool { return op.ID == "sendSMS" })]
	require.Contains(t, sms.Errors, answer{"400", "`end_user_number is invalid`"})
	require.Contains(t, sms.Errors, answer{"403", "The token has not the scope `sms`."})
	require.Contains(t, sms.Samples[0].Text, `curl -X POST "$SIDETONE_URL/apps/api/v1/sms"`)
}

func TestProseIsCodeBoldAndOtherwiseText(t *testing.T) {
	require.Equal(t, "one line\n\nanother", string(prose("one\nline\n\nanother")))
	require.Equal(t, "<strong>Rate.</strong> a &lt;b&gt; <code>&lt;x&gt; **y**</code> <code>one of `a`.</code>", string(prose("**Rate.** a <b> `<x> **y**` ``one of `a`.``")))
}

func TestWhatToolsAreSetToIsNoContract(t *testing.T) {
	h, err := Handler(openapi.FS, []byte(":root{}"), http.NotFound)
	require.NoError(t, err)
	page := get(t, h, "/docs").Body.String()
	require.NotContains(t, page, "redocly")
	require.Less(t, strings.Index(page, `<section id="public.yaml">`), strings.Index(page, `<section id="console.yaml">`), "what programs call comes first")
}

func TestContractsAreServedInBothForms(t *testing.T) {
	h, err := Handler(openapi.FS, []byte(":root{}"), http.NotFound)
	require.NoError(t, err)
	for _, name := range []string{"public", "console", "common", "asyncapi"} {
		w := get(t, h, "/docs/"+name+".json")
		require.Equal(t, http.StatusOK, w.Code, name)
		require.True(t, json.Valid(w.Body.Bytes()), name)
		require.NotContains(t, w.Body.String(), "common.yaml#")
	}
	require.Contains(t, get(t, h, "/docs/public.json").Body.String(), `"$ref":"./common.json#/components/schemas/ID"`)
}

func TestThePageToTryItHasAFormForEveryOperationAndAsksNobodyElse(t *testing.T) {
	h, err := Handler(openapi.FS, []byte(":root{}"), http.NotFound)
	require.NoError(t, err)
	page := get(t, h, "/docs/try")
	require.Equal(t, http.StatusOK, page.Code)
	policy := page.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "script-src 'self'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, page.Body.String(), "http")
	require.Equal(t, http.StatusOK, get(t, h, "/docs/try.js").Code)
	require.Equal(t, ":root{}", get(t, h, "/docs/tokens.css").Body.String())
	contracts := get(t, h, "/docs").Body.String()
	public, err := read(openapi.FS, "public.yaml")
	require.NoError(t, err)
	for _, tag := range public.Tags {
		for _, op := range tag.Operations {
			require.Contains(t, page.Body.String(), `<form data-method="`+op.Method+`" data-path="`+op.Path+`"`)
			require.Contains(t, contracts, `href="/docs/try?lang=en#`+op.ID+`"`)
		}
	}
}

func TestThePagesSpeakTheLanguageThatIsAskedFor(t *testing.T) {
	h, err := Handler(openapi.FS, nil, http.NotFound)
	require.NoError(t, err)
	for _, c := range []struct{ path, accepts, want string }{
		{"/docs/try", "", "Try the API"},
		{"/docs/try", "fr-FR, es-MX;q=0.8, en;q=0.5", "Probar la API"},
		{"/docs/try?lang=en", "es", "Try the API"},
		{"/docs?lang=es", "en-US", "Saltar al contenido"},
		{"/docs", "en-US,en;q=0.9", "Skip to content"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Language", c.accepts)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Contains(t, w.Body.String(), c.want, c.path+" "+c.accepts)
		require.Equal(t, "Accept-Language", w.Header().Get("Vary"))
	}
}

func TestEveryWordThatAPageSaysIsThereInBothLanguages(t *testing.T) {
	said := regexp.MustCompile(`\.Say "([^"]+)"`)
	used := map[string]bool{}
	for _, m := range said.FindAllStringSubmatch(pageText+tryText, -1) {
		used[m[1]] = true
		require.Contains(t, words, m[1])
	}
	for key, texts := range words {
		require.True(t, used[key], key)
		require.NotEmpty(t, texts[0], key)
		require.NotEmpty(t, texts[1], key)
	}
}

func TestWhatAContractSaysIsNotTakenForMarkup(t *testing.T) {
	h, err := Handler(fstest.MapFS{"a.yaml": {Data: []byte("asyncapi: 3.0.0\ninfo:\n  title: <script>x</script>\n")}}, nil, http.NotFound)
	require.NoError(t, err)
	require.NotContains(t, get(t, h, "/docs").Body.String(), "<script")
}

func TestABrokenContractIsSaidAtTheStart(t *testing.T) {
	_, err := Handler(fstest.MapFS{"a.yaml": {Data: []byte("openapi: [")}}, nil, http.NotFound)
	require.ErrorContains(t, err, "a.yaml")
}
