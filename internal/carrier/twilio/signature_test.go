package twilio

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	oracle "github.com/twilio/twilio-go/client"
	"pgregory.net/rapid"

	"sidetone/internal/errs"
)

// The vectors of reference B2.
const (
	vectorToken = "12345"
	vectorURL   = "https://mycompany.com/myapp.php?foo=1&bar=2"
	vectorSig   = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
	jsonURL     = "https://x.test/j?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
	jsonBody    = `{"a":1}`
	jsonSig     = "USA4WTcNkXmivVf2p0TpN5aR1/4="
)

func vectorForm() url.Values {
	return url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"},
		"From": {"+14158675309"}, "To": {"+18005551212"},
	}
}

func TestTheFormVectorVerifies(t *testing.T) {
	require.Equal(t, vectorSig, Sign(vectorToken, vectorURL, vectorForm()))
	require.NoError(t, VerifyForm(vectorToken, vectorURL, vectorSig, vectorForm()))
}

func TestTheJSONVectorVerifies(t *testing.T) {
	require.Equal(t, jsonSig, Sign(vectorToken, jsonURL, nil))
	require.NoError(t, VerifyBody(vectorToken, jsonURL, jsonSig, []byte(jsonBody)))
	require.ErrorIs(t, VerifyBody(vectorToken, jsonURL, jsonSig, []byte(`{"a":2}`)), ErrBadSignature)
}

func TestAJSONBodyWithoutItsHashIsRefused(t *testing.T) {
	for _, u := range []string{"https://x.test/j", "https://x.test/j?bodySHA256=", jsonURL + "&bodySHA256=00"} {
		require.ErrorIs(t, VerifyBody(vectorToken, u, Sign(vectorToken, u, nil), []byte(jsonBody)), ErrBadSignature, u)
	}
}

func TestRepeatedKeysAreSignedOnceEachInOrder(t *testing.T) {
	want := Sign("k", "https://a.test/", url.Values{"A1A": {"2"}}) // the same bytes: A1A2
	form := url.Values{"A": {"2", "1", "2"}}
	require.Equal(t, want, Sign("k", "https://a.test/", form))
	require.Equal(t, []string{"2", "1", "2"}, form["A"], "the caller's form is left alone")
}

func TestASignatureMadeWithOrWithoutThePortVerifies(t *testing.T) {
	for _, c := range [][2]string{
		{"https://a.test:443/x?y=1", "https://a.test/x?y=1"},
		{"http://a.test:80", "http://a.test"},
		{"https://[::1]:443/x", "https://[::1]/x"},
		{"https://u:p@a.test:443/x", "https://u:p@a.test/x"},
	} {
		require.NoError(t, VerifyForm("k", c[1], Sign("k", c[0], nil), nil), c)
		require.NoError(t, VerifyForm("k", c[0], Sign("k", c[1], nil), nil), c)
	}
	require.NoError(t, VerifyForm("k", "https://a.test:8443/x:1", Sign("k", "https://a.test/x:1", nil), nil))
	require.Error(t, VerifyForm("k", "https://a.test/x:1", Sign("k", "https://a.test:8443/x:1", nil), nil), "only the default port may be left out")
}

func TestAnUnsignedOrUncheckableRequestIsRefused(t *testing.T) {
	require.ErrorIs(t, VerifyForm("k", vectorURL, "", nil), ErrNoSignature)
	require.Error(t, VerifyForm("", vectorURL, Sign("", vectorURL, nil), nil), "an empty token proves nothing")
	require.ErrorIs(t, VerifyForm("k", vectorURL, "short", nil), ErrBadSignature)
	require.ErrorIs(t, VerifyForm("other", vectorURL, vectorSig, vectorForm()), ErrBadSignature)
}

func drawForm(t *rapid.T) url.Values {
	form := url.Values{}
	for k, v := range rapid.MapOfN(rapid.StringN(1, 12, -1), rapid.String(), 0, 20).Draw(t, "form") {
		form.Set(k, v)
	}
	return form
}

func drawURL(t *rapid.T) string {
	scheme := rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme")
	port := rapid.SampledFrom([]string{"", ":80", ":443", ":8080"}).Draw(t, "port")
	path := rapid.StringMatching(`(/[a-z0-9]{1,8}){1,4}`).Draw(t, "path")
	query := rapid.StringMatching(`(\?[a-z]{1,4}=[a-z0-9]{0,6})?`).Draw(t, "query")
	return scheme + "://desk.example.com" + port + path + query
}

func TestTheCarriersOwnLibraryAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "token")
		form, u := drawForm(t), drawURL(t)
		sig := Sign(token, u, form)
		judge := oracle.NewRequestValidator(token)
		require.True(t, judge.ValidateBody(u, []byte(form.Encode()), sig), "the library refuses our signature")
		require.NoError(t, VerifyForm(token, u, sig, form))
	})
}

func TestOneFlippedBitIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "token")
		form, u := drawForm(t), drawURL(t)
		form.Set("Body", rapid.StringN(1, 40, -1).Draw(t, "body"))
		sig := Sign(token, u, form)
		flip := func(s, name string) string {
			b := []byte(s)
			b[rapid.IntRange(0, len(b)-1).Draw(t, name+" byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, name+" bit")
			return string(b)
		}
		require.Error(t, VerifyForm(token, u, flip(sig, "signature"), form))
		require.Error(t, VerifyForm(flip(token, "token"), u, sig, form))
		path := strings.Index(u, ".com") + 4
		if rest := u[path:]; rest[0] != ':' { // another port is another matter: both forms are tried
			require.Error(t, VerifyForm(token, u[:path]+flip(rest, "url"), sig, form))
		}
		form.Set("Body", flip(form.Get("Body"), "body"))
		require.Error(t, VerifyForm(token, u, sig, form))
	})
}

func signedRequest(method, target, contentType, body, sig string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if sig != "" {
		r.Header.Set(SignatureHeader, sig)
	}
	return r
}

func TestVerifyReadsFormJSONAndGet(t *testing.T) {
	const base = "https://desk.example.com"
	const formType = "application/x-www-form-urlencoded; charset=utf-8"
	form := url.Values{"MessageSid": {"SM1"}, "Body": {"héllo wörld & co"}, "Brand-New": {"x"}}
	post := signedRequest("POST", "/hooks/1", formType, form.Encode(), Sign("k", base+"/hooks/1", form))
	got, err := Verify("k", PublicURL(base+"/", post), post, []byte(form.Encode()))
	require.NoError(t, err)
	require.Equal(t, form, got)

	target := "/hooks/1?" + form.Encode()
	get := signedRequest("GET", target, "", "", Sign("k", base+target, nil))
	got, err = Verify("k", PublicURL(base, get), get, nil)
	require.NoError(t, err)
	require.Equal(t, form, got)

	body := []byte(`{"MessageSid":"SM1","NumMedia":0,"Flag":true,"deep":{"x":[1]},"none":null,"Body":"h\u00e9"}`)
	target = "/hooks/1?bodySHA256=" + hashOf(body)
	js := signedRequest("POST", target, "application/json", string(body), Sign("k", base+target, nil))
	got, err = Verify("k", PublicURL(base, js), js, body)
	require.NoError(t, err)
	require.Equal(t, url.Values{"MessageSid": {"SM1"}, "NumMedia": {"0"}, "Flag": {"true"}, "Body": {"hé"}}, got)
}

func TestVerifyRefusesWhatItCannotTrust(t *testing.T) {
	const base, formType = "https://desk.example.com", "application/x-www-form-urlencoded"
	for name, r := range map[string]*http.Request{
		"no signature":         signedRequest("POST", "/h", formType, "a=1", ""),
		"a stranger's":         signedRequest("POST", "/h", formType, "a=1", Sign("else", base+"/h", url.Values{"a": {"1"}})),
		"a broken form":        signedRequest("POST", "/h", formType, "a=%zz", Sign("k", base+"/h", nil)),
		"another content type": signedRequest("POST", "/h", "text/plain", "a=1", Sign("k", base+"/h", nil)),
		"json without hash":    signedRequest("POST", "/h", "application/json", "{}", Sign("k", base+"/h", nil)),
		"unsigned get":         signedRequest("GET", "/h?a=1", "", "", ""),
	} {
		var body bytes.Buffer
		_, err := body.ReadFrom(r.Body)
		require.NoError(t, err)
		params, err := Verify("k", PublicURL(base, r), r, body.Bytes())
		require.Error(t, err, name)
		require.Nil(t, params, name)
	}
}

func TestJSONThatIsNoObjectIsRefused(t *testing.T) {
	for _, body := range []string{``, `[]`, `{"a":1} {"b":2}`, `{"a":`} {
		_, err := paramsOfJSON([]byte(body))
		require.Error(t, err, body)
	}
}

func TestTheClientsHostAndSchemeAreNotBelieved(t *testing.T) {
	r := httptest.NewRequest("POST", "http://evil.example/hooks/1?m=%2B7", nil)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	require.Equal(t, "https://desk.example.com/base/hooks/1?m=%2B7", PublicURL("https://desk.example.com/base", r))
}

func requireField(t *testing.T, err error, field string) {
	t.Helper()
	var e *errs.Error
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, errs.Invalid, e.Code)
	require.Equal(t, field, e.Field)
}

func BenchmarkVerify(b *testing.B) {
	form := url.Values{
		"MessageSid": {"SM00000000000000000000000000000001"}, "AccountSid": {"AC00000000000000000000000000000001"},
		"From": {"+14155550101"}, "To": {"+18885550100"}, "Body": {"Hello, is anybody there?"}, "NumMedia": {"0"}, "NumSegments": {"1"},
		"FromCity": {"SAN FRANCISCO"}, "FromState": {"CA"}, "FromZip": {"94105"}, "FromCountry": {"US"}, "ApiVersion": {"2010-04-01"},
	}
	const u = "https://desk.example.com/hooks/twilio/0123456789abcdef/messages"
	sig := Sign("k", u, form)
	b.ReportAllocs()
	for b.Loop() {
		if err := VerifyForm("k", u, sig, form); err != nil {
			b.Fatal(err)
		}
	}
}
