package app

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"sidetone/web/edge"
)

// noncePlaceholder stands in the built index page wherever the nonce belongs (vite.config.ts, html.cspNonce).
const noncePlaceholder = "__CSP_NONCE__"

// site serves one built console.
type site struct {
	files fs.FS
	index []byte
}

func newSite(files fs.FS) (*site, error) {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("read the console's index page: %w", err)
	}
	return &site{files: files, index: index}, nil
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		edge.MethodNotAllowed(w, r)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if isPage(r) {
		s.serveIndex(w, r)
		return
	}
	s.serveAsset(w, r)
}

// serveIndex answers every address of the console, for the page itself reads the address.
func (s *site) serveIndex(w http.ResponseWriter, r *http.Request) {
	nonce := newNonce()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	if r.Method == http.MethodHead {
		return
	}
	w.Write(bytes.ReplaceAll(s.index, []byte(noncePlaceholder), []byte(nonce)))
}

// policy is the one of spec 6, 1.4 item 7.
func policy(nonce string) string {
	return "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data: blob:; " +
		"connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (s *site) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if hiddenFile(name) {
		edge.NotFound(w, r)
		return
	}
	body, encoding, ok := s.open(name, r.Header.Get("Accept-Encoding"))
	if !ok {
		edge.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", cacheControl(name))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	w.Write(body) //nolint:gosec // a file of our own build, not of the request
}

// open finds the best stored form the browser takes. Only a client that takes neither gets a file unpacked.
func (s *site) open(name, accepts string) (body []byte, encoding string, ok bool) {
	for _, form := range []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}} {
		if !takes(accepts, form.encoding) {
			continue
		}
		if body, err := fs.ReadFile(s.files, name+form.suffix); err == nil {
			return body, form.encoding, true
		}
	}
	if body, err := fs.ReadFile(s.files, name); err == nil {
		return body, "", true
	}
	packed, err := fs.ReadFile(s.files, name+".gz")
	if err != nil {
		return nil, "", false
	}
	body, err = unpack(packed)
	return body, "", err == nil
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func takes(accepts, encoding string) bool {
	for _, part := range strings.Split(accepts, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

// isPage tells an address of the console from a file's and from the server's own paths.
func isPage(r *http.Request) bool {
	p := path.Clean("/" + r.URL.Path)
	for _, own := range []string{"/api", "/ws", "/sim", "/hooks", "/assets", "/docs", "/healthz", "/readyz", "/metrics"} {
		if p == own || strings.HasPrefix(p, own+"/") {
			return false
		}
	}
	return path.Ext(p) == "" || p == "/index.html"
}

func hiddenFile(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// cacheControl: Vite names everything in assets by its hash.
func cacheControl(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
