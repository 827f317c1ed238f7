package gauge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Serve runs the limit programs as a process of their own, as the server under test is one: it prints its address on out
// and ends with ctx.
func Serve(ctx context.Context, databaseURL string, out io.Writer) error {
	l, err := OpenLimits(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer l.Close()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the limit programs: %w", err)
	}
	srv := &http.Server{Handler: l.Routes(ctx), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() }) // nothing is owed
	defer stop()
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return fmt.Errorf("say where the limit programs are: %w", err)
	}
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the limit programs: %w", err)
	}
	return nil
}
