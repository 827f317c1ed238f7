package smsapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/segments"
	"sidetone/internal/tenant"
)

// What one call may ask for (spec 2.3).
const (
	MostRecipients    = 100
	MostMessages      = 5
	LongestMessage    = 320 // Unicode code points
	longestRequestID  = 64  // of the caller's own; ours may be longer by a suffix
	estimateAllowance = time.Second
)

// Why a recipient was skipped.
const (
	SkippedOptedOut = "opted_out"
	SkippedBlocked  = "blocked"
)

// Notice is a request for texts without a session, as it came: every recipient gets every message, in order.
type Notice struct {
	RequestID string // the call's own
	From      string
	To        []string
	Messages  []string
}

// Skip is a recipient who gets nothing, and why.
type Skip struct {
	Phone  string `json:"phone"`
	Reason string `json:"reason"`
}

// Accepted is what became of a Notice.
type Accepted struct {
	RequestID  string // the notice's; with a suffix when an earlier call of the tenant has it
	Texts      int
	Skipped    []Skip
	Done       time.Time // when the last text is estimated to be sent
	WillExpire bool      // that is too late for some
}

// sound is a Notice that has passed its checks.
type sound struct {
	from   carrier.Number
	to     []string // without repeats
	bodies []string
	parts  []int
	expiry time.Duration
	limit  limit
}

// Notify takes a notice: its texts are saved, held, and released at the tenant's pace. Refusals come in the order of spec 2.3 and with its
// sentences; nothing is saved then. record adds the caller's own writes to the transaction.
func (s *Service) Notify(ctx context.Context, t id.Tenant, in Notice, record func(b *pgx.Batch, a Accepted) error) (Accepted, error) {
	rules, err := s.Chats.Rules(ctx, t)
	if err != nil {
		return Accepted{}, err
	}
	n, err := in.check(rules)
	if err != nil {
		return Accepted{}, err
	}
	for try := range 3 {
		a := Accepted{RequestID: in.RequestID}
		if try > 0 || a.RequestID == "" || len(a.RequestID) > longestRequestID {
			a.RequestID = fresh(in.RequestID)
		}
		err = s.notify(ctx, t, n, &a, in.RequestID, record)
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Code == "23505" && pgErr.ConstraintName == "sessionless_requests_tenant_id_request_id_key" {
			continue // another call took the id in this moment
		}
		if err != nil {
			return Accepted{}, fmt.Errorf("save texts without a session: %w", err)
		}
		if s.Release != nil && a.Texts > 0 {
			s.Release()
		}
		return a, nil
	}
	return Accepted{}, fmt.Errorf("save texts without a session: %w", err)
}

// fresh makes an id that no earlier call has, beginning with the caller's own so that it can be found by it.
func fresh(own string) string {
	var raw [8]byte
	rand.Read(raw[:])
	if own == "" || len(own) > longestRequestID {
		return hex.EncodeToString(raw[:])
	}
	return own + "." + hex.EncodeToString(raw[:4])
}

// check is everything that needs no database.
func (in Notice) check(rules *chat.Rules) (n sound, err error) {
	set := rules.Settings(0)
	if !set.On(tenant.OutboundSMSEnabled) {
		return n, refuse("", "Outbound SMS service is not enabled")
	}
	if n.from, err = in.sender(rules); err != nil {
		return n, err
	}
	if n.to, err = in.recipients(set.On(tenant.NonUSNumbers)); err != nil {
		return n, err
	}
	if err = in.texts(&n); err != nil {
		return n, err
	}
	n.expiry, n.limit = set.Duration(tenant.APITextExpiry), limit{set.Count(tenant.SessionlessPerMinute), time.Minute}
	return n, nil
}

func (in Notice) sender(rules *chat.Rules) (from carrier.Number, err error) {
	if strings.TrimSpace(in.From) == "" {
		return from, refuse("from_phone", "from_phone is required")
	}
	ours, err := phone.Parse(in.From, "")
	if err != nil || !ours.IsUS() {
		return from, refuse("from_phone", "from_phone must be a valid US number")
	}
	from, known := rules.Numbers[string(ours)]
	if !known || !from.Can(carrier.SessionFree) || !from.Verified() {
		return from, refuse("from_phone", "from_phone is not found")
	}
	return from, nil
}

func (in Notice) recipients(abroad bool) (to []string, err error) {
	switch {
	case len(in.To) == 0:
		return nil, refuse("to_phones", "to_phones is required")
	case len(in.To) > MostRecipients:
		return nil, refuse("to_phones", "to_phones exceeds the maximum count of %d", MostRecipients)
	}
	listed, foreign := make(map[phone.E164]bool, len(in.To)), -1
	for i, raw := range in.To {
		e, err := phone.Parse(raw, "")
		if err != nil {
			return nil, refuse(place("to_phones", i), "to_phones[%d] is invalid", i)
		}
		if foreign < 0 && !abroad && !e.IsUS() {
			foreign = i
		}
		if !listed[e] {
			listed[e] = true
			to = append(to, string(e))
		}
	}
	if foreign >= 0 {
		return nil, refuse(place("to_phones", foreign), "Non US phone number service is not enabled")
	}
	return to, nil
}

func (in Notice) texts(n *sound) error {
	switch {
	case len(in.Messages) == 0:
		return refuse("messages", "messages is required")
	case len(in.Messages) > MostMessages:
		return refuse("messages", "messages exceeds the maximum count of %d", MostMessages)
	}
	for i, body := range in.Messages {
		if utf8.RuneCountInString(body) > LongestMessage {
			return refuse(place("messages", i), "messages[%d] exceeds the limit of %d characters", i, LongestMessage)
		}
		body = strings.ReplaceAll(strings.ToValidUTF8(body, "\uFFFD"), "\x00", "") // Postgres can't store them
		if strings.TrimSpace(body) == "" {
			return refuse(place("messages", i), "messages[%d] is required", i)
		}
		n.bodies, n.parts = append(n.bodies, body), append(n.parts, max(segments.Count(body).Segments, 1))
	}
	return nil
}

func place(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// notify saves a call in one transaction of two round trips: who is skipped and what waits; then everything.
func (s *Service) notify(
	ctx context.Context, t id.Tenant, n sound, a *Accepted, own string, record func(b *pgx.Batch, a Accepted) error,
) error {
	var taken bool
	var waits BacklogRow
	listed := map[string]string{}
	list := func(reason string) func(pgx.Rows) error {
		return func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			for _, address := range found {
				listed[address] = reason
			}
			return err
		}
	}
	return s.DB.TenantBatch(ctx, t, func(b *pgx.Batch) {
		carrier.QueueListed(b, t, n.from.ID, n.to, list(SkippedBlocked), list(SkippedOptedOut))
		s.Chats.QueueErased(b, t, n.to, list(SkippedOptedOut))
		b.Queue(takenRequestIDs, t, a.RequestID).Query(func(rows pgx.Rows) error {
			taken = rows.Next()
			return rows.Err()
		})
		b.Queue(backlog, len(n.to)*len(n.bodies), int64(n.from.ID), t).QueryRow(func(row pgx.Row) error {
			return row.Scan(&waits.Texts, &waits.Segments)
		})
	}, func(tx pgx.Tx) error {
		if taken {
			a.RequestID = fresh(own)
		}
		now := s.Now().Truncate(time.Microsecond)
		n.admit(a, listed, waits, now)
		b := &pgx.Batch{}
		if err := s.queue(b, t, n, *a, listed, now); err != nil {
			return err
		}
		if record != nil {
			if err := record(b, *a); err != nil {
				return err
			}
		}
		if a.Texts > 0 {
			b.Queue(wakePace, t)
		}
		return pg.CommitBatch(ctx, tx, b)
	})
}

// admit decides who gets the texts and when about the last of them is sent: calls take turns, so of each other call as many texts go
// before as this one has, at the tenant's limit or at what the number may send, whichever is slower.
func (n sound) admit(a *Accepted, listed map[string]string, waits BacklogRow, now time.Time) {
	a.Skipped = []Skip{}
	for _, address := range n.to {
		if reason, skip := listed[address]; skip {
			a.Skipped = append(a.Skipped, Skip{address, reason})
		}
	}
	recipients, mine := len(n.to)-len(a.Skipped), 0
	for _, p := range n.parts {
		mine += p
	}
	a.Texts, a.Done, a.WillExpire = recipients*len(n.bodies), now, false
	if a.Texts == 0 {
		return
	}
	paced := time.Duration(waits.Texts+a.Texts) * n.limit.gap()
	sent := time.Duration((waits.Segments + float64(recipients*mine)) / float64(n.from.SegmentsPerSecond) * float64(time.Second))
	took := max(paced, sent) + estimateAllowance
	a.Done, a.WillExpire = now.Add(took), took > n.expiry
}

func (s *Service) queue(b *pgx.Batch, t id.Tenant, n sound, a Accepted, listed map[string]string, now time.Time) error {
	skipped, err := json.Marshal(a.Skipped)
	if err != nil {
		return fmt.Errorf("write who is skipped: %w", err)
	}
	to := make([]string, 0, len(n.to))
	for _, address := range n.to {
		if listed[address] == "" {
			to = append(to, address)
		}
	}
	if len(to) > 0 {
		s.Chats.QueuePairs(b, t, n.from.ID, to)
	}
	b.Queue(addCall, int64(t), int64(n.from.ID), int64(n.from.Account), n.from.Address, now, now.Add(n.expiry), a.RequestID, skipped, n.parts,
		a.Texts, to, n.bodies)
	return nil
}

// Report is what became of a call.
type Report struct {
	RequestID string
	CreatedAt time.Time
	Counts    map[TextStatus]int
	Texts     []TextReport
}

// TextReport is one text of a call; Index is its place among the messages.
type TextReport struct {
	Phone    string
	Index    int
	Status   TextStatus
	Segments int
	SentAt   time.Time // zero: it was not
	Error    string
}

// TextStatus is how programs see a text's state.
type TextStatus string

// The states of a session-less text.
const (
	TextQueued    TextStatus = "queued"
	TextSent      TextStatus = "sent"
	TextDelivered TextStatus = "delivered"
	TextFailed    TextStatus = "failed"
	TextExpired   TextStatus = "expired"
	TextSkipped   TextStatus = "skipped" // the consumer is on the do-not-contact list or the blocklist, since the call or since later
)

// TextStatuses are all of them, in the order of a text's life.
func TextStatuses() []TextStatus {
	return []TextStatus{TextQueued, TextSent, TextDelivered, TextFailed, TextExpired, TextSkipped}
}

// Report tells what became of a call. Error: not_found.
func (s *Service) Report(ctx context.Context, t id.Tenant, requestID string) (r Report, err error) {
	q := NewQueries()
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		found, err := q.FindCall(ctx, tx, t, requestID)
		if errors.Is(err, pgx.ErrNoRows) {
			return errs.New(errs.NotFound, "There is no such request").At("request_id")
		}
		if err != nil {
			return err
		}
		texts, err := q.CallTexts(ctx, tx, t, found.ID)
		if err != nil {
			return err
		}
		r, err = report(found, texts)
		return err
	})
	if err != nil && errs.CodeOf(err) != errs.NotFound {
		err = fmt.Errorf("read what became of texts without a session: %w", err)
	}
	return r, err
}

func report(call FindCallRow, texts []CallTextsRow) (Report, error) {
	r := Report{RequestID: call.RequestID, CreatedAt: call.CreatedAt, Counts: map[TextStatus]int{}, Texts: []TextReport{}}
	index := map[string]int{}
	for _, m := range texts {
		x := m.report()
		x.Index = index[x.Phone]
		index[x.Phone]++
		r.Texts = append(r.Texts, x)
	}
	var skipped []Skip
	if err := json.Unmarshal(call.Skipped, &skipped); err != nil {
		return r, fmt.Errorf("read who was skipped: %w", err)
	}
	for _, s := range skipped {
		for i, parts := range call.Parts {
			r.Texts = append(r.Texts, TextReport{Phone: s.Phone, Index: i, Status: TextSkipped, Segments: parts, Error: skipSentence(s.Reason)})
		}
	}
	for _, x := range r.Texts {
		r.Counts[x.Status]++
	}
	return r, nil
}

func skipSentence(reason string) string {
	if reason == SkippedBlocked {
		return "This number is on the blocklist."
	}
	return "This person has opted out of texts from us."
}

func (m CallTextsRow) report() TextReport {
	x := TextReport{Phone: m.Address, Segments: m.Segments, Error: m.ErrorText}
	if m.Uncertain && x.Error == "" {
		x.Error = "It is not certain whether the carrier took this text."
	}
	switch m.Status {
	case "queued", "sending":
		x.Status = TextQueued
		if m.Parked {
			x.Status = TextFailed
		}
	case "sent", "delivered":
		x.Status = TextStatus(m.Status)
		if m.ClaimedAt != nil {
			x.SentAt = *m.ClaimedAt
		}
	case "expired":
		x.Status = TextExpired
	case "cancelled":
		x.Status = TextSkipped
	default: // failed, undelivered
		x.Status = TextFailed
		if m.Status == "undelivered" && m.ClaimedAt != nil {
			x.SentAt = *m.ClaimedAt
		}
	}
	return x
}
