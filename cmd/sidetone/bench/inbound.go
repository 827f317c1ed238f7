package bench

import (
	"context"
	"fmt"
	"time"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

// few and much are the loads: connections that each wait for their answer. Beyond 16 a database of two cores only
// queues (reference/performance-anchors 1.2), so what happens at 64 shows how well waiting is used.
const few, much = 16, 64

// measured are the series of the inbound part.
type measured struct {
	commit, group          gauge.Series // the limit programs, at 16 and at 64
	one16, one64           gauge.Series // one tenant, texts into chats that agents have
	many16, many64         gauge.Series // 200 tenants
	first16, first64       gauge.Series // first texts: a chat, a greeting, a menu
	single                 gauge.Series // one durable commit
	transactions, notifies float64      // a text
	cpu                    []float64    // of the server, seconds a text
}

// inbound: signed webhook → durable → 2xx.
func (b *bench) inbound(ctx context.Context) error {
	var m measured
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	for round := range b.rounds {
		for _, step := range []func(context.Context, *measured) error{b.limitsRound, b.knownRound, b.firstRound} {
			if err := step(ctx, &m); err != nil {
				return err
			}
		}
		b.say("inbound round %d: commit %s, group %s; here %s and %s\n", round+1, gauge.PerSecond(m.commit[round].Rate),
			gauge.PerSecond(m.group[round].Rate), gauge.PerSecond(m.one16[round].Rate), gauge.PerSecond(m.one64[round].Rate))
	}
	if err := b.countTransactions(ctx, &m); err != nil {
		return err
	}
	b.inboundRows(m)
	return nil
}

// warmUp lets caches fill and statistics be taken.
func (b *bench) warmUp(ctx context.Context) error {
	for _, houses := range [][]rig.House{b.one, b.many} {
		if _, err := b.drive(ctx, few, time.Second, b.texts(houses, 5000)); err != nil {
			return err
		}
	}
	_, err := gauge.Drive(ctx, b.programs.address, few, time.Second/2, b.plain("/commit", 5000))
	return err
}

func (b *bench) limitsRound(ctx context.Context, m *measured) error {
	single, err := b.limits.Commit(ctx, b.window/2)
	if err != nil {
		return err
	}
	m.single = append(m.single, single)
	for _, p := range []struct {
		to    *gauge.Series
		path  string
		conns int
	}{{&m.commit, "/commit", few}, {&m.group, "/group", much}} {
		run, err := gauge.Drive(ctx, b.programs.address, p.conns, b.window, b.plain(p.path, b.enough(p.conns)))
		if err != nil {
			return fmt.Errorf("limit program %s: %w", p.path, err)
		}
		*p.to = append(*p.to, run)
	}
	return nil
}

func (b *bench) knownRound(ctx context.Context, m *measured) error {
	for _, p := range []struct {
		to     *gauge.Series
		houses []rig.House
		conns  int
	}{{&m.one16, b.one, few}, {&m.one64, b.one, much}, {&m.many16, b.many, few}, {&m.many64, b.many, much}} {
		reqs := b.texts(p.houses, b.enough(p.conns))
		before, err := b.server.CPU()
		if err != nil {
			return err
		}
		run, err := b.drive(ctx, p.conns, b.window, reqs)
		if err != nil {
			return err
		}
		after, err := b.server.CPU()
		if err != nil {
			return err
		}
		if p.to == &m.one64 {
			m.cpu = append(m.cpu, (after-before).Seconds()/float64(run.Count))
		}
		*p.to = append(*p.to, run)
	}
	return nil
}

func (b *bench) firstRound(ctx context.Context, m *measured) error {
	for _, p := range []struct {
		to    *gauge.Series
		conns int
	}{{&m.first16, few}, {&m.first64, much}} {
		reqs := &gauge.Requests{}
		n := int(8000 * b.window.Seconds())
		rig.First(b.one, n, b.first, func(h rig.House, t rig.Text) { reqs.Add(b.rig.Webhook(h, t)) })
		b.first += n
		run, err := b.drive(ctx, p.conns, b.window, reqs)
		if err != nil {
			return err
		}
		*p.to = append(*p.to, run)
		if err := b.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// countTransactions counts the database's own transaction ids: each transaction that writes has one. The pages of the
// queue of NOTIFY tell whether there was any.
func (b *bench) countTransactions(ctx context.Context, m *measured) error {
	const sql = `select pg_current_xact_id()::text::bigint,
		(select blks_zeroed + blks_hit + blks_read + blks_written from pg_stat_slru where name = 'Notify')`
	var before, after, pagesBefore, pagesAfter int64
	if err := b.rig.Admin.QueryRow(ctx, sql).Scan(&before, &pagesBefore); err != nil {
		return fmt.Errorf("count transactions: %w", err)
	}
	run, err := b.drive(ctx, few, b.window, b.texts(b.one, b.enough(few)))
	if err != nil {
		return err
	}
	if err := b.rig.Admin.QueryRow(ctx, sql).Scan(&after, &pagesAfter); err != nil {
		return fmt.Errorf("count transactions: %w", err)
	}
	m.transactions, m.notifies = float64(after-before)/float64(run.Count), float64(pagesAfter-pagesBefore)
	return nil
}

func (b *bench) drive(ctx context.Context, conns int, d time.Duration, reqs *gauge.Requests) (gauge.Run, error) {
	run, err := gauge.Drive(ctx, b.rig.Address, conns, d, reqs)
	if err != nil {
		return run, fmt.Errorf("webhooks over %d connections: %w", conns, err)
	}
	return run, nil
}

// enough requests for a run, however fast the machine.
func (b *bench) enough(conns int) int {
	perSecond := 25_000
	if conns > few {
		perSecond = 45_000
	}
	return int(float64(perSecond) * b.window.Seconds())
}

func (b *bench) texts(houses []rig.House, n int) *gauge.Requests {
	reqs := &gauge.Requests{}
	rig.Known(houses, n, b.known, func(h rig.House, t rig.Text) { reqs.Add(b.rig.Webhook(h, t)) })
	b.known += n
	return reqs
}

func (b *bench) plain(path string, n int) *gauge.Requests {
	reqs := &gauge.Requests{}
	rig.Known(b.one, n, b.known, func(_ rig.House, t rig.Text) { reqs.Add(rig.PlainText(b.programs.address, path, t)) })
	b.known += n
	return reqs
}

func (b *bench) inboundRows(m measured) {
	t := &b.table
	t.Add(gauge.Row{Path: "one durable commit (c=1)", Ours: gauge.Times(m.single)})
	rate := func(path string, ours, limit gauge.Series, least float64) {
		t.Add(gauge.Row{
			Path: path, Ours: gauge.Speed(ours), Limit: gauge.Speed(limit),
			Figure: gauge.Ratio(ours.Rates(), limit.Rates()), Target: target(least),
		})
	}
	slowest := func(path string, ours, limit gauge.Series) {
		t.Add(gauge.Row{
			Path: path, Ours: gauge.Seconds(gauge.Median(ours.P99s())), Limit: gauge.Seconds(gauge.Median(limit.P99s())),
			Figure: gauge.Ratio(ours.P99s(), limit.P99s()), Target: gauge.AtMost(4),
		})
	}
	rate("texts in, c=16, beside a commit each", m.one16, m.commit, 0.5)
	rate("texts in, c=64, beside grouped commits", m.one64, m.group, 0.5)
	slowest("the same, p99 at c=16", m.one16, m.commit)
	slowest("the same, p99 at c=64", m.one64, m.group)
	t.Add(gauge.Row{
		Path: "the same, c=64 beside c=16", Ours: gauge.PerSecond(gauge.Median(m.one64.Rates())), Limit: gauge.PerSecond(gauge.Median(m.one16.Rates())),
		Figure: gauge.Ratio(m.one64.Rates(), m.one16.Rates()), Target: gauge.AtLeast(0.9),
	})
	rate("texts in, 200 tenants, c=16", m.many16, m.commit, 0)
	rate("texts in, 200 tenants, c=64", m.many64, m.group, 0)
	rate("first texts (chat, greeting, menu), c=16", m.first16, m.commit, 0)
	rate("first texts (chat, greeting, menu), c=64", m.first64, m.group, 0)
	t.Add(gauge.Row{Path: "transactions a text in, c=16", Ours: fmt.Sprintf("%.2f", m.transactions), Figure: m.transactions, Target: gauge.AtMost(1)})
	t.Add(gauge.Row{Path: "pages of NOTIFY in that run", Ours: fmt.Sprintf("%.0f", m.notifies), Figure: m.notifies, Target: gauge.AtMost(0)})
	cpu := gauge.Median(m.cpu)
	t.Add(gauge.Row{Path: "server CPU a text in, c=64", Ours: gauge.Seconds(cpu), Figure: cpu * 1e3, Target: gauge.AtMost(0.15)})
}

func target(least float64) *gauge.Bound {
	if least == 0 {
		return nil
	}
	return gauge.AtLeast(least)
}
