// Command sidetone is the whole product: the server, its demo, and the tools of whoever runs it.
//
// This package parses and wires by hand; it is the only one that knows all floors. One file a subcommand; node.go is what
// serve, demo, bench, soak and the tests share.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"sidetone/internal/config"
	"sidetone/internal/logs"
	"sidetone/web/edge"
)

// cli is every subcommand. Each lives in a file of its name and has a Run.
type cli struct {
	Serve      serveCmd       `cmd:"" help:"Run one node: console, APIs, webhooks, lanes."`
	Demo       demoCmd        `cmd:"" help:"Run everything with made-up people and a simulated carrier; nothing to configure."`
	Migrate    migrateCmd     `cmd:"" help:"Bring the database up to date, or say what it lacks."`
	Tenant     tenantCmd      `cmd:"" help:"Make and list tenants, their users, queues and numbers."`
	Token      tokenCmd       `cmd:"" help:"Make, list and disable API tokens."`
	Doctor     doctorCmd      `cmd:"" help:"Say what is wrong on this machine and how to mend it."`
	Config     configCmd      `cmd:"" help:"Print or check the settings."`
	CarrierSim carrierSimCmd  `cmd:"" name:"carrier-sim" help:"Run the simulated carrier alone."`
	Bench      benchCmd       `cmd:"" help:"Measure each path beside this machine's limits."`
	Limits     benchLimitsCmd `cmd:"" name:"bench-limits" hidden:""`
	Soak       soakCmd        `cmd:"" help:"Put traffic through a server under faults and check that nothing is lost or doubled."`
	Version    versionCmd     `cmd:"" help:"Print the version."`
}

// streams are where a command writes: what was asked for on out, everything else on err.
type streams struct{ out, err io.Writer }

func main() {
	ctx, stop := interruptible(context.Background())
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr}))
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// run parses and runs one command line, and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("sidetone"), kong.Description("A contact-center SMS channel in one program and one Postgres."),
		kong.Writers(s.out, s.err), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		config.Vars(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "sidetone: error:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.err, "sidetone: error: %v\nsidetone --help says what there is\n", err)
		return exitUsage
	}
	switch err := parsed.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, errTold):
		return exitFailed
	default:
		fmt.Fprintln(s.err, "sidetone: error:", logs.Mask(err.Error()))
		return exitFailed
	}
}

// errTold is a failure that the command has already reported in its own words.
var errTold = errors.New("failed")

// sameWish is how long further signals count as the first: a shell, make or timeout may send one to the whole group and
// another to the process.
const sameWish = time.Second

// interruptible ends its context at the first Ctrl-C or SIGTERM, and the process at the second.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		first := time.Now()
		cancel()
		for range signals {
			if time.Since(first) > sameWish {
				fmt.Fprintln(os.Stderr, "sidetone: stopped at once, at a second signal")
				os.Exit(128 + int(syscall.SIGINT)) // a managed database ends with us (its death signal)
			}
		}
	}()
	return ctx, cancel
}

// newLog is the process's logger: masked, and with the request's id wherever a request is served.
func newLog(cfg config.Config, w io.Writer) (*slog.Logger, error) {
	log, err := logs.New(w, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return nil, err
	}
	return slog.New(edge.LogHandler{Handler: log.Handler()}), nil
}
