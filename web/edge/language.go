package edge

import (
	"context"
	"net/http"

	"sidetone/internal/errs"
)

// voice is who answers a request in its reader's language.
type voice struct {
	accept string
	header http.Header
}

type voiceKey struct{}

// Speak lets the answers of a door be in its reader's language. Doors without it, those of programs, speak English.
func Speak(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(voiceKey{}).(voice); !ok {
			v := voice{r.Header.Get("Accept-Language"), w.Header()}
			r = r.WithContext(context.WithValue(r.Context(), voiceKey{}, v))
		}
		next.ServeHTTP(w, r)
	})
}

// Say is a text in the language of whoever reads the answer, which then says that it depends on it. It is called before the
// answer's head is written.
func Say(ctx context.Context, text interface{ In(lang errs.Lang) string }) string {
	v, ok := ctx.Value(voiceKey{}).(voice)
	if !ok {
		return text.In(errs.English)
	}
	lang := errs.Reads(v.accept)
	if v.header.Get("Content-Language") == "" {
		v.header.Add("Vary", "Accept-Language")
		v.header.Set("Content-Language", string(lang))
	}
	return text.In(lang)
}
