package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/edge/webtest"
)

func chatOf(t testing.TB, a answer) (c gen.Chat) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &c))
	return c
}

func TestATextOpensAChatThatWaitsForTheReply(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	c := chatOf(t, p.ask("POST", "/sms", sms("end_user_number", "+1 (415) 555-0142", "outbound_number", "+1-415-555-0101")))
	require.Equal(t, gen.ChatStatus("selecting"), c.Status)
	require.Equal(t, webtest.Support, c.OutboundNumber)
	require.Len(t, c.Participants, 1)
	require.EqualValues(t, newest(t, h), c.Id)
	require.Equal(t, 1, h.queued(t))
	require.Equal(t, "api", webtest.One[string](t, h.House, "select sender from messages"))
	require.Equal(t, 2*time.Hour, webtest.One[time.Duration](t, h.House, "select expires_at - created_at from messages"))

	h.Text(t, webtest.Marisol, webtest.Support, "When?")
	require.Equal(t, "selecting", webtest.One[string](t, h.House, "select status from chats"))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from messages where kind = 'menu'"))
}

func TestEverySpellingOfTheChatTypeIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	for i, spelling := range []string{"SMS", "sms", "SMSAP", "smsapi", "OutboundSMSAPI", "Messaging (SMS)", "messaging (sms)"} {
		to := "+1415555015" + string(rune('0'+i))
		c := chatOf(t, p.ask("POST", "/sms", sms("chat_type", spelling, "end_user_number", to, "chat_subtype", nil)))
		require.Equal(t, gen.ChatChatTypeSMS, c.ChatType)
	}
}

// The rows of spec 2.2 in their order: each request has its own fault and all those that come after it.
func TestRefusalsComeInTheirOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	h.Text(t, "+14155550160", webtest.Sales, "STOP")
	wrong := func(repaired ...any) map[string]any {
		body := map[string]any{
			"chat_type": "fax", "chat_subtype": "telepathy", "end_user_number": "12", "outbound_number": "zzz",
			"message": strings.Repeat("é", 1601), "agent_id": 99999, "agent_email": "nobody@fernhill.example",
		}
		for i := 0; i < len(repaired); i += 2 {
			body[repaired[i].(string)] = repaired[i+1]
			if repaired[i+1] == nil {
				delete(body, repaired[i].(string))
			}
		}
		return body
	}
	h.Set(t, tenant.SMSChatEnabled, false)
	h.Set(t, tenant.OutboundSMSEnabled, false)
	refused := func(body map[string]any, want string) {
		t.Helper()
		a := p.ask("POST", "/sms", body)
		require.Equal(t, http.StatusBadRequest, a.StatusCode, "%s", a.body)
		require.Equal(t, want, a.message())
		require.Zero(t, h.queued(t))
	}
	refused(wrong(), "SMS service is not enabled")
	h.Set(t, tenant.SMSChatEnabled, true)
	refused(wrong(), "Outbound SMS service is not enabled")
	h.Set(t, tenant.OutboundSMSEnabled, true)
	refused(wrong("chat_type", nil), "chat_type needs to be provided")
	refused(wrong("chat_type", ""), "chat_type needs to be provided")
	refused(wrong(), "Valid chat_type needs to be provided")
	ok := []any{"chat_type", "SMS"}
	refused(wrong(ok...), "Valid chat_subtype needs to be provided")
	ok = append(ok, "chat_subtype", nil)
	refused(wrong(append(ok, "end_user_number", nil)...), "end_user_number is required")
	refused(wrong(append(ok, "end_user_number", " ")...), "end_user_number is required")
	refused(wrong(ok...), "end_user_number is invalid")
	ok = append(ok, "end_user_number", "+442071838750")
	refused(wrong(append(ok, "outbound_number", nil)...), "outbound_number is required")
	refused(wrong(ok...), "outbound_number is invalid")
	refused(wrong(append(ok, "outbound_number", "+14155550199")...), "outbound_number is not found")
	ok = append(ok, "outbound_number", webtest.Sales)
	refused(wrong(ok...), "Non US phone number service is not enabled")
	ok = append(ok, "end_user_number", "+14155550160")
	refused(wrong(append(ok, "message", nil)...), "message is required")
	refused(wrong(append(ok, "message", " \n")...), "message is required")
	refused(wrong(ok...), "message exceeds maximum number of characters (1600)")
	ok = append(ok, "message", strings.Repeat("é", 1600))
	refused(wrong(ok...), "Only one of `agent_id` or `agent_email` can be provided.")
	refused(wrong(append(ok, "agent_email", nil)...), "Agent is not found")
	refused(wrong(append(ok, "agent_id", nil)...), "Agent is not found")
	refused(wrong(append(ok, "agent_id", int64(h.Mia.ID), "agent_email", nil)...), "Agent is not found")
	ok = append(ok, "agent_email", nil, "agent_id", int64(h.Ann.ID))
	refused(wrong(ok...), "end_user_number has opted out")

	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	ok = append(ok, "end_user_number", webtest.Marisol)
	refused(wrong(ok...), "Outbound SMS failed. Agent is not connected to chat.")
	refused(wrong(append(ok, "agent_id", nil)...), "Outbound SMS failed. Consumer is already in an active SMS session.")
	ok = append(ok, "end_user_number", "+14155550161")
	chatOf(t, p.ask("POST", "/sms", wrong(ok...)))
}

func TestAnAgentGivenGetsTheChatAndGoesOnInIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // offline and at the limit
		_, err := tx.Exec(ctx, "update users set status = 'offline', chat_limit = 1 where id = $1", h.Ann.ID)
		return err
	})
	h.Assigned(t, "+14155550170", h.Bob)
	first := chatOf(t, p.ask("POST", "/sms", sms("agentEmail", "Ann@fernhill.example")))
	require.Equal(t, gen.ChatStatus("assigned"), first.Status)
	require.EqualValues(t, h.Ann.ID, first.AgentInfo.Id)
	require.Len(t, first.Participants, 2)
	again := chatOf(t, p.ask("POST", "/sms", sms("agentId", int64(h.Ann.ID), "message", "It is on the truck.")))
	require.Equal(t, first.Id, again.Id)
	require.Equal(t, 2, h.queued(t))
	require.Equal(t, "Outbound SMS failed. Agent is not connected to chat.", p.ask("POST", "/sms", sms("agent_id", int64(h.Bob.ID))).message())
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*) from messages where sender = 'agent' and user_id = $1", h.Ann.ID))
}

func TestOfFiftyAtOnceOneOpensTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	var mu sync.Mutex
	said := map[string]int{}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			a := p.ask("POST", "/sms", sms())
			mu.Lock()
			defer mu.Unlock()
			said[a.message()]++
		})
	}
	all.Wait()
	require.Equal(t, map[string]int{"": 1, "Outbound SMS failed. Consumer is already in an active SMS session.": 49}, said)
	require.Equal(t, 1, h.chats(t))
	require.Equal(t, 1, h.queued(t))
}

func TestARefusedTextStopsNoneOfItsGroup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	h.Text(t, webtest.Marisol, webtest.Sales, "Hi")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			switch i % 4 {
			case 0:
				require.Equal(t, 400, p.ask("POST", "/sms", sms()).StatusCode)
			case 1:
				h.Text(t, "+1415555022"+string(rune('0'+i/4)), webtest.Sales, "Hello")
			default:
				to := "+141555502" + string(rune('3'+i%4)) + string(rune('0'+i/4))
				require.Equal(t, 200, p.ask("POST", "/sms", sms("end_user_number", to)).StatusCode)
			}
		})
	}
	all.Wait()
	require.Equal(t, 31, h.chats(t))
	require.Equal(t, 20, h.queued(t))
}

func TestWrongTypesAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	for body, field := range map[string]string{
		`{"message": 7}`: "message", `{"agent_id": "x"}`: "agent_id", `{"end_user_number": ["+1"]}`: "end_user_number", `{"agent_id": 1.5}`: "agent_id",
		`[]`: "", `{`: "", `"text"`: "",
	} {
		a := p.ask("POST", "/sms", body)
		require.Equal(t, 400, a.StatusCode, body)
		require.Contains(t, string(a.body), field, body)
	}
	require.Equal(t, 415, p.with("Content-Type", "text/plain").ask("POST", "/sms", `{}`).StatusCode)
	require.Equal(t, 413, p.ask("POST", "/sms", `{"message":"`+strings.Repeat("a", 1<<20)+`"}`).StatusCode)
	require.Equal(t, 200, p.ask("POST", "/sms", sms("colour", "blue", "ticket_id", "no such ticket")).StatusCode)
}

// Both sides of the limit, in whatever is written: a character is a code point.
func TestATextIsMeasuredInCodePoints(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program(t, tenant.ScopeSMS)
	number := 160
	for _, of := range []string{"a", "😀", "e\u0301"} {
		longest := strings.Repeat(of, 1600/utf8.RuneCountInString(of))
		number++
		to := fmt.Sprintf("+14155550%d", number)
		a := p.ask("POST", "/sms", sms("end_user_number", to, "message", longest+"e"))
		require.Equal(t, 400, a.StatusCode, of)
		require.Equal(t, "message exceeds maximum number of characters (1600)", a.message())
		require.Equal(t, 200, p.ask("POST", "/sms", sms("end_user_number", to, "message", longest)).StatusCode, of)
		require.Equal(t, longest, webtest.One[string](t, h.House, "select body from messages order by id desc limit 1"))
	}
}
