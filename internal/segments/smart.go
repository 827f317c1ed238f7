package segments

import (
	"strings"
	"unicode"
)

// Offender is a character that GSM-7 lacks, and so makes the whole text UCS-2.
type Offender struct {
	Rune        rune
	Index       int    // in runes from 0
	Name        string // of a character with a replacement; else "emoji", "letter", "control character" or "symbol"
	Replacement string // plain GSM-7; meaningful only if Replaceable
	Replaceable bool   // an invisible character is replaced by nothing
}

// ForcesUnicode finds the first character that makes a text UCS-2, with the GSM-7 replacement to offer if there is one.
func ForcesUnicode(text string) (Offender, bool) {
	index := 0
	for _, r := range text {
		if code(r) == none {
			s, ok := smartFor(r)
			if !ok {
				s.name = kindOf(r)
			}
			return Offender{Rune: r, Index: index, Name: s.name, Replacement: s.to, Replaceable: ok}, true
		}
		index++
	}
	return Offender{}, false
}

// ReplaceSmart replaces every typographic character that has a plain counterpart, and leaves letters, emoji and all
// other text alone: accents are spelling, not typography. It is only ever offered, never applied unasked (spec 1.6).
func ReplaceSmart(text string) string {
	var b strings.Builder
	from := 0
	for i, r := range text {
		if code(r) != none {
			continue
		}
		s, ok := smartFor(r)
		if !ok {
			continue
		}
		b.WriteString(text[from:i])
		b.WriteString(s.to)
		from = i + len(string(r))
	}
	if from == 0 {
		return text
	}
	b.WriteString(text[from:])
	return b.String()
}

func kindOf(r rune) string {
	switch {
	case r >= 0x1F000 && r < 0x20000, r >= 0x2600 && r < 0x27C0, r >= 0xFE00 && r < 0xFE10, r == 0x200D:
		return "emoji"
	case unicode.IsLetter(r), unicode.IsMark(r):
		return "letter"
	case unicode.IsControl(r):
		return "control character"
	}
	return "symbol"
}

type smart struct {
	r        rune
	name, to string
}

func smartFor(r rune) (smart, bool) {
	if r < 0x80 && r != '`' && r != '\t' {
		return smart{}, false
	}
	for _, s := range smarts {
		if s.r == r {
			return s, true
		}
	}
	return smart{}, false
}

// smarts are what keyboards, office programs and web pages put in the place of plain characters, the usual ones first.
// Every row stands in testdata/cases.json too, so that the console's table can't differ.
var smarts = [...]smart{
	{'’', "right single quotation mark", "'"},
	{'‘', "left single quotation mark", "'"},
	{'“', "left double quotation mark", `"`},
	{'”', "right double quotation mark", `"`},
	{'–', "en dash", "-"},
	{'—', "em dash", "-"},
	{'…', "ellipsis", "..."},
	{'\u00A0', "no-break space", " "},
	{'`', "backtick", "'"},
	{'´', "acute accent", "'"},
	{'\t', "tab", " "},
	{'‚', "low single quotation mark", "'"},
	{'‛', "reversed single quotation mark", "'"},
	{'„', "low double quotation mark", `"`},
	{'‟', "reversed double quotation mark", `"`},
	{'«', "left guillemet", `"`},
	{'»', "right guillemet", `"`},
	{'‹', "left single guillemet", "'"},
	{'›', "right single guillemet", "'"},
	{'ʼ', "modifier apostrophe", "'"},
	{'′', "prime", "'"},
	{'″', "double prime", `"`},
	{'‐', "hyphen", "-"},
	{'‑', "no-break hyphen", "-"},
	{'‒', "figure dash", "-"},
	{'―', "horizontal bar", "-"},
	{'−', "minus sign", "-"},
	{'•', "bullet", "-"},
	{'·', "middle dot", "-"},
	{'⁄', "fraction slash", "/"},
	{'×', "multiplication sign", "x"},
	{'→', "right arrow", "->"},
	{'←', "left arrow", "<-"},
	{'™', "trade mark sign", "(TM)"},
	{'®', "registered sign", "(R)"},
	{'©', "copyright sign", "(C)"},
	{'ﬁ', "fi ligature", "fi"},
	{'ﬂ', "fl ligature", "fl"},
	{'\u00AD', "soft hyphen", ""},
	{'\u200B', "zero-width space", ""},
	{'\u2060', "word joiner", ""},
	{'\uFEFF', "byte order mark", ""},
	{'\u2002', "en space", " "},
	{'\u2003', "em space", " "},
	{'\u2007', "figure space", " "},
	{'\u2008', "punctuation space", " "},
	{'\u2009', "thin space", " "},
	{'\u200A', "hair space", " "},
	{'\u202F', "narrow no-break space", " "},
	{'\u3000', "ideographic space", " "},
	{'\u2028', "line separator", "\n"},
	{'\u2029', "paragraph separator", "\n"},
}
