package chat

import (
	"time"

	"sidetone/internal/id"
)

// chatRow is a chat on its way to SaveChats.
type chatRow struct {
	Chat
	thread  id.Thread
	number  id.Number
	endUser id.EndUser
}

// column is one field of all rows, for an array of the statement.
func column[T any](rows []chatRow, field func(c *chatRow) T) []T {
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = field(&rows[i])
	}
	return out
}

func times(rows []chatRow, field func(c *chatRow) time.Time) []*time.Time {
	return column(rows, func(c *chatRow) *time.Time { return orNull(field(c)) })
}

// chatColumns are the arguments of SaveChats, in the order in which the statement names them. JSON would cost the database half
// as much again.
func (w *work) chatColumns() []any {
	r := w.chats
	return []any{
		w.tenant, w.now,
		column(r, func(c *chatRow) int64 { return int64(c.ID) }),
		column(r, func(c *chatRow) int64 { return int64(c.thread) }),
		column(r, func(c *chatRow) int64 { return int64(c.number) }),
		column(r, func(c *chatRow) int64 { return int64(c.endUser) }),
		column(r, func(c *chatRow) string { return string(c.Status) }),
		column(r, func(c *chatRow) string { return string(c.StartedBy) }),
		column(r, func(c *chatRow) string { return c.Lang }),
		column(r, func(c *chatRow) int64 { return int64(c.Menu) }),
		column(r, func(c *chatRow) int64 { return int64(c.Queue) }),
		column(r, func(c *chatRow) int64 { return int64(c.Agent) }),
		column(r, func(c *chatRow) int64 { return int64(c.LastAgent) }),
		column(r, func(c *chatRow) int { return c.Seq }),
		column(r, func(c *chatRow) int { return c.InvalidChoices }),
		column(r, func(c *chatRow) bool { return c.Greeted }),
		column(r, func(c *chatRow) bool { return c.OptOutFlag }),
		column(r, func(c *chatRow) bool { return c.AfterHoursTold }),
		column(r, func(c *chatRow) int { return c.Transfers }),
		column(r, func(c *chatRow) int64 { return int64(c.Handover.To) }),
		times(r, func(c *chatRow) time.Time { return c.Handover.Until }),
		column(r, func(c *chatRow) time.Time { return c.CreatedAt }),
		times(r, func(c *chatRow) time.Time { return c.QueuedAt }),
		times(r, func(c *chatRow) time.Time { return c.AssignedAt }),
		times(r, func(c *chatRow) time.Time { return c.LastConsumerAt }),
		times(r, func(c *chatRow) time.Time { return c.LastAgentAt }),
		times(r, func(c *chatRow) time.Time { return c.DismissedAt }),
		times(r, func(c *chatRow) time.Time { return c.DueAt }),
		times(r, func(c *chatRow) time.Time { return c.OwedSince }),
		times(r, func(c *chatRow) time.Time { return c.EndedAt }),
		column(r, func(c *chatRow) string { return string(c.DisconnectedBy) }),
		column(r, func(c *chatRow) string { return string(c.FailReason) }),
	}
}
