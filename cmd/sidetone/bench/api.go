package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

const (
	noticeCalls  = 4    // connections that post large calls, and that insert as many rows beside them
	noticePeople = 2000 // whom they go to
	callTexts    = 500
	shortCode    = 100 // segments a second: what carriers grant a short code
)

// apiStand is a house that a program texts from.
type apiStand struct {
	house   rig.House
	token   string
	notices id.Number
	threads []int64 // of the notices' number
	request int64   // that the rows beside belong to
	people  int     // strangers so far
	calls   int
}

// api: POST /sms beside the program that commits and answers: as it is accepted for a number that sends as fast as a short
// code, and while a lane without a limit hands each text over at once and takes its receipts. And POST /sessionless_sms beside bare inserts of as many rows into the
// same table, with its indexes and row-level security.
func (b *bench) api(ctx context.Context) error {
	s, err := b.apiHouse(ctx)
	if err != nil {
		return err
	}
	var commit, sms, sent, calls, rows gauge.Series
	for round := range b.rounds {
		limit, err := gauge.Drive(ctx, b.programs.address, few, b.window, b.plain("/commit", b.enough(few)))
		if err != nil {
			return fmt.Errorf("limit program /commit: %w", err)
		}
		ours, err := gauge.Drive(ctx, b.rig.Address, few, b.window, b.smsCalls(s, s.house.Menu))
		if err != nil {
			return fmt.Errorf("POST /sms: %w", err)
		}
		if err := b.forget(ctx, s); err != nil {
			return err
		}
		lifted, err := gauge.Drive(ctx, b.rig.Address, few, b.window, b.smsCalls(s, s.house.Leaf))
		if err != nil {
			return fmt.Errorf("POST /sms with the limit lifted: %w", err)
		}
		if err := b.quiet(ctx); err != nil {
			return err
		}
		bare, err := b.bareRows(ctx, s)
		if err != nil {
			return err
		}
		taken, err := gauge.Drive(ctx, b.rig.Address, noticeCalls, b.window, b.noticeCalls(s))
		if err != nil {
			return fmt.Errorf("POST /sessionless_sms: %w", err)
		}
		taken.Rate *= callTexts // texts, not calls
		if err := b.forget(ctx, s); err != nil {
			return err
		}
		commit, sms, sent = append(commit, limit), append(sms, ours), append(sent, lifted)
		calls, rows = append(calls, taken), append(rows, bare)
		b.say("api round %d: commit %s, POST /sms %s and %s; rows %s, session-less texts %s\n", round+1, gauge.PerSecond(limit.Rate),
			gauge.PerSecond(ours.Rate), gauge.PerSecond(lifted.Rate), gauge.PerSecond(bare.Rate), gauge.PerSecond(taken.Rate))
	}
	b.table.Add(gauge.Row{
		Path: "POST /sms accepted, c=16, beside a commit each", Ours: gauge.Speed(sms), Limit: gauge.Speed(commit),
		Figure: gauge.Ratio(sms.Rates(), commit.Rates()), Target: gauge.AtLeast(0.35),
	})
	b.table.Add(gauge.Row{
		Path: "the same, each text sent at once with two receipts", Ours: gauge.Speed(sent), Limit: gauge.Speed(commit),
		Figure: gauge.Ratio(sent.Rates(), commit.Rates()),
	})
	b.table.Add(gauge.Row{
		Path: "POST /sessionless_sms with 500 texts, texts, beside bare inserts", Ours: gauge.Speed(calls), Limit: gauge.PerSecond(gauge.Median(rows.Rates())),
		Figure: gauge.Ratio(calls.Rates(), rows.Rates()), Target: gauge.AtLeast(0.25),
	})
	return nil
}

func (b *bench) apiHouse(ctx context.Context) (*apiStand, error) {
	houses, err := b.rig.Furnish(ctx, rig.Plan{Houses: 1, Chats: noticePeople, PerAgent: perAgent, PerSecond: 100_000})
	if err != nil {
		return nil, err
	}
	s := &apiStand{house: houses[0], people: 1_000_000}
	err = b.rig.DB.InTenantTx(ctx, s.house.Tenant, func(tx pgx.Tx) (err error) {
		of := s.house.Tenant
		if _, s.token, err = tenant.CreateToken(ctx, tx, of, "bench", tenant.Scopes(), 0); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, "update numbers set capabilities = '{sessionless}' where tenant_id = $1 and address = $2 returning id", of, s.house.Out).Scan(&s.notices)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, "update numbers set segments_per_second = $3 where tenant_id = $1 and address = $2", of, s.house.Menu, shortCode); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `insert into threads (tenant_id, number_id, end_user_id)
			select $1::bigint, $2::bigint, id from end_users where tenant_id = $1::bigint returning id`, of, s.notices) // its error is in the rows
		if s.threads, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into settings (tenant_id, key, value) values ($1, 'requests_per_second', '10000'), ($1, 'request_burst', '10000')", of)
		if err != nil {
			return err
		}
		_, err = tenant.Bump(ctx, tx, of)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("furnish the API's house: %w", err)
	}
	return s, nil
}

// call is a POST ready to be written to a connection.
func (b *bench) call(s *apiStand, path string, body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings
	}
	return fmt.Appendf(nil, "POST /apps/api/v1%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, b.rig.Address, s.token, len(raw), raw)
}

// smsCalls open a chat with a stranger each, from a number.
func (b *bench) smsCalls(s *apiStand, from string) *gauge.Requests {
	reqs := &gauge.Requests{}
	for range int(6000 * b.window.Seconds()) {
		s.people++
		reqs.Add(b.call(s, "/sms", map[string]string{
			"chat_type": "SMS", "chat_subtype": "api_initiated", "end_user_number": rig.Stranger(s.people), "outbound_number": from,
			"message": "Your order has shipped.",
		}))
	}
	return reqs
}

func (b *bench) noticeCalls(s *apiStand) *gauge.Requests {
	reqs := &gauge.Requests{}
	for range int(400 * b.window.Seconds()) {
		to := make([]string, 100)
		for i := range to {
			to[i] = s.house.Consumers[(s.calls*len(to)+i)%len(s.house.Consumers)]
		}
		s.calls++
		reqs.Add(b.call(s, "/sessionless_sms", map[string]any{"from_phone": s.house.Out, "to_phones": to, "messages": []string{
			"Your table is booked for seven.", "It is by the window.", "There is a lift.", "Dogs are welcome.", "See you then!",
		}}))
	}
	return reqs
}

// bareRows inserts rows like those of a call, 500 a transaction: one statement, no checks, no answer.
func (b *bench) bareRows(ctx context.Context, s *apiStand) (gauge.Run, error) {
	err := b.rig.DB.InTenantTx(ctx, s.house.Tenant, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into sessionless_requests (tenant_id, request_id, number_id, parts, accepted, waiting, created_at, expires_at)
			values ($1, 'bare-' || clock_timestamp(), $2, '{1}', 0, 0, now(), now()) returning id`, s.house.Tenant, s.notices).Scan(&s.request)
	})
	if err != nil {
		return gauge.Run{}, fmt.Errorf("insert bare rows: %w", err)
	}
	var team sync.WaitGroup
	times, failed := make([][]time.Duration, noticeCalls), make([]error, noticeCalls)
	began := time.Now()
	for i := range noticeCalls {
		team.Go(func() {
			for at := time.Now(); at.Sub(began) < b.window/2 && failed[i] == nil; {
				failed[i] = b.bareCall(ctx, s, len(times[i])*noticeCalls+i)
				now := time.Now()
				times[i] = append(times[i], now.Sub(at))
				at = now
			}
		})
	}
	team.Wait()
	took := time.Since(began)
	var all []time.Duration
	for i := range times {
		if failed[i] != nil {
			return gauge.Run{}, fmt.Errorf("insert bare rows: %w", failed[i])
		}
		all = append(all, times[i]...)
	}
	run := gauge.Summary(all, took)
	run.Rate *= callTexts
	return run, nil
}

func (b *bench) bareCall(ctx context.Context, s *apiStand, call int) error {
	threads, addresses := make([]int64, callTexts), make([]string, callTexts)
	bodies := make([]string, callTexts)
	for i := range callTexts {
		person := (call*callTexts + i) / 5 % len(s.threads)
		threads[i], addresses[i], bodies[i] = s.threads[person], s.house.Consumers[person], "Your table is booked for seven."
	}
	return b.rig.DB.InTenantTx(ctx, s.house.Tenant, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into messages (tenant_id, thread_id, number_id, account_id, direction, sender, kind, our_address, address, body,
			  status, not_before, expires_at, created_at, request_id, held)
			select $1::bigint, t.thread, $2::bigint, $3::bigint, 'out', 'api', 'sessionless', $4::text, t.address, t.body, 'queued', now(), now() + interval '2 hours',
			  now(), $5::bigint, true from rows from (unnest($6::bigint[]), unnest($7::text[]), unnest($8::text[])) as t(thread, address, body)`,
			s.house.Tenant, s.notices, s.house.Account, s.house.Out, s.request, threads, addresses, bodies)
		return err
	})
}

// forget ends what a drive left waiting: at a short code's pace, or at 300 a minute, it would take long.
func (b *bench) forget(ctx context.Context, s *apiStand) error {
	for _, sql := range []string{
		"update sessionless_requests set waiting = 0 where tenant_id = $1",
		"delete from messages where tenant_id = $1 and status = 'queued'",
	} {
		if _, err := b.rig.Admin.Exec(ctx, sql, s.house.Tenant); err != nil {
			return fmt.Errorf("forget what a round left: %w", err)
		}
	}
	return b.quiet(ctx)
}
