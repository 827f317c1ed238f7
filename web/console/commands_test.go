package console_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

func TestATextIsReadAsIfACustomerSentIt(t *testing.T) {
	h := newHouse(t, nil)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "Ada"))
	gets[gen.SettingsPage](t, 200, admin.ask("PUT", "/settings", values("back_words", []string{"RETOUR"})))
	stored := h.Stored(t)
	before := stored()
	for text, want := range map[string]string{
		"stop":                    "stop exact STOP en",
		"Please stop texting me.": "stop phrase stop texting me en",
		"please cancel my order":  "none - - - flag",
		"retour":                  "back exact RETOUR -",
		"back":                    "none - - -",
		"where is my mug?":        "none - - -",
	} {
		got := gets[gen.CommandReading](t, 200, admin.ask("POST", "/commands/test", map[string]any{"text": text}))
		said := []string{string(got.Kind), "-", "-", "-"}
		if got.Tier != nil {
			said[1] = string(*got.Tier)
		}
		if got.Word != nil {
			said[2] = *got.Word
		}
		if got.Lang != nil {
			said[3] = *got.Lang
		}
		if got.PossibleOptOut {
			said = append(said, "flag")
		}
		require.Equal(t, want, strings.Join(said, " "), text)
	}
	refused(t, 400, "invalid_request", admin.ask("POST", "/commands/test", map[string]any{"text": ""}))
	require.Equal(t, before, stored(), "reading a text stored something")
}
