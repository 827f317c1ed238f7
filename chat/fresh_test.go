package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
)

func TestFreshRowsAreExactlyThoseThatLackOrNone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var f fresh
		seq, saved := map[id.Chat]int{}, map[id.Chat]map[int]string{}
		for range rapid.IntRange(1, 60).Draw(t, "commits") {
			c := id.Chat(rapid.IntRange(1, 3).Draw(t, "chat"))
			if saved[c] == nil {
				saved[c] = map[int]string{}
			}
			w := newWork(1, now)
			for range rapid.IntRange(1, 3).Draw(t, "rows") {
				seq[c]++
				m := carrier.NewMessage{ID: 1, Chat: c, Seq: seq[c], Body: rapid.String().Draw(t, "body"), CreatedAt: now}
				m.Direction = carrier.Direction(rapid.Bool().Draw(t, "outbound"))
				w.messages = append(w.messages, m)
				saved[c][m.Seq] = m.Body
			}
			if rapid.Bool().Draw(t, "an agent has it") {
				w.moved = map[id.User]map[id.Chat]int{7: {c: seq[c]}}
			}
			f.add(w)
			after, last := rapid.IntRange(0, seq[c]).Draw(t, "after"), rapid.IntRange(0, seq[c]+1).Draw(t, "last")
			rows := f.rows(freshKey{1, c}, after, last, now)
			for i, r := range rows {
				require.Equal(t, after+1+i, r.Seq)
				require.Equal(t, saved[c][r.Seq], r.Message.Text)
			}
			if rows != nil {
				require.GreaterOrEqual(t, rows[len(rows)-1].Seq, last)
			}
			require.Nil(t, f.rows(freshKey{2, c}, after, last, now), "another tenant's")
		}
	})
}

func TestFreshRowsAreFewAndForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var f fresh
	hear := func(c id.Chat, seq int, media ...carrier.Media) {
		w := newWork(1, now)
		w.messages = []carrier.NewMessage{{ID: 1, Chat: c, Seq: seq, Body: "Hi", Media: media, CreatedAt: now}}
		w.moved = map[id.User]map[id.Chat]int{7: {c: seq}}
		f.add(w)
	}
	for seq := 1; seq <= freshRows+1; seq++ {
		hear(1, seq)
	}
	require.Len(t, f.rows(freshKey{1, 1}, 1, freshRows+1, now), freshRows)
	require.Nil(t, f.rows(freshKey{1, 1}, 0, freshRows+1, now), "the first is gone")
	require.Nil(t, f.rows(freshKey{1, 1}, 1, freshRows+2, now), "a later one is not known")
	require.NotNil(t, f.rows(freshKey{1, 1}, 1, freshRows+1, now.Add(freshTime)))
	require.Nil(t, f.rows(freshKey{1, 1}, 1, freshRows+1, now.Add(freshTime+1)), "too old")

	hear(2, 1, carrier.Media{URL: "http://carrier.example/1"})
	require.Nil(t, f.rows(freshKey{1, 2}, 0, 1, now), "a picture's row changes")
	for c := range id.Chat(freshChats) {
		hear(c+10, 1)
	}
	require.Nil(t, f.rows(freshKey{1, 1}, 1, freshRows+1, now), "pushed out")
	require.Len(t, f.chats, freshChats)
}
