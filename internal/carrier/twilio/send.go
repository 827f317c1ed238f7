package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"sidetone/internal/carrier/wire"
)

// maxAnswer bounds what is read of one answer; a page of 100 messages stays far below it.
const maxAnswer = 4 << 20

// Twilio's bounds of ValidityPeriod in seconds (reference B3).
const (
	minValidity = 1
	maxValidity = 36000
)

// Send hands one text over. Every error is a *wire.SendError: a connect error before a byte was written is Network,
// and a lost or a 5xx answer is Ambiguous (reference F3). The caller has already checked consent and expiry.
func (c *Client) Send(ctx context.Context, m wire.Outbound) (wire.Accepted, error) {
	res, err := c.do(ctx, http.MethodPost, c.messagesURL, c.appendForm(make([]byte, 0, 512), m))
	if err != nil {
		return wire.Accepted{}, err
	}
	if res.status/100 != 2 {
		return wire.Accepted{}, res.refusal()
	}
	var a struct {
		SID         string `json:"sid"`
		Status      string `json:"status"`
		NumSegments string `json:"num_segments"`
	}
	if err := json.Unmarshal(res.body, &a); err != nil || a.SID == "" {
		if err == nil {
			err = fmt.Errorf("the answer names no message id")
		}
		return wire.Accepted{}, ambiguous(strconv.Itoa(res.status), fmt.Errorf("read the carrier's acceptance: %w", err))
	}
	status, ok := wire.FromTwilio(a.Status)
	if !ok {
		status = wire.Sent
	}
	segments, _ := strconv.Atoi(a.NumSegments)
	return wire.Accepted{ProviderID: a.SID, Status: status, Segments: segments}, nil
}

func (c *Client) appendForm(b []byte, m wire.Outbound) []byte {
	b = appendParam(b, "To", m.To)
	b = appendParam(b, "From", m.From)
	if m.Text != "" {
		b = appendParam(b, "Body", m.Text)
	}
	for _, u := range m.MediaURLs {
		b = appendParam(b, "MediaUrl", u)
	}
	if c.statusURL != "" && m.Ref != 0 {
		b = append(b, "&StatusCallback="...)
		b = append(b, c.statusURL...)
		b = strconv.AppendInt(b, m.Ref, 10)
	}
	if m.ValidFor > 0 {
		b = append(b, "&ValidityPeriod="...)
		b = strconv.AppendInt(b, min(max(int64(m.ValidFor/time.Second), minValidity), maxValidity), 10)
	}
	return b
}

func appendParam(b []byte, key, value string) []byte {
	if len(b) > 0 {
		b = append(b, '&')
	}
	b = append(b, key...)
	b = append(b, '=')
	return appendEscaped(b, value)
}

// appendEscaped is url.QueryEscape without a string in between.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// answer is a carrier's answer, whole.
type answer struct {
	status     int
	retryAfter time.Duration
	body       []byte
}

// do makes one call with the account's credentials. An error means that there is no whole answer.
func (c *Client) do(ctx context.Context, method string, u *url.URL, form []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// The transport quietly takes another connection when a kept one turns out dead before a byte was written, so the
	// flag falls again when it starts to look for one. From the moment it has one, bytes may be on their way.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req := (&http.Request{
		Method: method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Authorization": c.authHeader, "Accept": acceptJSON, "User-Agent": userAgent},
	}).WithContext(ctx)
	if form != nil {
		req.Header["Content-Type"] = formType
		req.ContentLength = int64(len(form))
		req.Body = io.NopCloser(bytes.NewReader(form))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(form)), nil }
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, noAnswer(connected.Load(), err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode}
	a.body, err = readAll(res.Body, res.ContentLength)
	if err != nil {
		return answer{}, ambiguous(strconv.Itoa(res.StatusCode), fmt.Errorf("read the carrier's answer: %w", err))
	}
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500 {
		a.retryAfter = retryAfter(res.Header.Get("Retry-After"), res.Header.Get("Date"))
	}
	return a, nil
}

// Header values shared by all requests, never written.
var (
	acceptJSON = []string{"application/json"}
	formType   = []string{"application/x-www-form-urlencoded"}
	userAgent  = []string{"sidetone"}
)

func readAll(r io.Reader, size int64) ([]byte, error) {
	if size >= 0 && size <= maxAnswer {
		b := make([]byte, size)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	b, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err == nil && len(b) > maxAnswer {
		err = fmt.Errorf("longer than %d bytes", maxAnswer)
	}
	return b, err
}

func noAnswer(connected bool, err error) error {
	if connected {
		return ambiguous("", fmt.Errorf("call the carrier: %w", err))
	}
	return &wire.SendError{Class: wire.Network, Message: wire.Sentence(wire.Network), Err: fmt.Errorf("reach the carrier: %w", err)}
}

func ambiguous(code string, err error) *wire.SendError {
	return &wire.SendError{Class: wire.Ambiguous, Code: code, Message: wire.Sentence(wire.Ambiguous), Err: err}
}

// refusal reads an answer that is not a success.
func (a answer) refusal() *wire.SendError {
	var b struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(a.body, &b) // a proxy's page has no code; the status speaks then
	code := strconv.Itoa(a.status)
	if b.Code != 0 {
		code = strconv.Itoa(b.Code)
	}
	cause := fmt.Errorf("the carrier answered %d: %.200s", a.status, b.Message)
	var e *wire.SendError
	switch {
	case a.status >= 500 || a.status == http.StatusRequestTimeout:
		e = ambiguous(code, cause)
	case a.status == http.StatusTooManyRequests:
		e = wire.Refusal(code, wire.Throttled, cause)
	case a.status == http.StatusBadRequest:
		e = wire.Refusal(code, wire.Content, cause)
	default: // 3xx: a wrong address; 401, 403, 404, 405 …: the account
		e = wire.Refusal(code, wire.Config, cause)
	}
	e.RetryAfter = a.retryAfter
	return e
}

// retryAfter reads both forms of the header (RFC 9110 10.2.3). A date is taken relative to the answer's own Date, so
// that no clock is asked.
func retryAfter(value, date string) time.Duration {
	const most = time.Hour
	if n, err := strconv.Atoi(value); err == nil {
		return min(max(time.Duration(n), 0)*time.Second, most)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(date)
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), most)
}
