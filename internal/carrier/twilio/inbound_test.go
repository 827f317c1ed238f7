package twilio

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// text is a plain inbound text; with changes it.
func text(with ...string) url.Values {
	form := url.Values{"MessageSid": {"SM1"}, "From": {"+14155550101"}, "To": {"+18885550100"}, "Body": {"hi"}}
	for i := 0; i < len(with); i += 2 {
		form.Set(with[i], with[i+1])
	}
	return form
}

func TestAnInboundTextIsMapped(t *testing.T) {
	form := text("NumSegments", "2", "OptOutType", "STOP", "SomethingNew", "x", "NumMedia", "2",
		"MediaUrl0", "https://api.example/a", "MediaContentType0", "image/png", "MediaUrl1", "https://api.example/b")
	got, err := ParseInbound(form, noon)
	require.NoError(t, err)
	require.Equal(t, wire.Inbound{
		ProviderID: "SM1", From: "+14155550101", To: "+18885550100", Text: "hi", At: noon, OptOutType: "STOP", NumSegments: 2,
		Media: []wire.Media{{URL: "https://api.example/a", ContentType: "image/png"}, {URL: "https://api.example/b"}},
	}, got)
}

func TestTheAliasesOfTheMessageIDAreAccepted(t *testing.T) {
	for _, key := range []string{"MessageSid", "SmsSid", "SmsMessageSid"} {
		form := text(key, "SM9")
		if key != "MessageSid" {
			form.Del("MessageSid")
		}
		got, err := ParseInbound(form, noon)
		require.NoError(t, err)
		require.Equal(t, "SM9", got.ProviderID)
	}
}

func TestAnEmptyBodyIsATextToo(t *testing.T) {
	form := text()
	form.Del("Body")
	got, err := ParseInbound(form, noon)
	require.NoError(t, err)
	require.Empty(t, got.Text)
}

func TestBadInboundInputNamesTheField(t *testing.T) {
	for field, forms := range map[string][]url.Values{
		"MessageSid": {text("MessageSid", ""), text("MessageSid", strings.Repeat("x", 65)), text("MessageSid", "a\x00b")},
		"From":       {text("From", ""), text("From", "  "), text("From", "+1\xff"), text("From", strings.Repeat("1", 65))},
		"To":         {text("To", ""), text("To", "a\nb")},
		"NumMedia":   {text("NumMedia", "11"), text("NumMedia", "-1"), text("NumMedia", "many")},
		"MediaUrl0":  {text("NumMedia", "1"), text("NumMedia", "1", "MediaUrl0", "file:///etc/passwd"), text("NumMedia", "1", "MediaUrl0", "//x")},
	} {
		for _, form := range forms {
			_, err := ParseInbound(form, noon)
			requireField(t, err, field)
		}
	}
}

func TestBadUTF8AndNULInTheTextAreReplaced(t *testing.T) {
	got, err := ParseInbound(text("Body", "a\xffb\x00c"), noon)
	require.NoError(t, err)
	require.Equal(t, "a\uFFFDb\uFFFDc", got.Text)
}

func TestAReceiptIsMapped(t *testing.T) {
	params := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30007"}}
	got, err := ParseStatus(url.Values{"m": {"42"}}, params, noon)
	require.NoError(t, err)
	require.Equal(t, wire.Receipt{ProviderID: "SM1", MessageRef: 42, Status: wire.Undelivered, ErrorCode: "30007", At: noon}, got)
}

func TestAReceiptWithoutAUsableReferenceHasNone(t *testing.T) {
	for _, m := range []string{"", "x", "-1", "99999999999999999999"} {
		got, err := ParseStatus(url.Values{"m": {m}}, url.Values{"SmsSid": {"SM1"}, "SmsStatus": {"sent"}}, noon)
		require.NoError(t, err)
		require.Zero(t, got.MessageRef, m)
		require.Equal(t, wire.Sent, got.Status)
	}
}

func TestANewStatusWordMeansHandedOver(t *testing.T) {
	got, err := ParseStatus(nil, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"beamed"}, "ErrorCode": {"0"}}, noon)
	require.NoError(t, err)
	require.Equal(t, wire.Sent, got.Status)
	require.Empty(t, got.ErrorCode)
}

func TestBadReceiptsNameTheField(t *testing.T) {
	_, err := ParseStatus(nil, url.Values{"MessageStatus": {"sent"}}, noon)
	requireField(t, err, "MessageSid")
	for _, word := range []string{"", "received", "receiving"} {
		_, err = ParseStatus(nil, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {word}}, noon)
		requireField(t, err, "MessageStatus")
	}
}

func TestNoInputMakesTheParsersPanic(t *testing.T) {
	keys := []string{"MessageSid", "SmsSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MediaContentType0", "NumSegments", "OptOutType", "MessageStatus", "ErrorCode", "m"}
	rapid.Check(t, func(t *rapid.T) {
		params := url.Values{}
		for k, v := range maps.All(rapid.MapOf(rapid.SampledFrom(keys), rapid.SliceOf(rapid.Byte())).Draw(t, "params")) {
			params.Set(k, string(v))
		}
		if in, err := ParseInbound(params, noon); err == nil {
			require.NotEmpty(t, in.From)
			require.True(t, strings.ToValidUTF8(in.Text, "") == in.Text)
		}
		_, _ = ParseStatus(params, params, noon)
	})
}
