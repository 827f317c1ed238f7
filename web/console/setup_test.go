package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/event"
	"sidetone/internal/firstrun"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/seal"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/console"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// empty is a house in which nobody lives yet, with a simulated carrier beside it.
type empty struct {
	*house
	setup   *firstrun.Service
	carrier *simulator.Carrier
	known   int // how often the carrier was told to look
}

func newEmpty(t testing.TB, simulated bool) *empty {
	t.Helper()
	w := &webtest.House{DB: pgtest.New(t)}
	e := &empty{house: &house{House: w}}
	var err error
	w.Logins, err = tenant.NewLogins(w.DB, nil)
	require.NoError(t, err)
	box, err := seal.NewBox(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	w.Accounts = carrier.NewAccounts(w.DB, box, webtest.PublicURL)
	w.Sessions = tenant.NewSessions(w.DB)
	origins, err := edge.NewOrigins(webtest.PublicURL)
	require.NoError(t, err)
	w.Callers = edge.Callers{Sessions: w.Sessions, Origins: origins, Now: time.Now}
	w.Log = slog.New(slog.DiscardHandler)
	w.Refusals = edge.Refusals{Log: w.Log}

	e.carrier, err = simulator.New(simulator.Config{Accounts: []simulator.Account{
		{SID: "AC1", AuthToken: "right", Numbers: []simulator.Number{{E164: "+14155550111"}, {E164: "+14155550112", NoSMS: true}}},
	}})
	require.NoError(t, err)
	outside := httptest.NewServer(e.carrier)
	t.Cleanup(outside.Close)
	var sim *firstrun.Simulator
	var phones *console.Simulator
	if simulated {
		sim = &firstrun.Simulator{URL: outside.URL, Know: func(context.Context) error { e.known++; return nil }}
		phones = &console.Simulator{Handsets: []console.Handset{{Number: webtest.Marisol, Name: "Marisol"}}}
	}
	e.setup = firstrun.New(firstrun.Config{
		DB: w.DB, Logins: w.Logins, Accounts: w.Accounts, Publish: func(event.Hint) {}, Secret: []byte("of the cluster"), Simulator: sim, Now: time.Now,
	})
	handler, err := console.New(console.Config{
		DB: w.DB, Logins: w.Logins, Callers: w.Callers, Refusals: w.Refusals, Accounts: w.Accounts, Publish: func(event.Hint) {},
		Simulator: phones, Setup: e.setup, Now: time.Now, Log: w.Log,
	})
	require.NoError(t, err)
	e.server = httptest.NewServer(edge.Identify(handler))
	t.Cleanup(e.server.Close)
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	spec.Servers = openapi3.Servers{{URL: base}}
	e.router, err = gorillamux.NewRouter(spec)
	require.NoError(t, err)
	return e
}

func (e *empty) stranger(t testing.TB) *browser { return &browser{house: e.house, t: t} }

// wish is a set-up that is sound, with some of it changed.
func (e *empty) wish(change map[string]any) map[string]any {
	in := map[string]any{
		"token": e.setup.Token(), "company": "Fernhill Home & Söhne",
		"admin":   map[string]any{"name": "Ines Marchetti", "email": "ines@fernhill.example", "password": "correct horse"},
		"carrier": map[string]any{"kind": "simulator"}, "tree": "shop", "time_zone": "America/Los_Angeles", "languages": []string{"es", "en"},
	}
	for k, v := range change {
		in[k] = v
	}
	return in
}

func (e *empty) count(t testing.TB, what string) (n int) {
	t.Helper()
	require.NoError(t, e.DB.Pool().QueryRow(t.Context(), "select count(*) from "+what).Scan(&n))
	return n
}

func TestAnEmptyInstallationIsSetUpOnce(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	b := e.stranger(t)
	state := gets[gen.SetupState](t, 200, b.ask("GET", "/setup", nil))
	require.Equal(t, gen.SetupState{Open: true, Simulator: new(true), DemoNumber: new(firstrun.DemoNumber())}, state)

	a := b.ask("POST", "/setup", e.wish(nil))
	made := gets[gen.Session](t, 201, a)
	require.Equal(t, "Fernhill Home & Söhne", made.Tenant.Name)
	require.Equal(t, "fernhill-home-sohne", made.Tenant.Subdomain)
	require.Equal(t, []gen.UserRoles{"admin", "manager", "agent"}, made.User.Roles)
	require.True(t, made.Features.Simulator)
	require.Equal(t, 1, e.known)
	b.token = a.Cookies()[0].Value
	require.Equal(t, made.User, gets[gen.Session](t, 200, b.ask("GET", "/session", nil)).User, "signed in")
	require.Nil(t, made.MustChangePassword)

	require.Equal(t, gen.SetupState{}, gets[gen.SetupState](t, 200, b.ask("GET", "/setup", nil)), "over")
	refuses(t, e.stranger(t).ask("POST", "/setup", e.wish(nil)), 404, "not_found", "")
	refuses(t, e.stranger(t).ask("POST", "/setup/carrier", map[string]string{"token": e.setup.Token(), "sid": "AC1", "auth_token": "right"}), 404, "not_found", "")

	e.Tenant = 1
	h := e.House
	phones := gets[gen.Simulator](t, 200, b.ask("GET", "/simulator", nil))
	require.Equal(t, []string{firstrun.DemoNumber()}, []string{phones.Numbers[0].E164}, "what was set up")
	require.Len(t, phones.Handsets, 1)
	require.Equal(t, 1, e.count(t, "tenants"))
	require.Equal(t, "Atención al cliente / Devoluciones / Facturación / Pedidos", webtest.One[string](t, h, "select string_agg(name, ' / ' order by name) from queues"))
	require.Equal(t, `{"en": "Returns"}`, webtest.One[string](t, h, "select names::text from queues where name = 'Devoluciones'"))
	require.Equal(t, 3, webtest.One[int](t, h, "select count(*) from queue_agents where user_id = $1", made.User.Id), "the leaves")
	require.Equal(t, "available", webtest.One[string](t, h, "select status from users"))
	require.Equal(t, firstrun.DemoNumber()+" verified_sms_voice Atención al cliente true", webtest.One[string](t, h,
		"select concat_ws(' ', n.address, n.status, q.name, n.global_outbound::text) from numbers n join queues q on q.id = n.queue_id"))
	require.Regexp(t, "^ACsimulated[0-9a-f]{8}$", webtest.One[string](t, h, "select sid from carrier_accounts"))
	require.Equal(t, `{"time_zone": "America/Los_Angeles", "default_language": "es"}`, webtest.One[string](t, h, "select jsonb_object_agg(key, value)::text from settings"))
	require.Equal(t, "carrier_account.added number.assigned number.created number.global_outbound number.verified queue.created queue.members_changed "+
		"setting.changed tenant.created user.created", webtest.One[string](t, h, "select string_agg(distinct action, ' ' order by action) from audit_log"))
	require.Equal(t, 1, webtest.One[int](t, h, "select count(distinct user_id) from audit_log"), "all by the admin")
	require.NotContains(t, webtest.One[string](t, h, "select string_agg(a::text, '') from audit_log a"), "correct horse")
}

func TestTheSetupAsksForTheTokenThatTheServerPrints(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	for _, token := range []string{"", "x", strings.Repeat("a", 43), e.setup.Token()[:42], e.setup.Token() + "a"} {
		refuses(t, e.stranger(t).ask("POST", "/setup", e.wish(map[string]any{"token": token})), 403, "forbidden", "token")
		refuses(t, e.stranger(t).ask("POST", "/setup/carrier", map[string]string{"token": token, "sid": "AC1", "auth_token": "right"}), 403, "forbidden", "token")
	}
	require.Equal(t, 403, e.stranger(t).with("X-Sidetone", "").ask("POST", "/setup", e.wish(nil)).StatusCode, "a foreign page")
	require.Equal(t, 403, e.stranger(t).with("Sec-Fetch-Site", "cross-site").ask("POST", "/setup", e.wish(nil)).StatusCode)
	require.Zero(t, e.count(t, "tenants"))
	other := firstrun.New(firstrun.Config{Secret: []byte("of another cluster")})
	require.NotEqual(t, other.Token(), e.setup.Token())
	require.Equal(t, firstrun.New(firstrun.Config{Secret: []byte("of the cluster")}).Token(), e.setup.Token(), "the same at every node and after a restart")
	require.Len(t, e.setup.Token(), 43)
}

func TestASetupThatIsRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	admin := func(field, v string) map[string]any {
		a := map[string]any{"name": "Ines", "email": "ines@fernhill.example", "password": "correct horse"}
		a[field] = v
		return map[string]any{"admin": a}
	}
	twilio := func(sid, token, number string) map[string]any {
		return map[string]any{"carrier": map[string]any{"kind": "twilio", "sid": sid, "auth_token": token, "base_url": e.setup.Simulator.URL}, "number": number}
	}
	for field, changes := range map[string][]map[string]any{
		"company":            {{"company": "  "}},
		"admin.name":         {admin("name", "  ")},
		"admin.email":        {admin("email", "no address")},
		"tree":               {{"tree": "forest"}},
		"time_zone":          {{"time_zone": "Mars/Base"}},
		"languages":          {{"languages": []string{"xx"}}, {"languages": []string{"en", "en"}}, {"languages": []string{}}},
		"number":             {{"number": "12"}, twilio("AC1", "right", ""), twilio("AC1", "right", "+14155550199"), twilio("AC1", "right", "+14155550112")},
		"carrier.sid":        {twilio("not an id", "right", "+14155550111")},
		"carrier.auth_token": {twilio("AC1", "", "+14155550111"), twilio("AC1", "wrong", "+14155550111")},
	} {
		for _, change := range changes {
			a := e.stranger(t).ask("POST", "/setup", e.wish(change))
			require.Equal(t, 400, a.StatusCode, "%v: %s", change, a.body)
			require.Contains(t, string(a.body), fmt.Sprintf(`"field":%q`, field), "%v", change)
		}
	}
	require.Equal(t, 400, e.stranger(t).ask("POST", "/setup", e.wish(admin("password", "short"))).StatusCode)
	require.Zero(t, e.count(t, "tenants"))
	require.Zero(t, e.count(t, "carrier_accounts"))
	require.True(t, gets[gen.SetupState](t, 200, e.stranger(t).ask("GET", "/setup", nil)).Open)
}

func TestOfTwoSetupsOneWins(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	const tries = 6
	var all sync.WaitGroup
	status := make([]int, tries)
	for i := range tries {
		all.Go(func() { status[i] = e.stranger(t).ask("POST", "/setup", e.wish(nil)).StatusCode })
	}
	all.Wait()
	won := 0
	for _, s := range status {
		require.Contains(t, []int{201, 404}, s)
		if s == 201 {
			won++
		}
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, e.count(t, "tenants"))
	require.Equal(t, 1, e.count(t, "carrier_accounts"))
}

func TestATenantMadeByToolClosesTheSetup(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	made, err := tenant.Create(t.Context(), e.DB, "fernhill", "Fernhill")
	require.NoError(t, err)
	require.False(t, gets[gen.SetupState](t, 200, e.stranger(t).ask("GET", "/setup", nil)).Open)
	refuses(t, e.stranger(t).ask("POST", "/setup", e.wish(nil)), 404, "not_found", "")
	require.NoError(t, tenant.SetDisabled(t.Context(), e.DB, made.ID, true))
	refuses(t, e.stranger(t).ask("POST", "/setup", e.wish(nil)), 404, "not_found", "")
}

func TestCredentialsAndNumberAreTriedBeforeTheyAreSaved(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, true)
	try := func(change map[string]string) answer {
		in := map[string]string{"token": e.setup.Token(), "sid": "AC1", "auth_token": "right", "base_url": e.setup.Simulator.URL}
		for k, v := range change {
			in[k] = v
		}
		return e.stranger(t).ask("POST", "/setup/carrier", in)
	}
	require.Equal(t, 204, try(nil).StatusCode)
	require.Equal(t, 204, try(map[string]string{"number": "+1 415 555 0111"}).StatusCode)
	for field, change := range map[string]map[string]string{
		"auth_token": {"auth_token": "wrong"}, "sid": {"sid": "AC/1"}, "base_url": {"base_url": "http://example.com"}, "number": {"number": "+14155550199"},
	} {
		refuses(t, try(change), 400, "invalid_request", field)
	}
	require.Zero(t, e.count(t, "carrier_accounts"))

	made := gets[gen.Session](t, 201, e.stranger(t).ask("POST", "/setup", e.wish(map[string]any{
		"carrier": map[string]any{"kind": "twilio", "sid": "AC1", "auth_token": "right", "base_url": e.setup.Simulator.URL},
		"number":  "+14155550111", "tree": "one", "languages": []string{"en"},
	})))
	e.Tenant = 1
	require.Equal(t, "+14155550111 AC1", webtest.One[string](t, e.House, "select n.address || ' ' || a.sid from numbers n join carrier_accounts a on a.id = n.account_id"))
	require.Equal(t, 1, webtest.One[int](t, e.House, "select count(*) from queue_agents where user_id = $1", made.User.Id), "the only queue is a leaf")
}

func TestWithoutASimulatorNoneIsOffered(t *testing.T) {
	t.Parallel()
	e := newEmpty(t, false)
	require.False(t, *gets[gen.SetupState](t, 200, e.stranger(t).ask("GET", "/setup", nil)).Simulator)
	refuses(t, e.stranger(t).ask("POST", "/setup", e.wish(nil)), 400, "invalid_request", "carrier.kind")
	require.Zero(t, e.count(t, "tenants"))
}

func TestEveryStartingTreeGrowsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for i, langs := range [][]string{{"en"}, {"es", "en"}, {"fr", "pt", "es", "en"}, {"pt"}} {
		tree := firstrun.Trees[i%len(firstrun.Trees)]
		e := newEmpty(t, true)
		require.Equal(t, 201, e.stranger(t).ask("POST", "/setup", e.wish(map[string]any{"tree": tree, "languages": langs})).StatusCode)
	}
}

// refuses holds a refusal to its status, code and field.
func refuses(t testing.TB, a answer, status int, code, field string) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	var said struct{ Code, Field string }
	require.NoError(t, json.Unmarshal(a.body, &said))
	require.Equal(t, code, said.Code, "%s", a.body)
	require.Equal(t, field, said.Field, "%s", a.body)
}
