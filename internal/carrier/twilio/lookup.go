package twilio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sidetone/internal/carrier/wire"
)

// maxPages bounds a look-up; a pair with more texts than that is not decided by guessing.
const (
	pageSize = 100
	maxPages = 50
)

// Lookup lists what the carrier took from one number to another since a time, newest first: the way to learn what
// became of an ambiguous hand-over (reference F3). Texts of the second in which since falls are included.
//
// It does not filter by DateSent, because a text that still waits at the carrier has none and would be missed, and to
// miss one is to send it twice.
func (c *Client) Lookup(ctx context.Context, to, from string, since time.Time) ([]wire.Found, error) {
	since = since.Truncate(time.Second)
	q := url.Values{"To": {to}, "From": {from}, "PageSize": {strconv.Itoa(pageSize)}}
	next := c.messagesURL.Path + "?" + q.Encode()
	var out []wire.Found
	for range maxPages {
		var page messagePage
		if err := c.get(ctx, next, &page); err != nil {
			return nil, fmt.Errorf("look texts up: %w", err)
		}
		recent := 0
		for _, m := range page.Messages {
			f, outbound, err := m.found()
			if err != nil {
				return nil, fmt.Errorf("look texts up: %w", err)
			}
			if f.CreatedAt.Before(since) {
				continue
			}
			recent++
			if outbound {
				out = append(out, f)
			}
		}
		if page.Next == "" || recent == 0 {
			return out, nil
		}
		next = page.Next
	}
	return nil, fmt.Errorf("look texts up: more than %d pages", maxPages)
}

type messagePage struct {
	Messages []message `json:"messages"`
	Next     string    `json:"next_page_uri"`
}

type message struct {
	SID         string      `json:"sid"`
	Body        string      `json:"body"`
	Status      string      `json:"status"`
	Direction   string      `json:"direction"`
	DateCreated string      `json:"date_created"`
	ErrorCode   json.Number `json:"error_code"`
}

func (m message) found() (f wire.Found, outbound bool, err error) {
	at, err := time.Parse(time.RFC1123Z, m.DateCreated)
	if err != nil {
		return f, false, fmt.Errorf("date of %s: %w", m.SID, err)
	}
	status, ok := wire.FromTwilio(m.Status)
	if !ok {
		status = wire.Sent
	}
	f = wire.Found{ProviderID: m.SID, Body: m.Body, Status: status, ErrorCode: m.ErrorCode.String(), CreatedAt: at}
	return f, strings.HasPrefix(m.Direction, "outbound"), nil
}

// Ownership is what the carrier says about a number of ours (spec 1.1 rule 2).
type Ownership struct {
	Owned           bool
	ProviderID      string
	SMS, MMS, Voice bool
}

// OwnsNumber asks whether the account holds a number, and what it can do.
func (c *Client) OwnsNumber(ctx context.Context, e164 string) (Ownership, error) {
	var page struct {
		Numbers []struct {
			SID          string `json:"sid"`
			PhoneNumber  string `json:"phone_number"`
			Capabilities struct {
				SMS   bool `json:"sms"`
				MMS   bool `json:"mms"`
				Voice bool `json:"voice"`
			} `json:"capabilities"`
		} `json:"incoming_phone_numbers"`
	}
	q := url.Values{"PhoneNumber": {e164}}
	if err := c.get(ctx, c.account+"/IncomingPhoneNumbers.json?"+q.Encode(), &page); err != nil {
		return Ownership{}, fmt.Errorf("ask who owns a number: %w", err)
	}
	for _, n := range page.Numbers { // the carrier's filter matches patterns too, ours doesn't
		if n.PhoneNumber == e164 {
			k := n.Capabilities
			return Ownership{Owned: true, ProviderID: n.SID, SMS: k.SMS, MMS: k.MMS, Voice: k.Voice}, nil
		}
	}
	return Ownership{}, nil
}

// Owns asks about a number or a short code. They stand in lists of their own, and a short code only texts.
func (c *Client) Owns(ctx context.Context, address string) (Ownership, error) {
	if strings.HasPrefix(address, "+") {
		return c.OwnsNumber(ctx, address)
	}
	var page struct {
		Codes []struct {
			SID       string `json:"sid"`
			ShortCode string `json:"short_code"`
		} `json:"short_codes"`
	}
	q := url.Values{"ShortCode": {address}}
	if err := c.get(ctx, c.account+"/SMS/ShortCodes.json?"+q.Encode(), &page); err != nil {
		return Ownership{}, fmt.Errorf("ask who owns a short code: %w", err)
	}
	for _, s := range page.Codes {
		if s.ShortCode == address {
			return Ownership{Owned: true, ProviderID: s.SID, SMS: true}, nil
		}
	}
	return Ownership{}, nil
}

// get reads one resource. ref is a path of ours or a page address that the carrier gave; the credentials go to the
// configured host only.
func (c *Client) get(ctx context.Context, ref string, into any) error {
	u, err := c.base.Parse(ref)
	if err != nil {
		return fmt.Errorf("page address: %w", err)
	}
	if u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return fmt.Errorf("page address leads to another host")
	}
	res, err := c.do(ctx, http.MethodGet, u, nil)
	if err != nil {
		return err
	}
	if res.status != http.StatusOK {
		return res.refusal()
	}
	if err := json.Unmarshal(res.body, into); err != nil {
		return fmt.Errorf("read the carrier's answer: %w", err)
	}
	return nil
}
