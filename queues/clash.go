package queues

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sidetone/internal/errs"
)

// Limits of a tree.
const (
	MaxName      = 100  // characters
	MaxKeywords  = 30   // of a queue, in each language
	MaxKeyword   = 40   // characters
	MaxLanguages = 20   // in which a queue has names or keywords
	MaxDepth     = 8    // queues on the way from the top
	MaxListed    = 30   // visible queues of a menu
	MaxMenuChars = 1400 // of a menu's lines: a text has 1600, and an instruction stands above them
)

// Reserved says why a word cannot call a queue (it is a command word, say), in the form "a reserved word …"; nil: it can.
type Reserved func(word string) error

// Check refuses changes that may not be saved: limits, words that mean something already, siblings of one name, one keyword
// twice in a tree (spec 1.3, 1.4). It looks at what was changed alone, so an old fault elsewhere hinders nobody.
func (d *Draft) Check(reserved Reserved) error {
	tree := d.Tree()
	for _, q := range slices.Sorted(maps.Keys(d.checked)) {
		n := tree.nodes[q]
		if depth := len(tree.Chain(q)); depth > MaxDepth {
			return errs.Field("parent_id", "%s would stand %d deep; a tree has %d levels at most", n.Name, depth, MaxDepth)
		}
		if err := tree.checkWords(n, reserved); err != nil {
			return err
		}
		if err := tree.checkSiblings(n); err != nil {
			return err
		}
		if err := tree.checkKeywords(n); err != nil {
			return err
		}
	}
	for at, field := range d.redrawn {
		if n := tree.nodes[at.parent]; n != nil {
			if err := n.checkMenu(field); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckName refuses what cannot be a queue's name.
func CheckName(field, name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxName || strings.TrimSpace(name) != name || unprintable(name) {
		return errs.Field(field, "A name has 1 to %d characters on one line", MaxName)
	}
	return nil
}

func unprintable(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

var langPattern = regexp.MustCompile(`^[a-z]{2}(-[A-Z]{2})?$`)

// CheckLang refuses what is no language.
func CheckLang(field, lang string) error {
	if !langPattern.MatchString(lang) {
		return errs.Field(field, "%q is no language; one is written like en or fr-CA", lang)
	}
	return nil
}

// spoken is a queue's words with the field they were set in; lang "" is everybody's.
type spoken struct {
	field, lang string
	words       []string
}

func (n *Node) names() []spoken {
	out := []spoken{{"name", "", []string{n.Name}}}
	for _, lang := range slices.Sorted(maps.Keys(n.Names)) {
		out = append(out, spoken{"names." + lang, lang, []string{n.Names[lang]}})
	}
	return out
}

func (n *Node) keywords() []spoken {
	out := []spoken{{"keywords", "", n.Keywords}}
	for _, lang := range slices.Sorted(maps.Keys(n.LangKeywords)) {
		out = append(out, spoken{"lang_keywords." + lang, lang, n.LangKeywords[lang]})
	}
	return out
}

// checkWords looks at each of a queue's words by itself.
func (t *Tree) checkWords(n *Node, reserved Reserved) error {
	if err := CheckLang("lang", n.Lang); err != nil {
		return err
	}
	if len(n.Names) > MaxLanguages {
		return errs.Field("names", "A queue has names in %d languages at most", MaxLanguages)
	}
	if len(n.LangKeywords) > MaxLanguages {
		return errs.Field("lang_keywords", "A queue has keywords in %d languages at most", MaxLanguages)
	}
	for _, s := range n.names() {
		if err := CheckName(s.field, s.words[0]); err != nil {
			return err
		}
		if err := t.checkFree(s, errs.Say("name"), s.words[0], reserved); err != nil {
			return err
		}
	}
	for _, s := range n.keywords() {
		if len(s.words) > MaxKeywords {
			return errs.Field(s.field, "A queue has %d keywords at most", MaxKeywords)
		}
		for _, k := range s.words {
			if c := utf8.RuneCountInString(k); c < 1 || c > MaxKeyword || strings.TrimSpace(k) != k || unprintable(k) {
				return errs.Field(s.field, "A keyword has 1 to %d characters", MaxKeyword)
			}
			if err := t.checkFree(s, errs.Say("keyword"), k, reserved); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tree) checkFree(s spoken, what *errs.Text, word string, reserved Reserved) error {
	if s.lang != "" {
		if err := CheckLang(s.field, s.lang); err != nil {
			return err
		}
	}
	key := t.normalise(word)
	if key == "" {
		return errs.Field(s.field, "The %s %s needs a letter or a digit", what, word)
	}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i <= MaxListed {
		return errs.Field(s.field, "The %s %s reads like the number of a choice", what, word)
	}
	if err := reserved(word); err != nil {
		return errs.Field(s.field, "The %s %s is %s", what, word, err)
	}
	return nil
}

// checkSiblings refuses a name that a sibling has in the same language, or that two have for everybody.
func (t *Tree) checkSiblings(n *Node) error {
	for _, o := range t.siblings(n) {
		for _, lang := range append(slices.Sorted(maps.Keys(n.Names)), slices.Sorted(maps.Keys(o.Names))...) {
			if t.normalise(n.Title(lang)) == t.normalise(o.Title(lang)) {
				return clash(fieldOf(n, lang), "The name %s is taken in %s by %s", n.Title(lang), lang, t.Path(o.ID))
			}
		}
		if t.normalise(n.Name) == t.normalise(o.Name) {
			return clash("name", "The name %s is taken by %s", n.Name, t.Path(o.ID))
		}
	}
	return nil
}

func fieldOf(n *Node, lang string) string {
	if n.Names[lang] != "" {
		return "names." + lang
	}
	return "name"
}

func (t *Tree) siblings(n *Node) (out []*Node) {
	for _, o := range t.inOrder() {
		if o.ID != n.ID && o.Parent == n.Parent && o.Channel == n.Channel {
			out = append(out, o)
		}
	}
	return out
}

// checkKeywords refuses a keyword that stands twice in a tree where one consumer could mean both.
func (t *Tree) checkKeywords(n *Node) error {
	root := t.root(n.ID)
	for _, s := range n.keywords() {
		for i, k := range s.words {
			if slices.ContainsFunc(s.words[:i], func(o string) bool { return t.normalise(o) == t.normalise(k) }) {
				return clash(s.field, "The keyword %s stands twice", k)
			}
			for _, o := range t.nodes {
				if o.ID == n.ID || t.root(o.ID) != root {
					continue
				}
				if theirs, found := t.has(o, s.lang, k); found {
					return clash(s.field, "The keyword %s is taken by %s, where it is %s", k, t.Path(o.ID), theirs)
				}
			}
		}
	}
	return nil
}

// has finds a keyword among those of a queue that somebody of this language could mean.
func (t *Tree) has(n *Node, lang, keyword string) (as string, found bool) {
	for _, s := range n.keywords() {
		if s.lang != "" && lang != "" && !slices.Contains(tongues(s.lang), lang) && !slices.Contains(tongues(lang), s.lang) {
			continue
		}
		for _, k := range s.words {
			if t.normalise(k) == t.normalise(keyword) {
				return k, true
			}
		}
	}
	return "", false
}

// checkMenu refuses a menu that has nothing to choose from, or is too long to be read or to be sent.
func (n *Node) checkMenu(field string) error {
	switch listed := len(n.Listed()); {
	case listed == 0 && !n.Leaf():
		return clash(field, "The menu of %s would show no queue, as %s is hidden: show one below it first", n.Name, n.Children[0].Name)
	case listed > MaxListed:
		return errs.Field("parent_id", "The menu of %s would show %d queues; it shows %d at most, so hide some", n.Name, listed, MaxListed)
	}
	langs := map[string]bool{n.Lang: true}
	for _, c := range n.Listed() {
		for lang := range c.Names {
			langs[lang] = true
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		if chars := utf8.RuneCountInString(n.Menu("", lang)); chars > MaxMenuChars {
			return errs.Field("name", "The menu of %s would have %d characters in %s; it may have %d, so use shorter names",
				n.Name, chars, lang, MaxMenuChars)
		}
	}
	return nil
}

// Words are a queue's names and keywords in all languages.
func (n *Node) Words() (names, keywords []string) {
	for _, s := range n.names() {
		names = append(names, s.words...)
	}
	for _, s := range n.keywords() {
		keywords = append(keywords, s.words...)
	}
	return names, keywords
}

func clash(field, format string, args ...any) error {
	return errs.New(errs.Conflict, format, args...).At(field)
}
