package idp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/idp"
	"sidetone/internal/idp/idptest"
)

const redirect = "https://desk.example/back"

// trip goes to the provider and brings the answer back.
func trip(t *testing.T, c *idp.Client, at *idptest.Provider, p idp.Provider, f idp.Flow) idp.Answer {
	t.Helper()
	address, err := c.Begin(t.Context(), p, f, "ann@fernhill.example")
	require.NoError(t, err)
	back := at.Visit(address)
	require.Equal(t, redirect, back.Scheme+"://"+back.Host+back.Path)
	require.True(t, f.Is(back.Query().Get("state")))
	return idp.Answer{Code: back.Query().Get("code"), Issuer: back.Query().Get("iss")}
}

func at(p *idptest.Provider) idp.Provider {
	return idp.Provider{Issuer: p.Issuer(), ClientID: idptest.ClientID, Secret: idptest.Secret}
}

func TestAPersonComesBackWithWhatTheProviderVouchesFor(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "ES256"} {
		p := idptest.New(t)
		p.Rotate(algorithm)
		p.Person(map[string]any{"realm_access": map[string]any{"roles": []string{"desk", "floor"}}})
		c := idp.New(idp.Config{Loopback: true, Now: time.Now})
		f := idp.NewFlow(redirect)
		who, err := c.Finish(t.Context(), at(p), f, trip(t, c, p, at(p), f), "realm_access.roles")
		require.NoError(t, err)
		require.NotEmpty(t, who.IDToken)
		who.IDToken = ""
		require.Equal(t, idp.Identity{
			Issuer: p.Issuer(), Subject: "00u1", Email: "ann@fernhill.example", Verified: true, Name: "Ann Abara", Roles: []string{"desk", "floor"},
		}, who)
	}
}

func TestTheWayThereHoldsWhatTheStandardAsksFor(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	f := idp.NewFlow(redirect)
	address, err := idp.New(idp.Config{Loopback: true, Now: time.Now}).Begin(t.Context(), at(p), f, "ann@fernhill.example")
	require.NoError(t, err)
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	require.NotEmpty(t, q.Get("code_challenge"))
	require.NotContains(t, address, f.Verifier)
	q.Del("code_challenge")
	require.Equal(t, url.Values{
		"response_type": {"code"}, "client_id": {idptest.ClientID}, "redirect_uri": {redirect}, "scope": {"openid profile email"},
		"state": {f.State}, "nonce": {f.Nonce}, "code_challenge_method": {"S256"}, "login_hint": {"ann@fernhill.example"},
	}, q)
}

// Each token is one that OpenID Connect Core 3.1.3.7 has us refuse.
func TestATokenThatFailsACheckIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token func(claims map[string]any)
		says  string
	}{
		"a nonce of another flow":      {func(c map[string]any) { c["nonce"] = "another" }, "nonce"},
		"no nonce":                     {func(c map[string]any) { delete(c, "nonce") }, "nonce"},
		"expired":                      {func(c map[string]any) { c["exp"] = time.Now().Add(-time.Second).Unix() }, "expired"},
		"for another client":           {func(c map[string]any) { c["aud"] = "another" }, "audience"},
		"for several, none named":      {func(c map[string]any) { c["aud"] = []string{idptest.ClientID, "another"} }, "issued to"},
		"issued to another":            {func(c map[string]any) { c["azp"] = "another" }, "issued to"},
		"of another issuer":            {func(c map[string]any) { c["iss"] = "https://evil.example" }, "different provider"},
		"of nobody":                    {func(c map[string]any) { delete(c, "sub") }, "subject"},
		"not valid for a long time":    {func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() }, "nbf"},
		"the times are not even times": {func(c map[string]any) { c["exp"] = "tomorrow" }, "claims"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := idptest.New(t)
			p.Token(c.token)
			client, f := idp.New(idp.Config{Loopback: true, Now: time.Now}), idp.NewFlow(redirect)
			who, err := client.Finish(t.Context(), at(p), f, trip(t, client, p, at(p), f), "")
			require.ErrorContains(t, err, c.says)
			require.Empty(t, who)
		})
	}
}

func TestACodeIsRedeemedOnceAndWithItsOwnVerifierAlone(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	c, mine := idp.New(idp.Config{Loopback: true, Now: time.Now}), idp.NewFlow(redirect)
	answer := trip(t, c, p, at(p), mine)
	_, err := c.Finish(t.Context(), at(p), mine, answer, "")
	require.NoError(t, err)
	_, err = c.Finish(t.Context(), at(p), mine, answer, "")
	require.ErrorContains(t, err, "invalid_grant")

	other := idp.NewFlow(redirect) // who catches a code on its way has no verifier for it
	_, err = c.Finish(t.Context(), at(p), other, trip(t, c, p, at(p), mine), "")
	require.ErrorContains(t, err, "invalid_grant")
	require.NotContains(t, err.Error(), idptest.Secret)
}

func TestAnAnswerOfAnotherProviderIsNotRedeemed(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	c, f := idp.New(idp.Config{Loopback: true, Now: time.Now}), idp.NewFlow(redirect)
	answer := trip(t, c, p, at(p), f)
	answer.Issuer = "https://evil.example"
	_, err := c.Finish(t.Context(), at(p), f, answer, "")
	require.ErrorContains(t, err, "another issuer")
	require.Zero(t, p.Asked("/token"))

	p.Tell(func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true })
	answer.Issuer = ""
	_, err = idp.New(idp.Config{Loopback: true, Now: time.Now}).Finish(t.Context(), at(p), f, answer, "")
	require.ErrorContains(t, err, "another issuer", "who always says so and does not is another")
}

func TestKeysMayChangeUnderWay(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	c := idp.New(idp.Config{Loopback: true, Now: time.Now})
	for _, algorithm := range []string{"ES256", "ES256", "RS256"} {
		p.Rotate(algorithm)
		f := idp.NewFlow(redirect)
		_, err := c.Finish(t.Context(), at(p), f, trip(t, c, p, at(p), f), "")
		require.NoError(t, err)
	}
	require.Equal(t, 1, p.Asked("/.well-known/openid-configuration"))
	require.Equal(t, 3, p.Asked("/keys"))
}

func TestDetailsThatTheTokenLacksAreAskedFor(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	p.Person(map[string]any{"email": nil, "email_verified": nil, "name": nil})
	p.UserInfo(map[string]any{"email": "ann@fernhill.example", "email_verified": "true", "given_name": "Ann", "family_name": "Abara", "groups": []string{"desk"}})
	c, f := idp.New(idp.Config{Loopback: true, Now: time.Now}), idp.NewFlow(redirect)
	who, err := c.Finish(t.Context(), at(p), f, trip(t, c, p, at(p), f), "groups")
	require.NoError(t, err)
	require.Equal(t, []any{"ann@fernhill.example", true, "Ann Abara", []string{"desk"}}, []any{who.Email, who.Verified, who.Name, who.Roles})

	p.UserInfo(map[string]any{"sub": "another", "email": "boss@fernhill.example", "email_verified": true})
	f = idp.NewFlow(redirect)
	_, err = c.Finish(t.Context(), at(p), f, trip(t, c, p, at(p), f), "")
	require.ErrorContains(t, err, "another person")
}

func TestAnAddressIsVerifiedWhenItsOwnMarkSaysSo(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	c := idp.New(idp.Config{Loopback: true, Now: time.Now})
	for _, each := range []struct {
		marks    map[string]any
		verified bool
	}{
		{map[string]any{"email_verified": true}, true},
		{map[string]any{"email_verified": "true"}, true},
		{map[string]any{"email_verified": false}, false},
		{map[string]any{"email_verified": nil}, false},
		{map[string]any{"email_verified": "yes"}, false},
		{map[string]any{"email_verified": nil, "xms_edov": true}, true},
		{map[string]any{"email_verified": nil, "xms_edov": "1"}, true},
		{map[string]any{"email_verified": false, "xms_edov": true}, false},
		{map[string]any{"email_verified": nil, "xms_edov": false}, false},
	} {
		p.Person(each.marks)
		f := idp.NewFlow(redirect)
		who, err := c.Finish(t.Context(), at(p), f, trip(t, c, p, at(p), f), "")
		require.NoError(t, err)
		require.Equal(t, each.verified, who.Verified, "%v", each.marks)
	}
}

func TestACheckSaysPlainlyWhatIsWrong(t *testing.T) {
	t.Parallel()
	told := func(change func(m map[string]any)) func(*idptest.Provider, *idp.Provider) {
		return func(p *idptest.Provider, _ *idp.Provider) { p.Tell(change) }
	}
	for name, c := range map[string]struct {
		make   func(p *idptest.Provider, us *idp.Provider)
		fault  idp.Fault
		detail string
	}{
		"all is well":                  {func(*idptest.Provider, *idp.Provider) {}, "", ""},
		"it is down":                   {func(p *idptest.Provider, _ *idp.Provider) { p.Down(true) }, idp.Unreachable, ""},
		"it calls itself otherwise":    {func(_ *idptest.Provider, us *idp.Provider) { us.Issuer += "/" }, idp.OtherIssuer, "http"},
		"nothing is there":             {func(_ *idptest.Provider, us *idp.Provider) { us.Issuer += "/realms/none" }, idp.NotFound, "404"},
		"no encryption":                {func(_ *idptest.Provider, us *idp.Provider) { us.Issuer = "http://login.example" }, idp.BadAddress, ""},
		"no address at all":            {func(_ *idptest.Provider, us *idp.Provider) { us.Issuer = "login" }, idp.BadAddress, ""},
		"an address in our network":    {func(_ *idptest.Provider, us *idp.Provider) { us.Issuer = "https://169.254.169.254" }, idp.Private, ""},
		"no code flow":                 {told(func(m map[string]any) { m["response_types_supported"] = []string{"id_token"} }), idp.NoCodeFlow, "id_token"},
		"no grant for codes":           {told(func(m map[string]any) { m["grant_types_supported"] = []string{"implicit"} }), idp.NoCodeFlow, ""},
		"signatures by a secret":       {told(func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"HS256", "none"} }), idp.NoAlgorithm, "HS256"},
		"no token endpoint":            {told(func(m map[string]any) { delete(m, "token_endpoint") }), idp.BadEndpoint, "token_endpoint"},
		"a page that is a script":      {told(func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" }), idp.BadEndpoint, "authorization_endpoint"},
		"a way out without encryption": {told(func(m map[string]any) { m["end_session_endpoint"] = "http://evil.example" }), idp.BadEndpoint, "end_session_endpoint"},
		"keys that are not there":      {told(func(m map[string]any) { m["jwks_uri"] = m["issuer"].(string) + "/none" }), idp.NoKeys, "404"},
		"a wrong secret":               {func(_ *idptest.Provider, us *idp.Provider) { us.Secret = "wrong" }, idp.BadClient, "invalid_client"},
		"an unknown client":            {func(_ *idptest.Provider, us *idp.Provider) { us.ClientID = "stranger" }, idp.BadClient, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := idptest.New(t)
			us := at(p)
			c.make(p, &us)
			r := idp.New(idp.Config{Loopback: true, Now: time.Now}).Check(t.Context(), us)
			if c.fault == "" {
				require.Equal(t, idp.Report{}, r)
				return
			}
			require.NotNil(t, r.Problem)
			require.Equal(t, c.fault, r.Problem.Fault, r.Problem.Error())
			require.Contains(t, r.Problem.Detail, c.detail)
		})
	}
}

func TestACheckNotesWhatIsMissedButNotNeeded(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	p.Tell(func(m map[string]any) {
		delete(m, "code_challenge_methods_supported")
		delete(m, "end_session_endpoint")
	})
	require.Equal(t, idp.Report{Notes: []idp.Note{idp.NoPKCE, idp.NoLogout}}, idp.New(idp.Config{Loopback: true, Now: time.Now}).Check(t.Context(), at(p)))
}

func TestOutsideOfTheDemoThisMachineIsNoProvider(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	r := idp.New(idp.Config{Now: time.Now}).Check(t.Context(), at(p))
	require.Equal(t, idp.BadAddress, r.Problem.Fault)
	us := at(p)
	us.Issuer = "https" + us.Issuer[len("http"):]
	r = idp.New(idp.Config{Now: time.Now}).Check(t.Context(), us)
	require.Equal(t, idp.Private, r.Problem.Fault)
	require.Zero(t, p.Asked("/.well-known/openid-configuration"))
}

// Which hosts may lie inside is the operator's to say, and it is said of names: another name of the same address stays outside.
func TestAProviderInOurNetworkIsReachedWhereTheOperatorAllowsIt(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	u, err := url.Parse(p.Issuer())
	require.NoError(t, err)
	c := idp.New(idp.Config{Inside: []string{"LOCALHOST"}, Now: time.Now})
	r := c.Check(t.Context(), idp.Provider{Issuer: "https://localhost:" + u.Port(), ClientID: idptest.ClientID})
	require.Equal(t, idp.Unreachable, r.Problem.Fault, "it was reached, and speaks no TLS: %v", r.Problem)
	r = c.Check(t.Context(), idp.Provider{Issuer: "https://127.0.0.1:" + u.Port(), ClientID: idptest.ClientID})
	require.Equal(t, idp.Private, r.Problem.Fault)
}

func TestAnAnswerWithoutEndIsCutOff(t *testing.T) {
	t.Parallel()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for w.Header().Set("Content-Type", "application/json"); ; {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	r := idp.New(idp.Config{Loopback: true, Now: time.Now}).Check(t.Context(), idp.Provider{Issuer: endless.URL, ClientID: "x"})
	require.Equal(t, idp.Unreadable, r.Problem.Fault)
}

func TestAProviderThatIsDownIsAskedAgainSoonButNotAtOnce(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	c := idp.New(idp.Config{Loopback: true, Now: func() time.Time { return now }})
	p.Down(true)
	for range 3 {
		_, err := c.Begin(t.Context(), at(p), idp.NewFlow(redirect), "")
		require.Error(t, err)
	}
	asked := p.Asked("/.well-known/openid-configuration")
	p.Down(false)
	_, err := c.Begin(t.Context(), at(p), idp.NewFlow(redirect), "")
	require.Error(t, err)
	require.Equal(t, asked, p.Asked("/.well-known/openid-configuration"))
	now = now.Add(5 * time.Second)
	_, err = c.Begin(t.Context(), at(p), idp.NewFlow(redirect), "")
	require.NoError(t, err)
}

func TestSigningOutLeadsToTheProviderWhereItHasAWayOut(t *testing.T) {
	t.Parallel()
	p := idptest.New(t)
	u, err := url.Parse(idp.New(idp.Config{Loopback: true, Now: time.Now}).Leave(t.Context(), at(p), "the token", "https://desk.example/login"))
	require.NoError(t, err)
	require.Equal(t, "/logout", u.Path)
	require.Equal(t, url.Values{
		"client_id": {idptest.ClientID}, "id_token_hint": {"the token"}, "post_logout_redirect_uri": {"https://desk.example/login"},
	}, u.Query())
	p.Tell(func(m map[string]any) { delete(m, "end_session_endpoint") })
	require.Empty(t, idp.New(idp.Config{Loopback: true, Now: time.Now}).Leave(t.Context(), at(p), "", ""))
}
