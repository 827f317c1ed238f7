package api

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	gen "sidetone/openapi/gen/public"
	"sidetone/openapi/iso"
)

// ListDoNotContact lists who is not to be contacted, in the order of their numbers.
func (s *server) ListDoNotContact(ctx context.Context, req gen.ListDoNotContactRequestObject) (gen.ListDoNotContactResponseObject, error) {
	c, p := callOf(ctx), req.Params
	page, err := pageOf(p.Page, p.Per, p.After)
	if err != nil {
		return nil, err
	}
	var of phone.E164
	if p.EndUserNumber != nil {
		if of, err = consumer(*p.EndUserNumber); err != nil {
			return nil, err
		}
	}
	var after carrier.StoppedPlace
	skip := 0
	if page.ByPlace {
		if after, err = stoppedPlace(page.After); err != nil {
			return nil, err
		}
	} else {
		skip = (page.Number - 1) * page.Per
	}
	found, total, next, err := carrier.ListDoNotContact(ctx, s.DB, c.token.Tenant.ID, string(of), after, skip, page.Per)
	if err != nil {
		return nil, err
	}
	place := ""
	if next != nil {
		place = base64.RawURLEncoding.EncodeToString([]byte(next.Address + "/" + strconv.FormatInt(int64(next.Number), 10)))
	}
	c.listed(page, total, place)
	out := make(gen.ListDoNotContact200JSONResponse, len(found))
	for i, e := range found {
		out[i] = stopped(e)
	}
	return out, nil
}

func stopped(e carrier.Stopped) gen.DoNotContact {
	return gen.DoNotContact{EndUserNumber: e.Address, Since: iso.Time(e.Since), Source: e.Source, OutboundNumber: word(e.Number)}
}

// stoppedPlace reads a place of the list: a number in it is not for people's eyes, so it is folded.
func stoppedPlace(place string) (p carrier.StoppedPlace, err error) {
	if place == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(place)
	address, scope, ok := strings.Cut(string(raw), "/")
	number, err2 := strconv.ParseInt(scope, 10, 64)
	if err != nil || err2 != nil || !ok || strings.Trim(address, "+0123456789") != "" {
		return p, errs.Field("after", "after is no place in this list")
	}
	return carrier.StoppedPlace{Address: address, Number: id.Number(number)}, nil
}

// AddDoNotContact puts a consumer on the list, as their STOP would.
func (s *server) AddDoNotContact(ctx context.Context, req gen.AddDoNotContactRequestObject) (gen.AddDoNotContactResponseObject, error) {
	c := callOf(ctx)
	who, err := consumer(req.Body.EndUserNumber)
	if err != nil {
		return nil, err
	}
	is, err := s.Chats.OptOut(ctx, c.token.Tenant.ID, who, c.actor(), func(b *pgx.Batch, is carrier.Stopped) error {
		return c.saveAnswer(b, 200, stopped(is))
	})
	if err != nil {
		return nil, err
	}
	return gen.AddDoNotContact200JSONResponse(stopped(is)), nil
}

// RemoveDoNotContact takes a consumer off the list.
func (s *server) RemoveDoNotContact(ctx context.Context, req gen.RemoveDoNotContactRequestObject) (gen.RemoveDoNotContactResponseObject, error) {
	c := callOf(ctx)
	who, err := consumer(req.Params.EndUserNumber)
	if err != nil {
		return nil, err
	}
	if err := s.Chats.OptIn(ctx, c.token.Tenant.ID, who, c.actor()); err != nil {
		return nil, err
	}
	return gen.RemoveDoNotContact204Response{}, nil
}

// consumer reads a number. In an address a plus that was not escaped has become a space.
func consumer(raw string) (phone.E164, error) {
	if strings.HasPrefix(raw, " ") {
		raw = "+" + strings.TrimSpace(raw)
	}
	if strings.TrimSpace(raw) == "" {
		return "", errs.Field("end_user_number", "end_user_number is required")
	}
	who, err := phone.Parse(raw, "")
	if err != nil {
		return "", errs.Field("end_user_number", "end_user_number is invalid")
	}
	return who, nil
}
