package reply

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/segments"
)

var acme = Brand{Company: "Acme Lamps", Contact: "help@acme.example"}

func TestEveryDefaultMayBeSaved(t *testing.T) {
	require.Len(t, defaults, len(Languages()))
	for _, lang := range Languages() {
		for _, k := range Kinds() {
			text, in := Default(k, lang)
			require.Equal(t, lang, in)
			require.NoError(t, Validate(k, text, acme), "%s %s", lang, k)
			require.Equal(t, k == Ended || k == Sessionless, text == "", "%s %s", lang, k)
		}
	}
}

func TestRepliesToCommandWordsAreOneSegmentOfGSM7(t *testing.T) {
	vars := Vars{"COMPANY_NAME": "Acme Lamps", "SUPPORT_CONTACT": "help@acme.example"}
	for _, lang := range Languages() {
		for _, k := range []Kind{Stop, Start, Help} {
			text, _ := Default(k, lang)
			r := segments.Count(Render(text, vars))
			require.Equal(t, segments.GSM7, r.Encoding, "%s %s", lang, k)
			require.LessOrEqual(t, r.Units, 160, "%s %s", lang, k)
		}
	}
}

func TestWhoeverSetsNoContactIsReachedByThisNumber(t *testing.T) {
	require.Len(t, contacts, len(Languages()))
	for _, lang := range Languages() {
		text, _ := Default(Help, lang)
		brand := Brand{Company: "Acme Lamps", Contact: Contact(lang)}
		require.NoError(t, Validate(Help, text, brand), lang)
		r := segments.Count(Render(text, Vars{"COMPANY_NAME": brand.Company, "SUPPORT_CONTACT": brand.Contact}))
		require.Equal(t, segments.GSM7, r.Encoding, lang)
		require.LessOrEqual(t, r.Units, 160, lang)
	}
	require.Equal(t, Contact("fr"), Contact("FR-ca"))
	require.Equal(t, Contact("en"), Contact("de"))
}

func TestALanguageFallsBack(t *testing.T) {
	for lang, want := range map[string]string{"es-MX": "es", "FR": "fr", "de": "en", "": "en"} {
		_, in := Default(Stop, lang)
		require.Equal(t, want, in, lang)
	}
}

func TestARefusalNamesWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		text string
		want string
	}{
		{Greeting, "Hi @{END_USER}, welcome to @{QUEUE_NAME}", ""},
		{Greeting, "Hi @{NAME}", "holds @{NAME}, which is no variable"},
		{Greeting, "Hi @{company_name}", "@{company_name}"},
		{Greeting, "Hi @{}", "@{}"},
		{Greeting, "Hi @{COMPANY_NAME", "not closed"},
		{Greeting, "Hi @{@{COMPANY_NAME}}", "not closed"},
		{Greeting, "Mail me @ home {now}", ""},
		{Greeting, "", ""},
		{Greeting, strings.Repeat("a", MaxChars+1), "1600 characters"},
		{Greeting, "a\x00b", "can't be sent"},
		{Greeting, "a\xffb", "can't be sent"},
		{"farewell", "Bye", "does not exist"},

		{Stop, "@{COMPANY_NAME}: no more messages will be sent.", ""},
		{Stop, "ACME LAMPS: you are opted out", ""},
		{Stop, "You are unsubscribed.", "name the company"},
		{Stop, "@{COMPANY_NAME}: OK.", "no more messages"},
		{Stop, "@{COMPANY_NAME}: read more messages", "no more messages"},
		{Stop, "", "name the company"},
		{Stop, "@{COMPANY_NAME}: you are unsubscribed" + strings.Repeat("!", 160), "it may have 160"},
		{Stop, "@{COMPANY_NAME} : vous ne recevrez plus de messages", ""},
		{Stop, "@{COMPANY_NAME}: no recibirá más mensajes", ""},

		{Help, "@{COMPANY_NAME}: @{SUPPORT_CONTACT} Reply STOP to end", ""},
		{Help, "@{COMPANY_NAME}: call 1-800-555-0199. Reply STOP to end", ""},
		{Help, "@{COMPANY_NAME}: acme.com/help. Reply STOP to end", ""},
		{Help, "@{COMPANY_NAME}: a@b.co Reply STOP", ""},
		{Help, "help@acme.example Reply STOP", "name the company"},
		{Help, "@{COMPANY_NAME}: we help. Reply STOP to end", "a contact"},
		{Help, "@{COMPANY_NAME}: @{SUPPORT_CONTACT}", "the word STOP"},
		{Help, "@{COMPANY_NAME}: @{SUPPORT_CONTACT} reply stop", "the word STOP"},
		{Help, "@{COMPANY_NAME}: @{SUPPORT_CONTACT} STOP2QUIT", "the word STOP"},

		{Help, "@{COMPANY_NAME}: @{SUPPORT_CONTACT} Reply STOP to end. We open @{NEXT_REOPEN_HOUR}", "not always known"},
		{Stop, "@{COMPANY_NAME}: no more messages in @{EWT_minutes}", "not always known"},
		{AfterHours, "We open @{NEXT_REOPEN_HOUR}, @{END_USER}, or in @{TIME_UNTIL_DISMISSAL} or @{EWT_minutes} min.", ""},

		{Start, "@{COMPANY_NAME}: you are back. HELP for help, STOP to end", ""},
		{Start, "@{COMPANY_NAME}: you are back. STOP to end", "STOP and HELP"},
		{Start, "You are back. HELP for help, STOP to end", "name the company"},
	} {
		err := Validate(c.kind, c.text, acme)
		if c.want == "" {
			require.NoError(t, err, "%s %q", c.kind, c.text)
			continue
		}
		var p *Problem
		require.ErrorAs(t, err, &p, "%s %q", c.kind, c.text)
		require.ErrorContains(t, err, c.want)
	}
}

func TestTheStopReplyIsMeasuredAsItIsSent(t *testing.T) {
	text := "@{COMPANY_NAME}: you are unsubscribed." + strings.Repeat(".", 100)
	require.NoError(t, Validate(Stop, text, Brand{Company: "Acme"}))
	require.ErrorContains(t, Validate(Stop, text, Brand{Company: strings.Repeat("A", 40)}), "it may have 160")
}

func TestAnEmptySupportContactIsNoContact(t *testing.T) {
	text, _ := Default(Help, "en")
	require.ErrorContains(t, Validate(Help, text, Brand{Company: "Acme"}), "set the support contact")
}

func TestRenderingIsOnePass(t *testing.T) {
	require.Equal(t, "Hi @{COMPANY_NAME} of Acme", Render("Hi @{END_USER} of @{COMPANY_NAME}", Vars{
		"END_USER": "@{COMPANY_NAME}", "COMPANY_NAME": "Acme",
	}))
	require.Equal(t, "Hi.", Render("Hi @{END_USER}.", nil))
	require.Equal(t, "Hi, it is Acme", Render("Hi @{END_USER}, it is @{COMPANY_NAME}", Vars{"COMPANY_NAME": "Acme"}))
	require.Equal(t, "welcome", Render("@{END_USER}, welcome", nil))
	require.Equal(t, "", Render("@{END_USER}", nil))
	require.Equal(t, "Ann Waits", Render("@{END_USER}", Vars{"END_USER": "Ann\nWaits"}))
	require.Equal(t, "a @ {b} @{c", Render("a @ {b} @{c", Vars{"b": "x", "c": "y"}))
	require.Equal(t, "@{A!", Render("@{A@{B}", Vars{"B": "!"}))
}

func TestAValueNeverChangesWhatStandsAroundIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.StringMatching(`[a-z @{}.]{0,8}`), 2, 2).Draw(t, "pieces")
		value := rapid.StringMatching(`[a-zA-Z@{}_ ]{1,20}`).Draw(t, "value")
		before, after := strings.ReplaceAll(pieces[0], "{", ""), strings.ReplaceAll(pieces[1], "{", "")
		require.Equal(t, before+value+after, Render(before+"@{END_USER}"+after, Vars{"END_USER": value, "COMPANY_NAME": "!"}))
	})
}
