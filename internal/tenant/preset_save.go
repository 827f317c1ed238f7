package tenant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Presets lists all of a tenant's, in their order.
func Presets(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Preset, error) {
	rows, err := sql.ListPresets(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("list the presets of tenant %d: %w", tenant, err)
	}
	out := make([]Preset, len(rows))
	for i, r := range rows {
		out[i] = Preset{r.ID, r.Lang, r.Label, r.Body, id.Queue(r.QueueID)}
	}
	return out, nil
}

// SavePreset adds a preset behind all others (ID 0), or puts it in the place of the one with its id.
func SavePreset(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, p Preset) (Preset, error) {
	p, err := p.Checked()
	if err != nil {
		return p, err
	}
	all, err := lockPresets(ctx, tx, tenant)
	if err != nil {
		return p, err
	}
	if p.Queue != 0 {
		f, err := inheritance(ctx, tx, tenant)
		if err != nil {
			return p, err
		}
		if f.name(p.Queue) == "" {
			return p, errs.Field("queue_id", "there is no queue %d", p.Queue)
		}
	}
	r := presetRevision{after: &p}
	for i, o := range all {
		if o.ID == p.ID {
			r.before = &all[i]
		} else if o.Key() == p.Key() {
			return p, errs.New(errs.Conflict, "There is a preset %s already", o.Label).At("label")
		}
	}
	switch {
	case p.ID != 0 && r.before == nil:
		return p, noPreset()
	case r.before != nil && *r.before == p:
		return p, nil
	}
	return p, savePresets(ctx, tx, tenant, by, at, []presetRevision{r})
}

// DeletePreset takes a preset away.
func DeletePreset(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, of id.Preset) error {
	all, err := lockPresets(ctx, tx, tenant)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p Preset) bool { return p.ID == of })
	if i < 0 {
		return noPreset()
	}
	if err := sql.DeletePreset(ctx, tx, tenant, of); err != nil {
		return fmt.Errorf("delete the preset %d: %w", of, err)
	}
	return Audit(ctx, tx, tenant, by, at, Change{Action: "preset.deleted", Subject: int64(of), Name: all[i].Label, Before: all[i]})
}

// OrderPresets puts all presets into an order: each is named once.
func OrderPresets(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, order []id.Preset) error {
	all, err := lockPresets(ctx, tx, tenant)
	if err != nil {
		return err
	}
	was, ids, labels := make([]id.Preset, len(all)), make([]int64, len(order)), map[id.Preset]string{}
	for i, p := range all {
		was[i], labels[p.ID] = p.ID, p.Label
	}
	if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(was))) {
		return errs.Field("preset_ids", "Name every preset, each once: there are %d", len(all))
	}
	if slices.Equal(order, was) {
		return nil
	}
	for i, p := range order {
		ids[i] = int64(p)
	}
	if err := sql.OrderPresets(ctx, tx, tenant, ids); err != nil {
		return fmt.Errorf("order the presets of tenant %d: %w", tenant, err)
	}
	named := func(list []id.Preset) map[string][]string {
		out := make([]string, len(list))
		for i, p := range list {
			out[i] = labels[p]
		}
		return map[string][]string{"order": out}
	}
	return Audit(ctx, tx, tenant, by, at, Change{Action: "preset.reordered", Before: named(was), After: named(order)})
}

// ImportPresets adds the checked presets of a list, each label once in its language and queue; one that is there already is
// changed in its place. What is not in the list stays.
func ImportPresets(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, list []Preset) (out Imported, err error) {
	all, err := lockPresets(ctx, tx, tenant)
	if err != nil {
		return out, err
	}
	have := make(map[PresetKey]*Preset, len(all))
	for i := range all {
		have[all[i].Key()] = &all[i]
	}
	var revisions []presetRevision
	for i := range list {
		p := &list[i]
		was := have[p.Key()]
		if was == nil {
			out.Added++
			revisions = append(revisions, presetRevision{after: p})
			continue
		}
		if p.ID = was.ID; *p == *was {
			out.Same++
			continue
		}
		out.Changed++
		revisions = append(revisions, presetRevision{was, p})
	}
	return out, savePresets(ctx, tx, tenant, by, at, revisions)
}

func noPreset() error { return errs.New(errs.NotFound, "There is no such preset") }

// lockPresets makes those who change a tenant's presets take turns.
func lockPresets(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Preset, error) {
	if err := sql.LockTenant(ctx, tx, tenant); err != nil {
		return nil, fmt.Errorf("lock tenant %d: %w", tenant, err)
	}
	return Presets(ctx, tx, tenant)
}

// presetRevision is a preset that becomes another, or a new one when before is nil.
type presetRevision struct{ before, after *Preset }

// savePresets saves presets and what is to be known about it, in two round trips however many they are.
func savePresets(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, at time.Time, rs []presetRevision) error {
	b := &pgx.Batch{}
	for _, r := range rs {
		p := r.after
		if r.before != nil {
			b.Queue(changePreset, p.Lang, p.Label, p.Key().Folded, p.Text, int64(p.Queue), tenant, p.ID)
			continue
		}
		b.Queue(createPreset, tenant, p.Lang, p.Label, p.Key().Folded, p.Text, int64(p.Queue)).QueryRow(
			func(row pgx.Row) error { return row.Scan((*int64)(&p.ID)) })
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("save %d presets: %w", len(rs), err)
	}
	lines := &pgx.Batch{}
	for _, r := range rs {
		c := Change{Action: "preset.created", Subject: int64(r.after.ID), Name: r.after.Label, After: r.after}
		if r.before != nil {
			c.Action, c.Before = "preset.changed", r.before
		}
		if err := queueAudit(lines, tenant, by, at, c); err != nil {
			return err
		}
	}
	if err := tx.SendBatch(ctx, lines).Close(); err != nil {
		return fmt.Errorf("audit %d presets: %w", len(rs), err)
	}
	return nil
}
