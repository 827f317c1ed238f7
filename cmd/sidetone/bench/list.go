package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/gauge"
)

const (
	manyChats = 1_000_000
	someChats = 20_000 // of a quick run
	perList   = 25
	farPage   = 10_000
)

// list: a page of chats at the beginning and far in a long list, by places.
func (b *bench) list(ctx context.Context) error {
	s, err := b.apiHouse(ctx)
	if err != nil {
		return err
	}
	n := manyChats
	if b.Quick {
		n = someChats
	}
	b.say("list: making %d chats\n", n)
	if err := b.pastChats(ctx, s, n); err != nil {
		return fmt.Errorf("make %d chats: %w", n, err)
	}
	place, err := b.farPlace(ctx, s, min(farPage*perList, n-2*perList))
	if err != nil {
		return fmt.Errorf("look for a far page: %w", err)
	}
	var near, far []float64
	for range b.rounds {
		for _, page := range []struct {
			after string
			to    *[]float64
		}{{"", &near}, {place, &far}} {
			took, err := b.pages(ctx, s, page.after)
			if err != nil {
				return fmt.Errorf("GET /chats: %w", err)
			}
			*page.to = append(*page.to, took)
		}
	}
	b.table.Add(gauge.Row{
		Path: fmt.Sprintf("GET /chats by places, page %d of %d chats, beside page 1", min(farPage, n/perList), n), Ours: gauge.PerSecond(gauge.Median(far)), Limit: gauge.PerSecond(gauge.Median(near)),
		Figure: gauge.Ratio(far, near), Target: gauge.AtLeast(0.66), // no more than 1.5 times as long
	})
	return nil
}

// pastChats are chats that ended, one a second.
func (b *bench) pastChats(ctx context.Context, s *apiStand, n int) error {
	err := b.rig.DB.InTenantTx(ctx, s.house.Tenant, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into chats (tenant_id, thread_id, number_id, end_user_id, status, started_by, queue_id, agent_id, created_at, queued_at,
			assigned_at, ended_at, disconnected_by, fail_reason, updated_at)
			select c.tenant_id, c.thread_id, c.number_id, c.end_user_id, 'finished', 'end_user', c.queue_id, c.agent_id, at, at, at, at,
			       'disconnected_by_agent', 'nothing', at
			from (select * from chats where tenant_id = $1 order by id limit 1) c, generate_series(1, $2::int) g,
			     lateral (select now() - interval '1 hour' - g * interval '1 second' as at) x`, s.house.Tenant, n)
		return err
	})
	if err != nil {
		return err
	}
	_, err = b.rig.Admin.Exec(ctx, "vacuum analyze chats")
	return err
}

// farPlace is the place of the nth chat, as Link would give it.
func (b *bench) farPlace(ctx context.Context, s *apiStand, n int) (place string, err error) {
	err = b.rig.DB.InTenantTx(ctx, s.house.Tenant, func(tx pgx.Tx) error {
		var of int64
		var began time.Time
		err := tx.QueryRow(ctx, "select id, created_at from chats where tenant_id = $1 order by created_at desc, id desc offset $2 limit 1", s.house.Tenant, n).Scan(&of, &began)
		place = "c" + strconv.FormatInt(began.UnixMicro(), 36) + "-" + strconv.FormatInt(of, 36)
		return err
	})
	return place, err
}

// pages reads the same page over and over, and says how often a second.
func (b *bench) pages(ctx context.Context, s *apiStand, after string) (perSecond float64, err error) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	read := 0
	began := time.Now()
	for time.Since(began) < b.window {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.rig.Address+"/apps/api/v1/chats?after="+after, nil)
		if err != nil {
			return 0, fmt.Errorf("make a request: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		answer, err := client.Do(r)
		if err != nil {
			return 0, fmt.Errorf("read a page: %w", err)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
			return 0, fmt.Errorf("read a page: status %d: %w", answer.StatusCode, err)
		}
		read++
	}
	return float64(read) / time.Since(began).Seconds(), nil
}
