package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/job"
)

const (
	lagTime    = time.Minute      // a file may come to the carrier's store later than its text (reference B5)
	lostAfter  = 15 * time.Minute // longer than all tries take
	lostEvery  = 5 * time.Minute
	unsentTime = 24 * time.Hour // how long an upload waits to be sent
)

// FetchArgs asks for parts of one text.
type FetchArgs struct {
	Tenant id.Tenant  `json:"tenant"`
	Parts  []id.Media `json:"parts"`
}

// Kind names the job.
func (FetchArgs) Kind() string { return "media_fetch" }

// FindArgs asks for parts whose job got lost, of all tenants.
type FindArgs struct{}

// Kind names the job.
func (FindArgs) Kind() string { return "media_find" }

// TidyArgs asks to remove what is too old or erased, of a tenant, or of all.
type TidyArgs struct {
	Tenant id.Tenant `json:"tenant,omitempty"`
}

// Kind names the job.
func (TidyArgs) Kind() string { return "media_tidy" }

// Kinds are the jobs of media.
func (s *Service) Kinds() []job.Kind {
	return []job.Kind{
		job.Define(job.Options{Timeout: 50 * time.Second, MaxAttempts: 8, Retry: retry, Once: true}, s.Fetch),
		job.Define(job.Options{Workers: 1, MaxAttempts: 3, Once: true}, func(ctx context.Context, _ FindArgs, _ job.Try) error { return s.Find(ctx) }),
		job.Define(job.Options{Workers: 1, Timeout: 50 * time.Second, Once: true}, func(ctx context.Context, a TidyArgs, _ job.Try) error { return s.Tidy(ctx, a.Tenant) }),
	}
}

// Periodic are the jobs of media that come by themselves.
func (s *Service) Periodic() []job.Periodic {
	return []job.Periodic{{Every: lostEvery, AtStart: true, Args: FindArgs{}}, {Every: 24 * time.Hour, AtStart: true, Args: TidyArgs{}}}
}

// retry: 2, 4, 8 … 128 s; four minutes in all.
func retry(attempt int) time.Duration { return time.Second << min(attempt, 7) }

// Settlement is what became of parts of one text.
type Settlement struct {
	Message  id.Message
	Chat     id.Chat // 0: the text is in none
	Seq      int
	Outcomes []Outcome
}

// Outcome is what became of one part.
type Outcome struct {
	ID     id.Media
	Reason Reason // why it was refused; empty: it is ready
	Kind
	Bytes int64
}

// QueueLocked reads, and locks, which parts are not settled yet.
func QueueLocked(b *pgx.Batch, t id.Tenant, outcomes []Outcome, then func(open map[id.Media]bool)) {
	b.Queue(lockWanted, t, idsOf(outcomes)).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowTo[id.Media])
		if err != nil {
			return fmt.Errorf("read which media are open: %w", err)
		}
		open := make(map[id.Media]bool, len(found))
		for _, m := range found {
			open[m] = true
		}
		then(open)
		return nil
	})
}

// QueueSettlement adds the statements that record what became of a text's parts, in their rows and in the text.
func QueueSettlement(b *pgx.Batch, t id.Tenant, s Settlement, now time.Time) {
	n := len(s.Outcomes)
	states, reasons, types := make([]string, n), make([]string, n), make([]string, n)
	sizes, widths, heights := make([]int64, n), make([]int, n), make([]int, n)
	for i, o := range s.Outcomes {
		states[i], reasons[i], types[i] = Ready, string(o.Reason), o.Type
		if o.Reason != "" {
			states[i] = Refused
		}
		sizes[i], widths[i], heights[i] = o.Bytes, o.Width, o.Height
	}
	b.Queue(settle, now, t, idsOf(s.Outcomes), states, reasons, types, sizes, widths, heights)
	b.Queue(show, t, []int64{int64(s.Message)})
}

func idsOf(outcomes []Outcome) []int64 {
	ids := make([]int64, len(outcomes))
	for i, o := range outcomes {
		ids[i] = int64(o.ID)
	}
	return ids
}

// Fetch gets what is still wanted of some parts, one after the other, and settles each as it comes. What fails for a while
// is tried again; after the last try it counts as unreachable.
func (s *Service) Fetch(ctx context.Context, args FetchArgs, try job.Try) error {
	var wanted []WantedRow
	err := s.DB.InTenantTx(ctx, args.Tenant, func(tx pgx.Tx) (err error) {
		wanted, err = sql.Wanted(ctx, tx, args.Tenant, id.Int64s(args.Parts))
		return err
	})
	var failed []error
	for _, w := range wanted {
		failed = append(failed, s.fetchPart(ctx, args.Tenant, w, try))
	}
	return errors.Join(append(failed, err)...)
}

func (s *Service) fetchPart(ctx context.Context, t id.Tenant, w WantedRow, try job.Try) error {
	o, err := s.fetch(ctx, t, w)
	var refused refusal
	switch {
	case err == nil:
	case errors.As(err, &refused):
		o = Outcome{ID: w.ID, Reason: refused.reason}
	case errors.Is(err, errMissing) && s.Now().Sub(w.CreatedAt) > lagTime:
		o = Outcome{ID: w.ID, Reason: Gone}
	case try.Last && ctx.Err() == nil:
		o = Outcome{ID: w.ID, Reason: Unreachable}
	default:
		return fmt.Errorf("fetch media %d: %w", w.ID, err)
	}
	settlement := Settlement{Message: id.Message(w.MessageID), Chat: id.Chat(w.ChatID), Seq: w.Seq, Outcomes: []Outcome{o}}
	if err := s.Settle(ctx, t, settlement); err != nil {
		return fmt.Errorf("settle media %d: %w", w.ID, err)
	}
	return s.unlessErased(ctx, t, w.ID)
}

// fetch gets one part and keeps it. A second time it replaces the same file by the same.
func (s *Service) fetch(ctx context.Context, t id.Tenant, w WantedRow) (Outcome, error) {
	account, err := s.Accounts.ByID(ctx, id.Account(w.AccountID))
	if err != nil {
		return Outcome{}, err
	}
	b, err := s.fetcher.get(ctx, account, w.Url)
	if err != nil {
		return Outcome{}, err
	}
	kind, reason := inspect(b)
	if reason != "" {
		return Outcome{}, refusal{reason}
	}
	n, err := s.Blobs.Put(ctx, key(t, w.ID), bytes.NewReader(b), MaxBytes)
	return Outcome{ID: w.ID, Kind: kind, Bytes: n}, err
}

// unlessErased removes the file again if its row does not want it: it was erased while it was fetched, or an earlier try
// kept it before the carrier took it back.
func (s *Service) unlessErased(ctx context.Context, t id.Tenant, m id.Media) error {
	about, err := s.About(ctx, t, m)
	if err != nil || about.State == Ready {
		return err
	}
	return s.Blobs.Delete(ctx, key(t, m))
}

// Find asks again for what nobody has fetched.
func (s *Service) Find(ctx context.Context) error {
	return s.eachTenant(ctx, func(t id.Tenant) error {
		return s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
			lost, err := sql.Lost(ctx, tx, t, s.Now().Add(-lostAfter))
			if err != nil {
				return err
			}
			jobs := make([]job.Args, len(lost))
			for i, l := range lost {
				jobs[i] = FetchArgs{Tenant: t, Parts: []id.Media{l.ID}}
			}
			return s.Enqueue(ctx, tx, jobs...)
		})
	})
}

func (s *Service) eachTenant(ctx context.Context, do func(id.Tenant) error) error {
	var tenants []id.Tenant
	err := s.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		tenants, err = carrier.NewQueries().ActiveTenants(ctx, tx)
		return err
	})
	failed := []error{err}
	for _, t := range tenants {
		failed = append(failed, do(t))
	}
	return errors.Join(failed...)
}
