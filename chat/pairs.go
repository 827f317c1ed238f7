package chat

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// QueuePairs adds the statements that make the pairs of a number with these consumers, those that are not there yet. They
// belong before whatever reads the list of those who opted out: somebody who was erased gets their opt-out back here. No
// consumer is locked, so two who make the same one meet at its key, in address order (docs/architecture.md, locks).
func (s *Service) QueuePairs(b *pgx.Batch, t id.Tenant, number id.Number, addresses []string) {
	numbers := make([]int64, len(addresses))
	for i := range numbers {
		numbers[i] = int64(number)
	}
	s.queueNewPairs(b, t, numbers, addresses)
}

// queueLocks adds the statement that locks consumers: the first lock of a transaction, and in one order for everybody.
func queueLocks(b *pgx.Batch, t id.Tenant, addresses []string) {
	b.Queue(lockConsumers, t, slices.Compact(slices.Sorted(slices.Values(addresses))))
}

func (s *Service) queueNewPairs(b *pgx.Batch, t id.Tenant, numbers []int64, addresses []string) {
	b.Queue(addEndUsers, t, addresses)
	b.Queue(addThreads, t, numbers, addresses)
	s.queueReturning(b, t, addresses)
}
