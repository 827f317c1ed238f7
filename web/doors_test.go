package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

func TestEveryDoorRefusesInOneShape(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/", 405},
		{"POST", "/nowhere", 405},
		{"GET", "/assets/nowhere.js", 404},
		{"GET", "/nowhere.txt", 404},
		{"POST", "/healthz", 405},
		{"POST", "/readyz", 405},
		{"DELETE", "/healthz", 405},
		{"POST", "/metrics", 405},
		{"GET", "/api/nowhere", 404},
		{"GET", "/api", 404},
		{"GET", "/api/console", 404},
		{"GET", "/api/console/nowhere", 404},
		{"PATCH", "/api/console/session", 405},
		{"GET", "/hooks", 404},
		{"POST", "/hooks/nobody/x", 404},
		{"GET", "/hooks/twilio/" + webtest.AccountKey + "/messages", 405},
		{"POST", "/hooks/twilio/none/messages", 404},
		{"GET", "/ws/agent", 400},
		{"POST", "/ws/agent", 400},
		{"GET", "/ws/nowhere", 404},
		{"GET", "/sim/texts", 404},
		{"POST", "/docs", 405},
		{"GET", "/docs/nowhere", 404},
		{"GET", "/api/console/chats/" + strings.Repeat("9", 20_000) + "/transcript", 401},
		{"GET", "/api/console/chats/%00/transcript", 401},
	} {
		response, said := h.ask(t, c.method, c.path, "", edge.ChangeHeader, "console")
		name := c.method + " " + c.path[:min(len(c.path), 60)]
		var refusal edge.Refusal
		err := json.Unmarshal([]byte(said), &refusal)
		if assert.NoError(t, err, "%s: %d %q", name, response.StatusCode, said) {
			assert.Equal(t, c.status, response.StatusCode, name)
			assert.NotEmpty(t, refusal.Message, name)
			assert.NotEmpty(t, refusal.Code, name)
			assert.Equal(t, response.Header.Get(edge.RequestIDHeader), refusal.RequestID, name)
			assert.Equal(t, "no-store", response.Header.Get("Cache-Control"), name)
		}
	}
}

func TestDoorsOfPeopleSpeakTheirLanguageAndDoorsOfProgramsEnglish(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]struct{ says, lang string }{
		"/api/console/nowhere":     {"No hay nada en esta dirección", "es"},
		"/api/console/chats":       {"Inicie sesión antes", "es"},
		"/sim/texts":               {"No hay nada en esta dirección", "es"}, // nobody simulates here
		"/apps/api/v1/chats":       {"The API token is missing, wrong or disabled.", ""},
		"/hooks/nobody/x":          {"There is nothing at this address", ""},
		"/media/none":              {"This link does not work, or does not work any more", ""},
		"/docs/nowhere":            {"There is nothing at this address", ""},
		"/api/console/" + "%00/me": {"No hay nada en esta dirección", "es"},
	} {
		response, said := h.ask(t, "GET", path, "", "Accept-Language", "es-MX,es;q=0.9,en;q=0.5")
		var refusal edge.Refusal
		assert.NoError(t, json.Unmarshal([]byte(said), &refusal), path)
		assert.Equal(t, want.says, refusal.Message, path)
		assert.Equal(t, want.lang, response.Header.Get("Content-Language"), path)
	}
	large, said := h.ask(t, "POST", "/api/console/teams", strings.Repeat("x", 1<<20+1), "Accept-Language", "es", edge.ChangeHeader, "console")
	assert.Equal(t, 413, large.StatusCode)
	assert.Contains(t, said, "El cuerpo pesa más de 1 MiB")
}
