package ws

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/chat"
	"sidetone/internal/id"
	"sidetone/web/edge/webtest"
)

// shownBoard is a board as a client has it.
type shownBoard[T any] struct {
	t     testing.TB
	c     *client
	of    topic
	rows  map[int64]T
	rev   int
	begun bool
}

func look[T any](t testing.TB, c *client, of topic, f map[string]any) *shownBoard[T] {
	t.Helper()
	data := map[string]any{"topic": of}
	if f != nil {
		data["filter"] = f
	}
	c.ok("watch", 0, data)
	b := &shownBoard[T]{t: t, c: c, of: of, rows: map[int64]T{}}
	for !b.begun {
		b.next() // what was on its way for a watch before this one
	}
	return b
}

// next takes one frame of the board.
func (b *shownBoard[T]) next() {
	b.t.Helper()
	f := b.c.wait("a board of "+string(b.of), func(f in) bool {
		if f.Type != typeSnapshot && f.Type != typeDelta {
			return false
		}
		var d boardData
		return json.Unmarshal(f.Data, &d) == nil && d.Topic == b.of
	})
	d := as[boardData](b.t, f)
	if f.Type == typeDelta {
		require.Greater(b.t, d.Rev, b.rev)
	}
	b.rev = d.Rev
	if f.Type == typeSnapshot {
		b.rows, b.begun = map[int64]T{}, true
	}
	for _, raw := range d.Rows {
		var key struct {
			Chat  int64 `json:"chat_id"`
			User  struct{ ID int64 }
			Queue struct{ ID int64 }
		}
		require.NoError(b.t, json.Unmarshal(raw, &key))
		var row T
		require.NoError(b.t, json.Unmarshal(raw, &row))
		switch b.of {
		case topicChats:
			b.rows[key.Chat] = row
		case topicAgents:
			b.rows[key.User.ID] = row
		default:
			b.rows[key.Queue.ID] = row
		}
	}
	for _, key := range d.Removed {
		delete(b.rows, key)
	}
}

// until takes frames until the board is as it should be.
func (b *shownBoard[T]) until(fits func(map[int64]T) bool) {
	b.t.Helper()
	for !fits(b.rows) {
		b.next()
	}
}

type seenChat struct {
	Section string
	Status  string
	Agent   *userData
	Start   string `json:"start_type"`
	Ringing []string
}

type seenAgent struct {
	Status    string
	Connected bool
	Chats     []struct{}
}

type seenQueue struct {
	Waiting int
	Ongoing struct{ Inbound int }
	Agents  int
	Today   struct {
		Answered int
		InTarget int `json:"in_target"`
		Ended    int
	}
}

func TestABoardShowsAChatFromItsFirstTextToItsEnd(t *testing.T) {
	h := newHouse(t)
	mia := h.dial(t, h.Mia)
	chats, agents, queues := look[seenChat](t, mia, topicChats, nil), look[seenAgent](t, mia, topicAgents, nil), look[seenQueue](t, mia, topicQueues, nil)
	require.Empty(t, chats.rows)
	require.Len(t, agents.rows, 2)
	require.False(t, agents.rows[int64(h.Ann.ID)].Connected)
	require.Contains(t, queues.rows, int64(h.Queue))

	ann := h.dial(t, h.Ann)
	agents.until(func(rows map[int64]seenAgent) bool { return rows[int64(h.Ann.ID)].Connected })
	h.Text(t, webtest.Marisol, webtest.Sales, "hello")
	of := h.Newest(t)
	chats.until(func(rows map[int64]seenChat) bool {
		c := rows[int64(of)]
		return c.Section == sectionFuture && len(c.Ringing) == 1 && c.Ringing[0] == "Ann"
	})
	queues.until(func(rows map[int64]seenQueue) bool {
		return rows[int64(h.Queue)].Waiting == 1 && rows[int64(h.Queue)].Agents == 1
	})
	ann.frame("offer")
	ann.ok("accept", of, nil)
	chats.until(func(rows map[int64]seenChat) bool {
		c := rows[int64(of)]
		return c.Section == sectionOngoing && c.Start == "manual" && c.Agent.Name == "Ann" && len(c.Ringing) == 0
	})
	agents.until(func(rows map[int64]seenAgent) bool { return len(rows[int64(h.Ann.ID)].Chats) == 1 })
	queues.until(func(rows map[int64]seenQueue) bool {
		q := rows[int64(h.Queue)]
		return q.Waiting == 0 && q.Ongoing.Inbound == 1
	})
	mia.ok("end", of, nil)
	chats.until(func(rows map[int64]seenChat) bool { return rows[int64(of)].Section == sectionPrevious })
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from audit_log where action = 'chat.ended' and user_id = $1", h.Mia.ID))
}

func TestABoardIsFilteredAndBeginsAnew(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	mia := h.dial(t, h.Mia)
	anns, bobs := h.dial(t, h.Mia), mia
	have := look[seenChat](t, anns, topicChats, map[string]any{"agent_id": h.Ann.ID})
	lack := look[seenChat](t, bobs, topicChats, map[string]any{"agent_id": h.Bob.ID})
	require.Contains(t, have.rows, int64(of))
	require.Empty(t, lack.rows)
	require.NoError(t, h.Chats.TransferBy(t.Context(), h.Tenant, of, h.Mia.ID, chatTo(h.Queue), ""))
	have.until(func(rows map[int64]seenChat) bool { return len(rows) == 0 })
	again := look[seenChat](t, bobs, topicChats, nil)
	require.Equal(t, sectionFuture, again.rows[int64(of)].Section)
}

func TestNothingLooksWhileNobodyWatches(t *testing.T) {
	h := newHouse(t)
	mia := h.dial(t, h.Mia)
	count := func() int { return len(h.hub.allLookouts()) }
	look[seenAgent](t, mia, topicAgents, nil)
	require.Equal(t, 1, count())
	mia.ok("unwatch", 0, map[string]any{"topic": "agents"})
	require.Zero(t, count())
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	mia.ok("follow", of, nil)
	require.Equal(t, 1, count())
	mia.conn.Close()
	require.Eventually(t, func() bool { return count() == 0 }, patience, time.Millisecond)
}

func TestASupervisorReadsAlongWhispersJoinsAndLeaves(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	ann, mia := h.dial(t, h.Ann), h.dial(t, h.Mia)
	ann.frame("hello")
	require.Equal(t, 5, as[chatData](t, mia.ok("follow", of, nil)).LastSeq)
	mia.ok("resume", 0, map[string]any{"chats": map[string]int{wireID(of): 0}})
	require.Equal(t, []int{1, 2, 3, 4, 5}, mia.rows(of, 5))

	mia.refused("not_owner", "send", of, map[string]any{"client_id": "1", "text": "Hi, Mia here"})
	mia.refused("not_owner", "read", of, map[string]any{"seq": 5})
	mia.ok("whisper", of, map[string]any{"text": "Offer a refund"})
	note := ann.frame("event")
	require.Equal(t, "whisper", as[eventData](t, note).Kind)
	require.Equal(t, "Offer a refund", as[eventData](t, note).Text)
	require.Equal(t, []int{6}, mia.rows(of, 1))
	require.Zero(t, webtest.One[int](t, h.House, "select count(*) from messages where body like '%refund%'"), "the consumer never gets it")
	mia.refused("invalid_request", "whisper", of, map[string]any{"text": " "})

	mia.ok("join", of, nil)
	mia.ok("send", of, map[string]any{"client_id": "1", "text": "Hi, Mia here"})
	require.Equal(t, []int{7, 8}, mia.rows(of, 2))
	said := ann.frame("message")
	require.Equal(t, "Mia", as[messageData](t, said).User.Name)
	require.Equal(t, h.Ann.ID, webtest.One[id.User](t, h.House, "select agent_id from chats where id = $1", of), "the owner stays")
	mia.ok("leave", of, nil)
	mia.refused("not_owner", "send", of, map[string]any{"client_id": "2", "text": "more"})
	for _, action := range []string{"chat.followed", "chat.whispered", "chat.joined", "chat.left"} {
		require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*) from audit_log where action = $1 and user_id = $2", action, h.Mia.ID), action)
	}

	h.Text(t, webtest.Marisol, webtest.Sales, "thank you")
	require.Equal(t, []int{9, 10}, mia.rows(of, 2))
	mia.ok("take_over", of, nil)
	require.Equal(t, h.Mia.ID, webtest.One[id.User](t, h.House, "select agent_id from chats where id = $1", of))
	mia.frame("chat_assigned")
	ann.frame("chat_removed")
	h.Text(t, webtest.Marisol, webtest.Sales, "are you there?")
	require.Equal(t, []int{11, 12, 13}, mia.rows(of, 3))
}

func TestWhoStopsReadingAlongHearsNoMore(t *testing.T) {
	h := newHouse(t)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	mia := h.dial(t, h.Mia)
	mia.ok("follow", of, nil)
	mia.ok("unfollow", of, nil)
	h.Text(t, webtest.Marisol, webtest.Sales, "secret")
	mia.ok("set_status", 0, map[string]any{"status": "available"})
	for _, f := range mia.held {
		require.NotContains(t, string(f.Data), "secret")
	}
	mia.refused("not_found", "follow", 999_999, nil)
}

func TestWhoIsNoSupervisorAnyMoreIsShownNothing(t *testing.T) {
	h := newHouse(t, Limits{PingEvery: 20 * time.Millisecond})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	mia := h.dial(t, h.Mia)
	look[seenChat](t, mia, topicChats, nil)
	mia.ok("follow", of, nil)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update users set roles = '{agent}' where id = $1", h.Mia.ID)
		return err
	})
	require.Eventually(t, func() bool { return len(h.hub.allLookouts()) == 0 }, patience, time.Millisecond)
	mia.refused("forbidden", "watch", 0, map[string]any{"topic": "chats"})
}

func TestATopicThatIsNoneIsRefused(t *testing.T) {
	h := newHouse(t)
	mia, ann := h.dial(t, h.Mia), h.dial(t, h.Ann)
	require.Equal(t, "topic", mia.refused("invalid_request", "watch", 0, map[string]any{"topic": "texts"}).Field)
	require.Equal(t, "filter", mia.refused("invalid_request", "watch", 0, map[string]any{"topic": "chats", "filter": map[string]any{"queue_id": -1}}).Field)
	ann.refused("forbidden", "watch", 0, map[string]any{"topic": "chats"})
}

// Whatever happens to a board, who is told what they lack has what is on it.
func TestWhoIsToldWhatTheyLackHasTheBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &board{lines: map[int64]*line{}}
		b.replace(nil)
		f := filter{Agent: id.User(rapid.IntRange(0, 2).Draw(t, "filter"))}
		has, known := map[int64]string{}, 0
		catchUp := func() {
			kind, data := b.lack(topicAgents, known, f)
			if kind == typeSnapshot {
				has = map[int64]string{}
			}
			for _, row := range data.Rows {
				var r struct{ Key int64 }
				if err := json.Unmarshal(row, &r); err != nil {
					t.Fatal(err)
				}
				has[r.Key] = string(row)
			}
			for _, key := range data.Removed {
				delete(has, key)
			}
			known = data.Rev
		}
		lines := func() (out []line) {
			for _, key := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 6), 0, 6, rapid.ID).Draw(t, "keys") {
				l, err := newLine(key, map[string]int64{"key": key, "v": rapid.Int64Range(0, 2).Draw(t, "v")})
				if err != nil {
					t.Fatal(err)
				}
				l.agent = id.User(rapid.IntRange(1, 2).Draw(t, "agent"))
				l.json = append(l.json[:len(l.json)-1], []byte(`,"a":`+string(rune('0'+l.agent))+`}`)...)
				out = append(out, l)
			}
			return out
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				b.put(lines())
			case 1:
				b.replace(lines())
			default:
				catchUp()
			}
		}
		catchUp()
		want := map[int64]string{}
		for key, l := range b.lines {
			if l.fits(f) {
				want[key] = string(l.json)
			}
		}
		if len(want) != len(has) {
			t.Fatalf("has %v, wants %v", has, want)
		}
		for key, row := range want {
			if has[key] != row {
				t.Fatalf("has %v, wants %v", has, want)
			}
		}
	})
}

func TestABoardThatForgotWhatIsGoneGivesASnapshot(t *testing.T) {
	b := &board{lines: map[int64]*line{}}
	b.replace([]line{{key: 1, json: json.RawMessage(`1`)}})
	known := b.rev
	for i := range int64(tombsMost + 1) {
		b.put([]line{{key: 2 + i, json: json.RawMessage(`1`)}})
		b.drop([]int64{2 + i})
	}
	kind, _ := b.lack(topicChats, known, filter{})
	require.Equal(t, typeSnapshot, kind)
	kind, data := b.lack(topicChats, b.rev-2, filter{})
	require.Equal(t, typeDelta, kind)
	require.Len(t, data.Removed, 1)
}

func chatTo(q id.Queue) chat.To { return chat.To{Queue: q} }

func wireID(of id.Chat) string { return strconv.FormatInt(int64(of), 10) }
