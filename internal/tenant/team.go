package tenant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Team is a group of users that serves queues as one (spec 1.1).
type Team struct {
	ID      id.Team
	Name    string
	Members []id.User
	Queues  []id.Queue
}

const longestTeamName = 100

// Teams lists the teams by name.
func Teams(ctx context.Context, tx pgx.Tx, tenant id.Tenant) ([]Team, error) {
	return teams(ctx, tx, tenant, 0)
}

func teams(ctx context.Context, tx pgx.Tx, tenant id.Tenant, sole id.Team) ([]Team, error) {
	rows, err := sql.ListTeams(ctx, tx, tenant, int64(sole))
	if err != nil {
		return nil, fmt.Errorf("list the teams of tenant %d: %w", tenant, err)
	}
	out := make([]Team, len(rows))
	for i, r := range rows {
		out[i] = Team{ID: r.ID, Name: r.Name}
		for _, u := range r.UserIds {
			out[i].Members = append(out[i].Members, id.User(u))
		}
		for _, q := range r.QueueIds {
			out[i].Queues = append(out[i].Queues, id.Queue(q))
		}
	}
	return out, nil
}

func team(ctx context.Context, tx pgx.Tx, tenant id.Tenant, of id.Team) (Team, error) {
	held, err := sql.HoldTeam(ctx, tx, tenant, of)
	if err != nil {
		return Team{}, fmt.Errorf("find team %d: %w", of, err)
	}
	if len(held) == 0 {
		return Team{}, errs.New(errs.NotFound, "There is no such team")
	}
	found, err := teams(ctx, tx, tenant, of)
	if err != nil {
		return Team{}, err
	}
	return found[0], nil
}

func (t Team) audited() map[string]any {
	return map[string]any{"name": t.Name, "member_ids": append([]id.User{}, t.Members...)}
}

// SaveTeam makes a team, or names it and its members anew.
func SaveTeam(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, t Team, now time.Time) (Team, error) {
	t.Name = strings.TrimSpace(t.Name)
	if !oneLine(t.Name, longestTeamName) {
		return t, errs.Field("name", "a team's name has 1 to %d characters on one line", longestTeamName)
	}
	change := Change{Action: "team.created"}
	if t.ID != 0 {
		was, err := team(ctx, tx, tenant, t.ID)
		if err != nil {
			return t, err
		}
		change = Change{Action: "team.changed", Before: was.audited()}
	}
	if err := knownUsers(ctx, tx, tenant, "member_ids", t.Members); err != nil {
		return t, err
	}
	err := writeTeam(ctx, tx, tenant, &t)
	if broke(err, "teams_name") {
		return t, errs.New(errs.Conflict, "There is a team %s already", t.Name).At("name")
	}
	if err != nil {
		return t, fmt.Errorf("save the team %s: %w", t.Name, err)
	}
	if t, err = team(ctx, tx, tenant, t.ID); err != nil {
		return t, err
	}
	change.Subject, change.Name, change.After = int64(t.ID), t.Name, t.audited()
	return t, Audit(ctx, tx, tenant, by, now, change)
}

func writeTeam(ctx context.Context, tx pgx.Tx, tenant id.Tenant, t *Team) (err error) {
	if t.ID == 0 {
		t.ID, err = sql.CreateTeam(ctx, tx, tenant, t.Name)
	} else {
		err = sql.RenameTeam(ctx, tx, t.Name, tenant, t.ID)
	}
	if err != nil {
		return err
	}
	if err := sql.LeaveTeam(ctx, tx, tenant, t.ID, id.Int64s(t.Members)); err != nil {
		return err
	}
	return sql.JoinTeam(ctx, tx, int64(tenant), int64(t.ID), id.Int64s(t.Members))
}

// DeleteTeam takes a team away; its members serve its queues no longer.
func DeleteTeam(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, of id.Team, now time.Time) error {
	was, err := team(ctx, tx, tenant, of)
	if err != nil {
		return err
	}
	if err := sql.DeleteTeam(ctx, tx, tenant, of); err != nil {
		return fmt.Errorf("delete team %d: %w", of, err)
	}
	return Audit(ctx, tx, tenant, by, now, Change{Action: "team.deleted", Subject: int64(of), Name: was.Name, Before: was.audited()})
}
