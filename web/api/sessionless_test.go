package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

const noticesNumber = "+14155550104"

// notices gives a house a number for texts without a session.
func notices(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	h.addNotices(t, noticesNumber, "verified_sms_only", "sessionless")
	return h
}

func (h *house) addNotices(t testing.TB, address, status, capability string) {
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into numbers (tenant_id, address, label, account_id, capabilities, status)
			values ($1, $2, 'Notices', $3, array[$4], $5)`, h.Tenant, address, h.Account, capability, status); err != nil {
			return err
		}
		_, err := tenant.Bump(ctx, tx, h.Tenant)
		return err
	})
	h.Chats.Forget(h.Tenant)
}

// notice is a request that would be sound.
func notice(change ...any) map[string]any {
	body := map[string]any{"from_phone": noticesNumber, "to_phones": []string{webtest.Marisol, webtest.Theo}, "messages": []string{"One", "Two"}}
	for i := 0; i < len(change); i += 2 {
		body[change[i].(string)] = change[i+1]
		if change[i+1] == nil {
			delete(body, change[i].(string))
		}
	}
	return body
}

func phones(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("+1415555%04d", 1000+i)
	}
	return out
}

func taken(t testing.TB, a answer) (out gen.SessionlessAccepted) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &out))
	require.EqualValues(t, 200, out.Code)
	require.Equal(t, out.RequestId, a.Header.Get(edge.RequestIDHeader))
	return out
}

func (h *house) held(t testing.TB) int {
	return webtest.One[int](t, h.House, "select count(*) from messages where kind = 'sessionless' and status = 'queued' and held")
}

// refusal is the shape of this address: the status as a number beside the sentence.
func (p *program) refused(a answer, status int, want string) {
	p.t.Helper()
	var got struct {
		Code      int    `json:"code"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`
	}
	require.NoError(p.t, json.Unmarshal(a.body, &got), "%s", a.body)
	require.Equal(p.t, status, a.StatusCode, "%s", a.body)
	require.Equal(p.t, status, got.Code)
	require.NotEmpty(p.t, got.RequestID)
	if want != "" {
		require.Equal(p.t, want, got.Message)
	}
	require.NotEmpty(p.t, got.Message)
}

func TestEveryRecipientGetsEveryMessageInOrder(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	before := time.Now()
	out := taken(t, p.with(edge.RequestIDHeader, "order-7").ask("POST", "/sessionless_sms", notice("from_phone", "(415) 555-0104",
		"to_phones", []string{"+1 415 555 0142", webtest.Theo, "415-555-0142"})))
	require.Equal(t, "order-7", out.RequestId)
	require.EqualValues(t, 4, out.Accepted)
	require.Empty(t, out.Skipped)
	require.False(t, out.WillExpire)
	require.WithinRange(t, time.Time(out.EstimatedCompletionAt), before, before.Add(time.Minute))
	got := webtest.One[string](t, h.House, `select string_agg(address || ' ' || body, ', ' order by id) from messages
		where kind = 'sessionless' and status = 'queued' and held and sender = 'api' and expires_at - created_at = interval '2 hours'`)
	require.Equal(t, "+14155550142 One, +14155550142 Two, +14155550143 One, +14155550143 Two", got)
	require.Zero(t, h.chats(t))

	var report gen.SessionlessReport
	a := p.ask("GET", "/sessionless_sms/order-7", nil)
	require.NoError(t, json.Unmarshal(a.body, &report))
	require.EqualValues(t, 4, report.Counts.Queued)
	require.Len(t, report.Messages, 4)
	require.EqualValues(t, 1, report.Messages[3].Index)
	require.Equal(t, webtest.Theo, report.Messages[3].Phone)
}

// The sentences of spec 2.3 in their order: each request has its own fault and all those that come after it.
func TestSessionlessRefusalsComeInTheirOrder(t *testing.T) {
	t.Parallel()
	h := notices(t)
	h.addNotices(t, "+14155550105", "unverified", "sessionless")
	p := h.program(t, tenant.ScopeSessionless)
	stored := h.Stored(t)
	tooLong := strings.Repeat("é", 321)
	wrong := func(change ...any) map[string]any {
		return notice(append([]any{"to_phones", []string{webtest.Marisol, "12", "+442071838750"}, "messages", []string{"One", tooLong}}, change...)...)
	}
	h.Set(t, tenant.OutboundSMSEnabled, false)
	p.refused(p.ask("POST", "/sessionless_sms", wrong("from_phone", "")), 400, "Outbound SMS service is not enabled")
	h.Set(t, tenant.OutboundSMSEnabled, true)
	before := stored()
	for _, c := range []struct {
		body map[string]any
		want string
	}{
		{wrong("from_phone", nil), "from_phone is required"},
		{wrong("from_phone", " "), "from_phone is required"},
		{map[string]any{"from_phone": nil}, "from_phone is required"},
		{wrong("from_phone", "zzz"), "from_phone must be a valid US number"},
		{wrong("from_phone", "+442071838750"), "from_phone must be a valid US number"},
		{wrong("from_phone", "+16135550123"), "from_phone must be a valid US number"},
		{wrong("from_phone", "74747"), "from_phone must be a valid US number"},
		{wrong("from_phone", webtest.Sales), "from_phone is not found"},
		{wrong("from_phone", "+14155550105"), "from_phone is not found"},
		{wrong("from_phone", "+14155550198"), "from_phone is not found"},
		{wrong("to_phones", nil), "to_phones is required"},
		{wrong("to_phones", []string{}), "to_phones is required"},
		{wrong("to_phones", append(phones(100), "zzz")), "to_phones exceeds the maximum count of 100"},
		{wrong("to_phones", append(phones(99), phones(2)...)), "to_phones exceeds the maximum count of 100"},
		{wrong(), "to_phones[1] is invalid"},
		{wrong("to_phones", append(phones(3), "")), "to_phones[3] is invalid"},
		{wrong("to_phones", []string{webtest.Marisol, "+442071838750"}), "Non US phone number service is not enabled"},
		{wrong("to_phones", phones(100), "messages", nil), "messages is required"},
		{wrong("to_phones", phones(100), "messages", []string{}), "messages is required"},
		{wrong("to_phones", phones(100), "messages", []string{"1", "2", "3", "4", "5", tooLong}), "messages exceeds the maximum count of 5"},
		{wrong("to_phones", phones(100)), "messages[1] exceeds the limit of 320 characters"},
		{wrong("to_phones", phones(100), "messages", []string{"1", "2", "3", "4", strings.Repeat("a", 321)}), "messages[4] exceeds the limit of 320 characters"},
		{wrong("to_phones", phones(1), "messages", []string{strings.Repeat("😀", 321)}), "messages[0] exceeds the limit of 320 characters"},
		{wrong("to_phones", phones(1), "messages", []string{strings.Repeat("e\u0301", 160) + "e"}), "messages[0] exceeds the limit of 320 characters"},
		{wrong("to_phones", phones(1), "messages", []string{"One", " \n\x00"}), "messages[1] is required"},
	} {
		p.refused(p.ask("POST", "/sessionless_sms", c.body), 400, c.want)
	}
	require.Equal(t, before, stored())
	h.Set(t, tenant.NonUSNumbers, true)
	require.EqualValues(t, 1, taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", []string{"+442071838750"}, "messages", []string{"One"}))).Accepted)
}

func TestTheLargestCallIsTaken(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	longest := []string{strings.Repeat("a", 320), strings.Repeat("😀", 320), strings.Repeat("e\u0301", 160), "4", "5"}
	require.EqualValues(t, 500, taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", longest))).Accepted)
	require.Equal(t, 500, h.held(t))
	require.Equal(t, "3,10,5,1,1", webtest.One[string](t, h.House, `select string_agg(segments::text, ',' order by id)
		from messages where kind = 'sessionless' and address = '+14155551000'`))
	require.Equal(t, 100, webtest.One[int](t, h.House, "select count(*) from threads"))
}

func TestAllRefusalsOfThisAddressHaveItsShape(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	p.refused(p.with("Authorization", "Bearer x").ask("POST", "/sessionless_sms", notice()), 401, "")
	p.refused(h.program(t, tenant.ScopeSMS).ask("POST", "/sessionless_sms", notice()), 403, "")
	p.refused(p.with("Content-Type", "text/plain").ask("POST", "/sessionless_sms", `{}`), 415, "")
	p.refused(p.ask("POST", "/sessionless_sms", `{"messages":["`+strings.Repeat("a", 1<<20)+`"]}`), 413, "")
	for _, body := range []string{`{"from_phone": 7}`, `{"to_phones": "+14155550142"}`, `{"to_phones": [1]}`, `{"messages": [null]}`, `[]`, `{`} {
		p.refused(p.ask("POST", "/sessionless_sms", body), 400, "")
	}
	p.refused(p.ask("DELETE", "/sessionless_sms", nil), 405, "")
	p.refused(p.ask("GET", "/sessionless_sms/none", nil), 404, "There is no such request")
	key := p.with("Idempotency-Key", "k")
	taken(t, key.ask("POST", "/sessionless_sms", notice()))
	p.refused(key.ask("POST", "/sessionless_sms", notice("messages", []string{"x"})), 422, "")
	h.Set(t, tenant.RequestBurst, 1)
	h.Set(t, tenant.RequestsPerSecond, 1)
	p.ask("POST", "/sessionless_sms", `{}`)
	p.refused(p.ask("POST", "/sessionless_sms", notice()), 429, "Rate limit exceeded")
}

func TestARepeatedCallQueuesNothingTwice(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless).with("Idempotency-Key", "once").with(edge.RequestIDHeader, "first")
	first := p.ask("POST", "/sessionless_sms", notice())
	again := p.with(edge.RequestIDHeader, "second").ask("POST", "/sessionless_sms", notice())
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.JSONEq(t, string(first.body), string(again.body))
	require.Equal(t, 4, h.held(t))
}

func TestARequestIDThatAnEarlierCallHasGetsASuffix(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless).with(edge.RequestIDHeader, "same")
	seen := map[string]bool{}
	for range 3 {
		out := taken(t, p.ask("POST", "/sessionless_sms", notice()))
		require.Regexp(t, `^same(\.[0-9a-f]{8})?$`, out.RequestId)
		seen[out.RequestId] = true
		require.Equal(t, 200, p.ask("GET", "/sessionless_sms/"+out.RequestId, nil).StatusCode)
	}
	require.Len(t, seen, 3)
	require.True(t, seen["same"])
}

func TestWhoOptedOutOrIsBlockedIsSkippedAndNamed(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	h.Text(t, webtest.Marisol, webtest.Sales, "STOP")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into blocklist (tenant_id, address) values ($1, $2)", h.Tenant, webtest.Theo)
		return err
	})
	out := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", []string{webtest.Marisol, webtest.Theo, "+14155550144", webtest.Theo})))
	require.EqualValues(t, 2, out.Accepted)
	raw, err := json.Marshal(out.Skipped)
	require.NoError(t, err)
	require.JSONEq(t, `[{"phone":"+14155550142","reason":"opted_out"},{"phone":"+14155550143","reason":"blocked"}]`, string(raw))

	out = taken(t, p.ask("POST", "/sessionless_sms", notice()))
	require.Zero(t, out.Accepted)
	require.Len(t, out.Skipped, 2)
	require.False(t, out.WillExpire)
	var report gen.SessionlessReport
	a := p.ask("GET", "/sessionless_sms/"+out.RequestId, nil)
	require.NoError(t, json.Unmarshal(a.body, &report))
	require.EqualValues(t, 4, report.Counts.Skipped)
	require.Equal(t, "skipped", report.Messages[0].Status)
	require.Equal(t, 2, h.held(t))
}

func TestAStopCancelsWhatIsHeld(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	out := taken(t, p.ask("POST", "/sessionless_sms", notice()))
	h.Text(t, webtest.Marisol, noticesNumber, "STOP")
	require.Equal(t, 2, h.held(t))
	var report gen.SessionlessReport
	a := p.ask("GET", "/sessionless_sms/"+out.RequestId, nil)
	require.NoError(t, json.Unmarshal(a.body, &report))
	require.EqualValues(t, 2, report.Counts.Skipped)
	require.EqualValues(t, 2, report.Counts.Queued)
	require.Equal(t, "This person has opted out of texts from us.", *report.Messages[0].Error)
	require.Zero(t, h.chats(t))
}

func TestAReplyGetsTheDefaultTextOnceAndNoChat(t *testing.T) {
	t.Parallel()
	h := notices(t)
	h.Set(t, "text.sessionless.en", "This number is not read.")
	p := h.program(t, tenant.ScopeSessionless)
	taken(t, p.ask("POST", "/sessionless_sms", notice()))
	h.Text(t, webtest.Marisol, noticesNumber, "Thanks!")
	h.Text(t, webtest.Marisol, noticesNumber, "Are you there?")
	require.Zero(t, h.chats(t))
	require.Equal(t, "This number is not read.", webtest.One[string](t, h.House, "select string_agg(body, '|') from messages where kind = 'sessionless_reply' and not held"))
	require.Equal(t, 4, h.held(t), "what waits goes on")
}

func TestACallThatCannotBeSentInTimeSaysSo(t *testing.T) {
	t.Parallel()
	h := notices(t)
	p := h.program(t, tenant.ScopeSessionless)
	h.Set(t, tenant.SessionlessPerMinute, 2) // 240 in two hours
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update numbers set segments_per_second = 100 where address = $1", noticesNumber)
		return err
	})
	one := []string{"One"}
	soon := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", one)))
	require.False(t, soon.WillExpire)
	later := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", one)))
	require.False(t, later.WillExpire)
	require.Greater(t, time.Time(later.EstimatedCompletionAt), time.Time(soon.EstimatedCompletionAt).Add(time.Minute))
	never := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", one)))
	require.True(t, never.WillExpire)
	require.EqualValues(t, 100, never.Accepted)
	small := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(1), "messages", one)))
	require.False(t, small.WillExpire, "calls take turns")
}

func TestASlowNumberMakesALongWait(t *testing.T) {
	t.Parallel()
	h := notices(t)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update numbers set segments_per_second = 0.05 where address = $1", noticesNumber)
		return err
	})
	h.Set(t, tenant.RequestBurst, 10001)
	p := h.program(t, tenant.ScopeSessionless)
	out := taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", []string{strings.Repeat("a", 320)})))
	wait := time.Until(time.Time(out.EstimatedCompletionAt))
	require.InDelta(t, 100*time.Minute, wait, float64(2*time.Minute))
	require.False(t, out.WillExpire)
	require.True(t, taken(t, p.ask("POST", "/sessionless_sms", notice("to_phones", phones(100), "messages", []string{strings.Repeat("a", 320)}))).WillExpire)
}

func TestATenantReadsItsOwnRequestsOnly(t *testing.T) {
	t.Parallel()
	h := notices(t)
	out := taken(t, h.program(t, tenant.ScopeSessionless).with(edge.RequestIDHeader, "mine").ask("POST", "/sessionless_sms", notice()))
	other, err := tenant.Create(context.Background(), h.DB, "rival", "Rival")
	require.NoError(t, err)
	p := &program{house: h, t: t}
	require.NoError(t, h.DB.InTenantTx(context.Background(), other.ID, func(tx pgx.Tx) (err error) {
		_, p.token, err = tenant.CreateToken(context.Background(), tx, other.ID, "Theirs", []tenant.Scope{tenant.ScopeSessionless}, 0)
		return err
	}))
	p.refused(p.ask("GET", "/sessionless_sms/"+out.RequestId, nil), 404, "There is no such request")
	p.refused(p.ask("POST", "/sessionless_sms", notice()), 400, "from_phone is not found")
}
