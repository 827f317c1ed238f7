package edge

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"sidetone/internal/errs"
)

// OnceEach refuses a JSON body in which an object says the same thing twice: two readers of such a body may believe
// different halves of it (reference E1, 15.3.7). Bodies are bounded before.
func (f Refusals) OnceEach(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			f.Write(w, r, err)
			return
		}
		if repeats(json.NewDecoder(bytes.NewReader(body))) {
			f.Write(w, r, errs.New(errs.Invalid, "The body names a property twice"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// repeats reads one JSON value, which has been found well formed or will be refused elsewhere.
func repeats(d *json.Decoder) bool {
	var open []map[string]bool // the objects around; nil for an array
	key := false               // a key comes next
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if key {
				if open[len(open)-1][v] {
					return true
				}
				open[len(open)-1][v] = true
				key = false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}
