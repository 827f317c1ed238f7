package tenant

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Status is what an agent is doing; only Available receives chats (spec 1.1). Tenants add further ones by the setting
// agent_statuses.
type Status string

// The statuses every tenant has.
const (
	Available    Status = "available"
	Unavailable  Status = "unavailable"
	Break        Status = "break"
	Meal         Status = "meal"
	WrapUp       Status = "wrap_up"
	MissedChat   Status = "missed_chat"
	Unresponsive Status = "unresponsive"
	Offline      Status = "offline"
)

var everyStatus = [...]Status{Available, Unavailable, Break, Meal, WrapUp, MissedChat, Unresponsive, Offline}

// Statuses lists the statuses that an agent may have, the tenant's own last.
func (s Settings) Statuses() []Status {
	all := slices.Clone(everyStatus[:])
	for _, own := range s.Words(AgentStatuses) {
		all = append(all, Status(own))
	}
	return all
}

// Selectable says whether a person may choose a status, for themselves or for another: all but the two that only befall one.
func (s Settings) Selectable(status Status) error {
	if status == MissedChat || status == Unresponsive || !slices.Contains(s.Statuses(), status) {
		return errs.Field("status", "There is no such status to choose")
	}
	return nil
}

// Why says how a status came about.
type Why string

// Why a status changed.
const (
	BySelf    Why = "self"
	ByMiss    Why = "missed"  // offers that were the agent's alone were let run out
	ByAbsence Why = "absent"  // the desk stayed away
	ByLogin   Why = "login"   // the desk came back
	ByManager Why = "manager" // somebody else set it
)

// StatusChange is what an agent does from a time on, and how that came about.
type StatusChange struct {
	Status Status
	At     time.Time
	Why    Why
	By     id.User // the manager
}

// SetStatus changes what an agent is doing and writes it into the history. It reports whether that is a change; the time of
// an unchanged status stays. Whether the tenant has such a status is checked above (Settings.Selectable).
//
// After the commit publish event.AgentChanged; the router is woken for who became available, and told of who did not.
func SetStatus(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, c StatusChange) (changed bool, err error) {
	if n := utf8.RuneCountInString(string(c.Status)); n < 1 || n > 40 {
		return false, errs.Field("status", "%q is no status", c.Status)
	}
	n, err := sql.SetUserStatus(ctx, tx, SetUserStatusParams{
		Status: string(c.Status), At: c.At, TenantID: tenant, ID: user, Why: string(c.Why), ChangedBy: int64(c.By),
	})
	if err != nil {
		return false, fmt.Errorf("set the status of user %d: %w", user, err)
	}
	return n > 0, nil
}

// QueueMissed adds to a batch that an agent let an offer run out that was theirs alone. threshold of them, since they became
// available, make them missed_chat until they choose another status; 0: never. Who became so is added to missing.
func QueueMissed(b *pgx.Batch, tenant id.Tenant, user id.User, threshold int, at time.Time, missing *[]id.User) {
	if threshold <= 0 {
		return
	}
	b.Queue(missOffer, tenant, at, threshold, user).Query(func(rows pgx.Rows) error {
		users, err := pgx.CollectRows(rows, pgx.RowTo[id.User])
		*missing = append(*missing, users...)
		return err
	})
}

// Spell is a time in which an agent had one status.
type Spell struct {
	ID     int64
	Status Status
	From   time.Time
	To     time.Time // zero: it lasts
	Why    Why
	By     id.User // the manager who set it
	ByName string
}

// History lists what an agent did, the newest first: at most so many, before the one of an id, or from the start for 0.
func History(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, before int64, most int) ([]Spell, error) {
	rows, err := sql.StatusHistory(ctx, tx, StatusHistoryParams{TenantID: tenant, UserID: user, Before: before, Most: most})
	if err != nil {
		return nil, fmt.Errorf("read the history of user %d: %w", user, err)
	}
	out := make([]Spell, len(rows))
	for i, r := range rows {
		out[i] = Spell{
			ID: r.ID, Status: Status(r.Status), From: r.At, Why: Why(r.Why), By: id.User(r.ChangedByID), ByName: r.ChangedByName,
		}
		if r.Until.After(r.At) || r.Until.Equal(r.At) {
			out[i].To = r.Until
		}
	}
	return out, nil
}

// mostStatuses an agent are looked at; who changes theirs more often in an hour is not worth a chart.
const mostStatuses = 100

// Was is a status that an agent took up.
type Was struct {
	User   id.User
	Status Status
	At     time.Time
}

// StatusesSince lists what agents took up after a moment, and of each of those what they were at it: the oldest first. Who is
// not in it has had the same status all the time.
func StatusesSince(ctx context.Context, tx pgx.Tx, tenant id.Tenant, since time.Time) ([]Was, error) {
	rows, err := sql.StatusesSince(ctx, tx, mostStatuses, tenant, since)
	if err != nil {
		return nil, fmt.Errorf("read the statuses of the tenant: %w", err)
	}
	out := make([]Was, len(rows))
	for i, r := range rows {
		out[i] = Was{User: r.UserID, Status: Status(r.Status), At: r.At}
	}
	return out, nil
}
