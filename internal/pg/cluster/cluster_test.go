//go:build linux

package cluster_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sidetone/internal/pg"
	"sidetone/internal/pg/cluster"
	"sidetone/migrations"
)

// TestMain lets the test program play another process of Sidetone: one that can be killed, or run as another user.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLUSTER_TEST_DATA"); dir != "" {
		if err := beNode(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// report is what a node says on its standard output when it is ready.
type report struct {
	App, Owner string
	Pid        int
	Managed    bool
}

func beNode(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c, err := cluster.Start(ctx, cluster.Config{DataDir: dir, Watch: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	err = json.NewEncoder(os.Stdout).Encode(report{App: c.AppURL(), Owner: c.OwnerURL(), Pid: c.Pid(), Managed: c.Managed()})
	<-ctx.Done()
	return errors.Join(err, c.Stop(context.Background()))
}

// node is another process.
type node struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

func startNode(t *testing.T, dir string, uid uint32) *node {
	t.Helper()
	var cmd *exec.Cmd
	var out io.ReadCloser
	start := func() (err error) {
		cmd = exec.Command(testProgram(t))
		cmd.Env = []string{"CLUSTER_TEST_DATA=" + dir, "PATH=" + os.Getenv("PATH"), "SIDETONE_PG_BIN=" + os.Getenv("SIDETONE_PG_BIN")}
		cmd.Dir = "/"
		if int(uid) != os.Getuid() {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		}
		if out, err = cmd.StdoutPipe(); err != nil {
			return err
		}
		return cmd.Start()
	}
	// The program has just been copied, and a process that another test forks at this moment holds it open for an instant.
	require.Eventually(t, func() bool {
		err := start()
		if !errors.Is(err, syscall.ETXTBSY) {
			require.NoError(t, err)
			return true
		}
		return false
	}, 10*time.Second, 5*time.Millisecond, "the program stays busy")
	n := &node{cmd: cmd, out: bufio.NewReader(out)}
	t.Cleanup(n.kill)
	return n
}

// ready waits for the node's report.
func (n *node) ready(t *testing.T) (r report) {
	t.Helper()
	line, err := n.out.ReadString('\n')
	require.NoError(t, err, line)
	require.NoError(t, json.Unmarshal([]byte(line), &r), line)
	return r
}

func (n *node) kill() {
	_ = n.cmd.Process.Kill() // it may have ended
	_, _ = io.Copy(io.Discard, n.out)
	_ = n.cmd.Wait()
}

func (n *node) terminate(t *testing.T) {
	t.Helper()
	require.NoError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	out, err := io.ReadAll(n.out)
	require.NoError(t, err)
	require.NoError(t, n.cmd.Wait(), string(out))
}

// testProgram is a copy of this program where any user may run it.
func testProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(openDir(t), "node")
	in, err := os.Open(self)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, errors.Join(err, out.Close()))
	return path
}

// openDir is a temporary folder that any user may pass; t.TempDir is for its owner alone.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sidetone-cluster-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func start(t *testing.T, dir string) *cluster.Cluster {
	t.Helper()
	return startWith(t, cluster.Config{DataDir: dir})
}

func startWith(t *testing.T, cfg cluster.Config) *cluster.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if cfg.Watch == 0 {
		cfg.Watch = 50 * time.Millisecond
	}
	c, err := cluster.Start(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

func startError(t *testing.T, cfg cluster.Config) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cfg.Log = slog.New(slog.DiscardHandler)
	c, err := cluster.Start(ctx, cfg)
	if err == nil {
		require.NoError(t, c.Stop(t.Context()))
	}
	require.Error(t, err)
	return err
}

// query runs one statement as the role of the URL, and returns its single value as text.
func query(url, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return "", err
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return strings.Join(values, ","), err
}

// remember leaves a row that a later start must find.
func remember(t *testing.T, ownerURL string) {
	t.Helper()
	_, err := query(ownerURL, "create table memory (word text)")
	require.NoError(t, err)
	_, err = query(ownerURL, "insert into memory values ('kept')")
	require.NoError(t, err)
}

func requireMemory(t *testing.T, ownerURL string) {
	t.Helper()
	word, err := query(ownerURL, "select word from memory")
	require.NoError(t, err)
	require.Equal(t, "kept", word)
}

// servers are the live processes that work in the data directory.
func servers(dir string) (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err == nil && cwd == filepath.Join(dir, "pg") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func requireNoServer(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(servers(dir)) == 0 }, 30*time.Second, 10*time.Millisecond, "an orphan is left")
}

func requireAnswer(t *testing.T, url, sql, want string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := query(url, sql)
		return err == nil && got == want
	}, 30*time.Second, 20*time.Millisecond, sql)
}

// users are whom the tests run nodes as: ourselves, and without root's power if we have it.
func users(t *testing.T) map[string]uint32 {
	t.Helper()
	out := map[string]uint32{"ourselves": uint32(os.Getuid())}
	if os.Getuid() == 0 {
		u, err := user.Lookup("nobody")
		require.NoError(t, err)
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		require.NoError(t, err)
		out["nobody"] = uint32(uid)
	}
	return out
}

func TestTheFirstStartMakesTheDatabaseAndTheNextFindsIt(t *testing.T) {
	t.Parallel()
	for name, uid := range users(t) {
		t.Run("as "+name, func(t *testing.T) {
			t.Parallel()
			dir := openDir(t)
			require.NoError(t, os.Chown(dir, int(uid), -1))
			n := startNode(t, dir, uid)
			r := n.ready(t)
			require.True(t, r.Managed)
			remember(t, r.Owner)
			n.terminate(t)
			require.Empty(t, servers(dir), "it stops with its process")

			n = startNode(t, dir, uid)
			requireMemory(t, n.ready(t).Owner)
			n.terminate(t)
		})
	}
}

func TestTheRolesAreBoundByTheLawAndTheServerIsDurable(t *testing.T) {
	t.Parallel()
	c := start(t, openDir(t))
	require.NoError(t, pg.Migrate(t.Context(), c.OwnerURL(), migrations.FS))
	db, err := pg.Open(t.Context(), c.AppURL(), pg.Options{})
	require.NoError(t, err)
	defer db.Close()
	for sql, want := range map[string]string{
		"show fsync":              "on",
		"show full_page_writes":   "on",
		"show synchronous_commit": "on",
		"show data_checksums":     "on",
		"show listen_addresses":   "",
		"show server_encoding":    "UTF8",
		"select pg_get_userbyid(datdba)::text from pg_database where datname = 'sidetone'":                      pg.OwnerRole,
		"select string_agg(rolname, ',' order by rolname) from pg_roles where rolname !~ '^pg_' and rolsuper":   "postgres",
		"select count(*)::text from pg_class where relowner = 'sidetone_app'::regrole":                          "0",
		"select has_table_privilege('users', 'select')::text || has_table_privilege('users', 'truncate')::text": "truefalse",
		"select distinct tableowner::text from pg_tables where schemaname = 'public'":                           pg.OwnerRole,
	} {
		got, err := query(c.AppURL(), sql)
		require.NoError(t, err, sql)
		require.Equal(t, want, got, sql)
	}
	info, err := os.Stat(socketOf(t, c.AppURL()))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "trust stands behind a closed door")
}

func socketOf(t *testing.T, url string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	return cfg.Host
}

// Where the database is configured, its owner's login may have to make the app's role.
func TestMigrateMakesTheAppRoleOrSaysWhoCan(t *testing.T) {
	t.Parallel()
	c := start(t, openDir(t))
	admin := strings.Replace(c.OwnerURL(), pg.OwnerRole, "postgres", 1)
	for _, sql := range []string{
		"drop role " + pg.AppRole, "create role plain login", "create role maker login createrole",
		"create database plain owner plain", "create database maker owner maker",
	} {
		_, err := query(admin, sql)
		require.NoError(t, err, sql)
	}
	login := func(name string) string {
		return strings.NewReplacer(pg.OwnerRole, name, "/sidetone?", "/"+name+"?").Replace(c.OwnerURL())
	}
	require.ErrorContains(t, pg.Migrate(t.Context(), login("plain"), migrations.FS), "CREATE ROLE "+pg.AppRole)

	require.NoError(t, pg.Migrate(t.Context(), login("maker"), migrations.FS))
	_, err := pg.Open(t.Context(), strings.Replace(login("maker"), "maker", pg.AppRole, 1), pg.Options{})
	require.ErrorContains(t, err, "not permitted to log in")
	db, err := pg.Open(t.Context(), login("maker"), pg.Options{AsApp: true})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.ReadTenant(t.Context(), 1, func(b *pgx.Batch) { b.Queue("select id from users") }))
	_, err = db.Pool().Exec(t.Context(), "drop table users")
	require.ErrorContains(t, err, "must be owner")

	require.NoError(t, pg.Migrate(t.Context(), login("plain"), migrations.FS), "the role is there now")
}

func TestAKilledProcessLeavesNoOrphanAndLosesNothing(t *testing.T) {
	t.Parallel()
	for name, uid := range users(t) {
		t.Run("as "+name, func(t *testing.T) {
			t.Parallel()
			dir := openDir(t)
			require.NoError(t, os.Chown(dir, int(uid), -1))
			n := startNode(t, dir, uid)
			remember(t, n.ready(t).Owner)
			require.NotEmpty(t, servers(dir))
			n.kill()
			requireNoServer(t, dir)

			n = startNode(t, dir, uid)
			requireMemory(t, n.ready(t).Owner)
			n.kill() // and at once again: the next start may meet a server that is just ending
			n = startNode(t, dir, uid)
			requireMemory(t, n.ready(t).Owner)
			n.terminate(t)
		})
	}
}

func TestAKilledServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	c := start(t, openDir(t))
	remember(t, c.OwnerURL())
	first := c.Pid()
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	requireAnswer(t, c.OwnerURL(), "select word from memory", "kept")
	require.NotEqual(t, first, c.Pid())
}

func TestAnOrphanIsStoppedBeforeTheStart(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	c := start(t, dir)
	remember(t, c.OwnerURL())
	require.NoError(t, c.Stop(t.Context()))

	// A server without a Sidetone, as an older system without death signals leaves it.
	bin, err := cluster.FindBinaries(t.Context(), "")
	require.NoError(t, err)
	orphan := exec.Command(bin.Path("postgres"), "-D", filepath.Join(dir, "pg"), "-k", dir, "-c", "listen_addresses=")
	orphan.Dir = "/"
	info, err := os.Stat(filepath.Join(dir, "pg"))
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	if os.Getuid() == 0 {
		require.NoError(t, os.Chown(dir, int(owner.Uid), int(owner.Gid)))
		orphan.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	require.NoError(t, orphan.Start())
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	t.Cleanup(func() { _ = orphan.Process.Kill() })
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "pg", "postmaster.pid"))
		return err == nil && strings.Contains(string(text), "ready")
	}, 30*time.Second, 10*time.Millisecond)

	c = start(t, dir)
	require.NotEqual(t, orphan.Process.Pid, c.Pid())
	requireMemory(t, c.OwnerURL())
	require.NoError(t, <-ended, "it was stopped cleanly")
}

func TestThePidOfADeadServerInOtherHandsIsNoOrphan(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	c := start(t, dir)
	remember(t, c.OwnerURL())
	require.NoError(t, c.Stop(t.Context()))
	// Our own pid: alive, and not a server.
	stale := strconv.Itoa(os.Getpid()) + "\n" + filepath.Join(dir, "pg") + "\n1\n5432\n/tmp\n\n  1 1\nready   \n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pg", "postmaster.pid"), []byte(stale), 0o600))
	requireMemory(t, start(t, dir).OwnerURL())
}

func TestAnInterruptedFirstStartDoesNotSpoilTheNext(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"PG_VERSION", "postgresql.conf", "global/pg_control", "base/1/pg_filenode.map", "base/4"} {
		t.Run("when "+strings.ReplaceAll(moment, "/", " ")+" was written", func(t *testing.T) {
			dir := openDir(t)
			n := startNode(t, dir, uint32(os.Getuid()))
			require.Eventually(t, func() bool {
				found, _ := filepath.Glob(filepath.Join(dir, "pg.tmp-*", moment))
				return len(found) > 0
			}, 60*time.Second, time.Millisecond)
			n.kill()
			require.NoDirExists(t, filepath.Join(dir, "pg"))
			c := start(t, dir)
			remember(t, c.OwnerURL())
			left, err := filepath.Glob(filepath.Join(dir, "pg.tmp-*"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestASecondProcessJoinsAndTakesOver(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	first, second := startNode(t, dir, uint32(os.Getuid())), startNode(t, dir, uint32(os.Getuid()))
	a, b := first.ready(t), second.ready(t)
	require.NotEqual(t, a.Managed, b.Managed, "one of two simultaneous first starts manages")
	require.Equal(t, a.App, b.App)
	remember(t, a.Owner)

	manager, other := first, b
	if b.Managed {
		manager, other = second, a
	}
	third := start(t, dir)
	require.False(t, third.Managed())
	require.ErrorContains(t, third.Restart(t.Context()), "another process")
	requireMemory(t, third.OwnerURL())
	manager.kill()
	requireAnswer(t, other.Owner, "select word from memory", "kept")
	first.kill()
	second.kill()
	require.Eventually(t, third.Managed, 30*time.Second, 10*time.Millisecond)
	requireAnswer(t, third.OwnerURL(), "select word from memory", "kept")
}

func TestDataOfAnotherVersionIsRefusedWithAWayOut(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	c := start(t, dir)
	require.NoError(t, c.Stop(t.Context()))
	version := filepath.Join(dir, "pg", "PG_VERSION")
	was, err := os.ReadFile(version)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(version, []byte("12\n"), 0o600))
	err = startError(t, cluster.Config{DataDir: dir})
	require.ErrorContains(t, err, "made by PostgreSQL 12")
	require.ErrorContains(t, err, "are of version "+strings.TrimSpace(string(was)))
	require.ErrorContains(t, err, "pg_dumpall")
}

func TestADeepDataDirectoryStillHasAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), strings.Repeat("deep/", 30))
	c := start(t, dir)
	requireAnswer(t, c.AppURL(), "select 'short'", "short")
	require.Less(t, len(socketOf(t, c.AppURL())), 90)
	require.NoError(t, c.Stop(t.Context()))
	require.NoDirExists(t, socketOf(t, c.AppURL()))
}

func TestASetupThatCanNotWorkSaysWhatToDo(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, startError(t, cluster.Config{}), "no data directory")
	require.ErrorContains(t, startError(t, cluster.Config{DataDir: openDir(t), BinDir: openDir(t)}), "initdb")
	if os.Getuid() != 0 {
		return // the rest is about root, who becomes another user
	}
	dir := openDir(t)
	private := filepath.Join(dir, "private")
	require.NoError(t, os.Mkdir(private, 0o700))
	require.ErrorContains(t, startError(t, cluster.Config{DataDir: filepath.Join(private, "data")}), "chmod o+x "+private)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "pg"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pg", "PG_VERSION"), []byte("15\n"), 0o600))
	require.ErrorContains(t, startError(t, cluster.Config{DataDir: dir}), "belongs to root")

	random := openDir(t)
	require.NoError(t, os.Chown(random, 64_999, -1))
	line, err := startNode(t, random, 64_999).out.ReadString('\n') // a container with a random uid
	require.NoError(t, err)
	require.Contains(t, line, "no entry in the password file")
	require.Contains(t, line, "SIDETONE_DATABASE_URL")
}

func TestRestartKeepsTheAddressAndTheData(t *testing.T) {
	t.Parallel()
	c := start(t, openDir(t))
	remember(t, c.OwnerURL())
	first := c.Pid()
	require.NoError(t, c.Restart(t.Context()))
	require.NotEqual(t, first, c.Pid())
	requireMemory(t, c.OwnerURL())
	require.NoError(t, c.Stop(t.Context()))
	require.NoError(t, c.Stop(t.Context()), "twice is fine")
	require.ErrorContains(t, c.Restart(t.Context()), "has ended")
}

// copyPrograms copies an installation, so that it can be upgraded. Postgres finds its libraries relative to itself.
func copyPrograms(t *testing.T) (binDir, libDir string) {
	t.Helper()
	bin, err := cluster.FindBinaries(t.Context(), "")
	require.NoError(t, err)
	to := openDir(t)
	for _, option := range []string{"--bindir", "--pkglibdir", "--sharedir"} {
		dir := pgConfig(t, bin, option)
		require.NoError(t, os.MkdirAll(filepath.Join(to, filepath.Dir(dir)), 0o755))
		out, err := exec.Command("cp", "-rL", dir, filepath.Join(to, dir)).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return filepath.Join(to, bin.Dir), filepath.Join(to, pgConfig(t, bin, "--pkglibdir"))
}

// pgConfig knows the layout of Debian too, where pg_config comes with another package.
func pgConfig(t *testing.T, bin cluster.Binaries, option string) string {
	t.Helper()
	if out, err := exec.Command(bin.Path("pg_config"), option).Output(); err == nil {
		return strings.TrimSpace(string(out))
	}
	return map[string]string{
		"--bindir":    bin.Dir,
		"--pkglibdir": filepath.Join(filepath.Dir(bin.Dir), "lib"),
		"--sharedir":  fmt.Sprintf("/usr/share/postgresql/%d", bin.Major),
	}[option]
}

// replace puts a file in the place of another, as a package manager does.
func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path+".new", text, info.Mode()))
	require.NoError(t, os.Rename(path+".new", path))
}

func TestAnUpgradeOfTheProgramsRestartsTheServer(t *testing.T) {
	t.Parallel()
	binDir, libDir := copyPrograms(t)
	c := startWith(t, cluster.Config{DataDir: openDir(t), BinDir: binDir})
	remember(t, c.OwnerURL())
	restarted := func(was int) func() bool {
		return func() bool { return c.Pid() != 0 && c.Pid() != was }
	}

	first := c.Pid()
	program, err := os.ReadFile(filepath.Join(binDir, "postgres"))
	require.NoError(t, err)
	replace(t, filepath.Join(binDir, "postgres"), program)
	require.Eventually(t, restarted(first), 30*time.Second, 10*time.Millisecond, "the executable was replaced")
	requireAnswer(t, c.OwnerURL(), "select word from memory", "kept")

	second := c.Pid()
	library, err := os.ReadFile(filepath.Join(libDir, "plpgsql.so"))
	require.NoError(t, err)
	replace(t, filepath.Join(libDir, "plpgsql.so"), []byte("of another version"))
	require.Eventually(t, restarted(second), 30*time.Second, 10*time.Millisecond, "a library could not be loaded")
	replace(t, filepath.Join(libDir, "plpgsql.so"), library)
	requireAnswer(t, c.OwnerURL(), "select word from memory", "kept")
}
