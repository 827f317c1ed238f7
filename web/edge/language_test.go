package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
)

func TestOnlyADoorOfPeopleSpeaksTheirLanguage(t *testing.T) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Refusals{}.Write(w, r, errs.New(errs.NotFound, "There is no such chat"))
	})
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", "es")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusNotFound, w.Code)
		return w
	}
	told := ask(Speak(Speak(refuse)))
	require.Equal(t, `{"message":"No existe ese chat","code":"not_found"}`+"\n", told.Body.String())
	require.Equal(t, "es", told.Header().Get("Content-Language"))
	require.Equal(t, []string{"Accept-Language"}, told.Header().Values("Vary"))

	told = ask(refuse)
	require.Equal(t, `{"message":"There is no such chat","code":"not_found"}`+"\n", told.Body.String())
	require.Empty(t, told.Header().Get("Content-Language"))
	require.Empty(t, told.Header().Get("Vary"))

	told = ask(Speak(http.HandlerFunc(NotFound)))
	require.Contains(t, told.Body.String(), "No hay nada en esta dirección")
}
