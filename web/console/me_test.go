package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

func TestPreferencesFollowAPersonToEveryBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	audits()
	ann := h.browser(t, h.Ann)
	at := func(b *browser) gen.Preferences {
		return gets[gen.Session](t, 200, b.ask("GET", "/session", nil)).Preferences
	}
	asItComes := gen.Preferences{
		Theme: "system", Density: "compact", MutedSounds: []string{}, MutedNotifications: []string{}, MutedAnnouncements: []string{},
		SingleKeys: true, Keys: gen.OwnKeys{}, OfferTime: 1,
	}
	require.Equal(t, asItComes, at(ann))
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from preferences"), "nothing is saved before something is chosen")

	want := gen.Preferences{
		Lang: "es", TimeZone: "America/Bogota", Theme: "dark", Density: "comfortable", MutedSounds: []string{"offer", "text"},
		MutedNotifications: []string{"handover"}, MutedAnnouncements: []string{"text"}, Keys: gen.OwnKeys{"end": "Alt+E", "goDesk": "X D"}, OfferTime: 4,
	}
	got := gets[gen.Session](t, 200, ann.ask("PATCH", "/me", map[string]any{"preferences": map[string]any{
		"lang": "es", "time_zone": "America/Bogota", "theme": "dark", "density": "comfortable", "muted_sounds": []string{"text", "offer", "text"},
		"muted_notifications": []string{"handover"}, "muted_announcements": []string{"text"}, "single_keys": false,
		"keys": map[string]string{"end": "Alt+E", "goDesk": "X D"}, "offer_time": 4,
	}}))
	require.Equal(t, want, got.Preferences)
	require.Equal(t, want, at(h.browser(t, h.Ann)), "on another browser")
	require.Equal(t, asItComes, at(h.browser(t, h.Bob)), "of another person")
	require.Equal(t, []string{"user.preferences"}, audits())

	one := gets[gen.Session](t, 200, ann.ask("PATCH", "/me", `{"preferences":{"theme":"light"}}`)).Preferences
	want.Theme = "light"
	require.Equal(t, want, one, "what is left out stays")
	require.JSONEq(t, `{"theme":"dark"}`, webtest.One[string](t, h.House, "select before::text from audit_log order by id desc limit 1"))
	require.JSONEq(t, `{"theme":"light"}`, webtest.One[string](t, h.House, "select after::text from audit_log order by id desc limit 1"))
	audits()
	gets[gen.Session](t, 200, ann.ask("PATCH", "/me", `{"name":"ann","preferences":{"theme":"light"}}`))
	gets[gen.Session](t, 200, ann.ask("PATCH", "/me", `{}`))
	require.NotContains(t, audits(), "user.preferences", "what is as it was is not written")
}

func TestAPersonNamesThemselves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	hints := make(chan event.Hint, 100)
	defer h.Bus.Subscribe(event.SettingsSubjects, func(x event.Hint) { hints <- x })()
	audits := h.audits(t)
	audits()
	version := webtest.One[int64](t, h.House, "select settings_version from tenants where id = $1", h.Tenant)
	ann := h.browser(t, h.Ann)
	require.Equal(t, "Ana Ruiz", gets[gen.Session](t, 200, ann.ask("PATCH", "/me", `{"name":"  Ana Ruiz "}`)).User.Name)
	require.Equal(t, "Ana Ruiz", gets[gen.Session](t, 200, ann.ask("GET", "/session", nil)).User.Name)
	require.Equal(t, "Ana Ruiz", webtest.One[string](t, h.House, "select name from users where id = $1", h.Ann.ID))
	require.Equal(t, h.Tenant, hears(t, hints, event.Settings).Tenant)
	require.Greater(t, webtest.One[int64](t, h.House, "select settings_version from tenants where id = $1", h.Tenant), version)
	require.Equal(t, []string{"user.renamed"}, audits())
}

func TestPreferencesThatAreNoneAreRefusedByName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann := h.browser(t, h.Ann)
	many := map[string]string{}
	for i := range 101 {
		many["a"+strings.Repeat("b", i%30)+string(rune('a'+i%26))+string(rune('A'+i/26))] = "Alt+X"
	}
	for body, field := range map[string]string{
		`{"name":" "}`: "name",
		`{"name":""}`:  "name",
		`{"name":"` + strings.Repeat("n", 201) + `"}`:   "name",
		`{"preferences":{"lang":"fr"}}`:                 "preferences.lang",
		`{"preferences":{"theme":"blue"}}`:              "preferences.theme",
		`{"preferences":{"time_zone":"Mars/Base"}}`:     "time_zone",
		`{"preferences":{"time_zone":"Local"}}`:         "time_zone",
		`{"preferences":{"offer_time":0}}`:              "preferences.offer_time",
		`{"preferences":{"offer_time":5}}`:              "preferences.offer_time",
		`{"preferences":{"muted_sounds":["doorbell"]}}`: "preferences.muted_sounds.0",
		`{"preferences":{"keys":{"end":"two words"}}}`:  "keys.end",
		`{"preferences":{"keys":{"end":"Ctrl+"}}}`:      "keys.end",
		`{"preferences":{"keys":{"../x":"A"}}}`:         "keys",
		`{"roles":["admin"]}`:                           "",
	} {
		a := ann.ask("PATCH", "/me", body)
		require.Equal(t, 400, a.StatusCode, body)
		if field != "" {
			require.Contains(t, string(a.body), fmt.Sprintf("%q", field), "%s: %s", body, a.body)
		}
	}
	require.Equal(t, 400, ann.ask("PATCH", "/me", map[string]any{"preferences": map[string]any{"keys": many}}).StatusCode)
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from preferences"))
	for _, key := range []string{"A", "?", "[", "Alt+E", "Mod+Shift+A", "Shift+E", "G D", "F6", "ArrowUp", "Alt++", "ñ"} {
		require.Equal(t, 200, ann.ask("PATCH", "/me", map[string]any{"preferences": map[string]any{"keys": map[string]string{"end": key}}}).StatusCode, key)
	}
}

func TestWhoeverAskedForLongerOffersHasThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	gets[gen.Session](t, 200, h.browser(t, h.Ann).ask("PATCH", "/me", `{"preferences":{"offer_time":3}}`))
	h.exec(t, "insert into presence (tenant_id, user_id, socket_id, node_id) select tenant_id, id, gen_random_uuid(), 1 from users where name in ('Ann', 'Bob')")
	h.Text(t, webtest.Marisol, webtest.Sales, "Hello")
	lease := func(u tenant.User) float64 {
		var seconds float64
		require.Eventually(t, func() bool {
			seconds = webtest.One[float64](t, h.House, "select coalesce(max(extract(epoch from expires_at - created_at)), 0)::float8 from offers where user_id = $1", u.ID)
			return seconds > 0
		}, 20*time.Second, 20*time.Millisecond)
		return seconds
	}
	require.InDelta(t, 10, lease(h.Bob), 2)
	require.InDelta(t, 30, lease(h.Ann), 2)
}
