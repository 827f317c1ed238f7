package tenant

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatEverybodyTriesFirstIsNoPassword(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"12345678", "123456789", "Password", "Password1!", "P@ssw0rd2026", "qwertyuiop", "Welcome2026", "Sidetone1", "aaaaaaaa", "abababab", "ContraseÑa1", "Summer2026!",
	} {
		require.Error(t, checkPassword(p), p)
	}
	for _, p := range []string{
		"correct horse battery staple", "passwordless living", "welcome to the jungle", "12345678 green bottles", "tr0ub4dor&3", "Summerhouse 9", "8hKx0v1r",
		temporaryPassword(), "fernhill-demo",
	} {
		require.NoError(t, checkPassword(p), p)
	}
	require.Error(t, checkPassword("seven77"))
	require.NoError(t, checkPassword(strings.Repeat("length ", 142)+"length"))
	require.Error(t, checkPassword(strings.Repeat("length ", 143)))
}
