package errs

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Text is a sentence or a word for a person. It is written in English and found by that in the other languages; one with
// arguments keeps them, since they may be words of ours too. As an error it says why something was refused.
type Text struct {
	format string
	args   []any
}

// Say makes a text. internal/arch sees to it that es.json has every format.
func Say(format string, args ...any) *Text { return &Text{format, args} }

// In is the text in a language; nil is no text.
func (t *Text) In(lang Lang) string {
	if t == nil {
		return ""
	}
	if lang != Spanish {
		return fmt.Sprintf(t.format, t.args...)
	}
	format, ok := spanish()[t.format]
	if !ok { // a format that only hands on what another text says
		format = t.format
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		args[i] = spoken(a, lang)
	}
	return fmt.Sprintf(format, args...)
}

// String is the text in English.
func (t *Text) String() string { return t.In(English) }

func (t *Text) Error() string { return t.String() }

// spoken is an argument as a sentence in this language has it: a text of ours is told in the same language.
func spoken(arg any, lang Lang) any {
	err, ok := arg.(error)
	if !ok {
		return arg
	}
	var t *Text
	if errors.As(err, &t) {
		return t.In(lang)
	}
	var saying interface{ Says() *Text } // an error that has a text of ours
	if errors.As(err, &saying) {
		return saying.Says().In(lang)
	}
	return arg
}

//go:embed es.json
var spanishFile []byte

// spanish is the catalogue: the Spanish format of each English one. It is read when the first is asked for.
var spanish = sync.OnceValue(func() map[string]string {
	var all map[string]string
	if err := json.Unmarshal(spanishFile, &all); err != nil {
		panic(fmt.Sprintf("internal/errs/es.json: %v", err)) // it is part of the program, and a test reads it
	}
	return all
})
