// Package files gives pictures and videos out to whoever has the link (spec 1.6): GET /media/{token}. Carriers fetch there
// what agents send, and transcripts link there.
package files

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"sidetone/internal/carrier/media"
	"sidetone/web/edge"
)

// Links answers /media/{token}. A link that does not work says no more than that.
func Links(s *media.Service, refusals edge.Refusals) http.Handler {
	r := chi.NewRouter()
	r.NotFound(edge.NotFound)
	r.MethodNotAllowed(edge.MethodNotAllowed)
	serve := func(w http.ResponseWriter, r *http.Request) {
		t, m, expires, err := s.Links.Read(chi.URLParam(r, "token"), s.Now())
		if err != nil {
			refusals.Write(w, r, err)
			return
		}
		about, err := s.About(r.Context(), t, m)
		if err != nil {
			refusals.Write(w, r, err)
			return
		}
		file, err := s.Open(r.Context(), t, about)
		if err != nil {
			refusals.Write(w, r, err)
			return
		}
		defer file.Close()
		w.Header().Set("Cache-Control", fmt.Sprintf("private, max-age=%d", min(int(expires.Sub(s.Now()).Seconds()), 3600)))
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // a link is made to be shown elsewhere
		edge.ServeFile(w, r, edge.File{Type: about.Type, Name: about.Name(), Modified: file.Info().Modified, Content: file})
	}
	r.Get("/media/{token}", serve)
	r.Head("/media/{token}", serve)
	return r
}
