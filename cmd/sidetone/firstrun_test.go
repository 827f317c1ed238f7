package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/firstrun"
)

// ask sends JSON as the console does.
func ask(t *testing.T, url string, body any) (status int, said map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(raw))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Sidetone", "console")
	res, err := (&http.Client{Timeout: patience}).Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	_ = json.NewDecoder(res.Body).Decode(&said)
	return res.StatusCode, said
}

func TestAFreshServerInvitesToItsSetupAndTakesTheFirstText(t *testing.T) {
	dir := openDir(t)
	start := func() (p *program, url, carrier string) {
		p = launch(t, nil, "serve", "--simulator", "--listen=127.0.0.1:0", "--carrier-listen=127.0.0.1:0", "--data-dir="+dir, "--log-level=info")
		url = strings.TrimSpace(strings.TrimPrefix(p.line(), "sidetone ready at "))
		return p, url, strings.TrimSpace(strings.TrimPrefix(p.line(), "simulated carrier at "))
	}
	p, url, before := start()
	invitation := regexp.MustCompile(`^set it up at (http://[^/]+)/setup#([A-Za-z0-9_-]{43})\n$`).FindStringSubmatch(p.line())
	require.NotNil(t, invitation)
	require.Equal(t, url, invitation[1])
	require.NotContains(t, p.log.String(), invitation[2], "the log does not have it")

	ines := login{Email: "ines@fernhill.example", Password: "correct horse"}
	wish := map[string]any{
		"token": invitation[2], "company": "Fernhill Home", "admin": map[string]string{"name": "Ines Marchetti", "email": ines.Email, "password": ines.Password},
		"carrier": map[string]string{"kind": "simulator"}, "tree": "one", "time_zone": "America/Los_Angeles", "languages": []string{"en"},
	}
	status, _ := ask(t, url+"/api/console/setup", wish)
	require.Equal(t, http.StatusCreated, status)
	status, _ = ask(t, url+"/api/console/setup", wish)
	require.Equal(t, http.StatusNotFound, status)

	desk := signIn(t, url, ines)
	who := consumer{t, before, marisol}
	who.texts(firstrun.DemoNumber(), "Hello, is anyone there?")
	desk.answers("Hi, this is Ines.")
	who.gets("Hi, this is Ines.")
	p.signal(syscall.SIGTERM)
	require.Zero(t, p.ended(), "%s", p.log)

	p, url, after := start()
	require.NotEqual(t, before, after)
	desk = signIn(t, url, ines)
	who = consumer{t, after, "+13125550118"}
	who.texts(firstrun.DemoNumber(), "Still there?") // the account has followed the carrier to its new address
	desk.answers("Yes.")
	who.gets("Yes.")
	p.signal(syscall.SIGTERM)
	require.Zero(t, p.ended(), "%s", p.log)
	rest, _ := p.out.ReadString('\n')
	require.Empty(t, rest, "no invitation any more")
}

func TestATenantMadeByHandIsNoInvitation(t *testing.T) {
	dir := openDir(t)
	code, _, errs := sidetone(t, "tenant", "create", "--data-dir="+dir, "fernhill", "Fernhill Home")
	require.Zero(t, code, errs)
	p := launch(t, nil, "serve", "--listen=127.0.0.1:0", "--data-dir="+dir, "--log-level=warn")
	require.Contains(t, p.line(), "sidetone ready at ")
	p.signal(syscall.SIGTERM)
	require.Zero(t, p.ended(), "%s", p.log)
	rest, _ := p.out.ReadString('\n')
	require.Empty(t, rest)
}
