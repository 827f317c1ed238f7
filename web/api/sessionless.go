package api

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
	"sidetone/smsapi"
	"sidetone/web/edge"
)

// sessionlessPath is where refusals carry their status as a number (spec 2.3).
const sessionlessPath = Base + "/sessionless_sms"

// SendSessionless sends texts without a session (spec 2.3).
func (s *server) SendSessionless(ctx context.Context, req gen.SendSessionlessRequestObject) (gen.SendSessionlessResponseObject, error) {
	c, body := callOf(ctx), req.Body
	in := smsapi.Notice{
		RequestID: edge.RequestID(ctx), From: given(body.FromPhone), To: given(body.ToPhones), Messages: given(body.Messages),
	}
	a, err := s.SMS.Notify(ctx, c.token.Tenant.ID, in, func(b *pgx.Batch, a smsapi.Accepted) error {
		return c.saveAnswer(b, 200, accepted(a))
	})
	if err != nil {
		return nil, err
	}
	c.header.Set(edge.RequestIDHeader, a.RequestID) // it differs when an earlier call has the caller's own
	return gen.SendSessionless200JSONResponse(accepted(a)), nil
}

func accepted(a smsapi.Accepted) gen.SessionlessAccepted {
	out := gen.SessionlessAccepted{
		Code: 200, RequestId: a.RequestID, Accepted: int32(a.Texts), EstimatedCompletionAt: iso.Time(a.Done), WillExpire: a.WillExpire, //nolint:gosec // 500 at most
	}
	out.Skipped = make([]struct {
		Phone  gen.E164 `json:"phone"`
		Reason string   `json:"reason"`
	}, len(a.Skipped))
	for i, skip := range a.Skipped {
		out.Skipped[i].Phone, out.Skipped[i].Reason = skip.Phone, skip.Reason
	}
	return out
}

// GetSessionless reads what became of texts without a session (spec 2.3).
func (s *server) GetSessionless(ctx context.Context, req gen.GetSessionlessRequestObject) (gen.GetSessionlessResponseObject, error) {
	if strings.ContainsRune(req.RequestId, 0) || !utf8.ValidString(req.RequestId) { // the database could not even look for it
		return nil, errs.New(errs.NotFound, "There is no such request").At("request_id")
	}
	r, err := s.SMS.Report(ctx, callOf(ctx).token.Tenant.ID, req.RequestId)
	if err != nil {
		return nil, err
	}
	return gen.GetSessionless200JSONResponse(reported(r)), nil
}

func reported(r smsapi.Report) gen.SessionlessReport {
	out := gen.SessionlessReport{RequestId: r.RequestID, CreatedAt: iso.Time(r.CreatedAt), Messages: make([]gen.SessionlessText, len(r.Texts))}
	for status, to := range map[smsapi.TextStatus]*int32{
		smsapi.TextQueued: &out.Counts.Queued, smsapi.TextSent: &out.Counts.Sent, smsapi.TextDelivered: &out.Counts.Delivered,
		smsapi.TextFailed: &out.Counts.Failed, smsapi.TextExpired: &out.Counts.Expired, smsapi.TextSkipped: &out.Counts.Skipped,
	} {
		*to = int32(r.Counts[status]) //nolint:gosec // 500 at most
	}
	for i, m := range r.Texts {
		x := gen.SessionlessText{Phone: m.Phone, Index: int32(m.Index), Status: string(m.Status), Segments: int32(m.Segments), SentAt: iso.Of(m.SentAt)} //nolint:gosec // small
		if m.Error != "" {
			x.Error = &m.Error
		}
		out.Messages[i] = x
	}
	return out
}
