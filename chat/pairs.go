package chat

import (
	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// QueuePairs adds the statements that make the pairs of a number with these consumers, those that are not there yet. They
// belong before the first lock of a transaction (docs/architecture.md, locks), and before whatever reads the list of those
// who opted out: somebody who was erased gets their opt-out back here.
func (s *Service) QueuePairs(b *pgx.Batch, t id.Tenant, number id.Number, addresses []string) {
	numbers := make([]int64, len(addresses))
	for i := range numbers {
		numbers[i] = int64(number)
	}
	s.queueNewPairs(b, t, numbers, addresses)
}

func (s *Service) queueNewPairs(b *pgx.Batch, t id.Tenant, numbers []int64, addresses []string) {
	b.Queue(addEndUsers, t, addresses)
	b.Queue(addThreads, t, numbers, addresses)
	s.queueReturning(b, t, addresses)
}
