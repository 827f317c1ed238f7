package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

func presetsOf(t testing.TB, b *browser, query string) (out []string) {
	t.Helper()
	for _, p := range gets[gen.PresetList](t, 200, b.ask("GET", "/presets"+query, nil)).Presets {
		out = append(out, p.Label+": "+p.Ready.Text)
	}
	return out
}

func TestPresetsAreKeptInOrderAndReadyForACall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann, mia := h.browser(t, h.Ann), h.browser(t, h.Mia)
	require.Empty(t, presetsOf(t, ann, ""))
	support := webtest.One[int64](t, h.House, "select id from queues where name = 'Support'")
	returns := webtest.One[int64](t, h.House, "select id from queues where name = 'Returns'")
	add := func(body map[string]any) gen.Preset {
		return gets[gen.Preset](t, 201, mia.ask("POST", "/presets", body))
	}
	photo := add(map[string]any{"label": " Photo ", "text": " Send @{COMPANY_NAME} a photo, @{CUSTOMER_NAME}. "})
	require.Equal(t, []any{"en", "Photo", "Send @{COMPANY_NAME} a photo, @{CUSTOMER_NAME}."}, []any{photo.Lang, photo.Label, photo.Text})
	require.Contains(t, h.audited(t), "preset.created Photo by ")
	below := add(map[string]any{"label": "Form", "text": "For @{QUEUE_NAME}", "queue_id": support})
	sales := add(map[string]any{"label": "Photo", "text": "For Sales", "queue_id": h.Queue})
	foto := add(map[string]any{"label": "Photo", "text": "Una foto", "lang": "es"})

	require.Equal(t, []string{"Photo: Send Fernhill a photo, @{CUSTOMER_NAME}.", "Form: For @{QUEUE_NAME}", "Photo: For Sales", "Photo: Una foto"}, presetsOf(t, ann, ""))
	require.Equal(t, []string{"Photo: Send Fernhill a photo, @{CUSTOMER_NAME}.", "Form: For Returns"}, presetsOf(t, ann, fmt.Sprintf("?queue_id=%d&lang=en", returns)))
	require.Equal(t, []string{"Photo: Una foto"}, presetsOf(t, ann, "?lang=es"))

	order := func(ids ...int64) answer { return mia.ask("POST", "/presets/order", map[string]any{"preset_ids": ids}) }
	require.Equal(t, 204, order(foto.Id, sales.Id, photo.Id, below.Id).StatusCode)
	require.Equal(t, []string{"Photo: Una foto", "Photo: For Sales", "Photo: Send Fernhill a photo, @{CUSTOMER_NAME}.", "Form: For @{QUEUE_NAME}"}, presetsOf(t, ann, ""))
	require.JSONEq(t, `{"order": ["Photo", "Photo", "Photo", "Form"]}`, webtest.One[string](t, h.House, "select after::text from audit_log order by id desc limit 1"))
	lines := webtest.One[int](t, h.House, "select count(*)::int from audit_log")
	require.Equal(t, 204, order(foto.Id, sales.Id, photo.Id, below.Id).StatusCode)
	require.Equal(t, lines, webtest.One[int](t, h.House, "select count(*)::int from audit_log"), "what changes nothing leaves no trace")
	for _, wrong := range [][]int64{{}, {foto.Id}, {foto.Id, foto.Id, sales.Id, photo.Id}, {foto.Id, sales.Id, photo.Id, below.Id, 999999}} {
		require.Equal(t, "preset_ids", refused(t, 400, "invalid_request", order(wrong...)).Field)
	}

	path := fmt.Sprint("/presets/", photo.Id)
	gets[gen.Preset](t, 200, mia.ask("PUT", path, map[string]any{"label": "Picture", "text": "Send a picture"}))
	require.Equal(t, "Picture: Send a picture", presetsOf(t, ann, "")[2], "in its place")
	require.Equal(t, 204, mia.ask("DELETE", path, nil).StatusCode)
	refused(t, 404, "not_found", mia.ask("DELETE", path, nil))
	refused(t, 404, "not_found", mia.ask("PUT", path, map[string]any{"label": "x", "text": "x"}))
	require.Len(t, presetsOf(t, ann, ""), 3)
}

func TestAPresetThatCannotBeIsRefusedByName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	gets[gen.Preset](t, 201, mia.ask("POST", "/presets", map[string]any{"label": "Photo", "text": strings.Repeat("x", 918)}))
	gets[gen.Preset](t, 201, mia.ask("POST", "/presets", map[string]any{"label": strings.Repeat("é", 40), "text": "@{AGENT_NAME}"}))
	before := presetsOf(t, mia, "")
	for _, c := range []struct {
		body  map[string]any
		code  string
		field string
	}{
		{map[string]any{"label": "", "text": "x"}, "invalid_request", "label"},
		{map[string]any{"label": strings.Repeat("x", 41), "text": "x"}, "invalid_request", "label"},
		{map[string]any{"label": "two\nlines", "text": "x"}, "invalid_request", "label"},
		{map[string]any{"label": "A", "text": "  "}, "invalid_request", "text"},
		{map[string]any{"label": "A", "text": strings.Repeat("x", 919)}, "invalid_request", "text"},
		{map[string]any{"label": "A", "text": "Hi @{FIRST_NAME}"}, "invalid_request", "text"},
		{map[string]any{"label": "A", "text": "Hi @{AGENT_NAME"}, "invalid_request", "text"},
		{map[string]any{"label": "A", "text": "x", "lang": "Engl"}, "invalid_request", "lang"},
		{map[string]any{"label": "A", "text": "x", "queue_id": 999999}, "invalid_request", "queue_id"},
		{map[string]any{"label": " PHOTO", "text": "x"}, "conflict", "label"},
	} {
		status := map[string]int{"conflict": 409}[c.code]
		if status == 0 {
			status = 400
		}
		require.Equal(t, c.field, refused(t, status, c.code, mia.ask("POST", "/presets", c.body)).Field, c.body)
	}
	require.Equal(t, before, presetsOf(t, mia, ""))
}

func TestPresetsGoOutAndComeBackAsCSV(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	take := func(csv string) gen.ShortcutImported {
		return gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/preset-imports", map[string]any{"csv": csv}))
	}
	require.Equal(t, gen.ShortcutImported{Added: 3}, take("label,text,lang,queue\nPhoto,\"Send a photo,\nplease\",en,\nForm,'=1+1,,Support\nFoto,Una foto,es,Support › Returns\n"))
	file := string(mia.ask("GET", "/presets.csv", nil).body)
	require.Equal(t, "lang,label,text,queue\nen,Photo,\"Send a photo,\nplease\",\nen,Form,'=1+1,Support\nes,Foto,Una foto,Support › Returns\n", strings.ReplaceAll(file, "\r\n", "\n"))
	require.Equal(t, gen.ShortcutImported{Unchanged: 3}, take(file))
	require.Equal(t, gen.ShortcutImported{Added: 1, Changed: 1}, take("label,text\nPHOTO,Another text\nLast,x\n"))
	require.Equal(t, []string{"PHOTO: Another text", "Form: =1+1", "Foto: Una foto", "Last: x"}, presetsOf(t, mia, ""))

	stored := h.Stored(t)
	before := stored()
	wrong := gets[gen.ShortcutImportRefusal](t, 400, mia.ask("POST", "/preset-imports", map[string]any{
		"csv": "label,text,queue\nNew,x,\n,x,\nA," + strings.Repeat("x", 919) + ",\nB,x,Nowhere\nnew,y,\n",
	}))
	var said []string
	for _, p := range *wrong.Problems {
		said = append(said, fmt.Sprintf("%d %s", p.Line, p.Column))
	}
	require.Equal(t, []string{"3 label", "4 text", "5 queue", "6 label"}, said)
	require.Equal(t, before, stored(), "all or none")
}
