package docs

import (
	"html/template"
	"regexp"
	"strings"
)

var (
	code   = regexp.MustCompile("``.+?``|`[^`]+`")
	strong = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	wraps  = regexp.MustCompile(`([^\n])\n([^\n])`)
)

// prose shows the little markdown that the contracts are written with: code and bold. Everything else is text.
func prose(text string) template.HTML {
	text = wraps.ReplaceAllString(text, "$1 $2") // a blank line ends a paragraph, the end of a line does not
	var out strings.Builder
	for {
		at := code.FindStringIndex(text)
		if at == nil {
			out.WriteString(bold(text))
			return template.HTML(out.String()) //nolint:gosec // all of it is escaped, and the tags are ours
		}
		out.WriteString(bold(text[:at[0]]))
		out.WriteString("<code>" + template.HTMLEscapeString(strings.Trim(text[at[0]:at[1]], "`")) + "</code>")
		text = text[at[1]:]
	}
}

func bold(text string) string {
	return strong.ReplaceAllString(template.HTMLEscapeString(text), "<strong>$1</strong>")
}
