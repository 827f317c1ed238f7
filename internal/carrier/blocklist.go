package carrier

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

const (
	// LongestReason bounds why a number is blocked.
	LongestReason = 200
	// MostBlocks is how many lines one import may have.
	MostBlocks = 20_000
)

// Block is an entry of the blocklist (spec 1.1): texts from that number are stored and dropped, its calls are refused.
type Block struct {
	ID        id.Block
	Address   string
	Reason    string
	By        id.User // 0: a program
	CreatedAt time.Time
}

// parseBlocked reads a number to block. It must have its country code: nobody shall be blocked by a guess.
func parseBlocked(raw string) (phone.E164, error) {
	raw = strings.TrimSpace(raw)
	if raw != "" && !strings.HasPrefix(raw, "+") {
		return "", errs.Say("a number to block needs its country code, like +1 415 555 0142")
	}
	return phone.Parse(raw, "")
}

func checkReason(raw string) (string, error) {
	reason := strings.TrimSpace(raw)
	if len([]rune(reason)) > LongestReason || strings.ContainsRune(reason, 0) {
		return "", errs.Say("a reason has at most %d characters", LongestReason)
	}
	return reason, nil
}

// AddBlock puts a number on the blocklist; one that is listed is refused.
func AddBlock(ctx context.Context, tx pgx.Tx, t id.Tenant, address, reason string, by tenant.Actor, at time.Time) (Block, error) {
	e, err := parseBlocked(address)
	if err != nil {
		return Block{}, errs.Field("address", "%s", err)
	}
	if reason, err = checkReason(reason); err != nil {
		return Block{}, errs.Field("reason", "%s", err)
	}
	added, err := saveBlocks(ctx, tx, t, []string{string(e)}, []string{reason}, by, at)
	if err != nil {
		return Block{}, err
	}
	if len(added) == 0 {
		return Block{}, conflict("address", "this number is on the blocklist already")
	}
	b := Block{ID: added[0].ID, Address: string(e), Reason: reason, By: by.User, CreatedAt: at}
	return b, tenant.Audit(ctx, tx, t, by, at, tenant.Change{ // masked: the log is kept when the person's data are erased
		Action: "blocklist.added", Subject: int64(b.ID), Name: e.Mask(),
	})
}

func saveBlocks(ctx context.Context, tx pgx.Tx, t id.Tenant, addresses, reasons []string, by tenant.Actor, at time.Time) ([]AddBlocksRow, error) {
	added, err := NewQueries().AddBlocks(ctx, tx, AddBlocksParams{
		TenantID: int64(t), UserID: int64(by.User), At: at, Addresses: addresses, Reasons: reasons,
	})
	if err != nil {
		return nil, fmt.Errorf("add to the blocklist: %w", err)
	}
	return added, nil
}

// RemoveBlock takes a number off the blocklist.
func RemoveBlock(ctx context.Context, tx pgx.Tx, t id.Tenant, block id.Block, by tenant.Actor, at time.Time) error {
	address, err := NewQueries().RemoveBlock(ctx, tx, t, block)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.New(errs.NotFound, "There is no such entry on the blocklist").At("block_id")
	}
	if err != nil {
		return fmt.Errorf("take from the blocklist: %w", err)
	}
	return tenant.Audit(ctx, tx, t, by, at, tenant.Change{
		Action: "blocklist.removed", Subject: int64(block), Name: phone.E164(address).Mask(),
	})
}

// Blocks reads a page of the blocklist, the newest first: those before an entry (0: from the start), with a search in number
// and reason.
func Blocks(ctx context.Context, tx pgx.Tx, t id.Tenant, search string, before id.Block, most int) ([]Block, error) {
	if strings.ContainsRune(search, 0) {
		return nil, errs.Field("search", "a search is text")
	}
	rows, err := NewQueries().ListBlocks(ctx, tx, ListBlocksParams{
		TenantID: t, Search: strings.ToLower(strings.TrimSpace(search)), Before: int64(before), Most: int32(most),
	})
	if err != nil {
		return nil, fmt.Errorf("read the blocklist of tenant %d: %w", t, err)
	}
	out := make([]Block, len(rows))
	for i, r := range rows {
		out[i] = Block{ID: r.ID, Address: r.Address, Reason: r.Reason, By: id.User(r.CreatedBy), CreatedAt: r.CreatedAt}
	}
	return out, nil
}

// CountBlocks is how many numbers are blocked.
func CountBlocks(ctx context.Context, tx pgx.Tx, t id.Tenant) (int, error) {
	n, err := NewQueries().CountBlocks(ctx, tx, t)
	if err != nil {
		return 0, fmt.Errorf("count the blocklist of tenant %d: %w", t, err)
	}
	return n, nil
}

// BlockedAmong tells which of these numbers are on the blocklist.
func BlockedAmong(ctx context.Context, tx pgx.Tx, t id.Tenant, addresses []string) (map[string]bool, error) {
	listed, err := NewQueries().ListBlocked(ctx, tx, t, addresses)
	if err != nil {
		return nil, fmt.Errorf("look numbers up in the blocklist: %w", err)
	}
	out := make(map[string]bool, len(listed))
	for _, a := range listed {
		out[a] = true
	}
	return out, nil
}

// BlockImport is what a file added to the blocklist.
type BlockImport struct {
	Added      int
	Duplicates []int // lines whose number was listed already, or stood in an earlier line
}

// ImportBlocks adds a CSV file of numbers and reasons; a first line of titles may be there. A line that can't be read refuses
// the whole file, naming it; duplicates are left out and named.
func ImportBlocks(ctx context.Context, tx pgx.Tx, t id.Tenant, file string, by tenant.Actor, at time.Time) (BlockImport, error) {
	lines, err := readBlocks(file)
	if err != nil {
		return BlockImport{}, errs.Field("csv", "%s", err)
	}
	var in BlockImport
	first := map[string]int{}
	var addresses, reasons []string
	for _, l := range lines {
		if _, twice := first[l.address]; twice {
			in.Duplicates = append(in.Duplicates, l.line)
			continue
		}
		first[l.address] = l.line
		addresses, reasons = append(addresses, l.address), append(reasons, l.reason)
	}
	added, err := saveBlocks(ctx, tx, t, addresses, reasons, by, at)
	if err != nil {
		return BlockImport{}, err
	}
	for _, a := range added {
		delete(first, a.Address)
	}
	for _, line := range first { // what was not added was listed
		in.Duplicates = append(in.Duplicates, line)
	}
	in.Added = len(added)
	slices.Sort(in.Duplicates)
	return in, tenant.Audit(ctx, tx, t, by, at, tenant.Change{
		Action: "blocklist.imported", After: map[string]int{"added": in.Added, "duplicates": len(in.Duplicates)},
	})
}

type blockLine struct {
	line            int
	address, reason string
}

// readBlocks reads a CSV file; its error names the line. It is pure.
func readBlocks(file string) (out []blockLine, err error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff")))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	for n := 0; ; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, errs.Say("line %d is not CSV: %s", bad.Line, quoting(bad))
		}
		if err != nil {
			return nil, errs.Say("the file can't be read")
		}
		line, _ := r.FieldPos(0)
		if n == 0 && isTitle(record[0]) {
			continue
		}
		if len(out) == MostBlocks {
			return nil, errs.Say("a file has at most %d numbers", MostBlocks)
		}
		l, err := readBlock(record)
		if err != nil {
			return nil, errs.Say("line %d: %s", line, err)
		}
		l.line = line
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, errs.Say("the file names no number")
	}
	return out, nil
}

func readBlock(record []string) (l blockLine, err error) {
	if len(record) > 3 {
		return l, errs.Say("the columns are the number, the reason, and perhaps the day, which is not read")
	}
	e, err := parseBlocked(unquoteCell(record[0]))
	if err != nil {
		return l, err
	}
	l.address = string(e)
	if len(record) > 1 {
		l.reason, err = checkReason(unquoteCell(record[1]))
	}
	return l, err
}

func isTitle(cell string) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "address", "number", "phone", "phone_number", "phone number":
		return true
	}
	return false
}

// unquoteCell takes the apostrophe away by which an export keeps a spreadsheet from reading a formula.
func unquoteCell(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(s[1])) {
		return s[1:]
	}
	return s
}
