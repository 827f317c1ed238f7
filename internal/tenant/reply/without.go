package reply

import (
	"slices"
	"strings"
)

// passing is never changed.
var passing = []string{"EWT_minutes", "TIME_UNTIL_DISMISSAL", "NEXT_REOPEN_HOUR"}

// Passing reports whether the value of a variable is not always known.
func Passing(variable string) bool { return slices.Contains(passing, variable) }

// Uses reports whether a text holds a variable.
func Uses(text, variable string) bool { return strings.Contains(text, "@{"+variable+"}") }

// Without is a text without the sentences that hold a variable, for when its value is not known: "Your wait is about
// minutes." says nothing.
func Without(text, variable string) string {
	var b strings.Builder
	for _, sentence := range sentences(text) {
		if !Uses(sentence, variable) {
			b.WriteString(sentence)
		}
	}
	return strings.TrimSpace(b.String())
}

// sentences cuts a text behind each line, and behind each stop that is followed by a space.
func sentences(text string) (out []string) {
	from := 0
	for i, r := range text {
		rest := strings.TrimPrefix(text[i:], string(r))
		stop := strings.ContainsRune(".!?…", r) && strings.HasPrefix(rest, " ")
		if r != '\n' && !stop {
			continue
		}
		end := len(text) - len(rest)
		if stop {
			end++ // the space goes with the sentence
		}
		out, from = append(out, text[from:end]), end
	}
	return append(out, text[from:])
}
