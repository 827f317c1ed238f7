package docs

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
	h, err := Handler(openapi.FS, http.NotFound)
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

func TestContractsAreServedInBothForms(t *testing.T) {
	h, err := Handler(openapi.FS, http.NotFound)
	require.NoError(t, err)
	for _, name := range []string{"public", "console", "common", "asyncapi"} {
		w := get(t, h, "/docs/"+name+".json")
		require.Equal(t, http.StatusOK, w.Code, name)
		require.True(t, json.Valid(w.Body.Bytes()), name)
		require.NotContains(t, w.Body.String(), "common.yaml#")
	}
	require.Contains(t, get(t, h, "/docs/public.json").Body.String(), `"$ref":"./common.json#/components/schemas/ID"`)
}

func TestThePageToTryItAsksNobodyElse(t *testing.T) {
	h, err := Handler(openapi.FS, http.NotFound)
	require.NoError(t, err)
	page := get(t, h, "/docs/try")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "script-src 'self';")
	require.NotContains(t, page.Body.String(), "http")
	require.Contains(t, page.Body.String(), "/swagger/swagger-ui-bundle.js")
	require.Equal(t, http.StatusOK, get(t, h, "/docs/try.js").Code)
	require.Contains(t, get(t, h, "/docs").Body.String(), "/docs/try")
}

func TestWhatAContractSaysIsNotTakenForMarkup(t *testing.T) {
	h, err := Handler(fstest.MapFS{"a.yaml": {Data: []byte("asyncapi: 3.0.0\ninfo:\n  title: <script>x</script>\n")}}, http.NotFound)
	require.NoError(t, err)
	require.NotContains(t, get(t, h, "/docs").Body.String(), "<script")
}

func TestABrokenContractIsSaidAtTheStart(t *testing.T) {
	_, err := Handler(fstest.MapFS{"a.yaml": {Data: []byte("openapi: [")}}, http.NotFound)
	require.ErrorContains(t, err, "a.yaml")
}
