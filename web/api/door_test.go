package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	basic := func(user, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
	}
	number := 160
	try := func(p *program) answer {
		number++
		return p.ask("POST", "/sms", sms("end_user_number", fmt.Sprintf("+14155550%d", number)))
	}
	require.Equal(t, 200, try(p).StatusCode)
	require.Equal(t, 200, try(p.with("Authorization", basic("fernhill", p.token))).StatusCode)
	require.Equal(t, 200, try(p.with("Authorization", basic("Fernhill", p.token))).StatusCode)
	require.Equal(t, 200, try(p.with("Authorization", "bearer "+p.token)).StatusCode)
	for _, wrong := range []string{
		"", "Bearer", "Bearer x", "Bearer " + p.token[:len(p.token)-1], basic("other", p.token), basic("", p.token), basic(p.token, ""),
		"Digest " + p.token, p.token,
	} {
		a := try(p.with("Authorization", wrong))
		require.Equal(t, 401, a.StatusCode, wrong)
		require.NotEmpty(t, a.message())
		require.Contains(t, a.Header.Get("WWW-Authenticate"), "Basic")
	}
	a := try(h.program(t, tenant.ScopeSessionless, tenant.ScopeReadChats))
	require.Equal(t, 403, a.StatusCode)
	require.Contains(t, a.message(), "sms")

	var old tenant.Token
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tenant.ListTokens(ctx, tx, h.Tenant)
		old = all[0]
		return err
	})
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		fresh := *p
		fresh.token, err = tenant.RegenerateToken(ctx, tx, h.Tenant, old.ID)
		return err
	})
	require.Equal(t, 401, try(p).StatusCode, "a regenerated token is dead at once")
}

func TestATokenThatIsKnownDiesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	number := 200
	text := func(more ...any) map[string]any {
		number++
		return sms(append([]any{"end_user_number", fmt.Sprintf("+14155550%d", number)}, more...)...)
	}
	for what, end := range map[string]func(ctx context.Context, tx pgx.Tx, of id.Token) error{
		"disabled": func(ctx context.Context, tx pgx.Tx, of id.Token) error {
			return tenant.SetTokenDisabled(ctx, tx, h.Tenant, of, true)
		},
		"regenerated": func(ctx context.Context, tx pgx.Tx, of id.Token) error {
			_, err := tenant.RegenerateToken(ctx, tx, h.Tenant, of)
			return err
		},
	} {
		p := h.program(t, tenant.ScopeSMS)
		require.Equal(t, 200, p.ask("POST", "/sms", text()).StatusCode)
		h.Set(t, tenant.CompanyName, what) // a change of something else
		require.Equal(t, 200, p.ask("POST", "/sms", text()).StatusCode)
		was := h.chats(t)
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			all, err := tenant.ListTokens(ctx, tx, h.Tenant)
			require.NoError(t, err)
			return end(ctx, tx, all[len(all)-1].ID)
		})
		for range 2 {
			require.Equal(t, 401, p.ask("POST", "/sms", text()).StatusCode, what)
			require.Equal(t, 401, p.ask("POST", "/sms", text("message", "")).StatusCode, what)
		}
		require.Equal(t, was, h.chats(t), what)
	}
}

func TestATokenThatIsKnownAsksTheDatabaseBeforeARefusal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	require.Equal(t, 200, p.ask("POST", "/sms", sms()).StatusCode)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // what raises no version is not noticed: nobody looked
		_, err := tx.Exec(ctx, "update api_tokens set scopes = '{calls}' where tenant_id = $1", h.Tenant)
		return err
	})
	require.Equal(t, 200, p.ask("POST", "/sms", sms("end_user_number", webtest.Theo)).StatusCode)
	require.Equal(t, 403, p.ask("POST", "/sms", sms("message", "")).StatusCode)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tenant.ListTokens(ctx, tx, h.Tenant)
		require.NoError(t, err)
		return tenant.SetTokenDisabled(ctx, tx, h.Tenant, all[len(all)-1].ID, true)
	})
	require.Equal(t, 401, p.ask("POST", "/sms", sms("message", "")).StatusCode)
}

func TestATenantsRateIsSharedByItsTokensAndNodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Set(t, tenant.RequestsPerSecond, 1)
	h.Set(t, tenant.RequestBurst, 6)
	h.nodes = 2
	first, second := h.program(t, tenant.ScopeSMS), h.program(t, tenant.ScopeSMS)
	refused := 0
	for i := range 4 {
		p := first
		if i%2 == 1 {
			p = second
		}
		a := p.ask("POST", "/sms", sms("message", ""))
		require.Contains(t, a.Header.Get("RateLimit-Policy"), "q=3;w=6")
		require.Contains(t, a.Header.Get("RateLimit"), ";r=")
		if a.StatusCode == http.StatusTooManyRequests {
			refused++
			require.Equal(t, "Rate limit exceeded", a.message())
			require.NotEmpty(t, a.Header.Get("Retry-After"))
		}
	}
	require.Equal(t, 1, refused, "half of 6 for each of two nodes")
}

func TestTheSameKeyGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	keyed := p.with("Idempotency-Key", `"order 7"`)
	first := keyed.ask("POST", "/sms", sms())
	require.Equal(t, 200, first.StatusCode)
	require.Empty(t, first.Header.Get("Idempotent-Replayed"))
	for _, spelling := range []string{`"order 7"`, "order 7"} {
		again := p.with("Idempotency-Key", spelling).ask("POST", "/sms", sms())
		require.Equal(t, 200, again.StatusCode, "%s", again.body)
		require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
		require.JSONEq(t, string(first.body), string(again.body))
	}
	require.Equal(t, 1, h.chats(t))
	require.Equal(t, 1, h.queued(t))

	other := keyed.ask("POST", "/sms", sms("message", "Another text"))
	require.Equal(t, 422, other.StatusCode)
	require.Equal(t, 400, h.program(t, tenant.ScopeSMS).with("Idempotency-Key", "order 7").ask("POST", "/sms", sms()).StatusCode,
		"a key belongs to its token")
	for _, bad := range []string{`""`, strings.Repeat("k", 256), "é"} {
		require.Equal(t, 400, p.with("Idempotency-Key", bad).ask("POST", "/sms", sms()).StatusCode, bad)
	}
	require.Equal(t, 200, p.with("Idempotency-Key", strings.Repeat("k", 255)).ask("POST", "/sms", sms("end_user_number", "+14155550177")).StatusCode)
}

func TestAnAnswerWithoutAnEffectIsNotKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS).with("Idempotency-Key", "k")
	require.Equal(t, 400, p.ask("POST", "/sms", sms("message", "")).StatusCode)
	require.Equal(t, 0, webtest.One[int](t, h.House, "select count(*) from idempotency_keys"))
	require.Equal(t, 200, p.ask("POST", "/sms", sms()).StatusCode)
}

func TestEqualCallsAtOnceHaveOneEffect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS).with("Idempotency-Key", "k")
	var mu sync.Mutex
	answers := map[int]int{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			a := p.ask("POST", "/sms", sms())
			mu.Lock()
			defer mu.Unlock()
			answers[a.StatusCode]++
		})
	}
	all.Wait()
	require.Equal(t, 20, answers[200]+answers[409], "%v", answers)
	require.NotZero(t, answers[200])
	require.Equal(t, 1, h.chats(t))
}

// The effect is committed and its process dies before it could say so: the repeat finds the answer.
func TestAKeyWhoseEffectIsSavedHasItsAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS).with("Idempotency-Key", "k")
	first := p.ask("POST", "/sms", sms())
	var stored struct{ ID int64 }
	require.NoError(t, json.Unmarshal([]byte(webtest.One[string](t, h.House, "select convert_from(answer, 'UTF8') from idempotency_keys")), &stored))
	require.Contains(t, string(first.body), fmt.Sprint(stored.ID))
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // a day later
		_, err := tx.Exec(ctx, "update idempotency_keys set started_at = started_at - interval '25 hours'")
		return err
	})
	require.Equal(t, "Outbound SMS failed. Consumer is already in an active SMS session.", p.ask("POST", "/sms", sms()).message())
}

func TestWhatIsNotThereIsRefusedInTheSameShape(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	for path, want := range map[string]int{"/nothing": 404, "/sms": 405} {
		a := p.ask("GET", path, nil)
		require.Equal(t, want, a.StatusCode)
		var refusal edge.Refusal
		require.NoError(t, json.Unmarshal(a.body, &refusal))
		require.NotEmpty(t, refusal.Message)
		require.NotEmpty(t, refusal.RequestID)
	}
}
