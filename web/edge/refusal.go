package edge

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sidetone/internal/errs"
)

// MaxBody is the largest body any door takes (spec 2.1).
const MaxBody = 1 << 20

// Refusal is the one shape of an error answer (openapi/common.yaml).
type Refusal struct {
	Message   string `json:"message"`
	Code      string `json:"code"`
	Field     string `json:"field,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// Status is the HTTP status of a code. It is the one place where codes become statuses.
func Status(code errs.Code) int {
	switch code {
	case errs.Invalid, errs.TooLong, errs.UnknownType:
		return http.StatusBadRequest
	case errs.Unauthorized:
		return http.StatusUnauthorized
	case errs.Forbidden, errs.NotOwner, errs.PasswordDue, errs.ProviderOnly:
		return http.StatusForbidden
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict, errs.AlreadyTaken, errs.ChatEnded, errs.OptedOut, errs.OfferGone, errs.AtLimit:
		return http.StatusConflict
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.TooMany:
		return http.StatusTooManyRequests
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Refusals writes error answers. What the operator needs goes to the log; the caller sees a code and a sentence.
type Refusals struct{ Log *slog.Logger }

// Write answers with an error. Only an *errs.Error is shown; anything else is our own fault and is logged.
func (f Refusals) Write(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = errs.New(errs.TooLarge, "The body is larger than 1 MiB")
	}
	e := Shown(err)
	status := Status(e.Code)
	if status >= http.StatusInternalServerError && !errors.Is(r.Context().Err(), context.Canceled) {
		f.Log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", Path(r), "error", err)
	}
	if (status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests) && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	Answer(w, r, status, Refusal{Message: Say(r.Context(), e), Code: string(e.Code), Field: e.Field})
}

// Path is a request's path as logs show it: the key in a webhook's address is half a secret.
func Path(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) > 3 && parts[1] == "hooks" && len(parts[3]) > 6 {
		parts[3] = parts[3][:6] + "…"
	}
	if len(parts) == 3 && parts[1] == "media" && len(parts[2]) > 6 { // who has the link may read the file
		parts[2] = parts[2][:6] + "…"
	}
	return strings.Join(parts, "/")
}

// Shown is what a caller may see of an error: the *errs.Error in its chain, or the bare fact that we failed.
func Shown(err error) *errs.Error {
	var e *errs.Error
	if errors.As(err, &e) && e.Code != errs.Internal {
		return e
	}
	return errs.New(errs.Internal, "Something went wrong on our side; it has been noted")
}

// Answer writes a refusal whose status has no code of its own.
func Answer(w http.ResponseWriter, r *http.Request, status int, refusal Refusal) {
	refusal.RequestID = RequestID(r.Context())
	body, err := json.Marshal(refusal.shape(r.Context(), status))
	if err != nil { // four strings: it can't
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

type numericKey struct{}

// WithNumericCodes makes the refusals of a request carry their status as `code` (spec 2.3).
func WithNumericCodes(ctx context.Context) context.Context {
	return context.WithValue(ctx, numericKey{}, true)
}

func (f Refusal) shape(ctx context.Context, status int) any {
	if ctx.Value(numericKey{}) == nil {
		return f
	}
	return struct {
		Code      int    `json:"code"`
		Message   string `json:"message"`
		Field     string `json:"field,omitempty"`
		RequestID string `json:"request_id,omitempty"`
	}{status, f.Message, f.Field, f.RequestID}
}

// NotFound answers an address that is not there.
func NotFound(w http.ResponseWriter, r *http.Request) {
	Answer(w, r, http.StatusNotFound, Refusal{Message: Say(r.Context(), errs.Say("There is nothing at this address")), Code: string(errs.NotFound)})
}

// MethodNotAllowed answers a method that this address does not know.
func MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	says := errs.Say("This address does not take this method")
	if known(r.Method) { // what a client made up is not repeated to it
		says = errs.Say("This address does not take %s", r.Method)
	}
	Answer(w, r, http.StatusMethodNotAllowed, Refusal{Message: Say(r.Context(), says), Code: "method_not_allowed"})
}

func known(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}
