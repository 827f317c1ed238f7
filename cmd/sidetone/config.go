package main

import (
	"fmt"

	"sidetone/internal/config"
)

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Write the settings in force as an environment file, secrets left out."`
	Check configCheckCmd `cmd:"" help:"Name every mistake in the settings."`
}

type configPrintCmd struct {
	config.Config `embed:""`
}

// Run prints what flags, environment and defaults add up to.
func (c configPrintCmd) Run(s streams) error { return c.Print(s.out) }

type configCheckCmd struct {
	config.Config `embed:""`
}

// Run opens nothing; doctor does.
func (c configCheckCmd) Run(s streams) error {
	if err := c.Check(); err != nil {
		fmt.Fprintln(s.err, err)
		return errTold
	}
	fmt.Fprintln(s.out, "the settings are sound; `sidetone doctor` looks at the machine")
	return nil
}
