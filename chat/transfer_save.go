package chat

import (
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// transferRow is a transfer that begins in a transaction, or is settled in it.
type transferRow struct {
	chat  id.Chat
	began TransferBegan
	why   string
}

// passRow is a chat that an agent has let go, and how long they are left alone about it.
type passRow struct {
	chat  id.Chat
	agent id.User
	rest  time.Duration
}

// queueTransfers writes what a transfer has become. One that begins in the same step as it ends is written first.
func (w *work) queueTransfers(b *pgx.Batch) {
	for _, r := range w.began {
		b.Queue(beginTransfer, w.tenant, r.chat, r.began.Seq, r.began.By, int64(r.began.Queue), int64(r.began.Agent), w.now, orNull(r.began.Until))
	}
	for _, r := range w.over {
		b.Queue(settleTransfer, r.why, w.now, w.tenant, r.chat)
	}
	for _, p := range w.passed {
		b.Queue(passOffer, w.tenant, p.chat, p.agent, w.now, w.now.Add(p.rest))
	}
}

// tellOffered lets an agent look at what is offered to them, once this is committed.
func (w *work) tellOffered(agent id.User) {
	if agent != 0 {
		w.offered = append(w.offered, agent)
	}
}
