package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"sidetone/internal/config"
	"sidetone/internal/phone"
)

const marisol = "+14155550142"

// parseDemo is the command as the command line fills it.
func parseDemo(t testing.TB, args ...string) demoCmd {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, config.Vars(), kong.Name("sidetone"))
	require.NoError(t, err)
	_, err = parser.Parse(append([]string{"demo", "--listen=127.0.0.1:0", "--carrier-listen=127.0.0.1:0", "--log-level=warn"}, args...))
	require.NoError(t, err)
	return c.Demo
}

func openDemo(t testing.TB, dir string) *demo {
	t.Helper()
	log, err := newLog(config.Config{LogLevel: "warn", LogFormat: "text"}, t.Output())
	require.NoError(t, err)
	d, err := startDemo(t.Context(), parseDemo(t, "--data="+dir), log)
	require.NoError(t, err)
	return d
}

func TestTheDemoTakesATextToAnAgentAndTheAnswerBack(t *testing.T) {
	dir := openDir(t)
	d := openDemo(t, dir)
	f := d.facts
	theLineIsComplete(t, f)

	noor := signIn(t, f.URL, f.Agents[0])
	who := consumer{t, f.CarrierURL, marisol}
	who.texts(f.Numbers.Menu, "Hi, a mug from my order arrived chipped")
	who.gets("1. Orders")
	who.texts(f.Numbers.Menu, "1")
	noor.answers("Hi Marisol, Noor here.")
	who.gets("Hi Marisol, Noor here.")

	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/docs": 200, "/docs/console.yaml": 200, "/": 200, "/simulator": 200, "/sim/stats": 401, "/api/console/session": 401} {
		res, err := http.Get(f.URL + path)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, want, res.StatusCode, path)
	}

	require.NoError(t, d.stop(t.Context()))
	var left *websocket.CloseError
	require.ErrorAs(t, <-noor.closed, &left)
	require.Equal(t, websocket.CloseServiceRestart, left.Code)
	require.Empty(t, databases(t, dir))

	again := openDemo(t, dir)
	defer func() { require.NoError(t, again.stop(t.Context())) }()
	f.URL, f.CarrierURL = again.facts.URL, again.facts.CarrierURL
	require.Equal(t, f, again.facts, "the same people, tokens and numbers")
	noor = signIn(t, f.URL, f.Agents[0])
	theo := consumer{t, f.CarrierURL, "+13125550118"}
	theo.texts(f.Numbers.Leaf, "hello??")
	noor.answers("Hello Theo.")
	theo.gets("Hello Theo.")
}

// theLineIsComplete checks the contract of --json (DESIGN).
func theLineIsComplete(t *testing.T, f facts) {
	t.Helper()
	line, err := json.Marshal(f)
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(line, &all))
	require.Equal(t, []string{"admin", "agents", "api_token", "carrier_url", "database_url", "manager", "numbers", "other", "subdomain", "url"}, keys(all))
	for _, who := range append([]any{all["admin"], all["manager"]}, all["agents"].([]any)...) {
		require.Equal(t, []string{"email", "id", "password"}, keys(who.(map[string]any)))
	}
	require.GreaterOrEqual(t, len(f.Agents), 2)
	require.Equal(t, []string{"in_call", "leaf", "menu", "outbound", "sessionless"}, keys(all["numbers"].(map[string]any)))
	require.Equal(t, []string{"api_token", "number", "subdomain"}, keys(all["other"].(map[string]any)))
	for role, number := range all["numbers"].(map[string]any) {
		_, err := phone.Parse(number.(string), "")
		require.NoError(t, err, role)
	}
	for _, h := range fernhill().Consumers {
		_, err := phone.Parse(h.Number, "")
		require.NoError(t, err, h.Name)
	}
	for _, address := range []string{f.URL, f.CarrierURL} {
		require.Regexp(t, `^http://127\.0\.0\.1:[1-9][0-9]*$`, address)
	}
}

// keys are sorted; an empty value counts as missing.
func keys(m map[string]any) (out []string) {
	for k, v := range m {
		if v != "" && v != nil && v != 0.0 {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}

func TestSIGTERMStopsEverything(t *testing.T) {
	dir := openDir(t)
	p := launch(t, nil, "demo", "--listen=127.0.0.1:0", "--carrier-listen=127.0.0.1:0", "--json", "--data="+dir)
	f := factsOf(t, p.line())
	noor := signIn(t, f.URL, f.Agents[0])

	p.signal(syscall.SIGTERM)
	var left *websocket.CloseError
	require.ErrorAs(t, <-noor.closed, &left)
	require.Equal(t, websocket.CloseServiceRestart, left.Code)
	require.Zero(t, p.ended(), "%s", p.log)
	require.Empty(t, databases(t, dir))
}

func TestAKilledDemoLeavesNoOrphanAndStartsAgain(t *testing.T) {
	dir := openDir(t)
	start := func() (*program, facts) {
		p := launch(t, nil, "demo", "--listen=127.0.0.1:0", "--carrier-listen=127.0.0.1:0", "--json", "--data="+dir)
		return p, factsOf(t, p.line())
	}
	p, f := start()
	who := consumer{t, f.CarrierURL, marisol}
	who.texts(f.Numbers.Leaf, "Is anyone there?")
	require.NotEmpty(t, databases(t, dir))

	p.signal(syscall.SIGKILL)
	require.Equal(t, -1, p.ended())
	require.Eventually(t, func() bool { return len(databases(t, dir)) == 0 }, patience, 20*time.Millisecond, "Postgres runs on")

	p, g := start()
	require.Equal(t, f.APIToken, g.APIToken)
	noor := signIn(t, g.URL, g.Agents[0])
	noor.answers("Yes, I am.")
	consumer{t, g.CarrierURL, marisol}.gets("Yes, I am.")
	p.signal(os.Interrupt)
	p.signal(syscall.SIGTERM) // to the group and to the process: one wish
	require.Zero(t, p.ended(), "%s", p.log)
}

func TestFreshForgetsTheDemoAndNothingElse(t *testing.T) {
	dir := openDir(t)
	mine := filepath.Join(dir, "mine.txt")
	require.NoError(t, os.WriteFile(mine, []byte("keep"), 0o600))
	first := openDemo(t, dir)
	token := first.facts.APIToken

	_, err := openHome(parseDemo(t, "--fresh", "--data="+dir), first.node.log)
	require.ErrorContains(t, err, "a demo is running")
	require.NoError(t, first.stop(t.Context()))

	home, err := openHome(parseDemo(t, "--fresh", "--data="+dir), first.node.log)
	require.NoError(t, err)
	require.NoError(t, home.close(t.Context()))
	require.NoDirExists(t, filepath.Join(dir, "pg"))
	require.FileExists(t, mine)
	again := openDemo(t, dir)
	defer func() { require.NoError(t, again.stop(t.Context())) }()
	require.NotEqual(t, token, again.facts.APIToken)
}

func TestADemoThatCannotStartSaysWhyAndLeavesNothingRunning(t *testing.T) {
	dir := openDir(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	for _, flag := range []string{"--listen=", "--carrier-listen=", "--debug-listen="} {
		p := launch(t, nil, "demo", "--listen=127.0.0.1:0", "--carrier-listen=127.0.0.1:0", "--data="+dir, flag+busy.Addr().String())
		require.Equal(t, exitFailed, p.ended())
		require.Contains(t, p.log.String(), "address already in use")
		require.NotContains(t, p.log.String(), "panic")
		require.Empty(t, databases(t, dir))
	}
}
