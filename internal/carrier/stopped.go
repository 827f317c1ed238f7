package carrier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Stopped is an entry of the do-not-contact list.
type Stopped struct {
	Address string // the consumer's
	Number  string // ours from which they want no texts; empty: from none
	Since   time.Time
	Source  string // who said so, as the ledger has it; empty: it does not know
}

// StoppedPlace is where an entry stands in the list, which is in order of numbers.
type StoppedPlace struct {
	Address string
	Number  id.Number
}

// QueueStopped reads what the list has about a consumer, the entry for all our numbers first.
func QueueStopped(b *pgx.Batch, t id.Tenant, address string, into *[]Stopped) {
	b.Queue(listStopped, t, "", int64(0), address, 0, 100).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ListStoppedRow])
		*into = nil
		for _, r := range found {
			*into = append(*into, r.stopped())
		}
		return err
	})
}

func (r ListStoppedRow) stopped() Stopped { return Stopped{r.Address, r.OurAddress, r.Since, r.Source} }

// ListDoNotContact reads a page of the list, of all or of one consumer, how many entries there are, and where it goes on.
func ListDoNotContact(ctx context.Context, db *pg.DB, t id.Tenant, of string, after StoppedPlace, skip, most int) (page []Stopped, total int, next *StoppedPlace, err error) {
	var found []ListStoppedRow
	err = db.ReadTenant(ctx, t, func(b *pgx.Batch) {
		b.Queue(countStopped, t, of).QueryRow(func(row pgx.Row) error { return row.Scan(&total) })
		b.Queue(listStopped, t, after.Address, int64(after.Number), of, skip, most+1).Query(func(rows pgx.Rows) (err error) {
			found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ListStoppedRow])
			return err
		})
	})
	if err != nil {
		return nil, 0, nil, fmt.Errorf("list who is not to be contacted: %w", err)
	}
	if len(found) > most {
		found = found[:most]
		next = &StoppedPlace{found[most-1].Address, id.Number(found[most-1].ScopeID)}
	}
	for _, r := range found {
		page = append(page, r.stopped())
	}
	return page, total, next, nil
}
