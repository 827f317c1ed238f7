package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/cmd/sidetone/rig"
)

// given asks the carrier for everything it took.
func given(ctx context.Context, r *rig.Rig) ([]Given, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.CarrierURL()+"/sim/texts", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the carrier what it was given: %w", err)
	}
	defer res.Body.Close()
	var texts []struct {
		At             time.Time
		From, To, Text string
		Ref            int64
	}
	if err := json.NewDecoder(res.Body).Decode(&texts); err != nil {
		return nil, fmt.Errorf("ask the carrier what it was given: %w", err)
	}
	out := make([]Given, len(texts))
	for i, t := range texts {
		out[i] = Given{At: t.At, From: t.From, To: t.To, Body: t.Text, Ref: t.Ref}
	}
	return out, nil
}

// read fills in what the database holds, of all tenants.
func (p *Picture) read(ctx context.Context, r *rig.Rig) (err error) {
	for _, part := range []func() error{
		func() (err error) {
			p.Rows, err = all[Row](ctx, r, `select id, direction = 'in', coalesce(provider_id, ''), coalesce(client_id, ''), body, kind, status,
				coalesce(error_code, ''), address, coalesce(chat_id, 0), coalesce(seq, 0), uncertain from messages order by id`)
			return err
		},
		func() (err error) {
			p.Talks, err = all[Talk](ctx, r, "select id, thread_id, last_seq, status, ended_at is not null from chats order by id")
			return err
		},
		func() (err error) {
			p.Marks, err = all[Place](ctx, r, "select chat_id, seq from chat_events")
			return err
		},
		func() (err error) {
			p.Offers, err = all[Offer](ctx, r, "select chat_id, user_id, expires_at < now() - interval '10 seconds' from offers where state = 'open'")
			return err
		},
	} {
		if err := part(); err != nil {
			return fmt.Errorf("read what the database holds: %w", err)
		}
	}
	p.Given, err = given(ctx, r)
	return err
}

func all[T any](ctx context.Context, r *rig.Rig, sql string) ([]T, error) {
	rows, _ := r.Admin.Query(ctx, sql) // its error is in the rows
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// count is a number out of the database.
func count(ctx context.Context, r *rig.Rig, sql string) (n int, err error) {
	return n, r.Admin.QueryRow(ctx, sql).Scan(&n)
}

// until polls a number until it is 0.
func until(ctx context.Context, r *rig.Rig, what string, within time.Duration, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	last := -1
	for {
		n, err := count(ctx, r, sql)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("wait until %s: %d are left: %w", what, last, ctx.Err())
		case err != nil:
			return fmt.Errorf("wait until %s: %w", what, err)
		case n == 0:
			return nil
		}
		last = n
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// What is not final yet.
const (
	inTheOutbox = "select count(*) from messages where status = 'queued'"
	unsettled   = "select count(*) from messages where status = 'queued' or status = 'sending' and not uncertain"
	unserved    = "select (select count(*) from chats where status = 'queued') + (select count(*) from offers where state = 'open')"
)

// watch looks whether a status goes back, until ctx ends.
func watch(ctx context.Context, r *rig.Rig, n *notes) {
	rank := map[string]int{"queued": 0, "sending": 0, "sent": 1, "undelivered": 2, "delivered": 2, "failed": 2, "expired": 2, "cancelled": 2}
	type state struct {
		ID     int64
		Status string
	}
	last := map[int64]string{}
	for ctx.Err() == nil {
		states, err := all[state](ctx, r, "select id, status from messages where direction = 'out' and done_at > now() - interval '5 seconds'")
		if err == nil {
			for _, s := range states {
				was := last[s.ID]
				if rank[s.Status] < rank[was] || rank[was] == 2 && was != s.Status {
					n.violated(7, "text %d was %s and became %s", s.ID, was, s.Status)
				}
				last[s.ID] = s.Status
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}
