package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of a page, as the carrier's.
const (
	defaultPage = 50
	maxPage     = 1000
)

// listMessages is the look-up that reconciliation uses: newest first, by To, From and DateSent (day or time; with < or
// > at the end of the name).
func (c *Carrier) listMessages(w http.ResponseWriter, r *http.Request, a *account) {
	q := r.URL.Query()
	size, page, ok := paging(q)
	if !ok {
		apiError(w, http.StatusBadRequest, 20006, "Invalid Page or PageSize")
		return
	}
	inRange, ok := dateFilter(q)
	if !ok {
		apiError(w, http.StatusBadRequest, 20001, "Invalid DateSent")
		return
	}
	to, from := q.Get("To"), q.Get("From")
	upTo := c.store.last()
	if token := q.Get("PageToken"); token != "" { // later pages are of the list as it was at the first
		n, err := strconv.ParseInt(token, 10, 64)
		if err != nil || n < 0 {
			apiError(w, http.StatusBadRequest, 20006, "Invalid PageToken")
			return
		}
		upTo = min(upTo, n)
	}
	found := c.store.between(a.shelf, a.consumerOf(to, from), 0, upTo, func(t *text) bool {
		return (to == "" || t.to == to) && (from == "" || t.from == from) && inRange(t.at)
	})
	slices.Reverse(found)
	start := min(page*size, len(found))
	end := min(start+size, len(found))
	next := "null"
	if end < len(found) {
		q.Set("Page", strconv.Itoa(page+1))
		q.Set("PageToken", strconv.FormatInt(upTo, 10))
		next = strconv.Quote(r.URL.Path + "?" + q.Encode())
	}
	b := []byte(`{"messages":[`)
	for i := range found[start:end] {
		if i > 0 {
			b = append(b, ',')
		}
		t := &found[start+i]
		b = appendMessage(b, a.SID, t, c.store.sid(t))
	}
	b = append(b, `],"page":`...)
	b = strconv.AppendInt(b, int64(page), 10)
	b = append(b, `,"page_size":`...)
	b = strconv.AppendInt(b, int64(size), 10)
	b = append(b, `,"next_page_uri":`...)
	b = append(b, next...)
	b = append(b, '}')
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(b) //nolint:gosec // JSON, and escaped by appendString
}

// consumerOf picks the number of a filter that is not the account's own; its chain is the short way.
func (a *account) consumerOf(to, from string) string {
	for _, n := range []string{to, from} {
		if _, ours := a.owns[n]; n != "" && !ours {
			return n
		}
	}
	return ""
}

func paging(q url.Values) (size, page int, ok bool) {
	size = defaultPage
	var err error
	if v := q.Get("PageSize"); v != "" {
		if size, err = strconv.Atoi(v); err != nil || size < 1 {
			return 0, 0, false
		}
	}
	if v := q.Get("Page"); v != "" {
		if page, err = strconv.Atoi(v); err != nil || page < 0 || page > 1_000_000 {
			return 0, 0, false
		}
	}
	return min(size, maxPage), page, true
}

// dateFilter reads DateSent=, DateSent>= and DateSent<=; in the query the comparison stands at the end of the name.
func dateFilter(q url.Values) (func(time.Time) bool, bool) {
	var since, until time.Time
	for name, values := range q {
		kind, ok := strings.CutPrefix(name, "DateSent")
		if !ok || values[0] == "" {
			continue
		}
		from, length, ok := readDate(values[0])
		if !ok {
			return nil, false
		}
		switch kind {
		case "":
			since, until = from, from.Add(length)
		case ">":
			since = from
		case "<":
			until = from.Add(length)
		default:
			return nil, false
		}
	}
	return func(at time.Time) bool {
		return !at.Before(since) && (until.IsZero() || at.Before(until))
	}, true
}

// readDate reads a day or a second in UTC, and says how long it lasts.
func readDate(s string) (time.Time, time.Duration, bool) {
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day, 24 * time.Hour, true
	}
	at, err := time.Parse(time.RFC3339, s)
	return at, time.Second, err == nil
}

func (c *Carrier) getMessage(w http.ResponseWriter, r *http.Request, a *account) {
	sid, isJSON := strings.CutSuffix(r.PathValue("message"), ".json")
	seq, ok := c.store.number(sid)
	if ok && isJSON {
		if t, found := c.store.get(a.shelf, seq); found {
			writeMessage(w, http.StatusOK, a, &t, c.store.sid(&t))
			return
		}
	}
	notFound(w, r)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	apiError(w, http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found")
}

// listNumbers answers whether the account owns a number (spec 1.1 rule 2).
func (c *Carrier) listNumbers(w http.ResponseWriter, r *http.Request, a *account) {
	want := r.URL.Query().Get("PhoneNumber")
	list := []map[string]any{}
	for _, n := range a.Numbers {
		if n.short() || want != "" && want != n.E164 {
			continue
		}
		list = append(list, map[string]any{
			"sid": "PN" + hash32(a.SID+n.E164), "account_sid": a.SID, "phone_number": n.E164, "friendly_name": n.E164, "status": "in-use",
			"capabilities": map[string]bool{"sms": !n.NoSMS, "mms": !n.NoMMS, "voice": !n.NoVoice, "fax": false},
			"sms_url":      a.MessagesURL, "voice_url": a.VoiceURL, "status_callback": a.StatusURL,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"incoming_phone_numbers": list, "page": 0, "page_size": max(len(list), defaultPage), "next_page_uri": nil})
}

// listShortCodes is listNumbers for short codes, which have a list of their own and say nothing of what they can do.
func (c *Carrier) listShortCodes(w http.ResponseWriter, r *http.Request, a *account) {
	want := r.URL.Query().Get("ShortCode")
	list := []map[string]any{}
	for _, n := range a.Numbers {
		if !n.short() || want != "" && want != n.E164 {
			continue
		}
		list = append(list, map[string]any{
			"sid": "SC" + hash32(a.SID+n.E164), "account_sid": a.SID, "short_code": n.E164, "friendly_name": n.E164, "sms_url": a.MessagesURL,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"short_codes": list, "page": 0, "page_size": max(len(list), defaultPage), "next_page_uri": nil})
}
