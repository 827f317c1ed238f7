// Command tally reads test reports and prints "N passed, N failed".
//
// It knows three reports: the event stream of `go test -json`, and the JSON of Vitest and of Playwright. With -follow
// it reads the event stream from standard input and prints what a person wants to see of it: a line per package, and
// all output of what failed.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	follow := flag.Bool("follow", false, "read the output of go test -json from standard input and print it for people")
	flag.Parse()
	if *follow {
		if failed, err := followGo(os.Stdin, os.Stdout); err != nil {
			exit(err)
		} else if failed {
			os.Exit(1)
		}
		return
	}
	var total tally
	for _, path := range flag.Args() {
		report, err := os.ReadFile(path)
		if err != nil {
			exit(err)
		}
		t, err := count(report)
		if err != nil {
			exit(fmt.Errorf("read %s: %w", path, err))
		}
		total.add(t)
	}
	fmt.Println(total)
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, "tally:", err)
	os.Exit(2)
}
