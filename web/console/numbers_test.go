package console_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/openapi/gen/common"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// number puts a verified number into the tenant.
func (h *house) number(t testing.TB, address string, capabilities ...string) (n id.Number) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into numbers (tenant_id, address, account_id, capabilities, status)
			values ($1, $2, $3, $4, 'verified_sms_only') returning id`, h.Tenant, address, h.Account, capabilities).Scan(&n)
	})
	return n
}

func (h *house) set(t testing.TB, key tenant.SwitchKey, on bool) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.Set(ctx, tx, h.Tenant, 0, string(key), on, tenant.Actor{}, time.Now())
	})
}

func (h *house) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

// admin is somebody who may change numbers.
func (h *house) admin(t testing.TB) *browser {
	t.Helper()
	return h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root"))
}

func (b *browser) add(address string, capabilities ...string) answer {
	return b.ask("POST", "/numbers", map[string]any{"address": address, "capabilities": capabilities})
}

func about[T id.ID | common.ID](of T, what string) string {
	return fmt.Sprintf("/numbers/%d%s", of, what)
}

// refusedField expects a refusal that names a field and says something.
func refusedField(t testing.TB, status int, field, says string, a answer) {
	t.Helper()
	code := map[int]string{400: "invalid_request", 404: "not_found", 409: "conflict"}[status]
	r := refused(t, status, code, a)
	require.Equal(t, field, r.Field, r.Message)
	require.Contains(t, r.Message, says)
}

func removeAll(t testing.TB, b *browser) {
	t.Helper()
	for _, n := range gets[[]gen.Number](t, 200, b.ask("GET", "/numbers", nil)) {
		require.Equal(t, 204, b.ask("DELETE", about(n.Id, ""), nil).StatusCode)
	}
}

func TestTheNumberThatSwitchesTheChannelOnIsAUSNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	removeAll(t, b)
	h.set(t, tenant.NonUSNumbers, true)
	h.set(t, tenant.NonUSNumbersInCall, true)
	const first = "the first number, which switches the channel on, must be a valid US (+1) number"
	for _, address := range []string{"+442079460018", "+14165550123", "72345"} { // Canada shares the +1
		refusedField(t, 400, "address", first, b.add(address, "inbound", "outbound"))
	}
	// What is no chat number does not switch the channel on.
	require.Equal(t, 201, b.add("+442079460018", "in_call").StatusCode)
	require.Equal(t, 201, b.add("+14155550110", "sessionless").StatusCode)
	refusedField(t, 400, "address", first, b.add("+442079460019", "inbound"))
	require.Equal(t, 201, b.add("+17875550100", "inbound").StatusCode, "Puerto Rico is the US")
	require.Equal(t, 201, b.add("+442079460019", "inbound").StatusCode)
}

func TestNumbersOutsideTheUSNeedTheirSwitch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	refusedField(t, 400, "address", "non_us_numbers)", b.add("+442079460018", "inbound"))
	refusedField(t, 400, "address", "non_us_numbers)", b.add("+442079460018", "sessionless"))
	refusedField(t, 400, "address", "non_us_numbers)", b.add("611", "inbound"))
	refusedField(t, 400, "address", "non_us_numbers_in_call)", b.add("+442079460018", "in_call"))
	require.Equal(t, 201, b.add("72345", "inbound", "outbound").StatusCode, "a short code as the US has them")
	h.set(t, tenant.NonUSNumbersInCall, true)
	refusedField(t, 400, "address", "non_us_numbers)", b.add("+442079460018", "inbound"))
	made := gets[gen.Number](t, 201, b.add("+44 20 7946 0018", "in_call"))
	require.Equal(t, "+442079460018", made.Address)
	refusedField(t, 400, "address", "non_us_numbers)", b.ask("PATCH", about(made.Id, ""), map[string]any{"capabilities": []string{"inbound"}}))
	h.set(t, tenant.NonUSNumbers, true)
	gets[gen.Number](t, 200, b.ask("PATCH", about(made.Id, ""), map[string]any{"capabilities": []string{"inbound"}}))
	require.Equal(t, 201, b.add("611", "inbound").StatusCode)
}

func TestANumberIsOneThing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	for _, c := range []struct {
		says string
		of   []string
	}{
		{"an in-call number is never a session-less number", []string{"in_call", "sessionless"}},
		{"an in-call number is never a chat number", []string{"in_call", "outbound"}},
		{"a session-less number is never a chat number", []string{"sessionless", "inbound"}},
		{"inbound stands there twice", []string{"inbound", "inbound"}},
	} {
		refusedField(t, 400, "capabilities", c.says, b.add("+14155550111", c.of...))
	}
	for i, of := range [][]string{{"in_call"}, {"sessionless"}, {"inbound"}, {"outbound"}, {"outbound", "inbound"}} {
		made := gets[gen.Number](t, 201, b.add(fmt.Sprintf("+1415555012%d", i), of...))
		require.Equal(t, "unverified", string(made.Status))
		require.Equal(t, "Not verified", made.StatusText)
	}
	for _, c := range []struct {
		field string
		body  map[string]any
	}{
		{"address", map[string]any{"address": "+1415555011"}},
		{"address", map[string]any{"address": "ACME"}},
		{"address", map[string]any{}},
		{"capabilities", map[string]any{"address": "+14155550111", "capabilities": []string{}}},
		{"capabilities.0", map[string]any{"address": "+14155550111", "capabilities": []string{"fax"}}},
		{"segments_per_second", map[string]any{"address": "+14155550111", "segments_per_second": 0}},
		{"segments_per_second", map[string]any{"address": "+14155550111", "segments_per_second": 100001}},
		{"opt_out_responder", map[string]any{"address": "+14155550111", "opt_out_responder": "nobody"}},
		{"account_id", map[string]any{"address": "+14155550111", "account_id": 999}},
		{"label", map[string]any{"address": "+14155550111", "label": fmt.Sprintf("%0101d", 0)}},
		{"label", map[string]any{"address": "+14155550111", "label": "two\nlines"}},
		{"label", map[string]any{"address": "+14155550111", "label": "a\x00b"}},
	} {
		require.Equal(t, c.field, refused(t, 400, "invalid_request", b.ask("POST", "/numbers", c.body)).Field, "%v", c.body)
	}
	refusedField(t, 409, "address", "added already", b.add("(415) 555-0102", "inbound"))
	for _, edge := range []float64{0.1, 100_000} {
		made := gets[gen.Number](t, 201, b.ask("POST", "/numbers", map[string]any{
			"address": fmt.Sprintf("+1415555013%d", int(edge)%7), "segments_per_second": edge, "label": fmt.Sprintf("%0100d", 0), "opt_out_responder": "carrier",
		}))
		require.InDelta(t, edge, made.SegmentsPerSecond, 0.001)
		require.Equal(t, gen.OptOutResponder("carrier"), made.OptOutResponder)
		require.Equal(t, []gen.Capability{"inbound", "outbound"}, made.Capabilities)
	}
}

func TestANumberIsVerifiedAndInboundBeforeItFeedsAQueue(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	audits := h.audits(t)
	audits()
	hints := make(chan event.Hint, 100)
	t.Cleanup(h.Bus.Subscribe(event.SettingsSubjects, func(hint event.Hint) { hints <- hint }))
	to := map[string]any{"queue_id": h.Queue}
	assign := func(n id.Number, body any) answer { return b.ask("PUT", about(n, "/queue"), body) }

	n := h.number(t, "+14155550111", "inbound", "outbound")
	h.exec(t, "update numbers set status = 'unverified' where id = $1", n)
	refusedField(t, 400, "queue_id", "must be verified", assign(n, to))
	h.exec(t, "update numbers set status = 'failed' where id = $1", n)
	refusedField(t, 400, "queue_id", "must be verified", assign(n, to))
	h.exec(t, "update numbers set status = 'verified_sms_voice' where id = $1", n)
	version := webtest.One[int64](t, h.House, "select settings_version from tenants where id = $1", h.Tenant)
	require.Empty(t, audits())
	got := gets[gen.Number](t, 200, assign(n, to))
	require.EqualValues(t, h.Queue, *got.QueueId)
	require.Equal(t, "Verified for SMS Messaging and Voice", got.StatusText)
	require.Equal(t, []string{"number.assigned"}, audits())
	require.Equal(t, version+1, webtest.One[int64](t, h.House, "select settings_version from tenants where id = $1", h.Tenant))
	require.Equal(t, h.Tenant, hears(t, hints, event.Settings).Tenant)
	gets[gen.Number](t, 200, assign(n, to)) // again: nothing to refuse

	h.Text(t, webtest.Marisol, "+14155550111", "hello")
	require.Equal(t, h.Queue, webtest.One[id.Queue](t, h.House, "select queue_id from chats"), "the next text feels it")

	support := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Support'")
	refusedField(t, 409, "queue_id", "belongs to the queue Sales already", assign(n, map[string]any{"queue_id": support}))
	require.Equal(t, 204, b.ask("DELETE", about(n, "/queue"), nil).StatusCode)
	gets[gen.Number](t, 200, assign(n, map[string]any{"queue_id": support}))
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*)::int from numbers where queue_id = $1", support), "a queue may have many")

	refusedField(t, 400, "queue_id", "outbound-only number never receives", assign(h.number(t, "+14155550112", "outbound"), to))
	refusedField(t, 400, "queue_id", "in-call number is never a chat number", assign(h.number(t, "+14155550113", "in_call"), to))
	refusedField(t, 400, "queue_id", "session-less number is never a chat number", assign(h.number(t, "+14155550114", "sessionless"), to))
	gets[gen.Number](t, 200, assign(h.number(t, "+14155550115", "inbound"), to)) // it need not send

	refusedField(t, 400, "queue_id", "no such SMS queue", assign(n, map[string]any{"queue_id": 999}))
	h.exec(t, "update queues set channel = 'ivr' where name = 'Orders'")
	calls := webtest.One[id.Queue](t, h.House, "select id from queues where name = 'Orders'")
	refusedField(t, 400, "queue_id", "no such SMS queue", assign(n, map[string]any{"queue_id": calls}))
	refusedField(t, 404, "number_id", "no such number", assign(999, to))

	// A number stays what its queue needs.
	fed := webtest.One[id.Number](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	edit := func(of []string) answer { return b.ask("PATCH", about(fed, ""), map[string]any{"capabilities": of}) }
	refusedField(t, 409, "capabilities", "must stay inbound", edit([]string{"outbound"}))
	refusedField(t, 409, "capabilities", "must stay inbound", edit([]string{"in_call"}))
	gets[gen.Number](t, 200, edit([]string{"inbound"}))
}

func TestAQueueSendsFromItsOwnNumbersElseFromOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	queue := func(name string) id.Queue {
		return webtest.One[id.Queue](t, h.House, "select id from queues where name = $1", name)
	}
	returns, orders, support := queue("Returns"), queue("Orders"), queue("Support")
	one, two := h.number(t, "+14155550111", "outbound"), h.number(t, "+14155550112", "inbound", "outbound")
	path := func(q id.Queue, what string) string { return fmt.Sprintf("/queues/%d/%s", q, what) }
	sends := func(q id.Queue) (string, []string) {
		got := gets[gen.QueueNumbers](t, 200, b.ask("GET", path(q, "numbers"), nil))
		out := []string{}
		for _, n := range got.Sends {
			out = append(out, n.Address)
		}
		return string(got.SendsFrom), out
	}
	expect := func(q id.Queue, from string, numbers ...string) {
		t.Helper()
		gotFrom, got := sends(q)
		require.Equal(t, from, gotFrom)
		require.Equal(t, append([]string{}, numbers...), got)
	}
	give := func(q id.Queue, numbers ...id.Number) answer {
		return b.ask("PUT", path(q, "outbound-numbers"), map[string]any{"number_ids": append([]id.Number{}, numbers...)})
	}

	expect(h.Queue, "inbound", webtest.Sales)
	expect(returns, "inbound", webtest.Support)
	require.Equal(t, 204, b.ask("PUT", about(one, "/global-outbound"), nil).StatusCode)
	expect(h.Queue, "global", "+14155550111")
	got := gets[gen.QueueNumbers](t, 200, give(support, two, one))
	require.EqualValues(t, []common.ID{common.ID(two), common.ID(one)}, got.OutboundIds)
	expect(support, "own", "+14155550112", "+14155550111")
	expect(returns, "inherited", "+14155550112", "+14155550111")
	gets[gen.QueueNumbers](t, 200, give(orders, one)) // a number serves many queues
	expect(orders, "own", "+14155550111")
	expect(h.Queue, "global", "+14155550111")
	numbers := gets[[]gen.Number](t, 200, b.ask("GET", "/numbers", nil))
	require.EqualValues(t, []common.ID{common.ID(support), common.ID(orders)}, numbers[2].OutboundQueueIds)

	// One that fails at the carrier is passed over, and stays where it is.
	h.exec(t, "update numbers set status = 'failed', check_error = 'x' where id = $1", two)
	expect(returns, "inherited", "+14155550111")
	h.exec(t, "update numbers set status = 'verified_sms_only', check_error = null where id = $1", two)
	refusedField(t, 409, "capabilities", "must stay outbound", b.ask("PATCH", about(two, ""), map[string]any{"capabilities": []string{"inbound"}}))
	refusedField(t, 409, "capabilities", "must stay outbound", b.ask("PATCH", about(one, ""), map[string]any{"capabilities": []string{"sessionless"}}))
	refusedField(t, 409, "account_id", "in use", b.ask("PATCH", about(two, ""), map[string]any{"account_id": h.secondAccount(t)}))

	refusedField(t, 400, "number_ids", "can't send", give(returns, h.number(t, "+14155550113", "inbound")))
	refusedField(t, 400, "number_ids", "in-call number", give(returns, h.number(t, "+14155550114", "in_call")))
	refusedField(t, 400, "number_ids", "session-less number", give(returns, h.number(t, "+14155550115", "sessionless")))
	unverified := h.number(t, "+14155550116", "outbound")
	h.exec(t, "update numbers set status = 'unverified' where id = $1", unverified)
	refusedField(t, 400, "number_ids", "must be verified", give(returns, one, unverified))
	refusedField(t, 400, "number_ids", "there is no number 999", give(returns, one, 999))
	expect(returns, "inherited", "+14155550112", "+14155550111") // nothing of these was done
	refusedField(t, 404, "queue_id", "no such SMS queue", give(999, one))
	refusedField(t, 404, "queue_id", "no such SMS queue", b.ask("GET", path(999, "numbers"), nil))

	gets[gen.QueueNumbers](t, 200, give(support))
	expect(returns, "global", "+14155550111")
	require.Equal(t, 204, b.ask("DELETE", about(one, "/global-outbound"), nil).StatusCode)
	expect(returns, "inbound", webtest.Support)
	gets[gen.QueueNumbers](t, 200, give(orders))
	h.exec(t, "update numbers set capabilities = '{inbound}'")
	expect(returns, "none")
}

func (h *house) secondAccount(t testing.TB) (made id.Account) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		account, err := h.Accounts.Create(ctx, tx, carrier.Account{Tenant: h.Tenant, SID: "AC2", AuthToken: "x", BaseURL: "http://127.0.0.1:1"})
		made = account.ID
		return err
	})
	return made
}

func TestThereIsOneGlobalOutboundNumberAndItCanSend(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	global := func() []string {
		var out []string
		for _, n := range gets[[]gen.Number](t, 200, b.ask("GET", "/numbers", nil)) {
			if n.GlobalOutbound {
				out = append(out, n.Address)
			}
		}
		return out
	}
	one, two := h.number(t, "+14155550111", "outbound"), h.number(t, "+14155550112", "inbound", "outbound")
	for _, n := range []id.Number{one, two, two} {
		require.Equal(t, 204, b.ask("PUT", about(n, "/global-outbound"), nil).StatusCode)
	}
	require.Equal(t, []string{"+14155550112"}, global())
	require.Equal(t, 204, b.ask("DELETE", about(one, "/global-outbound"), nil).StatusCode, "it is not")
	require.Equal(t, []string{"+14155550112"}, global())
	refusedField(t, 400, "number_id", "can't send", b.ask("PUT", about(h.number(t, "+14155550113", "inbound"), "/global-outbound"), nil))
	refusedField(t, 400, "number_id", "in-call", b.ask("PUT", about(h.number(t, "+14155550114", "in_call"), "/global-outbound"), nil))
	require.Equal(t, []string{"+14155550112"}, global())
	require.Equal(t, 204, b.ask("DELETE", about(two, "/global-outbound"), nil).StatusCode)
	require.Empty(t, global())
}

func TestANumberInUseIsNotRemovedAndOldTextsKeepIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Theo, webtest.Sales, "Hi")
	n := webtest.One[id.Number](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	refusedField(t, 409, "number_id", "2 active chats use this number", b.ask("DELETE", about(n, ""), nil))
	h.Text(t, webtest.Theo, webtest.Sales, "STOP")
	refusedField(t, 409, "number_id", "1 active chat uses this number", b.ask("DELETE", about(n, ""), nil))
	refusedField(t, 409, "capabilities", "must stay inbound", b.ask("PATCH", about(n, ""), map[string]any{"capabilities": []string{"in_call"}}))
	require.Equal(t, 204, b.ask("DELETE", about(n, "/queue"), nil).StatusCode, "the chat goes on")
	refusedField(t, 409, "capabilities", "1 chat still uses this number", b.ask("PATCH", about(n, ""), map[string]any{"capabilities": []string{"in_call"}}))
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	refusedField(t, 409, "number_id", "to be sent from this number", b.ask("DELETE", about(n, ""), nil))
	h.exec(t, "update messages set status = 'sending', claimed_at = now(), epoch = 1, uncertain = true, error_code = 'uncertain' where status = 'queued'")
	audits := h.audits(t)
	audits()
	require.Equal(t, 204, b.ask("DELETE", about(n, ""), nil).StatusCode, "what is uncertain stays so and waits for nothing")
	require.Equal(t, []string{"number.removed"}, audits())
	refusedField(t, 404, "number_id", "no such number", b.ask("DELETE", about(n, ""), nil))
	refusedField(t, 404, "number_id", "no such number", b.ask("GET", about(n, ""), nil))

	rows := gets[gen.Transcript](t, 200, b.ask("GET", fmt.Sprintf("/chats/%d/transcript", of), nil))
	require.NotEmpty(t, rows.Rows)
	h.Text(t, webtest.Marisol, webtest.Sales, "Are you there?")
	require.Equal(t, "unknown_number", webtest.One[string](t, h.House, "select disposition from messages order by id desc limit 1"))

	again := gets[gen.Number](t, 201, b.add(webtest.Sales, "inbound", "outbound"))
	require.NotEqual(t, int64(n), int64(again.Id))
	h.Text(t, webtest.Marisol, webtest.Sales, "And now?")
	require.Equal(t, "no_queue", webtest.One[string](t, h.House, "select disposition from messages order by id desc limit 1"))
}

// A text may come in while its number is being removed: the chat that it opens can still be answered.
func TestAChatOutlivesItsNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	n := webtest.One[id.Number](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	h.exec(t, "update numbers set deleted_at = now(), queue_id = null where id = $1", n)
	h.set(t, tenant.NonUSNumbers, true) // caches read the numbers again
	h.Text(t, webtest.Marisol, webtest.Support, "Hi")
	_, err := h.Chats.Send(t.Context(), h.Tenant, of, h.Ann.ID, "c1", "We are on it")
	require.NoError(t, err)
	require.Equal(t, n, webtest.One[id.Number](t, h.House, "select number_id from messages where body = 'We are on it'"))
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
}

// atCarrier connects the tenant's account with a simulated carrier that owns these numbers.
func (h *house) atCarrier(t testing.TB, numbers ...simulator.Number) {
	t.Helper()
	sim, err := simulator.New(simulator.Config{Accounts: []simulator.Account{{SID: webtest.AccountSID, AuthToken: webtest.AccountToken, Numbers: numbers}}})
	require.NoError(t, err)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	h.account(t, webtest.AccountToken, srv.URL)
}

func (h *house) account(t testing.TB, token, base string) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return h.Accounts.Update(ctx, tx, carrier.Account{Tenant: h.Tenant, ID: h.Account, SID: webtest.AccountSID, AuthToken: token, BaseURL: base})
	})
	h.Accounts.Forget(h.Tenant)
}

func TestSeveralNumbersAreVerifiedThroughTheCarrierAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	h.atCarrier(t, simulator.Number{E164: "+14155550111"}, simulator.Number{E164: "+14155550112", NoVoice: true},
		simulator.Number{E164: "+14155550113", NoSMS: true}, simulator.Number{E164: "72345"}, simulator.Number{E164: webtest.Support})
	var asked []common.ID
	for _, address := range []string{"+14155550111", "+14155550112", "+14155550113", "+14155550114", "72345", "72346"} {
		asked = append(asked, gets[gen.Number](t, 201, b.add(address, "inbound", "outbound")).Id)
	}
	sales := webtest.One[int64](t, h.House, "select id from numbers where address = $1", webtest.Sales) // not the carrier's any more
	asked = append(asked, common.ID(sales))
	audits := h.audits(t)
	audits()
	verify := func(of ...common.ID) []gen.Verification {
		return gets[[]gen.Verification](t, 200, b.ask("POST", "/numbers/verify", map[string]any{"number_ids": of}))
	}
	const notOwned, noTexts = "The carrier says that the account does not own this number.", "The carrier says that this number cannot text."
	got := verify(asked...)
	for i, want := range []struct{ outcome, status, text, reason string }{
		{"verified", "verified_sms_voice", "Verified for SMS Messaging and Voice", ""},
		{"verified", "verified_sms_only", "Verified for Only SMS Messaging", ""},
		{"failed", "failed", "Verification failed", noTexts},
		{"failed", "failed", "Verification failed", notOwned},
		{"verified", "verified_sms_only", "Verified for Only SMS Messaging", ""},
		{"failed", "failed", "Verification failed", notOwned},
		{"failed", "failed", "Verification failed", notOwned},
	} {
		require.Equal(t, asked[i], got[i].NumberId)
		require.Equal(t, want, struct{ outcome, status, text, reason string }{
			string(got[i].Outcome), string(got[i].Status), got[i].StatusText, deref(got[i].Reason),
		}, got[i].Address)
	}
	require.Len(t, audits(), 7)
	kept := gets[gen.Number](t, 200, b.ask("GET", about(asked[3], ""), nil))
	require.Equal(t, notOwned, *kept.CheckError)
	require.NotNil(t, kept.CheckedAt)
	fed := gets[gen.Number](t, 200, b.ask("GET", about(sales, ""), nil))
	require.EqualValues(t, h.Queue, *fed.QueueId, "it keeps its queue and shows what is wrong")

	// What the carrier does not answer about stays as it was, and each number is told apart.
	h.account(t, webtest.AccountToken, "http://127.0.0.1:1")
	for _, v := range verify(asked[0], asked[3]) {
		require.Equal(t, gen.VerificationOutcomeUnchanged, v.Outcome)
		require.Contains(t, *v.Reason, "could not be reached")
		require.Contains(t, *v.Reason, "stays as it was")
	}
	require.Equal(t, "verified_sms_voice", string(gets[gen.Number](t, 200, b.ask("GET", about(asked[0], ""), nil)).Status))
	require.Equal(t, notOwned, *gets[gen.Number](t, 200, b.ask("GET", about(asked[3], ""), nil)).CheckError)
	require.Empty(t, audits())

	h.atCarrier(t, simulator.Number{E164: "+14155550114"})
	require.Equal(t, "verified_sms_voice", string(verify(asked[3])[0].Status), "it was bought meanwhile")
	require.Nil(t, gets[gen.Number](t, 200, b.ask("GET", about(asked[3], ""), nil)).CheckError)

	refusedField(t, 400, "number_ids", "there is no number 999", b.ask("POST", "/numbers/verify", map[string]any{"number_ids": []int{int(asked[0]), 999}}))
	many := make([]int, 51)
	for i := range many {
		many[i] = i + 1
	}
	require.Equal(t, "number_ids", refused(t, 400, "invalid_request", b.ask("POST", "/numbers/verify", map[string]any{"number_ids": many})).Field)
	require.Equal(t, "number_ids", refused(t, 400, "invalid_request", b.ask("POST", "/numbers/verify", map[string]any{"number_ids": []int{}})).Field)
}

func TestACarrierThatRefusesTheAccountDecidesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	h.atCarrier(t, simulator.Number{E164: webtest.Sales})
	n := webtest.One[id.Number](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	base := webtest.One[string](t, h.House, "select base_url from carrier_accounts where id = $1", h.Account)
	h.account(t, "wrong", base)
	got := gets[[]gen.Verification](t, 200, b.ask("POST", "/numbers/verify", map[string]any{"number_ids": []id.Number{n}}))
	require.Equal(t, gen.VerificationOutcomeUnchanged, got[0].Outcome)
	require.Equal(t, "verified_sms_only", string(got[0].Status))
	require.Contains(t, *got[0].Reason, "check its credentials")
}

func TestAnotherAccountMakesANumberUnverified(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.admin(t)
	n := h.number(t, "+14155550111", "inbound", "outbound")
	second := h.secondAccount(t)
	refusedField(t, 400, "account_id", "there are 2 carrier accounts", b.add("+14155550112", "inbound"))
	got := gets[gen.Number](t, 200, b.ask("PATCH", about(n, ""), map[string]any{"label": " Returns ", "account_id": second, "segments_per_second": 12.5}))
	require.Equal(t, "unverified", string(got.Status))
	require.Equal(t, "Returns", got.Label)
	require.EqualValues(t, second, got.AccountId)
	refusedField(t, 400, "account_id", "no such carrier account", b.ask("PATCH", about(n, ""), map[string]any{"account_id": 999}))
	accounts := gets[[]gen.CarrierAccount](t, 200, b.ask("GET", "/carrier-accounts", nil))
	require.Len(t, accounts, 2)
	require.Equal(t, webtest.PublicURL+"/hooks/twilio/"+webtest.AccountKey+"/messages", accounts[0].MessagesUrl)
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("GET", "/carrier-accounts", nil))
}

func TestNumbersShowHowTheyDo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	b := h.browser(t, h.Mia)
	refused(t, 403, "forbidden", h.browser(t, h.Ann).ask("GET", "/numbers", nil))
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	n := webtest.One[id.Number](t, h.House, "select id from numbers where address = $1", webtest.Sales)
	sent := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	h.exec(t, "insert into lanes (number_id, tenant_id, paused_until, pause_reason, last_sent_at) values ($1, $2, now(), 'No credit', $3)", n, h.Tenant, sent)
	queued := webtest.One[int](t, h.House, "select count(*)::int from messages where status = 'queued'")
	require.Positive(t, queued)
	h.exec(t, `insert into messages (tenant_id, thread_id, number_id, account_id, direction, sender, our_address, address, body, status, not_before, expires_at, created_at, done_at)
		select m.tenant_id, m.thread_id, m.number_id, m.account_id, 'out', 'system', m.our_address, m.address, 'x', s.status, now(), now(), now(), now() - s.ago
		from (select * from messages where direction = 'in' limit 1) m,
		(values ('delivered', interval '1 hour'), ('delivered', '23 hours'), ('undelivered', '1 hour'), ('failed', '2 hours'), ('failed', '25 hours'), ('sent', '1 hour')) s(status, ago)`)
	numbers := gets[[]gen.Number](t, 200, b.ask("GET", "/numbers", nil))
	require.Len(t, numbers, 2)
	require.Equal(t, gen.NumberHealth{}, numbers[0].Health)
	require.Equal(t, gen.NumberHealth{
		PauseReason: new("No credit"), Queued: int32(queued), LastSentAt: new(sent.UTC()), Ended24h: 4, Failed24h: 2, ErrorRate24h: 0.5,
	}, numbers[1].Health)
	require.Equal(t, "Verified for Only SMS Messaging", numbers[1].StatusText)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
