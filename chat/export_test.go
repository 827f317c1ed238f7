package chat

import (
	"context"

	"sidetone/internal/carrier/wire"
	"sidetone/internal/id"
)

// ReceiveTogether takes texts in one group, whatever the timing.
func (s *Service) ReceiveTogether(ctx context.Context, t id.Tenant, account id.Account, ins ...wire.Inbound) error {
	texts := make([]*arrival, len(ins))
	for i, in := range ins {
		texts[i] = &arrival{account: account, in: in}
	}
	return s.receive(ctx, t, texts)
}
