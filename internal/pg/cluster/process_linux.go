package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const locale = "C.UTF-8"

// platformSettings: after a crash flush the file system once, not each file: 0.3 s instead of 1.5 s.
var platformSettings = []string{"recovery_init_sync_method=syncfs"}

// sysProcAttr: the child gets its own process group, so that Ctrl-C reaches us alone, and a signal when we die.
// SIGINT is Postgres's fast shutdown: a kill -9 of ours leaves a clean database and no orphan.
func sysProcAttr(u runUser, onOurDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: u.credential(), Setpgid: true, Pdeathsig: onOurDeath}
}

// runTied runs a program to its end on one thread, because its death signal is tied to the thread that forked it.
func runTied(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}

// serves reports whether the process is a live server on the data. A zombie is not: it has no working directory.
func serves(pid int, dataDir string) bool { return slices.Contains(serversOf(dataDir), pid) }

// serversOf lists the processes that work in the data directory: a server and its backends.
func serversOf(dataDir string) (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is sound
	for _, link := range links {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
		if err != nil || filepath.Base(exe) != "postgres" && filepath.Base(exe) != "postgres (deleted)" {
			continue
		}
		if cwd, err := os.Readlink(link); err == nil && cwd == dataDir {
			pids = append(pids, pid)
		}
	}
	return pids
}

// syncTree flushes the file system that holds the folder.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("syncfs: %w", err)
	}
	return nil
}
