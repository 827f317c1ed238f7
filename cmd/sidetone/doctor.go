package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"sidetone/internal/config"
	"sidetone/internal/logs"
)

type doctorCmd struct {
	config.Config `embed:""`
	JSON          bool `name:"json" help:"Print the findings as a JSON array."`
}

// state is how bad a finding is.
type state string

const (
	fine    state = "ok"
	worry   state = "warn"
	failing state = "fail"
)

// finding is one line of the doctor: what was looked at, what it found, how to mend it.
type finding struct {
	State state  `json:"state"`
	Check string `json:"check"`
	Found string `json:"found"`
	Mend  string `json:"mend,omitempty"`
}

func ok(check, format string, args ...any) finding {
	return finding{State: fine, Check: check, Found: fmt.Sprintf(format, args...)}
}

func (f finding) as(s state, mend string, args ...any) finding {
	f.State, f.Mend = s, fmt.Sprintf(mend, args...)
	return f
}

// Run looks at everything, whatever it finds, and fails when something must be mended.
func (c doctorCmd) Run(ctx context.Context, s streams) error {
	var findings []finding
	report := func(fs ...finding) {
		for _, f := range fs {
			f.Found = logs.Mask(f.Found)
			findings = append(findings, f)
			if !c.JSON {
				f.print(s.out)
			}
		}
	}
	examine(ctx, c.Config, report)
	bad := false
	for _, f := range findings {
		bad = bad || f.State == failing
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(findings); err != nil {
			return fmt.Errorf("print the findings: %w", err)
		}
	}
	if bad {
		return errTold
	}
	return nil
}

func (f finding) print(w io.Writer) {
	fmt.Fprintf(w, "%-4s  %-16s %s\n", f.State, f.Check, f.Found)
	if f.Mend != "" {
		fmt.Fprintf(w, "      %-16s mend: %s\n", "", f.Mend)
	}
}

// examine goes from the settings to the world outside; wrong settings end it, for the rest would only repeat them.
func examine(ctx context.Context, cfg config.Config, report func(...finding)) {
	if err := cfg.Check(); err != nil {
		report(ok("settings", "%v", err).as(failing, "correct what is named; `sidetone config print` shows the settings in force"))
		return
	}
	report(ok("settings", "sound"))
	report(checkDataDir(cfg), checkDisk(cfg))
	if cfg.Managed() {
		report(checkPostgres(ctx, cfg))
	}
	report(checkSealKey(cfg), checkFiles())
	report(checkPorts(ctx, cfg)...)
	report(checkPublicURL(ctx, cfg), checkBus(ctx, cfg))
	examineDatabase(ctx, cfg, report)
}
