package wire

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEverySentenceStandsInTheConsolesListOfWords(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("words.json")
	require.NoError(t, err)
	var words map[string][2]string
	require.NoError(t, json.Unmarshal(file, &words))
	of := map[string]string{"expired": "The text could not be sent in time.", "not_sent": "The carrier never received this text."}
	of["opted_out"], of["account"] = "This person has opted out of texts from us.", "The carrier account cannot be used; an administrator must check it."
	of["uncertain"], of["unanswered"] = "It is not certain whether the carrier took this text.", "The carrier did not say whether it took this text"
	for _, code := range Codes() {
		m, _ := Explain(code)
		of[code] = m.Sentence
	}
	for _, class := range []Class{"", Throttled, Network, Ambiguous, Unreachable, BadRecipient, OptedOut, Filtered, Config, Content, Security} {
		of["class."+string(class)] = Sentence(class)
	}
	require.Len(t, words, len(of))
	for code, sentence := range of {
		require.Equal(t, sentence, words[code][0], code)
		require.NotEmpty(t, words[code][1], code)
	}
}
