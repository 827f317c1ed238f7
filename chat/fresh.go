package chat

import (
	"sync"
	"time"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
)

// What a node remembers of the texts it has just saved: enough for the sockets that are about to ask for them.
const (
	freshChats = 2048
	freshRows  = 8 // of a chat
	freshTime  = 2 * time.Second
)

// fresh are consumers' texts that this node has just committed, so that their agents' sockets need not read them again.
// Only what never changes is kept: a received text without media. Everything else is read from its row.
type fresh struct {
	mu    sync.Mutex
	chats map[freshKey][]Row
	line  [freshChats]freshKey // the chats in the order they came; the oldest is dropped for a new one
	next  int
}

type freshKey struct {
	tenant id.Tenant
	chat   id.Chat
}

// add keeps the texts that agents are about to be told of.
func (f *fresh) add(w *work) {
	if len(w.moved) == 0 {
		return
	}
	watched := map[id.Chat]bool{}
	for _, chats := range w.moved {
		for c := range chats {
			watched[c] = true
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range w.messages {
		if m := &w.messages[i]; m.Direction == carrier.In && len(m.Media) == 0 && m.ID != 0 && watched[m.Chat] {
			f.put(freshKey{w.tenant, m.Chat}, freshRow(m))
		}
	}
}

func freshRow(m *carrier.NewMessage) Row {
	return Row{Seq: m.Seq, At: m.CreatedAt, Message: &MessageView{
		ID: m.ID, Sender: string(m.Sender), Kind: carrier.KindChat, Text: m.Body, Status: "received", Segments: m.Segments,
	}}
}

func (f *fresh) put(k freshKey, row Row) {
	rows, there := f.chats[k]
	if !there {
		if f.chats == nil {
			f.chats = map[freshKey][]Row{}
		}
		delete(f.chats, f.line[f.next])
		f.line[f.next] = k
		f.next = (f.next + 1) % freshChats
	}
	if n := len(rows); n > 0 && rows[n-1].Seq+1 != row.Seq {
		rows = nil // something else stands between them
	}
	rows = append(rows, row)
	f.chats[k] = rows[max(0, len(rows)-freshRows):]
}

// rows are those right behind a row, up to the last that was told; nil: not all of them are known here.
func (f *fresh) rows(k freshKey, after, last int, now time.Time) []Row {
	f.mu.Lock()
	defer f.mu.Unlock()
	rows := f.chats[k]
	if len(rows) == 0 || after >= last || rows[0].Seq > after+1 || rows[len(rows)-1].Seq < last {
		return nil
	}
	rows = rows[after+1-rows[0].Seq:]
	if now.Sub(rows[0].At) > freshTime {
		return nil
	}
	return rows[:len(rows):len(rows)]
}

// Fresh are the rows of a transcript behind after and up to last, without a look at the database: what this node has just
// saved. Nil: ask Rows.
func (s *Service) Fresh(t id.Tenant, chat id.Chat, after, last int) []Row {
	return s.fresh.rows(freshKey{t, chat}, after, last, s.now())
}
