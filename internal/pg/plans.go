package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// plansLast is how long a connection keeps its plans. Postgres keeps a prepared plan until the table is next analysed,
// a minute or more. One that was made while a table was small reads the tenant's whole part of it by the primary key
// (all indexes cost the same then), and that grew 30 times slower within a minute of a young database's life. A new plan
// sees the table's present size and costs less than a millisecond for all statements of the hot path together.
const plansLast = 2 * time.Second

const planKey = "sidetone.plans"

// freshPlans is pgxpool's PrepareConn: it makes the connection forget plans that are too old. A connection that turns out
// to be broken is replaced.
func freshPlans(ctx context.Context, conn *pgx.Conn) (bool, error) {
	kept, now := conn.PgConn().CustomData(), time.Now()
	made, ok := kept[planKey].(time.Time)
	if ok && now.Sub(made) < plansLast {
		return true, nil
	}
	kept[planKey] = now
	return !ok || conn.PgConn().Exec(ctx, "discard plans").Close() == nil, nil
}
