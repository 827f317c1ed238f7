package tenant

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
	"sidetone/internal/pg"
)

// Socket is an open connection of a user's desk on a node.
type Socket struct {
	Tenant id.Tenant
	User   id.User
	ID     uuid.UUID
	Node   id.Node
}

// AddSocket notes that a socket is open. Twice is once.
func AddSocket(ctx context.Context, tx pgx.Tx, s Socket) error {
	err := sql.AddSocket(ctx, tx, AddSocketParams{TenantID: s.Tenant, UserID: s.User, SocketID: s.ID, NodeID: s.Node})
	if err != nil {
		return fmt.Errorf("add a socket of user %d: %w", s.User, err)
	}
	return nil
}

// RemoveSocket notes that a socket is closed. Twice is once.
func RemoveSocket(ctx context.Context, tx pgx.Tx, s Socket) error {
	if err := sql.RemoveSocket(ctx, tx, s.Tenant, s.User, s.ID); err != nil {
		return fmt.Errorf("remove a socket of user %d: %w", s.User, err)
	}
	return nil
}

// Connected returns the users with an open socket, on any node.
func Connected(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]id.User, error) {
	users, err := sql.ConnectedUsers(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read who of tenant %d is connected: %w", tenant, err)
	}
	return users, nil
}

// Gone is a user who lost sockets with a node.
type Gone struct {
	Tenant    id.Tenant
	User      id.User
	Connected bool // by another socket, still
}

// SweepSockets removes the sockets of a dead node, and of nodes that no longer exist, tenant by tenant. It may be called
// again, and by several nodes at once.
func SweepSockets(ctx context.Context, db *pg.DB, dead id.Node) (gone []Gone, err error) {
	tenants, err := List(ctx, db)
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		err := db.InTenantTx(ctx, t.ID, func(tx pgx.Tx) error {
			users, err := sql.SweepSockets(ctx, tx, t.ID, dead)
			if err != nil || len(users) == 0 {
				return err
			}
			left, err := sql.ConnectedUsers(ctx, tx, t.ID)
			slices.Sort(users)
			for _, u := range slices.Compact(users) {
				gone = append(gone, Gone{Tenant: t.ID, User: u, Connected: slices.Contains(left, u)})
			}
			return err
		})
		if err != nil {
			return gone, fmt.Errorf("sweep the sockets of node %d: %w", dead, err)
		}
	}
	return gone, nil
}
