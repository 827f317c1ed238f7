package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/gauge"
)

// programs are the limit programs as a process: `sidetone bench-limits`.
type programs struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
}

func startPrograms(ctx context.Context, r *rig.Rig) (*programs, error) {
	p := &programs{cmd: r.Command("bench-limits")}
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the limit programs: %w", err)
	}
	p.in = in
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the limit programs: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the limit programs: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = p.cmd.Process.Kill() // it has said nothing, so it is of no use
		return nil, fmt.Errorf("start the limit programs: they ended: %w", err)
	}
	p.address = strings.TrimSpace(line)
	return p, nil
}

// stop closes their standard input, which ends them.
func (p *programs) stop() error {
	if err := p.in.Close(); err != nil {
		return fmt.Errorf("stop the limit programs: %w", err)
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stop the limit programs: %w", err)
	}
	return nil
}

// outbound runs the bare loop that drains an outbox to a sink.
func (p *programs) outbound(ctx context.Context, sink string, n int) (run gauge.Run, err error) {
	q := url.Values{"sink": {sink}, "n": {strconv.Itoa(n)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+"/outbound?"+q.Encode(), nil)
	if err != nil {
		return run, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return run, fmt.Errorf("run the bare outbound loop: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500)) // for the error's sentence only
		return run, fmt.Errorf("run the bare outbound loop: %s", text)
	}
	return run, json.NewDecoder(res.Body).Decode(&run)
}
