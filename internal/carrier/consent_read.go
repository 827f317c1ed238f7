package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
)

// LedgerFilter says which lines of the consent ledger are wanted. What is zero is not asked.
type LedgerFilter struct {
	Address  string // a consumer's number, or a part of it
	Action   Action
	Source   string
	From, To time.Time // To is past the end
	After    LedgerMark
	Limit    int
}

// LedgerMark is the place of a line in the ledger, newest first.
type LedgerMark struct {
	At time.Time
	ID id.LedgerLine
}

// LedgerLine is a line of the ledger with the names that numbers and people have now.
type LedgerLine struct {
	Consent
	ID            id.LedgerLine
	NumberAddress string // ours, over which it was said
	NumberLabel   string
	UserName      string
}

// Mark is the line's place.
func (l LedgerLine) Mark() LedgerMark { return LedgerMark{At: l.At, ID: l.ID} }

// ReadLedger reads the consent ledger, newest first.
func ReadLedger(ctx context.Context, tx pgx.Tx, t id.Tenant, f LedgerFilter) ([]LedgerLine, error) {
	query, args := f.query(t)
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the consent ledger of tenant %d: %w", t, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l LedgerLine, err error) {
		err = row.Scan(&l.ID, &l.At, &l.Address, &l.Action, &l.Scope, &l.Source, &l.Word, &l.Number, &l.NumberAddress, &l.NumberLabel,
			&l.ProviderID, &l.User, &l.UserName, &l.TextShown, &l.Evidence)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the consent ledger of tenant %d: %w", t, err)
	}
	return out, nil
}

func (f LedgerFilter) query(t id.Tenant) (string, []any) {
	var b strings.Builder
	b.WriteString(`select l.id, l.at, l.address, l.action, l.scope_id, l.source, l.word, coalesce(l.number_id, 0), coalesce(n.address, ''),
  coalesce(n.label, ''), l.provider_id, coalesce(l.user_id, 0), coalesce(u.name, ''), l.text_shown, l.evidence::text
from consent_ledger l
left join numbers n on n.tenant_id = l.tenant_id and n.id = l.number_id
left join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
where l.tenant_id = $1`)
	args := []any{t}
	where := func(condition string, values ...any) {
		at := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			at[i] = len(args)
		}
		fmt.Fprintf(&b, " and "+condition, at...)
	}
	switch address := SearchedAddress(f.Address); {
	case address == "":
	case wholeNumber(address):
		where("l.address = $%d", address) // by its index
	default:
		where("strpos(l.address, $%d) > 0", address)
	}
	if f.Action != "" {
		where("l.action = $%d", string(f.Action))
	}
	if f.Source != "" {
		where("l.source = $%d", f.Source)
	}
	if !f.From.IsZero() {
		where("l.at >= $%d", f.From)
	}
	if !f.To.IsZero() {
		where("l.at < $%d", f.To)
	}
	if f.After.ID != 0 {
		where("(l.at, l.id) < ($%d, $%d)", f.After.At, int64(f.After.ID))
	}
	fmt.Fprintf(&b, " order by l.at desc, l.id desc limit %d", f.Limit)
	return b.String(), args
}

// SearchedAddress is what somebody typed to find a number, as numbers are kept: without the signs that people group by.
func SearchedAddress(typed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-./\u00a0\u202a\u202c\x00", r) {
			return -1
		}
		return r
	}, typed)
}

func wholeNumber(address string) bool {
	e, err := phone.Parse(address, "")
	return err == nil && string(e) == address
}

// NoContact is an entry of the do-not-contact list, with what the ledger says of how it came there.
type NoContact struct {
	ID            id.NoContact
	Address       string
	Scope         id.Number // 0: the whole tenant
	NumberAddress string    // of the scope
	NumberLabel   string
	Since         time.Time
	Source        string
	Word          string
	Reason        string // what a person gave for it
	User          id.User
	UserName      string
}

// NoContacts reads a page of the do-not-contact list, the newest first: those before an entry (0: from the start).
func NoContacts(ctx context.Context, tx pgx.Tx, t id.Tenant, search string, before id.NoContact, most int) ([]NoContact, error) {
	rows, err := NewQueries().ListDoNotContact(ctx, tx, ListDoNotContactParams{
		TenantID: t, Search: SearchedAddress(search), Before: int64(before), Most: int32(most),
	})
	if err != nil {
		return nil, fmt.Errorf("read the do-not-contact list of tenant %d: %w", t, err)
	}
	out := make([]NoContact, len(rows))
	for i, r := range rows {
		out[i] = NoContact{
			ID: r.ID, Address: r.Address, Scope: id.Number(r.ScopeID), NumberAddress: r.NumberAddress, NumberLabel: r.NumberLabel,
			Since: r.Since, Source: r.Source, Word: r.Word, Reason: r.Reason, User: id.User(r.UserID), UserName: r.UserName,
		}
	}
	return out, nil
}

// CountNoContacts is how many entries the do-not-contact list has.
func CountNoContacts(ctx context.Context, tx pgx.Tx, t id.Tenant) (int, error) {
	n, err := NewQueries().CountDoNotContact(ctx, tx, t)
	if err != nil {
		return 0, fmt.Errorf("count the do-not-contact list of tenant %d: %w", t, err)
	}
	return n, nil
}

// FindNoContact finds an entry and holds it until the transaction ends.
func FindNoContact(ctx context.Context, tx pgx.Tx, t id.Tenant, of id.NoContact) (NoContact, error) {
	r, err := NewQueries().FindDoNotContact(ctx, tx, t, of)
	if errors.Is(err, pgx.ErrNoRows) {
		return NoContact{}, errs.New(errs.NotFound, "There is no such entry on the do-not-contact list").At("entry_id")
	}
	if err != nil {
		return NoContact{}, fmt.Errorf("read the do-not-contact list of tenant %d: %w", t, err)
	}
	return NoContact{ID: of, Address: r.Address, Scope: id.Number(r.ScopeID)}, nil
}

// Because is a person's reason, as the ledger keeps it beside what happened.
func Because(reason string) string {
	if reason == "" {
		return "{}"
	}
	text, _ := json.Marshal(map[string]string{"reason": clean(reason)}) // strings always marshal
	return string(text)
}
