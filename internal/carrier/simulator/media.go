package simulator

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"sidetone/internal/errs"
)

// part is one file of an MMS: where the product finds it and what the carrier says it is.
type part struct{ url, contentType string }

// file is a picture that the carrier holds itself.
type file struct {
	id, account string
	contentType string
	bytes       []byte
}

const (
	maxFiles     = 256
	maxFileBytes = 64 << 20
)

// mediaStore holds the last files, bounded in number and in bytes.
type mediaStore struct {
	mu    sync.Mutex
	files map[string]*file
	order []*file // a removed file stays in line until its turn comes
	bytes int
}

func (m *mediaStore) put(f *file) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string]*file{}
	}
	m.files[f.id] = f
	m.order = append(m.order, f)
	m.bytes += len(f.bytes)
	for len(m.order) > maxFiles || m.bytes > maxFileBytes && len(m.order) > 1 {
		old := m.order[0]
		m.order = m.order[1:]
		m.bytes -= len(old.bytes)
		delete(m.files, old.id)
	}
}

func (m *mediaStore) get(id string) *file {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.files[id]
}

func (m *mediaStore) remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, id)
}

// takeMedia reads the media of an inbound text; it has answered when it reports false.
func (c *Carrier) takeMedia(w http.ResponseWriter, r *http.Request, a *account, raw []json.RawMessage) ([]part, bool) {
	if len(raw) == 0 {
		return nil, true
	}
	message := "MM" + randomHex()
	out := make([]part, 0, len(raw))
	for _, one := range raw {
		var p struct {
			URL         string `json:"url"`
			ContentType string `json:"content_type"`
		}
		if json.Unmarshal(one, &p.URL) != nil && json.Unmarshal(one, &p) != nil {
			refuse(w, r, errs.Field("media", "media must be addresses or {url, content_type}"))
			return nil, false
		}
		got, err := c.takeOne(c.baseURL(r), a, message, p.URL, p.ContentType)
		if err != nil {
			refuse(w, r, errs.Field("media", "media %s", err))
			return nil, false
		}
		out = append(out, got)
	}
	return out, true
}

func (c *Carrier) takeOne(base string, a *account, message, address, contentType string) (part, error) {
	var content []byte
	switch {
	case strings.HasPrefix(address, "sample:"):
		kind, b, ok := sample(strings.TrimPrefix(address, "sample:"))
		if !ok {
			return part{}, errs.Say("has an unknown sample: there are mug, label and dot")
		}
		content, contentType = b, kind
	case strings.HasPrefix(address, "data:"):
		kind, b, ok := dataURL(address)
		if !ok {
			return part{}, errs.Say("has a broken data: URL")
		}
		content, contentType = b, kind
	case webAddress(address):
		if contentType == "" {
			contentType = guessType(address)
		}
		return part{address, contentType}, nil
	default:
		return part{}, errs.Say("must be web addresses, sample: names or data: URLs")
	}
	f := &file{id: "ME" + randomHex(), account: a.SID, contentType: contentType, bytes: content}
	c.media.put(f)
	return part{base + "/2010-04-01/Accounts/" + a.SID + "/Messages/" + message + "/Media/" + f.id, contentType}, nil
}

func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func hash32(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

func guessType(address string) string {
	if u, err := url.Parse(address); err == nil {
		if kind := mime.TypeByExtension(path.Ext(u.Path)); kind != "" {
			return kind
		}
	}
	return "application/octet-stream"
}

func dataURL(s string) (contentType string, content []byte, ok bool) {
	head, tail, ok := strings.Cut(strings.TrimPrefix(s, "data:"), ",")
	kind, based := strings.CutSuffix(head, ";base64")
	if !ok || !based || kind == "" {
		return "", nil, false
	}
	b, err := base64.StdEncoding.DecodeString(tail)
	return kind, b, err == nil && len(b) > 0
}

// getMedia opens a file with the account's credentials and points to where it lies, as the carrier does (B5).
func (c *Carrier) getMedia(w http.ResponseWriter, r *http.Request, a *account) {
	f := c.media.get(r.PathValue("media"))
	if f == nil || f.account != a.SID {
		notFound(w, r)
		return
	}
	http.Redirect(w, r, "/sim/media/"+f.id, http.StatusTemporaryRedirect)
}

func (c *Carrier) deleteMedia(w http.ResponseWriter, r *http.Request, a *account) {
	f := c.media.get(r.PathValue("media"))
	if f == nil || f.account != a.SID {
		notFound(w, r)
		return
	}
	c.media.remove(f.id)
	w.WriteHeader(http.StatusNoContent)
}

// getPicture is the object store behind the redirect: whoever knows the address may read.
func (c *Carrier) getPicture(w http.ResponseWriter, r *http.Request) {
	f := c.media.get(r.PathValue("media"))
	if f == nil {
		refuse(w, r, errs.New(errs.NotFound, "there is no such file"))
		return
	}
	writeFile(w, f.contentType, f.bytes)
}

// getSample shows a bundled picture, for whoever picks one.
func (c *Carrier) getSample(w http.ResponseWriter, r *http.Request) {
	kind, content, ok := sample(r.PathValue("name"))
	if !ok {
		refuse(w, r, errs.New(errs.NotFound, "there is no such sample"))
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=3600")
	writeFile(w, kind, content)
}

func writeFile(w http.ResponseWriter, contentType string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, _ = w.Write(content) // the reader has gone: nobody to tell
}

// sample draws one of the bundled pictures.
func sample(name string) (contentType string, content []byte, ok bool) {
	var b bytes.Buffer
	var err error
	switch name {
	case "mug":
		contentType, err = "image/jpeg", jpeg.Encode(&b, mug(), &jpeg.Options{Quality: 85})
	case "label":
		contentType, err = "image/png", png.Encode(&b, label())
	case "dot":
		contentType, err = "image/gif", gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}), nil)
	default:
		return "", nil, false
	}
	return contentType, b.Bytes(), err == nil
}

// mug is a chipped mug on a table.
func mug() image.Image {
	const w, h = 480, 360
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	wall, table := color.RGBA{221, 214, 203, 255}, color.RGBA{140, 90, 52, 255}
	body, inside, shade := color.RGBA{63, 107, 112, 255}, color.RGBA{238, 229, 214, 255}, color.RGBA{47, 84, 89, 255}
	within := func(x, y, cx, cy, rx, ry int) bool {
		dx, dy := float64(x-cx)/float64(rx), float64(y-cy)/float64(ry)
		return dx*dx+dy*dy <= 1
	}
	for y := range h {
		for x := range w {
			c := wall
			if y > 250 {
				c = table
			}
			if within(x, y, 330, 200, 62, 62) && !within(x, y, 330, 200, 38, 38) {
				c = shade // the handle
			}
			if x >= 130 && x <= 320 && y >= 110 && y <= 290 || within(x, y, 225, 290, 95, 22) {
				c = body
				if x > 280 {
					c = shade
				}
			}
			if within(x, y, 225, 110, 95, 22) {
				c = inside
			}
			if y < 160 && y > 100 && x > 150 && x < 150+(160-y)/2 {
				c = inside // the chip
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// label is a parcel label with a bar code.
func label() image.Image {
	const w, h = 320, 200
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.Gray{250}
			bar := x > 30 && x < 290 && y > 90 && y < 170 && (x*x/7+x/3)%5 < 2
			line := x > 30 && y > 30 && y < 70 && y%14 < 5 && x < 290-y
			if bar || line || x < 4 || y < 4 || x >= w-4 || y >= h-4 {
				c = color.Gray{20}
			}
			img.SetGray(x, y, c)
		}
	}
	return img
}
