package command

import (
	"embed"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/errs"
)

//go:embed testdata/*.txt
var corpora embed.FS

func corpus(t testing.TB, name string) []string {
	b, err := corpora.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func defaultWords(t testing.TB) Words {
	w, err := NewWords(DefaultBack, DefaultExit)
	require.NoError(t, err)
	return w
}

// ways are the ways in which people write one word.
var ways = []struct {
	name string
	with func(string) string
}{
	{"as it is", func(w string) string { return w }},
	{"lower case", strings.ToLower},
	{"first letter capital", func(w string) string { return w[:1] + strings.ToLower(w[1:]) }},
	{"mixed case", func(w string) string {
		return strings.Map(func(r rune) rune {
			if r%2 == 0 {
				return r | 0x20
			}
			return r
		}, w)
	}},
	{"full width", func(w string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r + 0xFEE0
			}
			return r
		}, w)
	}},
	{"mathematical bold", func(w string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return 0x1D400 + r - 'A'
			}
			return r
		}, w)
	}},
	{"accents", func(w string) string {
		return strings.NewReplacer("A", "Á", "E", "Ê", "I", "Ï", "O", "Ó", "U", "Ü", "N", "Ñ", "C", "Ç").Replace(w)
	}},
	{"combining accents", func(w string) string {
		return strings.NewReplacer("A", "a\u0301", "E", "e\u0302", "O", "o\u0308", "U", "u\u0308").Replace(w)
	}},
	{"zero-width characters", func(w string) string { return "\u200b" + w[:1] + "\u200d" + w[1:] + "\ufeff" }},
	{"soft hyphen", func(w string) string { return w[:2] + "\u00ad" + w[2:] }},
	{"direction marks", func(w string) string { return "\u202a" + w + "\u202c" }},
	{"wide spaces within", func(w string) string { return strings.ReplaceAll(w, " ", " \u00a0 ") }},
	{"hyphens within", func(w string) string { return strings.ReplaceAll(w, " ", "-") }},
	{"dashes within", func(w string) string { return strings.ReplaceAll(w, " ", " – ") }},
}

// frames are what stands around the word.
var frames = []string{
	"%s", " %s ", "\t%s\r\n", "%s.", "%s!", "%s!!!", "%s?", "%s...", "%s…", "¡%s!", `"%s"`, "“%s”", "‘%s’", "«%s»", "'%s'", "`%s`", "(%s)",
	"[%s]", "*%s*", "_%s_", "~%s~", "-%s-", "#%s", "/%s", "%s,", "%s;", "%s 🙏", "🛑%s🛑", "%s👍🏽", "%s ❤️", "👨‍👩‍👧 %s", "%s 🇪🇸", ">> %s", "\u3000%s\u3000",
	"%s\n-- sent from my phone", "%s\n\nSent from my iPhone", "%s\r\n--\r\nAnn Waits\r\n555 0100", "%s\nGet Outlook for iOS",
	"%s Sent from my iPhone", "%s\n\nEnviado desde mi iPhone", "%s\n\nEnvoyé de mon iPhone", "%s\u0000", "<%s>",
}

func TestEveryFormOfEveryStopWordOptsOutAtOnce(t *testing.T) {
	w := defaultWords(t)
	forms := 0
	words := append([]string{"OPT-OUT"}, protected.Stop...)
	for _, word := range append(words, "ARRET", "ARRETE", "ALTO", "BAJA", "PARAR", "CANCELAR", "SAIR") {
		for _, way := range ways {
			for _, frame := range frames {
				text := fmt.Sprintf(frame, way.with(word))
				forms++
				m := w.Match(text)
				require.Equal(t, Stop, m.Kind, "%s: %q", way.name, text)
				require.Equal(t, Exact, m.Tier, "%s: %q", way.name, text)
				require.False(t, m.PossibleOptOut)
			}
		}
	}
	require.GreaterOrEqual(t, forms, 2000)
}

func TestClearPhrasesOptOut(t *testing.T) {
	w := defaultWords(t)
	lines := corpus(t, "phrases.txt")
	require.GreaterOrEqual(t, len(lines), 200)
	var missed []string
	for _, l := range lines {
		if w.Match(l).Kind != Stop {
			missed = append(missed, l)
		}
	}
	require.LessOrEqual(t, len(missed)*20, len(lines), "more than 5 %% missed: %q", missed)
}

func TestOrdinaryTextsNeverOptOut(t *testing.T) {
	w := defaultWords(t)
	lines := corpus(t, "ordinary.txt")
	require.GreaterOrEqual(t, len(lines), 500)
	cancels := 0
	for _, l := range lines {
		if strings.Contains(strings.ToLower(l), "cancel my") {
			cancels++
			require.True(t, w.Match(l).PossibleOptOut, "an agent should judge %q", l)
		}
		require.NotEqual(t, Stop, w.Match(l).Kind, "%q", l)
	}
	require.GreaterOrEqual(t, cancels, 40)
}

func TestAWordInsideOtherTextIsOnlyFlagged(t *testing.T) {
	for _, text := range []string{
		"cancel my order", "when does it end", "can you stop the delivery", "leave me alone", "you have the wrong number",
		"how do I opt out of the warranty", "Please remove the fee", "la presión está baja",
	} {
		require.Equal(t, Match{PossibleOptOut: true}, defaultWords(t).Match(text), text)
	}
	for _, text := range []string{"", " ", "🙏", "ok thanks", "the weekend is fine", "1", "my friend Quito", "stopwatch"} {
		require.Equal(t, Match{}, defaultWords(t).Match(text), text)
	}
}

func TestTheAnswerIsInTheLanguageOfTheWord(t *testing.T) {
	for _, c := range []struct {
		text, lang, word string
		kind             Kind
	}{
		{"Stop", "en", "STOP", Stop},
		{"opt - out", "en", "OPT OUT", Stop},
		{"Stop-All", "en", "STOP ALL", Stop},
		{"Arrêt", "fr", "ARRET", Stop},
		{"ARRÊTÉ", "fr", "ARRETE", Stop},
		{"aide", "fr", "AIDE", Help},
		{"¿Ayuda?", "es", "AYUDA", Help},
		{"alto", "es", "ALTO", Stop},
		{"Baja", "es", "BAJA", Stop},
		{"ajuda", "pt", "AJUDA", Help},
		{"help!", "en", "HELP", Help},
		{"Info", "en", "INFO", Help},
		{"start", "en", "START", Start},
		{"unstop", "en", "UNSTOP", Start},
		{"reprendre", "fr", "REPRENDRE", Start},
	} {
		m := Words{}.Match(c.text)
		require.Equal(t, []any{c.kind, Exact, c.lang, c.word}, []any{m.Kind, m.Tier, m.Lang, m.Word}, c.text)
	}
	m := Words{}.Match("por favor, dejen de enviarme mensajes")
	require.Equal(t, []any{Stop, Phrase, "es", "dejen de enviarme mensajes"}, []any{m.Kind, m.Tier, m.Lang, m.Word})
}

func TestAWordOfSeveralLanguagesIsAnsweredInThatOfTheChat(t *testing.T) {
	m := Words{}.Match("cancelar")
	require.Equal(t, "es", m.Lang)
	require.Equal(t, "pt", m.LangFor("pt"))
	require.Equal(t, "es", m.LangFor("fr"))
	require.Equal(t, "fr", Words{}.Match("STOP").LangFor("fr"))
	require.Equal(t, "en", Words{}.Match("STOP").LangFor("de"))
	require.Equal(t, "en", Words{}.Match("unsubscribe").LangFor("fr"))
	require.Empty(t, Match{}.LangFor("en"))
}

func TestYesIsOrdinaryUntilSomeoneIsOptedOut(t *testing.T) {
	yes := Words{}.Match("Yes!")
	require.Equal(t, Start, yes.Kind)
	require.Equal(t, "YES", yes.Word)
}

func TestBackAndExitAreTheTenants(t *testing.T) {
	w, err := NewWords([]string{"BACK", "atrás", "0"}, []string{"EXIT", "Hang up"})
	require.NoError(t, err)
	for text, want := range map[string]Kind{
		"back": Back, "ATRAS.": Back, "0": Back, "Exit!": Exit, "hang-up": Exit, "call me back": None, "exit 14": None,
		"STOP": Stop, "0 1": None,
	} {
		require.Equal(t, want, w.Match(text).Kind, text)
	}
	require.Equal(t, None, Words{}.Match("back").Kind)
}

func TestAClashIsRefusedByName(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"Cancel", `"Cancel" can't be used: "CANCEL" is a protected word that opts the customer out`},
		{"ónd", ``},
		{"Stóp", `"Stóp" can't be used: "STOP" is a protected word that opts the customer out`},
		{"aide", `"aide" can't be used: "AIDE" is a protected word that asks for help`},
		{"Yes", `"Yes" can't be used: "YES" is a protected word that opts the customer in`},
		{"stop texting me", `"stop texting me" can't be used: "stop texting me" is a protected word that opts the customer out`},
		{"Billing", `"Billing" can't be used: "BILLING" is a keyword of queue Money`},
		{"bílling!", `"bílling!" can't be used: "BILLING" is a keyword of queue Money`},
		{"Cancel an order", ``},
		{"🙏", `"🙏" needs a letter or a digit`},
	} {
		err := Clash(c.word, Use{"sales", errs.Say("the name of a queue")}, Use{"BILLING", errs.Say("a keyword of queue Money")})
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		var clash *ClashError
		require.ErrorAs(t, err, &clash, c.word)
		require.Equal(t, c.want, err.Error())
	}
	_, err := NewWords([]string{"back", "Quit"}, []string{"exit"})
	require.ErrorContains(t, err, "QUIT")
	_, err = NewWords([]string{"exit"}, []string{"EXIT"})
	require.EqualError(t, err, `"exit" can't be used: "EXIT" is an EXIT word`)
}

func TestProtectedWordsAreKnownInEveryForm(t *testing.T) {
	for _, w := range []string{"stop", "Stop All", "ARRÊT", "info", "yes", "Unstop", "opt out"} {
		require.True(t, Protected(w), w)
	}
	for _, w := range []string{"back", "exit", "billing", "stop watch repairs", "cancel my order", ""} {
		require.False(t, Protected(w), w)
	}
}

func TestATenantAddsALanguageAndShadowsNothing(t *testing.T) {
	de, err := ParsePack("de", "# German\nstop STOPP\nstop ABMELDEN\nhelp HILFE\nhelp STOP\n")
	require.NoError(t, err)
	w, err := NewWords([]string{"zurück"}, []string{"Ende"}, de)
	require.NoError(t, err)
	require.Equal(t, "de", w.Match("Abmelden!").Lang)
	require.Equal(t, Stop, w.Match("Abmelden!").Kind)
	require.Equal(t, Help, w.Match("hilfe").Kind)
	require.Equal(t, Stop, w.Match("stop").Kind)
	require.Equal(t, Back, w.Match("Zurück").Kind)
	require.True(t, w.Match("wie kann ich mich abmelden").PossibleOptOut)
	_, err = NewWords([]string{"Hilfe"}, nil, de)
	require.ErrorContains(t, err, "HILFE")
}

func TestABrokenPackSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"stop ok\nhalt X":       `language pack xx, line 2: unknown verb "halt"`,
		"phrase {no} such":      "no set {no}",
		"phrase ^ $":            "needs a letter",
		"phrase ^ STOP":         "not a normalised word",
		"phrase [a] b":          "begins with what may be missing",
		"phrase a* b":           "begins with a part",
		"stop":                  "needs a letter",
		"phrase don't text":     "not a normalised word",
		"set a b\nphrase {a} ^": "",
	} {
		_, err := ParsePack("xx", text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}

func TestNormalising(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		" ¡¡ÁRRÊT  –  all!! ":          "arret all",
		"Straße":                       "strasse",
		"don’t":                        "don't",
		"don´t":                        "don't",
		"a\u200bb":                     "ab",
		"--":                           "",
		"-- stop":                      "stop",
		"stop\n--":                     "stop",
		"stop\n__\nAnn":                "stop",
		"stop sent from my wrong desk": "stop sent from my wrong desk",
		"हिन्दी":                       "हिन्दी",
		"\xff stop \xff":               "stop",
		"x\u2028y":                     "x y",
	} {
		require.Equal(t, want, Normalise(in), "%q", in)
	}
}

func TestNormalisingIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.String().Draw(t, "text")
		once := Normalise(x)
		if strings.Contains(once, "--") || strings.Contains(once, "sent ") {
			return
		}
		require.Equal(t, once, Normalise(once))
		require.Equal(t, Words{}.Match(x).Kind == Stop && Words{}.Match(x).Tier == Exact, Words{}.Match(once).Kind == Stop && Words{}.Match(once).Tier == Exact)
	})
}

func TestThePhrasesSurviveCaseAndTypography(t *testing.T) {
	w := defaultWords(t)
	lines := corpus(t, "phrases.txt")
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(lines).Draw(t, "line")
		want := w.Match(l)
		for _, form := range []string{
			strings.ToUpper(l), strings.ToLower(l), " " + l + " ", l + " 🙏", strings.ReplaceAll(l, "'", "’"), "\u200b" + l, l + "\n-- \nAnn",
		} {
			require.Equal(t, want.Kind, w.Match(form).Kind, form)
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"STOP", "stop texting me", "Arrêt", "\xff\xfe", "s t o p", "don't", "''", "stop\n--", "no favor por favor"} {
		f.Add(s)
	}
	w := defaultWords(f)
	f.Fuzz(func(t *testing.T, x string) {
		m := w.Match(x)
		require.Equal(t, m.Kind == None, m.Tier == NoTier)
		require.Equal(t, m.Kind == None, m.Word == "")
		if m.PossibleOptOut {
			require.Equal(t, None, m.Kind)
		}
		if m.Tier == Exact {
			require.Equal(t, m.Kind, w.Match(" \""+x+"\"! ").Kind)
			require.Equal(t, m.Word, strings.ToUpper(Normalise(x)))
		}
	})
}

func TestItImportsNothingButTheStandardLibraryAndText(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{join .Imports \"\\n\"}}", ".").Output()
	require.NoError(t, err)
	for imp := range strings.FieldsSeq(string(out)) {
		require.True(t, !strings.Contains(imp, ".") || strings.HasPrefix(imp, "golang.org/x/text/"), imp)
	}
}

const ordinary = "Hello, I ordered two lamps last Tuesday and only one has arrived so far, could you look into where the other one is? My number is 88213."

func TestAnOrdinaryTextAllocatesNothing(t *testing.T) {
	w := defaultWords(t)
	for _, text := range []string{ordinary, "ok", "STOP", "cancel my order", strings.Repeat("plain words ", 50)} {
		require.Zero(t, testing.AllocsPerRun(100, func() { w.Match(text) }), text)
	}
}

func BenchmarkExactTierOfAnOrdinaryText(b *testing.B) {
	w := defaultWords(b)
	b.ReportAllocs()
	for b.Loop() {
		var space [inlineBytes]byte
		w.exact(withoutSignature(fold(space[:0], ordinary)))
	}
}

func BenchmarkAllTiersOfAnOrdinaryText(b *testing.B) {
	w := defaultWords(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Match(ordinary)
	}
}

func BenchmarkStop(b *testing.B) {
	w := defaultWords(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Match("STOP")
	}
}

func BenchmarkWideText(b *testing.B) {
	w := defaultWords(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Match("Señor, ¿dónde está mi pedido? Llevo una semana esperando 😀")
	}
}

func BenchmarkTheWorstTexts(b *testing.B) {
	w := defaultWords(b)
	for _, text := range []string{"stop ok now ", "stop all these ", "--\n", "to you stop the ", "i dont want to receive any "} {
		long := strings.Repeat(text, 1<<16/len(text))
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				w.Match(long)
			}
			b.SetBytes(int64(len(long)))
		})
	}
}
