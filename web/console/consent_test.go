package console_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// stop writes opt-outs as a consumer's word would.
func (h *house) stop(t testing.TB, lines ...carrier.Consent) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for i := range lines {
			if lines[i].At.IsZero() {
				lines[i].At = time.Now()
			}
		}
		b := &pgx.Batch{}
		carrier.QueueOptOut(b, h.Tenant, lines)
		return tx.SendBatch(ctx, b).Close()
	})
}

func ledger(t testing.TB, b *browser, query string) (out []string) {
	t.Helper()
	for _, l := range gets[gen.ConsentPage](t, 200, b.ask("GET", "/consent"+query, nil)).Lines {
		out = append(out, fmt.Sprintf("%s %s %s", l.Address, l.Action, l.Source))
	}
	return out
}

func TestTheConsentLedgerIsReadInPagesByAnyFilter(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.browser(t, h.Mia)
	day := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	people := phone.Examples(6)
	number := webtest.One[int64](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	var lines []carrier.Consent
	for i, e := range people {
		lines = append(lines, carrier.Consent{
			Address: string(e), Source: []string{carrier.ByKeyword, carrier.ByCarrier}[i%2], Word: "STOP", Number: id.Number(number), At: day.AddDate(0, 0, -i),
			TextShown: "=You are out", Evidence: `{"ip":"192.0.2.1"}`, ProviderID: "SM1",
		})
	}
	h.stop(t, lines...)
	var seen []string
	for next, pages := "", 1; ; pages++ {
		page := gets[gen.ConsentPage](t, 200, b.ask("GET", "/consent?limit=2"+next, nil))
		for _, l := range page.Lines {
			seen = append(seen, l.Address)
			require.Equal(t, "192.0.2.1", l.Evidence["ip"])
			require.Equal(t, webtest.Sales, l.Number.Address)
		}
		if page.Next == nil {
			require.Equal(t, 3, pages)
			break
		}
		next = "&cursor=" + *page.Next
	}
	require.Len(t, seen, 6)
	require.Equal(t, string(people[0]), seen[0])
	require.Equal(t, string(people[5]), seen[5])
	for query, want := range map[string]int{
		"?source=carrier": 3, "?action=opt_out": 6, "?action=opt_in": 0, "?address=" + strings.Replace(string(people[2]), "+", "%2B", 1): 1,
		"?address=(415)%20555": 6, "?address=%25": 0, "?from=2026-11-19T12:00:00Z": 2, "?to=2026-11-19T12:00:00Z": 4,
		"?from=2026-11-17T12:00:00Z&to=2026-11-19T12:00:00Z&source=keyword": 1,
	} {
		require.Len(t, ledger(t, b, query), want, query)
	}
	refusedField(t, 400, "to", "later than from", b.ask("GET", "/consent?from=2026-11-19T12:00:00Z&to=2026-11-19T12:00:00Z", nil))
	refusedField(t, 400, "cursor", "did not come from here", b.ask("GET", "/consent?cursor=1-0", nil))

	file, err := csv.NewReader(strings.NewReader(string(b.ask("GET", "/consent.csv?source=carrier", nil).body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, file, 4)
	require.Equal(t, "'"+string(people[1]), file[1][1])
	require.Equal(t, "'=You are out", file[1][9], "no spreadsheet takes it for a formula")
}

func TestAnAdminPutsANumberOnTheListAsStopWould(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b, mia := h.admin(t), h.browser(t, h.Mia)
	audits := h.audits(t)
	audits()
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	_, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "c1", "On its way")
	require.NoError(t, err)

	refusedField(t, 400, "reason", "say why", b.ask("POST", "/do-not-contact", map[string]any{"address": webtest.Marisol, "reason": "  "}))
	refusedField(t, 400, "reason", "at most 200", b.ask("POST", "/do-not-contact", map[string]any{"address": webtest.Marisol, "reason": strings.Repeat("x", 201)}))
	refusedField(t, 400, "address", "country code", b.ask("POST", "/do-not-contact", map[string]any{"address": "4155550142", "reason": "x"}))
	refused(t, 403, "forbidden", mia.ask("POST", "/do-not-contact", map[string]any{"address": webtest.Marisol, "reason": "x"}))
	require.Equal(t, 204, b.ask("POST", "/do-not-contact", map[string]any{"address": "+1 (415) 555-0142", "reason": "Asked by letter"}).StatusCode)
	refusedField(t, 409, "address", "already", b.ask("POST", "/do-not-contact", map[string]any{"address": webtest.Marisol, "reason": "again"}))
	require.Equal(t, "cancelled", webtest.One[string](t, h.House, "select status from messages where client_id = 'c1'"))
	require.True(t, webtest.One[bool](t, h.House, "select due_at <= now() from due where kind = 'chat' and ref = $1", of), "its chat ends")
	require.NoError(t, chat.NewSweeper(h.Chats).RunOnce(t.Context()))
	require.NotNil(t, webtest.One[*time.Time](t, h.House, "select ended_at from chats where id = $1", of))

	page := gets[gen.DoNotContactPage](t, 200, mia.ask("GET", "/do-not-contact?search=555-0142", nil))
	require.Len(t, page.Entries, 1)
	e := page.Entries[0]
	require.Equal(t, []string{webtest.Marisol, "agent", "Asked by letter"}, []string{e.Address, e.Source, e.Reason})
	require.NotNil(t, e.By)
	require.Empty(t, gets[gen.DoNotContactPage](t, 200, mia.ask("GET", "/do-not-contact?search=999", nil)).Entries)

	removal := fmt.Sprintf("/do-not-contact/%d/removal", e.Id)
	refusedField(t, 400, "reason", "say why", b.ask("POST", removal, map[string]any{"reason": " "}))
	require.Equal(t, 204, b.ask("POST", removal, map[string]any{"reason": "Called us"}).StatusCode)
	refusedField(t, 404, "entry_id", "no such entry", b.ask("POST", removal, map[string]any{"reason": "Called us"}))
	require.Zero(t, gets[gen.DoNotContactPage](t, 200, mia.ask("GET", "/do-not-contact", nil)).Total)
	require.Equal(t, []string{webtest.Marisol + " opt_in agent", webtest.Marisol + " opt_out agent"}, ledger(t, mia, ""))
	require.Equal(t, []string{"consent.listed", "consent.unlisted"}, audits())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log a where a::text like '%415555%'"), "the log keeps no whole number")
}

func TestAListOfOneNumberIsLeftByItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	n := webtest.One[int64](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	h.exec(t, fmt.Sprintf("insert into do_not_contact (tenant_id, address, scope_kind, scope_id) select %d, '%s', k, s from (values ('tenant', 0), ('number', %d)) v(k, s)", h.Tenant, webtest.Theo, n))
	page := gets[gen.DoNotContactPage](t, 200, b.ask("GET", "/do-not-contact", nil))
	require.Len(t, page.Entries, 2)
	require.Equal(t, webtest.Sales, page.Entries[0].Number.Address)
	require.Empty(t, page.Entries[0].Source, "the ledger does not know")
	require.Equal(t, 204, b.ask("POST", fmt.Sprintf("/do-not-contact/%d/removal", page.Entries[0].Id), map[string]any{"reason": "x"}).StatusCode)
	page = gets[gen.DoNotContactPage](t, 200, b.ask("GET", "/do-not-contact", nil))
	require.Len(t, page.Entries, 1)
	require.Equal(t, gen.ConsentScopeTenant, page.Entries[0].Scope)
}

func TestAFileOfNumbersIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	put := func(file string) answer { return b.ask("POST", "/consent/import", map[string]any{"csv": file}) }
	r := gets[gen.ShortcutImportRefusal](t, 400, put("address,reason\n+14155550199,ok\n4155550142,x\n+14155550198,"+strings.Repeat("y", 201)+"\n"))
	require.Equal(t, "csv", *r.Field)
	require.Len(t, *r.Problems, 2)
	require.EqualValues(t, 3, (*r.Problems)[0].Line)
	require.Equal(t, []string{"address", "reason"}, []string{(*r.Problems)[0].Column, (*r.Problems)[1].Column})
	require.Empty(t, ledger(t, b, ""))
	for file, says := range map[string]string{"": "names no number", "address\n": "names no number", "\"+1": "not CSV"} {
		require.Contains(t, (*gets[gen.ShortcutImportRefusal](t, 400, put(file)).Problems)[0].Message, says)
	}
	h.stop(t, carrier.Consent{Address: webtest.Theo, Source: carrier.ByKeyword})
	done := gets[gen.DoNotContactImport](t, 200, put("\ufeffNumber,Reason\r\n'+14155550199,By letter\r\n+1 415 555 0199,\r\n"+webtest.Theo+"\r\n"))
	require.EqualValues(t, 1, done.Added)
	require.Equal(t, []int32{3, 4}, done.DuplicateLines)
	require.Equal(t, []string{"+14155550199 opt_out import"}, ledger(t, b, "?source=import"))
}

func TestAFlagIsDecidedWhileTheChatLivesAndAfter(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	mia := h.browser(t, h.Mia)
	flags := func() gen.ConsentFlags { return gets[gen.ConsentFlags](t, 200, mia.ask("GET", "/consent/flags", nil)) }
	decide := func(chat int64, decision string) answer {
		return mia.ask("POST", fmt.Sprintf("/chats/%d/opt-out", chat), map[string]any{"decision": decision})
	}
	alive := h.Assigned(t, webtest.Marisol, h.Ann)
	over := h.Assigned(t, webtest.Theo, h.Ann)
	h.Text(t, webtest.Marisol, webtest.Sales, "please cancel my order")
	h.Text(t, webtest.Theo, webtest.Sales, "can you cancel it")
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, over, h.Ann.ID))

	f := flags()
	require.EqualValues(t, 2, f.Total)
	require.Equal(t, []string{webtest.Marisol, "please cancel my order", "Sales", "Ann"}, []string{f.Flags[0].EndUser.Number, f.Flags[0].Text, f.Flags[0].Queue, f.Flags[0].Agent})
	require.Equal(t, []bool{false, true}, []bool{f.Flags[0].Ended, f.Flags[1].Ended})
	refused(t, 409, "chat_ended", h.browser(t, h.Ann).ask("POST", fmt.Sprintf("/chats/%d/opt-out", over), map[string]any{"decision": "confirm"}))
	require.Equal(t, 204, decide(int64(alive), "dismiss").StatusCode)
	require.Equal(t, 204, decide(int64(over), "confirm").StatusCode)
	refused(t, 409, "conflict", decide(int64(over), "confirm"))
	require.Empty(t, flags().Flags)
	require.Equal(t, []string{webtest.Theo + " opt_out agent", webtest.Marisol + " flag_dismissed agent"}, ledger(t, mia, ""))
	require.EqualValues(t, 1, gets[gen.DoNotContactPage](t, 200, mia.ask("GET", "/do-not-contact", nil)).Total)

	h.Text(t, webtest.Marisol, webtest.Sales, "cancel the other one too")
	require.Len(t, flags().Flags, 1)
	h.stop(t, carrier.Consent{Address: webtest.Marisol, Source: carrier.ByCarrier})
	require.Empty(t, flags().Flags, "who is on the list needs no answer")
}
