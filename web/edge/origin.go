package edge

import (
	"fmt"
	"net/url"
	"strings"
)

// Origins is the exact list of pages that may ask with a session (spec 1.8; reference E4). There are no wildcards: a
// tenant's own host is worked out from the addresses listed.
type Origins struct {
	bases  []base
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
	o.secure = o.bases[0].scheme == "https://"
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

// Subdomain is the tenant a host names: the one label before a listed host, or "".
func (o Origins) Subdomain(host string) string {
	for _, b := range o.bases {
		label, ok := strings.CutSuffix(strings.ToLower(host), "."+b.host)
		if ok && label != "" && !strings.Contains(label, ".") {
			return label
		}
	}
	return ""
}

// Secure tells whether browsers reach us by https only.
func (o Origins) Secure() bool { return o.secure }
