package phone

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		raw, region string
		want        E164
	}{
		{"+14155550142", "", "+14155550142"},
		{" (415) 555-0142 ", "US", "+14155550142"},
		{"4155550142", "", "+14155550142"},
		{"1-415-555-0142", "US", "+14155550142"},
		{"415.555.0142", "US", "+14155550142"},
		{"tel:+1-415-555-0142", "US", "+14155550142"},
		{"+1 415 555 0142", "GB", "+14155550142"},
		{"020 7946 0018", "GB", "+442079460018"},
		{"+49 30 901820", "US", "+4930901820"},
		{"0301234567", "DE", "+49301234567"},
		{"+1 (800) 555-0199", "US", "+18005550199"},
	} {
		got, err := Parse(c.raw, c.region)
		require.NoError(t, err, c.raw)
		require.Equal(t, c.want, got, c.raw)
	}
}

func TestWhatIsNoNumberIsRefusedWithoutRepeatingIt(t *testing.T) {
	for raw, want := range map[string]error{
		"":                       ErrEmpty,
		"  ":                     ErrEmpty,
		"tel: ":                  ErrEmpty,
		"garbage":                ErrLetters,
		"1800FLOWERS":            ErrLetters,
		"+1 415 555 0142 ext 5":  ErrLetters,
		"+14155550142;ext=5":     ErrLetters,
		"+14155550142#5":         ErrLetters,
		"12345":                  ErrInvalid,
		"+1415555014":            ErrInvalid,
		"+15555550123":           ErrInvalid,
		"+999123456789":          ErrInvalid,
		"+":                      ErrInvalid,
		"+141555501420000000000": ErrInvalid,
		"\x00":                   ErrInvalid,
	} {
		_, err := Parse(raw, "US")
		require.ErrorIs(t, err, want, "%q", raw)
		if len(raw) > 4 {
			require.NotContains(t, err.Error(), raw)
		}
	}
}

func TestASenderMayBeAShortCode(t *testing.T) {
	for raw, want := range map[string]Number{
		"72345": "72345", " 611 ": "611", "12345678": "12345678", "+1 415 555 0142": "+14155550142", "(415) 555-0142": "+14155550142",
	} {
		got, err := ParseSender(raw, "US")
		require.NoError(t, err, raw)
		require.Equal(t, want, got)
	}
	for _, raw := range []string{"12", "123456789", "+12345"} {
		_, err := ParseSender(raw, "US")
		require.ErrorIs(t, err, ErrSender, raw)
	}
	_, err := ParseSender("ACME", "US")
	require.ErrorIs(t, err, ErrLetters)
	require.True(t, Number("72345").IsShort())
	require.False(t, Number("+14155550142").IsShort())
	require.False(t, Number("72345").IsUS())
	require.True(t, Number("+14155550142").IsUS())
	require.Equal(t, "GB", Number("+442079460018").Region())
	require.Empty(t, Number("72345").Region())
	require.Equal(t, "72345", Number("72345").Display())
	require.Equal(t, "+1 (415) 555-0142", Number("+14155550142").Display())
}

func TestACarriersNumberIsTakenAsItIs(t *testing.T) {
	for _, s := range []string{"+14155550142", "+15555550123", "+4930901820"} {
		got, ok := FromCarrier(s)
		require.True(t, ok)
		require.Equal(t, E164(s), got)
	}
	for _, s := range []string{"", "+", "14155550142", "+0123456789", "+1415555014x", "+12345678901234567", "72345", "+1 4155550142", "+١٤١٥٥٥٥"} {
		_, ok := FromCarrier(s)
		require.False(t, ok, s)
	}
}

func TestOnlyTheUnitedStatesAreUS(t *testing.T) {
	for e, want := range map[E164]bool{
		"+14155550142": true, "+18005550199": true, "+17875550100": true, "+14165550123": false, "+442079460018": false, "+1": false, "": false,
	} {
		require.Equal(t, want, e.IsUS(), string(e))
	}
}

func TestNumbersAreShownAndMasked(t *testing.T) {
	for _, c := range []struct {
		number        E164
		display, mask string
	}{
		{"+14155550142", "+1 (415) 555-0142", "+1 ••• ••• 0142"},
		{"+442079460018", "+44 20 7946 0018", "+44 ••• ••• 0018"},
		{"+4930901820", "+49 30 901820", "+49 ••• ••• 1820"},
		{"garbage", "garbage", "•••"},
		{"", "", "•••"},
	} {
		require.Equal(t, c.display, c.number.Display())
		require.Equal(t, c.mask, c.number.Mask())
	}
	require.Equal(t, "72345", Number("72345").Mask())
	require.Equal(t, "•••", Number("Ann").Mask())
}

func TestLogsHoldNoNumber(t *testing.T) {
	var text, js bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&js, nil)} {
		slog.New(h).Info("sent", "to", E164("+14155550142"), "from", Number("+12125550199"))
	}
	for _, out := range []string{text.String(), js.String()} {
		require.Contains(t, out, "+1 ••• ••• 0142")
		require.NotContains(t, out, "555")
	}
}

func TestTheExamplesAreValidUSNumbersSetAsideForFiction(t *testing.T) {
	all := Examples(MaxExamples + 1)
	require.Len(t, all, MaxExamples)
	require.Len(t, Examples(3), 3)
	require.Empty(t, Examples(0))
	seen := map[E164]bool{}
	for _, e := range all {
		require.False(t, seen[e])
		seen[e] = true
		require.Contains(t, string(e[5:]), "55501")
	}
	for i := 0; i < len(all); i += 50 {
		n, err := phonenumbers.Parse(string(all[i]), "")
		require.NoError(t, err)
		require.True(t, phonenumbers.IsValidNumber(n), string(all[i]))
		require.Equal(t, "US", phonenumbers.GetRegionCodeForNumber(n), string(all[i]))
	}
	tails := map[string]bool{}
	for _, e := range Examples(100) {
		tails[string(e[len(e)-4:])] = true
	}
	require.Len(t, tails, 100)
}

func TestWhatParsesParsesAgainToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`\+?[0-9 ().-]{0,18}`)).Draw(t, "raw")
		e, err := Parse(raw, "US")
		if err != nil {
			require.Empty(t, e)
			return
		}
		again, err := Parse(string(e), "FR")
		require.NoError(t, err)
		require.Equal(t, e, again)
		shown, err := Parse(e.Display(), "")
		require.NoError(t, err)
		require.Equal(t, e, shown)
		_, ok := FromCarrier(string(e))
		require.True(t, ok)
		require.NotContains(t, e.Mask(), string(e[len(e)-5:]))
		require.True(t, strings.HasPrefix(e.Mask(), "+"+e.CountryCode()))
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		_, _ = Parse("+14155550142", "US")
	}
}

func TestThePlainFormOfAnAmericanNumberReadsAsTheLongWayDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`\+1[0-9]{10}`), rapid.StringMatching(`\+1(415|604|787|876|800|900|242)[2-9][0-9]{6}`)).Draw(t, "number")
		e, region, err := ParseWithRegion(s, "")
		n, bad := phonenumbers.Parse(s, "US")
		if bad != nil || !phonenumbers.IsValidNumber(n) {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		require.NoError(t, err)
		require.Equal(t, phonenumbers.Format(n, phonenumbers.E164), string(e))
		require.Equal(t, phonenumbers.GetRegionCodeForNumber(n), region)
		require.Equal(t, region, e.Region())
	})
}
