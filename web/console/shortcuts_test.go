package console_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

func listed(t testing.TB, b *browser, query string) (out []string) {
	t.Helper()
	for _, s := range gets[gen.ShortcutList](t, 200, b.ask("GET", "/shortcuts"+query, nil)).Shortcuts {
		out = append(out, s.Keyword+": "+s.Ready.Text)
	}
	return out
}

func TestShortcutsAreReadyForTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann, mia := h.browser(t, h.Ann), h.browser(t, h.Mia)
	require.Empty(t, listed(t, ann, ""))
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	support := webtest.One[int64](t, h.House, "select id from queues where name = 'Support'")
	add := func(body map[string]any) gen.Shortcut {
		return gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", body))
	}
	hello := add(map[string]any{"keyword": "Hello", "category": "Start", "text": " Hi @{CUSTOMER_NAME}, @{AGENT_NAME} of @{COMPANY_NAME} (@{QUEUE_NAME}). "})
	require.Equal(t, []any{"en", "Start", false}, []any{hello.Lang, hello.Category, hello.OptIn})
	add(map[string]any{"keyword": "own", "text": "For Sales", "queue_id": h.Queue})
	below := add(map[string]any{"keyword": "below", "text": "For Support", "queue_id": support})
	require.Equal(t, "Support", below.Queue.Path)

	require.Equal(t, []string{
		"below: For Support", "own: For Sales", "Hello: Hi @{CUSTOMER_NAME}, Ann of Fernhill (@{QUEUE_NAME}).",
	}, listed(t, ann, ""))
	require.Equal(t, []string{"own: For Sales", "Hello: Hi Customer, Ann of Fernhill (Sales)."}, listed(t, ann, fmt.Sprint("?chat_id=", of)))
	returns := webtest.One[int64](t, h.House, "select id from queues where name = 'Returns'")
	require.Equal(t, []string{"below: For Support", "Hello: Hi @{CUSTOMER_NAME}, Mia of Fernhill (Returns)."}, listed(t, mia, fmt.Sprint("?queue_id=", returns)))
	require.Equal(t, map[string]string{"AGENT_NAME": "Ann", "COMPANY_NAME": "Fernhill"}, gets[gen.ShortcutList](t, 200, ann.ask("GET", "/shortcuts", nil)).Values)
	require.Equal(t, map[string]string{"AGENT_NAME": "Ann", "COMPANY_NAME": "Fernhill", "CUSTOMER_NAME": "Customer", "QUEUE_NAME": "Sales"},
		gets[gen.ShortcutList](t, 200, ann.ask("GET", fmt.Sprint("/shortcuts?chat_id=", of), nil)).Values)
	refused(t, 404, "not_found", h.browser(t, h.Bob).ask("GET", fmt.Sprint("/shortcuts?chat_id=", of), nil))
	require.EqualValues(t, 1, gets[gen.ShortcutList](t, 200, ann.ask("GET", "/shortcuts", nil)).Shortcuts[0].Ready.Segments)

	path := fmt.Sprint("/shortcuts/", hello.Id)
	moved := gets[gen.Shortcut](t, 200, mia.ask("PUT", path, map[string]any{"keyword": "HELLO", "lang": "es", "text": "Hola"}))
	require.Equal(t, []any{"HELLO", "es", ""}, []any{moved.Keyword, moved.Lang, moved.Category})
	gets[gen.Shortcut](t, 200, mia.ask("PUT", path, map[string]any{"keyword": "HELLO", "lang": "es", "text": "Hola"}))
	require.Equal(t, 204, mia.ask("DELETE", path, nil).StatusCode)
	refused(t, 404, "not_found", mia.ask("DELETE", path, nil))
	refused(t, 404, "not_found", mia.ask("PUT", path, map[string]any{"keyword": "x", "text": "x"}))
	require.Equal(t, "created changed deleted", webtest.One[string](t, h.House,
		"select string_agg(split_part(action, '.', 2), ' ' order by id) from audit_log where subject_id = $1", hello.Id))
}

func TestAShortcutOfAQueueThatIsGoneIsShownAndOfferedToNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	of := h.newQueue(t)
	gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": "gone", "text": "x", "queue_id": of}))
	h.exec(t, "update queues set deleted_at = now() where name = 'Repairs'")
	h.exec(t, "update tenants set settings_version = settings_version + 1")
	h.Chats.Forget(h.Tenant)
	shown := gets[gen.ShortcutList](t, 200, mia.ask("GET", "/shortcuts", nil)).Shortcuts
	require.Equal(t, gen.QueueRef{Id: of, Path: "Repairs"}, *shown[0].Queue)
	require.Empty(t, listed(t, mia, fmt.Sprint("?queue_id=", h.Queue)))
	lines := strings.Split(strings.TrimSpace(string(mia.ask("GET", "/shortcuts.csv", nil).body)), "\n")
	require.Len(t, lines, 1)
	require.Equal(t, "queue_id", refused(t, 400, "invalid_request",
		mia.ask("PUT", fmt.Sprint("/shortcuts/", shown[0].Id), map[string]any{"keyword": "gone", "text": "y", "queue_id": of})).Field)
	require.Equal(t, 204, mia.ask("DELETE", fmt.Sprint("/shortcuts/", shown[0].Id), nil).StatusCode)
}

func TestAShortcutThatDoesNotFitIsRefusedByField(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	long := func(n int) string { return strings.Repeat("x", n) }
	gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": "straße", "text": long(1600), "category": long(40)}))
	gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": long(40), "text": "x"}))
	gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": "STRASSE", "lang": "de-AT", "text": "x"}))
	for _, c := range []struct {
		body   map[string]any
		status int
		field  string
	}{
		{map[string]any{"keyword": "STRASSE", "text": "x"}, 409, "keyword"},
		{map[string]any{"keyword": "", "text": "x"}, 400, "keyword"},
		{map[string]any{"keyword": long(41), "text": "x"}, 400, "keyword"},
		{map[string]any{"keyword": "two words", "text": "x"}, 400, "keyword"},
		{map[string]any{"keyword": "a/b", "text": "x"}, 400, "keyword"},
		{map[string]any{"keyword": "a", "text": " "}, 400, "text"},
		{map[string]any{"keyword": "a", "text": long(1601)}, 400, "text"},
		{map[string]any{"keyword": "a", "text": "Hi @{END_USER}"}, 400, "text"},
		{map[string]any{"keyword": "a", "text": "Hi @{CUSTOMER_NAME"}, 400, "text"},
		{map[string]any{"keyword": "a", "text": "x", "category": long(41)}, 400, "category"},
		{map[string]any{"keyword": "a", "text": "x", "category": "a\nb"}, 400, "category"},
		{map[string]any{"keyword": "a", "text": "x", "lang": "xx-x"}, 400, "lang"},
		{map[string]any{"keyword": "a", "text": "x", "queue_id": 999}, 400, "queue_id"},
		{map[string]any{"keyword": "a", "text": "x", "opt_in": "yes"}, 400, "opt_in"},
	} {
		code := map[int]string{400: "invalid_request", 409: "conflict"}[c.status]
		require.Equal(t, c.field, refused(t, c.status, code, mia.ask("POST", "/shortcuts", c.body)).Field, "%v", c.body)
	}
	refused(t, 403, "forbidden", h.browser(t, h.Ann).ask("POST", "/shortcuts", map[string]any{"keyword": "a", "text": "x"}))
	require.Equal(t, 3, webtest.One[int](t, h.House, "select count(*)::int from shortcuts"))
}

func TestAnOptInShortcutAlwaysExists(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	other, err := tenant.Create(t.Context(), h.DB, "other", "Other")
	require.NoError(t, err)
	h.Tenant = other.ID // a tenant as they are made
	h.Mia = h.hire(t, other.ID, tenant.RoleManager, "Mo")
	mia := h.browser(t, h.Mia)
	list := gets[gen.ShortcutList](t, 200, mia.ask("GET", "/shortcuts", nil))
	require.Len(t, list.Shortcuts, 1)
	first := list.Shortcuts[0]
	require.True(t, first.OptIn)
	require.Equal(t, "This is Mo from Other. May we text you about your request? Msg & data rates may apply. Reply HELP for help, STOP to opt out.", first.Ready.Text)

	path := fmt.Sprint("/shortcuts/", first.Id)
	unflagged := map[string]any{"keyword": first.Keyword, "text": first.Text}
	require.Equal(t, "opt_in", refused(t, 409, "conflict", mia.ask("DELETE", path, nil)).Field)
	require.Equal(t, "opt_in", refused(t, 409, "conflict", mia.ask("PUT", path, unflagged)).Field)
	refused(t, 409, "conflict", mia.ask("POST", "/shortcut-imports", map[string]any{"csv": "keyword,text,opt_in\nopt-in,Hi,no\n"}))
	gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": "keyword,text,opt_in\nopt-in,Hi,no\nnew,Hi,yes\n"}))

	second := gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": "again", "text": "Hi", "opt_in": true}))
	third := webtest.One[int64](t, h.House, "select id from shortcuts where keyword = 'new'")
	var both sync.WaitGroup // of two who delete the last two at once, one is refused
	status := [2]int{}
	for i, of := range []any{second.Id, third} {
		both.Go(func() { status[i] = mia.ask("DELETE", fmt.Sprint("/shortcuts/", of), nil).StatusCode })
	}
	both.Wait()
	require.ElementsMatch(t, []int{204, 409}, status[:])
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from shortcuts where opt_in"))
}

func TestShortcutsGoOutAndComeBackAsCSV(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	support := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Returns'")
	for i, text := range []string{"=1+1", "'=1+1", "'tis said", "+1 202 555 0100", "-5 %", "@you", "＝1", "a, \"b\"\nc", "ünï🙂"} {
		gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{
			"keyword": fmt.Sprint("k", i), "category": text[:1], "text": text, "queue_id": support, "opt_in": i == 3,
		}))
	}
	a := mia.ask("GET", "/shortcuts.csv", nil)
	require.Equal(t, `attachment; filename="shortcuts.csv"`, a.Header.Get("Content-Disposition"))
	lines, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"lang", "keyword", "category", "text", "opt_in", "queue", "uses_30_days", "uses_total"}, lines[0])
	for _, l := range lines[1:] {
		for _, cell := range l {
			require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r"), "a spreadsheet would calculate %q", cell)
		}
	}
	before := h.Stored(t)()
	for range 2 {
		done := gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": string(a.body)}))
		require.Equal(t, gen.ShortcutImported{Unchanged: 9}, done)
	}
	require.Equal(t, before, h.Stored(t)())
	done := gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": "\uFEFFText,KEYWORD\r\nnew,K1\r\nmore,zwölf\r\n"}))
	require.Equal(t, gen.ShortcutImported{Added: 1, Changed: 1}, done)
	require.Equal(t, "new", webtest.One[string](t, h.House, "select body from shortcuts where folded = 'k1'"))
	require.Equal(t, "Mia shortcut.changed '=1+1 new", webtest.One[string](t, h.House, `select concat_ws(' ', u.name, action, before ->> 'text', after ->> 'text')
		from audit_log a join users u on u.id = a.user_id where action = 'shortcut.changed'`))
}

func TestItIsShownHowOftenAShortcutWasSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	of := map[string]int64{}
	for _, keyword := range []string{"often", "once", "never"} {
		of[keyword] = gets[gen.Shortcut](t, 201, mia.ask("POST", "/shortcuts", map[string]any{"keyword": keyword, "text": "x"})).Id
	}
	h.exec(t, `insert into shortcut_uses (tenant_id, shortcut_id, day, uses)
		select tenant_id, id, (now() at time zone 'UTC')::date - ago, n
		from shortcuts cross join (values ('often', 0, 3), ('often', 29, 4), ('often', 30, 5), ('once', 400, 1)) u (word, ago, n) where keyword = word`)
	uses := func(query string) map[string]*gen.ShortcutUses {
		out := map[string]*gen.ShortcutUses{}
		for _, s := range gets[gen.ShortcutList](t, 200, mia.ask("GET", "/shortcuts"+query, nil)).Shortcuts {
			out[s.Keyword] = s.Uses
		}
		return out
	}
	require.Equal(t, map[string]*gen.ShortcutUses{"often": {Month: 7, Total: 12}, "once": {Month: 0, Total: 1}, "never": {}}, uses("?uses=true"))
	require.Equal(t, map[string]*gen.ShortcutUses{"often": nil, "once": nil, "never": nil}, uses(""), "the desk has no need of it")

	file := string(mia.ask("GET", "/shortcuts.csv", nil).body)
	require.Contains(t, file, "en,often,,x,false,,7,12\n")
	require.Contains(t, file, "en,never,,x,false,,0,0\n")
	file = strings.ReplaceAll(file, ",7,12", ",many,-1") // it is for reading
	require.Equal(t, gen.ShortcutImported{Unchanged: 3}, gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": file})))
	require.EqualValues(t, 12, uses("?uses=true")["often"].Total)

	require.Equal(t, 204, mia.ask("DELETE", fmt.Sprint("/shortcuts/", of["often"]), nil).StatusCode)
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from shortcut_uses"), "its count goes with it")
}

func TestAFileWithAFaultChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	stored := h.Stored(t)
	before := stored()
	try := func(text string) gen.ShortcutImportRefusal {
		t.Helper()
		r := gets[gen.ShortcutImportRefusal](t, 400, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": text}))
		require.Equal(t, []any{"csv", "invalid_request"}, []any{*r.Field, r.Code})
		require.Equal(t, before, stored())
		return r
	}
	places := func(text string) (out []string) {
		for _, p := range *try(text).Problems {
			out = append(out, fmt.Sprintf("%d %s", p.Line, p.Column))
		}
		return out
	}
	require.Equal(t, []string{"1 line"}, places(""))
	require.Equal(t, []string{"1 column 2", "1 text", "1 keyword"}, places("text,colour,TEXT\n"))
	require.Equal(t, []string{"1 keyword", "1 text"}, places("lang\nen\n"))
	require.Equal(t, []string{"3 line"}, places("keyword,text\na,b\n\"c,d\n"))
	require.Equal(t, []string{"4 keyword", "5 text", "6 lang", "7 opt_in", "8 queue", "9 column 6", "11 keyword", "12 text"},
		places("keyword,text,lang,opt_in,queue\n"+
			"ok,\"two\nlines\"\n"+
			"a b,x\nc,\nd,x,english\ne,x,en,perhaps\nf,x,en,no,Nowhere\ng,x,en,no,,more\n"+
			"fine,x,fr,yes,Support › Returns\nOK,x\nh,@{NO}\n"))
	require.Equal(t, "Line 2, text: a shortcut has a text", try("keyword,text\na\n").Message)
}

func TestAFileHas5000LinesAtMost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	var b strings.Builder
	b.WriteString("keyword,text\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "k%d,x\n", i)
	}
	r := gets[gen.ShortcutImportRefusal](t, 400, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": b.String() + "more,x\n"}))
	require.Contains(t, r.Message, "5000 lines")
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from shortcuts"))
	done := gets[gen.ShortcutImported](t, 200, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": b.String()}))
	require.EqualValues(t, 5000, done.Added)
	require.Equal(t, 5000, webtest.One[int](t, h.House, "select count(*)::int from audit_log where action = 'shortcut.created' and subject_id > 0"))
	bad := "keyword,text\n" + strings.Repeat("no no,x\n", 5000)
	require.Len(t, *gets[gen.ShortcutImportRefusal](t, 400, mia.ask("POST", "/shortcut-imports", map[string]any{"csv": bad})).Problems, 100)
}
