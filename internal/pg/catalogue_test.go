package pg_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/pg"
	"sidetone/internal/pg/pgtest"
)

// controlTables are all the tables without row-level security: what must be found before the tenant is known, or across
// tenants. None holds personal data. To add one is a decision of design, not of convenience.
var controlTables = []string{
	"carrier_accounts", "cluster", "due", "lanes", "nodes", "session_index", "sessionless_pace", "sweeps", "tenants", "tickets", "token_index",
}

// column runs a query that returns one column of text.
func column(t *testing.T, url, sql string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

func tenantTables(t *testing.T, url string) []string {
	t.Helper()
	return column(t, url, `select c.relname::text from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity order by 1`)
}

func TestEveryTableButTheControlTablesIsBehindRowLevelSecurity(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	open := column(t, d.AdminURL, `select c.relname::text from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and not (c.relrowsecurity and c.relforcerowsecurity
				and exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polpermissive)
				and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull
					and a.atttypid = 'bigint'::regtype))
		order by 1`)
	open = slices.DeleteFunc(open, func(name string) bool { return name == "goose_db_version" })
	require.Equal(t, controlTables, open)
	require.NotEmpty(t, tenantTables(t, d.AdminURL))
}

func TestEveryPolicyIsTheTenantPolicy(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	for _, policy := range column(t, d.AdminURL, `select distinct concat_ws(' ', pg_get_expr(polqual, polrelid), 'check',
		pg_get_expr(polwithcheck, polrelid), polroles::text, polcmd) from pg_policy`) {
		require.Equal(t, "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::bigint AS \"nullif\")) check {0} *",
			policy)
	}
}

func TestEveryKeyOfATenantTableStartsWithTheTenant(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	require.Empty(t, column(t, d.AdminURL, `select i.indexrelid::regclass::text from pg_index i
		join pg_class c on c.oid = i.indrelid
		where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
			and coalesce((select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0]), '') <> 'tenant_id'`),
		"indexes, unique or not, that don't start with tenant_id")
	require.Empty(t, column(t, d.AdminURL, `select c.relname::text from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relrowsecurity and c.relkind in ('r', 'p')
			and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`),
		"tables without a primary key")
}

func TestEveryForeignKeyBetweenTenantTablesHoldsTheTenant(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	require.Empty(t, column(t, d.AdminURL, `select k.conrelid::regclass::text || '.' || k.conname from pg_constraint k
		join pg_class child on child.oid = k.conrelid
		join pg_class parent on parent.oid = k.confrelid
		where k.contype = 'f' and child.relrowsecurity and parent.relname <> 'tenants'
			and not exists (
				select from unnest(k.conkey, k.confkey) as pair(mine, theirs)
				join pg_attribute m on m.attrelid = k.conrelid and m.attnum = pair.mine
				join pg_attribute p on p.attrelid = k.confrelid and p.attnum = pair.theirs
				where m.attname = 'tenant_id' and p.attname = 'tenant_id')`))
}

func TestNothingInTheSchemaGoesRoundRowLevelSecurity(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	require.Empty(t, column(t, d.AdminURL, `select p.oid::regprocedure::text from pg_proc p
		where p.prosecdef and p.pronamespace in ('public'::regnamespace, 'river'::regnamespace)`), "SECURITY DEFINER functions")
	require.Empty(t, column(t, d.AdminURL, `select c.relname::text from pg_class c
		where c.relnamespace = 'public'::regnamespace and (c.relkind = 'm'
			or c.relkind = 'v' and not coalesce(c.reloptions @> array['security_invoker=true'], false))`),
		"materialised views, and views that run as their owner")
}

func TestTheAppRoleOwnsNothingAndIsBoundByTheLaw(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	require.Equal(t, []string{"plain"}, column(t, d.AdminURL, `select case when rolsuper or rolbypassrls or rolcreaterole
		or rolcreatedb or rolreplication then 'mighty' else 'plain' end from pg_roles where rolname = $1`, pg.AppRole))
	require.Empty(t, column(t, d.AdminURL, `select pg_describe_object(classid, objid, objsubid) from pg_shdepend
		where refobjid = $1::regrole and deptype = 'o' and dbid in (0, (select oid from pg_database where datname = current_database()))`,
		pg.AppRole), "what the role owns")
	require.Empty(t, column(t, d.AdminURL, `select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'river'::regnamespace) and c.relkind in ('r', 'p')
			and (has_table_privilege($1, c.oid, 'TRUNCATE') or has_table_privilege($1, c.oid, 'TRIGGER')
				or has_table_privilege($1, c.oid, 'REFERENCES'))`, pg.AppRole), "tables it may truncate or hang things on")
	require.Empty(t, column(t, d.AdminURL, `select n.nspname::text from pg_namespace n
		where n.nspname !~ '^pg_' and has_schema_privilege($1, n.oid, 'CREATE')`, pg.AppRole), "schemas it may create in")
	require.Equal(t, []string{"SELECT"}, column(t, d.AdminURL, `select p from
		unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p where has_table_privilege($1, 'goose_db_version', p)`, pg.AppRole))
	for _, table := range column(t, d.AdminURL, `select oid::regclass::text from pg_class
		where relkind = 'r' and obj_description(oid, 'pg_class') like 'append-only%'`) {
		require.Equal(t, []string{"SELECT", "INSERT"}, column(t, d.AdminURL, `select p from
			unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p where has_table_privilege($1, $2::regclass, p)`,
			pg.AppRole, table), table)
	}
	conn, err := pgx.Connect(t.Context(), d.AppURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for _, sql := range []string{
		"truncate users", "alter table users disable row level security", "drop policy tenant on users",
		"set role " + pg.OwnerRole, "create table mine (n int)",
	} {
		_, err := conn.Exec(t.Context(), sql)
		require.Error(t, err, sql)
	}
}

// TestATenantNeverSeesAnothersRows fills every tenant table with a row of each of two tenants, without minding keys and
// checks, and looks at all of them as each.
func TestATenantNeverSeesAnothersRows(t *testing.T) {
	t.Parallel()
	d := pgtest.NewDatabase(t)
	fillTenantTables(t, d.AdminURL)
	db := pgtest.Open(t, d)
	for _, table := range tenantTables(t, d.AdminURL) {
		name := pgx.Identifier{table}.Sanitize()
		require.Equal(t, []string{"{1,2}"},
			column(t, d.AdminURL, "select array_agg(distinct tenant_id order by tenant_id)::text from "+name), table)
		require.Equal(t, []string{"0"}, column(t, d.AppURL, "select count(*)::text from "+name), "%s without a tenant", table)
		require.NoError(t, db.ReadTenant(t.Context(), bob, func(b *pgx.Batch) {
			b.Queue("select array_agg(distinct tenant_id)::text from " + name).QueryRow(func(row pgx.Row) error {
				var seen string
				err := row.Scan(&seen)
				require.Equal(t, "{2}", seen, table)
				return err
			})
		}))
		err := db.InTenantTx(t.Context(), bob, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), "delete from "+name+" where tenant_id = 1")
			return err
		})
		if err != nil { // append-only
			require.ErrorContains(t, err, "permission denied")
		}
		require.Equal(t, []string{"1"}, column(t, d.AdminURL, "select count(*)::text from "+name+" where tenant_id = 1"), table)
	}
}

func fillTenantTables(t *testing.T, adminURL string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), adminURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	run := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
	run("set session_replication_role = replica") // no foreign keys
	for _, table := range tenantTables(t, adminURL) {
		name := pgx.Identifier{table}.Sanitize()
		for _, check := range column(t, adminURL, "select conname::text from pg_constraint where conrelid = $1::regclass and contype = 'c'", name) {
			run("alter table " + name + " drop constraint " + pgx.Identifier{check}.Sanitize())
		}
		var columns, values []string
		for _, c := range column(t, adminURL, `select a.attname || ' ' || format_type(a.atttypid, null) from pg_attribute a
			where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> 'tenant_id'
				and a.attnotnull and a.attidentity = '' and not a.atthasdef`, name) {
			column, kind, _ := strings.Cut(c, " ")
			columns = append(columns, pgx.Identifier{column}.Sanitize())
			values = append(values, sample(kind))
		}
		for _, tenant := range []string{"1", "2"} {
			run("insert into " + name + " (" + strings.Join(append([]string{"tenant_id"}, columns...), ", ") + ") values (" +
				strings.Join(append([]string{tenant}, values...), ", ") + ")")
		}
	}
}

func sample(kind string) string {
	switch {
	case strings.HasSuffix(kind, "[]"):
		return "'{}'"
	case strings.HasPrefix(kind, "timestamp"), kind == "date", strings.HasPrefix(kind, "time"):
		return "now()"
	case strings.HasPrefix(kind, "json"):
		return "'{}'"
	case kind == "uuid":
		return "gen_random_uuid()"
	case kind == "boolean":
		return "false"
	case kind == "bytea":
		return "'x'"
	case kind == "interval":
		return "'1 s'"
	case kind == "inet":
		return "'127.0.0.1'"
	default:
		return "'1'" // a number or a text
	}
}
