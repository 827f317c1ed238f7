package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// Set saves a setting of the tenant (queue 0) or of a queue, after checking it. The value is a Go value, or a
// json.RawMessage as it came in. Publish a hint (event.Settings) after the commit.
//
// That words clash with protected words or with queues is checked above, where those are known.
func Set(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, key string, value any, by id.User) error {
	setting, err := settable(ctx, tx, tenant, queue, key)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return errs.Field(key, "the value can't be read")
	}
	v, err := setting.decode(raw)
	if err != nil {
		return err
	}
	// Bumping first makes the writers of a tenant take turns, so that the checks below see what was saved.
	if _, err := Bump(ctx, tx, tenant); err != nil {
		return err
	}
	if err := checkAgainstOthers(ctx, tx, tenant, setting, v); err != nil {
		return err
	}
	saved := SaveSettingParams{TenantID: tenant, QueueID: queue, Key: key, Value: raw}
	if by != 0 {
		saved.ChangedBy = &by
	}
	if err := sql.SaveSetting(ctx, tx, saved); err != nil {
		return fmt.Errorf("save the setting %s: %w", key, err)
	}
	return nil
}

// Unset removes a setting, so that it is inherited again.
func Unset(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, key string) error {
	if _, ok := Find(key); !ok {
		return errs.Field(key, "there is no setting %s", key)
	}
	n, err := sql.DeleteSetting(ctx, tx, tenant, queue, key)
	if err != nil {
		return fmt.Errorf("remove the setting %s: %w", key, err)
	}
	if n == 0 {
		return nil
	}
	_, err = Bump(ctx, tx, tenant)
	return err
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

func settable(ctx context.Context, tx pgx.Tx, tenant id.Tenant, queue id.Queue, key string) (Setting, error) {
	setting, ok := Find(key)
	if !ok {
		return setting, errs.Field(key, "there is no setting %s", key)
	}
	if queue == 0 {
		return setting, nil
	}
	if setting.Level != LevelQueue {
		return setting, errs.Field(key, "%s is set for the tenant, not for a queue", key)
	}
	exists, err := sql.QueueExists(ctx, tx, tenant, queue)
	if err != nil {
		return setting, fmt.Errorf("look for queue %d: %w", queue, err)
	}
	if !exists {
		return setting, errs.New(errs.NotFound, "there is no queue %d", queue)
	}
	return setting, nil
}

func checkAgainstOthers(ctx context.Context, tx pgx.Tx, tenant id.Tenant, setting Setting, v value) error {
	var other WordsKey
	switch {
	case setting.Key == string(BackWords):
		other = ExitWords
	case setting.Key == string(ExitWords):
		other = BackWords
	case setting.Kind != KindText:
		return nil
	}
	book, err := LoadBook(ctx, tx, tenant)
	if err != nil {
		return err
	}
	s := book.Tenant()
	if other == "" {
		return checkText(setting.Key, v.text, s)
	}
	for _, w := range s.Words(other) {
		if slices.ContainsFunc(v.list, func(o string) bool { return strings.EqualFold(o, w) }) {
			return errs.Field(setting.Key, "%q is already one of %s", w, other)
		}
	}
	return nil
}
