package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

const (
	blocksDefault = 50
	blocksMost    = 1_000_000 // in an export
)

// ListBlocks gives a page of the blocklist, the newest first.
func (s *server) ListBlocks(ctx context.Context, req gen.ListBlocksRequestObject) (gen.ListBlocksResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	t, p := session.Tenant.ID, req.Params
	limit := int(or(p.Limit, blocksDefault))
	var found []carrier.Block
	var total int
	err = s.DB.InTenantTx(ctx, t, func(tx pgx.Tx) error {
		if found, err = carrier.Blocks(ctx, tx, t, or(p.Search, ""), id.Block(or(p.Before, 0)), limit+1); err != nil {
			return err
		}
		total, err = carrier.CountBlocks(ctx, tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := gen.ListBlocks200JSONResponse{Total: int32(total), Blocks: []gen.Block{}}
	if len(found) > limit {
		found = found[:limit]
		out.NextBefore = new(wire(found[limit-1].ID))
	}
	for _, b := range found {
		out.Blocks = append(out.Blocks, block(b))
	}
	return out, nil
}

// AddBlock blocks a number.
func (s *server) AddBlock(ctx context.Context, req gen.AddBlockRequestObject) (gen.AddBlockResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var made carrier.Block
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		made, err = carrier.AddBlock(ctx, tx, session.Tenant.ID, req.Body.Address, or(req.Body.Reason, ""), by(session), s.Now())
		return err
	})
	return gen.AddBlock201JSONResponse(block(made)), err
}

// RemoveBlock takes a number off the blocklist.
func (s *server) RemoveBlock(ctx context.Context, req gen.RemoveBlockRequestObject) (gen.RemoveBlockResponseObject, error) {
	session, err := need(ctx, tenant.RoleManager, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		return carrier.RemoveBlock(ctx, tx, session.Tenant.ID, id.Block(req.BlockId), by(session), s.Now())
	})
	return gen.RemoveBlock204Response{}, err
}

// ImportBlocks blocks all numbers of a file.
func (s *server) ImportBlocks(ctx context.Context, req gen.ImportBlocksRequestObject) (gen.ImportBlocksResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var in carrier.BlockImport
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		in, err = carrier.ImportBlocks(ctx, tx, session.Tenant.ID, req.Body.Csv, by(session), s.Now())
		return err
	})
	out := gen.ImportBlocks200JSONResponse{Added: int32(in.Added), DuplicateLines: make([]int32, len(in.Duplicates))}
	for i, l := range in.Duplicates {
		out.DuplicateLines[i] = int32(l)
	}
	return out, err
}

// ExportBlocks gives the whole blocklist as a file that an import takes.
func (s *server) ExportBlocks(ctx context.Context, _ gen.ExportBlocksRequestObject) (gen.ExportBlocksResponseObject, error) {
	session, err := need(ctx, tenant.RoleAdmin)
	if err != nil {
		return nil, err
	}
	var all []carrier.Block
	err = s.DB.InTenantTx(ctx, session.Tenant.ID, func(tx pgx.Tx) error {
		all, err = carrier.Blocks(ctx, tx, session.Tenant.ID, "", 0, blocksMost)
		return err
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err = w.Write([]string{"address", "reason", "created_at"})
	for _, e := range all {
		if err == nil { // a number is digits behind its plus, and stays as it is
			err = w.Write([]string{e.Address, edge.Cells(e.Reason)[0], e.CreatedAt.UTC().Format(time.RFC3339)})
		}
	}
	if w.Flush(); err != nil {
		return nil, fmt.Errorf("write the blocklist as CSV: %w", err)
	}
	return gen.ExportBlocks200TextcsvResponse{
		Body: &b, ContentLength: int64(b.Len()),
		Headers: gen.ExportBlocks200ResponseHeaders{ContentDisposition: new(`attachment; filename="blocklist.csv"`)},
	}, nil
}

func block(b carrier.Block) gen.Block {
	out := gen.Block{Id: wire(b.ID), Address: b.Address, Reason: b.Reason, CreatedAt: b.CreatedAt.UTC()}
	if b.By != 0 {
		out.CreatedBy = new(wire(b.By))
	}
	return out
}
