package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/tenant"
	"sidetone/web/edge"
)

const longestKey = 255

// idempotent gives a repeated POST its first answer (spec 2.1). An operation that has an effect in the database saves its
// answer in that transaction (saveAnswer); for the others it is saved behind them.
func (s *server) idempotent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Values("Idempotency-Key")
		if r.Method != http.MethodPost || len(given) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		key, err := readKey(given)
		if err != nil {
			s.Refusals.Write(w, r, err)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			s.Refusals.Write(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c := callOf(r.Context())
		k := &tenant.IdempotencyKey{
			Tenant: c.token.Tenant.ID, Token: c.token.ID, Key: key, Route: "POST " + strings.TrimPrefix(r.URL.Path, Base),
		}
		earlier, err := tenant.TakeKey(r.Context(), s.DB, k, body, s.Now())
		switch {
		case errors.Is(err, tenant.ErrKeyRunning):
			w.Header().Set("Retry-After", "1")
			s.Refusals.Write(w, r, errs.New(errs.Conflict, "The first call with this Idempotency-Key is still running"))
		case errors.Is(err, tenant.ErrKeyReused):
			edge.Answer(w, r, http.StatusUnprocessableEntity, edge.Refusal{
				Message: "This Idempotency-Key was used with another body", Code: "idempotency_key_reused", Field: "Idempotency-Key",
			})
		case err != nil:
			s.Refusals.Write(w, r, err)
		case earlier != nil:
			w.Header().Set("Idempotent-Replayed", "true")
			write(w, *earlier)
		default:
			c.key = k
			s.first(w, r, next, c)
		}
	})
}

// first runs the first call with a key, and keeps its answer if it had an effect.
func (s *server) first(w http.ResponseWriter, r *http.Request, next http.Handler, c *call) {
	seen := &recorder{ResponseWriter: w}
	ended := false
	defer func() {
		ctx := context.WithoutCancel(r.Context())
		var err error
		switch {
		case c.saved && ended && seen.status == http.StatusOK:
			return
		case ended && kept(seen.status):
			err = s.DB.InTenantTx(ctx, c.key.Tenant, func(tx pgx.Tx) error {
				b := &pgx.Batch{}
				c.key.Save(b, tenant.Answered{Status: seen.status, Body: seen.body.Bytes()})
				return tx.SendBatch(ctx, b).Close()
			})
		default:
			err = c.key.Release(ctx, s.DB) // does nothing to an answer that was saved with its effect
		}
		if err != nil {
			s.Log.ErrorContext(ctx, "keep the answer of an idempotency key", "error", err)
		}
	}()
	next.ServeHTTP(seen, r)
	ended = true
}

// kept: an answer without an effect is not (spec 2.1), nor a failure of ours.
func kept(status int) bool {
	switch status {
	case 0, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return false
	}
	return status < http.StatusInternalServerError
}

// saveAnswer adds a call's answer to the transaction of its effect.
func (c *call) saveAnswer(b *pgx.Batch, status int, answer any) error {
	if c.key == nil {
		return nil
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	c.key.Save(b, tenant.Answered{Status: status, Body: append(body, '\n')})
	c.saved = true
	return nil
}

// readKey takes the bare and the quoted form.
func readKey(given []string) (string, error) {
	key := strings.TrimSpace(given[0])
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	bad := len(given) > 1 || key == "" || len(key) > longestKey
	for i := range len(key) {
		bad = bad || key[i] < 0x20 || key[i] > 0x7e
	}
	if bad {
		return "", errs.Field("Idempotency-Key", "Idempotency-Key must be one string of 1 to %d printable ASCII characters", longestKey)
	}
	return key, nil
}

func write(w http.ResponseWriter, a tenant.Answered) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}

// recorder remembers an answer while it is written.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}
