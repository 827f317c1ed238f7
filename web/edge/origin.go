package edge

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sidetone/internal/tenant"
)

// Origins is the exact list of pages that may ask with a session (spec 1.8; reference E4). There are no wildcards: a
// tenant's own host is worked out from the addresses listed.
type Origins struct {
	bases  []base
	domain string // of the public address, without its port
	secure bool
}

type base struct{ scheme, host string }

// NewOrigins lists the origin of the public address and the ones given.
func NewOrigins(publicURL string, more ...string) (Origins, error) {
	var o Origins
	for _, raw := range append([]string{publicURL}, more...) {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return Origins{}, fmt.Errorf("origin %q is not an http or https address", raw)
		}
		o.bases = append(o.bases, base{u.Scheme + "://", strings.ToLower(u.Host)})
	}
	first := o.bases[0]
	u := url.URL{Host: first.host}
	o.domain, o.secure = u.Hostname(), first.scheme == "https://"
	if ip := net.ParseIP(o.domain); o.domain == "localhost" || ip != nil && ip.IsLoopback() {
		for _, name := range []string{"localhost", "127.0.0.1"} { // a developer types either
			o.bases = append(o.bases, base{first.scheme, strings.TrimSuffix(net.JoinHostPort(name, u.Port()), ":")})
		}
	}
	return o, nil
}

// Allowed tells whether a page may ask for somebody of the tenant with this subdomain.
func (o Origins) Allowed(origin, subdomain string) bool {
	for _, b := range o.bases {
		rest, ok := strings.CutPrefix(origin, b.scheme)
		if ok && (rest == b.host || subdomain != "" && rest == subdomain+"."+b.host) {
			return true
		}
	}
	return false
}

// Page is the origin of the page that a request comes from, if it is one of ours, else the public address. Browsers name it
// with whatever changes something.
func (o Origins) Page(r *http.Request) string {
	if origin := r.Header.Get("Origin"); origin != "" && o.Allowed(origin, o.Tenant(r.Host)) {
		return origin
	}
	return o.bases[0].scheme + o.bases[0].host
}

// Pages are the origins at which people of a tenant may open the console: the public address, the tenant's own below it,
// and what else is listed.
func (o Origins) Pages(subdomain string) (out []string) {
	add := func(origin string) {
		if !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	for _, b := range o.bases {
		add(b.scheme + b.host)
	}
	if o.domain != "localhost" && net.ParseIP(o.domain) == nil {
		add(o.bases[0].scheme + subdomain + "." + o.bases[0].host)
	}
	return out
}

// Tenant is the subdomain that a request's host names, "" when it names none.
func (o Origins) Tenant(host string) string { return tenant.SubdomainOf(host, o.domain) }

// Secure tells whether browsers reach us by https only.
func (o Origins) Secure() bool { return o.secure }
