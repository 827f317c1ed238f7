package console_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	gen "sidetone/openapi/gen/console"
)

func TestTheAuditLogIsReadNewestFirstAPageAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ada := h.hire(t, h.Tenant, tenant.RoleAdmin, "Ada")
	root := h.browser(t, ada)
	day := time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)
	h.Tx(t, func(ctx context.Context, tx pgx.Tx) error {
		for i := range 2500 {
			by, action := tenant.Actor{User: h.Mia.ID}, "number.created"
			if i%100 == 0 {
				by, action = tenant.Actor{User: ada.ID}, "setting.changed"
			}
			if i%1000 == 7 {
				by, action = tenant.Actor{}, "number_pool.moved"
			}
			at := day.Add(time.Duration(i/2) * time.Minute) // two at a time
			if err := tenant.Audit(ctx, tx, h.Tenant, by, at, tenant.Change{Action: action, Subject: int64(i), Name: "=x", Before: "a", After: i}); err != nil {
				return err
			}
		}
		return nil
	})
	read := func(query string) (subjects []int64, pages int) {
		cursor := ""
		for {
			page := gets[gen.AuditPage](t, 200, root.ask("GET", "/audit?"+query+cursor, nil))
			for _, e := range page.Entries {
				subjects = append(subjects, e.SubjectId)
			}
			if pages++; page.Next == nil {
				return subjects, pages
			}
			cursor = "&cursor=" + *page.Next
		}
	}
	all, pages := read("limit=200")
	require.Len(t, all, 2500)
	require.Equal(t, 13, pages)
	for i, s := range all {
		require.EqualValues(t, 2499-i, s)
	}
	settings, pages := read("limit=25&action=setting.")
	require.Len(t, settings, 25)
	require.Equal(t, 1, pages, "a full last page has no next")
	some, _ := read("action=number&limit=200")
	require.Len(t, some, 2475)
	pool, _ := read("action=number_pool")
	require.Equal(t, []int64{2007, 1007, 7}, pool)
	adas, _ := read(fmt.Sprint("user_id=", ada.ID))
	require.Equal(t, settings, adas)
	at := func(minute int) string {
		return url.QueryEscape(day.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339Nano))
	}
	window, _ := read("from=" + at(10) + "&to=" + at(12))
	require.Equal(t, []int64{23, 22, 21, 20}, window, "from is inside, to is past the end")

	first := gets[gen.AuditPage](t, 200, root.ask("GET", "/audit?limit=1&action=setting.changed", nil)).Entries[0]
	require.Equal(t, []any{"Ada", "=x", "a", 2400.0}, []any{first.User.Name, first.Subject, first.Before, first.After})
	nobody := gets[gen.AuditPage](t, 200, root.ask("GET", "/audit?limit=1&action=number_pool", nil)).Entries[0]
	require.Nil(t, nobody.User)

	for query, field := range map[string]string{
		"limit=0": "limit", "limit=201": "limit", "cursor=x": "cursor", "cursor=1-0": "cursor", "user_id=0": "user_id",
		"action=A": "action", "from=yesterday": "from", "from=" + at(1) + "&to=" + at(1): "to",
	} {
		require.Equal(t, field, refused(t, 400, "invalid_request", root.ask("GET", "/audit?"+query, nil)).Field, query)
	}
	refused(t, 403, "forbidden", h.browser(t, h.Mia).ask("GET", "/audit", nil))

	a := root.ask("GET", "/audit.csv?action=number", nil)
	require.Equal(t, 200, a.StatusCode)
	require.Equal(t, `attachment; filename="audit.csv"`, a.Header.Get("Content-Disposition"))
	lines, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+2475)
	require.Equal(t, []string{"at", "user", "token", "action", "subject_id", "subject", "before", "after"}, lines[0])
	require.Equal(t, []string{"2026-03-05T08:49:00.123456Z", "Mia", "", "number.created", "2499", "'=x", `"a"`, "2499"}, lines[1])
	for i, s := range some {
		require.Equal(t, fmt.Sprint(s), lines[1+i][4])
	}
	require.Len(t, strings.Split(strings.TrimSpace(string(root.ask("GET", "/audit.csv?action=nothing", nil).body)), "\n"), 1)
	require.Equal(t, "to", refused(t, 400, "invalid_request", root.ask("GET", "/audit.csv?from="+at(2)+"&to="+at(1), nil)).Field)
}
