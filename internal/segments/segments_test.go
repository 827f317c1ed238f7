package segments

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

//go:embed testdata/cases.json
var casesJSON []byte

// fixture is a row of the table that the console's counter runs too.
type fixture struct {
	Name       string   `json:"name"`
	Text       string   `json:"text"`
	Encoding   Encoding `json:"encoding"`
	Units      int      `json:"units"`
	Segments   int      `json:"segments"`
	PerSegment int      `json:"per_segment"`
	Left       int      `json:"left"`
	Offender   *struct {
		Char        string  `json:"char"`
		Index       int     `json:"index"`
		Name        string  `json:"name"`
		Replacement *string `json:"replacement"`
	} `json:"offender"`
	Replaced string `json:"replaced"`
}

func fixtures(t *testing.T) []fixture {
	var all []fixture
	require.NoError(t, json.Unmarshal(casesJSON, &all))
	return all
}

func TestTheSharedTableHolds(t *testing.T) {
	all := fixtures(t)
	require.GreaterOrEqual(t, len(all), 60)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			require.Equal(t, Result{c.Encoding, c.Units, c.Segments, c.PerSegment, c.Left}, Count(c.Text))
			require.Equal(t, c.Replaced, ReplaceSmart(c.Text))
			o, found := ForcesUnicode(c.Text)
			require.Equal(t, c.Encoding == UCS2, found)
			require.Equal(t, c.Offender != nil, found)
			if !found {
				return
			}
			require.Equal(t, c.Offender.Char, string(o.Rune))
			require.Equal(t, c.Offender.Index, o.Index)
			require.Equal(t, c.Offender.Name, o.Name)
			require.Equal(t, c.Offender.Replacement != nil, o.Replaceable)
			if o.Replaceable {
				require.Equal(t, *c.Offender.Replacement, o.Replacement)
			}
		})
	}
}

func TestEveryReplacementIsInTheSharedTableAndIsPlain(t *testing.T) {
	shared := map[string]bool{}
	for _, c := range fixtures(t) {
		if c.Offender != nil {
			shared[c.Offender.Char] = true
		}
	}
	seen := map[rune]bool{}
	for _, s := range smarts {
		require.False(t, seen[s.r], "%q stands twice", s.r)
		seen[s.r] = true
		require.True(t, shared[string(s.r)], "%q (%s) is missing from cases.json", s.r, s.name)
		require.EqualValues(t, none, code(s.r), "%q needs no replacement", s.r)
		_, plain := EncodeGSM(s.to)
		require.True(t, plain, s.name)
	}
}

// perlGSM encodes every BMP scalar with Encode::GSM0338 and prints "codepoint hex", hex empty where it can't.
const perlGSM = `use strict; use warnings; use Encode; use Encode::GSM0338;
my $e = Encode::find_encoding("gsm0338") or die "no gsm0338";
for my $c (0..0xD7FF, 0xE000..0xFFFF) {
  my $s = chr($c);
  my $o = eval { no warnings; $e->encode($s, Encode::FB_CROAK) };
  printf "%x %s\n", $c, defined $o ? unpack("H*", $o) : "";
}`

func TestTheAlphabetEqualsPerlForAllOfTheBMP(t *testing.T) {
	var stderr bytes.Buffer
	cmd := exec.Command("perl", "-e", perlGSM)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "the oracle is perl with Encode::GSM0338: install the Debian package perl\n%s", stderr.String())
	scalars, encodable := 0, 0
	for line := range strings.Lines(string(out)) {
		var c rune
		point, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		_, err := fmt.Sscanf(point, "%x", &c)
		require.NoError(t, err)
		scalars++
		got, ok := EncodeGSM(string(c))
		if want == "" {
			require.False(t, ok, "U+%04X is not in the alphabet of perl", c)
			require.Equal(t, UCS2, Count(string(c)).Encoding)
			continue
		}
		encodable++
		require.Equal(t, want, hex.EncodeToString(got), "U+%04X", c)
		require.Equal(t, string(c), DecodeGSM(got))
		require.Equal(t, len(want)/2, Count(string(c)).Units)
	}
	require.Equal(t, 63488, scalars)
	require.Equal(t, 137, encodable)
}

func TestCapitalCedillaIsInTheAlphabetAndTheSmallOneIsNot(t *testing.T) {
	got, ok := EncodeGSM("Ç")
	require.True(t, ok)
	require.Equal(t, []byte{0x09}, got)
	_, ok = EncodeGSM("ç")
	require.False(t, ok)
}

func TestADecoderForgivesUnknownExtensions(t *testing.T) {
	require.Equal(t, "aA b", DecodeGSM([]byte{'a', esc, 'A', esc, esc, 'b'}))
	require.Equal(t, "a ", DecodeGSM([]byte{'a', esc}))
}

func TestAPairIsNeverCut(t *testing.T) {
	gsm := Split(strings.Repeat("a", 152) + "€" + strings.Repeat("b", 10))
	require.Equal(t, []string{strings.Repeat("a", 152), "€" + strings.Repeat("b", 10)}, gsm)
	ucs := Split(strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 10))
	require.Equal(t, []string{strings.Repeat("ж", 66), "😀" + strings.Repeat("ж", 10)}, ucs)
}

// texts leans towards lengths and characters near the borders.
func texts() *rapid.Generator[string] {
	gsm := rapid.SampledFrom([]rune("abc @€[]{}ÇÑ\nΩ"))
	wide := rapid.SampledFrom([]rune("aж’…é😀ç👍\u200d€"))
	return rapid.OneOf(
		rapid.StringOfN(gsm, 0, 500, -1),
		rapid.StringOfN(gsm, 145, 165, -1),
		rapid.StringOfN(wide, 0, 300, -1),
		rapid.StringOfN(wide, 60, 75, -1),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 200), func(b []byte) string { return string(b) }),
	)
}

func checkLaws(t require.TestingT, x string) {
	r := Count(x)
	parts := Split(x)
	require.Equal(t, x, strings.Join(parts, ""))
	require.Len(t, parts, r.Segments)
	require.GreaterOrEqual(t, r.Left, 0)
	units := 0
	for i, p := range parts {
		used := countUCS2(p).Units
		if r.Encoding == GSM7 {
			septets, ok := EncodeGSM(p)
			require.True(t, ok)
			used = len(septets)
			require.Equal(t, p, DecodeGSM(septets))
		}
		require.Positive(t, used)
		require.LessOrEqual(t, used, r.PerSegment)
		if utf8.ValidString(x) {
			require.True(t, utf8.ValidString(p))
		}
		if i < len(parts)-1 {
			require.GreaterOrEqual(t, used, r.PerSegment-1, "a part may be one short, before a pair")
		} else {
			require.Equal(t, r.Left, r.PerSegment-used)
		}
		units += used
	}
	require.Equal(t, r.Units, units)

	o, forced := ForcesUnicode(x)
	require.Equal(t, r.Encoding == UCS2, forced)
	if forced && utf8.ValidString(x) {
		require.Equal(t, o.Rune, []rune(x)[o.Index])
	}
	plain := ReplaceSmart(x)
	require.Equal(t, plain, ReplaceSmart(plain))
	if o, forced := ForcesUnicode(plain); forced {
		require.False(t, o.Replaceable)
	}
}

func TestSplitIsTheInverseOfJoinAndAgreesWithCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkLaws(t, texts().Draw(t, "text")) })
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "hello", "€", "\xff\xfe", strings.Repeat("[", 200), strings.Repeat("😀", 80)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, x string) { checkLaws(t, x) })
}

func TestCountAllocatesNothing(t *testing.T) {
	for _, text := range []string{strings.Repeat("plain text ", 40), strings.Repeat("wide ж😀 ", 40)} {
		require.Zero(t, testing.AllocsPerRun(100, func() { Count(text) }))
	}
}

func BenchmarkCountASCII(b *testing.B) {
	text := strings.Repeat("Your parcel is on its way. ", 6)[:160]
	b.ReportAllocs()
	for b.Loop() {
		Count(text)
	}
}

func BenchmarkCountUCS2(b *testing.B) {
	text := strings.Repeat("Ваш заказ уже в пути. ", 6)
	b.ReportAllocs()
	for b.Loop() {
		Count(text)
	}
}
