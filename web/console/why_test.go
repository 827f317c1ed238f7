package console_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge/webtest"
)

// counter is a carrier that answers every text alike.
type counter struct{ err error }

func (c counter) Send(_ context.Context, m wire.Outbound) (wire.Accepted, error) {
	if c.err != nil {
		return wire.Accepted{}, c.err
	}
	return wire.Accepted{ProviderID: fmt.Sprintf("CR%d", m.Ref), Status: wire.Sent}, nil
}

func (counter) Lookup(context.Context, string, string, time.Time) ([]wire.Found, error) {
	return nil, errors.ErrUnsupported
}

// carry lets real lanes hand all that waits to a carrier, and returns when nothing is left to be done about it.
func (h *house) carry(t testing.TB, to carrier.Sender) {
	t.Helper()
	lanes := carrier.NewLanes(carrier.Config{
		DB: h.DB, Node: 1, Gate: carrier.NewGate(time.Now), Publish: h.Bus.Publish, Log: h.Log, Now: time.Now,
		Senders: func(context.Context, id.Account) (carrier.Sender, error) { return to, nil },
		Poll:    20 * time.Millisecond, AskAfter: time.Millisecond, ParkAfter: time.Millisecond,
	})
	lanes.Start()
	defer lanes.Stop()
	require.Eventually(t, func() bool {
		return webtest.One[int](t, h.House, `select count(*)::int from messages where status = 'queued' or status = 'sending' and not uncertain`) == 0
	}, 20*time.Second, 10*time.Millisecond)
}

// latest is the text that came or went last.
func (h *house) latest(t testing.TB, where string) int64 {
	t.Helper()
	return webtest.One[int64](t, h.House, "select max(id) from messages where "+where)
}

// story asks why, and gives the steps as lines.
func story(t testing.TB, b *browser, format string, of any) (lines []string, steps []gen.WhyStep) {
	t.Helper()
	steps = gets[gen.Why](t, 200, b.ask("GET", fmt.Sprintf(format, of), nil)).Steps
	for i, s := range steps {
		require.NotContains(t, s.Text, "<nil>")
		require.NotEmpty(t, s.Code)
		require.True(t, i == 0 || strings.Contains(format, "messages") || !s.At.Before(steps[i-1].At), "oldest first")
		lines = append(lines, s.Step+": "+s.Text)
	}
	return lines, steps
}

func TestWhyATextOfABlockedNumberDidNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into blocklist (tenant_id, address, reason) values ($1, $2, 'threats')", h.Tenant, webtest.Marisol)
		return err
	})
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	lines, _ := story(t, h.browser(t, h.Mia), "/messages/%d/why", h.latest(t, "true"))
	require.Equal(t, []string{
		"received: The carrier brought this text to +14155550102.",
		"blocklist: The customer's number is on the blocklist (threats): the text is kept and nothing else happens.",
	}, lines)
	refused(t, 404, "not_found", h.browser(t, h.Ann).ask("GET", fmt.Sprintf("/messages/%d/why", h.latest(t, "true")), nil))
}

func TestWhyATextOfSomeoneWhoOptedOutIsNotAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Text(t, webtest.Marisol, webtest.Sales, "Arrêt!")
	mia := h.browser(t, h.Mia)
	lines, steps := story(t, mia, "/messages/%d/why", h.latest(t, "direction = 'in'"))
	require.Equal(t, []string{
		"received: The carrier brought this text to +14155550102.",
		"number: +14155550102 leads to Sales.",
		"command: The text reads as STOP (exact word: ARRET).",
		"ledger: Written to the consent ledger: the customer wants no more texts (keyword ARRET).",
	}, lines)
	require.Equal(t, "fr", steps[2].Facts["lang"])

	h.Text(t, webtest.Marisol, webtest.Sales, "hello?")
	lines, _ = story(t, mia, "/messages/%d/why", h.latest(t, "direction = 'in'"))
	require.Equal(t, []string{
		"ledger: Written to the consent ledger: the customer wants no more texts (keyword ARRET).",
		"received: The carrier brought this text to +14155550102.",
		"number: +14155550102 leads to Sales.",
		"opted_out: The customer is on the do-not-contact list: the text is kept, nothing is answered and no chat begins.",
	}, lines)

	lines, _ = story(t, mia, "/messages/%d/why", h.latest(t, "kind = 'stop_confirmation'"))
	require.Equal(t, []string{
		"written: The channel sent this text: the one confirmation of STOP.",
		"consent: The customer had opted out; the answer to the command word itself may still go.",
		"lane: It waited for the lane of +14155550102, to be sent within 5 min.",
		"waiting: It still waits for its turn.",
	}, lines)
}

func TestWhyATextToAnUnknownNumberIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Text(t, webtest.Marisol, "+14155550199", "hello")
	lines, _ := story(t, h.browser(t, h.Mia), "/messages/%d/why", h.latest(t, "true"))
	require.Equal(t, []string{
		"received: The carrier brought this text to +14155550199.",
		"number: +14155550199 was none of our numbers: the text is kept and nothing is answered.",
	}, lines)
}

// reply is Ann's text in her chat with Marisol.
func (h *house) reply(t testing.TB, in id.Chat) int64 {
	t.Helper()
	sent, err := h.Chats.Send(t.Context(), h.Tenant, in, h.Ann.ID, fmt.Sprint("c", time.Now().UnixNano()), "A new mug is on its way")
	require.NoError(t, err)
	return int64(sent.Message)
}

func TestWhyATextExpired(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.reply(t, of)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // the lane stood still until then
		_, err := tx.Exec(ctx, "update messages set created_at = now() - interval '1 hour', expires_at = now() - interval '50 min' where sender = 'agent'")
		return err
	})
	h.carry(t, counter{})
	lines, steps := story(t, h.browser(t, h.Ann), "/messages/%d/why", h.latest(t, "sender = 'agent'"))
	require.Len(t, lines, 4)
	require.Equal(t, []string{
		"written: Ann wrote this text.",
		"consent: The customer was not on the do-not-contact list.",
		"lane: It waited for the lane of +14155550102, to be sent within 10 min.",
	}, lines[:3])
	require.Regexp(t, `^expired: It was not sent: its time ran out at \d\d:\d\d:\d\d UTC before it could go\.$`, lines[3])
	require.Equal(t, "conversation", steps[2].Facts["priority"])
	require.Equal(t, true, steps[3].Facts["retryable"])
}

func TestWhyATextWasCancelled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	m := h.reply(t, of)
	h.Text(t, webtest.Marisol, webtest.Sales, "please stop texting me")
	ann := h.browser(t, h.Ann)
	lines, steps := story(t, ann, "/messages/%d/why", m)
	require.Regexp(t, `^cancelled: It was cancelled before it was sent: the customer opted out at \S+ UTC \(phrase stop texting me\)\.$`, lines[len(lines)-1])
	require.Equal(t, "phrase", steps[len(steps)-1].Facts["source"])

	lines, _ = story(t, ann, "/chats/%d/why", of)
	require.Contains(t, lines, "opted_out: The customer wants no more texts (stop texting me).")
	require.Contains(t, lines, "ended: The chat ended because the customer opted out.")
	require.Contains(t, lines, "command: The text reads as STOP (clear phrase: stop texting me).")
}

func TestWhyACarrierRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ann := h.browser(t, h.Ann)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	m := h.reply(t, of)
	h.carry(t, counter{})
	for _, r := range []wire.Receipt{{Status: wire.Delivered}, {Status: wire.Sent}, {Status: wire.Undelivered, ErrorCode: "30007"}} {
		if r.Status == wire.Delivered {
			continue // it never was
		}
		r.ProviderID, r.At = fmt.Sprintf("CR%d", m), time.Now()
		require.NoError(t, h.Receipts.Apply(t.Context(), h.Tenant, h.Account, r))
	}
	lines, steps := story(t, ann, "/messages/%d/why", m)
	require.Equal(t, []string{
		fmt.Sprintf("handed_over: It was handed to the carrier once, which took it as CR%d.", m),
		"receipt: The carrier said: sent.",
		"receipt: The carrier said: undelivered: The text was filtered as spam by the mobile network.",
		"undelivered: The text did not arrive: The text was filtered as spam by the mobile network.",
	}, lines[3:])
	require.Equal(t, "30007", steps[6].Facts["error_code"])
	require.Equal(t, false, steps[6].Facts["retryable"])
	lines, _ = story(t, ann, "/chats/%d/why", of)
	require.Contains(t, lines, "undelivered: The text did not arrive: The text was filtered as spam by the mobile network.")

	m = h.reply(t, of)
	h.carry(t, counter{err: wire.Refusal("21610", wire.Content, nil)})
	lines, _ = story(t, ann, "/messages/%d/why", m)
	require.Equal(t, []string{
		"handed_over: It was handed to the carrier once.",
		"failed: The text did not arrive: This person has opted out of texts from this number.",
	}, lines[3:])
	h.Text(t, webtest.Marisol, webtest.Sales, "are you there?")
	lines, _ = story(t, h.browser(t, h.Mia), "/messages/%d/why", h.latest(t, "direction = 'in'"))
	require.Contains(t, lines, "ledger: Written to the consent ledger: the customer wants no more texts (the carrier says so 21610).")
}

func TestWhyNobodyKnowsWhatBecameOfAText(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	m := h.reply(t, h.Assigned(t, webtest.Marisol, h.Ann))
	h.carry(t, counter{err: errors.New("the connection broke after the request was written")})
	lines, _ := story(t, h.browser(t, h.Ann), "/messages/%d/why", m)
	require.Equal(t, []string{
		"handed_over: It was handed to the carrier once.",
		"uncertain: Nobody knows whether the carrier took it: its answer got lost. It is looked up there, and never sent again by itself.",
	}, lines[3:])
}

func TestWhyAChatIsStillWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Router.Stop()
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	of := h.Newest(t)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into offers (tenant_id, chat_id, user_id, state, created_at, expires_at, closed_at) values
			($1, $2, $3, 'expired', now() + interval '1 s', now() + interval '11 s', now() + interval '11 s'),
			($1, $2, $4, 'declined', now() + interval '12 s', now() + interval '22 s', now() + interval '13 s')`, h.Tenant, of, h.Ann.ID, h.Bob.ID)
		return err
	})
	lines, steps := story(t, h.browser(t, h.Mia), "/chats/%d/why", of)
	require.Equal(t, []string{
		"number: +14155550102 leads to Sales.",
		"started: The customer's text opened the chat. The number leads to Sales.",
		"written: The channel sent this text: the greeting of a chat that begins.",
		"queued: The chat waits in Sales.",
	}, lines[:4])
	require.Regexp(t, `^offered: The chat was offered to Ann until`, lines[4])
	require.Equal(t, "offer_missed: Ann did not answer in time.", lines[5])
	require.Equal(t, "offer_declined: Bob declined.", lines[7])
	require.EqualValues(t, h.Ann.ID, steps[4].Facts["user_id"])
	refused(t, 404, "not_found", h.browser(t, h.Bob).ask("GET", fmt.Sprintf("/chats/%d/why", of), nil))
}

func TestWhyAMenuRanOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Text(t, webtest.Marisol, webtest.Support, "hello")
	h.Text(t, webtest.Marisol, webtest.Support, "nine")
	h.Text(t, webtest.Marisol, webtest.Support, "help")
	of := h.Newest(t)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update chats set created_at = created_at - interval '2 days', last_consumer_at = last_consumer_at - interval '2 days'`)
		if err == nil {
			_, err = tx.Exec(ctx, "update due set due_at = now() where kind = 'chat'")
		}
		return err
	})
	require.NoError(t, chat.NewSweeper(h.Chats).RunOnce(t.Context()))
	lines, steps := story(t, h.browser(t, h.Mia), "/chats/%d/why", of)
	require.Equal(t, []string{
		"number: +14155550101 leads to Support.",
		"started: The customer's text opened the chat. The number leads to Support.",
		"written: The channel sent this text: the greeting of a chat that begins.",
		"written: The channel sent this text: a menu to choose from.",
		"written: The channel sent this text: the menu again, because the answer was none of its choices.",
		"command: The text reads as HELP (exact word: HELP).",
		"written: The channel sent this text: the answer to HELP.",
		"ended: The chat ended because nothing was chosen from the menu in time.",
	}, lines)
	require.EqualValues(t, 1440, steps[7].Facts["timer_minutes_now"])
	require.Equal(t, "expired_menu_selection", steps[7].Facts["reason"])
}

func TestWhyAChatWasAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	m := h.reply(t, of)
	h.carry(t, counter{})
	require.NoError(t, h.Receipts.Apply(t.Context(), h.Tenant, h.Account, wire.Receipt{ProviderID: fmt.Sprintf("CR%d", m), Status: wire.Delivered, At: time.Now()}))
	require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, h.Ann.ID))
	ann := h.browser(t, h.Ann)
	lines, _ := story(t, ann, "/chats/%d/why", of)
	require.Contains(t, lines, "offer_accepted: Ann accepted.")
	require.Equal(t, []string{"assigned: Ann took the chat.", "ended: Ann ended the chat."}, lines[len(lines)-2:])
	lines, _ = story(t, ann, "/messages/%d/why", m)
	require.Equal(t, []string{"receipt: The carrier said: delivered.", "delivered: The text was delivered."}, lines[4:])
	first := webtest.One[int64](t, h.House, "select min(id) from messages")
	lines, _ = story(t, ann, "/messages/%d/why", first)
	require.Equal(t, []string{
		fmt.Sprintf("transcript: It is row 2 of chat %d.", of), "queued: The chat waits in Sales.",
	}, lines[len(lines)-2:], "and what it did")
	bob := h.browser(t, h.Bob)
	refused(t, 404, "not_found", bob.ask("GET", fmt.Sprintf("/messages/%d/why", m), nil))
	refused(t, 404, "not_found", bob.ask("GET", "/messages/999999/why", nil))
	refused(t, 404, "not_found", h.browser(t, h.Mia).ask("GET", "/messages/999999/why", nil))
	refused(t, 404, "not_found", h.browser(t, h.Mia).ask("GET", "/chats/999999/why", nil))
}

func TestAnAgentSeesTodaysFiguresBesideTheTeams(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.Router.Stop()
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a made-up day, asked for by a manager
	at := func(minute int) time.Time { return day.Add(9*time.Hour + time.Duration(minute)*time.Minute) }
	took := func(agent tenant.User, from string, begin, reply, end int) id.Chat {
		of := h.Assigned(t, from, agent)
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "update chat_events set at = $2 where chat_id = $1 and kind = 'assigned'", of, at(begin))
			return err
		})
		if reply >= 0 {
			_, err := h.Chats.Send(t.Context(), h.Tenant, of, agent.ID, fmt.Sprint(from, begin), "Hi")
			require.NoError(t, err)
			h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "update messages set created_at = $2 where chat_id = $1 and sender = 'agent'", of, at(reply))
				return err
			})
		}
		if end >= 0 {
			require.NoError(t, h.Chats.End(t.Context(), h.Tenant, of, agent.ID))
			h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "update chat_events set at = $2 where chat_id = $1 and kind = 'ended'", of, at(end))
				return err
			})
		}
		return of
	}
	took(h.Ann, webtest.Marisol, 0, 1, 10)
	took(h.Ann, webtest.Marisol, 20, 23, 24)
	took(h.Ann, webtest.Marisol, 30, -1, -1)
	of := took(h.Bob, webtest.Theo, 0, 2, 8)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into offers (tenant_id, chat_id, user_id, state, created_at, expires_at, closed_at) values
			($1, $2, $3, 'expired', $4, $4, $4), ($1, $2, $3, 'declined', $4, $4, $4), ($1, $2, $3, 'expired', $5, $5, $5), ($1, $2, $3, 'withdrawn', $4, $4, $4)`,
			h.Tenant, of, h.Ann.ID, at(5), day.AddDate(0, 0, 1))
		return err
	})
	mia := h.browser(t, h.Mia)
	period := fmt.Sprintf("?from=%s&to=%s", day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339))
	stats := gets[gen.AgentStats](t, 200, mia.ask("GET", "/stats/agents"+period, nil))
	require.Len(t, stats.Agents, 2)
	require.Equal(t, "Ann", stats.Agents[0].Agent.Name)
	require.Equal(t, gen.Figures{Chats: 3, Handled: 2, HandleSeconds: 420, FirstResponseSeconds: 120, Messages: 2, Missed: 1, Declined: 1}, stats.Agents[0].Figures)
	require.Equal(t, gen.Figures{Chats: 1, Handled: 1, HandleSeconds: 480, FirstResponseSeconds: 120, Messages: 1}, stats.Agents[1].Figures)
	none := gets[gen.AgentStats](t, 200, mia.ask("GET", "/stats/agents", nil))
	require.Zero(t, none.Agents[0].Figures.Chats, "none of them today")
	require.Equal(t, "to", refused(t, 400, "invalid_request", mia.ask("GET", "/stats/agents?from=2026-01-01T00:00:00Z&to=2026-04-04T00:00:00Z", nil)).Field)
	gets[gen.AgentStats](t, 200, mia.ask("GET", "/stats/agents?from=2026-01-01T00:00:00Z&to=2026-04-03T00:00:00Z", nil))
	require.Equal(t, "to", refused(t, 400, "invalid_request", mia.ask("GET", "/stats/agents?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", nil)).Field)
	require.Equal(t, "from", refused(t, 400, "invalid_request", mia.ask("GET", "/stats/agents?from=yesterday", nil)).Field)

	ann := h.browser(t, h.Ann)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update chat_events set at = now() where kind = 'assigned'")
		return err
	})
	mine := gets[gen.MyStats](t, 200, ann.ask("GET", "/me/stats?time_zone=America/New_York", nil))
	require.Equal(t, "America/New_York", mine.TimeZone)
	require.EqualValues(t, 3, mine.Mine.Chats)
	require.EqualValues(t, 2, mine.Team.Chats, "(3 + 1) / 2")
	require.EqualValues(t, 2, mine.TeamAgents)
	h.team(t, "Ann's own", h.Ann.ID)
	require.EqualValues(t, 1, gets[gen.MyStats](t, 200, ann.ask("GET", "/me/stats", nil)).TeamAgents)
	require.Equal(t, "time_zone", refused(t, 400, "invalid_request", ann.ask("GET", "/me/stats?time_zone=Mars/Base", nil)).Field)
	refused(t, 403, "forbidden", mia.ask("GET", "/me/stats", nil))
	refused(t, 403, "forbidden", ann.ask("GET", "/stats/agents", nil))
}
