package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Shortcuts lists all of a tenant's, by category and keyword.
func Shortcuts(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Shortcut, error) {
	rows, err := sql.ListShortcuts(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("list the shortcuts of tenant %d: %w", tenant, err)
	}
	out := make([]Shortcut, len(rows))
	for i, r := range rows {
		out[i] = Shortcut{r.ID, r.Lang, r.Keyword, r.Category, r.Body, r.OptIn, id.Queue(r.QueueID)}
	}
	return out, nil
}

// SaveShortcut adds a shortcut (ID 0), or puts it in the place of the one with its id.
func SaveShortcut(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, s Shortcut) (Shortcut, error) {
	s, err := s.Checked()
	if err != nil {
		return s, err
	}
	all, err := lockShortcuts(ctx, tx, tenant)
	if err != nil {
		return s, err
	}
	if s.Queue != 0 {
		f, err := inheritance(ctx, tx, tenant)
		if err != nil {
			return s, err
		}
		if f.name(s.Queue) == "" {
			return s, errs.Field("queue_id", "there is no queue %d", s.Queue)
		}
	}
	r := revision{after: &s}
	for i, o := range all {
		if o.ID == s.ID {
			r.before = &all[i]
		} else if o.Key() == s.Key() {
			return s, errs.New(errs.Conflict, "There is a shortcut %s already", o.Keyword).At("keyword")
		}
	}
	switch {
	case s.ID != 0 && r.before == nil:
		return s, errs.New(errs.NotFound, "There is no such shortcut")
	case r.before != nil && *r.before == s:
		return s, nil
	case r.before != nil:
		if err := r.before.mayGo(all, s); err != nil {
			return s, err
		}
	}
	return s, revise(ctx, tx, tenant, by, at, []revision{r})
}

// DeleteShortcut takes a shortcut away.
func DeleteShortcut(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, of id.Shortcut) error {
	all, err := lockShortcuts(ctx, tx, tenant)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID != of {
			continue
		}
		if err := s.mayGo(all, Shortcut{}); err != nil {
			return err
		}
		if err := sql.DeleteShortcut(ctx, tx, tenant, of); err != nil {
			return fmt.Errorf("delete the shortcut %s: %w", s.Keyword, err)
		}
		return Audit(ctx, tx, tenant, by, at, Change{Action: "shortcut.deleted", Subject: int64(of), Name: s.Keyword, Before: s})
	}
	return errs.New(errs.NotFound, "There is no such shortcut")
}

// Imported counts what came of a list.
type Imported struct{ Added, Changed, Same int }

// ImportShortcuts adds the checked shortcuts of a list, each keyword once; one that is there already is changed. What is
// not in the list stays.
func ImportShortcuts(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, list []Shortcut) (out Imported, err error) {
	all, err := lockShortcuts(ctx, tx, tenant)
	if err != nil {
		return out, err
	}
	have := make(map[ShortcutKey]int, len(all))
	for i, s := range all {
		have[s.Key()] = i
	}
	after := append([]Shortcut{}, all...)
	var revisions []revision
	for i := range list {
		s := &list[i]
		place, ok := have[s.Key()]
		if !ok {
			out.Added++
			after = append(after, *s)
			revisions = append(revisions, revision{after: s})
			continue
		}
		if s.ID = all[place].ID; *s == all[place] {
			out.Same++
			continue
		}
		out.Changed++
		after[place] = *s
		revisions = append(revisions, revision{&all[place], s})
	}
	for i, s := range all { // the list as a whole may bring another one in the place of the last
		if err := s.mayGo(after, after[i]); err != nil {
			return out, err
		}
	}
	return out, revise(ctx, tx, tenant, by, at, revisions)
}

// lockShortcuts makes those who change a tenant's shortcuts take turns.
func lockShortcuts(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Shortcut, error) {
	if err := sql.LockTenant(ctx, tx, tenant); err != nil {
		return nil, fmt.Errorf("lock tenant %d: %w", tenant, err)
	}
	return Shortcuts(ctx, tx, tenant)
}

// revision is a shortcut that becomes another, or a new one when before is nil.
type revision struct{ before, after *Shortcut }

// revise saves shortcuts and what is to be known about it, in two round trips however many they are.
func revise(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, rs []revision) error {
	b := &pgx.Batch{}
	for _, r := range rs {
		s := r.after
		if r.before != nil {
			b.Queue(changeShortcut, s.Lang, s.Keyword, s.Key().Folded, s.Category, s.Text, s.OptIn, int64(s.Queue), tenant, s.ID)
			continue
		}
		b.Queue(createShortcut, tenant, s.Lang, s.Keyword, s.Key().Folded, s.Category, s.Text, s.OptIn, int64(s.Queue)).QueryRow(
			func(row pgx.Row) error { return row.Scan((*int64)(&s.ID)) })
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("save %d shortcuts: %w", len(rs), err)
	}
	lines := &pgx.Batch{}
	for _, r := range rs {
		c := Change{Action: "shortcut.created", Subject: int64(r.after.ID), Name: r.after.Keyword, After: r.after}
		if r.before != nil {
			c.Action, c.Before = "shortcut.changed", r.before
		}
		if err := queueAudit(lines, tenant, by, at, c); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, lines).Close(); err != nil {
		return fmt.Errorf("audit %d shortcuts: %w", len(rs), err)
	}
	return nil
}
