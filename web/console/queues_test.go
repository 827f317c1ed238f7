package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/event"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// tree is the queue trees a line each: the channel, the path, and what is special.
func tree(t testing.TB, b *browser, query string) (out []string) {
	t.Helper()
	for _, q := range gets[[]gen.Queue](t, 200, b.ask("GET", "/queues"+query, nil)) {
		line := string(q.Channel) + " " + q.Path
		if q.Hidden {
			line += " (hidden)"
		}
		out = append(out, line)
	}
	return out
}

// ida is somebody who may change the trees.
func (h *house) ida(t testing.TB) *browser {
	t.Helper()
	return h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "ida"))
}

// audited is the last line of the audit log.
func (h *house) audited(t testing.TB) string {
	t.Helper()
	return webtest.One[string](t, h.House, `select a.action || ' ' || a.subject || ' by ' || u.name from audit_log a
		join users u on u.id = a.user_id order by a.id desc limit 1`)
}

func TestAnAdminBuildsATree(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	hints := make(chan event.Hint, 100)
	t.Cleanup(h.Bus.Subscribe(event.SettingsSubjects, func(hint event.Hint) { hints <- hint }))
	told := func() {
		t.Helper()
		select {
		case hint := <-hints:
			require.Equal(t, event.Hint{Kind: event.Settings, Tenant: h.Tenant}, hint)
		case <-time.After(10 * time.Second):
			require.FailNow(t, "no hint")
		}
	}
	all := gets[[]gen.Queue](t, 200, ida.ask("GET", "/queues", nil))
	support, returns, orders := all[0].Id, all[1].Id, all[2].Id
	require.EqualValues(t, 2, all[1].Agents)

	gifts := gets[gen.Queue](t, 201, ida.ask("POST", "/queues", map[string]any{
		"parent_id": support, "name": " Gift cards ", "names": map[string]string{"es": "Tarjetas"}, "keywords": []string{"gift"},
		"lang_keywords": map[string][]string{"es": {"regalo"}}, "position": 1,
	}))
	told()
	require.Equal(t, "queue.created Gift cards by ida", h.audited(t))
	require.Equal(t, "Support › Gift cards", gifts.Path)
	require.EqualValues(t, 1, gifts.Position)
	require.Equal(t, gen.QueueKeywords{"es": {"regalo"}}, gifts.LangKeywords)
	h.Text(t, webtest.Marisol, webtest.Support, "Hi")
	require.Equal(t, "Please reply with a number:\n1. Returns\n2. Gift cards\n3. Orders",
		webtest.One[string](t, h.House, "select body from messages where kind = 'menu' order by id desc limit 1"), "menus see it at once")

	path := fmt.Sprint("/queues/", gifts.Id)
	gets[gen.Queue](t, 200, ida.ask("PATCH", path, map[string]any{"name": "Vouchers", "hidden": true, "keywords": []string{}}))
	told()
	require.Equal(t, "queue.changed Gift cards by ida", h.audited(t))
	require.JSONEq(t, `{"name":"Vouchers","names":{"es":"Tarjetas"},"lang_keywords":{"es":["regalo"]},"channel":"sms","lang":"en","parent_id":1,"hidden":true}`,
		strings.Replace(webtest.One[string](t, h.House, "select after::text from audit_log order by id desc limit 1"), fmt.Sprint(`"parent_id": `, support), `"parent_id": 1`, 1))
	h.Text(t, webtest.Marisol, webtest.Support, "9")
	require.Contains(t, webtest.One[string](t, h.House, "select body from messages where kind = 'invalid_choice'"), "1. Returns\n2. Orders")

	lines := webtest.One[int](t, h.House, "select count(*)::int from audit_log")
	gets[gen.Queue](t, 200, ida.ask("PATCH", path, map[string]any{"name": "Vouchers"}))
	require.Equal(t, lines, webtest.One[int](t, h.House, "select count(*)::int from audit_log"), "what changes nothing leaves no trace")

	require.Equal(t, 204, ida.ask("POST", "/queues/order", map[string]any{"parent_id": support, "queue_ids": []any{orders, gifts.Id, returns}}).StatusCode)
	told()
	require.Equal(t, "queue.reordered Support by ida", h.audited(t))
	moved := gets[gen.Queue](t, 200, ida.ask("POST", path+"/move", map[string]any{"position": 0}))
	told()
	require.Nil(t, moved.ParentId)
	require.Equal(t, "queue.moved Vouchers by ida", h.audited(t))
	require.Equal(t, []string{"sms Vouchers (hidden)", "sms Support", "sms Support › Orders", "sms Support › Returns", "sms Sales"}, tree(t, ida, ""))

	top := gets[gen.Queue](t, 201, ida.ask("POST", "/queues", map[string]any{"channel": "ivr", "lang": "fr", "name": "Appels"}))
	require.Equal(t, "fr", top.Lang)
	copied := gets[gen.Queue](t, 201, ida.ask("POST", fmt.Sprint("/queues/", support, "/copy"), map[string]any{"channel": "ivr", "parent_id": top.Id, "copy_agents": true}))
	require.Equal(t, "queue.copied Support by ida", h.audited(t))
	require.Equal(t, "fr", copied.Lang)
	require.Equal(t, []string{"ivr Appels", "ivr Appels › Support", "ivr Appels › Support › Orders", "ivr Appels › Support › Returns"}, tree(t, ida, "?channel=ivr"))
	require.Equal(t, 2, webtest.One[int](t, h.House, `select count(*)::int from queue_agents a join queues q on q.id = a.queue_id
		where q.name = 'Returns' and q.channel = 'ivr'`))
}

func TestACopyKnowsWhatBothChannelsKnow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	path := fmt.Sprint("/queues/", h.Queue)
	gets[any](t, 200, ida.ask("PUT", path+"/settings", map[string]any{"values": map[string]any{
		"queue_priority": 7, "chat_timeout": 60, "text.greeting.en": "Hello",
	}}))
	gets[gen.Queue](t, 201, ida.ask("POST", path+"/copy", map[string]any{"channel": "ivr"}))
	require.Equal(t, "queue_priority 7", webtest.One[string](t, h.House, `select string_agg(s.key || ' ' || s.value::text, ',') from settings s
		join queues q on q.id = s.queue_id where q.channel = 'ivr'`))
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from queue_agents a join queues q on q.id = a.queue_id where q.channel = 'ivr'"))
}

// A queue's name, words and settings are saved together: all of them, or nothing and the field at fault.
func TestAQueueIsSavedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	path := fmt.Sprint("/queues/", h.Queue)
	lines := func() string {
		return webtest.One[string](t, h.House, "select coalesce(string_agg(action || ' ' || subject, ', ' order by id), '') from audit_log where action like 'queue.%' or action like 'setting.%'")
	}
	is := func() string {
		return webtest.One[string](t, h.House, `select concat_ws(' ', q.name, array_to_string(keywords, ','), (select string_agg(s.key || '=' || s.value::text, ',' order by key) from settings s
			where s.queue_id = q.id)) from queues q where q.id = $1`, h.Queue)
	}
	before, stored := is(), h.Stored(t)
	was := stored()
	for _, c := range []struct {
		change map[string]any
		status int
		code   string
		field  string
	}{
		{map[string]any{"name": "Gifts", "settings": map[string]any{"chat_timeout": 99999}}, 400, "invalid_request", "chat_timeout"},
		{map[string]any{"name": "Gifts", "settings": map[string]any{"chat_timeout": 240, "sms_chat_enabled": false}}, 400, "invalid_request", "sms_chat_enabled"},
		{map[string]any{"name": "Gifts", "settings": map[string]any{"dismissal": 300, "chat_timeout": 240}}, 400, "invalid_request", "dismissal"},
		{map[string]any{"name": "Gifts", "settings": map[string]any{"text.greeting.en": "Hi @{FIRST_NAME}"}}, 400, "invalid_request", "text.greeting.en"},
		{map[string]any{"keywords": []string{"STOP"}, "settings": map[string]any{"chat_timeout": 240}}, 400, "invalid_request", "keywords"},
		{map[string]any{"settings": map[string]any{"no_such": 1}}, 400, "invalid_request", "no_such"},
	} {
		got := refused(t, c.status, c.code, ida.ask("PATCH", path, c.change))
		require.Equal(t, c.field, got.Field, got.Message)
		require.Equal(t, before, is())
		require.Equal(t, was, stored(), "a refusal changed something")
	}

	gets[gen.Queue](t, 200, ida.ask("PATCH", path, map[string]any{"name": "Gifts", "keywords": []string{"gift"}, "settings": map[string]any{"chat_timeout": 240, "offer_mode": "deltacast"}}))
	require.Equal(t, `Gifts gift chat_timeout=240,offer_mode="deltacast"`, is())
	require.Equal(t, "setting.changed chat_timeout (Gifts), setting.changed offer_mode (Gifts), queue.changed Sales", lines())
	gets[gen.Queue](t, 200, ida.ask("PATCH", path, map[string]any{"settings": map[string]any{"chat_timeout": nil}}))
	require.Equal(t, `Gifts gift offer_mode="deltacast"`, is())
	require.Contains(t, lines(), "queue.changed Sales, setting.reset chat_timeout (Gifts)", "only its settings: the queue has no line")
}

func TestAQueueSaysWhereItsSettingsComeFrom(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	all := gets[[]gen.Queue](t, 200, ida.ask("GET", "/queues", nil))
	gets[any](t, 200, ida.ask("PUT", fmt.Sprint("/queues/", all[0].Id, "/settings"), map[string]any{"values": map[string]any{"chat_timeout": 60}}))
	detail := gets[gen.QueueDetail](t, 200, ida.ask("GET", fmt.Sprint("/queues/", all[1].Id), nil))
	require.Equal(t, all[1], detail.Queue)
	sources := map[string]string{}
	for _, s := range *detail.Settings {
		sources[s.Key] = string(s.Source)
		if s.Key == "chat_timeout" {
			require.Equal(t, all[0].Id, s.Queue.Id)
			require.EqualValues(t, 60, s.Value.MustGet())
		}
	}
	require.Equal(t, "queue", sources["chat_timeout"])
	require.Equal(t, "default", sources["dismissal"])
	require.Nil(t, gets[gen.QueueDetail](t, 200, h.browser(t, h.Ann).ask("GET", fmt.Sprint("/queues/", all[1].Id), nil)).Settings)
}

func TestAQueueIsDeletedWithASubstitute(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Theo, webtest.Sales, "Hi")
	all := gets[[]gen.Queue](t, 200, ida.ask("GET", "/queues", nil))
	require.EqualValues(t, []int32{1, 1, 2}, []int32{all[3].Waiting, all[3].Assigned, all[3].Agents})
	path := fmt.Sprint("/queues/", h.Queue, "/delete")
	require.Equal(t, "numbers", refused(t, 409, "conflict", ida.ask("POST", path, map[string]any{"substitute_id": all[1].Id})).Field)
	require.Equal(t, "numbers", refused(t, 400, "invalid_request", ida.ask("POST", path, map[string]any{"numbers": "substitute"})).Field)
	require.Equal(t, "substitute_id", refused(t, 400, "invalid_request", ida.ask("POST", path, map[string]any{"substitute_id": all[0].Id, "numbers": "unassign"})).Field)
	require.Len(t, tree(t, ida, ""), 4, "what is refused changes nothing")

	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // Bob sits at his desk
		_, err := tx.Exec(ctx, "insert into presence (tenant_id, user_id, socket_id, node_id) values ($1, $2, gen_random_uuid(), 1)", h.Tenant, h.Bob.ID)
		return err
	})
	require.Equal(t, 204, ida.ask("POST", path, map[string]any{"substitute_id": all[1].Id, "numbers": "substitute"}).StatusCode)
	require.Equal(t, "queue.deleted Sales by ida", h.audited(t))
	all = gets[[]gen.Queue](t, 200, ida.ask("GET", "/queues", nil))
	require.Len(t, all, 3)
	require.EqualValues(t, []int32{1, 1}, []int32{all[1].Waiting, all[1].Assigned})
	require.Equal(t, "assigned", webtest.One[string](t, h.House, "select status from chats where id = $1", of))
	require.Eventually(t, func() bool { // whoever serves the substitute is offered what waits
		return webtest.One[int](t, h.House, `select count(*)::int from offers o join chats c on c.id = o.chat_id
			where c.status = 'queued' and c.queue_id = $1`, all[1].Id) > 0
	}, 10*time.Second, 10*time.Millisecond)
	refused(t, 404, "not_found", ida.ask("GET", fmt.Sprint("/queues/", h.Queue), nil))
	refused(t, 404, "not_found", ida.ask("POST", path, map[string]any{}))
}

func TestAPreviewCountsSegments(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	path := fmt.Sprint("/queues/", h.Queue, "/preview")
	p := gets[gen.QueuePreview](t, 200, h.browser(t, h.Ann).ask("GET", path+"?lang=es", nil))
	require.Equal(t, "es", p.Lang)
	require.EqualValues(t, "queued", *p.Status)
	require.Contains(t, p.Texts[0].Text, "Le damos la bienvenida a Fernhill")
	p = gets[gen.QueuePreview](t, 200, ida.ask("POST", path, map[string]any{"settings": map[string]any{"text.greeting.en": strings.Repeat("é", 161) + "✓"}}))
	require.EqualValues(t, "UCS-2", p.Texts[0].Encoding)
	require.EqualValues(t, 162, p.Texts[0].Characters)
	require.EqualValues(t, 3, p.Texts[0].Segments)
	closed := map[string]any{"hours": map[string]any{"weekly": map[string]any{"mon": []any{map[string]string{"from": "09:00", "to": "17:00"}}}}}
	p = gets[gen.QueuePreview](t, 200, ida.ask("POST", path, map[string]any{"settings": closed, "at": "2026-03-02T18:00:00Z"}))
	require.Equal(t, "after_hours", p.Texts[len(p.Texts)-1].Kind)
	p = gets[gen.QueuePreview](t, 200, ida.ask("POST", path, map[string]any{"settings": closed, "at": "2026-03-02T12:00:00Z"}))
	require.NotEqual(t, "after_hours", p.Texts[len(p.Texts)-1].Kind)
	require.Equal(t, "text.greeting.en", refused(t, 400, "invalid_request",
		ida.ask("POST", path, map[string]any{"settings": map[string]any{"text.greeting.en": "@{NOPE}"}})).Field)
	refused(t, 400, "invalid_request", ida.ask("GET", path+"?lang=spanish", nil))
	gets[any](t, 200, ida.ask("PUT", "/settings", map[string]any{"values": map[string]any{"sms_chat_enabled": false}}))
	off := gets[gen.QueuePreview](t, 200, ida.ask("GET", path, nil))
	require.Nil(t, off.Status)
	require.Empty(t, off.Texts)
}

func TestWhatATreeRefusesNamesTheField(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ida := h.ida(t)
	of := fmt.Sprint("/queues/", h.Queue)
	for _, c := range []struct {
		method, path string
		body         map[string]any
		status       int
		field        string
	}{
		{"POST", "/queues", map[string]any{"name": "A"}, 400, "channel"},
		{"POST", "/queues", map[string]any{"name": "A", "parent_id": 999999}, 400, "parent_id"},
		{"POST", "/queues", map[string]any{"name": "A", "parent_id": h.Queue}, 409, "parent_id"},
		{"POST", "/queues", map[string]any{"name": "support", "channel": "sms"}, 409, "name"},
		{"POST", "/queues", map[string]any{"name": " ", "channel": "sms"}, 400, "name"},
		{"POST", "/queues", map[string]any{"name": "A", "channel": "sms", "keywords": []string{"STOP"}}, 400, "keywords"},
		{"POST", "/queues", map[string]any{"name": "A", "channel": "sms", "lang": "english"}, 400, "lang"},
		{"PATCH", of, map[string]any{}, 400, ""},
		{"PATCH", of, map[string]any{"names": map[string]string{"es": "AYUDA"}}, 400, "names.es"},
		{"POST", of + "/move", map[string]any{"parent_id": h.Queue}, 400, "parent_id"},
		{"POST", of + "/copy", map[string]any{"channel": "sms"}, 409, "name"},
		{"POST", "/queues/order", map[string]any{"channel": "sms", "queue_ids": []any{h.Queue}}, 400, "queue_ids"},
		{"POST", "/queues/order", map[string]any{"queue_ids": []any{h.Queue}}, 400, "parent_id"},
		{"PATCH", "/queues/999999", map[string]any{"hidden": true}, 404, ""},
	} {
		code := map[int]string{400: "invalid_request", 404: "not_found", 409: "conflict"}[c.status]
		require.Equal(t, c.field, refused(t, c.status, code, ida.ask(c.method, c.path, c.body)).Field, "%s %s %v", c.method, c.path, c.body)
	}
	require.Len(t, tree(t, ida, ""), 4)
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log where action like 'queue.%'"))
}
