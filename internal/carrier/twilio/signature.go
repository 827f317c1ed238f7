package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's scheme, and only under HMAC
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// SignatureHeader carries the signature of a webhook.
const SignatureHeader = "X-Twilio-Signature"

// What is wrong with a webhook's signature. Both are answered 403; ErrBadSignature is a security event (reference B2).
var (
	ErrNoSignature  = errors.New("the request is not signed")
	ErrBadSignature = errors.New("the signature does not match")
)

// Sign returns the signature of a request: base64(HMAC-SHA1(token, URL + every parameter's key and value)), keys in
// byte order, the values of a repeated key sorted and without repeats. GET and JSON requests have no form.
func Sign(authToken, fullURL string, form url.Values) string {
	var sum [sha1.Size]byte
	s := scratch(fullURL, form)
	mac(sum[:0], authToken, s.text)
	scratches.Put(s)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// PublicURL is the address under which the carrier called: base is the configured public address (scheme, host and, if
// a proxy strips one, path prefix); what the client says about host and scheme is never used.
func PublicURL(base string, r *http.Request) string {
	uri := r.RequestURI
	if uri == "" || uri[0] != '/' {
		uri = r.URL.RequestURI()
	}
	return strings.TrimRight(base, "/") + uri
}

// Verify checks a webhook and returns its parameters: those of the query for GET, of the body else, form or JSON.
// fullURL is PublicURL's answer; body is the raw body, already bounded by the caller.
func Verify(authToken, fullURL string, r *http.Request, body []byte) (url.Values, error) {
	signature := r.Header.Get(SignatureHeader)
	if r.Method == http.MethodGet {
		params, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
		return checked(params, VerifyForm(authToken, fullURL, signature, nil))
	}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("form: %w", err)
		}
		return checked(form, VerifyForm(authToken, fullURL, signature, form))
	case "application/json":
		if err := VerifyBody(authToken, fullURL, signature, body); err != nil {
			return nil, err
		}
		return paramsOfJSON(body)
	default:
		return nil, fmt.Errorf("content type %q is neither a form nor JSON", kind)
	}
}

// checked keeps unverified parameters from leaving.
func checked(params url.Values, err error) (url.Values, error) {
	if err != nil {
		return nil, err
	}
	return params, nil
}

// VerifyForm checks the signature of a form POST, or of a GET when form is nil. The carrier signs some addresses with
// and some without the port, so both are tried (reference B2).
func VerifyForm(authToken, fullURL, signature string, form url.Values) error {
	if signature == "" {
		return ErrNoSignature
	}
	if authToken == "" {
		return errors.New("no auth token to check the signature with")
	}
	if len(signature) != base64.StdEncoding.EncodedLen(sha1.Size) {
		return ErrBadSignature
	}
	s := scratch(fullURL, form)
	ok := matches(authToken, s.text, signature)
	if !ok {
		other := otherPort(fullURL)
		ok = other != fullURL && matches(authToken, append([]byte(other), s.text[len(fullURL):]...), signature)
	}
	scratches.Put(s)
	if !ok {
		return ErrBadSignature
	}
	return nil
}

// VerifyBody checks a JSON webhook: the URL is signed and carries the hash of the raw body.
func VerifyBody(authToken, fullURL, signature string, body []byte) error {
	if err := VerifyForm(authToken, fullURL, signature, nil); err != nil {
		return err
	}
	_, query, _ := strings.Cut(fullURL, "?")
	params, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	hashes := params["bodySHA256"]
	if len(hashes) != 1 {
		return fmt.Errorf("%w: the address must carry bodySHA256 once", ErrBadSignature)
	}
	sum := sha256.Sum256(body)
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(hashes[0])) != 1 {
		return fmt.Errorf("%w: the body is not the one that was signed", ErrBadSignature)
	}
	return nil
}

// signing is the room in which one signature is worked out; kept between requests because every webhook needs one.
type signing struct {
	keys []string
	text []byte
}

var scratches = sync.Pool{New: func() any { return new(signing) }}

// scratch lays the signed text out: the URL, then every key with its values.
func scratch(fullURL string, form url.Values) *signing {
	s := scratches.Get().(*signing)
	s.text = append(s.text[:0], fullURL...)
	s.keys = s.keys[:0]
	for k := range form {
		s.keys = append(s.keys, k)
	}
	slices.Sort(s.keys)
	for _, k := range s.keys {
		values := form[k]
		if len(values) > 1 { // as the carrier's Node library does; its Go library takes the first value only
			values = slices.Compact(slices.Sorted(slices.Values(values)))
		}
		for _, v := range values {
			s.text = append(s.text, k...)
			s.text = append(s.text, v...)
		}
	}
	clear(s.keys)
	return s
}

func matches(authToken string, text []byte, signature string) bool {
	var sum [sha1.Size]byte
	var want [28]byte // base64 of 20 bytes
	mac(sum[:0], authToken, text)
	base64.StdEncoding.Encode(want[:], sum[:])
	return subtle.ConstantTimeCompare(want[:], []byte(signature)) == 1
}

func mac(dst []byte, authToken string, text []byte) {
	h := hmac.New(newSHA1, []byte(authToken))
	h.Write(text)
	h.Sum(dst)
}

func newSHA1() hash.Hash { return sha1.New() } //nolint:gosec // as above

// otherPort returns the address without its port, or with the default one if it has none.
func otherPort(fullURL string) string {
	scheme, rest, ok := strings.Cut(fullURL, "://")
	if !ok {
		return fullURL
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, tail := rest[:end], rest[end:]
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexAny(host, "]@") {
		return scheme + "://" + host[:i] + tail
	}
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return scheme + "://" + host + port + tail
}
