//go:build unix && !linux

package cluster

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const locale = "C"

var platformSettings []string

// sysProcAttr: there is no death signal here; the next start finds an orphan and stops it.
func sysProcAttr(u runUser, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: u.credential(), Setpgid: true}
}

func runTied(cmd *exec.Cmd) ([]byte, error) { return cmd.CombinedOutput() }

// serves can't see what a process works on, so a live pid counts.
func serves(pid int, _ string) bool { return syscall.Kill(pid, 0) == nil }

func serversOf(string) []int { return nil }

func syncTree(string) error {
	return unix.Sync()
}
