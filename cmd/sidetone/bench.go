package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sidetone/cmd/sidetone/bench"
	"sidetone/cmd/sidetone/rig"
	"sidetone/internal/errs"
	"sidetone/internal/gauge"
)

type benchCmd struct {
	Quick    bool     `help:"One short run of each: does it work? Its figures mean little."`
	Only     []string `placeholder:"NAME" help:"Measure these alone: start, inbound, frame, routing, outbound, api, list, sockets."`
	Sockets  int      `default:"5000" help:"How many idle agents to weigh."`
	Markdown bool     `help:"Print the table for a document."`
	PGBin    string   `name:"pg-bin" env:"SIDETONE_PG_BIN" placeholder:"DIR" type:"path" help:"Where initdb and postgres are. Default: the newest installed."`
}

// Run prints the table. A target that is missed is said in the table and is no failure.
func (c benchCmd) Run(ctx context.Context, s streams) error {
	for _, name := range c.Only {
		if !slices.Contains(bench.Parts(), name) {
			return errs.Field("only", "%q is none of %s", name, strings.Join(bench.Parts(), ", "))
		}
	}
	table, err := inRig(func(dir string) (gauge.Table, error) {
		return bench.Run(ctx, bench.Options{
			Rig: rig.Config{Dir: dir, PGBin: c.PGBin}, Quick: c.Quick, Only: c.Only, Sockets: c.Sockets, Progress: s.err,
		})
	})
	if err != nil {
		return err
	}
	write := table.Write
	if c.Markdown {
		write = table.Markdown
	}
	if err := write(s.out); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	fmt.Fprintf(s.out, "\n%d targets missed\n", table.Missed())
	return nil
}

// benchLimitsCmd is the other side of bench: the programs that show what the machine can do.
type benchLimitsCmd struct {
	DatabaseOwnerURL string `env:"SIDETONE_DATABASE_OWNER_URL" required:""`
}

// Run ends when its standard input does: whoever started it has ended then.
func (c benchLimitsCmd) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return gauge.Serve(ctx, c.DatabaseOwnerURL, s.out)
}
