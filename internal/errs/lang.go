package errs

import "golang.org/x/text/language"

// Lang is a language that people are spoken to in (spec 6: every string in English and Spanish). What programs read is English.
type Lang string

// The languages.
const (
	English Lang = "en"
	Spanish Lang = "es"
)

// longestAccept bounds what is read of a reader's languages: browsers send a few.
const longestAccept = 200

var (
	langs   = []Lang{English, Spanish} // English is for everybody else
	matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})
)

// Reads is the language of ours for somebody who reads these (RFC 9110, 12.5.4: "es-MX, en;q=0.5").
func Reads(accept string) Lang {
	if accept == "" || len(accept) > longestAccept {
		return English
	}
	_, at := language.MatchStrings(matcher, accept)
	return langs[at]
}
