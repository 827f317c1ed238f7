package gauge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Requests are ready HTTP/1.1 requests in one piece of memory, so that the collector has nothing to look at.
type Requests struct {
	data []byte
	ends []int
}

// Add appends one request.
func (r *Requests) Add(request []byte) {
	r.data = append(r.data, request...)
	r.ends = append(r.ends, len(r.data))
}

// Len is how many there are.
func (r *Requests) Len() int { return len(r.ends) }

// At is one of them.
func (r *Requests) At(i int) []byte {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return r.data[from:r.ends[i]]
}

// Form makes a POST of a form as bytes; head is further header lines, each with its line end.
func Form(host, path, head string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n%sContent-Length: %d\r\n\r\n%s",
		path, host, head, len(body), body)
}

// ErrDry says that a run used up its requests before its time was over: it was shorter than asked, its rate is true.
var ErrDry = errors.New("the prepared requests ran out")

// Drive sends requests over kept connections, each waiting for its answer, for a time. Each request is sent once at
// most. An answer other than 2xx ends the run with an error.
func Drive(ctx context.Context, address string, conns int, d time.Duration, reqs *Requests) (Run, error) {
	var next atomic.Int64
	var team sync.WaitGroup
	times := make([][]time.Duration, conns)
	errs := make([]error, conns)
	lines := make([]*line, conns)
	for i := range conns {
		l, err := dial(ctx, address)
		if err != nil {
			return Run{}, err
		}
		defer l.close()
		lines[i] = l
	}
	began := time.Now()
	end := began.Add(d)
	for i := range conns {
		mine := make([]time.Duration, 0, reqs.Len()/conns*2+16)
		team.Go(func() {
			defer func() { times[i] = mine }()
			for at := time.Now(); at.Before(end); {
				n := int(next.Add(1)) - 1
				if n >= reqs.Len() {
					errs[i] = ErrDry
					return
				}
				if errs[i] = lines[i].Post(reqs.At(n)); errs[i] != nil {
					return
				}
				now := time.Now()
				mine = append(mine, now.Sub(at))
				at = now
			}
		})
	}
	team.Wait()
	took := time.Since(began)
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, ErrDry) {
			return Run{}, err
		}
	}
	return Summary(all, took), nil
}

// Pace sends requests at a steady rate, each at its own moment whether the ones before were answered or not (so that a
// stall counts against everybody it would have hit), until they are used up or the time is over. sent is called just
// before each is written, from many goroutines.
func Pace(ctx context.Context, address string, conns int, perSecond float64, d time.Duration, reqs *Requests, sent func(i int, due time.Time)) error {
	var next atomic.Int64
	var team sync.WaitGroup
	errs := make([]error, conns)
	began := time.Now()
	n := min(reqs.Len(), int(perSecond*d.Seconds()))
	for c := range conns {
		l, err := dial(ctx, address)
		if err != nil {
			return err
		}
		defer l.close()
		team.Go(func() {
			for errs[c] == nil && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				due := began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
				time.Sleep(time.Until(due))
				sent(i, due)
				errs[c] = l.Post(reqs.At(i))
			}
		})
	}
	team.Wait()
	return errors.Join(errs...)
}

// line is one kept connection of a run.
type line struct {
	conn net.Conn
	*Caller
}

func dial(ctx context.Context, address string) (*line, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	return &line{conn, NewCaller(conn)}, nil
}

func (l *line) close() { _ = l.conn.Close() } // nothing is under way

// Caller writes ready requests to a kept connection and reads their answers, as HTTP/1.1 wants it (RFC 9112), and no more
// of it than our own servers need.
type Caller struct {
	out io.Writer
	in  *bufio.Reader
}

// NewCaller speaks over a connection.
func NewCaller(conn io.ReadWriter) *Caller { return &Caller{conn, bufio.NewReaderSize(conn, 4096)} }

// Post sends one request and reads its answer; one other than 2xx is an error.
func (l *Caller) Post(request []byte) error {
	if _, err := l.out.Write(request); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	status, length := 0, 0
	for {
		row, err := l.in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read an answer: %w", err)
		}
		if status == 0 {
			if len(row) < 12 {
				return fmt.Errorf("read an answer: %q", row)
			}
			if status, err = strconv.Atoi(string(row[9:12])); err != nil {
				return fmt.Errorf("read an answer: %q", row)
			}
			continue
		}
		if len(row) <= 2 {
			break
		}
		if name, value, ok := bytes.Cut(row, []byte(": ")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return fmt.Errorf("read an answer: %q", row)
			}
		}
	}
	if status/100 != 2 {
		body := make([]byte, min(length, 300))
		_, _ = l.in.Read(body) // for the error's sentence only
		return fmt.Errorf("answered %d: %s", status, body)
	}
	if _, err := l.in.Discard(length); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	return nil
}
