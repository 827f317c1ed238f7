package chat

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// The sentences of the steps, [English, Spanish] by code: the one catalogue for the REST answer's text and for the console,
// which words the codes in the reader's language.
//
//go:embed why_words.json
var whyWordsFile []byte

// whyWords is never written after start-up.
var whyWords = func() (words map[string][2]string) {
	if err := json.Unmarshal(whyWordsFile, &words); err != nil {
		panic(fmt.Sprintf("chat/why_words.json: %v", err))
	}
	return words
}()

// Saying is a sentence, or a part of one, in no language yet: its code and what stands in its places. A value is a string, a
// number, a moment, a duration, or another Saying.
type Saying struct {
	Code   string
	Values map[string]any
}

// say pairs the names of the places with what stands there.
func say(code string, pairs ...any) Saying {
	s := Saying{Code: code, Values: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Values[pairs[i].(string)] = pairs[i+1]
	}
	return s
}

// word is a stored word in the reader's language where the catalogue has it, else as it stands.
func word(of, stored string) any {
	if code := of + "." + stored; whyWords[code] != [2]string{} {
		return Saying{Code: code}
	}
	return strings.ReplaceAll(stored, "_", " ")
}

var whyPlace = regexp.MustCompile(`\{\w+\}`)

// English is the sentence as the REST answer has it.
func (s Saying) English() string {
	return whyPlace.ReplaceAllStringFunc(whyWords[s.Code][0], func(place string) string {
		switch v := s.Values[place[1:len(place)-1]].(type) {
		case Saying:
			return v.English()
		case time.Time:
			return clock(v)
		case time.Duration:
			return span(v)
		default:
			return fmt.Sprint(v)
		}
	})
}
