package console_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/errs"
	"sidetone/internal/event"
	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
	"sidetone/web/edge/webtest"
)

// team makes a team; an empty name is one that no other has.
func (h *house) team(t testing.TB, name string, members ...id.User) (made tenant.Team) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		if name == "" {
			others, err := tenant.Teams(ctx, tx, h.Tenant)
			if err != nil {
				return err
			}
			name = fmt.Sprint("Team ", len(others))
		}
		made, err = tenant.SaveTeam(ctx, tx, h.Tenant, tenant.Actor{}, tenant.Team{Name: name, Members: members}, time.Now())
		return err
	})
	return made
}

func (h *house) apiToken(t testing.TB) (made id.Token) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		token, _, err := tenant.CreateToken(ctx, tx, h.Tenant, "Orders", []tenant.Scope{tenant.ScopeSMS}, 0)
		made = token.ID
		return err
	})
	return made
}

// members is who serves a queue, as it is put.
func members(ids ...int64) []map[string]int64 {
	out := []map[string]int64{}
	for _, v := range ids {
		out = append(out, map[string]int64{"id": v})
	}
	return out
}

// audits are the actions written into the log since the last call, oldest first.
func (h *house) audits(t testing.TB) func() []string {
	t.Helper()
	var seen int64
	return func() (actions []string) {
		t.Helper()
		h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
			rows, err := tx.Query(ctx, "select id, action from audit_log where id > $1 order by id", seen)
			if err != nil {
				return err
			}
			var action string
			_, err = pgx.ForEachRow(rows, []any{&seen, &action}, func() error { actions = append(actions, action); return nil })
			return err
		})
		return actions
	}
}

// hears waits for a hint.
func hears(t testing.TB, hints <-chan event.Hint, kind event.Kind) event.Hint {
	t.Helper()
	for {
		select {
		case hint := <-hints:
			if hint.Kind == kind {
				return hint
			}
		case <-time.After(10 * time.Second):
			require.FailNow(t, "no hint", kind)
		}
	}
}

func TestANewUserChoosesAPasswordBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root"))
	desk := h.team(t, "Returns desk")
	audits()
	made := gets[gen.NewUser](t, 201, admin.ask("POST", "/users", map[string]any{
		"email": " Lena@Fernhill.example ", "name": "Lena Ortiz", "roles": []string{"agent"}, "chat_limit": 30, "team_ids": []int64{int64(desk.ID)},
	}))
	require.Equal(t, "lena@fernhill.example", made.User.Email)
	require.EqualValues(t, 30, *made.User.ChatLimit)
	require.Equal(t, "offline", made.User.Status)
	require.Len(t, made.User.TeamIds, 1)
	require.Len(t, made.Password, 20)
	require.WithinDuration(t, time.Now().Add(tenant.TemporaryLife), made.ExpiresAt, time.Minute)
	require.Equal(t, []string{"user.created"}, audits())
	require.NotContains(t, webtest.One[string](t, h.House, "select coalesce(string_agg(a::text, ''), '') from audit_log a"), made.Password)

	lena := h.browser(t, tenant.User{})
	a := lena.ask("POST", "/session", map[string]string{"email": "lena@fernhill.example", "password": made.Password})
	require.True(t, *gets[gen.Session](t, 200, a).MustChangePassword)
	lena.token = a.Cookies()[0].Value
	require.True(t, *gets[gen.Session](t, 200, lena.ask("GET", "/session", nil)).MustChangePassword)
	refused(t, 403, "password_due", lena.ask("GET", "/queues", nil))
	refused(t, 403, "password_due", lena.ask("POST", "/tickets", nil))
	socket := httptest.NewRequest("GET", "/ws/agent", nil)
	socket.AddCookie(&http.Cookie{Name: edge.SessionCookie, Value: lena.token})
	_, err := h.Callers.Find(socket)
	require.Equal(t, errs.PasswordDue, errs.CodeOf(err), "every other door asks the same")
	change := func(old, password string) answer {
		return lena.ask("POST", "/me/password", map[string]string{"old_password": old, "password": password})
	}
	require.Equal(t, "old_password", refused(t, 400, "invalid_request", change("not it", "correct horse")).Field)
	require.Equal(t, "password", refused(t, 400, "invalid_request", change(made.Password, "seven77")).Field)
	require.Equal(t, "password", refused(t, 400, "invalid_request", change(made.Password, made.Password)).Field)
	refused(t, 403, "password_due", lena.ask("GET", "/queues", nil))

	a = change(made.Password, "correct horse")
	require.Nil(t, gets[gen.Session](t, 200, a).MustChangePassword)
	refused(t, 401, "unauthorized", lena.ask("GET", "/queues", nil))
	lena.token = a.Cookies()[0].Value
	gets[[]gen.Queue](t, 200, lena.ask("GET", "/queues", nil))
	require.Equal(t, []string{"user.password_changed"}, audits())
	refused(t, 401, "unauthorized", h.browser(t, tenant.User{}).ask("POST", "/session", map[string]string{"email": "lena@fernhill.example", "password": made.Password}))
}

func TestATemporaryPasswordRunsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root"))
	made := gets[gen.NewUser](t, 201, admin.ask("POST", "/users", map[string]any{"email": "lena@fernhill.example", "name": "Lena", "roles": []string{"agent"}}))
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update users set password_until = now() where id = $1", made.User.Id)
		return err
	})
	in := map[string]string{"email": "lena@fernhill.example", "password": made.Password}
	refused(t, 401, "unauthorized", h.browser(t, tenant.User{}).ask("POST", "/session", in))
	again := gets[gen.TemporaryPassword](t, 201, admin.ask("POST", fmt.Sprintf("/users/%d/password", made.User.Id), nil))
	in["password"] = again.Password
	gets[gen.Session](t, 200, h.browser(t, tenant.User{}).ask("POST", "/session", in))
}

func TestAPasswordResetSignsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	admin, ann := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root")), h.browser(t, h.Ann)
	gets[gen.Session](t, 200, ann.ask("GET", "/session", nil))
	hints := h.Hints(t, h.Ann)
	path := fmt.Sprintf("/users/%d/password", h.Ann.ID)
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("POST", path, nil))
	gets[gen.TemporaryPassword](t, 201, admin.ask("POST", path, nil))
	hears(t, hints, event.SessionEnded)
	refused(t, 401, "unauthorized", ann.ask("GET", "/session", nil))
	refused(t, 404, "not_found", admin.ask("POST", "/users/999999/password", nil))
	require.Equal(t, []string{"user.password_reset"}, audits())
}

func TestBadUsersAreRefusedByField(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	stored := h.Stored(t)
	admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root"))
	before := stored()
	good := func(key string, value any) map[string]any {
		body := map[string]any{"email": "lena@fernhill.example", "name": "Lena", "roles": []string{"agent"}}
		body[key] = value
		return body
	}
	for _, c := range []struct {
		field  string
		value  any
		status int
		code   string
	}{
		{"email", "nonsense", 400, "invalid_request"},
		{"email", "Lena <lena@fernhill.example>", 400, "invalid_request"},
		{"email", "ANN@fernhill.example", 409, "conflict"},
		{"name", " ", 400, "invalid_request"},
		{"name", strings.Repeat("n", 201), 400, "invalid_request"},
		{"name", "Le\x00na", 400, "invalid_request"},
		{"name", "Lena\nLang", 400, "invalid_request"},
		{"roles", []string{}, 400, "invalid_request"},
		{"roles", []string{"agent", "agent"}, 400, "invalid_request"},
		{"chat_limit", 0, 400, "invalid_request"},
		{"chat_limit", 31, 400, "invalid_request"},
		{"team_ids", []int64{999999}, 400, "invalid_request"},
	} {
		require.Equal(t, c.field, refused(t, c.status, c.code, admin.ask("POST", "/users", good(c.field, c.value))).Field, "%v", c.value)
		require.Equal(t, c.field, refused(t, c.status, c.code, admin.ask("PUT", fmt.Sprintf("/users/%d", h.Bob.ID), good(c.field, c.value))).Field, "%v", c.value)
		require.Equal(t, before, stored(), "%v", c)
	}
	refused(t, 400, "invalid_request", admin.ask("POST", "/users", good("password", "correct horse")))
}

func TestAUserIsSavedAnewAndSignsInAgainForNewRoles(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	admin, ann := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root")), h.browser(t, h.Ann)
	path := fmt.Sprintf("/users/%d", h.Ann.ID)
	body := map[string]any{"email": "ann@fernhill.example", "name": "Ann Lee", "roles": []string{"agent"}, "chat_limit": 1}
	saved := gets[gen.Person](t, 200, admin.ask("PUT", path, body))
	require.Equal(t, "Ann Lee", saved.Name)
	require.EqualValues(t, 1, *saved.ChatLimit)
	require.Len(t, saved.QueueIds, 2)
	require.Equal(t, saved, gets[gen.Person](t, 200, admin.ask("GET", path, nil)))
	gets[gen.Session](t, 200, ann.ask("GET", "/session", nil))
	body["chat_limit"] = nil
	require.Nil(t, gets[gen.Person](t, 200, admin.ask("PUT", path, body)).ChatLimit, "the tenant's holds")

	of := h.Assigned(t, webtest.Marisol, h.Ann)
	body["roles"] = []string{"developer"}
	saved = gets[gen.Person](t, 200, admin.ask("PUT", path, body))
	require.Equal(t, "offline", saved.Status, "no agent, so no chats are offered")
	require.Equal(t, "offline manager", webtest.One[string](t, h.House, "select status || ' ' || why from agent_status_history where user_id = $1 order by id desc limit 1", h.Ann.ID))
	refused(t, 401, "unauthorized", ann.ask("GET", "/session", nil))
	require.Equal(t, h.Ann.ID, webtest.One[id.User](t, h.House, "select agent_id from chats where id = $1", of), "chats stay")
	require.Equal(t, []string{"user.changed", "user.changed", "user.changed"}, audits())
	var after map[string]any
	require.NoError(t, json.Unmarshal(webtest.One[[]byte](t, h.House, "select after from audit_log order by id desc limit 1"), &after))
	require.Equal(t, []any{"developer"}, after["roles"])
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("PUT", path, body))
}

func TestWhoIsDisabledIsOutAtOnceAndKeepsTheirChats(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	admin, ann := h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root")), h.browser(t, h.Ann)
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Theo, webtest.Sales, "hello")
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into offers (tenant_id, chat_id, user_id, created_at, expires_at)
			values ($1, $2, $3, now(), now() + interval '1 hour')`, h.Tenant, h.Newest(t), h.Ann.ID)
		return err
	})
	gets[gen.Session](t, 200, ann.ask("GET", "/session", nil))
	hints := h.Hints(t, h.Ann)
	path := fmt.Sprintf("/users/%d/disabled", h.Ann.ID)
	require.Equal(t, 204, admin.ask("PUT", path, map[string]bool{"disabled": true}).StatusCode)
	hears(t, hints, event.SessionEnded)
	refused(t, 401, "unauthorized", ann.ask("GET", "/session", nil))
	require.Equal(t, "withdrawn", webtest.One[string](t, h.House, "select state from offers where user_id = $1 order by id desc limit 1", h.Ann.ID))
	require.Equal(t, "assigned", webtest.One[string](t, h.House, "select status from chats where id = $1", of))
	gets[gen.Transcript](t, 200, h.browser(t, h.Mia).ask("GET", fmt.Sprintf("/chats/%d/transcript", of), nil))
	listed := gets[gen.UserPage](t, 200, admin.ask("GET", "/users?state=disabled", nil))
	require.EqualValues(t, 1, listed.Total)
	require.True(t, listed.Users[0].Disabled)

	require.Equal(t, 204, admin.ask("PUT", path, map[string]bool{"disabled": true}).StatusCode, "twice is once")
	require.Equal(t, 204, admin.ask("PUT", path, map[string]bool{"disabled": false}).StatusCode)
	refused(t, 401, "unauthorized", ann.ask("GET", "/session", nil))
	require.Equal(t, []string{"user.disabled", "user.enabled"}, audits())
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	one, two := h.hire(t, h.Tenant, tenant.RoleAdmin, "one"), h.hire(t, h.Tenant, tenant.RoleAdmin, "two")
	admin := h.browser(t, one)
	disabled := func(u tenant.User, off bool) answer {
		return admin.ask("PUT", fmt.Sprintf("/users/%d/disabled", u.ID), map[string]bool{"disabled": off})
	}
	roles := func(u tenant.User, roles ...string) answer {
		return admin.ask("PUT", fmt.Sprintf("/users/%d", u.ID), map[string]any{"email": u.Email, "name": u.Name, "roles": roles})
	}
	require.Equal(t, "disabled", refused(t, 409, "conflict", disabled(one, true)).Field, "oneself")
	require.Equal(t, "roles", refused(t, 409, "conflict", roles(one, "manager")).Field, "oneself")
	require.Equal(t, 204, disabled(two, true).StatusCode)
	require.Equal(t, 204, disabled(two, false).StatusCode)
	gets[gen.Person](t, 200, roles(two, "manager"))
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error { // as another admin would, who was last to look
		_, _, _, err := tenant.ChangePerson(ctx, tx, h.Tenant, tenant.Actor{User: two.ID}, one.ID,
			tenant.PersonChange{Email: one.Email, Name: one.Name, Roles: []tenant.Role{tenant.RoleAgent}}, time.Now())
		require.ErrorContains(t, err, "last admin")
		_, err = tenant.SetPersonDisabled(ctx, tx, h.Tenant, tenant.Actor{User: two.ID}, one.ID, true, time.Now())
		require.ErrorContains(t, err, "last admin")
		return nil
	})
}

func TestTwoAdminsWhoDisableEachOtherDoNotLockTheTenantOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	one, two := h.hire(t, h.Tenant, tenant.RoleAdmin, "one"), h.hire(t, h.Tenant, tenant.RoleAdmin, "two")
	a, b := h.browser(t, one), h.browser(t, two)
	var both sync.WaitGroup
	both.Go(func() { a.ask("PUT", fmt.Sprintf("/users/%d/disabled", two.ID), map[string]bool{"disabled": true}) })
	both.Go(func() { b.ask("PUT", fmt.Sprintf("/users/%d/disabled", one.ID), map[string]bool{"disabled": true}) })
	both.Wait()
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from users where 'admin' = any (roles) and disabled_at is null"))
}

func TestPeopleAreSearchedFilteredAndPaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.team(t, "Returns desk", h.Ann.ID)
	cora := h.hire(t, h.Tenant, tenant.RoleAgent, "Cora")
	support := h.team(t, "Sales desk", cora.ID)
	mia := h.browser(t, h.Mia)
	require.Equal(t, 200, mia.ask("PUT", fmt.Sprintf("/queues/%d/members", h.Queue), map[string]any{
		"agents": members(int64(h.Bob.ID)), "teams": members(int64(support.ID)),
	}).StatusCode)
	names := func(query string) (out []string) {
		page := gets[gen.UserPage](t, 200, mia.ask("GET", "/users"+query, nil))
		for _, u := range page.Users {
			out = append(out, u.Name)
		}
		return append(out, fmt.Sprint(page.Total))
	}
	require.Equal(t, []string{"Ann", "Bob", "Cora", "Mia", "4"}, names(""))
	require.Equal(t, []string{"Cora", "Mia", "4"}, names("?offset=2&limit=2"))
	require.Equal(t, []string{"4"}, names("?offset=9"))
	require.Equal(t, []string{"Mia", "1"}, names("?role=manager"))
	require.Equal(t, []string{"Ann", "1"}, names(fmt.Sprint("?team_id=", desk.ID)))
	require.Equal(t, []string{"Bob", "Cora", "2"}, names(fmt.Sprint("?queue_id=", h.Queue)), "through a team too")
	require.Equal(t, []string{"Ann", "Bob", "Mia", "3"}, names("?search=FERNHILL"))
	require.Equal(t, []string{"0"}, names("?search=%25"), "no pattern")
	require.Equal(t, "limit", refused(t, 400, "invalid_request", mia.ask("GET", "/users?limit=201", nil)).Field)
	require.Equal(t, "role", refused(t, 400, "invalid_request", mia.ask("GET", "/users?role=boss", nil)).Field)

	h.hire(t, h.Tenant, tenant.RoleAgent, "=cmd")
	a := mia.ask("GET", "/users.csv", nil)
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, `attachment; filename="users.csv"`, a.Header.Get("Content-Disposition"))
	lines, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 6)
	require.Equal(t, "'=cmd", lines[1][2], "no formula")
	require.Equal(t, []string{"ann@fernhill.example", "Ann", "agent", "Returns desk", "", "available", "enabled"}, lines[2][1:8])
}

func TestTeamsServeQueues(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	mia := h.browser(t, h.Mia)
	made := gets[gen.Team](t, 201, mia.ask("POST", "/teams", map[string]any{"name": " Returns desk ", "member_ids": []int64{int64(h.Ann.ID), int64(h.Ann.ID)}}))
	require.Equal(t, "Returns desk", made.Name)
	require.Len(t, made.MemberIds, 1)
	require.Equal(t, "name", refused(t, 409, "conflict", mia.ask("POST", "/teams", map[string]any{"name": "returns DESK"})).Field)
	require.Equal(t, "member_ids", refused(t, 400, "invalid_request", mia.ask("POST", "/teams", map[string]any{"name": "Ghosts", "member_ids": []int64{999999}})).Field)
	require.Equal(t, "name", refused(t, 400, "invalid_request", mia.ask("POST", "/teams", map[string]any{"name": "  "})).Field)
	path := fmt.Sprintf("/teams/%d", made.Id)
	made = gets[gen.Team](t, 200, mia.ask("PUT", path, map[string]any{"name": "Returns", "member_ids": []int64{int64(h.Bob.ID)}}))
	require.Equal(t, h.Bob.ID, id.User(made.MemberIds[0]))

	tree := gets[[]gen.Queue](t, 200, mia.ask("GET", "/queues", nil))
	of := func(q gen.Queue) string { return fmt.Sprintf("/queues/%d/members", q.Id) }
	menu, leaf := tree[0], tree[2]
	none := gets[gen.QueueMembers](t, 200, mia.ask("GET", of(leaf), nil))
	require.Empty(t, none.Agents)
	body := map[string]any{"agents": members(int64(h.Ann.ID)), "teams": []map[string]int64{{"id": int64(made.Id), "cascade_group": 10}}}
	refused(t, 409, "conflict", mia.ask("PUT", of(menu), body))
	set := gets[gen.QueueMembers](t, 200, mia.ask("PUT", of(leaf), body))
	require.Equal(t, "Ann", set.Agents[0].Name)
	require.EqualValues(t, 1, set.Agents[0].CascadeGroup)
	require.Equal(t, "Returns", set.Teams[0].Name)
	require.EqualValues(t, 10, set.Teams[0].CascadeGroup)
	require.Equal(t, 10, webtest.One[int](t, h.House, "select cascade_group::int from queue_members where user_id = $1 and queue_id = $2", h.Bob.ID, leaf.Id))
	require.Equal(t, leaf.Id, gets[[]gen.Team](t, 200, mia.ask("GET", "/teams", nil))[0].QueueIds[0])
	for _, c := range []struct {
		field string
		value any
	}{
		{"agents", members(int64(h.Mia.ID))},
		{"teams", members(999999)},
		{"agents", members(int64(h.Ann.ID), int64(h.Ann.ID))},
		{"agents.0.cascade_group", []map[string]int64{{"id": int64(h.Ann.ID), "cascade_group": 11}}},
		{"teams.0.cascade_group", []map[string]int64{{"id": int64(made.Id), "cascade_group": 0}}},
	} {
		bad := map[string]any{"agents": members(), "teams": members()}
		bad[strings.Split(c.field, ".")[0]] = c.value
		require.Equal(t, c.field, refused(t, 400, "invalid_request", mia.ask("PUT", of(leaf), bad)).Field)
	}
	refused(t, 404, "not_found", mia.ask("PUT", "/queues/999999/members", body))
	require.Equal(t, 2, webtest.One[int](t, h.House, "select count(*)::int from queue_members where queue_id = $1", leaf.Id))

	require.Equal(t, 204, mia.ask("DELETE", path, nil).StatusCode)
	refused(t, 404, "not_found", mia.ask("DELETE", path, nil))
	refused(t, 404, "not_found", mia.ask("PUT", path, map[string]any{"name": "Returns"}))
	require.Equal(t, 1, webtest.One[int](t, h.House, "select count(*)::int from queue_members where queue_id = $1", leaf.Id))
	require.Equal(t, []string{"team.created", "team.changed", "queue.members_changed", "team.deleted"}, audits())
	refused(t, 403, "forbidden", h.browser(t, h.Ann).ask("GET", "/teams", nil))
}

func TestAnAPITokenIsShownOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	audits := h.audits(t)
	dev, admin := h.browser(t, h.hire(t, h.Tenant, tenant.RoleDeveloper, "dev")), h.browser(t, h.hire(t, h.Tenant, tenant.RoleAdmin, "root"))
	verify := func(secret string) error {
		_, err := tenant.VerifyToken(t.Context(), h.DB, secret, time.Now())
		return err
	}
	made := gets[gen.NewToken](t, 201, dev.ask("POST", "/tokens", map[string]any{"name": "Orders", "scopes": []string{"sms", "chats:read"}}))
	require.True(t, strings.HasPrefix(made.Secret, "st_"))
	require.Nil(t, made.Token.LastUsedAt)
	require.WithinDuration(t, time.Now(), made.Token.CreatedAt, time.Minute)
	require.NoError(t, verify(made.Secret))
	a := dev.ask("GET", "/tokens", nil)
	listed := gets[[]gen.Token](t, 200, a)
	require.Len(t, listed, 1)
	require.NotNil(t, listed[0].LastUsedAt)
	require.NotContains(t, string(a.body), made.Secret[8:40])

	path := fmt.Sprintf("/tokens/%d", made.Token.Id)
	changed := gets[gen.Token](t, 200, dev.ask("PATCH", path, map[string]any{"name": "Order system", "disabled": true}))
	require.True(t, changed.Disabled)
	require.Equal(t, "Order system", changed.Name)
	require.Error(t, verify(made.Secret))
	require.False(t, gets[gen.Token](t, 200, dev.ask("PATCH", path, map[string]any{"disabled": false})).Disabled)
	again := gets[gen.NewToken](t, 201, dev.ask("POST", path+"/secret", nil))
	require.Error(t, verify(made.Secret))
	require.NoError(t, verify(again.Secret))

	mighty := map[string]any{"name": "All", "scopes": []string{"admin"}}
	require.Equal(t, "scopes", refused(t, 403, "forbidden", dev.ask("POST", "/tokens", mighty)).Field)
	all := gets[gen.NewToken](t, 201, admin.ask("POST", "/tokens", mighty))
	refused(t, 403, "forbidden", dev.ask("POST", fmt.Sprintf("/tokens/%d/secret", all.Token.Id), nil))
	refused(t, 404, "not_found", dev.ask("PATCH", "/tokens/999999", map[string]any{"disabled": true}))
	refused(t, 400, "invalid_request", dev.ask("PATCH", path, map[string]any{}))
	require.Equal(t, "scopes", strings.Split(refused(t, 400, "invalid_request", dev.ask("POST", "/tokens", map[string]any{"name": "x", "scopes": []string{"all"}})).Field, ".")[0])
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("GET", "/tokens", nil))
	require.Equal(t, []string{"token.created", "token.changed", "token.changed", "token.regenerated", "token.created"}, audits())
	require.Zero(t, webtest.One[int](t, h.House, "select count(*)::int from audit_log where strpos(audit_log::text, $1) > 0", again.Secret[8:40]))
}

func TestNoCellOfASpreadsheetIsAFormula(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"'=1+1", "'+1", "'-1", "'@x", "'\tx", "", "Ann=", "42"},
		edge.Cells("=1+1", "+1", "-1", "@x", "\tx", "", "Ann=", "42"))
}
