package command

import (
	"fmt"
	"strings"
)

// pattern is a line "phrase …" or "flag …" of a language pack: words in their order, read from the first word that
// must stand there. Its elements, separated by spaces:
//
//	a|b      one of these words (ab* is a beginning)      [a|b]   the same, or nothing
//	{name}   the words of a set, also [{name}]            !a|b    not followed by one of these
//	^  $     at the beginning, the end of a clause        ^. $.   of a sentence
//	^^ $$    of the text                                  ~       as a request: not "did you stop …", "don't stop …"
//	-a|b     not preceded by one of these                 ,       where a clause may end
//
// A beginning and an end look past a few words that say nothing there ("hi", "now").
type pattern struct {
	lang  string
	flag  bool
	front []element // conditions on what stands before the first word
	rest  []element
}

type element struct {
	op    op
	words []string
}

type op uint8

const (
	opWord op = iota
	opOptional
	opNotNext
	opNotBefore
	opClause
	opSentence
	opText
	opRequest
	opPause
)

func (e element) has(word []byte) bool {
	for _, w := range e.words {
		if w == string(word) || w[len(w)-1] == '*' && hasPrefix(word, w[:len(w)-1]) {
			return true
		}
	}
	return false
}

// match tries the pattern with its first word at token i, and returns the token after the last.
func (p *pattern) match(s sentence, i int) (int, bool) {
	for _, e := range p.front {
		if !e.before(s, i) {
			return 0, false
		}
	}
	return follow(p.rest, s, i)
}

func follow(rest []element, s sentence, i int) (int, bool) {
	if len(rest) == 0 {
		return i, true
	}
	here := i < len(s.tokens) && !s.tokens[i].boundary()
	switch e := rest[0]; e.op {
	case opWord:
		if !here || !e.has(s.word(i)) {
			return 0, false
		}
		return follow(rest[1:], s, i+1)
	case opOptional:
		if here && e.has(s.word(i)) {
			if end, ok := follow(rest[1:], s, i+1); ok {
				return end, true
			}
		}
		return follow(rest[1:], s, i)
	case opNotNext:
		if here && e.has(s.word(i)) {
			return 0, false
		}
		return follow(rest[1:], s, i)
	case opPause:
		if i < len(s.tokens) && !here {
			i++
		}
		return follow(rest[1:], s, i)
	default:
		if !atEnd(e.op, s, i) {
			return 0, false
		}
		return follow(rest[1:], s, i)
	}
}

// far is how many tokens a beginning or an end looks past; it keeps the work linear in the length of the text.
const far = 12

// atEnd looks forward from token i past words that say nothing.
func atEnd(o op, s sentence, i int) bool {
	for limit := i + far; i < len(s.tokens); i++ {
		if i == limit {
			return false
		}
		if s.tokens[i].boundary() {
			if o == opClause || o == opSentence && s.tokens[i].strong {
				return true
			}
			continue
		}
		if !edges[string(s.word(i))] {
			return false
		}
	}
	return true
}

// before looks back from token i.
func (e element) before(s sentence, i int) bool {
	switch e.op {
	case opNotBefore:
		return i == 0 || !e.has(s.word(i-1))
	case opRequest:
		return request(s, i)
	}
	limit := i - far
	for i--; i >= 0; i-- {
		if i == limit {
			return false
		}
		if s.tokens[i].boundary() {
			if e.op == opClause || e.op == opSentence && s.tokens[i].strong {
				return true
			}
			continue
		}
		if !edges[string(s.word(i))] {
			return false
		}
	}
	return true
}

// request tells "stop texting me" and "can you stop texting me" from a tale or a question about stopping.
func request(s sentence, i int) bool {
	if i == 0 || s.tokens[i-1].boundary() {
		return true
	}
	before := func(n int) string {
		if i-n < 0 {
			return ""
		}
		return string(s.word(i - n))
	}
	switch before(1) {
	case "to":
		return i == 1 || requestsTo[before(2)]
	case "you":
		return before(2) == "" || requestsYou[before(2)]
	}
	return !tales[before(1)]
}

var (
	requestsTo  = set("you need want like have ask asking wish prefer request going u guys people yall everyone company team sms texts")
	requestsYou = set("can could will would must should please cant why do that")
	tales       = set("dont not never i we they he she it ill well did didnt does doesnt wont cannot who which that if when didn " +
		"would will should could might made make makes before until cant couldnt isnt arent was were " +
		"husband wife friend driver him her them my the a an his their your last first next bus")
)

func compile(lang string, flag bool, line string, sets map[string]string) (*pattern, error) {
	p := &pattern{lang: lang, flag: flag}
	for _, field := range strings.Fields(line) {
		e, err := parseElement(field, sets)
		if err != nil {
			return nil, fmt.Errorf("phrase %q: %w", line, err)
		}
		if len(p.rest) == 0 && e.op != opWord {
			p.front = append(p.front, e)
			continue
		}
		p.rest = append(p.rest, e)
	}
	if len(p.rest) == 0 {
		return nil, fmt.Errorf("phrase %q has no word", line)
	}
	for _, e := range p.front {
		if e.op == opOptional || e.op == opNotNext || e.op == opPause {
			return nil, fmt.Errorf("phrase %q begins with what may be missing", line)
		}
	}
	for _, w := range p.rest[0].words {
		if strings.HasSuffix(w, "*") {
			return nil, fmt.Errorf("phrase %q begins with a part of a word", line)
		}
	}
	return p, nil
}

func parseElement(f string, sets map[string]string) (element, error) {
	switch f {
	case "^", "$":
		return element{op: opClause}, nil
	case "^.", "$.":
		return element{op: opSentence}, nil
	case "^^", "$$":
		return element{op: opText}, nil
	case ",":
		return element{op: opPause}, nil
	case "~":
		return element{op: opRequest}, nil
	}
	o := opWord
	switch {
	case strings.HasPrefix(f, "[") && strings.HasSuffix(f, "]"):
		o, f = opOptional, f[1:len(f)-1]
	case strings.HasPrefix(f, "!"):
		o, f = opNotNext, f[1:]
	case strings.HasPrefix(f, "-"):
		o, f = opNotBefore, f[1:]
	}
	var words []string
	for w := range strings.SplitSeq(f, "|") {
		if strings.HasPrefix(w, "{") {
			members, ok := sets[strings.Trim(w, "{}")]
			if !ok {
				return element{}, fmt.Errorf("no set %s", w)
			}
			words = append(words, strings.Fields(members)...)
		} else if n := Normalise(w); n == strings.TrimSuffix(w, "*") && n != "" && !strings.Contains(n, "'") {
			words = append(words, w)
		} else {
			return element{}, fmt.Errorf("%q is not a normalised word", w)
		}
	}
	return element{op: o, words: words}, nil
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func hasField(list, word string) bool {
	for f := range strings.FieldsSeq(list) {
		if f == word {
			return true
		}
	}
	return false
}
