// Package app holds the browser console and serves it (spec 6, 1.4 and 1.5).
//
// `npm run build` leaves the console in dist/site, brotli and gzip only; without it a one-line page says how to build.
package app

import (
	"embed"
	"io/fs"
	"net/http"

	"sidetone/web/edge"
)

//go:embed all:dist
var dist embed.FS

// Tokens are the colors and sizes of every page (spec 6, section 6).
//
//go:embed src/tokens.css
var Tokens []byte

// Handler serves the console: hashed assets for ever, and the index page with a fresh nonce for every page address.
func Handler() http.Handler {
	site, err := fs.Sub(dist, "dist/site")
	if err == nil {
		if h, err := newSite(site); err == nil {
			return h
		}
	}
	return placeholder()
}

func placeholder() http.Handler {
	page, err := dist.ReadFile("dist/placeholder.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil || !isPage(r) {
			edge.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(page)
	})
}
