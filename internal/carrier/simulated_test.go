package carrier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/carrier/simulator"
	"sidetone/internal/carrier/twilio"
	"sidetone/internal/event"
)

const (
	simSID   = "AC00000000000000000000000000000001"
	simToken = "0123456789abcdef0123456789abcdef"
)

// twilioAt is the real adapter in front of a simulated carrier that is reached over HTTP.
func twilioAt(t testing.TB, ours, statusURL string) (*twilio.Client, *simulator.Carrier, string) {
	t.Helper()
	c, err := simulator.New(simulator.Config{Accounts: []simulator.Account{{SID: simSID, AuthToken: simToken, Numbers: simulator.Numbers(ours)}}})
	require.NoError(t, err)
	c.Start()
	srv := httptest.NewServer(c)
	t.Cleanup(func() {
		require.NoError(t, c.Shutdown(context.Background()))
		srv.Close()
	})
	client, err := twilio.New(twilio.Config{AccountSID: simSID, AuthToken: simToken, BaseURL: srv.URL, StatusURL: statusURL})
	require.NoError(t, err)
	return client, c, srv.URL
}

// callbacks is the webhook for receipts as the edge serves it.
func (h *house) callbacks(t testing.TB) string {
	t.Helper()
	r := h.receipts(t, func(event.Hint) {})
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		params, err := twilio.Verify(simToken, twilio.PublicURL(srv.URL, req), req, body)
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		got, err := twilio.ParseStatus(req.URL.Query(), params, time.Now())
		if err == nil {
			err = r.Apply(req.Context(), h.tenant, h.account, got)
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/status"
}

func simFaults(t testing.TB, base, faults string) {
	t.Helper()
	res, err := http.Post(base+"/sim/faults", "application/json", strings.NewReader(faults)) //nolint:noctx // a test
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// simTexts are the texts that the simulated carrier was given for a consumer, in order.
func simTexts(t testing.TB, base, to string) (out []string) {
	t.Helper()
	res, err := http.Get(base + "/sim/texts?to=" + strings.Replace(to, "+", "%2B", 1)) //nolint:noctx // a test
	require.NoError(t, err)
	defer res.Body.Close()
	var texts []struct{ Text string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&texts))
	for _, x := range texts {
		out = append(out, x.Text)
	}
	return out
}

func TestABadDayAtTheSimulatedCarrierLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for _, receipts := range []string{"none", "shuffled", "duplicated"} {
		t.Run("receipts "+receipts, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			client, _, base := twilioAt(t, h.ours, h.callbacks(t))
			simFaults(t, base, `{"latency_ms":2,"error_rate":0.1,"status":503,"drop_after_accept":0.1,"receipts":"`+receipts+`"}`)
			const consumers, each = 40, 5
			addresses := h.bulk(t, consumers, each)
			h.lanes(t, client)
			eventually(t, func() bool {
				n := h.tally(t)
				if receipts == "none" { // what was asked about is known to be delivered all the same
					return n["sent"]+n["delivered"] == consumers*each
				}
				return n["delivered"] == consumers*each
			}, "all handed over, and delivered as far as we are told")
			for _, a := range addresses {
				want := make([]string, each)
				for n := range each {
					want[n] = fmt.Sprintf("%s %04d", a, n)
				}
				require.Equal(t, want, simTexts(t, base, a))
			}
			var without string
			h.tx(t, readString(t, &without, "select count(*)::text from messages where provider_id is null or uncertain"))
			require.Equal(t, "0", without)
		})
	}
}

func TestAHardRefusalOfTheSimulatedCarrierIsExplained(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	client, _, base := twilioAt(t, h.ours, "")
	simFaults(t, base, `{"error_rate":1,"status":429}`)
	l := h.lanes(t, client, func(c *carrier.Config) { c.Poll = time.Hour })
	ms := h.enqueue(t, h.number, h.ours, ann, "hello")
	l.Wake(h.tenant, h.number)
	eventually(t, func() bool { return h.row(t, ms[0].ID).Attempts > 0 && h.tally(t)["queued"] == 1 }, "throttled")
	simFaults(t, base, `{}`)
	eventually(t, func() bool { return h.tally(t)["sent"] == 1 }, "sent a little later, without being woken")
}
