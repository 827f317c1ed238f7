package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/console"
	"sidetone/web/edge/webtest"
)

// Whatever stands in a body, it is the asker's fault and never ours: each leaf of each route's example becomes what it
// must not be, and the answer is a refusal that names it, or a success. New routes are tried from their first day.
func TestAHostileBodyIsRefusedByNameAndNeverOurFault(t *testing.T) {
	t.Parallel()
	h := newHouse(t, &console.Simulator{})
	of := h.Assigned(t, webtest.Marisol, h.Ann)
	root, err := h.Logins.Create(t.Context(), h.Tenant, tenant.NewUser{
		Email: "root@example.com", Name: "Root", Roles: []tenant.Role{tenant.RoleAgent, tenant.RoleManager, tenant.RoleAdmin, tenant.RoleDeveloper},
	})
	require.NoError(t, err)
	known := map[string]any{"queue_id": h.Queue, "chat_id": of, "user_id": h.Bob.ID}
	hostile := []any{"a\x00b", strings.Repeat("x", 5000), -1, 1.5, true, nil, []any{}, map[string]any{"a": 1}}
	for _, r := range routes(t) {
		example, ok := r.body.(map[string]any)
		if !ok {
			continue
		}
		path := r.path
		for strings.Contains(path, "{") {
			name := path[strings.Index(path, "{")+1 : strings.Index(path, "}")]
			about, ok := known[name]
			if !ok {
				about = 1
			}
			path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(about))
		}
		token, _, err := h.Sessions.Create(t.Context(), h.Tenant, root.ID, "test", time.Now())
		require.NoError(t, err)
		b := &browser{house: h, t: t, token: token}
		ask := func(body any, named bool) (field string) {
			answer := b.ask(r.method, path, body)
			raw := answer.body
			require.Less(t, answer.StatusCode, 500, "%s %.200v: %s", r.name, body, raw)
			if answer.StatusCode < 400 {
				return ""
			}
			var refused struct{ Code, Message, Field string }
			require.NoError(t, json.Unmarshal(raw, &refused), "%s %s", r.name, raw)
			require.NotEmpty(t, refused.Code, r.name)
			require.NotEmpty(t, refused.Message, r.name)
			require.True(t, !named || answer.StatusCode != 400 || refused.Field != "", "%s %.200v names no field: %s", r.name, body, raw)
			return refused.Field
		}
		for _, spoilt := range spoiled(example, hostile) {
			ask(spoilt, true)
		}
		more := maps.Clone(example)
		more["surprise"] = 1
		if field := ask(more, true); field != "" {
			require.Equal(t, "surprise", field, r.name)
		}
		for _, body := range []any{[]any{}, "x", 1} {
			ask(body, false)
		}
	}
}

// spoiled is copies of a body, in each of which one thing is another.
func spoiled(body any, hostile []any) (out []any) {
	switch body := body.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(body)) {
			put := func(v any) {
				c := maps.Clone(body)
				c[key] = v
				out = append(out, c)
			}
			for _, v := range hostile {
				put(v)
			}
			for _, v := range spoiled(body[key], hostile) {
				put(v)
			}
		}
	case []any:
		for i := range body {
			for _, v := range append(slices.Clone(hostile), spoiled(body[i], hostile)...) {
				c := slices.Clone(body)
				c[i] = v
				out = append(out, c)
			}
		}
	}
	return out
}
