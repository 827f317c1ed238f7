package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const readyWithin = time.Minute

// Server is the program at work as a process.
type Server struct {
	Ready time.Duration // from its start until /readyz said yes
	cmd   *exec.Cmd
	log   *tail
	done  chan struct{} // closed when it has ended
	err   error
}

func procs() int { return runtime.GOMAXPROCS(0) }

// Command is the program with arguments, on this rig's database.
func (r *Rig) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(r.cfg.Binary, args...) //nolint:gosec // the program itself
	cmd.Env = r.env()
	return cmd
}

// Serve starts `sidetone serve` and waits until it is ready. Its log goes where the rig's does not: into Log.
func (r *Rig) Serve(ctx context.Context) (*Server, error) {
	s := &Server{log: &tail{}, done: make(chan struct{})}
	began := time.Now()
	s.cmd = r.Command("serve")
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for time.Since(began) < readyWithin {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"/readyz", nil)
		if err != nil {
			return nil, err
		}
		if res, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				s.Ready = time.Since(began)
				return s, nil
			}
		}
		select {
		case <-s.done:
			return nil, fmt.Errorf("start the server: it ended: %w\n%s", orNormal(s.err), s.log)
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), s.Kill())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil, errors.Join(fmt.Errorf("the server was not ready within %s:\n%s", readyWithin, s.log), s.Kill())
}

func orNormal(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// Kill is kill -9.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-s.done
	return nil
}

// Stop asks it to end and waits.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("the server did not stop within 30 s"), s.Kill())
	}
	if s.err != nil {
		return fmt.Errorf("stop the server: %w\n%s", s.err, s.log)
	}
	return nil
}

// Alive says that it has not ended.
func (s *Server) Alive() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// Log is the end of what it said.
func (s *Server) Log() string { return s.log.String() }

// Memory is the resident size in bytes, as the kernel counts it.
func (s *Server) Memory() (int64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, fmt.Errorf("read the server's memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("read the server's memory: the kernel does not say")
}

// CPU is the processor time it has used.
func (s *Server) CPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0, fmt.Errorf("read the server's processor time: %w", err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the server's processor time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}

// tail keeps the last of a log.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 16 << 10

// Write appends.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
