package api

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
)

// rates are the tenants' request rates on this node. Each node gives out its share of a tenant's rate, so that the whole
// cluster never passes it (DESIGN, invariant 10).
type rates struct {
	mu       sync.Mutex
	byTenant map[id.Tenant]*rate.Limiter
}

func newRates() *rates { return &rates{byTenant: map[id.Tenant]*rate.Limiter{}} }

// of is a tenant's limiter with the share that holds now.
func (r *rates) of(t id.Tenant, perSecond rate.Limit, burst int, now time.Time) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.byTenant[t]
	if l == nil {
		l = rate.NewLimiter(perSecond, burst)
		r.byTenant[t] = l
	}
	if l.Limit() != perSecond {
		l.SetLimitAt(now, perSecond)
	}
	if l.Burst() != burst {
		l.SetBurstAt(now, burst)
	}
	return l
}

// take spends one request of the tenant's rate, and tells in the headers how much is left
// (draft-ietf-httpapi-ratelimit-headers).
func (s *server) take(ctx context.Context, c *call, token tenant.Token) error {
	rules, err := s.Chats.Rules(ctx, token.Tenant.ID)
	if err != nil {
		return err
	}
	set, nodes, now := rules.Settings(0), max(s.Nodes(), 1), s.Now()
	perSecond := rate.Limit(float64(set.Count(tenant.RequestsPerSecond)) / float64(nodes))
	burst := max(set.Count(tenant.RequestBurst)/nodes, 1)
	l := s.rates.of(token.Tenant.ID, perSecond, burst, now)
	ok := l.AllowN(now, 1)
	left := max(l.TokensAt(now), 0)
	full := math.Ceil((float64(burst) - left) / float64(perSecond))
	c.header.Set("RateLimit-Policy", fmt.Sprintf(`"tenant";q=%d;w=%d`, burst, max(1, int(math.Ceil(float64(burst)/float64(perSecond))))))
	c.header.Set("RateLimit", fmt.Sprintf(`"tenant";r=%d;t=%d`, int(left), int(full)))
	if !ok {
		wait := math.Ceil((1 - left) / float64(perSecond))
		c.header.Set("Retry-After", strconv.Itoa(max(1, int(wait))))
		return errs.New(errs.TooMany, "Rate limit exceeded")
	}
	return nil
}
