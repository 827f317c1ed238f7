package simulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sidetone/internal/carrier/twilio"
)

// maxReply bounds what is read of a webhook's answer.
const maxReply = 64 << 10

// reply is the product's answer to a webhook.
type reply struct {
	status int
	body   string
	took   time.Duration
}

// webhook posts a signed form. An error means that there was no whole answer.
func (c *Carrier) webhook(ctx context.Context, a *account, address, token string, form url.Values) (reply, error) {
	if address == "" {
		return reply{}, errNoAddress
	}
	address, _, _ = strings.Cut(address, "#") // the fragment steers the carrier and is neither sent nor signed (B1)
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, fmt.Errorf("webhook address: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("I-Twilio-Idempotency-Token", token)
	req.Header.Set(twilio.SignatureHeader, signature(a, address, form))
	began := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		return reply{took: time.Since(began)}, fmt.Errorf("call the webhook: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return reply{status: res.StatusCode, took: time.Since(began)}, fmt.Errorf("read the webhook's answer: %w", err)
	}
	return reply{status: res.StatusCode, body: string(body), took: time.Since(began)}, nil
}
