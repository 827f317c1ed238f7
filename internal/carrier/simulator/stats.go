package simulator

import (
	"net/http"
	"sync/atomic"
	"time"
)

// stats counts what the carrier did since it began.
type stats struct {
	accepted, refused, faulted, dropped          atomic.Int64
	textsIn, webhooksOK, webhooksFailed          atomic.Int64
	receiptsSent, receiptsFailed, receiptRetries atomic.Int64
	receiptsDropped, underWay                    atomic.Int64
}

// Stats is the answer of GET /sim/stats.
type Stats struct {
	Accepted           int64   `json:"accepted"`             // texts taken
	Refused            int64   `json:"refused"`              // texts refused for a reason of their own
	Faulted            int64   `json:"faulted"`              // texts refused by error_rate
	DroppedAfterAccept int64   `json:"dropped_after_accept"` // texts taken without an answer
	TextsIn            int64   `json:"texts_in"`
	WebhooksOK         int64   `json:"webhooks_ok"`
	WebhooksFailed     int64   `json:"webhooks_failed"`
	ReceiptsSent       int64   `json:"receipts_sent"`
	ReceiptsFailed     int64   `json:"receipts_failed"`
	ReceiptRetries     int64   `json:"receipt_retries"`
	ReceiptsDropped    int64   `json:"receipts_dropped"` // for want of room, or lost at the end
	ReceiptsWaiting    int     `json:"receipts_waiting"` // texts that still owe some
	UnderWay           int64   `json:"under_way"`        // requests for a text that have come and are not answered yet
	UptimeSeconds      float64 `json:"uptime_seconds"`
}

// Stats tells what the carrier did.
func (c *Carrier) Stats() Stats {
	s := &c.stats
	return Stats{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(), Faulted: s.faulted.Load(), DroppedAfterAccept: s.dropped.Load(),
		TextsIn: s.textsIn.Load(), WebhooksOK: s.webhooksOK.Load(), WebhooksFailed: s.webhooksFailed.Load(),
		ReceiptsSent: s.receiptsSent.Load(), ReceiptsFailed: s.receiptsFailed.Load(), ReceiptRetries: s.receiptRetries.Load(),
		ReceiptsDropped: s.receiptsDropped.Load(), ReceiptsWaiting: c.post.waiting(), UnderWay: s.underWay.Load(), UptimeSeconds: time.Since(c.started).Seconds(),
	}
}

func (c *Carrier) getStats(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, c.Stats())
}
