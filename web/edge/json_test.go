package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPropertyIsNamedOnce(t *testing.T) {
	for text, twice := range map[string]bool{
		`{"a":1,"b":"a","c":["a","a",{"a":1}],"d":{"a":2,"b":{}}}`: false,
		`{"a":1,"a":1}`:                 true,
		`{"a":1,"\u0061":1}`:            true,
		`[{"a":{"b":[]," b":1,"b":2}}]`: true,
		`{"a":{"x":1},"b":{"x":1}}`:     false,
		`["a","a"]`:                     false,
		`"a"`:                           false,
		`{"a":`:                         false,
		`]`:                             false,
		``:                              false,
	} {
		require.Equal(t, twice, repeats(json.NewDecoder(strings.NewReader(text))), text)
	}
}
