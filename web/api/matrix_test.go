package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/public"
	"sidetone/web/edge/webtest"
)

// route is an operation of the contract with a request that would be sound, about a thing of the first tenant.
type route struct {
	name, method, path string
	scope              tenant.Scope
	body               any
	object             bool // the path names a thing of one tenant
}

// routes reads the contract, so that a new operation is tested from its first day.
func routes(t testing.TB, things map[string]string) (out []route) {
	t.Helper()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			scope, _ := op.Extensions["x-scope"].(string)
			r := route{name: op.OperationID, method: method, path: path, scope: tenant.Scope(scope), object: strings.Contains(path, "{")}
			require.Contains(t, tenant.Scopes(), r.scope, "%s has no scope", r.name)
			for name, thing := range things {
				r.path = strings.ReplaceAll(r.path, "{"+name+"}", thing)
			}
			require.NotContains(t, r.path, "{", "%s names a thing that the matrix cannot make", r.name)
			if op.RequestBody != nil {
				content := op.RequestBody.Value.Content.Get("application/json")
				if r.body = content.Example; r.body == nil {
					for _, e := range content.Examples {
						r.body = e.Value.Value
					}
				}
				require.NotNil(t, r.body, "%s has no example of its body", r.name)
			}
			var query []string
			for _, p := range op.Parameters {
				if p.Value.In == "query" && p.Value.Required {
					query = append(query, p.Value.Name+"="+strings.ReplaceAll(fmt.Sprint(p.Value.Example), "+", "%2B"))
				}
			}
			if len(query) > 0 {
				r.path += "?" + strings.Join(query, "&")
			}
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.name, b.name) })
	return out
}

// of makes a program of a tenant.
func (h *house) of(t testing.TB, owner id.Tenant, scopes ...tenant.Scope) (p *program, token id.Token) {
	t.Helper()
	p = &program{house: h, t: t}
	require.NoError(t, h.DB.InTenantTx(context.Background(), owner, func(tx pgx.Tx) error {
		made, secret, err := tenant.CreateToken(context.Background(), tx, owner, "A program", scopes, 0)
		p.token, token = secret, made.ID
		return err
	}))
	return p, token
}

func TestWhoMayNotAskSeesAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.dismissed(t, webtest.Marisol)
	h.Text(t, "+14155550144", webtest.Sales, "STOP")
	other, err := tenant.Create(t.Context(), h.DB, "other", "Other")
	require.NoError(t, err)
	require.NoError(t, h.DB.InTenantTx(t.Context(), other.ID, func(tx pgx.Tx) error {
		for _, key := range []any{tenant.RequestsPerSecond, tenant.RequestBurst} {
			raw, _ := json.Marshal(10000)
			if _, err := tx.Exec(t.Context(), "insert into settings (tenant_id, key, value) values ($1, $2, $3)", other.ID, fmt.Sprint(key), raw); err != nil {
				return err
			}
		}
		return nil
	}))
	nobody := &program{house: h, t: t}
	stranger, _ := h.of(t, other.ID, tenant.Scopes()...)
	every, _ := h.of(t, h.Tenant, tenant.Scopes()...)
	disabled, token := h.of(t, h.Tenant, tenant.Scopes()...)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		return tenant.SetTokenDisabled(ctx, tx, h.Tenant, token, true)
	})
	revoked, token := h.of(t, h.Tenant, tenant.Scopes()...)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tenant.RegenerateToken(ctx, tx, h.Tenant, token)
		return err
	})
	without := map[tenant.Scope]*program{}
	for _, s := range tenant.Scopes() {
		without[s], _ = h.of(t, h.Tenant, slices.DeleteFunc(tenant.Scopes(), func(has tenant.Scope) bool { return has == s })...)
	}
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from due where kind = 'offer'")
		return err
	})
	foreign := every.with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("other:"+every.token)))
	stored := h.Stored(t)
	before := stored()
	for _, r := range routes(t, map[string]string{
		"chat_id": fmt.Sprint(of), "menu_id": fmt.Sprint(h.Queue), "agent_id": fmt.Sprint(h.Ann.ID), "request_id": "somebody-elses",
	}) {
		for name, c := range map[string]struct {
			who    *program
			status []int
		}{
			"nobody": {nobody, []int{401}}, "another tenant's name": {foreign, []int{401}}, "disabled": {disabled, []int{401}}, "revoked": {revoked, []int{401}},
			"without the scope": {without[r.scope], []int{403}}, "another tenant": {stranger, []int{200, 204, 400, 404}},
		} {
			if name == "another tenant" && r.object {
				c.status = []int{404}
			}
			a := c.who.ask(r.method, r.path, r.body)
			require.Contains(t, c.status, a.StatusCode, "%s by %s: %s", r.name, name, a.body)
			for _, ours := range []string{"Ann", "Sales", "ernhill", "chipped", "+14155550144"} {
				require.NotContains(t, string(a.body), ours, "%s by %s", r.name, name)
			}
		}
		after := stored()
		for table := range after {
			if table != "api_tokens" { // when they were last used
				require.Equal(t, before[table], after[table], "%s has changed %s", r.name, table)
			}
		}
	}
}

// Who may ask is let in by every route: what they get is another matter.
func TestWhoMayAskIsLetIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	of := h.dismissed(t, webtest.Marisol)
	for _, r := range routes(t, map[string]string{
		"chat_id": fmt.Sprint(of), "menu_id": fmt.Sprint(h.Queue), "agent_id": fmt.Sprint(h.Ann.ID), "request_id": "nobodys",
	}) {
		a := h.program(t, r.scope).ask(r.method, r.path, r.body)
		require.NotContains(t, []int{401, 403, 405}, a.StatusCode, r.name)
		require.Less(t, a.StatusCode, 500, r.name)
	}
}
