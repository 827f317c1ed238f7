package tenant

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant/reply"
)

// Shortcut is a text that agents send by a keyword (spec 1.9). The keyword is one of a kind in its language, however it is
// written.
type Shortcut struct {
	ID       id.Shortcut `json:"-"`
	Lang     string      `json:"lang"`
	Keyword  string      `json:"keyword"`
	Category string      `json:"category,omitempty"`
	Text     string      `json:"text"`
	OptIn    bool        `json:"opt_in"`             // proposed as the first text of an outbound chat
	Queue    id.Queue    `json:"queue_id,omitempty"` // for this queue and those below it; 0 for all
}

// firstShortcut is what every tenant begins with: at least one opt-in shortcut exists.
var firstShortcut = Shortcut{
	Lang: "en", Keyword: "opt-in", Category: "Opt-in", OptIn: true,
	Text: "This is @{AGENT_NAME} from @{COMPANY_NAME}. May we text you about your request? Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
}

// ShortcutVariables are the attributes that a shortcut may hold as @{NAME}.
func ShortcutVariables() []string {
	return []string{"CUSTOMER_NAME", "AGENT_NAME", "QUEUE_NAME", "COMPANY_NAME"}
}

const (
	longestKeyword  = 40
	longestCategory = 40
)

// Checked is the shortcut as it is saved. An error names the field at fault.
func (s Shortcut) Checked() (Shortcut, error) {
	s.Keyword, s.Category, s.Text = norm.NFC.String(strings.TrimSpace(s.Keyword)), strings.TrimSpace(s.Category), strings.TrimSpace(s.Text)
	s.Lang = cmp.Or(s.Lang, "en")
	if !langPattern.MatchString(s.Lang) {
		return s, errs.Field("lang", "a language is written like en or fr-CA")
	}
	if n := utf8.RuneCountInString(s.Keyword); n < 1 || n > longestKeyword || strings.ContainsFunc(s.Keyword, notInKeyword) {
		return s, errs.Field("keyword", "a keyword has 1 to %d letters, digits, hyphens and underscores", longestKeyword)
	}
	if utf8.RuneCountInString(s.Category) > longestCategory || strings.ContainsFunc(s.Category, unicode.IsControl) || !utf8.ValidString(s.Category) {
		return s, errs.Field("category", "a category is one line of at most %d characters", longestCategory)
	}
	if s.Text == "" {
		return s, errs.Field("text", "a shortcut has a text")
	}
	if why := reply.Sendable(s.Text, ShortcutVariables()); why != nil {
		return s, errs.Field("text", "the text %s", why)
	}
	return s, nil
}

func notInKeyword(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
}

// ShortcutKey is what two shortcuts can't share.
type ShortcutKey struct{ Lang, Folded string }

// Key tells a shortcut from others, however its keyword is written.
func (s Shortcut) Key() ShortcutKey { return ShortcutKey{s.Lang, cases.Fold().String(s.Keyword)} }

// everywhere tells an opt-in shortcut that any chat may begin with. One of those exists always.
func (s Shortcut) everywhere() bool { return s.OptIn && s.Queue == 0 }

// mayGo refuses to lose the last opt-in shortcut of a list. next comes in its place.
func (s Shortcut) mayGo(all []Shortcut, next Shortcut) error {
	if !s.everywhere() || next.everywhere() {
		return nil
	}
	for _, o := range all {
		if o.ID != s.ID && o.everywhere() {
			return nil
		}
	}
	return errs.New(errs.Conflict, "This is the last opt-in shortcut for all queues; make another one first").At("opt_in")
}
