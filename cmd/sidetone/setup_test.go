package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"sidetone/internal/id"
	"sidetone/web/ws"
)

// patience bounds every wait of these tests; nothing sleeps for it.
const patience = 60 * time.Second

// asProgram makes the test binary the program itself: what a signal does can only be seen on a process.
const asProgram = "SIDETONE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// openDir is a temporary folder that the database's own user may pass.
func openDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "sidetone-cmd-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// program is the binary at work.
type program struct {
	t    testing.TB
	cmd  *exec.Cmd
	out  *bufio.Reader
	log  *syncBuffer
	done chan struct{} // closed when it has ended
	err  error
}

// launch starts the program with arguments and an environment of its own.
func launch(t testing.TB, env []string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(os.Args[0], args...), log: &syncBuffer{}, done: make(chan struct{})}
	p.cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p.cmd.Stderr = p.log
	pipe, writer, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdout, p.out = writer, bufio.NewReader(pipe)
	require.NoError(t, p.cmd.Start())
	writer.Close()
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		pipe.Close()
		if t.Failed() {
			t.Logf("%v said:\n%s", args, p.log)
		}
	})
	return p
}

// line is what the program prints next.
func (p *program) line() string {
	p.t.Helper()
	type read struct {
		text string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		text, err := p.out.ReadString('\n')
		got <- read{text, err}
	}()
	select {
	case r := <-got:
		require.NoError(p.t, r.err, "the program said: %s", p.log)
		return r.text
	case <-time.After(patience):
		require.FailNow(p.t, "the program printed nothing", p.log.String())
		return ""
	}
}

func (p *program) signal(s os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// ended waits for the program's end and gives its exit code, -1 after a signal that it could not catch.
func (p *program) ended() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		require.FailNow(p.t, "the program did not end", p.log.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// factsOf reads the demo's line.
func factsOf(t testing.TB, line string) (f facts) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(line), &f), line)
	return f
}

// databases are the Postgres processes that work on a data directory.
func databases(t testing.TB, data string) (pids []int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && cwd == filepath.Join(data, "pg") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			require.NoError(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// sidetone runs one command line in this process.
func sidetone(t testing.TB, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code = run(ctx, args, streams{&o, &e})
	return code, o.String(), e.String()
}

// syncBuffer is written by one goroutine while another reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// consumer texts through the simulated carrier.
type consumer struct {
	t       testing.TB
	carrier string
	number  string
}

// texts sends one and waits until the product has taken it.
func (c consumer) texts(to, text string) {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"from": c.number, "to": to, "text": text})
	require.NoError(c.t, err)
	res, err := http.Post(c.carrier+"/sim/texts", "application/json", bytes.NewReader(body))
	require.NoError(c.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, res.StatusCode, "%s", answer)
}

// gets waits for a text that holds words.
func (c consumer) gets(words string) {
	c.t.Helper()
	var got []struct{ Text string }
	require.Eventually(c.t, func() bool {
		res, err := http.Get(c.carrier + "/sim/texts?to=" + url.QueryEscape(c.number))
		if err != nil {
			return false
		}
		defer res.Body.Close()
		got = got[:0]
		if json.NewDecoder(res.Body).Decode(&got) != nil {
			return false
		}
		for _, t := range got {
			if strings.Contains(t.Text, words) {
				return true
			}
		}
		return false
	}, patience, 20*time.Millisecond, "%s never got %q", c.number, words)
}

// desk is an agent's browser: signed in, with an open socket.
type desk struct {
	t      testing.TB
	conn   *websocket.Conn
	frames chan frame
	closed chan error
	next   int
}

type frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Chat id.Chat         `json:"chat_id"`
	Data json.RawMessage `json:"data"`
}

// signIn opens the desk of an agent, who is available from then on.
func signIn(t testing.TB, base string, who login) *desk {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, Timeout: patience}
	body, err := json.Marshal(map[string]string{"email": who.Email, "password": who.Password})
	require.NoError(t, err)
	res, err := client.Post(base+"/api/console/session", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)

	dialer := websocket.Dialer{Jar: jar, Subprotocols: []string{ws.Subprotocol}, HandshakeTimeout: patience}
	conn, res, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/ws/agent", http.Header{"Origin": {base}})
	require.NoError(t, err)
	res.Body.Close()
	d := &desk{t: t, conn: conn, frames: make(chan frame, 10_000), closed: make(chan error, 1)}
	go d.read()
	t.Cleanup(func() { conn.Close() })
	d.wait("hello", func(f frame) bool { return f.Type == "hello" })
	d.ask("set_status", 0, map[string]string{"status": "available"})
	return d
}

func (d *desk) read() {
	for {
		var f frame
		if err := d.conn.ReadJSON(&f); err != nil {
			d.closed <- err
			return
		}
		d.frames <- f
	}
}

func (d *desk) wait(what string, fits func(frame) bool) frame {
	d.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case f := <-d.frames:
			if fits(f) {
				return f
			}
		case err := <-d.closed:
			require.FailNow(d.t, "the socket closed while waiting for "+what, err.Error())
		case <-deadline:
			require.FailNow(d.t, "there was no "+what)
		}
	}
}

// ask sends a request and waits for its ok.
func (d *desk) ask(kind string, of id.Chat, data any) {
	d.t.Helper()
	d.next++
	number := strconv.Itoa(d.next)
	require.NoError(d.t, d.conn.WriteJSON(map[string]any{"type": kind, "id": number, "chat_id": of, "data": data}))
	answer := d.wait("answer to "+kind, func(f frame) bool { return f.ID == number && (f.Type == "ok" || f.Type == "error") })
	require.Equal(d.t, "ok", answer.Type, "%s: %s", kind, answer.Data)
}

// answers takes the chat that is offered next and writes into it.
func (d *desk) answers(text string) id.Chat {
	d.t.Helper()
	offer := d.wait("offer", func(f frame) bool { return f.Type == "offer" })
	d.ask("accept", offer.Chat, nil)
	d.says(offer.Chat, text)
	return offer.Chat
}

func (d *desk) says(of id.Chat, text string) {
	d.t.Helper()
	d.next++
	d.ask("send", of, map[string]string{"client_id": "c" + strconv.Itoa(d.next), "text": text})
}
