// Package media owns pictures and videos (spec 1.6): it fetches what consumers send from the carrier, takes what agents
// upload, gives files out, and removes them when their time is over. Files lie in the blob store; rows of media say what
// they are. What a transcript says of them is the chat's: it saves the outcomes (Config.Settle).
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/blob"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/job"
	"sidetone/internal/pg"
	"sidetone/internal/tenant"
)

// MostParts is how many files a text may have: the carrier's own limit.
const MostParts = 10

// The states of a file.
const (
	Fetching = "fetching"
	Ready    = "ready"
	Refused  = "refused"
	Erased   = "erased"
)

// Config is what a Service works with.
type Config struct {
	DB       *pg.DB
	Blobs    blob.Store
	Accounts *carrier.Accounts
	Links    Links
	Outside  bool // carriers on the internet reach Links.Base; the demo's carrier reaches every address
	Settings func(ctx context.Context, t id.Tenant) (tenant.Settings, error)
	Enqueue  func(ctx context.Context, tx pgx.Tx, jobs ...job.Args) error
	Settle   func(ctx context.Context, t id.Tenant, s Settlement) error // saves what became of a text's parts
	World    *http.Client                                               // for addresses that are not the carrier's own; guarded when nil
	Now      func() time.Time
	Log      *slog.Logger
}

// Service keeps media. It is safe for many goroutines.
type Service struct {
	Config
	fetcher fetcher
}

// New makes a service; Kinds are the jobs it needs done.
func New(cfg Config) *Service {
	s := &Service{Config: cfg, fetcher: newFetcher(cfg.World)}
	return s
}

var sql = NewQueries()

func key(t id.Tenant, m id.Media) string { return fmt.Sprintf("t%d/m%d", t, m) }

// Arrive prepares the media of inbound texts that this transaction saves: each part gets its id, and a job will fetch them.
// Texts without media cost nothing.
func (s *Service) Arrive(ctx context.Context, tx pgx.Tx, t id.Tenant, texts []carrier.NewMessage) error {
	parts := 0
	for i := range texts {
		if arrives(&texts[i]) {
			parts += len(texts[i].Media)
		}
	}
	if parts == 0 {
		return nil
	}
	ids, err := sql.NextIDs(ctx, tx, parts)
	if err != nil {
		return err
	}
	var jobs []job.Args
	for i := range texts {
		m := &texts[i]
		if !arrives(m) {
			continue
		}
		fetch := FetchArgs{Tenant: t}
		for p := range m.Media {
			m.Media[p].ID, m.Media[p].State = id.Media(ids[0]), Fetching
			fetch.Parts, ids = append(fetch.Parts, m.Media[p].ID), ids[1:]
		}
		jobs = append(jobs, fetch)
	}
	return s.Enqueue(ctx, tx, jobs...)
}

// arrives: what a blocked sender sends is not fetched (spec 1.2, step 2).
func arrives(m *carrier.NewMessage) bool {
	return m.Direction == carrier.In && len(m.Media) > 0 && m.Disposition != wire.Blocked
}

// QueueParts adds the rows of what Arrive prepared, behind the texts themselves.
func QueueParts(b *pgx.Batch, t id.Tenant, texts []carrier.NewMessage) {
	var ids, accounts []int64
	var providers, urls []string
	var places []int
	for i := range texts {
		m := &texts[i]
		for p, part := range m.Media {
			if part.ID == 0 || m.Direction != carrier.In {
				continue
			}
			ids, accounts, places = append(ids, int64(part.ID)), append(accounts, int64(m.Account)), append(places, p)
			providers, urls = append(providers, m.ProviderID), append(urls, part.URL)
		}
	}
	if len(ids) > 0 {
		b.Queue(addParts, ids, accounts, providers, places, urls, t)
	}
}

// Upload keeps a file that an agent will send. It is theirs alone until it is sent.
func (s *Service) Upload(ctx context.Context, t id.Tenant, author id.User, r io.Reader) (carrier.Media, error) {
	var content bytes.Buffer
	if _, err := content.ReadFrom(io.LimitReader(r, MaxBytes+1)); err != nil {
		return carrier.Media{}, errs.New(errs.Invalid, "The file could not be read to its end")
	}
	kind, refused := inspect(content.Bytes())
	switch refused {
	case "":
	case TooLarge:
		return carrier.Media{}, errs.New(errs.TooLarge, "A file has at most 5 MB, and a picture at most 50 million pixels").At("file")
	default:
		return carrier.Media{}, errs.Field("file", "Only JPEG, PNG and GIF pictures and MP4 and 3GP videos can be sent")
	}
	b := content.Bytes()
	if kind.Type == "image/jpeg" {
		b = strip(b)
	}
	return s.keep(ctx, t, author, kind, b)
}

// keep writes the row first: a file that no row knows would stay for ever.
func (s *Service) keep(ctx context.Context, t id.Tenant, author id.User, kind Kind, b []byte) (carrier.Media, error) {
	m := carrier.Media{State: Ready, Type: kind.Type, Bytes: int64(len(b)), Width: kind.Width, Height: kind.Height}
	now := s.Now().Truncate(time.Microsecond)
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		ids, err := sql.NextIDs(ctx, tx, 1)
		if err != nil {
			return err
		}
		m.ID = id.Media(ids[0])
		return sql.AddUpload(ctx, tx, AddUploadParams{Tenant: t, ID: m.ID, Author: &author, Now: now})
	})
	if err != nil {
		return carrier.Media{}, err
	}
	if _, err := s.Blobs.Put(ctx, key(t, m.ID), bytes.NewReader(b), MaxBytes); err != nil {
		return carrier.Media{}, err
	}
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		return sql.FinishUpload(ctx, tx, FinishUploadParams{
			Tenant: t, ID: m.ID, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Now: now,
		})
	})
	if err != nil {
		return carrier.Media{}, err
	}
	return m, nil
}

// QueueUploads reads, and locks, those uploads of an agent that are not sent yet.
func QueueUploads(b *pgx.Batch, t id.Tenant, author id.User, ids []id.Media, then func(found map[id.Media]carrier.Media)) {
	b.Queue(lockUploads, t, id.Int64s(ids), int64(author)).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[LockUploadsRow])
		if err != nil {
			return fmt.Errorf("read uploads: %w", err)
		}
		out := make(map[id.Media]carrier.Media, len(found))
		for _, r := range found {
			out[r.ID] = carrier.Media{ID: r.ID, State: Ready, Type: r.Type, Bytes: r.Bytes, Width: r.Width, Height: r.Height}
		}
		then(out)
		return nil
	})
}

// QueueAttach gives uploads to the text of a chat that has the client id; it stands behind that text.
func QueueAttach(b *pgx.Batch, t id.Tenant, chat id.Chat, clientID string, ids []id.Media) {
	b.Queue(attach, t, int64(chat), clientID, id.Int64s(ids))
}

// Fetchable says whether a carrier at an address can fetch what agents send.
func (s *Service) Fetchable(ctx context.Context, account id.Account) error {
	if s.Outside {
		return nil
	}
	acc, err := s.Accounts.ByID(ctx, account)
	if err != nil {
		return err
	}
	if u, err := url.Parse(acc.BaseURL); err == nil && isLoopback(u.Hostname()) {
		return nil // a carrier on this machine reaches what is on it
	}
	return errs.Field("media", "Pictures cannot be sent: the carrier could not fetch them, because SIDETONE_PUBLIC_URL is not set")
}

// Link is where a carrier fetches a file that is being sent. carrier.Config.MediaURL takes it.
func (s *Service) Link(t id.Tenant, m id.Media) string { return s.Links.To(t, m, s.Now()) }

// About is what is known of a file.
type About struct {
	ID      id.Media
	Chat    id.Chat // 0: not sent yet, or of a text without a chat
	Author  id.User // 0: a consumer's
	State   string
	Type    string
	Created time.Time
}

// Name is what a browser shall save a file as. Nothing in it comes from who sent it.
func (a About) Name() string { return fmt.Sprintf("media-%d.%s", a.ID, extensions[a.Type]) }

// About finds a file. Errors: not_found.
func (s *Service) About(ctx context.Context, t id.Tenant, m id.Media) (About, error) {
	var row FindRow
	err := s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) (err error) {
		row, err = sql.Find(ctx, tx, t, m)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return About{}, errNotThere()
	}
	if err != nil {
		return About{}, err
	}
	return About{
		ID: row.ID, Chat: id.Chat(row.ChatID), Author: id.User(row.UserID), State: row.State, Type: row.Type, Created: row.CreatedAt,
	}, nil
}

// Open opens a file that is ready. Errors: not_found.
func (s *Service) Open(ctx context.Context, t id.Tenant, a About) (blob.File, error) {
	if a.State != Ready {
		return nil, errNotThere()
	}
	f, err := s.Blobs.Get(ctx, key(t, a.ID))
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errNotThere()
	}
	return f, err
}

func errNotThere() error { return errs.New(errs.NotFound, "There is no such file, or not any more") }

// Erase makes the media of texts unreadable in the caller's transaction; their files are removed soon after its commit.
func (s *Service) Erase(ctx context.Context, tx pgx.Tx, t id.Tenant, texts []id.Message) error {
	ids := id.Int64s(texts)
	if err := sql.EraseOfMessages(ctx, tx, s.Now(), t, ids); err != nil {
		return err
	}
	if err := sql.Show(ctx, tx, t, ids); err != nil {
		return err
	}
	return s.Enqueue(ctx, tx, TidyArgs{Tenant: t})
}
