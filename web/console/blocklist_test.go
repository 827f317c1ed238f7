package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/phone"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

func TestABlockedNumbersTextsAreStoredAndDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	audits := h.audits(t)
	audits()
	last := func() string {
		return webtest.One[string](t, h.House, "select disposition from messages where direction = 'in' order by id desc limit 1")
	}
	made := gets[gen.Block](t, 201, b.ask("POST", "/blocklist", map[string]any{"address": "+1 (415) 555-0142", "reason": " Threats "}))
	require.Equal(t, webtest.Marisol, made.Address)
	require.Equal(t, "Threats", made.Reason)
	require.NotNil(t, made.CreatedBy)
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	require.Equal(t, "blocked", last())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from chats"))
	refusedField(t, 409, "address", "on the blocklist already", b.ask("POST", "/blocklist", map[string]any{"address": webtest.Marisol}))
	require.Equal(t, 204, b.ask("DELETE", fmt.Sprintf("/blocklist/%d", made.Id), nil).StatusCode)
	refusedField(t, 404, "block_id", "no such entry", b.ask("DELETE", fmt.Sprintf("/blocklist/%d", made.Id), nil))
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	require.Empty(t, last())
	require.Equal(t, []string{"blocklist.added", "blocklist.removed"}, audits())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log a where a::text like '%0142%' and a::text like '%415555%'"), "the log keeps no whole number")
}

func TestANumberToBlockHasItsCountryCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	for address, says := range map[string]string{
		"4155550142": "country code", "0049 30 901820": "country code", "+1415555014": "not a valid phone number", "+49 30 ABC": "no letters", " ": "missing",
	} {
		refusedField(t, 400, "address", says, b.ask("POST", "/blocklist", map[string]any{"address": address}))
	}
	require.Equal(t, "reason", refused(t, 400, "invalid_request", b.ask("POST", "/blocklist", map[string]any{"address": webtest.Theo, "reason": strings.Repeat("x", 201)})).Field)
	require.Equal(t, 201, b.ask("POST", "/blocklist", map[string]any{"address": webtest.Theo, "reason": strings.Repeat("é", 200)}).StatusCode)
	require.Equal(t, 201, b.ask("POST", "/blocklist", map[string]any{"address": "+49 30 901820"}).StatusCode)
	for _, who := range []*browser{h.browser(t, h.Mia), h.browser(t, h.Ann)} {
		refused(t, 403, "forbidden", who.ask("GET", "/blocklist", nil))
	}
}

func TestTheBlocklistIsReadInPagesAndSearched(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	var file strings.Builder
	for i, e := range phone.Examples(7) {
		fmt.Fprintf(&file, "%s,Reason %d\n", e, i)
	}
	in := gets[gen.BlockImport](t, 200, b.ask("POST", "/blocklist/import", map[string]any{"csv": file.String()}))
	require.EqualValues(t, 7, in.Added)
	var seen []string
	next := ""
	for pages := 1; ; pages++ {
		page := gets[gen.BlockPage](t, 200, b.ask("GET", "/blocklist?limit=3"+next, nil))
		require.EqualValues(t, 7, page.Total)
		for _, e := range page.Blocks {
			seen = append(seen, e.Reason)
		}
		if page.NextBefore == nil {
			require.Equal(t, 3, pages)
			break
		}
		next = fmt.Sprint("&before=", *page.NextBefore)
	}
	require.Equal(t, []string{"Reason 6", "Reason 5", "Reason 4", "Reason 3", "Reason 2", "Reason 1", "Reason 0"}, seen)
	for search, want := range map[string]int{"0103": 1, "555": 7, "reason%204": 1, "%25": 0, "_": 0, "nobody": 0, "%2B1415": 7} {
		page := gets[gen.BlockPage](t, 200, b.ask("GET", "/blocklist?search="+search, nil))
		require.Len(t, page.Blocks, want, search)
	}
	require.Equal(t, "search", refused(t, 400, "invalid_request", b.ask("GET", "/blocklist?search=%00", nil)).Field)
	require.Equal(t, "limit", refused(t, 400, "invalid_request", b.ask("GET", "/blocklist?limit=201", nil)).Field)
	gets[gen.BlockPage](t, 200, b.ask("GET", "/blocklist?limit=200", nil))
}

func TestAFileOfNumbersToBlockIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	put := func(file string) answer { return b.ask("POST", "/blocklist/import", map[string]any{"csv": file}) }
	for file, says := range map[string]string{
		"address,reason\n+14155550142,a\n4155550143,b\n": "line 3: a number to block needs its country code",
		"+14155550142,a,b,c\n":                           "line 1: the columns are",
		"+14155550142\n\"+1415":                          "is not CSV",
		"\n\n+14155550142," + strings.Repeat("x", 201):   "line 3: a reason has at most 200 characters",
		"address\n":  "names no number",
		"\ufeff\n\n": "names no number",
		strings.Repeat("+14155550142\n", carrier.MostBlocks+1): "at most 20000 numbers",
	} {
		refusedField(t, 400, "csv", says, put(file))
	}
	require.Equal(t, "csv", refused(t, 400, "invalid_request", put("")).Field)
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from blocklist"))

	audits := h.audits(t)
	audits()
	in := gets[gen.BlockImport](t, 200, put("\ufeffPhone Number,Reason\r\n+1 415 555 0142,\"=2+2, he said\"\r\n+14155550143\r\n+1-415-555-0142,again\r\n"))
	require.EqualValues(t, 2, in.Added)
	require.Equal(t, []int32{4}, in.DuplicateLines)
	in = gets[gen.BlockImport](t, 200, put("+14155550144,new\n+14155550143,listed\n"))
	require.EqualValues(t, 1, in.Added)
	require.Equal(t, []int32{2}, in.DuplicateLines)
	require.Equal(t, []string{"blocklist.imported", "blocklist.imported"}, audits())

	a := b.ask("GET", "/blocklist.csv", nil)
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, `attachment; filename="blocklist.csv"`, a.Header.Get("Content-Disposition"))
	require.Contains(t, string(a.body), "\n+14155550142,\"'=2+2, he said\",")
	h.exec(t, "delete from blocklist")
	back := gets[gen.BlockImport](t, 200, put(string(a.body)))
	require.EqualValues(t, 3, back.Added)
	require.Equal(t, "=2+2, he said", webtest.One[string](t, h.House, "select reason from blocklist where address = $1", webtest.Marisol))
}
