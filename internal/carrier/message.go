package carrier

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
	"sidetone/internal/segments"
)

// Kinds of text that the outbox treats in their own way. A text may have any other kind.
const (
	KindChat              = "chat"
	KindAPI               = "api"
	KindSessionless       = "sessionless"
	KindAfterCall         = "after_call"
	KindStopConfirmation  = "stop_confirmation"
	KindStartConfirmation = "start_confirmation"
	KindHelp              = "help"
)

// Exempt tells whether a text of this kind goes to a consumer on the do-not-contact list too: the answer to the command
// word itself (spec 1.3). The claim repeats the list in SQL.
func Exempt(kind string) bool {
	return kind == KindStopConfirmation || kind == KindStartConfirmation || kind == KindHelp
}

// ExpiresAfter is how long a text of a kind is worth sending (spec 1.6); settings may say otherwise per text.
func ExpiresAfter(kind string) time.Duration {
	switch kind {
	case KindAPI, KindSessionless:
		return 2 * time.Hour
	case KindAfterCall:
		return time.Hour
	case KindStopConfirmation:
		return 5 * time.Minute
	}
	return 10 * time.Minute
}

// Direction of a text.
type Direction bool

// The two directions.
const (
	In  Direction = false
	Out Direction = true
)

// Author says who wrote a text.
type Author string

// The authors.
const (
	FromEndUser Author = "end_user"
	FromAgent   Author = "agent"
	FromSystem  Author = "system"
	FromAPI     Author = "api"
)

// Media is one part of an MMS as a message row keeps it, and as transcripts show it. Package media owns the rest.
type Media struct {
	ID     id.Media `json:"id,omitempty"`
	State  string   `json:"state,omitempty"`  // fetching, ready, refused or erased
	Reason string   `json:"reason,omitempty"` // why it was refused
	Type   string   `json:"type,omitempty"`   // by its content once it is ready, else as declared
	Bytes  int64    `json:"bytes,omitempty"`
	Width  int      `json:"width,omitempty"`
	Height int      `json:"height,omitempty"`
	URL    string   `json:"url,omitempty"` // what the carrier is to fetch, if it is no file of ours
}

// NewMessage is a text to save. An outbound one is queued by it: the lane of its number sends it after the commit.
type NewMessage struct {
	ID id.Message // written when the batch has been read

	Thread    id.Thread
	Chat      id.Chat // with Seq; 0 when the text is in no transcript
	Seq       int
	Number    id.Number
	Account   id.Account
	Direction Direction
	Sender    Author
	User      id.User // the agent who wrote it
	Kind      string  // KindChat when empty

	OurAddress, Address string // Address is the consumer's
	Body                string
	Media               []Media
	Segments            int // counted when 0

	Disposition wire.Disposition // inbound only
	ProviderID  string           // the carrier's id; the dedupe key of an inbound text together with the account
	ClientID    string           // the sender's own id: a repeat is the same message

	NotBefore time.Time // outbound only; CreatedAt when zero
	ExpiresAt time.Time // outbound only; NotBefore + ExpiresAfter(Kind) when zero
	CreatedAt time.Time
}

// QueueMessages adds one statement that saves the texts, whatever their number: ids ascend in slice order, and each text
// gets its ID when the results are read, and its body and segments as they are saved. A repeat of (account, provider id) or of (chat, client id) fails it: see IsRepeat.
func QueueMessages(b *pgx.Batch, tenant id.Tenant, ms []NewMessage) {
	if len(ms) == 0 {
		return
	}
	c := newColumns(len(ms))
	for i := range ms {
		c.add(&ms[i])
	}
	b.Queue(insertMessages, append([]any{int64(tenant)}, c.args()...)...).Query(func(rows pgx.Rows) error {
		i := 0
		for ; rows.Next(); i++ {
			if err := rows.Scan((*int64)(&ms[i].ID)); err != nil {
				return fmt.Errorf("read the id of a saved text: %w", err)
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("save %d texts: %w", len(ms), err)
		}
		return nil
	})
}

// IsRepeat tells whether saving failed because the carrier or the sender has sent the same text before.
func IsRepeat(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "23505" &&
		(pgErr.ConstraintName == "messages_provider" || pgErr.ConstraintName == "messages_client")
}

// columns are the texts turned on their side: an array a column. Columns of one type share one piece of memory.
type columns struct {
	threads, chats, numbers, accounts, users                             []int64
	seqs, segments                                                       []int
	senders, kinds, ours, addresses, bodies, medias, statuses, disposals []string
	providers, clients                                                   []string
	notBefore, expires, created                                          []time.Time
}

func newColumns(n int) *columns {
	ids, ints, words, times := make([]int64, 0, 5*n), make([]int, 0, 2*n), make([]string, 0, 10*n), make([]time.Time, 0, 3*n)
	return &columns{
		threads: cut(ids, 0, n), chats: cut(ids, 1, n), numbers: cut(ids, 2, n), accounts: cut(ids, 3, n), users: cut(ids, 4, n),
		seqs: cut(ints, 0, n), segments: cut(ints, 1, n),
		senders: cut(words, 0, n), kinds: cut(words, 1, n), ours: cut(words, 2, n), addresses: cut(words, 3, n),
		bodies: cut(words, 4, n), medias: cut(words, 5, n), statuses: cut(words, 6, n), disposals: cut(words, 7, n),
		providers: cut(words, 8, n), clients: cut(words, 9, n),
		notBefore: cut(times, 0, n), expires: cut(times, 1, n), created: cut(times, 2, n),
	}
}

// cut gives the i-th piece of n, empty and unable to grow into the next.
func cut[T any](s []T, i, n int) []T { return s[i*n : i*n : (i+1)*n] }

func (c *columns) add(m *NewMessage) {
	kind, status, parts := m.Kind, "received", m.Segments
	if kind == "" {
		kind = KindChat
	}
	if m.Direction == Out {
		status = "queued"
	}
	body := clean(m.Body)
	switch {
	case parts != 0:
	case len(m.Media) > 0:
		parts = 1 // an MMS counts as one (reference A6)
	default:
		parts = max(segments.Count(body).Segments, 1)
	}
	m.Body, m.Segments = body, parts
	notBefore, expires := m.NotBefore, m.ExpiresAt
	if notBefore.IsZero() {
		notBefore = m.CreatedAt
	}
	if expires.IsZero() {
		expires = notBefore.Add(ExpiresAfter(kind))
	}
	c.threads, c.chats = append(c.threads, int64(m.Thread)), append(c.chats, int64(m.Chat))
	c.numbers, c.accounts = append(c.numbers, int64(m.Number)), append(c.accounts, int64(m.Account))
	c.users, c.seqs, c.segments = append(c.users, int64(m.User)), append(c.seqs, m.Seq), append(c.segments, parts)
	c.senders, c.kinds = append(c.senders, string(m.Sender)), append(c.kinds, kind)
	c.ours, c.addresses = append(c.ours, m.OurAddress), append(c.addresses, m.Address)
	c.bodies, c.medias = append(c.bodies, body), append(c.medias, mediaJSON(m.Media))
	c.statuses, c.disposals = append(c.statuses, status), append(c.disposals, string(m.Disposition))
	c.providers, c.clients = append(c.providers, m.ProviderID), append(c.clients, m.ClientID)
	c.notBefore, c.expires, c.created = append(c.notBefore, notBefore), append(c.expires, expires), append(c.created, m.CreatedAt)
}

func (c *columns) args() []any {
	return []any{
		c.threads, c.chats, c.seqs, c.numbers, c.accounts, c.senders, c.users, c.kinds, c.ours, c.addresses, c.bodies,
		c.medias, c.segments, c.statuses, c.disposals, c.providers, c.clients, c.notBefore, c.expires, c.created,
	}
}

// clean drops what Postgres can't store in a text: zero bytes and broken UTF-8. The rest stays as it came.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return s
}

func mediaJSON(media []Media) string {
	if len(media) == 0 {
		return ""
	}
	text, err := json.Marshal(media)
	if err != nil {
		panic(fmt.Errorf("encode media: %w", err)) // strings and numbers only: it can't fail
	}
	return string(text)
}
