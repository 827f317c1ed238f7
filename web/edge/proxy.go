package edge

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// FromClient makes RemoteAddr that of the client where a trusted proxy stands in between, for all that looks at it: delays of
// logins, logs. X-Forwarded-For is read from its end, where each proxy writes whom it heard; the first that is no proxy of ours
// is the client, and what stands before it anybody may have written. Nobody's word is taken without trusted proxies.
func FromClient(trusted []netip.Prefix) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if len(trusted) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer, err := netip.ParseAddrPort(r.RemoteAddr)
			if err == nil && within(trusted, peer.Addr()) {
				if at, ok := heard(trusted, r.Header.Values("X-Forwarded-For")); ok {
					r.RemoteAddr = net.JoinHostPort(at.String(), "0")
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func heard(trusted []netip.Prefix, headers []string) (last netip.Addr, ok bool) {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		at, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return last, ok
		}
		if last, ok = at.Unmap(), true; !within(trusted, at) {
			return last, ok
		}
	}
	return last, ok
}

func within(nets []netip.Prefix, at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	return slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Contains(at) })
}
