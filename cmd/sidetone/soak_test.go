package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/cmd/sidetone/bench"
	"sidetone/cmd/sidetone/rig"
	"sidetone/cmd/sidetone/soak"
)

// rigHere lets a rig run this test binary as the program.
func rigHere(t *testing.T) rig.Config {
	return rig.Config{Dir: openDir(t), Binary: os.Args[0], Env: []string{asProgram + "=1"}}
}

func TestAKilledServerLosesAndDoublesNothing(t *testing.T) {
	t.Parallel() // it mostly waits: for leases to run out, and until the carrier may be asked
	var said strings.Builder
	found, err := soak.Crash(t.Context(), soak.Options{Rig: rigHere(t), Rounds: 1, Texts: 100, Agents: 24, Out: &said})
	require.NoError(t, err, said.String())
	require.Empty(t, found, said.String())
	require.Contains(t, said.String(), "100 texts in")
}

func TestNoTextLeavesAfterAStopIsAnswered(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	found, err := soak.Stops(t.Context(), soak.Options{Rig: rigHere(t), Texts: 40, Out: &said})
	require.NoError(t, err, said.String())
	require.Empty(t, found, said.String())
	require.Contains(t, said.String(), "40 STOPs")
}

func TestTheBenchMeasuresAServerOfItsOwn(t *testing.T) {
	t.Parallel()
	table, err := bench.Run(t.Context(), bench.Options{
		Rig: rigHere(t), Quick: true, Only: []string{"start", "sockets"}, Sockets: 20, Progress: io.Discard,
	})
	require.NoError(t, err)
	require.Len(t, table.Rows, 4)
	require.NoError(t, table.Write(t.Output()))
}
