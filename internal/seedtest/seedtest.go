// Package seedtest makes what a test run draws at random repeatable: it names the seed before the first test, passed or not.
package seedtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
)

// Name draws the seed of rapid's properties, unless -rapid.seed names one, and says it. It is called by a TestMain.
// internal/tally prints lines that begin with "seed" of packages that pass too.
func Name(pkg string) error {
	flag.Parse()
	seed := flag.Lookup("rapid.seed")
	if seed == nil {
		return fmt.Errorf("%s draws nothing with rapid", pkg)
	}
	if seed.Value.String() == "0" {
		if err := flag.Set("rapid.seed", fmt.Sprint(rand.Uint64()|1)); err != nil {
			return fmt.Errorf("set the seed: %w", err)
		}
	}
	fmt.Printf("seed of %s: repeat with go test ./%s -rapid.seed=%s\n", pkg, pkg, seed.Value)
	return nil
}
