package chat

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// longestReason is how much somebody may write who reveals a number.
const longestReason = 200

// Reveal gives the number of a chat's consumer to somebody from whom it is hidden (spec 6, 4.1). The audit log says who asked,
// in which chat and why; of the number it has the end alone. Errors: invalid_request, not_found.
func (s *Service) Reveal(ctx context.Context, t id.Tenant, of id.Chat, by id.User, reason string) (number string, err error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 1 || n > longestReason || strings.ContainsFunc(reason, unicode.IsControl) {
		return "", errs.Field("reason", "Say in 1 to %d characters on one line what the number is needed for", longestReason)
	}
	view, err := s.View(ctx, t, of)
	if err != nil {
		return "", err
	}
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		return tenant.Audit(ctx, tx, t, tenant.Actor{User: by}, s.now(), tenant.Change{
			Action: "chat.revealed", Subject: int64(of), Name: phone.Number(view.EndUser.Address).Mask(), After: map[string]string{"reason": reason},
		})
	})
	return view.EndUser.Address, err
}
