package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

var sql = NewQueries() // holds nothing

// LoadBook reads every setting of a tenant.
func LoadBook(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (Book, error) {
	name, err := sql.TenantName(ctx, tx, tenant)
	if errors.Is(err, pgx.ErrNoRows) {
		return Book{}, errs.New(errs.NotFound, "there is no tenant %d", tenant)
	}
	if err != nil {
		return Book{}, fmt.Errorf("read the name of tenant %d: %w", tenant, err)
	}
	rows, err := sql.ListSettings(ctx, tx, tenant)
	if err != nil {
		return Book{}, fmt.Errorf("read the settings of tenant %d: %w", tenant, err)
	}
	stored := make([]Stored, len(rows))
	for i, r := range rows {
		stored[i] = Stored{Queue: r.QueueID, Key: r.Key, Value: r.Value}
	}
	return NewBook(name, stored), nil
}

// Set saves a setting of the tenant (queue 0) or of a queue, as Save does. The value is a Go value, or a json.RawMessage
// as it came in; null is no value.
func Set(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, key string, value any, by Actor, at time.Time) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return errs.Field(key, "the value can't be read")
	}
	_, err = Save(ctx, tx, tenant, queue, map[string]json.RawMessage{key: raw}, by, at)
	return err
}

// Unset removes a setting, so that it is inherited again.
func Unset(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, key string, by Actor, at time.Time) error {
	_, err := Save(ctx, tx, tenant, queue, map[string]json.RawMessage{key: nil}, by, at)
	return err
}

// Save changes several settings of the tenant (queue 0) or of a queue: all, or none and an error that names the key at
// fault. A nil value removes a setting, so that it is inherited again. Each change is audited; what stays as it was is
// not written. Settings are held against each other as they are afterwards. It answers with the settings as saved.
//
// That words clash with protected words or with queues is checked above, where those are known. Publish a hint
// (event.Settings) after the commit.
func Save(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, values map[string]json.RawMessage, by Actor, at time.Time) (Book, error) {
	// Bumping first makes the writers of a tenant take turns, so that the checks below see what was saved.
	if _, err := Bump(ctx, tx, tenant); err != nil {
		return Book{}, err
	}
	before, err := LoadBook(ctx, tx, tenant)
	if err != nil {
		return before, err
	}
	lines, err := inheritance(ctx, tx, tenant)
	if err != nil {
		return before, err
	}
	if queue != 0 && lines.name(queue) == "" {
		return before, errs.New(errs.NotFound, "there is no queue %d", queue)
	}
	after, changes, err := before.with(queue, values)
	if err != nil {
		return before, err
	}
	if err := after.agree(lines, queue, changes); err != nil {
		return before, err
	}
	for _, c := range changes {
		if err := c.save(ctx, tx, tenant, queue, by, at); err != nil {
			return before, err
		}
		if err := Audit(ctx, tx, tenant, by, at, c.line(queue, lines.name(queue))); err != nil {
			return before, err
		}
	}
	return after, nil
}

// change is a setting that becomes another. Nil is not set.
type change struct {
	setting       Setting
	before, after []byte // canonical JSON
}

// with is the book after a change of some settings of one queue, or of the tenant, and what is another then, in the order
// of the keys.
func (b Book) with(queue id.Queue, values map[string]json.RawMessage) (Book, []change, error) {
	after := Book{name: b.name, layers: maps.Clone(b.layers)}
	l := maps.Clone(b.layers[queue])
	if l == nil {
		l = layer{}
	}
	after.layers[queue] = l
	var changes []change
	for _, key := range slices.Sorted(maps.Keys(values)) {
		s, ok := Find(key)
		switch {
		case !ok:
			return b, nil, errs.Field(key, "there is no setting %s", key)
		case queue != 0 && s.Level != LevelQueue:
			return b, nil, errs.Field(key, "%s is set for the tenant, not for a queue", key)
		}
		c := change{setting: s, before: s.encode(l, key)}
		delete(l, key)
		if raw := values[key]; raw != nil {
			v, err := s.decode(raw)
			if err != nil {
				return b, nil, err
			}
			l[key] = v
		}
		if c.after = s.encode(l, key); !bytes.Equal(c.before, c.after) {
			changes = append(changes, c)
		}
	}
	return after, changes, nil
}

// encode is what a layer holds of a setting, as it is stored.
func (s Setting) encode(l layer, key string) []byte {
	v, ok := l[key]
	if !ok {
		return nil
	}
	raw, err := json.Marshal(s.value(v))
	if err != nil {
		panic(fmt.Errorf("encode the setting %s: %w", key, err)) // it was read from JSON: it can't fail
	}
	return raw
}

func (c change) save(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, by Actor, at time.Time) error {
	if c.after == nil {
		if _, err := sql.DeleteSetting(ctx, tx, tenant, queue, c.setting.Key); err != nil {
			return fmt.Errorf("remove the setting %s: %w", c.setting.Key, err)
		}
		return nil
	}
	saved := SaveSettingParams{TenantID: tenant, QueueID: queue, Key: c.setting.Key, Value: c.after, ChangedAt: at}
	if by.User != 0 {
		saved.ChangedBy = &by.User
	}
	if err := sql.SaveSetting(ctx, tx, saved); err != nil {
		return fmt.Errorf("save the setting %s: %w", c.setting.Key, err)
	}
	return nil
}

// line is the change in the audit log. What was not set, or is not set any more, is null there.
func (c change) line(queue id.Queue, name string) Change {
	out := Change{Action: "setting.changed", Subject: int64(queue), Name: c.setting.Key}
	if queue != 0 {
		out.Name += " (" + name + ")"
	}
	if c.before != nil {
		out.Before = json.RawMessage(c.before)
	}
	if c.after != nil {
		out.After = json.RawMessage(c.after)
	}
	if c.after == nil {
		out.Action = "setting.reset"
	}
	return out
}

// Bump makes every cache of the tenant stale. Whoever changes numbers, queues, agents' queues or words calls it in the
// same transaction, and publishes event.Settings after the commit.
func Bump(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (version int64, err error) {
	version, err = sql.BumpSettings(ctx, tx, tenant)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errs.New(errs.NotFound, "there is no tenant %d", tenant)
	}
	if err != nil {
		return 0, fmt.Errorf("raise the settings version of tenant %d: %w", tenant, err)
	}
	return version, nil
}

// Place is where a setting is set: queue 0 is the tenant.
type Place struct {
	Queue id.Queue
	Key   string
}

// LastChange is who set a setting, and when. By is 0 for the program and its command line.
type LastChange struct {
	At   time.Time
	By   id.User
	Name string
}

// LastChanges are those of everything that is set.
func LastChanges(ctx context.Context, tx pgx.Tx, tenant id.Tenant) (map[Place]LastChange, error) {
	rows, err := sql.ListSettingChanges(ctx, tx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read who set what for tenant %d: %w", tenant, err)
	}
	out := make(map[Place]LastChange, len(rows))
	for _, r := range rows {
		out[Place{r.QueueID, r.Key}] = LastChange{At: r.ChangedAt, By: id.User(r.ChangedBy), Name: r.Name}
	}
	return out, nil
}
