package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// values is a change of settings.
func values(kv ...any) map[string]any {
	v := map[string]any{}
	for i := 0; i < len(kv); i += 2 {
		v[kv[i].(string)] = kv[i+1]
	}
	return map[string]any{"values": v}
}

func settingsPath(q id.Queue) string {
	if q == 0 {
		return "/settings"
	}
	return fmt.Sprintf("/queues/%d/settings", q)
}

func find(t testing.TB, page gen.SettingsPage, key string) gen.Setting {
	t.Helper()
	for _, s := range page.Settings {
		if s.Key == key {
			return s
		}
	}
	require.Fail(t, "no such setting", key)
	return gen.Setting{}
}

// holds is the JSON of what holds for a key.
func holds(t testing.TB, s gen.Setting) string {
	t.Helper()
	if s.Value.IsNull() {
		return "null"
	}
	raw, err := json.Marshal(s.Value.MustGet())
	require.NoError(t, err)
	return string(raw)
}

// trial is what a setting is tried with: values that it takes, and values that it refuses.
type trial struct {
	takes   []string // two at least, unlike its default
	refuses []string
}

func words(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("WORD%c", 'A'+i))
	}
	raw, _ := json.Marshal(out)
	return string(raw)
}

// tried is how each setting of the registry is tried: both sides of every bound, every option, wrong types.
func tried(t testing.TB, s gen.Setting) trial {
	t.Helper()
	quoted := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	switch tenant.Kind(s.Kind) {
	case tenant.KindDuration, tenant.KindCount:
		low, high := *s.Min, *s.Max
		out := trial{
			takes:   []string{fmt.Sprint(low), fmt.Sprint(high)},
			refuses: []string{fmt.Sprint(low - 1), fmt.Sprint(high + 1), "1.5", `"3"`, "true", "[]", "{}", "1e300"},
		}
		if s.Off != nil {
			out.takes = append(out.takes, "0")
			out.refuses[0] = "-1"
		}
		return out
	case tenant.KindSwitch:
		return trial{takes: []string{"true", "false"}, refuses: []string{"1", `"true"`, "[]", "{}"}}
	case tenant.KindChoice:
		out := trial{refuses: []string{`"perhaps"`, `""`, "1", "true", "[]"}}
		for _, o := range *s.Options {
			out.takes = append(out.takes, `"`+o+`"`)
		}
		return out
	case tenant.KindLine:
		out := trial{
			takes:   []string{`"A line"`, quoted(int(*s.Max))},
			refuses: []string{quoted(int(*s.Max) + 1), `"two\nlines"`, "1", "true", `["a"]`},
		}
		switch s.Key {
		case "default_language":
			out.takes, out.refuses[0] = []string{`"es"`, `"fr-CA"`}, `"English"`
		case "time_zone":
			out.takes, out.refuses[0] = []string{`"America/New_York"`, `"Asia/Kathmandu"`}, `"Mars/Olympus"`
		}
		return out
	case tenant.KindWords:
		return trial{
			takes:   []string{`["Siesta"]`, words(20), `["` + strings.Repeat("w", 40) + `"]`},
			refuses: []string{words(21), `["` + strings.Repeat("w", 41) + `"]`, `[""]`, `["a","A"]`, `"a"`, "1", "[1]"},
		}
	case tenant.KindHours:
		return trial{
			takes:   []string{`{"weekly":{"mon":[{"from":"09:00","to":"17:00"}]}}`, `{"weekly":{},"holidays":[{"date":"2026-12-25"}]}`},
			refuses: []string{`{"weekly":{"mon":[{"from":"17:00","to":"09:00"}]}}`, `{"weekly":{"moonday":[]}}`, `"always"`, "1", "[]"},
		}
	case tenant.KindText:
		return triedText(s)
	}
	require.Fail(t, "a kind that nobody tries", s.Key)
	return trial{}
}

func triedText(s gen.Setting) trial {
	longest := `"` + strings.Repeat("x", reply.MaxChars) + `"`
	out := trial{
		takes:   []string{`"@{COMPANY_NAME} is here for @{END_USER}."`, longest},
		refuses: []string{`"` + strings.Repeat("x", reply.MaxChars+1) + `"`, `"Hi @{FIRST_NAME}"`, `"Hi @{END_USER"`, "1", "true", `["a"]`},
	}
	switch tenant.TextKind(s.Text.Kind) {
	case reply.Stop:
		out.takes = []string{`"@{COMPANY_NAME}: no more messages."`, `"Fernhill: you are opted out"`}
		out.refuses = append(out.refuses, `"No more messages."`, `"@{COMPANY_NAME}: bye"`, `""`, `"@{COMPANY_NAME}: no more messages`+strings.Repeat("!", 150)+`"`)
	case reply.Help:
		out.takes = []string{`"@{COMPANY_NAME}: @{SUPPORT_CONTACT} Reply STOP to end"`, `"Fernhill: help@fernhill.example Reply STOP"`}
		out.refuses = append(out.refuses, `"@{COMPANY_NAME}: Reply STOP"`, `"@{COMPANY_NAME}: @{SUPPORT_CONTACT}"`, `"help@acme.example Reply STOP"`)
	case reply.Start:
		out.takes = []string{`"@{COMPANY_NAME}: you are back. HELP for help, STOP to end"`, `"Fernhill: HELP helps, STOP ends"`}
		out.refuses = append(out.refuses, `"@{COMPANY_NAME}: STOP ends"`, `"HELP helps, STOP ends"`)
	}
	return out
}

// needs are what must be set beside a setting, so that it contradicts nothing.
var needs = map[string]map[string]any{"auto_answer": {"offer_mode": "deltacast"}, "dismissal": {"chat_timeout": 0}}

// Every setting of the registry and every text is set for the tenant, inherited by a queue, overridden there, and reset;
// each change stands in the audit log; what does not fit is refused by name and changes nothing.
func TestEverySettingIsSetInheritedOverriddenAndReset(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	root := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "Ada"))
	queue := id.Queue(webtest.One[int64](t, h.House, "select parent_id from queues where name = 'Returns'"))
	leaf := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Returns'")
	at := func(q id.Queue, key string) gen.Setting {
		return find(t, gets[gen.SettingsPage](t, 200, root.ask("GET", settingsPath(q), nil)), key)
	}
	put := func(q id.Queue, key, raw string) gen.Setting {
		change := []any{key, json.RawMessage(raw)}
		for k, v := range needs[key] {
			if raw == "null" {
				v = nil
			}
			change = append(change, k, v)
		}
		return find(t, gets[gen.SettingsPage](t, 200, root.ask("PUT", settingsPath(q), values(change...))), key)
	}
	lastAudit := func(key string) string {
		return webtest.One[string](t, h.House, `select concat_ws(' ', action, subject_id, coalesce(before::text, '-'), coalesce(after::text, '-'))
			from audit_log where subject = $1 or subject like $1 || ' (%' order by id desc limit 1`, key)
	}
	asJSONB := func(raw string) string { return webtest.One[string](t, h.House, "select $1::jsonb::text", raw) }

	stored := h.Stored(t)
	page := gets[gen.SettingsPage](t, 200, root.ask("GET", "/settings", nil))
	require.Equal(t, []string{"en", "es", "fr", "pt"}, page.Languages)
	require.Len(t, page.Settings, len(tenant.Registry())+len(reply.Kinds())*len(page.Languages))
	for _, s := range page.Settings {
		if s.Text != nil && s.Text.Lang != "en" && s.Text.Lang != "fr" {
			continue // its kind is tried in two others
		}
		require.Equal(t, gen.SettingSource("default"), s.Source, s.Key)
		def := holds(t, s)
		tr := tried(t, s)
		require.GreaterOrEqual(t, len(tr.takes), 2, s.Key)
		for _, raw := range tr.takes {
			got := put(0, s.Key, raw)
			require.JSONEq(t, raw, holds(t, got), s.Key)
			require.Equal(t, gen.SettingSource("tenant"), got.Source, s.Key)
			require.Equal(t, "Ada", got.Changed.By.Name, s.Key)
		}
		first, last := tr.takes[len(tr.takes)-2], tr.takes[len(tr.takes)-1]
		require.Equal(t, fmt.Sprintf("setting.changed 0 %s %s", asJSONB(first), asJSONB(last)), lastAudit(s.Key), s.Key)
		before := stored()
		for _, raw := range tr.refuses {
			r := refused(t, 400, "invalid_request", root.ask("PUT", "/settings", values("response_target", 60, s.Key, json.RawMessage(raw))))
			require.Equal(t, s.Key, r.Field, "%s %.60s: %s", s.Key, raw, r.Message)
		}
		require.Equal(t, before, stored(), "%s: a refusal changed something", s.Key)

		if s.Level == gen.SettingLevel("tenant") {
			require.Equal(t, s.Key, refused(t, 400, "invalid_request", root.ask("PUT", settingsPath(queue), values(s.Key, json.RawMessage(last)))).Field)
		} else {
			require.JSONEq(t, last, holds(t, at(leaf, s.Key)), s.Key)
			require.Equal(t, gen.SettingSource("tenant"), at(leaf, s.Key).Source, s.Key)
			put(queue, s.Key, tr.takes[0])
			inherited := at(leaf, s.Key)
			require.JSONEq(t, tr.takes[0], holds(t, inherited), s.Key)
			require.Equal(t, []any{gen.SettingSource("queue"), "Support", "Ada"}, []any{inherited.Source, inherited.Queue.Path, inherited.Changed.By.Name}, s.Key)
			require.Equal(t, fmt.Sprintf("setting.changed %d - %s", queue, asJSONB(tr.takes[0])), lastAudit(s.Key), s.Key)
			for _, raw := range tr.refuses {
				require.Equal(t, s.Key, refused(t, 400, "invalid_request", root.ask("PUT", settingsPath(leaf), values(s.Key, json.RawMessage(raw)))).Field)
			}
			own := put(leaf, s.Key, tr.takes[1])
			require.Equal(t, "Support › Returns", own.Queue.Path, s.Key)
			put(leaf, s.Key, "null")
			require.Equal(t, fmt.Sprintf("setting.reset %d %s -", leaf, asJSONB(tr.takes[1])), lastAudit(s.Key), s.Key)
			require.Equal(t, "Support", at(leaf, s.Key).Queue.Path, s.Key)
			put(queue, s.Key, "null")
			require.Equal(t, gen.SettingSource("tenant"), at(leaf, s.Key).Source, s.Key)
		}
		reset := put(0, s.Key, "null")
		require.Equal(t, gen.SettingSource("default"), reset.Source, s.Key)
		require.Nil(t, reset.Changed)
		require.JSONEq(t, def, holds(t, reset), s.Key)
	}
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from settings"), "all is as it was")
}

func TestSettingsThatContradictAreRefusedByName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	root := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "Ada"))
	leaf := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Returns'")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update queues set keywords = '{refund}' where id = $1", leaf)
		return err
	})
	literal := "Fernhill: no more messages."
	for i, c := range []struct {
		queue  id.Queue
		change []any
		field  string // of the refusal; empty when it is taken
		says   string
	}{
		{0, []any{"auto_answer", true}, "auto_answer", "deltacast"},
		{0, []any{"auto_answer", true, "offer_mode", "deltacast"}, "", ""},
		{0, []any{"offer_mode", nil}, "offer_mode", "while auto_answer is on"},
		{leaf, []any{"offer_mode", "multicast"}, "offer_mode", "while auto_answer is on"},
		{leaf, []any{"offer_mode", "multicast", "auto_answer", false}, "", ""},
		{0, []any{"auto_answer", nil}, "", ""},
		{0, []any{"offer_mode", nil}, "", ""},
		{leaf, []any{"offer_mode", "deltacast", "auto_answer", true}, "", ""},
		{0, []any{"offer_mode", "multicast"}, "", ""},

		{0, []any{"chat_timeout", 1}, "", ""}, // the dismissal that nobody set gives way
		{0, []any{"dismissal", 2}, "dismissal", "1 minutes"},
		{0, []any{"chat_timeout", 60, "dismissal", 60}, "", ""},
		{0, []any{"dismissal", 61}, "dismissal", "60 minutes"},
		{0, []any{"chat_timeout", 59}, "chat_timeout", "60 minutes"},
		{0, []any{"chat_timeout", 0, "dismissal", 10080}, "", ""},
		{0, []any{"chat_timeout", 1}, "chat_timeout", "10080 minutes"},
		{0, []any{"chat_timeout", 1, "dismissal", 0}, "", ""},
		{0, []any{"chat_timeout", nil, "dismissal", nil}, "", ""},
		{leaf, []any{"dismissal", 40}, "", ""},
		{0, []any{"chat_timeout", 39}, "chat_timeout", "queue Returns"},
		{0, []any{"chat_timeout", 40}, "", ""},

		{0, []any{"back_words", []string{"Stop!"}}, "back_words", "opts the customer out"},
		{0, []any{"exit_words", []string{"Arrêt"}}, "exit_words", "opts the customer out"},
		{0, []any{"exit_words", []string{"yes"}}, "exit_words", "opts the customer in"},
		{0, []any{"back_words", []string{"info"}}, "back_words", "asks for help"},
		{0, []any{"back_words", []string{"exit."}}, "back_words", "EXIT word"},
		{0, []any{"exit_words", []string{"OUT", "back"}}, "exit_words", "back_words"},
		{0, []any{"back_words", []string{"RETURNS"}}, "back_words", "the name of the queue Support › Returns"},
		{0, []any{"exit_words", []string{"ReFund"}}, "exit_words", "a keyword of the queue Support › Returns"},
		{0, []any{"back_words", []string{"2"}}, "back_words", "a number chooses"},
		{0, []any{"back_words", []string{"!"}}, "back_words", "needs a letter"},
		{0, []any{"back_words", []string{"menu", "menú"}}, "back_words", "a BACK word already"},
		{0, []any{"back_words", []string{"GO"}, "exit_words", []string{"go."}}, "back_words", "EXIT word"},
		{0, []any{"back_words", []string{"EXIT"}, "exit_words", []string{"BACK"}}, "", ""},
		{0, []any{"back_words", []string{}, "exit_words", nil}, "", ""},

		{0, []any{"agent_statuses", []string{"Break"}}, "agent_statuses", "every tenant has"},
		{0, []any{"text.stop.en", literal}, "", ""},
		{0, []any{"company_name", "Harrow"}, "company_name", "name the company"},
		{0, []any{"company_name", "Harrow", "text.stop.en", "@{COMPANY_NAME}: no more messages."}, "", ""},
		{0, []any{"no_such", 1}, "no_such", "no setting"},
		{0, []any{"text.greeting.english", "x"}, "text.greeting.english", "no setting"},
		{0, []any{"chat_timeout", 41, "no_such", nil}, "no_such", "no setting"},
		{0, nil, "values", ""},
	} {
		what := fmt.Sprintf("%d: %v", i, c.change)
		a := root.ask("PUT", settingsPath(c.queue), values(c.change...))
		if c.field == "" {
			require.Equal(t, 200, a.StatusCode, "%s: %s", what, a.body)
			continue
		}
		r := refused(t, 400, "invalid_request", a)
		require.Equal(t, c.field, r.Field, what)
		require.Contains(t, r.Message, c.says, what)
	}
	require.Equal(t, "40", webtest.One[string](t, h.House, "select value::text from settings where queue_id = 0 and key = 'chat_timeout'"))
	refused(t, 404, "not_found", root.ask("GET", settingsPath(leaf+99), nil))
	refused(t, 404, "not_found", root.ask("PUT", settingsPath(leaf+99), values("dismissal", 5)))
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("PUT", "/settings", values("dismissal", 5)))
	gets[gen.SettingsPage](t, 200, h.browser(t, h.Mia).ask("GET", settingsPath(leaf), nil))
}

func TestASavedSettingHoldsAtOnceAndOneThatStaysIsNoChange(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	root := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "Ada"))
	h.Text(t, webtest.Theo, webtest.Sales, "hello") // the caches are warm
	for range 2 {
		gets[gen.SettingsPage](t, 200, root.ask("PUT", "/settings", values("text.greeting.en", " Welcome to @{COMPANY_NAME}. ", "time_zone", "Asia/Tokyo")))
	}
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*)::int from audit_log"))
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	require.Equal(t, "Welcome to Fernhill.", webtest.One[string](t, h.House,
		"select body from messages where kind = 'greeting' and address = $1", webtest.Marisol))

	page := gets[gen.SettingsPage](t, 200, root.ask("PUT", "/settings", values("default_language", "de", "text.menu.de-AT", "Bitte wählen:")))
	require.Equal(t, []string{"de", "de-AT", "en", "es", "fr", "pt"}, page.Languages)
	german := find(t, page, "text.greeting.de")
	require.Equal(t, gen.SettingText{Kind: "greeting", Lang: "de", In: "en"}, *german.Text, "what is sent until there is a German one")
	require.Equal(t, `"Welcome to @{COMPANY_NAME}."`, holds(t, german))
	require.Equal(t, "Ada", german.Changed.By.Name)
}
