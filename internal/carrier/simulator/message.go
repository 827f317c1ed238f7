package simulator

import (
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	apiError(w, http.StatusUnauthorized, 20003, "Authenticate")
}

// apiError is an error in the carrier's shape.
func apiError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, map[string]any{
		"code": code, "message": message, "status": status, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
}

var answers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

func writeMessage(w http.ResponseWriter, status int, a *account, t *text, sid string) {
	buf := answers.Get().(*[]byte)
	b := appendMessage((*buf)[:0], a.SID, t, sid)
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader has gone: nobody to tell
	*buf = b
	answers.Put(buf)
}

// appendMessage writes a text as the carrier's API shows it. By hand, because every accepted text is answered so.
func appendMessage(b []byte, account string, t *text, sid string) []byte {
	uri := func(b []byte) []byte {
		b = append(b, `/2010-04-01/Accounts/`...)
		b = append(b, account...)
		b = append(b, `/Messages/`...)
		return append(b, sid...)
	}
	at := t.at.UTC()
	b = append(b, `{"sid":"`...)
	b = append(b, sid...)
	b = append(b, `","account_sid":"`...)
	b = append(b, account...)
	b = append(b, `","to":`...)
	b = appendString(b, t.to)
	b = append(b, `,"from":`...)
	b = appendString(b, t.from)
	b = append(b, `,"body":`...)
	b = appendString(b, t.body)
	b = append(b, `,"status":"`...)
	b = append(b, t.status.String()...)
	b = append(b, `","direction":"`...)
	if t.inbound {
		b = append(b, `inbound`...)
	} else {
		b = append(b, `outbound-api`...)
	}
	b = append(b, `","num_segments":"`...)
	b = strconv.AppendInt(b, int64(t.segments), 10)
	b = append(b, `","num_media":"`...)
	b = strconv.AppendInt(b, int64(len(t.media)), 10)
	b = append(b, `","date_created":"`...)
	b = at.AppendFormat(b, time.RFC1123Z)
	b = append(b, `","date_updated":"`...)
	b = at.AppendFormat(b, time.RFC1123Z)
	b = append(b, `","date_sent":`...)
	if t.status == queued {
		b = append(b, `null`...)
	} else {
		b = append(b, '"')
		b = at.AppendFormat(b, time.RFC1123Z)
		b = append(b, '"')
	}
	b = append(b, `,"error_code":`...)
	if t.code == "" {
		b = append(b, `null`...)
	} else {
		b = append(b, t.code...) // digits, checked when the fault was set
	}
	b = append(b, `,"error_message":null,"messaging_service_sid":null,"price":null,"price_unit":"USD","api_version":"2010-04-01","uri":"`...)
	b = uri(b)
	b = append(b, `.json","subresource_uris":{"media":"`...)
	b = uri(b)
	return append(b, `/Media.json"}}`...)
}

// appendString writes a JSON string (RFC 8259 section 7).
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r) // a broken byte becomes U+FFFD
			i += size
		}
	}
	return append(b, '"')
}
