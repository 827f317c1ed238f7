package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier"
	"sidetone/internal/id"
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/console"
	"sidetone/web/edge/webtest"
)

// route is an operation of the contract with a request that would be sound, about a thing of the first tenant.
type route struct {
	name, method, path string // the path as the contract has it
	body               any
	object             bool // the path names a thing of one tenant
	roles              []tenant.Role
}

// things makes what the paths of the contract name, by parameter: a thing of the first tenant for every request, so that
// one may delete it.
type things map[string]func(t testing.TB) int64

// about is a route's path with things in it.
func (m things) about(t testing.TB, r route) string {
	t.Helper()
	path := r.path
	for name, thing := range m {
		if strings.Contains(path, "{"+name+"}") {
			path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(thing(t)))
		}
	}
	require.NotContains(t, path, "{", "%s names a thing that the matrix cannot make", r.name)
	return path
}

// routes reads the contract, so that a new operation is tested from its first day. One that needs a session says in
// x-roles who may ask, and its body has an example.
func routes(t testing.TB) (out []route) {
	t.Helper()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				continue // for everybody
			}
			r := route{name: op.OperationID, method: method, path: path, object: strings.Contains(path, "{")}
			if op.RequestBody != nil {
				for kind, content := range op.RequestBody.Value.Content {
					if r.body = content.Example; kind == octets {
						r.body = file(content.Example.(string))
					}
				}
				require.NotNil(t, r.body, "%s has no example of its body", r.name)
			}
			for _, role := range op.Extensions["x-roles"].([]any) {
				r.roles = append(r.roles, tenant.Role(role.(string)))
			}
			require.NotEmpty(t, r.roles, "%s does not say whose it is", r.name)
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.name, b.name) })
	return out
}

// hire makes a user of a tenant with one role.
func (h *house) hire(t testing.TB, of id.Tenant, role tenant.Role, name string) tenant.User {
	t.Helper()
	u, err := h.Logins.Create(t.Context(), of, tenant.NewUser{Email: name + "@example.com", Name: name, Roles: []tenant.Role{role}})
	require.NoError(t, err)
	return u
}

// newQueue makes a leaf of the first tenant.
func (h *house) newQueue(t testing.TB) (of int64) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `insert into queues (tenant_id, name, position)
			select $1, trim('Repairs ' || coalesce(nullif(count(*), 0)::text, '')), 100 + count(*) from queues where name like 'Repairs%' returning id`, h.Tenant).Scan(&of)
		if err != nil {
			return err
		}
		_, err = tenant.Bump(ctx, tx, h.Tenant)
		return err
	})
	return of
}

// newShortcut makes a shortcut of the first tenant.
func (h *house) newShortcut(t testing.TB, keyword string) (of int64) {
	t.Helper()
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		s, err := tenant.SaveShortcut(ctx, tx, h.Tenant, tenant.Actor{}, time.Now(), tenant.Shortcut{Keyword: keyword, Text: "Hello"})
		of = int64(s.ID)
		return err
	})
	return of
}

// Whoever may not ask is told so by every route, sees nothing and changes nothing (reference E1, 8.2.2 and 8.4.1).
func TestWhoMayNotAskSeesAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	h.Text(t, webtest.Marisol, webtest.Sales, "please cancel my order of the heliotrope mug")
	other, err := tenant.Create(t.Context(), h.DB, "other", "Other")
	require.NoError(t, err)
	h.exec(t, "delete from due where kind = 'offer'") // on a slow machine it would be swept in the middle
	stored := h.Stored(t)
	hired, added, shortcuts := 0, 0, 0
	made := things{
		"chat_id":  func(testing.TB) int64 { return int64(of) },
		"media_id": func(t testing.TB) int64 { return int64(h.sentPicture(t, of, h.Ann)) },
		"queue_id": h.newQueue,
		"shortcut_id": func(t testing.TB) int64 {
			shortcuts++
			return h.newShortcut(t, fmt.Sprint("made-", shortcuts))
		},
		"preset_id": func(t testing.TB) (made int64) {
			shortcuts++
			h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
				p, err := tenant.SavePreset(ctx, tx, h.Tenant, tenant.Actor{}, time.Now(), tenant.Preset{Label: fmt.Sprint("Made ", shortcuts), Text: "Hello"})
				made = int64(p.ID)
				return err
			})
			return made
		},
		"user_id": func(t testing.TB) int64 {
			hired++
			return int64(h.hire(t, h.Tenant, tenant.RoleAgent, fmt.Sprint("hired-", hired)).ID)
		},
		"end_user_id": func(testing.TB) int64 {
			return webtest.One[int64](t, h.House, "select end_user_id from chats where id = $1", of)
		},
		"message_id": func(testing.TB) int64 {
			return webtest.One[int64](t, h.House, "select min(id) from messages where chat_id = $1", of)
		},
		"team_id":  func(t testing.TB) int64 { return int64(h.team(t, "").ID) },
		"token_id": func(t testing.TB) int64 { return int64(h.apiToken(t)) },
		"number_id": func(t testing.TB) int64 {
			added++
			return int64(h.number(t, string(phone.Examples(300)[200+added]), carrier.CanReceive, carrier.CanSend))
		},
		"account_id": func(t testing.TB) (made int64) {
			added++
			h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
				a, err := h.Accounts.Create(ctx, tx, carrier.Account{Tenant: h.Tenant, SID: fmt.Sprint("AC", added), AuthToken: "1", BaseURL: "http://127.0.0.1:1"})
				made = int64(a.ID)
				return err
			})
			return made
		},
		"entry_id": func(t testing.TB) (made int64) {
			added++
			address := string(phone.Examples(300)[200+added])
			h.stop(t, carrier.Consent{Address: address, Source: carrier.ByKeyword, Word: "STOP"})
			return webtest.One[int64](t, h.House, "select id from do_not_contact where address = $1", address)
		},
		"block_id": func(t testing.TB) (made int64) {
			added++
			h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
				b, err := carrier.AddBlock(ctx, tx, h.Tenant, string(phone.Examples(300)[200+added]), "", tenant.Actor{}, time.Now())
				made = int64(b.ID)
				return err
			})
			return made
		},
	}

	as := func(u tenant.User, in id.Tenant) *browser {
		token, _, err := h.Sessions.Create(t.Context(), in, u.ID, "test", time.Now())
		require.NoError(t, err)
		return &browser{house: h, t: t, token: token}
	}
	everyRole := []tenant.Role{tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper}
	ours, theirs := map[tenant.Role]tenant.User{}, map[tenant.Role]tenant.User{}
	for _, role := range everyRole {
		ours[role] = h.hire(t, h.Tenant, role, "our-"+string(role))
		theirs[role] = h.hire(t, other.ID, role, "their-"+string(role))
	}
	ended := h.browser(t, h.Ann)
	session, err := h.Sessions.Lookup(t.Context(), ended.token, time.Now())
	require.NoError(t, err)
	require.NoError(t, h.Sessions.End(t.Context(), h.Tenant, session.ID))
	shutOut := h.hire(t, h.Tenant, tenant.RoleAdmin, "shut-out")
	disabled := as(shutOut, h.Tenant)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update users set disabled_at = now() where id = $1", shutOut.ID) // the session's row stays
		return err
	})

	type knock struct {
		who  string
		b    *browser
		want []int
	}
	for _, r := range routes(t) {
		owner := as(h.Ann, h.Tenant)
		knocks := []knock{
			{"nobody", &browser{house: h, t: t}, []int{401}},
			{"who made a token up", &browser{house: h, t: t, token: strings.Repeat("a", 43)}, []int{401}},
			{"whose session has ended", ended, []int{401}},
			{"who is disabled", disabled, []int{401}},
			{"who asks at another tenant's host", owner.with("Host", "other.desk.example:8080"), []int{401}},
		}
		if r.method != "GET" {
			knocks = append(knocks,
				knock{"who is on a foreign page", owner.with("Sec-Fetch-Site", "cross-site"), []int{403}},
				knock{"who is on a page of the same site", owner.with("Sec-Fetch-Site", "same-site"), []int{403}},
				knock{"who comes from a foreign origin", owner.with("Sec-Fetch-Site", "").with("Origin", "http://evil.example"), []int{403}},
				knock{"who sends a form", owner.with("X-Sidetone", ""), []int{403}})
		}
		for _, role := range everyRole {
			want := []int{403, 404}
			switch {
			case !slices.Contains(r.roles, role):
				knocks = append(knocks, knock{"our " + string(role), as(ours[role], h.Tenant), []int{403, 404}})
			case !r.object:
				want = nil // it is their own that they see and change
			}
			knocks = append(knocks, knock{"the other tenant's " + string(role), as(theirs[role], other.ID), want})
		}
		if r.object && slices.Contains(r.roles, tenant.RoleAgent) && !strings.Contains(r.path, "{queue_id}") { // queues are everybody's
			knocks = append(knocks, knock{"an agent who never had the chat", as(h.Bob, h.Tenant), []int{403, 404}})
		}
		path := made.about(t, r)
		before := stored()
		for _, k := range knocks {
			a := k.b.ask(r.method, path, r.body)
			if k.want != nil {
				require.Contains(t, k.want, a.StatusCode, "%s by %s: %s", r.name, k.who, a.body)
			}
			for _, seen := range []string{webtest.Marisol, webtest.Sales, "heliotrope", "Sales", "Fernhill", "ann@"} {
				require.NotContains(t, string(a.body), seen, "%s by %s", r.name, k.who)
			}
			require.Equal(t, before, stored(), "%s by %s", r.name, k.who)
		}
		for _, role := range r.roles {
			who := as(ours[role], h.Tenant)
			if role == tenant.RoleAgent {
				who = as(h.Ann, h.Tenant)
			}
			a := who.ask(r.method, made.about(t, r), r.body)
			require.NotContains(t, []int{401, 403, 404}, a.StatusCode, "%s by our %s: %s", r.name, role, a.body)
		}
	}
}
