package errs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadsIsTheLanguageThatSomebodyPrefersOfOurs(t *testing.T) {
	for accept, want := range map[string]Lang{
		"":                        English,
		"es":                      Spanish,
		"es-MX":                   Spanish,
		"ES":                      Spanish,
		"en-GB, es;q=0.9":         English,
		"en;q=0.2, es;q=0.9":      Spanish,
		"fr-CA":                   English,
		"fr, es;q=0.5":            Spanish,
		"*":                       English,
		"es;q=x":                  English,
		"\x00":                    English,
		strings.Repeat("es,", 66): Spanish, // 198 bytes
		strings.Repeat("es,", 67): English,
	} {
		require.Equal(t, want, Reads(accept), accept)
	}
}
