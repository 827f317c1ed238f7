package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier/wire"
)

type apiFault struct {
	Code     int
	Message  string
	Status   int
	MoreInfo string `json:"more_info"`
}

// api makes an authorised request to the carrier's API.
func (w *world) api(t *testing.T, method, path, body string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.srv.URL+"/2010-04-01/Accounts/AC1"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.SetBasicAuth("AC1", token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := w.hc.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(raw, into), "%s", raw)
	}
	return res.StatusCode
}

func TestTextsThatTheCarrierRefuses(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Accounts[0].Numbers = append(c.Accounts[0].Numbers, Number{E164: "+18885550103", NoSMS: true}, Number{E164: "+18885550104", NoMMS: true})
	})
	form := func(pairs ...string) string {
		v := url.Values{"To": {ann}, "From": {ours}, "Body": {"x"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v.Encode()
	}
	for body, code := range map[string]int{
		form("To", ""):                          21604,
		form("To", "ann"):                       21211,
		form("To", "+1"):                        21211,
		form("To", "+0123456789"):               21211,
		form("From", ""):                        21603,
		form("From", "+19995550000"):            21606,
		form("From", other):                     21606,
		form("From", "+18885550103"):            21606,
		form("To", ours):                        21266,
		form("Body", ""):                        21602,
		form("Body", strings.Repeat("é", 1601)): 21617,
		form("MediaUrl", "cat.png"):             21620,
		form("From", "+18885550104", "MediaUrl", "https://x.test/a"):      21612,
		form() + strings.Repeat("&MediaUrl=https%3A%2F%2Fx.test%2Fa", 11): 21623,
		form("StatusCallback", "nowhere"):                                 21609,
		form("ValidityPeriod", "0"):                                       20001,
		form("ValidityPeriod", "36001"):                                   20001,
		"To=%zz":                                                          20001,
	} {
		var got apiFault
		require.Equal(t, http.StatusBadRequest, w.api(t, "POST", "/Messages.json", body, &got), body)
		require.Equal(t, code, got.Code, body)
		require.Equal(t, http.StatusBadRequest, got.Status)
		require.Equal(t, fmt.Sprint("https://www.twilio.com/docs/errors/", code), got.MoreInfo)
	}
	require.Empty(t, w.texts(t, ""))
	require.Equal(t, http.StatusCreated, w.api(t, "POST", "/Messages.json", form("Body", strings.Repeat("é", 1600)), nil))
	require.Equal(t, int64(18), w.Stats().Refused)
}

func TestTheAcceptanceHasTheCarriersShape(t *testing.T) {
	w := newWorld(t)
	text := "line\n\"quoted\" \\ \x01 \u2028 🙏 " + strings.Repeat("é", 100)
	var got map[string]any
	require.Equal(t, http.StatusCreated, w.api(t, "POST", "/Messages.json", url.Values{"To": {ann}, "From": {ours}, "Body": {text}, "Unknown": {"x"}}.Encode(), &got))
	require.Equal(t, text, got["body"])
	require.Equal(t, "queued", got["status"])
	require.Equal(t, "2", got["num_segments"])
	require.Equal(t, "outbound-api", got["direction"])
	require.Equal(t, "AC1", got["account_sid"])
	require.Nil(t, got["error_code"])
	require.Nil(t, got["date_sent"])
	_, err := time.Parse(time.RFC1123Z, got["date_created"].(string))
	require.NoError(t, err)
	var again map[string]any
	require.Equal(t, http.StatusOK, w.api(t, "GET", "/Messages/"+got["sid"].(string)+".json", "", &again))
	require.Equal(t, got["sid"], again["sid"])
	for _, path := range []string{"/Messages/SM1.json", "/Messages/" + got["sid"].(string), "/Nothing.json"} {
		require.Equal(t, http.StatusNotFound, w.api(t, "GET", path, "", nil), path)
	}
}

func TestJSONStringsAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		var got string
		require.NoError(t, json.Unmarshal(appendString(nil, s), &got))
		require.Equal(t, strings.ToValidUTF8(mend(s), "\uFFFD"), got)
	})
}

// mend replaces every broken byte by itself, as JSON readers do; ToValidUTF8 joins runs.
func mend(s string) string { return string([]rune(s)) }

func TestTheFormReaderAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := url.Values{}
		for _, k := range []string{"To", "From", "Body", "StatusCallback", "ValidityPeriod", "Other"} {
			v.Set(k, rapid.String().Draw(t, k))
		}
		v["MediaUrl"] = rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "media")
		m, err := parseOutbound(v.Encode())
		require.NoError(t, err)
		require.Equal(t, outbound{
			to: v.Get("To"), from: v.Get("From"), body: v.Get("Body"), callback: v.Get("StatusCallback"),
			validity: v.Get("ValidityPeriod"), media: nonEmpty(v["MediaUrl"]),
		}, m)
	})
}

func nonEmpty(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func TestTheReferenceIsReadFromTheCallback(t *testing.T) {
	for callback, want := range map[string]int64{"": 0, "https://x/s": 0, "https://x/s?m=7": 7, "https://x/s?a=1&m=42": 42, "https://x/s?m=x": 0, "https://x/s?mm=3": 0} {
		require.Equal(t, want, refOf(callback), callback)
	}
}

func TestTheCarriersOwnOptOutBlocksThePairOnly(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Accounts[0].CarrierOptOut = true })
	say := func(text string) {
		require.Equal(t, http.StatusOK, w.call(t, "POST", "/sim/texts", `{"from":"`+ann+`","to":"`+ours+`","text":"`+text+`"}`, nil))
	}
	say("please stop")
	w.send(t, 1, ann, "x")
	say(" stop ")
	_, err := w.client.Send(t.Context(), wire.Outbound{From: ours, To: ann, Text: "x"})
	require.Equal(t, "21610", wire.AsSendError(err).Code)
	w.send(t, 2, bob, "x")
	_, err = w.client.Send(t.Context(), wire.Outbound{From: spare, To: ann, Text: "x"})
	require.NoError(t, err, "another of our numbers is another pair")
	say("help")
	say("START")
	w.send(t, 3, ann, "x")
	say("YES")
	in, _ := w.desk.told(t)
	var kinds []string
	for _, m := range in {
		kinds = append(kinds, m.OptOutType)
	}
	require.Equal(t, []string{"", "STOP", "HELP", "START", ""}, kinds)
}

func TestALookUpPagesThroughAListThatGrows(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.send(t, int64(i+1), ann, fmt.Sprint("text ", i))
		w.send(t, int64(i+100), bob, "noise")
	}
	type page struct {
		Messages []struct{ Body string }
		Next     string `json:"next_page_uri"`
		Page     int
	}
	var bodies []string
	next := "/Messages.json?To=" + url.QueryEscape(ann) + "&From=" + url.QueryEscape(ours) + "&PageSize=3"
	for pages := 0; next != ""; pages++ {
		require.Less(t, pages, 3)
		var p page
		require.Equal(t, http.StatusOK, w.api(t, "GET", next, "", &p))
		require.Equal(t, pages, p.Page)
		for _, m := range p.Messages {
			bodies = append(bodies, m.Body)
		}
		next = strings.TrimPrefix(p.Next, "/2010-04-01/Accounts/AC1")
		w.send(t, 1000, ann, "newer")
	}
	require.Equal(t, "text 6|text 5|text 4|text 3|text 2|text 1|text 0", strings.Join(bodies, "|"))
}

func TestTheAdapterReadsEveryPage(t *testing.T) {
	w := newWorld(t)
	w.faults(t, `{"receipts":"none"}`)
	began := time.Now()
	for i := range 230 {
		w.send(t, int64(i+1), ann, fmt.Sprint(i))
	}
	found, err := w.client.Lookup(t.Context(), ann, ours, began)
	require.NoError(t, err)
	require.Len(t, found, 230)
	require.Equal(t, "229", found[0].Body)
}

func TestALookUpFiltersByDate(t *testing.T) {
	w := newWorld(t)
	w.send(t, 1, ann, "x")
	today := time.Now().UTC().Format(time.DateOnly)
	for query, want := range map[string]int{
		"DateSent=" + today: 1, "DateSent%3E=" + today: 1, "DateSent%3C=" + today: 1, "DateSent=2001-01-01": 0, "DateSent%3C=2001-01-01": 0,
		"DateSent%3E=2100-01-01": 0, "DateSent%3E=2001-01-01T00:00:00Z": 1, "": 1, "To=" + url.QueryEscape(bob): 0, "From=" + url.QueryEscape(ours): 1,
	} {
		var got struct{ Messages []any }
		require.Equal(t, http.StatusOK, w.api(t, "GET", "/Messages.json?"+query, "", &got), query)
		require.Len(t, got.Messages, want, query)
	}
	for _, query := range []string{"DateSent=soon", "PageSize=0", "PageSize=x", "Page=-1", "PageToken=x"} {
		require.Equal(t, http.StatusBadRequest, w.api(t, "GET", "/Messages.json?"+query, "", nil), query)
	}
}

func TestNumbersAreListedWithWhatTheyCanDo(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Accounts[0].Numbers[1].NoVoice = true })
	owned, err := w.client.OwnsNumber(t.Context(), spare)
	require.NoError(t, err)
	require.True(t, owned.Owned && owned.SMS && owned.MMS && !owned.Voice)
	var all struct {
		Numbers []any `json:"incoming_phone_numbers"`
	}
	require.Equal(t, http.StatusOK, w.api(t, "GET", "/IncomingPhoneNumbers.json", "", &all))
	require.Len(t, all.Numbers, 2)
}

func TestShortCodesStandInAListOfTheirOwnAndOnlyText(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Accounts[0].Numbers = append(c.Accounts[0].Numbers, Number{E164: "72345"}) })
	for address, want := range map[string]bool{"72345": true, "72346": false, spare: true, other: false} {
		owned, err := w.client.Owns(t.Context(), address)
		require.NoError(t, err)
		require.Equal(t, want, owned.Owned, address)
		require.Equal(t, want, owned.SMS, address)
		require.Equal(t, want && address == spare, owned.Voice, address)
	}
	owned, err := w.client.OwnsNumber(t.Context(), "72345")
	require.NoError(t, err)
	require.False(t, owned.Owned)
	var all struct {
		Codes []struct {
			SID string `json:"sid"`
		} `json:"short_codes"`
	}
	require.Equal(t, http.StatusOK, w.api(t, "GET", "/SMS/ShortCodes.json", "", &all))
	require.Len(t, all.Codes, 1)
	require.Regexp(t, "^SC[0-9a-f]{32}$", all.Codes[0].SID)
}
