package main

import (
	"context"
	"errors"
	"fmt"

	"sidetone/cmd/sidetone/rig"
	"sidetone/cmd/sidetone/soak"
)

type soakCmd struct {
	Crash  bool   `help:"Kill the server in the middle of traffic, again and again. Done unless only --stop is asked for."`
	Stop   bool   `help:"Let consumers say STOP while texts to them wait and leave. Done unless only --crash is asked for."`
	Seed   uint64 `help:"Of the moments and the mix; 0 takes a new one and prints it."`
	Rounds int    `default:"20" help:"How often the server is killed."`
	Texts  int    `default:"2000" help:"Texts in, and as many out, in each round."`
	Stops  int    `default:"1000" help:"Consumers who say STOP."`
	PGBin  string `name:"pg-bin" env:"SIDETONE_PG_BIN" placeholder:"DIR" type:"path" help:"Where initdb and postgres are. Default: the newest installed."`
}

// Run reports what did not hold, and fails if anything did not.
func (c soakCmd) Run(ctx context.Context, s streams) error {
	broken := 0
	for _, part := range []struct {
		name  string
		asked bool
		run   func(context.Context, soak.Options) ([]soak.Violation, error)
		texts int
	}{{"crash", c.Crash || !c.Stop, soak.Crash, c.Texts}, {"stop", c.Stop || !c.Crash, soak.Stops, c.Stops}} {
		if !part.asked {
			continue
		}
		found, err := inRig(func(dir string) ([]soak.Violation, error) {
			return part.run(ctx, soak.Options{
				Rig: rig.Config{Dir: dir, PGBin: c.PGBin}, Seed: c.Seed, Rounds: c.Rounds, Texts: part.texts, Out: s.out,
			})
		})
		if err != nil {
			return fmt.Errorf("soak --%s: %w", part.name, err)
		}
		for i, v := range found {
			if i == 50 {
				fmt.Fprintf(s.out, "… and %d more\n", len(found)-i)
				break
			}
			fmt.Fprintln(s.out, v)
		}
		fmt.Fprintf(s.out, "soak --%s: %d violations\n\n", part.name, len(found))
		broken += len(found)
	}
	if broken > 0 {
		return errTold
	}
	return nil
}

// inRig gives a measurement a folder of its own and takes it away again.
func inRig[T any](do func(dir string) (T, error)) (out T, err error) {
	dir, remove, err := rig.TempDir()
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return do(dir)
}
