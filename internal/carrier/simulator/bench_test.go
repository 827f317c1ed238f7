package simulator

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rawRequest is one send as bytes.
func rawRequest(host string) []byte {
	body := url.Values{"To": {ann}, "From": {ours}, "Body": {"Thank you, that is clear. Which would you like?"}, "ValidityPeriod": {"600"}}.Encode()
	return fmt.Appendf(nil, "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		host, base64.StdEncoding.EncodeToString([]byte("AC1:"+token)), len(body), body)
}

// drive sends requests over raw kept connections and returns how many were answered 201 in a second.
func drive(b *testing.B, address string, requests int) float64 {
	const connections = 64
	var left atomic.Int64
	left.Store(int64(requests))
	var team sync.WaitGroup
	began := time.Now()
	for range connections {
		conn, err := net.Dial("tcp", address)
		require.NoError(b, err)
		team.Go(func() {
			defer conn.Close()
			req, in := rawRequest(address), bufio.NewReader(conn)
			for left.Add(-1) >= 0 {
				if _, err := conn.Write(req); err != nil {
					b.Error(err)
					return
				}
				if err := readAnswer(in); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	team.Wait()
	return float64(requests) / time.Since(began).Seconds()
}

func readAnswer(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && string(line[9:12]) != "201" {
			return fmt.Errorf("answered %s", line)
		}
		if len(line) == 2 {
			break
		}
		if v, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
	}
	_, err := in.Discard(length)
	return err
}

// BenchmarkAccept compares the carrier with a handler that does nothing, in one run: the design asks for 20,000 a
// second, and that the carrier is never what limits.
func BenchmarkAccept(b *testing.B) {
	c, err := New(Config{Accounts: []Account{{SID: "AC1", AuthToken: token, Numbers: Numbers(ours)}}})
	require.NoError(b, err)
	carrier := httptest.NewServer(c)
	defer carrier.Close()
	answer := []byte(strings.Repeat("x", 700)) // as long as a real answer
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answer)
	}))
	defer bare.Close()
	var accepts, nothing float64
	for b.Loop() {
		nothing = max(nothing, drive(b, bare.Listener.Addr().String(), 50_000))
		accepts = max(accepts, drive(b, carrier.Listener.Addr().String(), 50_000))
	}
	b.ReportMetric(accepts, "accepts/s")
	b.ReportMetric(nothing, "bare/s")
	b.ReportMetric(accepts/nothing, "of-bare")
}

// BenchmarkReceipts says how many signed callbacks a second the carrier sends to a product that answers at once.
func BenchmarkReceipts(b *testing.B) {
	var told atomic.Int64
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		told.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer desk.Close()
	c, err := New(Config{Accounts: []Account{{SID: "AC1", AuthToken: token, Numbers: Numbers(ours), StatusURL: desk.URL}}})
	require.NoError(b, err)
	c.Start()
	carrier := httptest.NewServer(c)
	defer carrier.Close()
	defer func() { require.NoError(b, c.Shutdown(context.Background())) }()
	const texts = 20_000
	var best float64
	for b.Loop() {
		told.Store(0)
		began := time.Now()
		drive(b, carrier.Listener.Addr().String(), texts)
		require.Eventually(b, func() bool { return told.Load() == 2*texts }, time.Minute, time.Millisecond)
		best = max(best, 2*texts/time.Since(began).Seconds())
	}
	b.ReportMetric(best, "receipts/s")
}
