package command

import (
	"embed"
	"fmt"
	"strings"

	"sidetone/internal/errs"
)

// protected are the words of spec 1.3 that nobody can change: code, not data.
var protected = Pack{
	Lang: "en",
	Stop: []string{"STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "REMOVE"},
	Start: []string{
		"START", "YES", "UNSTOP",
	},
	Help: []string{"HELP", "INFO"},
}

// Pack is what a language adds to the protected words.
type Pack struct {
	Lang              string
	Stop, Start, Help []string

	patterns []*pattern
}

//go:embed packs/*.txt
var packFiles embed.FS

// Languages of the packs that come with the product, in the order in which a shared word is attributed.
var packLangs = [...]string{"en", "es", "fr", "pt"}

// ParsePack reads a language pack: lines "stop WORD", "start WORD", "help WORD", "set NAME WORD…", "phrase PATTERN",
// "flag PATTERN" and comments after #. The file packs/en.txt is an example.
func ParsePack(lang, text string) (Pack, error) {
	p := Pack{Lang: lang}
	sets := map[string]string{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		if verb == "" {
			continue
		}
		if err := p.add(verb, rest, sets); err != nil {
			return Pack{}, fmt.Errorf("language pack %s, line %d: %w", lang, n, err)
		}
	}
	return p, nil
}

func (p *Pack) add(verb, rest string, sets map[string]string) error {
	if Normalise(rest) == "" {
		return fmt.Errorf("%q needs a letter or digit", verb)
	}
	switch verb {
	case "stop":
		p.Stop = append(p.Stop, rest)
	case "start":
		p.Start = append(p.Start, rest)
	case "help":
		p.Help = append(p.Help, rest)
	case "set":
		name, members, _ := strings.Cut(rest, " ")
		sets[name] = members
	case "phrase", "flag":
		pt, err := compile(p.Lang, verb == "flag", rest, sets)
		if err != nil {
			return err
		}
		p.patterns = append(p.patterns, pt)
	default:
		return fmt.Errorf("unknown verb %q", verb)
	}
	return nil
}

// table is everything that comes with the product, ready for look-up and never changed.
type table struct {
	words    map[string]Match
	longest  int
	triggers map[string]trigger
	shape    *shape
}

// trigger is what a word may begin.
type trigger struct {
	stopWord bool
	patterns []*pattern
}

var shipped = build()

func build() *table {
	t := &table{words: map[string]Match{}, triggers: map[string]trigger{}}
	t.longest = enter(t.words, protected)
	packs := []Pack{protected}
	for _, lang := range packLangs {
		text, err := packFiles.ReadFile("packs/" + lang + ".txt")
		if err != nil {
			panic(err) // the files are part of the binary
		}
		p, err := ParsePack(lang, string(text))
		if err != nil {
			panic(err)
		}
		t.longest = max(t.longest, enter(t.words, p))
		packs = append(packs, p)
	}
	starts := map[string]bool{}
	for _, p := range packs {
		for _, w := range p.Stop {
			if n := Normalise(w); !strings.Contains(n, " ") {
				tr := t.triggers[n]
				tr.stopWord = true
				t.triggers[n] = tr
				starts[n] = true
			}
		}
		for _, pt := range p.patterns {
			for _, w := range pt.rest[0].words {
				tr := t.triggers[w]
				tr.patterns = append(tr.patterns, pt)
				t.triggers[w] = tr
				starts[w] = true
			}
		}
	}
	t.shape = shapeOf(starts)
	return t
}

func mayTrigger(word []byte) bool { return shipped.shape.has(word) }

// enter adds the words of a pack that are not taken, and returns the length of the longest.
func enter(words map[string]Match, p Pack) int {
	longest := 0
	for _, group := range []struct {
		kind Kind
		list []string
	}{{Stop, p.Stop}, {Start, p.Start}, {Help, p.Help}} {
		for _, w := range group.list {
			key := Normalise(w)
			longest = max(longest, len(key))
			m, taken := words[key]
			if !taken {
				m = Match{Kind: group.kind, Tier: Exact, Lang: p.Lang, Word: strings.ToUpper(key)}
			}
			if m.Kind == group.kind && !hasField(m.langs, p.Lang) {
				m.langs = strings.TrimSpace(m.langs + " " + p.Lang)
			}
			words[key] = m
		}
	}
	return longest
}

// Words are the command words of a tenant: the protected ones and those of the packs always, its own BACK and EXIT
// words, and languages it added. The zero value has no BACK and no EXIT. It is safe for concurrent use.
type Words struct {
	own     map[string]Match
	stops   map[string]bool
	longest int
}

// Defaults of the configurable words.
var (
	DefaultBack = []string{"BACK"}
	DefaultExit = []string{"EXIT"}
)

// NewWords puts a tenant's words together. It refuses a BACK or EXIT word that clashes, naming the clash; a word of
// an extra pack that is protected already keeps its protected meaning.
func NewWords(back, exit []string, extra ...Pack) (Words, error) {
	w := Words{own: map[string]Match{}, stops: map[string]bool{}}
	for _, p := range extra {
		w.longest = max(w.longest, enter(w.own, p))
		for _, s := range p.Stop {
			w.stops[Normalise(s)] = true
		}
	}
	var taken []Use
	for _, group := range []struct {
		kind Kind
		name *errs.Text
		list []string
	}{{Exit, errs.Say("an EXIT word"), exit}, {Back, errs.Say("a BACK word"), back}} {
		for _, word := range group.list {
			if err := Clash(word, taken...); err != nil {
				return Words{}, err
			}
			key := Normalise(word)
			if m, ok := w.own[key]; ok && m.Kind != group.kind {
				return Words{}, &ClashError{Word: word, With: Use{Word: m.Word, For: meaning(m.Kind)}}
			}
			w.own[key] = Match{Kind: group.kind, Tier: Exact, Word: strings.ToUpper(key)}
			w.longest = max(w.longest, len(key))
			taken = append(taken, Use{Word: word, For: group.name})
		}
	}
	return w, nil
}
