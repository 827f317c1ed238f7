package command

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Room on the stack for an ordinary text; a longer one goes to the heap.
const (
	inlineBytes  = 640
	inlineTokens = 160
)

// Normalise returns the form in which words are compared (spec 1.3, tier 1): NFKC, no format characters, no
// diacritics, case-folded, nothing but letters and digits at the ends, inner spaces and hyphens as one space, no
// signature. It is empty for a text without a letter or digit.
func Normalise(text string) string {
	folded := withoutSignature(fold(nil, text))
	key, _ := canonical(nil, folded, len(folded))
	return string(key)
}

// fold appends the text in comparable letters; punctuation and line ends stay.
func fold(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			return foldWide(dst[:0], text)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func foldWide(dst []byte, text string) []byte {
	// NFKC without its diacritics is NFKD without its marks. Cases are folded by hand: the folding of x/text swaps the
	// two cases of Cherokee, so that a second pass would undo the first.
	text = strings.ReplaceAll(text, "´", "'") // NFKD would make it a space and a mark
	for _, r := range norm.NFKD.String(text) {
		r = unicode.ToLower(r)
		switch {
		case diacritic(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), r == 0x115F, r == 0x1160:
		case r == '\u2028' || r == '\u2029' || r == '\u0085':
			dst = append(dst, '\n')
		case unicode.IsSpace(r) && r != '\n' && r != '\r':
			dst = append(dst, ' ')
		case apostrophe(r):
			dst = append(dst, '\'')
		case unicode.Is(unicode.Pd, r) || r == '\u2212':
			dst = append(dst, '-')
		case r == 'ı':
			dst = append(dst, 'i')
		case r == 'ß':
			dst = append(dst, "ss"...)
		case r == 'ς':
			dst = utf8.AppendRune(dst, 'σ')
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// diacritic tells the marks that a hurried writer leaves out from those that spell (the vowels of Hindi).
func diacritic(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF,
		r >= 0xFE20 && r <= 0xFE2F, r >= 0x064B && r <= 0x0652, r >= 0x0591 && r <= 0x05C7:
		return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r)
	}
	return false
}

func apostrophe(r rune) bool {
	return r == '’' || r == '‘' || r == 'ʼ' || r == '′' || r == '`'
}

// canonical appends the comparable form of a folded text, and false if it is empty or longer than limit.
func canonical(dst, folded []byte, limit int) ([]byte, bool) {
	folded = bytes.TrimFunc(folded, notAlnum)
	if len(folded) == 0 {
		return dst, false
	}
	for i := 0; i < len(folded); i++ {
		c := folded[i]
		if c != '-' && !blank(c) {
			dst = append(dst, c)
		} else if dst[len(dst)-1] != ' ' {
			dst = append(dst, ' ')
		}
		if len(dst) > limit {
			return dst, false
		}
	}
	return dst, true
}

func notAlnum(r rune) bool {
	if r < utf8.RuneSelf {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}
	return !alnumWide(r)
}

func alnumWide(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && !unicode.Is(unicode.Me, r))
}

func blank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// Beginnings of a signature line, folded.
var signatures = [...]string{
	"--", "__", "sent from my", "sent from mail", "sent via", "sent by", "sent using", "get outlook for", "enviado desde",
	"enviado do meu", "enviado de mi", "envoye de mon", "envoye depuis", "sent with",
}

// Things that "sent from my" names when it stands in the line of the word itself.
var devices = [...]string{"iphone", "ipad", "phone", "android", "mobile", "cell", "samsung", "galaxy", "pixel", "blackberry", "t-mobile", "verizon"}

// withoutSignature cuts the text where a signature begins, which is never its first line.
func withoutSignature(folded []byte) []byte {
	const inline = "sent from my "
	first := bytes.IndexFunc(folded, func(r rune) bool { return !notAlnum(r) })
	if first < 0 {
		return folded
	}
	for from := 0; ; {
		n := bytes.IndexAny(folded[from:], "\n\r")
		if n < 0 {
			break
		}
		from += n + 1
		line := bytes.TrimLeft(folded[from:], " \t")
		for _, s := range &signatures {
			if from > first && hasPrefix(line, s) {
				return folded[:from-1]
			}
		}
	}
	if at := bytes.Index(folded, []byte(inline)); at > 0 {
		for _, d := range &devices {
			if hasPrefix(folded[at+len(inline):], d) {
				return folded[:at]
			}
		}
	}
	return folded
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
