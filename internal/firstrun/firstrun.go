// Package firstrun sets an installation up that has no tenant yet (spec 6, 4.6): company, first admin, carrier, number and
// queues, all in one transaction. It is open only while there is no tenant, to whoever has the token that the server
// prints, and never again afterwards.
package firstrun

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"sync/atomic"
	"time"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/pg"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// Config is what it works with.
type Config struct {
	DB        *pg.DB
	Logins    *tenant.Logins
	Accounts  *carrier.Accounts
	Publish   func(event.Hint)
	Secret    []byte     // of the cluster: every node has the same token, also after a restart
	Simulator *Simulator // nil where none runs
	Now       func() time.Time
}

// Simulator is the simulated carrier of this process.
type Simulator struct {
	URL  string
	Know func(ctx context.Context) error // lets it know the simulated accounts of the database
}

// Service sets up.
type Service struct {
	Config
	over atomic.Bool // there is a tenant, which no one takes away again
}

// New makes it.
func New(cfg Config) *Service { return &Service{Config: cfg} }

// Token is the one-time token of this installation: it opens the set-up as long as there is no tenant.
func (s *Service) Token() string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("sidetone: first run"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Open says whether the installation is still to be set up.
func (s *Service) Open(ctx context.Context) (bool, error) {
	if s.over.Load() {
		return false, nil
	}
	there, err := tenant.Any(ctx, s.DB)
	if there {
		s.over.Store(true)
	}
	return err == nil && !there, err
}

// enter refuses whoever comes too late, or without the token.
func (s *Service) enter(ctx context.Context, token string) error {
	open, err := s.Open(ctx)
	switch {
	case err != nil:
		return err
	case !open:
		return closed()
	case !hmac.Equal([]byte(token), []byte(s.Token())):
		return errs.New(errs.Forbidden, "Open the address that the server printed when it started").At("token")
	}
	return nil
}

func closed() error { return errs.New(errs.NotFound, "This installation is set up already; sign in") }

// DemoNumber is what a simulated carrier's number is called unless another is wanted.
func DemoNumber() string { return string(phone.Examples(1)[0]) }

// Carrier is the account that one enters.
type Carrier struct {
	Simulated bool
	SID       string
	AuthToken string
	BaseURL   string // empty: Twilio's own
}

func (s *Service) draft(c Carrier) carrier.AccountDraft {
	return carrier.AccountDraft{SID: c.SID, AuthToken: c.AuthToken, BaseURL: c.BaseURL, Loopback: s.Simulator != nil}
}

// TryCarrier asks the carrier whether it takes the credentials, and, when one is named, whether the number is theirs.
// Errors name sid, auth_token, base_url or number.
func (s *Service) TryCarrier(ctx context.Context, token string, c Carrier, number string) error {
	if err := s.enter(ctx, token); err != nil {
		return err
	}
	_, err := s.probe(ctx, c, number)
	return err
}

// probe is what the carrier says; the simulated one says yes to all.
func (s *Service) probe(ctx context.Context, c Carrier, number string) (carrier.Probed, error) {
	address := ""
	if number != "" || c.Simulated {
		parsed, err := phone.ParseSender(number, "")
		if err != nil {
			return carrier.Probed{}, errs.Field("number", "%s", err)
		}
		address = string(parsed)
	}
	if c.Simulated {
		if s.Simulator == nil {
			return carrier.Probed{}, errs.Field("carrier.kind", "no simulated carrier runs here: start with --simulator, or enter Twilio's credentials")
		}
		return carrier.Probed{Address: address, Status: carrier.VerifiedSMSVoice, MMS: true}, nil
	}
	return s.Accounts.Probe(ctx, s.draft(c), address)
}
