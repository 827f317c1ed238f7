package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// tally counts the leaves: of a test with subtests only the subtests.
type tally struct{ passed, failed int }

func (t *tally) add(o tally) { t.passed += o.passed; t.failed += o.failed }

func (t tally) String() string { return fmt.Sprintf("%d passed, %d failed", t.passed, t.failed) }

// goEvent is a line of test2json (go doc test2json).
type goEvent struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
}

// count tells the three reports apart by what they hold.
func count(report []byte) (tally, error) {
	var one struct {
		NumPassedTests, NumFailedTests *int                                // Vitest
		NumFailedTestSuites            int                                 // Vitest: a file that could not be loaded has no tests
		Stats                          *struct{ Expected, Unexpected int } // Playwright
		Errors                         []json.RawMessage                   // Playwright: before any test
		Died                           bool                                // scripts/test.sh: no report
	}
	if json.Unmarshal(report, &one) == nil {
		switch {
		case one.NumPassedTests != nil && one.NumFailedTests != nil:
			t := tally{*one.NumPassedTests, *one.NumFailedTests}
			if t.failed == 0 {
				t.failed = one.NumFailedTestSuites
			}
			return t, nil
		case one.Stats != nil:
			return tally{one.Stats.Expected, one.Stats.Unexpected + len(one.Errors)}, nil
		case one.Died:
			return tally{failed: 1}, nil
		}
	}
	return countGo(report)
}

func countGo(report []byte) (tally, error) {
	results := map[string]string{}  // package + test -> pass or fail
	parents := map[string]bool{}    // tests that have subtests
	withFailed := map[string]bool{} // packages with a failed test
	packageFailed := map[string]bool{}
	err := eachGoEvent(bytes.NewReader(report), func(e goEvent) {
		if e.Action != "pass" && e.Action != "fail" {
			return
		}
		if e.Test == "" {
			packageFailed[e.Package] = e.Action == "fail"
			return
		}
		key := e.Package + " " + e.Test
		results[key] = e.Action
		if e.Action == "fail" {
			withFailed[e.Package] = true
		}
		for i := strings.LastIndexByte(key, '/'); i > len(e.Package); i = strings.LastIndexByte(key[:i], '/') {
			parents[key[:i]] = true
		}
	})
	var t tally
	for key, result := range results {
		switch {
		case parents[key]:
		case result == "pass":
			t.passed++
		default:
			t.failed++
		}
	}
	for pkg, failed := range packageFailed {
		if failed && !withFailed[pkg] { // did not compile, or TestMain failed
			t.failed++
		}
	}
	return t, err
}

// followGo prints a line per package as it ends and, before it, all output of the tests of it that failed.
func followGo(in io.Reader, out io.Writer) (failed bool, err error) {
	output := map[string]*strings.Builder{} // package + test -> its output so far
	failures := map[string][]string{}       // package -> failed tests, in order of ending
	at := func(key string) *strings.Builder {
		if output[key] == nil {
			output[key] = &strings.Builder{}
		}
		return output[key]
	}
	err = eachGoEvent(in, func(e goEvent) {
		key := e.Package + " " + e.Test
		switch {
		case e.Action == "build-output":
			at("build " + e.ImportPath).WriteString(e.Output)
		case e.Action == "output":
			at(key).WriteString(e.Output)
		case e.Test != "" && e.Action == "fail":
			failures[e.Package] = append(failures[e.Package], key)
		case e.Test != "" && (e.Action == "pass" || e.Action == "skip"):
			delete(output, key)
		case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
			for _, test := range failures[e.Package] {
				say(out, at(test).String())
			}
			if e.Action == "fail" {
				failed = true
				say(out, at("build "+e.FailedBuild).String(), at(key).String())
				delete(output, "build "+e.FailedBuild)
			} else {
				say(out, seeds(at(key).String()), lastLine(at(key).String()))
			}
			delete(output, key)
		}
	})
	return failed, err
}

func say(out io.Writer, texts ...string) {
	for _, text := range texts {
		_, _ = io.WriteString(out, text) // a closed terminal is no reason to stop counting
	}
}

// seeds are the lines that say how to repeat what a package drew at random: they are worth more when they were kept.
func seeds(s string) (lines string) {
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "seed") {
			lines += line
		}
	}
	return lines
}

func lastLine(s string) string {
	lines := strings.SplitAfter(strings.TrimRight(s, "\n"), "\n")
	last := lines[len(lines)-1]
	if last == "" || strings.Contains(last, "[no test files]") {
		return ""
	}
	return last + "\n"
}

func eachGoEvent(in io.Reader, do func(goEvent)) error {
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var e goEvent
			if json.Unmarshal(line, &e) != nil {
				return fmt.Errorf("not a test report: %.80q", line)
			}
			do(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the test report: %w", err)
		}
	}
}
