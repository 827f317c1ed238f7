package console_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/idp/idptest"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// provide sets a provider up for a tenant, as change has it.
func (h *house) provide(t testing.TB, of id.Tenant, p *idptest.Provider, change func(d *tenant.SignInDraft)) {
	t.Helper()
	d := tenant.SignInDraft{Secret: new(idptest.Secret), SignIn: tenant.SignIn{
		Enabled: true, Label: "Company account", Issuer: p.Issuer(), ClientID: idptest.ClientID, Passwords: true, SignOut: true,
	}}
	if change != nil {
		change(&d)
	}
	require.NoError(t, h.DB.InTenantTx(t.Context(), of, func(tx pgx.Tx) error {
		_, _, err := h.SignIns.Save(t.Context(), tx, of, tenant.Actor{}, 0, d, time.Now())
		return err
	}))
}

// guest is a browser that keeps its cookies.
type guest struct {
	*house
	t    testing.TB
	host string
	jar  map[string]*http.Cookie
}

func (h *house) guest(t testing.TB) *guest {
	return &guest{house: h, t: t, host: "desk.example:8080", jar: map[string]*http.Cookie{}}
}

func (g *guest) ask(method, path, body string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.server.URL+path, strings.NewReader(body))
	require.NoError(g.t, err)
	r.Host = g.host
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", "http://"+g.host)
		r.Header.Set(edge.ChangeHeader, "console")
	} else {
		r.Header.Set("Sec-Fetch-Site", "cross-site") // a provider led here
	}
	for _, c := range g.jar {
		r.AddCookie(c)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	require.NoError(g.t, err)
	g.t.Cleanup(func() { response.Body.Close() })
	for _, c := range response.Cookies() {
		if g.jar[c.Name] = c; c.MaxAge < 0 {
			delete(g.jar, c.Name)
		}
	}
	return response
}

// leave goes to the provider and gives the way back, which it has not taken yet.
func (g *guest) leave(p *idptest.Provider, start string) (back *url.URL) {
	g.t.Helper()
	response := g.ask("POST", base+"/session/provider", start)
	body, err := io.ReadAll(response.Body)
	require.NoError(g.t, err)
	to := gets[gen.ElsewhereToGo](g.t, 200, answer{response, body})
	return p.Visit(to.Url)
}

// comeBack gives the page that one is led to.
func (g *guest) comeBack(back *url.URL) string {
	g.t.Helper()
	response := g.ask("GET", back.RequestURI(), "")
	require.Equal(g.t, 302, response.StatusCode)
	return response.Header.Get("Location")
}

func (g *guest) signIn(p *idptest.Provider, start string) string {
	g.t.Helper()
	return g.comeBack(g.leave(p, start))
}

// who is signed in, nobody as "".
func (g *guest) who() string {
	g.t.Helper()
	response := g.ask("GET", base+"/session", "")
	body, err := io.ReadAll(response.Body)
	require.NoError(g.t, err)
	if response.StatusCode == 401 {
		return ""
	}
	return gets[gen.Session](g.t, 200, answer{response, body}).User.Email
}

func TestAPersonSignsInAtTheirProviderAndComesBackToTheirPage(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	seen := h.audits(t)
	seen()
	g := h.guest(t)
	back := g.leave(p, `{"next":"/desk?chat=7"}`)
	require.Equal(t, "http://desk.example:8080"+base+"/session/provider/fernhill/callback", back.Scheme+"://"+back.Host+back.Path)
	kept := g.jar["sidetone_sign_in"]
	require.True(t, kept.HttpOnly && kept.SameSite == http.SameSiteLaxMode && kept.MaxAge == 600 && kept.Path == "/")
	require.NotContains(t, kept.Value, back.Query().Get("state"), "it is sealed")

	require.Equal(t, "/desk?chat=7", g.comeBack(back))
	require.Equal(t, "ann@fernhill.example", g.who())
	require.NotContains(t, g.jar, "sidetone_sign_in")
	session := g.jar[edge.SessionCookie]
	require.True(t, session.HttpOnly && session.SameSite == http.SameSiteLaxMode)
	require.Equal(t, []string{"user.linked"}, seen())
	require.True(t, webtest.One[bool](t, h.House, "select provider and id_token is not null and position('eyJ' in encode(id_token, 'escape')) = 0 from sessions"))

	require.Equal(t, "/", g.signIn(p, `{}`))
	require.Equal(t, "ann@fernhill.example", g.who())
	require.Empty(t, seen(), "linked already")
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from sessions"), "the session before has ended")

	response := g.ask("DELETE", base+"/session", "")
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	out, err := url.Parse(gets[gen.ElsewhereToGo](t, 200, answer{response, body}).Url)
	require.NoError(t, err)
	require.Equal(t, "/logout", out.Path)
	require.Equal(t, "http://desk.example:8080/login", out.Query().Get("post_logout_redirect_uri"))
	require.Equal(t, 3, len(strings.Split(out.Query().Get("id_token_hint"), ".")))
	require.Empty(t, g.who())
}

func TestAPasswordThatIsDueIsNotAskedOfWhoComesFromAProvider(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	_, _, err := h.Logins.ResetPassword(t.Context(), h.Tenant, tenant.Actor{}, h.Ann.ID, time.Now())
	require.NoError(t, err)
	g := h.guest(t)
	require.Equal(t, "/", g.signIn(p, `{}`))
	require.Equal(t, 201, g.ask("POST", base+"/tickets", "").StatusCode)
}

func TestWhoMayNotComeInIsToldSoInAWordAndHasNoSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	disabled := h.hire(t, h.Tenant, tenant.RoleAgent, "gone")
	h.exec(t, "update users set disabled_at = now() where email = 'gone@example.com'")
	for name, c := range map[string]struct {
		person map[string]any
		token  func(claims map[string]any)
		set    func(d *tenant.SignInDraft)
		why    string
	}{
		"an e-mail address nobody confirmed": {person: map[string]any{"email_verified": false}, why: "unverified"},
		"no e-mail address":                  {person: map[string]any{"email": nil}, why: "unverified"},
		"a stranger":                         {person: map[string]any{"email": "eve@fernhill.example"}, why: "refused"},
		"somebody of another company":        {set: func(d *tenant.SignInDraft) { d.Domains = []string{"example.org"} }, why: "refused"},
		"somebody who is disabled":           {person: map[string]any{"email": disabled.Email}, why: "refused"},
		"a stranger of another company":      {person: map[string]any{"email": "eve@evil.example"}, set: func(d *tenant.SignInDraft) { d.Domains, d.DefaultRole = []string{"fernhill.example"}, tenant.RoleAgent }, why: "refused"},
		"a domain that only looks like ours": {person: map[string]any{"email": "eve@evil-fernhill.example"}, set: func(d *tenant.SignInDraft) { d.Domains, d.DefaultRole = []string{"fernhill.example"}, tenant.RoleAgent }, why: "refused"},
		"nobody's role": {set: func(d *tenant.SignInDraft) {
			d.RoleClaim, d.RoleRules = "groups", []tenant.RoleRule{{Value: "desk", Role: tenant.RoleAgent}}
		}, why: "refused"},
		"a token with another nonce":        {token: func(c map[string]any) { c["nonce"] = "another" }, why: "provider"},
		"a token that has expired":          {token: func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }, why: "provider"},
		"a token for another client":        {token: func(c map[string]any) { c["aud"] = "another" }, why: "provider"},
		"a token of another issuer":         {token: func(c map[string]any) { c["iss"] = "https://evil.example" }, why: "provider"},
		"a client that the provider forgot": {set: func(d *tenant.SignInDraft) { d.Secret = new("wrong") }, why: "provider"},
	} {
		p := idptest.New(t)
		p.Person(c.person)
		p.Token(c.token)
		h.provide(t, h.Tenant, p, c.set)
		users := webtest.One[int](t, h.House, "select count(*)::int from users")
		g := h.guest(t)
		require.Equal(t, "/login?next=%2Fdesk&problem="+c.why, g.signIn(p, `{"next":"/desk"}`), name)
		require.Empty(t, g.jar, name)
		require.Equal(t, []int{0, 0, users}, webtest.One[[]int](t, h.House, `select array[(select count(*)::int from sessions),
			(select count(*)::int from identities), (select count(*)::int from users)]`), name)
	}
}

func TestAWayBackIsGoodOnceInTheBrowserThatBeganIt(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	again := "/login?problem=again"
	g := h.guest(t)
	back := g.leave(p, `{}`)

	require.Equal(t, again, h.guest(t).comeBack(back), "another browser")

	kept := *g.jar["sidetone_sign_in"]
	other := *back
	q := back.Query()
	q.Set("state", "ABC")
	other.RawQuery = q.Encode()
	require.Equal(t, again, g.comeBack(&other), "another state")
	require.Empty(t, g.jar)

	g.jar[kept.Name] = &kept
	wrong := *back
	wrong.Path = strings.ReplaceAll(back.Path, "fernhill", "rival")
	require.Equal(t, again, g.comeBack(&wrong), "the address of another company")

	forged := kept
	forged.Value = strings.Repeat("A", len(kept.Value))
	g.jar[kept.Name] = &forged
	require.Equal(t, again, g.comeBack(back), "a cookie that was made up")

	g.jar[kept.Name] = &kept
	require.Equal(t, "/", g.comeBack(back))
	require.Equal(t, "ann@fernhill.example", g.who())

	thief := h.guest(t)
	thief.jar[kept.Name] = &kept
	asked := p.Asked("/token")
	require.Equal(t, again, thief.comeBack(back), "a second time")
	require.Equal(t, asked, p.Asked("/token"), "the provider is not even asked")
	require.Empty(t, thief.who())
}

func TestWhoSaysNoAtTheProviderIsBackAtTheLoginPage(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	g := h.guest(t)
	back := g.leave(p, `{}`)
	back.RawQuery = url.Values{"error": {"access_denied"}, "error_description": {"<script>"}, "state": {back.Query().Get("state")}}.Encode()
	require.Equal(t, "/login?problem=denied", g.comeBack(back))
}

func TestNobodyIsLedOutOfOurPages(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	for next, led := range map[string]string{
		"/desk": "/desk", "/admin/users?role=agent": "/admin/users?role=agent", "/simulator": "/simulator",
		"//evil.example": "/", `/\\evil.example`: "/", "https://evil.example": "/", "/api/console/session": "/", "/x/../api/x": "/", "javascript:alert(1)": "/", "desk": "/",
	} {
		require.Equal(t, led, h.guest(t).signIn(p, `{"next":"`+next+`"}`), next)
	}
}

func TestAProviderThatIsDownTakesNoPasswordsAlong(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	_, err := h.Logins.SetPassword(t.Context(), h.Tenant, h.Ann.ID, webtest.Password)
	require.NoError(t, err)
	g := h.guest(t)
	back := g.leave(p, `{}`)
	p.Down(true)
	require.Equal(t, "/login?problem=provider", g.comeBack(back))

	fresh := idptest.New(t)
	fresh.Down(true)
	h.provide(t, h.Tenant, fresh, nil)
	b := h.browser(t, tenant.User{})
	said := refused(t, 503, "unavailable", b.ask("POST", "/session/provider", map[string]string{}))
	require.NotContains(t, said.Message, fresh.Issuer())
	gets[gen.Session](t, 200, b.ask("POST", "/session", map[string]string{"email": "ann@fernhill.example", "password": webtest.Password}))
}

// Two companies may use one provider, even with one client: who began at one comes into that one and no other.
func TestTwoTenantsOfOneProviderKeepApart(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	rival, err := tenant.Create(t.Context(), h.DB, "rival", "Rival")
	require.NoError(t, err)
	h.provide(t, h.Tenant, p, nil)
	h.provide(t, rival.ID, p, func(d *tenant.SignInDraft) {
		d.Domains, d.DefaultRole = []string{"fernhill.example"}, tenant.RoleDeveloper
	})

	ours := h.guest(t)
	ours.host = "fernhill.desk.example:8080"
	require.Equal(t, "/", ours.signIn(p, `{}`))
	theirs := h.guest(t)
	theirs.host = "rival.desk.example:8080"
	back := theirs.leave(p, `{}`)
	kept := *theirs.jar["sidetone_sign_in"]
	require.Equal(t, "rival.desk.example:8080", back.Host)
	require.Equal(t, "/", theirs.comeBack(back))
	require.Equal(t, "ann@fernhill.example", theirs.who())
	theirs.host = "fernhill.desk.example:8080"
	require.Empty(t, theirs.who())

	mixed := h.guest(t)
	mixed.host = "fernhill.desk.example:8080"
	mine := mixed.leave(p, `{}`)
	mine.Path = strings.ReplaceAll(mine.Path, "fernhill", "rival") // led to the other company's address
	require.Equal(t, "/login?problem=again", mixed.comeBack(mine))
	mixed.jar[kept.Name] = &kept // and with the other company's cookie
	require.Equal(t, "/login?problem=again", mixed.comeBack(mine))

	require.NoError(t, h.DB.InTenantTx(t.Context(), rival.ID, func(tx pgx.Tx) error {
		u, err := tenant.UserByEmail(t.Context(), tx, rival.ID, "ann@fernhill.example")
		require.Equal(t, []tenant.Role{tenant.RoleDeveloper}, u.Roles)
		return err
	}))
}

func TestTheLoginPageIsToldItsWays(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	b := h.browser(t, tenant.User{})
	require.Equal(t, gen.SignInWays{Passwords: true}, gets[gen.SignInWays](t, 200, b.ask("GET", "/session/ways", nil)))
	refused(t, 404, "not_found", b.ask("POST", "/session/provider", map[string]string{}))
	h.provide(t, h.Tenant, p, nil)
	require.Equal(t, "Company account", gets[gen.SignInWays](t, 200, b.ask("GET", "/session/ways", nil)).Provider.Label)
	require.Nil(t, gets[gen.SignInWays](t, 200, b.ask("GET", "/session/ways?subdomain=nowhere", nil)).Provider)
	refused(t, 404, "not_found", b.ask("POST", "/session/provider", map[string]string{"subdomain": "nowhere"}))
	refused(t, 403, "forbidden", b.with("Sec-Fetch-Site", "cross-site").ask("POST", "/session/provider", map[string]string{}))
	refused(t, 403, "forbidden", b.with(edge.ChangeHeader, "").ask("POST", "/session/provider", map[string]string{}))
	h.provide(t, h.Tenant, p, func(d *tenant.SignInDraft) { d.Enabled = false })
	require.Nil(t, gets[gen.SignInWays](t, 200, b.ask("GET", "/session/ways", nil)).Provider)
	refused(t, 404, "not_found", b.ask("POST", "/session/provider", map[string]string{}))
}

func TestAnAdminSetsTheProviderUp(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	admin := h.hire(t, h.Tenant, tenant.RoleAdmin, "ines")
	b := h.browser(t, admin)
	seen := h.audits(t)
	seen()
	empty := gets[gen.SignIn](t, 200, b.ask("GET", "/sign-in", nil))
	require.Nil(t, empty.Provider)
	require.Equal(t, []string{
		"http://desk.example:8080" + base + "/session/provider/fernhill/callback",
		"http://fernhill.desk.example:8080" + base + "/session/provider/fernhill/callback",
	}, empty.RedirectUris)

	body := map[string]any{
		"enabled": true, "label": "Company account", "issuer": p.Issuer(), "client_id": idptest.ClientID, "secret": idptest.Secret,
		"domains": []string{"@Fernhill.example"}, "passwords": true,
	}
	saved := gets[gen.SignInProvider](t, 200, b.ask("PUT", "/sign-in", body))
	require.True(t, saved.HasSecret && saved.SignOut)
	require.Equal(t, []string{"fernhill.example"}, saved.Domains)
	require.True(t, webtest.One[bool](t, h.House, "select position('100' in encode(secret, 'escape')) = 0 from sign_in_providers"))
	a := b.ask("GET", "/sign-in", nil)
	require.NotContains(t, string(a.body), idptest.Secret)

	require.Equal(t, gen.SignInReport{Ok: true, Notes: []gen.SignInReportNotes{}},
		gets[gen.SignInReport](t, 200, b.ask("POST", "/sign-in/check", map[string]string{"issuer": p.Issuer(), "client_id": idptest.ClientID})))
	off := gets[gen.SignInReport](t, 200, b.ask("POST", "/sign-in/check", map[string]string{"issuer": p.Issuer() + "/", "client_id": idptest.ClientID, "secret": "x"}))
	require.Equal(t, []any{false, gen.SignInReportFault("issuer"), p.Issuer()}, []any{off.Ok, *off.Fault, *off.Detail})

	delete(body, "secret")
	other := idptest.New(t)
	body["issuer"] = other.Issuer()
	require.Equal(t, "secret", refused(t, 400, "invalid_request", b.ask("PUT", "/sign-in", body)).Field, "a secret goes to nobody but its issuer")
	off = gets[gen.SignInReport](t, 200, b.ask("POST", "/sign-in/check", map[string]string{"issuer": other.Issuer(), "client_id": idptest.ClientID}))
	require.Equal(t, gen.SignInReportFault("client"), *off.Fault, "nor does a check tell it")
	body["issuer"] = p.Issuer()

	body["passwords"] = false
	require.Equal(t, "passwords", refused(t, 400, "invalid_request", b.ask("PUT", "/sign-in", body)).Field, "everybody would be locked out")
	_, err := h.Logins.SetPassword(t.Context(), h.Tenant, admin.ID, webtest.Password)
	require.NoError(t, err)
	b = h.browser(t, admin)
	gets[gen.SignInProvider](t, 200, b.ask("PUT", "/sign-in", body))

	require.Equal(t, 204, b.ask("DELETE", "/sign-in", nil).StatusCode)
	require.Equal(t, 204, b.ask("DELETE", "/sign-in", nil).StatusCode)
	require.Nil(t, gets[gen.SignIn](t, 200, b.ask("GET", "/sign-in", nil)).Provider)
	require.Equal(t, []string{"sign_in.changed", "sign_in.checked", "sign_in.checked", "sign_in.checked", "sign_in.changed", "sign_in.removed"}, seen())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log where before::text like '%100 %' or after::text like '%100 %'"))
}

func TestWithoutPasswordsThoseOfAdminsStillWorkAndTheLastStays(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	ines, rosa := h.hire(t, h.Tenant, tenant.RoleAdmin, "ines"), h.hire(t, h.Tenant, tenant.RoleAdmin, "rosa")
	for _, u := range []tenant.User{h.Ann, ines} {
		_, err := h.Logins.SetPassword(t.Context(), h.Tenant, u.ID, webtest.Password)
		require.NoError(t, err)
	}
	h.provide(t, h.Tenant, p, func(d *tenant.SignInDraft) { d.Passwords = false })
	b := h.browser(t, tenant.User{})
	require.False(t, gets[gen.SignInWays](t, 200, b.ask("GET", "/session/ways", nil)).Passwords)
	refused(t, 401, "unauthorized", b.ask("POST", "/session", map[string]string{"email": h.Ann.Email, "password": "not this one"}))
	refused(t, 403, "provider_only", b.ask("POST", "/session", map[string]string{"email": h.Ann.Email, "password": webtest.Password}))
	gets[gen.Session](t, 200, b.ask("POST", "/session", map[string]string{"email": ines.Email, "password": webtest.Password}))

	as := h.browser(t, rosa)
	about := func(u tenant.User) string { return fmt.Sprint("/users/", u.ID) }
	refused(t, 409, "conflict", as.ask("PUT", about(ines)+"/disabled", map[string]bool{"disabled": true}))
	refused(t, 409, "conflict", as.ask("PUT", about(ines), map[string]any{"email": ines.Email, "name": "Ines", "roles": []string{"manager"}}))
	_, err := h.Logins.SetPassword(t.Context(), h.Tenant, rosa.ID, webtest.Password)
	require.NoError(t, err)
	as = h.browser(t, rosa)
	require.Equal(t, 204, as.ask("PUT", about(ines)+"/disabled", map[string]bool{"disabled": true}).StatusCode)
}

func TestSessionsThatAPasswordBeganEndWithPasswords(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	ines, rosa := h.hire(t, h.Tenant, tenant.RoleAdmin, "ines"), h.hire(t, h.Tenant, tenant.RoleAdmin, "rosa")
	_, err := h.Logins.SetPassword(t.Context(), h.Tenant, rosa.ID, webtest.Password)
	require.NoError(t, err)
	h.provide(t, h.Tenant, p, nil)
	guest := h.guest(t)
	require.Equal(t, "/", guest.signIn(p, `{}`))
	boss, other, ann := h.browser(t, ines), h.browser(t, rosa), h.browser(t, h.Ann)
	in := func(b *browser) int { return b.ask("GET", "/session", nil).StatusCode }
	require.Equal(t, []int{200, 200, 200}, []int{in(boss), in(other), in(ann)})

	body := map[string]any{"enabled": true, "label": "Company account", "issuer": p.Issuer(), "client_id": idptest.ClientID, "passwords": false}
	gets[gen.SignInProvider](t, 200, boss.ask("PUT", "/sign-in", body))
	require.Equal(t, []int{200, 200, 401}, []int{in(boss), in(other), in(ann)}, "admins keep theirs")
	require.NotEmpty(t, guest.who(), "the provider vouches for this one")
	require.Equal(t, 1, webtest.One[int](t, h.House, "select (after->>'sessions_ended')::int from audit_log where action = 'sign_in.changed' order by id desc limit 1"))

	late := h.browser(t, h.Ann) // as one that began while it was saved
	gets[gen.SignInProvider](t, 200, boss.ask("PUT", "/sign-in", body))
	require.Equal(t, 401, in(late))
}

func TestRolesFollowTheProviderAtEverySignIn(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, func(d *tenant.SignInDraft) {
		d.Domains, d.DefaultRole, d.RoleClaim = []string{"fernhill.example"}, tenant.RoleAgent, "groups"
		d.RoleRules = []tenant.RoleRule{{Value: "floor", Role: tenant.RoleManager}, {Value: "it", Role: tenant.RoleAdmin}, {Value: "desk", Role: tenant.RoleAgent}}
	})
	roles := func(email string) (out []tenant.Role) {
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			u, err := tenant.UserByEmail(ctx, tx, h.Tenant, email)
			out = u.Roles
			return err
		})
		return out
	}
	come := func(sub, email string, groups ...string) *guest {
		p.Person(map[string]any{"sub": sub, "email": email, "groups": groups})
		g := h.guest(t)
		require.Equal(t, "/", g.signIn(p, `{}`))
		return g
	}
	before := come("1", "ann@fernhill.example", "desk", "floor", "unknown")
	require.ElementsMatch(t, []tenant.Role{tenant.RoleAgent, tenant.RoleManager}, roles("ann@fernhill.example"))
	come("1", "ann@fernhill.example", "it")
	require.Equal(t, []tenant.Role{tenant.RoleAdmin}, roles("ann@fernhill.example"))
	require.Empty(t, before.who(), "whose roles change signs in again")
	come("1", "ann@fernhill.example")
	require.ElementsMatch(t, []tenant.Role{tenant.RoleAgent, tenant.RoleAdmin}, roles("ann@fernhill.example"), "the last admin stays one")

	come("2", "new@fernhill.example", "floor")
	require.Equal(t, []tenant.Role{tenant.RoleManager}, roles("new@fernhill.example"))
	require.Equal(t, "Ann Abara", webtest.One[string](t, h.House, "select name from users where email = 'new@fernhill.example'"))
	come("2", "new@fernhill.example", "it")
	come("1", "ann@fernhill.example")
	require.Equal(t, []tenant.Role{tenant.RoleAgent}, roles("ann@fernhill.example"), "there is another admin now")
}

// An address may be given to another person, a subject never: who had the account is not who has the address.
func TestAnAddressThatIsPassedOnDoesNotPassTheAccountOn(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	h.provide(t, h.Tenant, p, nil)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "ines"))
	g := h.guest(t)
	require.Equal(t, "/", g.signIn(p, `{}`))
	person := func() gen.Person {
		return gets[gen.Person](t, 200, admin.ask("GET", fmt.Sprint("/users/", h.Ann.ID), nil))
	}
	require.True(t, *person().Linked)

	p.Person(map[string]any{"email": "ann.abara@fernhill.example"})
	require.Equal(t, "/", h.guest(t).signIn(p, `{}`), "the same person under another name")

	p.Person(map[string]any{"sub": "00u2", "email": "ann@fernhill.example"})
	require.Equal(t, "/login?problem=refused", h.guest(t).signIn(p, `{}`))

	require.Equal(t, 204, admin.ask("DELETE", fmt.Sprintf("/users/%d/identity", h.Ann.ID), nil).StatusCode)
	require.False(t, *person().Linked)
	require.Empty(t, g.who(), "signed out")
	require.Equal(t, "/", h.guest(t).signIn(p, `{}`))
}

func TestSessionsEndWithTheTrustInTheirProvider(t *testing.T) {
	t.Parallel()
	h, p := newHouse(t, nil), idptest.New(t)
	admin := h.hire(t, h.Tenant, tenant.RoleAdmin, "ines")
	p.Person(map[string]any{"sub": "1", "email": admin.Email})
	h.provide(t, h.Tenant, p, nil)
	g, byPassword := h.guest(t), h.browser(t, h.Bob)
	require.Equal(t, "/", g.signIn(p, `{}`))
	p.Person(map[string]any{"sub": "2", "email": h.Ann.Email})
	ann := h.guest(t)
	require.Equal(t, "/", ann.signIn(p, `{}`))
	response := g.ask("DELETE", base+"/sign-in", "")
	require.Equal(t, 204, response.StatusCode)
	require.Empty(t, ann.who())
	require.Equal(t, admin.Email, g.who(), "who says so stays")
	gets[gen.Session](t, 200, byPassword.ask("GET", "/session", nil))
}
