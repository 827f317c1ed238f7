package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sidetone/internal/errs"
	"sidetone/internal/segments"
)

// Limits of a text on save.
const (
	MaxChars    = 1600 // of any text
	maxStopSize = 160  // of the confirmation of STOP as it is sent, in septets (or characters, if it can't be GSM-7)
)

// Problem is why a text is not saved, in words for the person.
type Problem struct {
	Kind Kind
	Why  *errs.Text
}

func (p *Problem) Error() string { return p.Says().String() }

// Says is the refusal, in any language.
func (p *Problem) Says() *errs.Text { return errs.Say("the %s text %s", p.Kind, p.Why) }

// Brand is what a reply to a command word has to show.
type Brand struct {
	Company string // the value of @{COMPANY_NAME}
	Contact string // the value of @{SUPPORT_CONTACT}; may be empty
}

// Validate returns a *Problem if a text may not be saved. A STOP reply names the brand, says that messages end, and
// fits 160 septets when it is sent; a HELP reply gives a contact and the word STOP; a START reply both words
// (reference A4). Nothing forbids an empty text of another kind: it sends nothing.
func Validate(kind Kind, text string, brand Brand) error {
	refuse := func(why *errs.Text) error { return &Problem{kind, why} }
	if !slices.Contains(Kinds(), kind) {
		return refuse(errs.Say("does not exist"))
	}
	if why := Sendable(text, Variables()); why != nil {
		return refuse(why)
	}
	if kind == Stop || kind == Start || kind == Help {
		for rest, found := text, true; found; {
			var name string
			if _, name, rest, found = nextVariable(rest); found && Passing(name) {
				return refuse(errs.Say("holds @{%s}, which is not always known; the answer to a command word is always whole", name))
			}
		}
	}
	sent := Render(text, Vars{"COMPANY_NAME": brand.Company, "SUPPORT_CONTACT": brand.Contact})
	switch kind {
	case Stop:
		return validateStop(text, sent, brand, refuse)
	case Help:
		return validateHelp(text, sent, brand, refuse)
	case Start:
		if !names(text, brand) {
			return refuse(errs.Say("must name the company: use @{COMPANY_NAME}"))
		}
		if !wordStop.MatchString(sent) || !wordHelp.MatchString(sent) {
			return refuse(errs.Say("must hold the words STOP and HELP in capitals, with a space on each side"))
		}
	}
	return nil
}

// Sendable says why a text can't be sent as it is, nil when it can: its length, its characters, and variables that are
// none of those given.
func Sendable(text string, variables []string) (why *errs.Text) {
	if utf8.RuneCountInString(text) > MaxChars {
		return errs.Say("may have %d characters", MaxChars)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return errs.Say("holds a character that can't be sent")
	}
	for rest, found := text, true; found; {
		var before, name string
		before, name, rest, found = nextVariable(rest)
		if strings.Contains(before, "@{") {
			return errs.Say("has a variable that is not closed: write @{COMPANY_NAME}")
		}
		if found && !slices.Contains(variables, name) {
			return errs.Say("holds @{%s}, which is no variable; there are %s", name, strings.Join(variables, ", "))
		}
	}
	return nil
}

func validateStop(text, sent string, brand Brand, refuse func(*errs.Text) error) error {
	if !names(text, brand) {
		return refuse(errs.Say("must name the company: use @{COMPANY_NAME}"))
	}
	if !ends.MatchString(sent) {
		return refuse(errs.Say("must say that no more messages will be sent"))
	}
	if r := segments.Count(sent); r.Units > maxStopSize {
		return refuse(errs.Say("has %d characters when it is sent as %s; it may have %d", r.Units, r.Encoding, maxStopSize))
	}
	return nil
}

func validateHelp(text, sent string, brand Brand, refuse func(*errs.Text) error) error {
	if !names(text, brand) {
		return refuse(errs.Say("must name the company: use @{COMPANY_NAME}"))
	}
	byVariable := strings.Contains(text, "@{SUPPORT_CONTACT}")
	if byVariable && strings.TrimSpace(brand.Contact) == "" && !contact.MatchString(sent) {
		return refuse(errs.Say("gives @{SUPPORT_CONTACT}, which is empty: set the support contact first"))
	}
	if !byVariable && !contact.MatchString(sent) {
		return refuse(errs.Say("must give a contact: @{SUPPORT_CONTACT}, a phone number, an e-mail address or a site"))
	}
	if !wordStop.MatchString(sent) {
		return refuse(errs.Say("must hold the word STOP in capitals, with a space on each side"))
	}
	return nil
}

// names reports whether the text shows the brand, by variable or as written.
func names(text string, brand Brand) bool {
	company := strings.ToLower(strings.TrimSpace(brand.Company))
	return strings.Contains(text, "@{COMPANY_NAME}") || company != "" && strings.Contains(strings.ToLower(text), company)
}

var (
	wordStop = regexp.MustCompile(`(^|[\s"'“«])STOP($|[\s"'”».,!:;])`)
	wordHelp = regexp.MustCompile(`(^|[\s"'“«])HELP($|[\s"'”».,!:;])`)

	// contact: an e-mail address, a site, or seven digits and more.
	contact = regexp.MustCompile(`[^\s@]+@[^\s@]+\.\w{2,}|(?i)\b(?:https?://|www\.)\S+\b|\b[\w-]+\.(?:com|org|net|io|co|app|help|support|ca|us|uk|es|mx|fr|pt|br|de|eu|in|gov|edu)\b|\+?\d(?:[ ().-]{0,2}\d){6,}`)

	// ends are the ways to say that messages end, in the languages with defaults; other languages keep one of them, or
	// the tenant's administrator adds an English line.
	ends = regexp.MustCompile(`(?i)\b(?:unsubscribed|opted[ -]out|no (?:more|further) (?:text|message|msg|sms)|will (?:no longer|not) (?:receive|get|be sent|text|message)|won'?t (?:receive|get))|` +
		`\bno (?:le |te )?(?:recibir|enviar)|\bbaja\b|desuscri|cancelad[oa]|\bdésabonn|\bdésinscri|\bne recevrez plus|\bplus (?:aucun|de) (?:message|sms)|` +
		`\bnão (?:receber|enviar)|\bnenhuma (?:outra )?mensagem|\bdescadastr|\bcancelamento`)
)
