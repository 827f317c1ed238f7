package simulator

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"sidetone/internal/segments"
)

// Bounds of one text (reference B3).
const (
	maxChars    = 1600
	maxMedia    = 10
	maxValidity = 36000
)

// outbound is a text as a customer hands it over.
type outbound struct {
	to, from, body, callback, validity string
	media                              []string
}

// accept is POST Messages.json, the carrier's hot path.
func (c *Carrier) accept(w http.ResponseWriter, r *http.Request, sid string) {
	began := time.Now()
	c.stats.underWay.Add(1)
	defer c.stats.underWay.Add(-1)
	a := c.open(r, sid)
	if a == nil {
		c.stats.refused.Add(1)
		unauthorized(w)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		c.stats.refused.Add(1)
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			apiError(w, http.StatusRequestEntityTooLarge, 20413, "Payload too large")
			return
		}
		apiError(w, http.StatusBadRequest, 20001, "Unreadable body")
		return
	}
	m, err := parseOutbound(body)
	if err != nil {
		c.stats.refused.Add(1)
		apiError(w, http.StatusBadRequest, 20001, "Malformed form")
		return
	}
	f := c.faults.picture()
	if !c.pass(r.Context(), w, f) {
		return
	}
	phone := f.handsets[m.to]
	if code, message := c.judge(a, &m, phone); code != 0 {
		c.stats.refused.Add(1)
		c.events.publish(Event{Kind: "refused", Account: a.SID, From: m.from, To: m.to, Text: m.body, Error: strconv.Itoa(code), Status: http.StatusBadRequest})
		apiError(w, http.StatusBadRequest, code, message)
		return
	}
	t := text{
		at: began, from: m.from, to: m.to, body: m.body, media: m.media, segments: max(segments.Count(m.body).Segments, 1),
		ref: refOf(m.callback), prev: -1,
	}
	if len(m.media) > 0 {
		t.segments = 1 // an MMS is one part (reference A6)
	}
	var place int64
	t.seq, place = c.store.add(a.shelf, t)
	id := c.store.sid(&t)
	c.stats.accepted.Add(1)
	c.events.publish(Event{
		Kind: "text_out", Account: a.SID, ID: id, From: t.from, To: t.to, Text: t.body, Media: t.media, Segments: t.segments,
		Ref: t.ref, Status: http.StatusCreated, MS: milliseconds(time.Since(began)),
	})
	if f.DropAfterAccept > 0 && rand.Float64() < f.DropAfterAccept {
		c.stats.dropped.Add(1)
		hangUp(w)
	} else {
		writeMessage(w, http.StatusCreated, a, &t, id)
	}
	c.follow(a, &t, place, id, m.callback, f, phone)
}

// pass lets the faults of the network happen; it has answered when it reports false.
func (c *Carrier) pass(ctx context.Context, w http.ResponseWriter, f *picture) bool {
	if f.LatencyMS > 0 {
		timer := time.NewTimer(time.Duration(f.LatencyMS) * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false // the customer hung up before the text was taken
		}
	}
	if f.ErrorRate > 0 && rand.Float64() < f.ErrorRate {
		c.stats.faulted.Add(1)
		if f.Status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
			apiError(w, f.Status, 20429, "Too Many Requests")
			return false
		}
		apiError(w, f.Status, 20000+f.Status, http.StatusText(f.Status))
		return false
	}
	return true
}

// judge refuses what the carrier refuses at once; the code is 0 when all is well.
func (c *Carrier) judge(a *account, m *outbound, phone Handset) (code int, message string) {
	number, owned := a.owns[m.from]
	switch {
	case m.to == "":
		return 21604, "A 'To' phone number is required."
	case !phoneShape.MatchString(m.to):
		return 21211, "Invalid 'To' Phone Number: " + m.to
	case m.from == "":
		return 21603, "A 'From' phone number is required."
	case !owned || number.NoSMS:
		return 21606, "The 'From' phone number provided (" + m.from + ") is not a valid message-capable phone number for this account."
	case m.to == m.from:
		return 21266, "'To' and 'From' number cannot be the same"
	case m.body == "" && len(m.media) == 0:
		return 21602, "Message body is required."
	case len(m.body) > maxChars && utf8.RuneCountInString(m.body) > maxChars:
		return 21617, "The concatenated message body exceeds the 1600 character limit"
	case len(m.media) > maxMedia:
		return 21623, "Number of media files exceeds allowed limit"
	case len(m.media) > 0 && number.NoMMS:
		return 21612, "The 'From' number cannot send media"
	case m.callback != "" && !webAddress(m.callback):
		return 21609, "The 'StatusCallback' URL " + m.callback + " is not a valid URL"
	case !validValidity(m.validity):
		return 20001, "ValidityPeriod must be between 1 and 36000"
	case a.CarrierOptOut && a.optOut.has(m.from, m.to):
		return 21610, "Attempt to send to unsubscribed recipient"
	case phone.Status == "refused":
		n, _ := strconv.Atoi(phone.ErrorCode)
		return n, "Refused, as set on this handset"
	}
	for _, u := range m.media {
		if !webAddress(u) {
			return 21620, "Invalid media URL(s)"
		}
	}
	return 0, ""
}

func validValidity(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= maxValidity
}

// maxPooled keeps one huge body from being remembered for ever.
const maxPooled = 64 << 10

// bodies keeps read buffers between requests.
var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

func readBody(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength > maxBody {
		return "", &http.MaxBytesError{Limit: maxBody}
	}
	buf := bodies.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= maxPooled {
			bodies.Put(buf)
		}
	}()
	if n := r.ContentLength; n >= 0 {
		if int64(cap(*buf)) < n {
			*buf = make([]byte, n)
		}
		b := (*buf)[:n]
		_, err := io.ReadFull(r.Body, b)
		return string(b), err
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	return string(b), err
}

// parseOutbound reads the few fields that matter, without the map of url.ParseQuery.
func parseOutbound(body string) (m outbound, err error) {
	for body != "" {
		var pair string
		pair, body, _ = strings.Cut(body, "&")
		key, raw, _ := strings.Cut(pair, "=")
		var value *string
		switch key {
		case "To":
			value = &m.to
		case "From":
			value = &m.from
		case "Body":
			value = &m.body
		case "StatusCallback":
			value = &m.callback
		case "ValidityPeriod":
			value = &m.validity
		case "MediaUrl":
			m.media = append(m.media, "")
			value = &m.media[len(m.media)-1]
		default:
			continue
		}
		if *value, err = url.QueryUnescape(raw); err != nil {
			return m, err
		}
		if !strings.ContainsAny(raw, "%+") {
			*value = strings.Clone(raw) // nothing was decoded, and what is kept must not hold the whole body
		}
	}
	return m, nil
}

// refOf reads the sender's own id out of its callback address.
func refOf(callback string) int64 {
	_, query, ok := strings.Cut(callback, "?")
	if !ok {
		return 0
	}
	for pair := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(pair, "m="); ok {
			n, _ := strconv.ParseInt(v, 10, 64)
			return n
		}
	}
	return 0
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server's own way to hang up, for connections that can't be taken over
	}
	_ = conn.Close()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
