package edge

import (
	"net/http"
	"time"

	"sidetone/internal/errs"
	"sidetone/internal/tenant"
)

// SessionCookie carries the token of a console session. Over https it has the prefix that keeps other hosts of the domain
// from setting it (RFC 6265bis, 4.1.3.2; reference E3); plain http can't have that.
const SessionCookie = "sidetone_session"

const hostPrefix = "__Host-"

func (c Callers) cookieName() string { return c.named(SessionCookie) }

func (c Callers) named(cookie string) string {
	if c.Origins.Secure() {
		return hostPrefix + cookie
	}
	return cookie
}

// Callers finds out who asks. The tenant is always the credential's (spec 1.1).
type Callers struct {
	Sessions *tenant.Sessions
	Origins  Origins
	Now      func() time.Time
}

// Find reads the session of a request's cookie. A host that names another tenant than the credential's is refused, and so
// is whoever must choose a password of their own first.
func (c Callers) Find(r *http.Request) (tenant.Session, error) {
	session, err := c.FindAny(r)
	if err == nil && session.User.Temporary {
		err = errs.New(errs.PasswordDue, "Choose a password of your own first")
	}
	return session, err
}

// FindAny is Find for what whoever has a temporary password may do too: choose their own, and sign out.
func (c Callers) FindAny(r *http.Request) (tenant.Session, error) {
	cookie, err := r.Cookie(c.cookieName())
	if err != nil {
		return tenant.Session{}, errs.New(errs.Unauthorized, "Sign in first")
	}
	session, err := c.Sessions.Lookup(r.Context(), cookie.Value, c.Now())
	if err != nil {
		return tenant.Session{}, err
	}
	return session, c.SameTenant(r, session)
}

// SameTenant refuses a host that names another tenant.
func (c Callers) SameTenant(r *http.Request, session tenant.Session) error {
	if named := c.Origins.Tenant(r.Host); named != "" && named != session.Tenant.Subdomain {
		return errs.New(errs.Unauthorized, "This address belongs to another company; sign in here first")
	}
	return nil
}

// Cookie holds a session's token, or takes it away when token is empty.
func (c Callers) Cookie(token string) *http.Cookie {
	return c.cookie(SessionCookie, token, tenant.SessionLife)
}

func (c Callers) cookie(name, value string, life time.Duration) *http.Cookie {
	cookie := &http.Cookie{ //nolint:gosec // Secure wherever browsers reach us by https; the demo is plain http on loopback
		Name: c.named(name), Value: value, Path: "/", HttpOnly: true, Secure: c.Origins.Secure(),
		SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second),
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

// signInCookie carries what a browser keeps while its person is at their provider. Lax: they come back from another site.
const signInCookie = "sidetone_sign_in"

// SignInCookie holds what is kept, or takes it away when kept is empty.
func (c Callers) SignInCookie(kept string) *http.Cookie {
	return c.cookie(signInCookie, kept, tenant.SignInLife)
}

// SignInKept is what the request's browser kept, "" for nothing.
func (c Callers) SignInKept(r *http.Request) string {
	cookie, err := r.Cookie(c.named(signInCookie))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// ChangeHeader is sent by our own pages with every request that changes something; a foreign page can't.
const ChangeHeader = "X-Sidetone"

// Ours refuses a request that changes something and that a browser sent for another site's page (reference E3). Browsers
// say where a request comes from by Sec-Fetch-Site or Origin; a program that says neither carries no one's cookies
// unasked. login tells that no session is at stake yet.
func (c Callers) Ours(r *http.Request, login bool) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	refused := errs.New(errs.Forbidden, "This request does not come from our own pages")
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch {
	case origin != "" && !c.Origins.Allowed(origin, c.Origins.Tenant(r.Host)):
		return refused
	case site != "" && site != "same-origin" && site != "none":
		return refused
	case r.Header.Get(ChangeHeader) == "" && !(login && site == "" && origin == ""):
		return refused
	}
	return nil
}
