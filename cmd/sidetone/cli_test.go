package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/simulator"
	"sidetone/internal/pg/pgtest"
)

// installed are the arguments of a tool on a database of the test's own.
func installed(t testing.TB, d pgtest.Database) []string {
	return []string{
		"--database-url=" + d.AppURL, "--database-owner-url=" + d.OwnerURL, "--data-dir=" + t.TempDir(),
		"--listen=127.0.0.1:0", "--seal-key=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
	}
}

func TestATenantIsMadeByHandAndServed(t *testing.T) {
	at := installed(t, pgtest.NewDatabase(t))
	do := func(args ...string) string {
		t.Helper()
		code, out, errs := sidetone(t, append(args, at...)...)
		require.Zero(t, code, "%v: %s", args, errs)
		return out
	}
	refused := func(words string, args ...string) {
		t.Helper()
		code, _, errs := sidetone(t, append(args, at...)...)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, words)
	}
	do("tenant", "create", "fernhill", "Fernhill Home")
	refused("is taken", "tenant", "create", "fernhill", "Again")
	require.Contains(t, do("tenant", "list"), "fernhill")
	require.Contains(t, do("tenant", "user", "fernhill", "noor@fernhill.example", "--name=Noor Haddad"), "password: ")
	t.Setenv("SIDETONE_USER_PASSWORD", "longer than eight")
	require.NotContains(t, do("tenant", "user", "fernhill", "noor@fernhill.example"), "password")
	require.Contains(t, do("tenant", "queue", "fernhill", "Billing", "--agents=noor@fernhill.example"), "queue ")
	refused("opts the customer out", "tenant", "queue", "fernhill", "Stop")
	refused("there is no user", "tenant", "queue", "fernhill", "Orders", "--agents=nobody@fernhill.example")

	sim, err := simulator.New(simulator.Config{Accounts: []simulator.Account{{SID: "AC1", AuthToken: "t0ken", Numbers: simulator.Numbers("+14155550100")}}})
	require.NoError(t, err)
	server := httptest.NewServer(sim)
	defer server.Close()
	t.Setenv("SIDETONE_CARRIER_TOKEN", "t0ken")
	require.Contains(t, do("tenant", "account", "fernhill", "--sid=AC1", "--base-url="+server.URL), "/hooks/twilio/")
	require.Contains(t, do("tenant", "number", "fernhill", "+14155550100", "--account=1", "--queue=1", "--label=Billing line"), "verified sms voice")
	refused("does not own this number", "tenant", "number", "fernhill", "+14155550101", "--account=1")
	refused("a number that feeds a queue is verified and inbound", "tenant", "number", "fernhill", "+14155550100", "--account=1", "--queue=1", "--capabilities=in_call")
	refused("no such carrier account", "tenant", "number", "fernhill", "+14155550100", "--account=7")

	show := do("tenant", "show", "fernhill")
	require.Contains(t, show, "Billing line")
	require.Contains(t, show, "Noor Haddad")
	require.Contains(t, show, "Billing")
	require.NotContains(t, show, "Orders", "a queue whose agents do not exist is not half made")

	secret := strings.TrimSpace(do("token", "create", "fernhill", "the shop"))
	require.Regexp(t, `^st_\d+_\S{40,}$`, secret)
	require.NotContains(t, do("token", "list", "fernhill"), secret)
	id := regexp.MustCompile(`st_(\d+)_`).FindStringSubmatch(secret)[1]
	do("token", "disable", "fernhill", id)
	require.Contains(t, do("token", "list", "fernhill"), "disabled")
	do("tenant", "disable", "fernhill")
	require.Contains(t, do("tenant", "list"), "disabled")
}

func TestMigrateSaysWhatIsPendingAndAppliesIt(t *testing.T) {
	at := installed(t, pgtest.NewEmpty(t))
	code, out, errs := sidetone(t, append([]string{"migrate", "status"}, at...)...)
	require.Equal(t, exitFailed, code, errs)
	require.Contains(t, out, "pending 00001_")
	for range 2 { // a repeat changes nothing
		code, _, errs = sidetone(t, append([]string{"migrate"}, at...)...)
		require.Zero(t, code, errs)
	}
	code, out, errs = sidetone(t, append([]string{"migrate", "status"}, at...)...)
	require.Zero(t, code, errs)
	require.Contains(t, out, "up to date")
}

// findings runs the doctor and sorts what it says by what it looked at.
func findings(t testing.TB, args ...string) (code int, by map[string]finding) {
	t.Helper()
	code, out, errs := sidetone(t, append([]string{"doctor", "--json"}, args...)...)
	var all []finding
	require.NoError(t, json.Unmarshal([]byte(out), &all), "%s%s", out, errs)
	by = map[string]finding{}
	for _, f := range all {
		by[f.Check] = f
		require.Equal(t, f.State == fine, f.Mend == "", "%v: what is not well says how to mend it", f)
	}
	return code, by
}

func TestTheDoctorFindsAHealthyInstallationWell(t *testing.T) {
	code, by := findings(t, installed(t, pgtest.NewDatabase(t))...)
	for check, f := range by {
		if check != "durability" { // the test server trades it for speed, and the doctor sees that
			require.NotEqual(t, failing, f.State, "%v", f)
		}
	}
	require.Equal(t, failing, by["durability"].State)
	require.Equal(t, exitFailed, code)
	require.Equal(t, fine, by["migrations"].State)
	require.Equal(t, fine, by["database role"].State)
	require.Equal(t, fine, by["locks"].State)
}

func TestTheDoctorSaysHowToMendWhatIsWrong(t *testing.T) {
	d := pgtest.NewEmpty(t)
	code, by := findings(t, "--database-url="+d.AdminURL, "--data-dir="+t.TempDir(), "--listen=127.0.0.1:0", "--public-url=http://0.0.0.0:8080")
	require.Equal(t, exitFailed, code)
	require.Equal(t, failing, by["database role"].State)
	require.Contains(t, by["database role"].Mend, "CREATE ROLE")
	require.Equal(t, failing, by["public URL"].State)
	require.Equal(t, worry, by["seal key"].State)

	busy := installed(t, d)
	code, by = findings(t, append(busy, "--nats-url=nats://127.0.0.1:1")...)
	require.Equal(t, exitFailed, code)
	require.Equal(t, failing, by["bus"].State)
	require.Equal(t, worry, by["migrations"].State)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "seal.key"), []byte("c2hvcnQ="), 0o644))
	code, by = findings(t, "--database-url=postgres://nobody@127.0.0.1:1/none", "--data-dir="+dir, "--listen=203.0.113.7:8080")
	require.Equal(t, exitFailed, code)
	for _, check := range []string{"seal key", "listen", "database"} {
		require.Equal(t, failing, by[check].State, check)
	}
}

func TestWrongSettingsAreNamedByTheirVariable(t *testing.T) {
	code, _, errs := sidetone(t, "config", "check", "--listen=here", "--data-dir=/x")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "SIDETONE_LISTEN")
	code, out, _ := sidetone(t, "config", "print", "--database-url=postgres://u:hunter2@h/d")
	require.Zero(t, code)
	require.Contains(t, out, "SIDETONE_DATABASE_URL=")
	require.NotContains(t, out, "hunter2")
	code, _, errs = sidetone(t, "serve", "--no-such-flag")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "no-such-flag")
	code, out, _ = sidetone(t, "version")
	require.Zero(t, code)
	require.Regexp(t, "^sidetone ", out)
}
