package edge

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
)

func TestReadsIsTheLanguageThatSomebodyPrefersOfOurs(t *testing.T) {
	for accept, want := range map[string]errs.Lang{
		"":                        errs.English,
		"es":                      errs.Spanish,
		"es-MX":                   errs.Spanish,
		"ES":                      errs.Spanish,
		"en-GB, es;q=0.9":         errs.English,
		"en;q=0.2, es;q=0.9":      errs.Spanish,
		"fr-CA":                   errs.English,
		"fr, es;q=0.5":            errs.Spanish,
		"*":                       errs.English,
		"es;q=x":                  errs.English,
		"\x00":                    errs.English,
		strings.Repeat("es,", 66): errs.Spanish, // 198 bytes
		strings.Repeat("es,", 67): errs.English,
	} {
		require.Equal(t, want, Reads(accept), accept)
	}
}

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
