package tenant_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
	"sidetone/internal/tenant"
	"sidetone/internal/tenant/reply"
)

func newTenant(t *testing.T, db *pg.DB, subdomain string) id.Tenant {
	t.Helper()
	row, err := tenant.Create(t.Context(), db, subdomain, "The "+subdomain+" company")
	require.NoError(t, err)
	return row.ID
}

func inTx(t *testing.T, db *pg.DB, of id.Tenant, fn func(tx pgx.Tx) error) error {
	t.Helper()
	return db.InTenantTx(t.Context(), of, fn)
}

func set(t *testing.T, db *pg.DB, of id.Tenant, queue id.Queue, key string, value any) error {
	t.Helper()
	return inTx(t, db, of, func(tx pgx.Tx) error {
		return tenant.Set(t.Context(), tx, of, queue, key, value, tenant.Actor{}, time.Now())
	})
}

func book(t *testing.T, db *pg.DB, of id.Tenant) (b tenant.Book) {
	t.Helper()
	require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) (err error) {
		b, err = tenant.LoadBook(t.Context(), tx, of)
		return err
	}))
	return b
}

func newQueue(t *testing.T, db *pg.DB, of id.Tenant, parent *id.Queue) (q id.Queue) {
	t.Helper()
	require.NoError(t, inTx(t, db, of, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), "insert into queues (tenant_id, parent_id, name) values ($1, $2, 'Returns') returning id",
			of, parent).Scan(&q)
	}))
	return q
}

func TestEveryDefaultIsAValueThatMayBeSet(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	keys := tenant.Registry()
	for _, kind := range reply.Kinds() {
		for _, lang := range reply.Languages() {
			s, ok := tenant.Find(tenant.TextKey(kind, lang))
			require.True(t, ok)
			if s.Default != "" {
				keys = append(keys, s)
			}
		}
	}
	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error {
		for _, s := range keys {
			require.NotEmpty(t, s.Doc, s.Key)
			if s.Kind == tenant.KindHours || s.Key == string(tenant.AgentStatuses) {
				continue // not set by default
			}
			require.NoError(t, tenant.Set(t.Context(), tx, ann, 0, s.Key, s.Default, tenant.Actor{}, time.Now()), s.Key)
		}
		return nil
	}))
	set, unset := book(t, db, ann).Tenant(), tenant.Settings{}
	for _, s := range keys {
		require.EqualValues(t, unset.Value(s.Key), set.Value(s.Key), s.Key)
	}
}

func TestATimerIsOffOrBetweenAMinuteAndAWeek(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	for value, ok := range map[any]bool{0: true, 1: true, 10080: true, -1: false, 10081: false, 1.5: false, "60": false, nil: false, true: false} {
		err := set(t, db, ann, 0, string(tenant.ChatTimeout), value)
		if ok {
			require.NoError(t, err, value)
			continue
		}
		require.Equal(t, errs.Invalid, errs.CodeOf(err), "%v: %v", value, err)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "chat_timeout", e.Field)
	}
	require.ErrorContains(t, set(t, db, ann, 0, "chat_timeout", 99999), "0 (off) or 1 to 10080 minutes")
}

func TestAQueueInheritsFromItsParentAndTheRootFromTheTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	root := newQueue(t, db, ann, nil)
	leaf := newQueue(t, db, ann, &root)
	key := tenant.OfferTimeout
	of := func() tenant.Settings { return book(t, db, ann).Resolve(leaf, root) }

	require.Equal(t, 10*time.Second, of().Duration(key))
	require.Equal(t, tenant.Source{From: "default"}, of().Source(string(key)))

	require.NoError(t, set(t, db, ann, 0, string(key), 11))
	require.Equal(t, 11*time.Second, of().Duration(key))
	require.Equal(t, tenant.Source{From: "tenant"}, of().Source(string(key)))

	require.NoError(t, set(t, db, ann, root, string(key), 12))
	require.Equal(t, tenant.Source{From: "queue", Queue: root}, of().Source(string(key)))
	require.NoError(t, set(t, db, ann, leaf, string(key), 13))
	require.Equal(t, 13*time.Second, of().Duration(key))
	require.Equal(t, 12*time.Second, book(t, db, ann).Resolve(root).Duration(key))
	require.Equal(t, 11*time.Second, book(t, db, ann).Tenant().Duration(key))

	require.NoError(t, inTx(t, db, ann, func(tx pgx.Tx) error {
		return tenant.Unset(t.Context(), tx, ann, leaf, string(key), tenant.Actor{}, time.Now())
	}))
	require.Equal(t, 12*time.Second, of().Duration(key))
}

func TestWhatIsTheTenantsIsNotSetForAQueue(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	root := newQueue(t, db, ann, nil)
	require.ErrorContains(t, set(t, db, ann, root, string(tenant.AgentChatLimit), 3), "for the tenant")
	require.ErrorContains(t, set(t, db, ann, root, tenant.TextKey(reply.Stop, "en"), "x"), "for the tenant")
	require.Equal(t, errs.NotFound, errs.CodeOf(set(t, db, ann, root+99, string(tenant.OfferTimeout), 3)))
	require.ErrorContains(t, set(t, db, ann, 0, "no_such", 3), "no setting")
	require.ErrorContains(t, set(t, db, ann, 0, "text.greeting.english", "x"), "no setting")
}

func TestTheQueueOfAnotherTenantIsNotFound(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann, bob := newTenant(t, db, "ann"), newTenant(t, db, "bob")
	bobs := newQueue(t, db, bob, nil)
	require.Equal(t, errs.NotFound, errs.CodeOf(set(t, db, ann, bobs, string(tenant.OfferTimeout), 30)))
	require.NoError(t, set(t, db, bob, 0, string(tenant.CompanyName), "Bob & Sons"))
	require.Equal(t, "The ann company", book(t, db, ann).Tenant().Company())
	require.Equal(t, "Bob & Sons", book(t, db, bob).Tenant().Company())
}

func TestARefusedSettingChangesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	for key, value := range map[string]any{
		string(tenant.QuietHours):               "sometimes",
		string(tenant.NonUSNumbers):             "yes",
		string(tenant.TimeZone):                 "Mars/Olympus",
		string(tenant.DefaultLanguage):          "English",
		string(tenant.ExitWords):                []string{"back"},
		string(tenant.BackWords):                []string{"ZURUECK", "zurueck"},
		string(tenant.CompanyName):              "two\nlines",
		string(tenant.StopConfirmationExpiry):   6,
		tenant.TextKey(reply.Greeting, "en"):    "Hi @{FIRST_NAME}",
		tenant.TextKey(reply.Menu, "en"):        "Choose @{QUEUE_NAME",
		tenant.TextKey(reply.Stop, "en"):        "Bye from us. No more messages.",
		tenant.TextKey(reply.Stop, "fr"):        "@{COMPANY_NAME} : d'accord",
		tenant.TextKey(reply.Help, "en"):        "@{COMPANY_NAME}: reply STOP to opt out",
		tenant.TextKey(reply.Help, "de"):        "@{COMPANY_NAME}: @{SUPPORT_CONTACT}, stop2quit",
		tenant.TextKey(reply.Start, "en"):       "@{COMPANY_NAME}: welcome back, STOP ends it",
		tenant.OpeningHours + "":                map[string]any{"weekly": map[string]any{"monday": []any{}}},
		string(tenant.CallWeight):               31,
		string(tenant.SessionlessReplyInterval): 0,
		string(tenant.AmbiguousSend):            nil,
		tenant.TextKey(reply.Sessionless, "en"): 7,
	} {
		require.Equal(t, errs.Invalid, errs.CodeOf(set(t, db, ann, 0, key, value)), key)
	}
	_, version, err := tenant.NewVersioned(db, tenant.LoadBook).Load(t.Context(), ann)
	require.NoError(t, err)
	require.EqualValues(t, 1, version)
}

func TestOpeningHoursAreKeptAsTheyWereSet(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ann := newTenant(t, db, "ann")
	hours, zone := book(t, db, ann).Tenant().Hours()
	require.True(t, hours.AlwaysOpen())
	require.Equal(t, "UTC", zone.String())

	require.NoError(t, set(t, db, ann, 0, string(tenant.TimeZone), "America/New_York"))
	raw := `{"weekly":{"mon":[{"from":"09:00","to":"12:30"},{"from":"13:00","to":"24:00"}]},"holidays":[{"date":"2026-12-25","name":"Christmas"}]}`
	require.NoError(t, set(t, db, ann, 0, tenant.OpeningHours, json.RawMessage(raw)))
	hours, zone = book(t, db, ann).Tenant().Hours()
	require.Equal(t, []tenant.Interval{{From: 540, To: 750}, {From: 780, To: 1440}}, hours.Weekly["mon"])
	require.Equal(t, "America/New_York", zone.String())
	written, err := json.Marshal(hours)
	require.NoError(t, err)
	require.JSONEq(t, raw, string(written))

	for _, bad := range []string{
		`{"weekly":{"mon":[{"from":"12:00","to":"09:00"}]}}`,
		`{"weekly":{"mon":[{"from":"09:00","to":"12:00"},{"from":"11:00","to":"13:00"}]}}`,
		`{"weekly":{"mon":[{"from":"9","to":"25:00"}]}}`,
		`{"weekly":{},"holidays":[{"date":"25.12."}]}`,
		`{"weekly":{},"holidays":[{"date":"2026-12-25"},{"date":"2026-12-25"}]}`,
		`[]`,
	} {
		require.Equal(t, errs.Invalid, errs.CodeOf(set(t, db, ann, 0, tenant.OpeningHours, json.RawMessage(bad))), bad)
	}
}

func TestATextFallsBackToTheTenantsLanguage(t *testing.T) {
	t.Parallel()
	name := func(kind tenant.TextKind, lang, text string) tenant.Stored {
		raw, err := json.Marshal(text)
		require.NoError(t, err)
		return tenant.Stored{Key: tenant.TextKey(kind, lang), Value: raw}
	}
	s := tenant.NewBook("Fernhill", []tenant.Stored{
		{Key: "default_language", Value: []byte(`"de"`)},
		name(reply.Menu, "de", "Bitte wählen:"),
		name(reply.Menu, "fr", "Choisissez :"),
		name(reply.Menu, "fr-CA", "Choisissez s.v.p. :"),
	}).Tenant()
	require.Equal(t, "Choisissez s.v.p. :", s.Text(reply.Menu, "fr-CA"))
	require.Equal(t, "Choisissez :", s.Text(reply.Menu, "fr-BE"))
	require.Equal(t, "Bitte wählen:", s.Text(reply.Menu, "it"))
	require.Contains(t, s.Text(reply.Stop, "es-MX"), "no le enviaremos otros")
	require.Contains(t, s.Text(reply.Greeting, "pt"), "Boas-vindas")
}

func TestARowThatIsNoLongerValidCountsAsNotSet(t *testing.T) {
	t.Parallel()
	s := tenant.NewBook("Fernhill", []tenant.Stored{
		{Key: "agent_chat_limit", Value: []byte(`900`)},
		{Key: "gone", Value: []byte(`1`)},
		{Queue: 3, Key: "company_name", Value: []byte(`"Queue"`)},
	}).Resolve(3)
	require.Equal(t, 5, s.Count(tenant.AgentChatLimit))
	require.Equal(t, "Fernhill", s.Company())
}

func TestTheDismissalNeverComesAfterTheChatTimeout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := func(key tenant.DurationKey) (int, tenant.Stored) {
			n := rapid.IntRange(0, 10080).Draw(r, string(key))
			raw, _ := json.Marshal(n)
			return n, tenant.Stored{Key: string(key), Value: raw}
		}
		chat, chatRow := n(tenant.ChatTimeout)
		dismissal, dismissalRow := n(tenant.Dismissal)
		timers := tenant.NewBook("", []tenant.Stored{chatRow, dismissalRow}).Tenant().Timers()
		require.Equal(r, time.Duration(chat)*time.Minute, timers.Chat)
		require.LessOrEqual(r, timers.Dismissal, time.Duration(dismissal)*time.Minute)
		require.Equal(r, dismissal > 0, timers.Dismissal > 0)
		if chat > 0 {
			require.LessOrEqual(r, timers.Dismissal, timers.Chat)
		}
	})
}
