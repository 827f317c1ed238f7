package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/config"
	"sidetone/internal/id"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
)

// pair is a furnished database with a simulated carrier, on which a test runs nodes.
type pair struct {
	t       testing.TB
	d       pgtest.Database
	key     string
	sim     *simulator.Carrier
	carrier string
	account simulator.Account
	seeded  seeded
}

func newPair(t testing.TB) *pair {
	t.Helper()
	p := &pair{t: t, d: pgtest.NewDatabase(t), key: base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.carrier = urlOf(ln)
	p.sim, err = simulator.New(simulator.Config{BaseURL: p.carrier})
	require.NoError(t, err)
	end := runCarrier(p.sim, ln)
	t.Cleanup(func() { require.NoError(t, end()) })

	db := pgtest.Open(t, p.d)
	box, err := seal.Parse(p.key)
	require.NoError(t, err)
	logins, err := tenant.NewLogins(db, nil)
	require.NoError(t, err)
	key := keepsake{}.of("fernhill").Carrier
	book := carrier.NewAccounts(db, box, "http://nobody.invalid")
	p.seeded, err = seedTenant(t.Context(), db, logins, fernhill(), func(of id.Tenant) (id.Account, error) {
		acc, err := seedAccount(t.Context(), db, book, of, key, p.carrier)
		p.account = simulatedAccount(acc, fernhill(), book)
		return acc.ID, err
	})
	require.NoError(t, err)
	return p
}

// report sends the carrier's webhooks to a node.
func (p *pair) report(base string) {
	p.t.Helper()
	a := p.account
	for _, u := range []*string{&a.MessagesURL, &a.StatusURL, &a.VoiceURL} {
		*u = strings.Replace(*u, "http://nobody.invalid", base, 1)
	}
	require.NoError(p.t, p.sim.Put(a))
}

// serve starts a node in this process.
func (p *pair) serve() *node {
	p.t.Helper()
	log, err := newLog(config.Config{LogLevel: "warn", LogFormat: "text"}, p.t.Output())
	require.NoError(p.t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(p.t, err)
	cfg := config.Config{DatabaseURL: p.d.AppURL, DatabaseOwnerURL: p.d.OwnerURL, SealKey: p.key, ClusterListen: "127.0.0.1:0", DataDir: p.t.TempDir()}
	n, err := startNode(p.t.Context(), nodeConfig{Config: withAddress(cfg, ln), Listener: ln, Log: log})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { require.NoError(p.t, n.stop(context.Background())) })
	return n
}

// launch starts a node as a process of its own, which can be killed.
func (p *pair) launch() (*program, string) {
	p.t.Helper()
	prog := launch(p.t, []string{"SIDETONE_SEAL_KEY=" + p.key}, "serve", "--listen=127.0.0.1:0", "--log-level=info",
		"--database-url="+p.d.AppURL, "--database-owner-url="+p.d.OwnerURL, "--data-dir="+p.t.TempDir())
	return prog, strings.TrimSpace(strings.TrimPrefix(prog.line(), "sidetone ready at "))
}

// lanes are who holds which number's lane now.
func (p *pair) lanes() map[id.Number]id.Node {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.d.AdminURL)
	require.NoError(p.t, err)
	defer conn.Close(p.t.Context())
	rows, err := conn.Query(p.t.Context(), "select number_id, node_id from lanes where leased_until > clock_timestamp()")
	require.NoError(p.t, err)
	out := map[id.Number]id.Node{}
	var number id.Number
	var holder id.Node
	_, err = pgx.ForEachRow(rows, []any{&number, &holder}, func() error {
		require.NotContains(p.t, out, number, "a lane is leased once")
		out[number] = holder
		return nil
	})
	require.NoError(p.t, err)
	return out
}

func TestTwoNodesAreOneDeskAndTheSurvivorTakesTheLanesOver(t *testing.T) {
	p := newPair(t)
	dying, first := p.launch()
	noor := signIn(t, first, loginOf(p.seeded.agents[0]))

	// A consumer's text comes in at the dying node, so that it leases the lane.
	p.report(first)
	who := consumer{t, p.carrier, marisol}
	number := p.seeded.numbers[roleLeaf]
	who.texts(number, "Hi, a mug from my order arrived chipped")
	who.gets("Welcome to Fernhill Home")
	before := p.lanes()
	require.Len(t, before, 1)

	// The survivor takes the next text; the desk is at the dying one all the same.
	survivor := p.serve()
	require.Eventually(t, func() bool { return survivor.bus.Routes() == 1 }, patience, 20*time.Millisecond, "the nodes do not meet")
	p.report(survivor.url)
	theo := consumer{t, p.carrier, "+13125550118"}
	theo.texts(number, "hello??")
	for range 2 {
		of := noor.answers("Noor here.")
		require.NotZero(t, of)
	}
	who.gets("Noor here.")
	theo.gets("Noor here.")
	require.Equal(t, before, p.lanes(), "the lane stays where it is")

	dying.signal(syscall.SIGKILL)
	dying.ended()
	require.Error(t, <-noor.closed)
	noor = signIn(t, survivor.url, loginOf(p.seeded.agents[0]))
	who.texts(number, "Are you still there?")
	moved := noor.wait("the text", func(f frame) bool { return f.Type == "message" && strings.Contains(string(f.Data), "still there") })
	noor.says(moved.Chat, "Yes, from another node.")
	who.gets("Yes, from another node.")
	for of, holder := range p.lanes() {
		require.Equal(t, survivor.id, holder, "lane %d", of)
	}
}

func TestANodeThatStopsLeavesNothingBehind(t *testing.T) {
	p := newPair(t)
	prog, base := p.launch()
	p.report(base)
	who := consumer{t, p.carrier, marisol}
	who.texts(p.seeded.numbers[roleLeaf], "Hi")
	who.gets("Welcome to Fernhill Home")
	signIn(t, base, loginOf(p.seeded.agents[0]))
	require.NotEmpty(t, p.lanes())

	prog.signal(syscall.SIGTERM)
	require.Zero(t, prog.ended(), "%s", prog.log)
	require.Empty(t, p.lanes())
	conn, err := pgx.Connect(t.Context(), p.d.AdminURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for _, table := range []string{"nodes", "presence"} {
		var left int
		require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from "+table).Scan(&left))
		require.Zero(t, left, table)
	}
}

func TestANodeThatStopsRecordsWhatIsInFlight(t *testing.T) {
	p := newPair(t)
	prog, base := p.launch()
	p.report(base)
	res, err := http.Post(p.carrier+"/sim/faults", "application/json", strings.NewReader(`{"latency_ms":1500,"receipts":"none"}`))
	require.NoError(t, err)
	res.Body.Close()
	consumer{t, p.carrier, marisol}.texts(p.seeded.numbers[roleLeaf], "Hi")
	conn, err := pgx.Connect(t.Context(), p.d.AdminURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	under := func(status string) (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from messages where status = $1", status).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return p.sim.Stats().UnderWay > 0 }, patience, time.Millisecond, "nothing is in flight")

	prog.signal(syscall.SIGTERM)
	require.Zero(t, prog.ended(), "%s", prog.log)
	require.Zero(t, under("sending"))
	require.NotZero(t, under("sent"))
	require.EqualValues(t, under("sent"), p.sim.Stats().Accepted)
}

func TestAStartThatFailsSaysWhyAndLeavesNothingRunning(t *testing.T) {
	p := newPair(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	start := func(args ...string) (int, string) {
		code, _, errs := sidetone(t, append([]string{"serve", "--listen=127.0.0.1:0", "--database-url=" + p.d.AppURL, "--seal-key=" + p.key, "--data-dir=" + t.TempDir()}, args...)...)
		return code, errs
	}
	code, errs := start("--debug-listen=" + busy.Addr().String())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "listen for metrics and profiles")
	code, errs = start("--listen=" + busy.Addr().String())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "another address: --listen")
	conn, err := pgx.Connect(t.Context(), p.d.AdminURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.Eventually(t, func() bool {
		var left int
		require.NoError(t, conn.QueryRow(t.Context(), `select (select count(*) from nodes)
			+ (select count(*) from pg_stat_activity where datname = current_database() and application_name = 'sidetone' and usename = 'sidetone_app')`).Scan(&left))
		return left == 1 // the test's own pool
	}, patience, 20*time.Millisecond, "something of a failed start is left")
}
