package tenant

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/errs"
	"sidetone/internal/id"
)

// Person is a user as those see them who manage people.
type Person struct {
	User
	CreatedAt   time.Time
	HasPassword bool
	Linked      bool // to an account at a provider
	Connected   bool // a desk of theirs is open
	Teams       []id.Team
	Queues      []id.Queue // leaf queues they serve by themselves, without a team
}

// PeopleFilter chooses people; a zero value leaves its filter out.
type PeopleFilter struct {
	Search string // a part of the name or of the address
	Role   Role
	Team   id.Team
	Queue  id.Queue // whoever serves it, through a team or not
	State  string   // enabled or disabled
	Offset int
	Limit  int // needed

	sole id.User
}

// People lists users by name, and says how many there are beyond the page.
func People(ctx context.Context, tx pgx.Tx, tenant id.Tenant, f PeopleFilter) (people []Person, total int, err error) {
	rows, err := sql.PageUsers(ctx, tx, PageUsersParams{
		TenantID: tenant, Search: clean(strings.TrimSpace(f.Search), 200), Role: string(f.Role), Team: int64(f.Team),
		Queue: int64(f.Queue), State: f.State, Sole: int64(f.sole), Past: f.Offset, Most: f.Limit,
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list the people of tenant %d: %w", tenant, err)
	}
	if len(rows) == 0 && f.Offset > 0 { // past the end, where no row says how many there are
		f.Offset, f.Limit = 0, 1
		_, total, err = People(ctx, tx, tenant, f)
		return nil, total, err
	}
	for _, r := range rows {
		people, total = append(people, r.person()), r.Total
	}
	return people, total, nil
}

// PersonByID finds one of them, disabled or not.
func PersonByID(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User) (Person, error) {
	found, _, err := People(ctx, tx, tenant, PeopleFilter{sole: user, Limit: 1})
	if err == nil && (user == 0 || len(found) == 0) {
		err = errs.New(errs.NotFound, "There is no such user")
	}
	if err != nil {
		return Person{}, err
	}
	return found[0], nil
}

func (r PageUsersRow) person() Person {
	p := Person{CreatedAt: r.CreatedAt, HasPassword: r.HasPassword, Linked: r.Linked, Connected: r.Connected}
	p.User = UserByIDRow{r.ID, r.Email, r.Name, r.Roles, r.Status, r.StatusSince, r.ChatLimit, r.DisabledAt}.user()
	for _, t := range r.TeamIds {
		p.Teams = append(p.Teams, id.Team(t))
	}
	for _, q := range r.QueueIds {
		p.Queues = append(p.Queues, id.Queue(q))
	}
	return p
}

// audited is what the audit log keeps of a person.
func (p Person) audited() map[string]any {
	return map[string]any{
		"email": p.Email, "name": p.Name, "roles": p.Roles, "chat_limit": p.ChatLimit, "team_ids": append([]id.Team{}, p.Teams...),
		"disabled": p.Disabled,
	}
}

// TemporaryLife is how long a password that somebody else gave lets its user in, to choose an own one.
const TemporaryLife = 7 * 24 * time.Hour

// temporaryPassword has 100 random bits in letters that are told apart by eye.
func temporaryPassword() string { return rand.Text()[:20] }

// Hire makes a user with a password that holds for TemporaryLife and is told once, to whoever made them.
func (l *Logins) Hire(ctx context.Context, tenant id.Tenant, by Actor, n NewUser, teams []id.Team, now time.Time) (p Person, password string, err error) {
	n.Password = temporaryPassword()
	if n, err = n.checked(); err != nil {
		return p, "", err
	}
	hash, err := l.hash(ctx, n.Password)
	if err != nil {
		return p, "", err
	}
	until := now.Add(TemporaryLife)
	err = l.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		u, err := insertUser(ctx, tx, tenant, n, &hash, &until)
		if err != nil {
			return err
		}
		if err := setTeams(ctx, tx, tenant, u.ID, teams); err != nil {
			return err
		}
		if p, err = PersonByID(ctx, tx, tenant, u.ID); err != nil {
			return err
		}
		return Audit(ctx, tx, tenant, by, now, Change{Action: "user.created", Subject: int64(p.ID), Name: p.Name, After: p.audited()})
	})
	return p, n.Password, err
}

// PersonChange is what may be changed of a person, the whole of it.
type PersonChange struct {
	Email     string
	Name      string
	Roles     []Role
	ChatLimit *int
	Teams     []id.Team
}

// ChangePerson saves a person anew. Whose roles change signs in again (reference E3): the sessions that ended come back, to
// be forgotten and announced after the commit.
func ChangePerson(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, user id.User, c PersonChange, now time.Time) (before, after Person, ended []id.Session, err error) {
	n, err := NewUser{Email: c.Email, Name: c.Name, Roles: c.Roles, ChatLimit: c.ChatLimit}.checked()
	if err != nil {
		return before, after, nil, err
	}
	if before, err = PersonByID(ctx, tx, tenant, user); err != nil {
		return before, after, nil, err
	}
	if before.Has(RoleAdmin) && !slices.Contains(n.Roles, RoleAdmin) {
		if err := mayLose(ctx, tx, tenant, by, user, "roles"); err != nil {
			return before, after, nil, err
		}
	}
	rows, err := sql.UpdateUser(ctx, tx, UpdateUserParams{
		Email: n.Email, Name: n.Name, Roles: fromRoles(n.Roles), ChatLimit: n.ChatLimit, TenantID: tenant, ID: user,
	})
	if broke(err, emailKey) {
		return before, after, nil, emailTaken(n.Email)
	}
	if err := changed(rows, err, "change user", user); err != nil {
		return before, after, nil, err
	}
	if !slices.Contains(n.Roles, RoleAgent) && !before.Disabled { // who is no agent takes no chats
		if _, err := SetStatus(ctx, tx, tenant, user, StatusChange{Status: Offline, At: now, Why: ByManager, By: by.User}); err != nil {
			return before, after, nil, err
		}
	}
	if err := setTeams(ctx, tx, tenant, user, c.Teams); err != nil {
		return before, after, nil, err
	}
	if after, err = PersonByID(ctx, tx, tenant, user); err != nil {
		return before, after, nil, err
	}
	if !sameRoles(before.Roles, after.Roles) {
		if ended, err = EndSessions(ctx, tx, tenant, user); err != nil {
			return before, after, nil, err
		}
	}
	err = Audit(ctx, tx, tenant, by, now, Change{
		Action: "user.changed", Subject: int64(user), Name: after.Name, Before: before.audited(), After: after.audited(),
	})
	return before, after, ended, err
}

// SetPersonDisabled shuts a person out at once, or lets them in again; their chats stay theirs (spec 1.1). Withdraw their
// offers after the commit.
func SetPersonDisabled(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, user id.User, disabled bool, now time.Time) (ended []id.Session, err error) {
	p, err := PersonByID(ctx, tx, tenant, user)
	if err != nil || p.Disabled == disabled {
		return nil, err
	}
	switch {
	case disabled && by.User == user:
		return nil, errs.New(errs.Conflict, "You can't disable yourself").At("disabled")
	case disabled && p.Has(RoleAdmin):
		err = mayLose(ctx, tx, tenant, by, user, "disabled")
	}
	if err != nil {
		return nil, err
	}
	if ended, err = setDisabled(ctx, tx, tenant, user, disabled); err != nil {
		return nil, err
	}
	action := "user.enabled"
	if disabled {
		action = "user.disabled"
	}
	return ended, Audit(ctx, tx, tenant, by, now, Change{
		Action: action, Subject: int64(user), Name: p.Name, Before: map[string]bool{"disabled": p.Disabled}, After: map[string]bool{"disabled": disabled},
	})
}

// mayLose refuses to take an admin away from a tenant that has no other, and oneself from oneself.
func mayLose(ctx context.Context, tx pgx.Tx, tenant id.Tenant, by Actor, admin id.User, field string) error {
	if by.User == admin {
		return errs.New(errs.Conflict, "You can't take the admin role from yourself").At(field)
	}
	admins, err := sql.HoldAdmins(ctx, tx, tenant)
	if err != nil {
		return fmt.Errorf("look for other admins: %w", err)
	}
	if len(admins) == 1 && admins[0] == admin {
		return errs.New(errs.Conflict, "This is the last admin; make another one first").At(field)
	}
	return keepsKey(ctx, tx, tenant, admin, field)
}

func sameRoles(a, b []Role) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// ResetPassword gives a user a password that holds for TemporaryLife and is told once, and signs them out.
func (l *Logins) ResetPassword(ctx context.Context, tenant id.Tenant, by Actor, user id.User, now time.Time) (password string, ended []id.Session, err error) {
	password = temporaryPassword()
	hash, err := l.hash(ctx, password)
	if err != nil {
		return "", nil, err
	}
	until := now.Add(TemporaryLife)
	err = l.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		p, err := PersonByID(ctx, tx, tenant, user)
		if err != nil {
			return err
		}
		if ended, err = l.savePassword(ctx, tx, SetUserPasswordParams{PasswordHash: &hash, PasswordUntil: &until, TenantID: tenant, ID: user}); err != nil {
			return err
		}
		return Audit(ctx, tx, tenant, by, now, Change{Action: "user.password_reset", Subject: int64(user), Name: p.Name})
	})
	return password, ended, err
}

// ChangePassword is a user changing their own password. The old one is checked as at a login, with its delays; all
// sessions of the user end.
func (l *Logins) ChangePassword(ctx context.Context, tenant id.Tenant, user User, from, old, password string, now time.Time) (ended []id.Session, err error) {
	if err := checkPassword(password); err != nil {
		return nil, err
	}
	if old == password {
		return nil, errs.Field("password", "The new password is the old one")
	}
	found, err := l.Authenticate(ctx, tenant, Attempt{Email: user.Email, Password: old, From: from}, now)
	if errs.CodeOf(err) == errs.Unauthorized || err == nil && found.ID != user.ID {
		return nil, errs.Field("old_password", "This is not your password")
	}
	if err != nil {
		return nil, err
	}
	hash, err := l.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	err = l.db.InTenantTx(ctx, tenant, func(tx pgx.Tx) error {
		if ended, err = l.savePassword(ctx, tx, SetUserPasswordParams{PasswordHash: &hash, TenantID: tenant, ID: user.ID}); err != nil {
			return err
		}
		return Audit(ctx, tx, tenant, Actor{User: user.ID}, now, Change{Action: "user.password_changed", Subject: int64(user.ID), Name: user.Name})
	})
	return ended, err
}

func (l *Logins) savePassword(ctx context.Context, tx pgx.Tx, p SetUserPasswordParams) (ended []id.Session, err error) {
	n, err := sql.SetUserPassword(ctx, tx, p)
	if err := changed(n, err, "set the password of user", p.ID); err != nil {
		return nil, err
	}
	return EndSessions(ctx, tx, p.TenantID, p.ID)
}

// setTeams makes somebody a member of these teams and of no others.
func setTeams(ctx context.Context, tx pgx.Tx, tenant id.Tenant, user id.User, teams []id.Team) error {
	if err := knownTeams(ctx, tx, tenant, teams); err != nil {
		return err
	}
	if err := sql.LeaveTeams(ctx, tx, tenant, user, id.Int64s(teams)); err != nil {
		return fmt.Errorf("take user %d out of teams: %w", user, err)
	}
	if err := sql.JoinTeams(ctx, tx, int64(tenant), int64(user), id.Int64s(teams)); err != nil {
		return fmt.Errorf("put user %d into teams: %w", user, err)
	}
	return nil
}

func knownTeams(ctx context.Context, tx pgx.Tx, tenant id.Tenant, teams []id.Team) error {
	unknown, err := sql.UnknownTeams(ctx, tx, id.Int64s(teams), tenant)
	if err != nil {
		return fmt.Errorf("look for teams: %w", err)
	}
	if len(unknown) > 0 {
		return errs.Field("team_ids", "There is no team %d", unknown[0])
	}
	return nil
}

func knownUsers(ctx context.Context, tx pgx.Tx, tenant id.Tenant, field string, users []id.User) error {
	unknown, err := sql.UnknownUsers(ctx, tx, id.Int64s(users), tenant)
	if err != nil {
		return fmt.Errorf("look for users: %w", err)
	}
	if len(unknown) > 0 {
		return errs.Field(field, "There is no user %d", unknown[0])
	}
	return nil
}
