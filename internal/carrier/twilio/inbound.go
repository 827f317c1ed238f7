package twilio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
)

const (
	maxMedia   = 10 // the carrier's own limit of parts in an MMS
	maxAddress = 64 // numbers, short codes and names of senders
	maxID      = 64
	maxURL     = 2048
)

// ParseInbound maps a verified webhook to the one inbound shape (spec 1.2 step 1). Unknown parameters are no fault:
// new ones appear without notice. The webhook carries no time, so the caller's now is the text's. Bad UTF-8 and NUL in
// the text are replaced by U+FFFD, because to refuse a consumer's text is to lose it; elsewhere they are refused.
func ParseInbound(params url.Values, now time.Time) (wire.Inbound, error) {
	var in wire.Inbound
	var err error
	if in.ProviderID, err = messageID(params); err != nil {
		return wire.Inbound{}, err
	}
	if in.From, err = address(params, "From"); err != nil {
		return wire.Inbound{}, err
	}
	if in.To, err = address(params, "To"); err != nil {
		return wire.Inbound{}, err
	}
	if in.Media, err = media(params); err != nil {
		return wire.Inbound{}, err
	}
	in.Text = cleanText(params.Get("Body"))
	in.At = now
	switch kind := params.Get("OptOutType"); kind {
	case "STOP", "START", "HELP":
		in.OptOutType = kind
	}
	in.NumSegments, _ = strconv.Atoi(params.Get("NumSegments"))
	in.NumSegments = min(max(in.NumSegments, 0), 1000)
	return in, nil
}

// ParseStatus maps a verified status callback. query is that of the callback's address, where our message id stands
// as m. A word that Twilio has added since counts as handed over; one that only inbound texts have is refused.
func ParseStatus(query, params url.Values, now time.Time) (wire.Receipt, error) {
	sid, err := messageID(params)
	if err != nil {
		return wire.Receipt{}, err
	}
	word := first(params, "MessageStatus", "SmsStatus")
	switch word {
	case "":
		return wire.Receipt{}, errs.Field("MessageStatus", "is missing")
	case "received", "receiving":
		return wire.Receipt{}, errs.Field("MessageStatus", "%q is no delivery status", word)
	}
	status, ok := wire.FromTwilio(word)
	if !ok {
		status = wire.Sent
	}
	code := params.Get("ErrorCode")
	if len(code) > 16 || !printable(code) || code == "0" {
		code = ""
	}
	ref, err := strconv.ParseInt(query.Get("m"), 10, 64)
	if err != nil || ref < 0 {
		ref = 0
	}
	return wire.Receipt{ProviderID: sid, MessageRef: ref, Status: status, ErrorCode: code, At: now}, nil
}

func messageID(params url.Values) (string, error) {
	sid := first(params, "MessageSid", "SmsSid", "SmsMessageSid")
	if sid == "" {
		return "", errs.Field("MessageSid", "is missing")
	}
	if len(sid) > maxID || !printable(sid) {
		return "", errs.Field("MessageSid", "is not a message id")
	}
	return sid, nil
}

func address(params url.Values, field string) (string, error) {
	v := strings.TrimSpace(params.Get(field))
	if v == "" {
		return "", errs.Field(field, "is missing")
	}
	if len(v) > maxAddress || !printable(v) {
		return "", errs.Field(field, "is not a phone number")
	}
	return v, nil
}

func media(params url.Values) ([]wire.Media, error) {
	declared := params.Get("NumMedia")
	if declared == "" || declared == "0" {
		return nil, nil
	}
	n, err := strconv.Atoi(declared)
	if err != nil || n < 0 || n > maxMedia {
		return nil, errs.Field("NumMedia", "must be a number from 0 to %d", maxMedia)
	}
	out := make([]wire.Media, 0, n)
	for i := range n {
		field := "MediaUrl" + strconv.Itoa(i)
		raw := params.Get(field)
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(raw) > maxURL || !printable(raw) {
			return nil, errs.Field(field, "is missing or is not a web address")
		}
		kind := params.Get("MediaContentType" + strconv.Itoa(i))
		if len(kind) > 127 || !printable(kind) {
			kind = ""
		}
		out = append(out, wire.Media{URL: raw, ContentType: kind})
	}
	return out, nil
}

func first(params url.Values, keys ...string) string {
	for _, k := range keys {
		if v := params.Get(k); v != "" {
			return v
		}
	}
	return ""
}

// cleanText makes a text that a database and a browser can hold.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// printable tells whether a value is valid UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// paramsOfJSON flattens the JSON form of a webhook: the same names at the top level. Nested values mean nothing to us
// and are left out.
func paramsOfJSON(body []byte) (url.Values, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var raw map[string]json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("JSON body: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("JSON body: more than one value")
	}
	out := make(url.Values, len(raw))
	for k, v := range raw {
		switch v[0] {
		case '"':
			var s string
			if err := json.Unmarshal(v, &s); err != nil {
				return nil, fmt.Errorf("JSON body: %w", err)
			}
			out.Set(k, s)
		case '{', '[', 'n':
		default:
			out.Set(k, string(v))
		}
	}
	return out, nil
}
