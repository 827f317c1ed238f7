package edge_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/web/edge"
)

func TestAClientIsWhomOurOwnProxiesHeard(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("127.0.0.1/32")}
	seen := func(trusted []netip.Prefix, peer string, forwarded ...string) (from string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		for _, f := range forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		edge.FromClient(trusted)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { from = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		return from
	}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"a proxy says whom it heard", "10.1.2.3:555", []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"what the client wrote itself does not count", "10.1.2.3:555", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7:0"},
		{"two proxies of ours", "127.0.0.1:555", []string{"198.51.100.1", "203.0.113.7, 10.9.9.9"}, "203.0.113.7:0"},
		{"a client of our own network", "127.0.0.1:555", []string{"10.9.9.9"}, "10.9.9.9:0"},
		{"IPv6", "[::1]:555", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:555", []string{"::ffff:203.0.113.7"}, "203.0.113.7:0"},
		{"nonsense", "10.1.2.3:555", []string{"unknown"}, "10.1.2.3:555"},
		{"nonsense before a proxy of ours", "10.1.2.3:555", []string{"unknown, 10.4.4.4"}, "10.4.4.4:0"},
		{"nothing", "10.1.2.3:555", nil, "10.1.2.3:555"},
		{"a stranger's word", "203.0.113.9:555", []string{"198.51.100.1"}, "203.0.113.9:555"},
	} {
		require.Equal(t, c.want, seen(trusted, c.peer, c.forwarded...), c.name)
	}
	require.Equal(t, "10.1.2.3:555", seen(nil, "10.1.2.3:555", "203.0.113.7"), "nobody is trusted unless told so")
}
