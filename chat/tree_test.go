package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// mia is who changes the trees.
var mia = tenant.Actor{User: 99}

func (h *house) queueNamed(t testing.TB, name string) id.Queue {
	t.Helper()
	return one[id.Queue](t, h, "select id from queues where name = $1 and deleted_at is null", name)
}

// crowd is a chat in every state: one chooses in Support's menu, one waits in Returns, Ann has one of Sales, and one of Sales
// is laid aside.
func (h *house) crowd(t testing.TB) (selecting, queued, assigned, dismissed id.Chat) {
	t.Helper()
	h.text(t, marisol, support, "Hi")
	selecting = h.newest(t)
	h.text(t, theo, support, "Hi")
	h.text(t, theo, support, "1")
	queued = h.newest(t)
	h.offer(t, queued, h.bob)
	assigned = h.assigned(t)
	h.text(t, theo, sales, "Hello")
	dismissed = h.newest(t)
	h.offer(t, dismissed, h.ann)
	_, err := h.Accept(t.Context(), h.tenant, dismissed, h.ann)
	require.NoError(t, err)
	h.clock.advance(time.Second)
	_, err = h.Send(t.Context(), h.tenant, dismissed, h.ann, "c", "Hello")
	require.NoError(t, err)
	require.NoError(t, h.Dismiss(t.Context(), h.tenant, dismissed, h.ann))
	h.log.take()
	return selecting, queued, assigned, dismissed
}

// where is a chat's status and queue.
func (h *house) where(t testing.TB, c id.Chat) string {
	t.Helper()
	return one[string](t, h, `select c.status || ' ' || coalesce(q.name, '-') || ' ' || coalesce(c.fail_reason, '') from chats c
		left join queues q on q.tenant_id = c.tenant_id and q.id = coalesce(c.queue_id, c.menu_id) where c.id = $1`, c)
}

func TestChatsOfADeletedQueueGoOnInItsSubstitute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	selecting, queued, assigned, dismissed := h.crowd(t)
	since := one[time.Time](t, h, "select queued_at from chats where id = $1", queued)
	h.clock.advance(time.Minute)
	require.NoError(t, h.DeleteQueue(t.Context(), h.tenant, mia, h.queueNamed(t, "Support"), h.queueNamed(t, "Sales"), chat.NumbersToSubstitute))
	require.Equal(t, "queued Sales ", h.where(t, selecting))
	require.Equal(t, "queued Sales ", h.where(t, queued))
	require.Equal(t, since, one[time.Time](t, h, "select queued_at from chats where id = $1", queued), "their place in the line stays theirs")
	require.Equal(t, []string{"system/queued: Thank you. An agent will be with you as soon as possible.", "*queued Sales"},
		lastRows(h.transcript(t, selecting), 2))
	require.Equal(t, []string{"*queued Returns", "*queued Sales"}, lastRows(h.transcript(t, queued), 2), "a deleted queue keeps its name")
	require.Equal(t, "withdrawn", one[string](t, h, "select state from offers where chat_id = $1", queued))
	require.Contains(t, h.log.take(), event.Hint{Kind: event.OffersChanged, Tenant: h.tenant, User: h.bob})

	shop, err := h.CreateQueue(t.Context(), h.tenant, mia, chat.NewQueue{Channel: "sms", Name: "Shop"})
	require.NoError(t, err)
	require.NoError(t, h.DeleteQueue(t.Context(), h.tenant, mia, h.queueNamed(t, "Sales"), shop, chat.NumbersToSubstitute))
	require.Equal(t, "queued Shop ", h.where(t, selecting))
	require.Equal(t, "queued Shop ", h.where(t, queued))
	require.Equal(t, "assigned Shop ", h.where(t, assigned))
	require.Equal(t, "dismissed Shop ", h.where(t, dismissed))
	require.Equal(t, []string{"*moved Shop"}, lastRows(h.transcript(t, assigned), 1))
	require.Equal(t, 2, one[int](t, h, "select count(*)::int from numbers where queue_id = $1", shop))
	require.Zero(t, one[int](t, h, "select count(*)::int from queue_agents"))
	require.Contains(t, h.log.take(), event.Hint{Kind: event.Settings, Tenant: h.tenant})
	_, err = h.Send(t.Context(), h.tenant, assigned, h.ann, "d", "Still here")
	require.NoError(t, err, "the agent keeps the chat")

	h.text(t, theo, sales, "Are you there?")
	require.Equal(t, "queued Shop ", h.where(t, dismissed))
	h.text(t, "+14155550143", support, "Hi again")
	require.Equal(t, 0, one[int](t, h, `select count(*)::int from chats c join queues q on q.id = coalesce(c.queue_id, c.menu_id)
		where c.ended_at is null and q.deleted_at is not null`))
}

func TestWithoutASubstituteTheyEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	selecting, queued, assigned, dismissed := h.crowd(t)
	require.NoError(t, h.DeleteQueue(t.Context(), h.tenant, mia, h.queueNamed(t, "Support"), 0, chat.NumbersUnassigned))
	require.NoError(t, h.DeleteQueue(t.Context(), h.tenant, mia, h.queueNamed(t, "Sales"), 0, chat.NumbersUnassigned))
	for c, want := range map[id.Chat]string{selecting: "failed", queued: "failed", assigned: "finished", dismissed: "finished"} {
		require.Equal(t, want+" group_deleted_no_substitute disconnected_by_system", one[string](t, h,
			"select status || ' ' || fail_reason || ' ' || disconnected_by from chats where id = $1", c))
		require.Equal(t, []string{"*ended "}, lastRows(h.transcript(t, c), 1))
	}
	require.Contains(t, h.log.take(), event.Hint{Kind: event.ChatMoved, Tenant: h.tenant, User: h.ann, Chat: assigned, Seq: len(h.transcript(t, assigned))})
	require.Zero(t, one[int](t, h, "select count(*)::int from numbers where queue_id is not null"))
	h.text(t, theo, sales, "Anybody?")
	require.Equal(t, 4, one[int](t, h, "select count(*)::int from chats"), "the number has no queue now")
}

func TestTwoQueuesAreDeletedAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var chats []id.Chat
	for i := range 110 { // more than a batch
		from := fmt.Sprintf("+141555511%02d", i%100)
		if i >= 100 {
			from = fmt.Sprintf("+141555512%02d", i-100)
		}
		h.text(t, from, support, "Hi")
		h.text(t, from, support, fmt.Sprint(1+i%2))
		chats = append(chats, h.newest(t))
	}
	returns, orders, leaf := h.queueNamed(t, "Returns"), h.queueNamed(t, "Orders"), h.queueNamed(t, "Sales")
	var both sync.WaitGroup
	failed := make([]error, 2)
	both.Go(func() { failed[0] = h.DeleteQueue(t.Context(), h.tenant, mia, returns, orders, "") })
	both.Go(func() { failed[1] = h.DeleteQueue(t.Context(), h.tenant, mia, orders, leaf, "") })
	both.Wait()
	require.NoError(t, failed[1])
	want := leaf
	if failed[0] != nil { // Orders was gone already, so Returns stays
		require.Equal(t, errs.Invalid, errs.CodeOf(failed[0]))
		require.NoError(t, h.DeleteQueue(t.Context(), h.tenant, mia, returns, leaf, ""))
	}
	require.NoError(t, chat.NewSweeper(h.Service).RunOnce(t.Context()))
	require.Equal(t, len(chats), one[int](t, h, "select count(*)::int from chats where status = 'queued' and queue_id = $1", want))
	for _, c := range []id.Chat{chats[0], chats[1]} {
		h.transcript(t, c) // without a gap
	}
}

// remove is a deletion whose program was killed right behind the commit.
func (h *house) remove(t testing.TB, q, substitute id.Queue) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, do := range []string{
			"update queues set deleted_at = $3, substitute_id = nullif($4::bigint, 0) where tenant_id = $1 and id = $2",
			"insert into due (tenant_id, kind, ref, due_at) select $1, 'queue', $2, $3::timestamptz + interval '10 s' where $4::bigint is not null",
		} {
			if _, err := tx.Exec(ctx, do, h.tenant, q, h.clock.Now(), substitute); err != nil {
				return err
			}
		}
		_, err := tenant.Bump(ctx, tx, h.tenant)
		return err
	})
}

func TestWhatACrashLeftIsFinishedByASweep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, queued, _, _ := h.crowd(t)
	sweeper := chat.NewSweeper(h.Service)
	h.remove(t, h.queueNamed(t, "Returns"), h.queueNamed(t, "Orders"))
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "queued Returns ", h.where(t, queued), "whoever deletes has a while to move them")
	h.clock.advance(11 * time.Second)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Equal(t, "queued Orders ", h.where(t, queued))
	require.Equal(t, 1, one[int](t, h, "select count(*)::int from due where kind = 'queue'"), "one last look")
	h.clock.advance(20 * time.Second)
	require.NoError(t, sweeper.RunOnce(t.Context()))
	require.Zero(t, one[int](t, h, "select count(*)::int from due where kind = 'queue'"))
}

func TestAChatIsMovedByItsOwnTextToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	selecting, queued, assigned, _ := h.crowd(t)
	h.remove(t, h.queueNamed(t, "Returns"), h.queueNamed(t, "Orders"))
	h.text(t, theo, support, "Still there?")
	require.Equal(t, "queued Orders ", h.where(t, queued))
	require.Equal(t, []string{"end_user/chat: Still there?", "*queued Support › Orders"}, lastRows(h.transcript(t, queued), 2))

	h.remove(t, h.queueNamed(t, "Sales"), h.queueNamed(t, "Orders"))
	_, err := h.Send(t.Context(), h.tenant, assigned, h.ann, "e", "Yes")
	require.NoError(t, err)
	require.Equal(t, "assigned Orders ", h.where(t, assigned))
	require.Equal(t, "selecting Support ", h.where(t, selecting))
	h.text(t, marisol, support, "2")
	require.Equal(t, "queued Orders ", h.where(t, selecting), "one queue is left to choose")
}

func TestAQueueThatPeopleServeBecomesNoMenu(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, _, assigned, _ := h.crowd(t)
	leaf, orders := h.queueNamed(t, "Sales"), h.queueNamed(t, "Orders")
	nest := func() error {
		_, err := h.CreateQueue(t.Context(), h.tenant, mia, chat.NewQueue{Parent: leaf, Name: "Lamps"})
		return err
	}
	require.ErrorContains(t, nest(), "holds 2 chats")
	require.ErrorContains(t, h.MoveQueue(t.Context(), h.tenant, mia, orders, leaf, nil), "holds 2 chats")
	require.NoError(t, h.End(t.Context(), h.tenant, assigned, h.ann))
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update chats set queue_id = $1 where status = 'dismissed'", orders)
		return err
	})
	require.ErrorContains(t, nest(), "served by 2 agents")
	h.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from queue_agents")
		return err
	})
	require.NoError(t, nest())
	h.text(t, "+14155550199", sales, "Hi")
	require.Equal(t, "queued Lamps ", h.where(t, h.newest(t)), "the menu leads on at once")
}

func TestAPreviewIsWhatAConsumerGets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	top, leaf := h.queueNamed(t, "Support"), h.queueNamed(t, "Sales")
	require.NoError(t, h.ChangeQueue(t.Context(), h.tenant, mia, h.queueNamed(t, "Returns"), chat.QueueChange{Names: map[string]string{"es": "Devoluciones"}}))
	for number, q := range map[string]id.Queue{support: top, sales: leaf} {
		p, err := h.PreviewQueue(t.Context(), h.tenant, q, chat.QueueDraft{})
		require.NoError(t, err)
		h.text(t, marisol, number, "Hi")
		var got []string
		rows, err := h.Rows(t.Context(), h.tenant, h.newest(t), 0, 100)
		require.NoError(t, err)
		for _, r := range rows {
			if r.Message != nil && r.Message.Sender == "system" {
				got = append(got, r.Message.Kind+": "+r.Message.Text)
			}
		}
		var foretold []string
		for _, say := range p.Texts {
			foretold = append(foretold, say.Kind+": "+say.Text)
		}
		require.Equal(t, got, foretold)
		require.Equal(t, string(p.Status), one[string](t, h, "select status from chats where id = $1", h.newest(t)))
	}

	before := one[int](t, h, "select count(*)::int from messages")
	p, err := h.PreviewQueue(t.Context(), h.tenant, top, chat.QueueDraft{Lang: "es", Settings: map[string]json.RawMessage{
		"text.greeting.es": json.RawMessage(`"Hola, somos @{COMPANY_NAME}."`),
	}})
	require.NoError(t, err)
	require.Equal(t, "es", p.Lang)
	require.Equal(t, "Hola, somos Fernhill.", p.Texts[0].Text)
	require.Equal(t, "Responda con un número:\n1. Devoluciones\n2. Orders", p.Texts[1].Text)
	p, err = h.PreviewQueue(t.Context(), h.tenant, leaf, chat.QueueDraft{Settings: map[string]json.RawMessage{"hours": json.RawMessage(`{"weekly":{}}`)}})
	require.NoError(t, err)
	require.Equal(t, []string{"greeting", "after_hours"}, []string{p.Texts[0].Kind, p.Texts[1].Kind})
	require.Equal(t, before, one[int](t, h, "select count(*)::int from messages"), "nothing is sent")

	for _, c := range []struct {
		draft chat.QueueDraft
		field string
	}{
		{chat.QueueDraft{Settings: map[string]json.RawMessage{"text.greeting.en": json.RawMessage(`"Hi @{NAME}"`)}}, "text.greeting.en"},
		{chat.QueueDraft{Settings: map[string]json.RawMessage{"company_name": json.RawMessage(`"Acme"`)}}, "company_name"},
		{chat.QueueDraft{Name: new("STOP")}, "name"},
		{chat.QueueDraft{Lang: "Spanish"}, "lang"},
	} {
		_, err := h.PreviewQueue(t.Context(), h.tenant, leaf, c.draft)
		var refused *errs.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, c.field, refused.Field)
	}
	_, err = h.PreviewQueue(t.Context(), h.tenant, 99999, chat.QueueDraft{})
	require.Equal(t, errs.NotFound, errs.CodeOf(err))
}

func TestQueueWordsAndCommandWordsNeverMeet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	leaf := h.queueNamed(t, "Sales")
	change := func(keywords ...string) error {
		return h.ChangeQueue(t.Context(), h.tenant, mia, leaf, chat.QueueChange{Keywords: keywords})
	}
	require.ErrorContains(t, change("Cancel"), "The keyword Cancel is a protected word")
	require.ErrorContains(t, change("back"), "The keyword back is a BACK word")
	require.ErrorContains(t, change("Exit!"), "an EXIT word")
	require.NoError(t, change("lamp"))
	require.NoError(t, h.ChangeQueue(t.Context(), h.tenant, mia, leaf, chat.QueueChange{LangKeywords: map[string][]string{"es": {"fuera"}}}))
	for _, w := range []string{"lamp", "FUERA", "Returns", "refund"} {
		_, err := h.SaveSettings(t.Context(), h.tenant, 0, map[string]json.RawMessage{"exit_words": json.RawMessage(fmt.Sprintf("[%q]", w))}, mia)
		var refused *errs.Error
		require.ErrorAs(t, err, &refused, w)
		require.Equal(t, "exit_words", refused.Field)
	}
	_, err := h.SaveSettings(t.Context(), h.tenant, 0, map[string]json.RawMessage{"exit_words": json.RawMessage(`["leave"]`)}, mia)
	require.NoError(t, err)
	require.ErrorContains(t, change("leave"), "an EXIT word")
	require.NoError(t, change("exit"))
}

func lastRows(rows []string, n int) []string { return slices.Clone(rows[max(0, len(rows)-n):]) }
