package console_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

func TestARefusedRequestIsAnsweredInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.admin(t)
	nobody := h.browser(t, tenant.User{})
	for _, c := range []struct {
		name          string
		who           *browser
		method, path  string
		body          any
		status        int
		field, en, es string
	}{
		{"nobody", nobody, "GET", "/chats", nil, 401, "", "Sign in first", "Inicie sesión antes"},
		{
			"a wrong password", nobody, "POST", "/session",
			map[string]string{"email": "a@b.test", "password": "wrong"},
			401, "",
			"The e-mail or the password is wrong.", "El correo o la contraseña no son correctos.",
		},
		{"no address", admin, "GET", "/nowhere", nil, 404, "", "There is nothing at this address", "No hay nada en esta dirección"},
		{"a method", admin, "PATCH", "/session", nil, 405, "", "This address does not take PATCH", "Esta dirección no admite PATCH"},
		{
			"a rule of a floor below", admin, "POST", "/teams",
			map[string]any{"name": " "},
			400, "name",
			"a team's name has 1 to 100 characters on one line", "el nombre de un equipo tiene de 1 a 100 caracteres en una línea",
		},
		{
			"a number", admin, "POST", "/blocklist",
			map[string]any{"address": "+1 abc"},
			400, "address",
			"a phone number has no letters and no extension", "un número de teléfono no tiene letras ni extensión",
		},
		{
			"a setting with its bounds", admin, "PUT", "/settings",
			map[string]any{"values": map[string]any{"chat_timeout": 100000}},
			400, "chat_timeout",
			"chat_timeout must be 0 (off) or 1 to 10080 minutes", "chat_timeout debe ser 0 (desactivado) o 1 a 10080 minutos",
		},
		{"no property", admin, "POST", "/teams", map[string]any{}, 400, "name", "name is missing", "falta name"},
		{"a wrong type", admin, "POST", "/teams", map[string]any{"name": 7}, 400, "name", "name must be a text", "name debe ser un texto"},
		{"a strange property", admin, "POST", "/teams", map[string]any{"name": "A", "x": 7}, 400, "x", "x does not belong there", "x no va ahí"},
	} {
		for lang, want := range map[string]string{"en": c.en, "es": c.es, "es-MX, en;q=0.5": c.es, "fr": c.en, "": c.en} {
			a := c.who.with("Accept-Language", lang).ask(c.method, c.path, c.body)
			require.Equal(t, c.status, a.StatusCode, "%s: %s", c.name, a.body)
			var refused edge.Refusal
			require.NoError(t, json.Unmarshal(a.body, &refused))
			require.Equal(t, want, refused.Message, c.name)
			require.Equal(t, c.field, refused.Field, c.name)
			spoken := map[string]string{c.en: "en", c.es: "es"}
			require.Equal(t, spoken[want], a.Header.Get("Content-Language"), c.name)
			require.Contains(t, a.Header.Values("Vary"), "Accept-Language", c.name)
		}
	}
	require.Empty(t, admin.ask("GET", "/session", nil).Header.Get("Content-Language"), "an answer without sentences has no language")
}

func TestAFileIsRefusedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	es := h.admin(t).with("Accept-Language", "es")
	r := gets[gen.ShortcutImportRefusal](t, 400, es.ask("POST", "/shortcut-imports", map[string]any{"csv": "keyword,text\na\nb,x,y\n"}))
	require.Equal(t, "Línea 2, text: un atajo lleva un texto", r.Message)
	require.Equal(t, "columna 3", (*r.Problems)[1].Column)
	require.Equal(t, "la línea tiene más celdas que el encabezado", (*r.Problems)[1].Message)
}
