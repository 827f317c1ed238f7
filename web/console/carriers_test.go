package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	gen "sidetone/openapi/gen/console"
	"sidetone/web/console"
	"sidetone/web/edge/webtest"
)

func TestACarrierAccountIsAddedTriedAndGivenANewToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	b := h.admin(t)
	audits := h.audits(t)
	audits()
	carrier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, token, _ := r.BasicAuth(); token != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"code":20003,"message":"Authenticate","status":401}`)
			return
		}
		fmt.Fprint(w, `{"incoming_phone_numbers":[]}`)
	}))
	defer carrier.Close()
	account := map[string]any{"sid": "AC7", "auth_token": "wrong", "base_url": carrier.URL + "/"}
	made := gets[gen.CarrierAccount](t, 201, b.ask("POST", "/carrier-accounts", account))
	require.Equal(t, carrier.URL, made.BaseUrl)
	require.Contains(t, made.MessagesUrl, webtest.PublicURL+"/hooks/twilio/")
	refusedField(t, 409, "sid", "here already", b.ask("POST", "/carrier-accounts", account))

	check := func() gen.CarrierCheck {
		return gets[gen.CarrierCheck](t, 200, b.ask("POST", fmt.Sprintf("/carrier-accounts/%d/check", made.Id), nil))
	}
	require.Equal(t, gen.CarrierCheck{Ok: false, Message: "The carrier refused the account; check its credentials."}, check())
	a := b.ask("PUT", fmt.Sprintf("/carrier-accounts/%d/token", made.Id), map[string]any{"auth_token": "right"})
	require.Equal(t, carrier.URL, gets[gen.CarrierAccount](t, 200, a).BaseUrl)
	require.True(t, check().Ok)
	carrier.Close()
	require.Contains(t, check().Message, "could not be reached")

	require.Equal(t, []string{"carrier_account.added", "carrier_account.rotated"}, audits())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log a where a::text like '%right%' or a::text like '%wrong%'"))
	for _, e := range gets[[]gen.CarrierAccount](t, 200, b.ask("GET", "/carrier-accounts", nil)) {
		require.NotContains(t, fmt.Sprintf("%+v", e), "right")
		if e.Sid == webtest.AccountSID {
			require.EqualValues(t, 2, e.Health.Numbers)
		}
	}
}

func TestATokenIsNotSentToAnyAddress(t *testing.T) {
	t.Parallel()
	demo, served := newHouse(t, &console.Simulator{}).admin(t), newHouse(t, nil).admin(t)
	for base, in := range map[string]struct{ demo, served bool }{
		"https://api.twilio.example": {true, true}, "http://127.0.0.1:8081": {true, false}, "http://localhost:8081": {true, false},
		"http://[::1]:8081": {true, false}, "http://10.0.0.1": {}, "http://carrier.example": {}, "ftp://carrier.example": {}, "carrier.example": {},
		"https://a:b@carrier.example": {}, "https://carrier.example?x=1": {}, "http://127.0.0.1.example": {},
	} {
		for b, ok := range map[*browser]bool{demo: in.demo, served: in.served} {
			a := b.ask("POST", "/carrier-accounts", map[string]any{"sid": "AC9", "auth_token": "t", "base_url": base})
			if ok {
				require.Equal(t, 201, a.StatusCode, "%s: %s", base, a.body)
			} else {
				require.Equal(t, "base_url", refused(t, 400, "invalid_request", a).Field, base)
			}
		}
	}
}
