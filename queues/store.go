package queues

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

var sql = NewQueries() // holds nothing

// Nodes reads the queues of a tenant, in no order.
func Nodes(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Node, error) {
	rows, err := sql.ListNodes(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]Node, len(rows))
	for i, r := range rows {
		out[i] = Node{
			ID: r.ID, Parent: id.Queue(r.ParentID), Channel: r.Channel, Lang: r.Lang, Position: r.Position,
			Name: r.Name, Keywords: r.Keywords, Hidden: r.Hidden,
		}
	}
	return out, nil
}
