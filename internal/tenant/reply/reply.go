// Package reply holds what the channel says by itself: the default texts in each language, their variables, and what
// a text must hold before it is saved (spec 1.3, 1.4; reference A4).
//
// It does not know when a text is sent, nor where a tenant's own version is kept. Kinds and variables carry the names
// that the settings have.
package reply

import (
	"strings"
	"unicode"
)

// Kind names a text.
type Kind string

// The texts.
const (
	Greeting      Kind = "greeting"       // once a chat, before the first menu; carries the opt-in wording
	OptIn         Kind = "opt_in"         // asks for the YES that opt_in = confirm waits for
	Menu          Kind = "menu"           // the instruction line above the choices
	InvalidChoice Kind = "invalid_choice" // stands before the repeated menu
	Choice        Kind = "choice"         // confirms a choice with the queue's name
	Waiting       Kind = "waiting"        // in the queue, the wait is not known
	WaitingFor    Kind = "waiting_for"    // in the queue, with the wait
	AfterHours    Kind = "after_hours"    // once a chat, outside the hours of operation
	Returning     Kind = "returning"      // the consumer wrote in a dismissed chat
	Top           Kind = "top"            // BACK where there is no previous menu
	Exit          Kind = "exit"           // the consumer ended the chat
	Ended         Kind = "ended"          // the agent ended the chat; empty sends nothing
	Stop          Kind = "stop"           // the one confirmation of STOP
	Start         Kind = "start"          // the confirmation of START
	Help          Kind = "help"           // the answer to HELP
	Sessionless   Kind = "sessionless"    // the default reply of a session-less number; empty sends nothing
)

// Kinds lists the texts in the order a settings page shows them.
func Kinds() []Kind {
	return []Kind{
		Greeting, OptIn, Menu, InvalidChoice, Choice, Waiting, WaitingFor, AfterHours, Returning, Top, Exit, Ended, Stop, Start,
		Help, Sessionless,
	}
}

// Languages lists those that have default texts.
func Languages() []string { return []string{"en", "es", "fr", "pt"} }

// Default returns the text of a language. A regional language falls back to its base ("es-MX" to "es"), an unknown one
// to English; the second result is the language of the text.
func Default(kind Kind, lang string) (text, in string) {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	texts, ok := defaults[base]
	if !ok {
		base, texts = "en", defaults["en"]
	}
	return texts[kind], base
}

// contacts is never changed. They keep to GSM-7, as the replies do that hold them.
var contacts = map[string]string{
	"en": "us at this number", "es": "nuestro equipo por SMS", "fr": "notre équipe par SMS", "pt": "a nossa equipe por SMS",
}

// Contact is the support contact of whoever has set none, in a language; it falls back as Default does.
func Contact(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if c, ok := contacts[base]; ok {
		return c
	}
	return contacts["en"]
}

// Variables are what a text may hold as @{NAME} (spec 1.4). SUPPORT_CONTACT is ours: a HELP reply has to give one.
func Variables() []string {
	return []string{"COMPANY_NAME", "END_USER", "QUEUE_NAME", "EWT_minutes", "TIME_UNTIL_DISMISSAL", "NEXT_REOPEN_HOUR", "SUPPORT_CONTACT"}
}

// Vars are the values of variables by name.
type Vars map[string]string

// Render puts the values in, in one pass: what a value holds is never expanded again, so that a customer called
// "@{COMPANY_NAME}" stays so. A variable without a value takes the space before it along ("Hi @{END_USER}, …" becomes
// "Hi, …"), at the start of a text what follows it. A value is one line.
func Render(text string, vars Vars) string {
	if !strings.Contains(text, "@{") {
		return text
	}
	var b strings.Builder
	for {
		before, name, after, found := nextVariable(text)
		value := oneLine(vars[name])
		if found && value == "" {
			before = strings.TrimSuffix(before, " ")
			if b.Len() == 0 && before == "" {
				after = strings.TrimLeft(after, " ,;:")
			}
		}
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(value)
		text = after
	}
}

// nextVariable cuts a text around its first variable; without one, before is the text.
func nextVariable(text string) (before, name, after string, found bool) {
	from := 0
	for {
		at := strings.Index(text[from:], "@{")
		if at < 0 {
			return text, "", "", false
		}
		at += from
		end := strings.IndexAny(text[at+2:], "{}")
		if end >= 0 && text[at+2+end] == '}' {
			return text[:at], text[at+2 : at+2+end], text[at+3+end:], true
		}
		from = at + 2
	}
}

func oneLine(value string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, value)
}
