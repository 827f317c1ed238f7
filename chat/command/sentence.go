package command

import (
	"unicode/utf8"
)

// token is a word, or a boundary between clauses where start equals end.
type token struct {
	start, end int32
	strong     bool // a boundary that ends a sentence
}

func (t token) boundary() bool { return t.start == t.end }

// sentence is a folded text and its words.
type sentence struct {
	text   []byte
	tokens []token
}

func (s sentence) word(i int) []byte { return s.text[s.tokens[i].start:s.tokens[i].end] }

func (s sentence) join(from, to int) string {
	var out []byte
	for i := from; i < to; i++ {
		if s.tokens[i].boundary() {
			continue
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, s.word(i)...)
	}
	return string(out)
}

// tokenise appends the words of a folded text. It drops apostrophes in place ("don't" is dont), so text is changed;
// words that say nothing ("please") are left out.
func tokenise(dst []token, text []byte) []token {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf || isWord[c] {
			var t token
			t, i = wordAt(text, i)
			if t.boundary() {
				continue
			}
			dst = appendWord(dst, text, t)
			continue
		}
		i++
		if strong, weak := ends(c); (strong || weak) && len(dst) > 0 {
			if last := &dst[len(dst)-1]; last.boundary() {
				last.strong = last.strong || strong
			} else {
				dst = append(dst, token{start: int32(i), end: int32(i), strong: strong})
			}
		}
	}
	for len(dst) > 0 && dst[len(dst)-1].boundary() {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// wordAt reads the word that starts at i; the token is empty if there is only a symbol.
func wordAt(text []byte, i int) (token, int) {
	start, w := i, i
	for i < len(text) {
		c := text[i]
		size := 1
		switch {
		case c == '\'':
			i++
			continue
		case c < utf8.RuneSelf:
			if !isWord[c] {
				return token{start: int32(start), end: int32(w)}, i
			}
		default:
			var r rune
			r, size = utf8.DecodeRune(text[i:])
			if !alnumWide(r) {
				return token{start: int32(start), end: int32(w)}, i + size
			}
		}
		w += copy(text[w:], text[i:i+size])
		i += size
	}
	return token{start: int32(start), end: int32(w)}, i
}

func appendWord(dst []token, text []byte, t token) []token {
	word := text[t.start:t.end]
	if mayBeNoise(word) {
		if noise[string(word)] {
			return dst
		}
		if string(word) == "favor" && len(dst) > 0 && string(text[dst[len(dst)-1].start:dst[len(dst)-1].end]) == "por" {
			return dst[:len(dst)-1]
		}
	}
	return append(dst, t)
}

func ends(c byte) (strong, weak bool) {
	switch c {
	case '.', '!', '?', '\n':
		return true, false
	case ',', ';', ':', '(', ')':
		return false, true
	}
	return false, false
}

// isWord holds the ASCII bytes of words.
var isWord = func() (t [128]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
	}
	return t
}()

// noise are words that change nothing wherever they stand.
var noise = set("please pls plz plse pleas plzz kindly just fucking fuckin freaking frickin effing damn damned goddamn bloody really " +
	"thanks thx thnx tks ty asap immediately svp stp merci gracias porfa porfavor obrigado obrigada pfv pfvr")

// edges are words that change nothing at the beginning or end of a clause.
var edges = set("hi hello hey ok okay k oh so and now then thank you sir maam guys dear again anymore already today right away folks " +
	"hola ya buenos dias bonjour bonsoir maintenant sil vous plait te ola agora bom dia e y et forever ever ahora mismo")

func mayBeNoise(word []byte) bool { return noiseShape.has(word) }

var noiseShape = shapeOf(noise, set("favor"))

// shape answers "certainly not in the set" from the first letter and the length of a word, cheaper than hashing it.
type shape [256]uint32

func shapeOf(sets ...map[string]bool) *shape {
	var s shape
	for _, words := range sets {
		for w := range words {
			s[w[0]] |= 1 << min(len(w), 31)
		}
	}
	return &s
}

func (s *shape) has(word []byte) bool { return s[word[0]]&(1<<min(len(word), 31)) != 0 }
