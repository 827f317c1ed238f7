package reply

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAnOpeningIsNamedAsItsReaderWould(t *testing.T) {
	now := time.Date(2026, 12, 28, 18, 30, 0, 0, time.UTC) // a Monday
	at := func(days, hour, minute int) time.Time {
		return time.Date(2026, 12, 28+days, hour, minute, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		lang string
		at   time.Time
		want string
	}{
		{"en", at(0, 19, 0), "today at 7:00 PM"},
		{"en", at(1, 0, 0), "tomorrow at 12:00 AM"},
		{"en-US", at(1, 12, 5), "tomorrow at 12:05 PM"},
		{"en", at(2, 9, 0), "on Wednesday at 9:00 AM"},
		{"en", at(6, 9, 0), "on Sunday at 9:00 AM"},
		{"en", at(7, 9, 0), "on January 4, 2027 at 9:00 AM"},
		{"en", at(-7, 9, 0), "on December 21 at 9:00 AM"},
		{"de", at(1, 9, 0), "tomorrow at 9:00 AM"},
		{"es-MX", at(0, 19, 0), "hoy a las 19:00"},
		{"es", at(1, 1, 30), "mañana a la 1:30"},
		{"es", at(3, 9, 0), "el jueves a las 9:00"},
		{"es", at(10, 9, 0), "el 7 de enero de 2027 a las 9:00"},
		{"fr", at(0, 19, 0), "aujourd'hui à 19h00"},
		{"fr", at(3, 9, 5), "jeudi à 9h05"},
		{"fr", at(10, 9, 0), "le 7 janvier 2027 à 9h00"},
		{"pt-BR", at(1, 1, 0), "amanhã à 1:00"},
		{"pt", at(3, 9, 0), "na quinta-feira às 9:00"},
		{"pt", at(10, 9, 0), "em 7 de janeiro de 2027 às 9:00"},
	} {
		require.Equal(t, c.want, When(c.at, now, c.lang), "%s %s", c.lang, c.at)
	}
}

func TestEveryLanguageNamesOpenings(t *testing.T) {
	require.Len(t, manners, len(Languages()))
	for _, lang := range Languages() {
		require.Contains(t, manners, lang)
	}
}

func TestASentenceGoesWithWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		"Welcome. Your wait is about @{EWT_minutes} min. Reply STOP to opt out.": "Welcome. Reply STOP to opt out.",
		"Your wait is @{EWT_minutes} min! Welcome":                               "Welcome",
		"Welcome\nWait: @{EWT_minutes}\nBye":                                     "Welcome\nBye",
		"We are at acme.com. Wait @{EWT_minutes}":                                "We are at acme.com.",
		"Wait @{EWT_minutes} min.":                                               "",
		"¿Espera? Unos @{EWT_minutes} min…":                                      "¿Espera?",
		"@{NEXT_REOPEN_HOUR} only":                                               "@{NEXT_REOPEN_HOUR} only",
		"":                                                                       "",
	} {
		require.Equal(t, want, Without(text, "EWT_minutes"), text)
	}
}

func TestSentencesAreTheWholeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z.!?… \n@{}é]{0,40}`).Draw(t, "text")
		require.Equal(t, text, strings.Join(sentences(text), ""))
	})
}
