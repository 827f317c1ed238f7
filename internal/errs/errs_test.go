package errs

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARefusalIsToldInTheReadersLanguage(t *testing.T) {
	e := New(AtLimit, "You have %d chats, which is your limit", 5)
	require.Equal(t, "You have 5 chats, which is your limit", e.Message)
	require.Equal(t, e.Message, e.In(English))
	require.Equal(t, "Tiene 5 chats, que es su límite", e.In(Spanish))
	require.Equal(t, e.Message, e.In("fr"), "who reads neither reads English")
	require.EqualError(t, e, "at_limit: You have 5 chats, which is your limit", "logs are English")
}

func TestWordsWithinASentenceAreOfItsLanguage(t *testing.T) {
	e := Field("name", "The %s %s is %s", Say("name"), "stop", Say("a BACK word"))
	require.Equal(t, Error{Code: Invalid, Field: "name", Message: "The name stop is a BACK word", says: e.says}, *e)
	require.Equal(t, "stop no sirve como nombre: es una palabra BACK", e.In(Spanish))

	why := fmt.Errorf("look: %w", Say("a phone number is missing")) // what was being done is for the operator
	require.Equal(t, "falta un número de teléfono", Field("to", "%s", why).In(Spanish))
	require.Equal(t, "Línea 3, text: un atajo lleva un texto", Say("Line %d, %s: %s", 3, "text", Field("text", "a shortcut has a text").Says()).In(Spanish))
	require.Equal(t, "context canceled", Field("to", "%s", errors.New("context canceled")).In(Spanish), "what is not ours stays as it is")
	require.Equal(t, "clash: falta un número de teléfono", Field("to", "clash: %s", clash{}).In(Spanish))
}

type clash struct{}

func (clash) Error() string { return clash{}.Says().String() }
func (clash) Says() *Text   { return Say("a phone number is missing") }

func TestARefusalKeepsWhatItIsGiven(t *testing.T) {
	cause := errors.New("no route")
	e := New(Conflict, "You have a chat with this customer already").At("to").Of(7).Because(cause)
	require.Equal(t, []any{Conflict, "to", int64(7)}, []any{e.Code, e.Field, e.Chat})
	require.ErrorIs(t, e, cause)
	require.Equal(t, Conflict, CodeOf(fmt.Errorf("open: %w", e)))
	found, ok := As(fmt.Errorf("open: %w", e))
	require.True(t, ok)
	require.Same(t, e, found)
}

func TestNoTextIsNothing(t *testing.T) {
	var none *Text
	require.Empty(t, none.In(Spanish))
	require.Empty(t, none.String())
}
