package chat_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/chat"
	"sidetone/internal/carrier"
	"sidetone/internal/carrier/wire"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
	"sidetone/queues"
)

var stormSeed = flag.Uint64("storm.seed", 0, "repeat the storm of this seed (0: a new one)")

// Sizes of the storm.
const (
	stormNodes     = 2
	stormConsumers = 16
	stormTexts     = 40 // of a consumer
	stormKills     = 12 // database connections cut
	stormJumps     = 10 // of the clock, a minute or more
	stormLimit     = 3  // chats of an agent
)

// TestTheInvariantsHoldInAStorm lets consumers text, agents work, timers, routing, lanes and receipts run on two nodes
// over one database, at random and all at once, under a carrier that loses answers and a database that cuts connections.
// Then nothing may be lost, doubled, out of order or left hanging (DESIGN, the ten invariants). It ends by count.
func TestTheInvariantsHoldInAStorm(t *testing.T) {
	t.Parallel()
	s := newStorm(t)
	var consumers, others sync.WaitGroup
	over := make(chan struct{})
	for i := range stormConsumers {
		consumers.Go(func() { s.consume(i) })
	}
	for i, agent := range s.agents {
		others.Go(func() { s.work(i, agent, over) })
	}
	consumers.Go(s.trouble)
	consumers.Wait()
	close(over)
	others.Wait()
	s.calm(t)
	s.check(t)
}

// storm is a house with two nodes, and what everybody in it was told.
type storm struct {
	*house
	seed     uint64
	ahead    atomic.Int64 // of the clock
	nodes    []*stormNode
	agents   []id.User
	leaves   []id.Queue
	wake     chan struct{} // an agent may have something to do
	admin    *pgx.Conn
	receipts sync.WaitGroup

	mu     sync.Mutex
	said   []stormText
	sends  map[string]chat.Sent
	quiets []quiet
	books  []stormEntry
	calls  []stormCall
	round  int
}

// stormText is a consumer's text that was answered.
type stormText struct {
	providerID, from, to string
	repeats              int
}

// quiet is the time from the answer to a STOP until the consumer says START.
type quiet struct {
	node     int
	address  string
	from, to time.Time
}

// stormCall is a call to the carrier; stormEntry a text that it took.
type stormCall struct {
	node  int
	m     wire.Outbound
	began time.Time
}

type stormEntry struct {
	m    wire.Outbound
	id   string
	at   time.Time
	node int
}

type stormNode struct {
	*chat.Service
	storm    *storm
	n        int
	gate     *carrier.Gate
	lanes    *carrier.Lanes
	router   *queues.Router
	receipts *carrier.Receipts
}

func newStorm(t *testing.T) *storm {
	t.Helper()
	s := &storm{house: &house{clock: &clock{}, log: &published{}}, seed: *stormSeed, sends: map[string]chat.Sent{}, wake: make(chan struct{}, 64)}
	if s.seed == 0 {
		s.seed = rand.Uint64()
	}
	t.Logf("repeat this storm with -storm.seed=%d", s.seed)
	d := pgtest.NewDatabase(t)
	s.db = pgtest.Open(t, d)
	s.furnish(t)
	s.agents = []id.User{s.ann, s.bob}
	s.leaves = []id.Queue{s.queue(t, "Sales"), s.queue(t, "Returns")}
	s.tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, agent := range s.agents {
			if err := tenant.AddSocket(ctx, tx, tenant.Socket{Tenant: s.tenant, User: agent, ID: uuid.New(), Node: 1}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "update users set chat_limit = $1", stormLimit); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update numbers set segments_per_second = 2000")
		return err
	})
	var err error
	s.admin, err = pgx.Connect(t.Context(), d.AdminURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.admin.Close(context.Background())) })
	_, err = s.admin.Exec(t.Context(), stormLaws)
	require.NoError(t, err)
	for n := range stormNodes {
		s.nodes = append(s.nodes, s.start(t, n, pgtest.Open(t, d)))
	}
	return s
}

// stormLaws note what no look at the end could show: a status that went back and forth, an end that did not last.
const stormLaws = `
	create table breaches (what text not null);
	grant insert on breaches to sidetone_app;
	create function watch_texts() returns trigger language plpgsql as $$
	declare ranks text[] := array['queued','sending','sent','expired','cancelled','failed','undelivered','delivered'];
	begin
		if array_position(ranks, old.status) > 2 and array_position(ranks, new.status) < array_position(ranks, old.status)
			and not (old.error_code is not distinct from 'not_sent') then
			insert into breaches values (format('text %s went from %s to %s', new.id, old.status, new.status));
		end if;
		if old.provider_id is distinct from new.provider_id and old.provider_id is not null then
			insert into breaches values (format('text %s was sent twice', new.id));
		end if;
		return new;
	end $$;
	create trigger watch after update on messages for each row execute function watch_texts();
	create function watch_chats() returns trigger language plpgsql as $$
	begin
		if old.ended_at is not null and new is distinct from old then
			insert into breaches values (format('chat %s changed after its end', new.id));
		end if;
		if new.last_seq < old.last_seq then
			insert into breaches values (format('chat %s lost rows', new.id));
		end if;
		if new.status = 'assigned' and (old.status <> 'assigned' or old.agent_id <> new.agent_id)
			and (select count(*) from chats where tenant_id = new.tenant_id and agent_id = new.agent_id and status = 'assigned') > 3 then
			insert into breaches values (format('agent %s has more chats than the limit', new.agent_id));
		end if;
		return new;
	end $$;
	create trigger watch after update on chats for each row execute function watch_chats();
	create function watch_hands() returns trigger language plpgsql as $$
	begin
		if old.status = 'assigned' and new.status = 'assigned' and new.agent_id <> old.agent_id and old.transfer_to is distinct from new.agent_id
			and not exists (select from chat_events v where v.chat_id = new.id and v.seq > old.last_seq and v.kind = 'taken_over') then
			insert into breaches values (format('chat %s changed hands', new.id));
		end if;
		return new;
	end $$;
	create constraint trigger watch_hands after update on chats deferrable initially deferred for each row execute function watch_hands();`

// Now is the storm's time: it runs, and jumps.
func (s *storm) Now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

func (s *storm) start(t *testing.T, n int, db *pg.DB) *stormNode {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	node := &stormNode{storm: s, n: n, gate: carrier.NewGate(time.Now)}
	node.lanes = carrier.NewLanes(carrier.Config{
		DB: db, Node: id.Node(n + 1), Gate: node.gate, Publish: node.publish, Log: log, Now: s.Now,
		Senders: func(context.Context, id.Account) (carrier.Sender, error) { return stormCarrier{node}, nil },
		Lease:   2 * time.Second, Poll: 100 * time.Millisecond, Idle: 200 * time.Millisecond, ClaimMost: 40, Concurrency: 16,
		StartWithin: time.Second, CallTimeout: time.Second, AskAfter: 100 * time.Millisecond, ParkAfter: time.Hour,
	})
	node.receipts = carrier.NewReceipts(db, node.publish, log, nil)
	node.router = queues.NewRouter(queues.RouterConfig{
		DB: db, Publish: node.publish, Now: s.Now, Log: log,
		Settings: func(ctx context.Context, tn id.Tenant, q id.Queue) (tenant.Settings, error) {
			rules, err := node.Rules(ctx, tn)
			if err != nil {
				return tenant.Settings{}, err
			}
			return rules.Settings(q), nil
		},
		Gone: func(ctx context.Context, tn id.Tenant, agent id.User) error { return node.AgentGone(ctx, tn, agent) },
	})
	node.Service = chat.NewService(chat.Config{
		DB: db, Gate: node.gate, Publish: node.publish, Wake: node.lanes.Wake, Route: node.router.Wake, Now: s.Now, Log: log,
	})
	sweeper := chat.NewSweeper(node.Service)
	node.lanes.Start()
	node.router.Start()
	sweeper.Start()
	t.Cleanup(func() {
		sweeper.Stop()
		node.router.Stop()
		node.Stop()
		node.receipts.Stop()
		node.lanes.Stop()
	})
	return node
}

// publish takes hints to every node, as the bus does; hints about lanes get lost now and then.
func (n *stormNode) publish(h event.Hint) {
	s := n.storm
	for _, other := range s.nodes {
		if h.Kind != event.LaneReady || rand.IntN(4) > 0 {
			other.lanes.Hint(h)
		}
	}
	if h.Kind == event.OffersChanged || h.Kind == event.ChatMoved {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// stormCarrier is the carrier as one node meets it.
type stormCarrier struct{ *stormNode }

// Send is the carrier on a bad day.
func (n stormCarrier) Send(ctx context.Context, m wire.Outbound) (wire.Accepted, error) {
	s := n.storm
	began := time.Now()
	s.mu.Lock()
	s.calls = append(s.calls, stormCall{n.n, m, began})
	s.round++
	round := s.round
	s.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(rand.IntN(8000)) * time.Microsecond): // a carrier's latency
	}
	refused := func(class wire.Class, code string) (wire.Accepted, error) {
		return wire.Accepted{}, &wire.SendError{Class: class, Code: code, Message: wire.Sentence(class)}
	}
	switch {
	case round%61 == 0:
		return refused(wire.Throttled, "429")
	case round%47 == 0:
		return refused(wire.BadRecipient, "21614")
	case round%43 == 0:
		return refused(wire.Network, "")
	case round%37 == 0:
		return refused(wire.Ambiguous, "") // the text was lost with its answer
	}
	s.mu.Lock()
	e := stormEntry{m, fmt.Sprintf("OUT%d", len(s.books)+1), time.Now(), n.n}
	s.books = append(s.books, e)
	s.mu.Unlock()
	s.receipts.Go(func() { s.report(e) })
	if round%11 == 0 {
		return refused(wire.Ambiguous, "") // the answer alone was lost
	}
	return wire.Accepted{ProviderID: e.id, Status: wire.Sent}, nil
}

// Lookup is what the carrier has on its books.
func (n stormCarrier) Lookup(_ context.Context, to, from string, since time.Time) (found []wire.Found, err error) {
	s := n.storm
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round++; s.round%5 == 0 {
		return nil, errors.New("the carrier has no time")
	}
	for _, e := range s.books {
		if e.m.To == to && e.m.From == from && !e.at.Before(since.Truncate(time.Second)) {
			found = append(found, wire.Found{ProviderID: e.id, Body: e.m.Text, Status: wire.Sent, CreatedAt: e.at.Truncate(time.Second)})
		}
	}
	return found, nil
}

// report gives receipts to either node, shuffled and repeated, until they are taken.
func (s *storm) report(e stormEntry) {
	last := wire.Delivered
	if rand.IntN(8) == 0 {
		last = wire.Undelivered
	}
	told := []wire.Status{wire.Sent, last, wire.Sent, last}
	rand.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
	for _, status := range told[:1+rand.IntN(len(told))] {
		receipt := wire.Receipt{ProviderID: e.id, MessageRef: e.m.Ref, Status: status, At: s.Now()}
		s.until(func(n *stormNode) error { return n.receipts.Apply(context.Background(), s.tenant, s.account, receipt) })
	}
}

// until repeats something on one node or the other until it is done, as a carrier or a desk does after a 5xx. It returns
// the number of the node that did it, or none if an earlier try may have done it unknown to us.
func (s *storm) until(do func(n *stormNode) error) (node int) {
	for try := 0; ; try++ {
		n := s.nodes[rand.IntN(len(s.nodes))]
		err := do(n)
		var known *errs.Error
		if err == nil || errors.As(err, &known) && known.Code != errs.Internal && known.Code != errs.Unavailable {
			if try > 0 {
				return -1
			}
			return n.n
		}
	}
}

// consume is one consumer, who waits for the answer to a text before the next one.
func (s *storm) consume(i int) {
	random := rand.New(rand.NewPCG(s.seed, uint64(i)))
	from := fmt.Sprintf("+1415555%04d", 1000+i)
	bodies := []string{
		"hello", "1", "2", "refund", "what?", "thanks", "BACK", "EXIT", "HELP", "YES", "can you cancel my order", "a longer text, with an é",
	}
	stopped := time.Time{}
	where := 0
	for k := range stormTexts {
		to := []string{support, sales, nobody}[min(random.IntN(8)/3, 2)]
		body := bodies[random.IntN(len(bodies))]
		switch r := random.IntN(12); {
		case r < 2 && stopped.IsZero():
			body = "STOP"
		case r < 5 && !stopped.IsZero():
			body = "START"
		}
		in := wire.Inbound{ProviderID: fmt.Sprintf("IN%d-%d", i, k), From: from, To: to, Text: body, At: s.Now()}
		begins := body == "START" || body == "YES"
		if begins && !stopped.IsZero() {
			s.note(func() { s.quiets = append(s.quiets, quiet{where, from, stopped, time.Now()}) })
			stopped = time.Time{}
		}
		repeats := 1
		if random.IntN(5) == 0 {
			repeats = 3
		}
		nodes := make([]int, repeats)
		var answers sync.WaitGroup
		for r := range repeats {
			answers.Go(func() {
				nodes[r] = s.until(func(n *stormNode) error { return n.Receive(context.Background(), s.tenant, s.account, in) })
			})
		}
		answers.Wait()
		if body == "STOP" && stopped.IsZero() {
			stopped, where = time.Now(), nodes[0]
			if repeats > 1 {
				where = -1 // either node may have saved it
			}
		}
		s.note(func() { s.said = append(s.said, stormText{in.ProviderID, from, to, repeats}) })
	}
	if !stopped.IsZero() {
		s.note(func() { s.quiets = append(s.quiets, quiet{where, from, stopped, time.Now().Add(time.Hour)}) })
	}
}

func (s *storm) note(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// work is an agent: takes what is offered, writes, ends, lays aside, now at one node and then at the other.
func (s *storm) work(i int, agent id.User, over <-chan struct{}) {
	random := rand.New(rand.NewPCG(s.seed, uint64(1000+i)))
	for k := 0; ; k++ {
		select {
		case <-over:
			return
		case <-s.wake:
		}
		n := s.nodes[random.IntN(len(s.nodes))]
		offers, _ := n.router.Open(context.Background(), s.tenant, agent)
		for _, o := range offers {
			switch random.IntN(12) {
			case 0:
				_ = n.router.Decline(context.Background(), s.tenant, o.Chat, agent)
				_ = n.RefuseTransfer(context.Background(), s.tenant, o.Chat, agent)
				continue
			case 1:
				_ = n.router.AgentGone(context.Background(), s.tenant, agent)
				continue
			case 2:
				continue // it runs out
			}
			s.until(func(n *stormNode) error {
				_, err := n.Accept(context.Background(), s.tenant, o.Chat, agent)
				return err
			})
		}
		chats, _ := n.Desk(context.Background(), s.tenant, agent)
		for _, c := range chats {
			switch random.IntN(12) {
			case 2, 3, 4:
				s.until(func(n *stormNode) error {
					return n.Transfer(context.Background(), s.tenant, c.ID, agent, s.elsewhere(random, agent), "a note")
				})
			case 5:
				s.until(func(n *stormNode) error {
					_, err := n.TakeOver(context.Background(), s.tenant, c.ID, s.agents[random.IntN(len(s.agents))])
					return err
				})
			case 0:
				s.until(func(n *stormNode) error { return n.End(context.Background(), s.tenant, c.ID, agent) })
			case 1:
				s.until(func(n *stormNode) error { return n.Dismiss(context.Background(), s.tenant, c.ID, agent) })
			default:
				for part := range 1 + random.IntN(4) {
					s.reply(c.ID, agent, fmt.Sprintf("%d-%d-%d-%d", i, k, c.ID, part), 1+random.IntN(2))
				}
			}
		}
	}
}

// elsewhere is somewhere to transfer a chat to: the other agent, or a queue.
func (s *storm) elsewhere(random *rand.Rand, agent id.User) chat.To {
	if random.IntN(3) == 0 {
		return chat.To{Queue: s.leaves[random.IntN(len(s.leaves))]}
	}
	for _, other := range s.agents {
		if other != agent {
			return chat.To{Agent: other}
		}
	}
	return chat.To{}
}

// reply sends one text, so many times at once; all answers must be the same.
func (s *storm) reply(c id.Chat, agent id.User, clientID string, times int) {
	var group sync.WaitGroup
	for range times {
		group.Go(func() {
			s.until(func(n *stormNode) error {
				sent, err := n.Send(context.Background(), s.tenant, c, agent, clientID, "Reply "+clientID)
				if err == nil {
					s.note(func() {
						if before, ok := s.sends[clientID]; ok && before != sent {
							sent = chat.Sent{} // two answers to one text: the check finds it
						}
						s.sends[clientID] = sent
					})
				}
				return err
			})
		})
	}
	group.Wait()
}

// trouble cuts connections in the middle of whatever they do, and moves the clock.
func (s *storm) trouble() {
	random := rand.New(rand.NewPCG(s.seed, 9999))
	for k := range stormKills + stormJumps {
		s.waitForTexts((k + 1) * stormConsumers * stormTexts / (stormKills + stormJumps + 2))
		if k%2 == 0 && k/2 < stormJumps {
			s.ahead.Add(int64(time.Minute + time.Duration(random.IntN(40))*time.Minute))
			continue
		}
		_, _ = s.admin.Exec(context.Background(), `select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and usename = 'sidetone_app' order by state = 'active' desc, md5(pid::text || $1) limit 2`, fmt.Sprint(k))
	}
}

// waitForTexts returns when so many texts of consumers were answered.
func (s *storm) waitForTexts(n int) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		s.mu.Lock()
		enough := len(s.said) >= n
		s.mu.Unlock()
		if enough {
			return
		}
	}
}

// calm waits until all that was begun has come to its end.
func (s *storm) calm(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.ahead.Add(int64(time.Second)) // what waits for its next try
		return s.number(t, "select count(*) from messages where status in ('queued', 'sending')") == 0
	}, time.Minute, 50*time.Millisecond, "the outbox empties")
	s.receipts.Wait()
	require.Eventually(t, func() bool {
		s.ahead.Add(int64(time.Minute))
		return s.number(t, "select count(*) from offers where state = 'open' and expires_at < $1", s.Now().Add(-time.Minute)) == 0
	}, time.Minute, 50*time.Millisecond, "no offer hangs")
	require.Eventually(t, func() bool {
		s.ahead.Add(int64(time.Minute))
		return s.number(t, "select count(*) from transfers where state = 'began'") == 0
	}, time.Minute, 50*time.Millisecond, "no transfer hangs")
	// A sweep whose connection was cut has pushed its rows ahead by a lease; the next one makes up for it.
	require.Eventually(t, func() bool {
		s.ahead.Add(int64(time.Minute))
		return len(s.list(t, stormTimers)) == 0
	}, time.Minute, 50*time.Millisecond, "every timer has its row again")
}

// stormTimers are chats whose timer has no row that fires it in time.
const stormTimers = `select c.id::text from chats c where c.due_at is not null and not exists (
	select from due d where d.kind = 'chat' and d.ref = c.id and d.due_at <= c.due_at + interval '30 s')`

func (s *storm) number(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, s.admin.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// list runs a query of one text column: the breaches it finds.
func (s *storm) list(t *testing.T, query string, args ...any) []string {
	t.Helper()
	rows, err := s.admin.Query(t.Context(), query, args...)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

func (s *storm) check(t *testing.T) {
	t.Helper()
	require.Len(t, s.said, stormConsumers*stormTexts)
	t.Logf("transfers: %s", strings.Join(s.list(t, "select state || ' ' || why || ' ' || count(*) from transfers group by state, why order by 1"), ", "))
	t.Logf("%d texts in, %d calls, %d on the carrier's books, %d replies, %d quiet times; chats: %s; texts: %s", len(s.said), len(s.calls),
		len(s.books), len(s.sends), len(s.quiets),
		strings.Join(s.list(t, "select status || ' ' || count(*) from chats group by status order by 1"), ", "),
		strings.Join(s.list(t, "select status || ' ' || count(*) from messages group by status order by 1"), ", "))
	for what, query := range map[string]string{
		"a law was broken on the way":                    "select what from breaches limit 10",
		"2: a text was given up for lost":                "select id || ' ' || status from messages where uncertain",
		"4: two active chats of a pair":                  "select thread_id::text from chats where ended_at is null group by thread_id having count(*) > 1",
		"4: a pair points at another chat":               "select t.id::text from threads t left join chats c on c.thread_id = t.id and c.ended_at is null where t.chat_id is distinct from c.id",
		"5: a transcript has a gap or a doubled row":     stormGaps,
		"5: something was appended after the end":        "select c.id::text from chats c where c.ended_at is not null and not exists (select from chat_events v where v.chat_id = c.id and v.seq = c.last_seq and v.kind = 'ended')",
		"8: an offer hangs on a chat that waits not":     "select o.id || ' ' || c.status from offers o join chats c on c.id = o.chat_id where o.state = 'open' and c.status <> 'queued'",
		"8: two agents were given a chat":                "select chat_id::text from offers o where state = 'accepted' group by chat_id having count(*) > (select count(*) from chat_events v where v.chat_id = o.chat_id and v.kind = 'assigned')",
		"8: a chat is held out, and no transfer says so": "select c.id::text from chats c full join (select * from transfers where state = 'began') x on x.chat_id = c.id where c.transfer_to is distinct from x.agent_id",
		"8: a transfer that ended changed nothing":       "select x.chat_id || ' ' || x.seq from transfers x where x.state = 'ended' and not exists (select from chat_events v where v.chat_id = x.chat_id and v.seq > x.seq and case when x.agent_id is null then v.kind = 'queued' else v.kind = 'assigned' and v.user_id = x.agent_id end)",
		"8: a failed transfer left no word":              "select x.chat_id || ' ' || x.why from transfers x where x.state = 'failed' and not exists (select from chat_events v where v.chat_id = x.chat_id and v.seq > x.seq and v.kind in ('transfer_failed', 'taken_over', 'ended'))",
		"8: a waiting chat has no next step":             "select c.id::text from chats c where c.status = 'queued' and not exists (select from due d where d.kind = 'offer' and d.ref = c.id)",
		"a chat's timer has no row, or a later one":      stormTimers,
		"a chat that ended is due":                       "select d.ref::text from due d join chats c on c.id = d.ref where d.kind = 'chat' and c.ended_at is not null",
		"1.3: a reply to someone on the list":            "select m.id::text from messages m join do_not_contact d using (address) where m.direction = 'out' and m.status = 'queued'",
		"1: a text of a chat is in no transcript":        "select id::text from messages where direction = 'in' and disposition = '' and chat_id is null",
		"6: texts of a pair were saved out of order":     "select a.provider_id || ' ' || b.provider_id from messages a join messages b on a.thread_id = b.thread_id and a.direction = 'in' and b.direction = 'in' and a.id < b.id where split_part(a.provider_id, '-', 2)::int > split_part(b.provider_id, '-', 2)::int",
		"1.3: two confirmations of one STOP":             "select l.address from consent_ledger l where action = 'opt_out' group by address having count(*) < (select count(*) from messages m where m.address = l.address and m.kind = 'stop_confirmation')",
		"the list is not what the ledger adds up to":     "select coalesce(l.address, d.address) from (select distinct on (address) address, action from consent_ledger where action in ('opt_out', 'opt_in') order by address, id desc) l full join do_not_contact d using (address) where (l.action = 'opt_out') is distinct from (d.address is not null)",
		"an agent has an assigned chat and no rights":    "select id::text from chats where status = 'assigned' and agent_id is null",
	} {
		require.Empty(t, s.list(t, query), what)
	}
	s.checkInbound(t)
	s.checkOutbound(t)
	s.checkQuiet(t)
}

const stormGaps = `select c.id::text from chats c
	left join lateral (select seq from messages m where m.chat_id = c.id union all select seq from chat_events v where v.chat_id = c.id) r on true
	group by c.id, c.last_seq having count(r.seq) <> c.last_seq or count(distinct r.seq) <> c.last_seq or max(r.seq) <> c.last_seq`

// checkInbound: what was answered is there, once (invariant 1).
func (s *storm) checkInbound(t *testing.T) {
	t.Helper()
	kept := s.list(t, "select provider_id from messages where direction = 'in' order by 1")
	said := make([]string, 0, len(s.said))
	for _, x := range s.said {
		said = append(said, x.providerID)
	}
	slices.Sort(said)
	require.Equal(t, said, kept, "every answered text is kept once")
	for clientID, sent := range s.sends {
		require.NotZero(t, sent.Message, "%s has one answer", clientID)
		require.Equal(t, 1, s.number(t, "select count(*) from messages where client_id = $1 and id = $2", clientID, sent.Message), clientID)
	}
}

// checkOutbound: each text left once, in order, and its row says so (invariants 2, 6).
func (s *storm) checkOutbound(t *testing.T) {
	t.Helper()
	times, last := map[int64]int{}, map[string]int64{}
	books := slices.SortedFunc(slices.Values(s.books), func(a, b stormEntry) int { return a.at.Compare(b.at) })
	for _, e := range books {
		times[e.m.Ref]++
		require.Equal(t, 1, times[e.m.Ref], "text %d left once", e.m.Ref)
		pair := e.m.From + e.m.To
		require.Greater(t, e.m.Ref, last[pair], "texts to %s leave in order", e.m.To)
		last[pair] = e.m.Ref
	}
	rows, err := s.admin.Query(t.Context(), "select id, status from messages where direction = 'out'")
	require.NoError(t, err)
	var ref int64
	var status wire.Status
	_, err = pgx.ForEachRow(rows, []any{&ref, &status}, func() error {
		left := status == wire.Sent || status == wire.Delivered || status == wire.Undelivered
		require.Equal(t, left, times[ref] == 1, "text %d is %s, and the carrier has it %d times", ref, status, times[ref])
		return nil
	})
	require.NoError(t, err)
}

// checkQuiet: after the answer to a STOP no call starts for that consumer on the node that saved it, but the answers to
// command words (invariant 3); what another node had claimed may still leave.
func (s *storm) checkQuiet(t *testing.T) {
	t.Helper()
	kinds := map[int64]string{}
	rows, err := s.admin.Query(t.Context(), "select id, kind from messages where direction = 'out'")
	require.NoError(t, err)
	var ref int64
	var kind string
	_, err = pgx.ForEachRow(rows, []any{&ref, &kind}, func() error { kinds[ref] = kind; return nil })
	require.NoError(t, err)
	slices.SortFunc(s.calls, func(a, b stormCall) int { return cmp.Compare(a.m.Ref, b.m.Ref) })
	elsewhere := 0
	for _, q := range s.quiets {
		for _, c := range s.calls {
			if c.m.To != q.address || carrier.Exempt(kinds[c.m.Ref]) || !c.began.After(q.from) || !c.began.Before(q.to) {
				continue
			}
			if c.node != q.node {
				elsewhere++
				continue
			}
			require.Fail(t, "a call started after a STOP", "text %d (%s) to %s, %s after it", c.m.Ref, kinds[c.m.Ref], c.m.To, c.began.Sub(q.from))
		}
	}
	t.Logf("%d calls of the other node started after a STOP", elsewhere)
}
