// Package command reads the words by which a consumer steers the channel: STOP, START, HELP, BACK, EXIT (spec 1.3).
//
// It owns the normaliser, the protected words, the language packs and the phrases, and tells what a text means. It
// does not know who is on the do-not-contact list, nor what is sent in answer.
package command

// Kind is what the consumer asks for.
type Kind uint8

// The kinds. None is an ordinary text.
const (
	None Kind = iota
	Stop
	Start
	Help
	Back
	Exit
)

func (k Kind) String() string {
	return [...]string{"none", "stop", "start", "help", "back", "exit"}[k]
}

// Tier is how sure the reading is. Both tiers are applied at once.
type Tier uint8

// The tiers of spec 1.3. The third is no tier but a flag: Match.PossibleOptOut.
const (
	NoTier Tier = iota
	Exact       // the whole text is the word
	Phrase      // the text says it plainly
)

// Match is the reading of a text.
type Match struct {
	Kind Kind
	Tier Tier
	Lang string // of the word, which is the language to answer in; empty for BACK and EXIT
	Word string // "OPT OUT", or the words of the phrase as read: "stop texting me"

	// PossibleOptOut asks an agent to confirm or dismiss: an opt-out word stands inside other text (tier 3).
	PossibleOptOut bool

	langs string // of all packs that hold the word, a space between
}

// LangFor returns the language to answer in: the chat's own if the word belongs to it too (CANCELAR is Spanish and
// Portuguese, STOP is everyone's), else the word's.
func (m Match) LangFor(chat string) string {
	if chat != "" && hasField(m.langs, chat) {
		return chat
	}
	return m.Lang
}

// Match reads a text. The first reading that fits wins: a protected word, EXIT, BACK, a phrase, the flag.
func (w Words) Match(text string) Match {
	var space [inlineBytes]byte
	folded := withoutSignature(fold(space[:0], text))
	if m, ok := w.exact(folded); ok {
		return m
	}
	var room [inlineTokens]token
	s := sentence{text: folded, tokens: tokenise(room[:0], folded)}
	if m, ok := spelledOut(s); ok {
		return m
	}
	flagged := false
	for i := range s.tokens {
		if s.tokens[i].boundary() || !mayTrigger(s.word(i)) {
			continue
		}
		t := shipped.triggers[string(s.word(i))]
		for _, p := range t.patterns {
			end, ok := p.match(s, i)
			if ok && p.flag {
				flagged = true
			} else if ok {
				return Match{Kind: Stop, Tier: Phrase, Lang: p.lang, Word: s.join(i, end), langs: p.lang}
			}
		}
		flagged = flagged || t.stopWord
	}
	return Match{PossibleOptOut: flagged || w.mentions(s)}
}

// mentions looks for the tenant's own opt-out words inside other text.
func (w Words) mentions(s sentence) bool {
	if len(w.stops) == 0 {
		return false
	}
	for i := range s.tokens {
		if w.stops[string(s.word(i))] {
			return true
		}
	}
	return false
}

// exact compares the whole text with the words.
func (w Words) exact(folded []byte) (Match, bool) {
	var space [inlineBytes]byte
	longest := max(shipped.longest, w.longest)
	key, ok := canonical(space[:0], folded, longest)
	if !ok {
		return Match{}, false
	}
	if m, ok := shipped.words[string(key)]; ok {
		return m, true
	}
	m, ok := w.own[string(key)]
	return m, ok
}

// spelledOut reads "S T O P".
func spelledOut(s sentence) (Match, bool) {
	if len(s.tokens) < 3 || len(s.tokens) > shipped.longest {
		return Match{}, false
	}
	var space [inlineBytes]byte
	key := space[:0]
	for i := range s.tokens {
		if s.tokens[i].end-s.tokens[i].start != 1 {
			return Match{}, false
		}
		key = append(key, s.word(i)...)
	}
	m, ok := shipped.words[string(key)]
	if !ok || m.Kind != Stop {
		return Match{}, false
	}
	m.Tier = Phrase
	return m, true
}
