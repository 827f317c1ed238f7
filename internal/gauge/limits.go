package gauge

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The limit programs do as little as a durable text takes, and do it well: no signature, no tenant, no rules. What they
// reach is a ceiling of this machine at this moment, not a target (reference/performance-anchors 1.4).

//go:embed limits.sql
var limitTables string

// limitPool is how many connections the limit programs have: more are slower (anchors 1.2).
const limitPool = 16

// Limits are the machine's own limits on one database.
type Limits struct{ pool *pgxpool.Pool }

// OpenLimits connects as a role that may make tables.
func OpenLimits(ctx context.Context, databaseURL string) (*Limits, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	cfg.MaxConns = limitPool
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect the limit programs: %w", err)
	}
	return &Limits{pool}, nil
}

// Close gives the connections back.
func (l *Limits) Close() { l.pool.Close() }

// Seed makes the tables anew, with a chat for each of the addresses.
func (l *Limits) Seed(ctx context.Context, addresses []string) error {
	if _, err := l.pool.Exec(ctx, limitTables); err != nil {
		return fmt.Errorf("make the tables of the limit programs: %w", err)
	}
	_, err := l.pool.Exec(ctx, `with c as (insert into bench.contacts (address) select unnest($1::text[]) returning id)
		insert into bench.chats (contact_id) select id from c`, addresses)
	if err != nil {
		return fmt.Errorf("seed the tables of the limit programs: %w", err)
	}
	_, err = l.pool.Exec(ctx, "analyze bench.contacts, bench.chats")
	return err
}

// Commit times single durable commits on one connection: the floor under everything that answers after it has saved.
func (l *Limits) Commit(ctx context.Context, d time.Duration) (Run, error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return Run{}, fmt.Errorf("time a commit: %w", err)
	}
	defer conn.Release()
	var times []time.Duration
	began := time.Now()
	for at := began; at.Sub(began) < d; {
		_, err := conn.Exec(ctx, "insert into bench.single (key, body) values ($1, $2)", at.UnixNano(), "My order has not arrived yet")
		if err != nil {
			return Run{}, fmt.Errorf("time a commit: %w", err)
		}
		now := time.Now()
		times = append(times, now.Sub(at))
		at = now
	}
	return Summary(times, time.Since(began)), nil
}

// Routes serves both inbound programs: /commit (a transaction a request) and /group (those that wait share one).
func (l *Limits) Routes(ctx context.Context) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("POST /commit", answer(l.save))
	g := &grouping{pool: l.pool, in: make(chan *pendingText, 4096)}
	for range 2 {
		go g.work(ctx)
	}
	m.HandleFunc("POST /group", answer(g.save))
	m.HandleFunc("POST /outbound", l.drain)
	return m
}

// drain runs the outbound program: n texts to a sink. It answers with the Run in JSON.
func (l *Limits) drain(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	var run Run
	if err == nil {
		err = l.queueOutbox(r.Context(), n)
	}
	if err == nil {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
		run, err = l.outbound(r.Context(), r.URL.Query().Get("sink"), client)
		client.CloseIdleConnections()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(run) // the reader has gone: nobody to tell
}

// received is what the inbound programs take from the form.
type received struct{ from, providerID, body string }

func answer(save func(context.Context, received) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := save(r.Context(), received{form.Get("From"), form.Get("MessageSid"), form.Get("Body")}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"received"}`) // the reader has gone: nobody to tell
	}
}

// saveText is the whole inbound transaction in one statement: upsert the contact, lock the chat by moving it, the text
// with its unique provider id, a row of the outbox.
const saveText = `
with c as (insert into bench.contacts (address) values ($1)
       on conflict (address) do update set seen_at = now() returning id),
ch as (update bench.chats set last_seq = last_seq + 1, last_at = now() from c where contact_id = c.id returning bench.chats.id, last_seq),
m as (insert into bench.messages (chat_id, seq, provider_id, body) select id, last_seq, $2, $3 from ch
       on conflict (provider_id) do nothing returning id)
insert into bench.outbox (message_id, address, body) select id, $1, $3 from m`

func (l *Limits) save(ctx context.Context, t received) error {
	_, err := l.pool.Exec(ctx, saveText, t.from, t.providerID, t.body)
	return err
}

// saveGroup is the same for many texts at once.
const saveGroup = `
with t as (select * from rows from (unnest($1::text[]), unnest($2::text[]), unnest($3::text[])) with ordinality as t(address, provider_id, body, ord)),
c as (insert into bench.contacts (address) select distinct address from t order by address
       on conflict (address) do update set seen_at = now() returning id, address),
n as (select c.id, count(*)::int as n from t join c using (address) group by c.id),
ch as (update bench.chats set last_seq = last_seq + n.n, last_at = now() from n where contact_id = n.id returning bench.chats.id, contact_id, last_seq - n.n as before),
m as (insert into bench.messages (chat_id, seq, provider_id, body)
       select ch.id, ch.before + row_number() over (partition by ch.id order by t.ord), t.provider_id, t.body
       from t join c using (address) join ch on ch.contact_id = c.id
       on conflict (provider_id) do nothing returning id, provider_id)
insert into bench.outbox (message_id, address, body) select m.id, t.address, t.body from m join t using (provider_id)`

// grouping collects what waits and saves it in one commit: two committers, 200 texts at most, no timer.
type grouping struct {
	pool *pgxpool.Pool
	in   chan *pendingText
}

type pendingText struct {
	received
	done chan error
}

func (g *grouping) save(ctx context.Context, t received) error {
	p := &pendingText{t, make(chan error, 1)}
	g.in <- p
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *grouping) work(ctx context.Context) {
	for {
		var group []*pendingText
		select {
		case p := <-g.in:
			group = append(group, p)
		case <-ctx.Done():
			return
		}
	more:
		for len(group) < 200 {
			select {
			case p := <-g.in:
				group = append(group, p)
			default:
				break more
			}
		}
		from, ids, bodies := make([]string, len(group)), make([]string, len(group)), make([]string, len(group))
		for i, p := range group {
			from[i], ids[i], bodies[i] = p.from, p.providerID, p.body
		}
		_, err := g.pool.Exec(ctx, saveGroup, from, ids, bodies)
		for _, p := range group {
			p.done <- err
		}
	}
}

// queueOutbox fills the outbox with texts to send, and empties it first.
func (l *Limits) queueOutbox(ctx context.Context, n int) error {
	_, err := l.pool.Exec(ctx, "truncate bench.outbox")
	if err == nil {
		_, err = l.pool.Exec(ctx, `insert into bench.outbox (message_id, address, body)
			select i, '+1415' || lpad((2000000 + i)::text, 7, '0'), 'Thank you, that is clear. Your parcel is on its way. ' || i from generate_series(1, $1::int) i`, n)
	}
	if err == nil {
		_, err = l.pool.Exec(ctx, "analyze bench.outbox")
	}
	if err != nil {
		return fmt.Errorf("fill the outbox of the limit program: %w", err)
	}
	return nil
}

// outbound drains the outbox to an HTTP sink: claim 200, 32 senders, what came back is marked in batches.
func (l *Limits) outbound(ctx context.Context, sink string, client *http.Client) (Run, error) {
	const senders, claim = 32, 200
	jobs, done := make(chan outboxText, 2*claim), make(chan int64, 2*claim)
	var team, marks sync.WaitGroup
	var failed atomic.Pointer[error]
	fail := func(err error) { failed.CompareAndSwap(nil, &err) }
	began := time.Now()
	for range senders {
		team.Go(func() {
			for t := range jobs {
				if err := t.send(ctx, sink, client); err != nil {
					fail(err)
				}
				done <- t.id
			}
		})
	}
	count := 0
	marks.Go(func() {
		for id := range done {
			ids := []int64{id}
		more:
			for len(ids) < claim {
				select {
				case id, ok := <-done:
					if !ok {
						break more
					}
					ids = append(ids, id)
				default:
					break more
				}
			}
			count += len(ids)
			if _, err := l.pool.Exec(ctx, "update bench.outbox set status = 'sent' where id = any($1)", ids); err != nil {
				fail(err)
			}
		}
	})
	for failed.Load() == nil {
		texts, err := l.claim(ctx, claim)
		if err != nil {
			fail(err)
		}
		if len(texts) == 0 {
			break
		}
		for _, t := range texts {
			jobs <- t
		}
	}
	close(jobs)
	team.Wait()
	close(done)
	marks.Wait()
	if err := failed.Load(); err != nil {
		return Run{}, fmt.Errorf("drain the outbox of the limit program: %w", *err)
	}
	took := time.Since(began)
	return Run{Rate: float64(count) / took.Seconds(), Count: count}, nil
}

type outboxText struct {
	id            int64
	address, body string
}

func (l *Limits) claim(ctx context.Context, most int) ([]outboxText, error) {
	rows, _ := l.pool.Query(ctx, `update bench.outbox o set status = 'sending'
		from (select id from bench.outbox where status = 'queued' order by id limit $1 for update skip locked) p
		where o.id = p.id returning o.id, o.address, o.body`, most) // its error is in the rows
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t outboxText, err error) {
		return t, row.Scan(&t.id, &t.address, &t.body)
	})
}

func (t outboxText) send(ctx context.Context, sink string, client *http.Client) error {
	form := url.Values{"To": {t.address}, "From": {"+14155550100"}, "Body": {t.body}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sink, strings.NewReader(form.Encode())) //nolint:gosec // the bench names its own sink
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req) //nolint:gosec // the bench names its own sink
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("the sink answered %d", res.StatusCode)
	}
	return err
}
