package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// reportOf runs go test on a small module of its own and returns what it says.
func reportOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module made.up\n\ngo 1.26.0\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError), "a failing test ends go test with a code, nothing else may")
	}
	return out
}

const (
	passing = `package a
import ("fmt"; "testing")
func TestMain(m *testing.M) { fmt.Println("seed of a: 7"); fmt.Println("hush"); m.Run() }
func TestOne(t *testing.T) { t.Log("quiet") }
func TestTwo(t *testing.T) { t.Run("x", func(*testing.T) {}); t.Run("y/z", func(*testing.T) {}) }
`
	failing = `package b
import "testing"
func TestGood(*testing.T) {}
func TestBad(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Error("the reason") }) }
`
	broken = `package c
import "testing"
func TestNever(*testing.T) { missing() }
`
)

func TestASubtestCountsAndItsParentDoesNot(t *testing.T) {
	got, err := count(reportOf(t, map[string]string{"a/a_test.go": passing}))
	require.NoError(t, err)
	require.Equal(t, "3 passed, 0 failed", got.String())
}

func TestAFailureIsCountedAndShown(t *testing.T) {
	report := reportOf(t, map[string]string{"a/a_test.go": passing, "b/b_test.go": failing})
	got, err := count(report)
	require.NoError(t, err)
	require.Equal(t, tally{passed: 4, failed: 1}, got)

	var out bytes.Buffer
	failed, err := followGo(bytes.NewReader(report), &out)
	require.NoError(t, err)
	require.True(t, failed)
	require.Contains(t, out.String(), "the reason")
	require.Contains(t, out.String(), "ok  \tmade.up/a\t")
	require.NotContains(t, out.String(), "quiet")
	require.Contains(t, out.String(), "seed of a: 7\n", "what was drawn can be repeated, though it passed")
	require.NotContains(t, out.String(), "hush")
}

func TestAPackageThatDoesNotCompileIsAFailure(t *testing.T) {
	report := reportOf(t, map[string]string{"c/c_test.go": broken})
	got, err := count(report)
	require.NoError(t, err)
	require.Equal(t, tally{failed: 1}, got)

	var out bytes.Buffer
	failed, err := followGo(bytes.NewReader(report), &out)
	require.NoError(t, err)
	require.True(t, failed)
	require.Contains(t, out.String(), "undefined: missing")
}

func TestTheReportsOfTheConsoleAreKnown(t *testing.T) {
	for _, c := range []struct {
		name, report string
		want         tally
	}{
		{"Vitest", `{"numTotalTests":9,"numPassedTests":7,"numFailedTests":2,"numFailedTestSuites":1}`, tally{7, 2}},
		{"Vitest, a file that does not load", `{"numPassedTests":7,"numFailedTests":0,"numFailedTestSuites":1}`, tally{7, 1}},
		{"Playwright", "{\n \"stats\": {\"expected\": 12, \"unexpected\": 1}, \"errors\": []}", tally{12, 1}},
		{"Playwright, broken before any test", `{"stats":{"expected":0,"unexpected":0},"errors":[{"message":"x"}]}`, tally{0, 1}},
		{"no report", `{"died":true}`, tally{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := count([]byte(c.report))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestAnythingElseIsRefused(t *testing.T) {
	_, err := count([]byte("panic: no report\n"))
	require.ErrorContains(t, err, "not a test report")
}
