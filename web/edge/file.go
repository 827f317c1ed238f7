package edge

import (
	"io"
	"net/http"
	"time"
)

// File is a file from a stranger: what it was found to be, and a name of ours.
type File struct {
	Type, Name string
	Modified   time.Time
	Content    io.ReadSeeker
}

// ServeFile writes a file, or the range that was asked for. Nothing in it may run: its type is what its content was found to
// be, browsers may not guess another, and what they show of it is shut in (reference E5, files).
func ServeFile(w http.ResponseWriter, r *http.Request, f File) {
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", `inline; filename="`+f.Name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	http.ServeContent(w, r, "", f.Modified, f.Content)
}
