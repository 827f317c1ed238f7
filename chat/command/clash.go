package command

import "sidetone/internal/errs"

// Use is a word that means something already, and what: {"billing", a keyword of queue Billing}.
type Use struct {
	Word string
	For  *errs.Text
}

// ClashError refuses a word and names what it collides with.
type ClashError struct {
	Word string
	With Use
}

func (e *ClashError) Error() string { return e.Says().String() }

// Says is the refusal, in any language.
func (e *ClashError) Says() *errs.Text {
	if e.With.For == nil {
		return errs.Say("%q needs a letter or a digit", e.Word)
	}
	return errs.Say("%q can't be used: %q is %s", e.Word, e.With.Word, e.With.For)
}

// Protected reports whether a text means STOP, START or HELP in any language that comes with the product, so that
// nothing else can be named so. A phrase counts too: a queue called "Stop texting me" could never be chosen.
func Protected(word string) bool {
	k := Words{}.Match(word).Kind
	return k == Stop || k == Start || k == Help
}

// Clash returns a *ClashError if a configurable word, a queue name or a queue keyword equals a protected word or one
// that is in use, however it is written (spec 1.3). The caller lists the uses, the word's own place left out.
func Clash(word string, existing ...Use) error {
	key := Normalise(word)
	if key == "" {
		return &ClashError{Word: word}
	}
	if m := (Words{}).Match(word); m.Kind != None {
		return &ClashError{Word: word, With: Use{Word: m.Word, For: meaning(m.Kind)}}
	}
	for _, u := range existing {
		if Normalise(u.Word) == key {
			return &ClashError{Word: word, With: u}
		}
	}
	return nil
}

func meaning(k Kind) *errs.Text {
	switch k {
	case Stop:
		return errs.Say("a protected word that opts the customer out")
	case Start:
		return errs.Say("a protected word that opts the customer in")
	case Help:
		return errs.Say("a protected word that asks for help")
	case Back:
		return errs.Say("a BACK word")
	}
	return errs.Say("an EXIT word")
}
