//go:build unix

package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// runUser is who the server runs as. Postgres refuses to run as root, so root becomes somebody else.
type runUser struct {
	name     string
	uid, gid uint32
	drop     bool // we are root and become this user
}

// credential is nil when the server runs as we do.
func (u runUser) credential() *syscall.Credential {
	if !u.drop {
		return nil
	}
	return &syscall.Credential{Uid: u.uid, Gid: u.gid}
}

// chooseUser: the owner of existing data, else postgres, else nobody; without root always ourselves.
func chooseUser(dataDir string) (runUser, error) {
	owner := -1
	if info, err := os.Stat(dataDir); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			owner = int(st.Uid)
		}
	}
	if uid := os.Getuid(); uid != 0 {
		if owner >= 0 && owner != uid {
			return runUser{}, fmt.Errorf("the database in %s belongs to user %d, and this process runs as user %d: "+
				"start it as that user, or change the owner of the folder", dataDir, owner, uid)
		}
		return lookup(strconv.Itoa(uid))
	}
	switch {
	case owner == 0:
		return runUser{}, fmt.Errorf("the database in %s belongs to root, and PostgreSQL does not run as root: "+
			"chown -R postgres %[1]s", dataDir)
	case owner > 0:
		u, err := lookup(strconv.Itoa(owner))
		u.drop = true
		return u, err
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		u, err := lookup(found.Uid)
		u.drop = true
		return u, err
	}
	return runUser{}, errors.New("running as root, and PostgreSQL does not: make a user postgres (or nobody), " +
		"start as another user, or set SIDETONE_DATABASE_URL")
}

// lookup fails for a user without a name, as containers with a random uid have it: initdb refuses that too.
func lookup(uid string) (runUser, error) {
	found, err := user.LookupId(uid)
	if err != nil {
		return runUser{}, fmt.Errorf("user %s has no entry in the password file, without which PostgreSQL does not run: "+
			"add one, or set SIDETONE_DATABASE_URL to a database that runs elsewhere: %w", uid, err)
	}
	u, uerr := strconv.ParseUint(found.Uid, 10, 32)
	g, gerr := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(uerr, gerr); err != nil {
		return runUser{}, fmt.Errorf("read the ids of user %s: %w", found.Username, err)
	}
	return runUser{name: found.Username, uid: uint32(u), gid: uint32(g)}, nil
}

// give makes the user the owner of a folder, if it is another user than ourselves.
func (u runUser) give(dir string) error {
	if !u.drop {
		return nil
	}
	if err := os.Chown(dir, int(u.uid), int(u.gid)); err != nil {
		return fmt.Errorf("give %s to user %s: %w", dir, u.name, err)
	}
	return nil
}

// mayReach refuses a data root below a folder that the server's user can't pass, such as root's home.
func (u runUser) mayReach(dir string) error {
	if !u.drop {
		return nil
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("look at the way to the data directory: %w", err)
		}
		mode := info.Mode().Perm()
		pass := mode&0o001 != 0
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			switch {
			case st.Uid == u.uid:
				pass = mode&0o100 != 0
			case st.Gid == u.gid:
				pass = mode&0o010 != 0
			}
		}
		if !pass {
			return fmt.Errorf("the database server runs as user %s, who can't pass %s (mode %04o): "+
				"allow it (chmod o+x %[2]s) or choose another data directory, /var/lib/sidetone for example", u.name, dir, mode)
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return nil
	}
}

// longestSocketDir leaves room for "/.s.PGSQL.5432.lock" in the 107 bytes of a socket's path (103 on macOS).
const longestSocketDir = 80

// socketDir chooses a short folder for the socket: a data directory may be deep.
func socketDir(root string, u runUser) (string, error) {
	sum := sha256.Sum256([]byte(root))
	name := "sidetone-" + strconv.Itoa(int(u.uid)) + "-" + hex.EncodeToString(sum[:5])
	var errs []error
	for _, base := range []string{runtimeDir(), os.TempDir(), "/tmp"} {
		dir := filepath.Join(base, name)
		if base == "" || len(dir) > longestSocketDir || u.mayReach(base) != nil {
			continue
		}
		err := ensureSocketDir(dir, u)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("find a folder for the database's socket: %w", errors.Join(errs...))
}

func runtimeDir() string {
	if os.Getuid() == 0 {
		return "/run"
	}
	return os.Getenv("XDG_RUNTIME_DIR")
}

// ensureSocketDir makes the folder, and refuses one that somebody else made: who owns it can answer in our name.
func ensureSocketDir(dir string, u runUser) error {
	err := os.Mkdir(dir, 0o700)
	switch {
	case err == nil:
		return u.give(dir)
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("make the socket's folder: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the socket's folder: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || info.Mode().Perm() != 0o700 || (st.Uid != u.uid && st.Uid != 0) {
		return fmt.Errorf("the socket's folder %s is not a private folder of user %s", dir, u.name)
	}
	return u.give(dir)
}
