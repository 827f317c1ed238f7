package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// garbage is how far the heap of a server may grow between collections, in percent of what lives and of the ballast. A server lives
// on little (some 20 MiB): at Go's own 100 an eighth of the processor collected, at 300 without ballast still a twelfth.
const garbage = 300

// ballastSize of memory counts as living and is never touched, so it takes none: a small heap may grow to some 270 MiB before it
// is collected, and a large one keeps its percentage.
const ballastSize = 48 << 20

// How a server that has nothing to do gives memory back.
const (
	restEvery = 5 * time.Second
	restAt    = 8 << 20  // bytes asked for between two looks: fewer is rest
	worthIt   = 24 << 20 // bytes that a collection may free
)

// collectLess does so until ctx ends, unless the operator's GOGC or GOMEMLIMIT says otherwise.
func collectLess(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbage)
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	var h heap
	for tick := time.NewTicker(restEvery); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			if h.rests(readHeap()) {
				debug.FreeOSMemory()
			}
		}
	}
}

// heap is what the last look saw, in bytes.
type heap struct {
	asked  uint64 // since the start
	taken  uint64 // now, garbage included
	living uint64 // at the last collection
}

func readHeap() heap {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64()}
}

// rests notes a look, and says whether the server rested since the one before and has garbage worth collecting.
func (h *heap) rests(now heap) bool {
	quiet := now.asked-h.asked < restAt
	*h = now
	return quiet && now.taken > now.living+worthIt
}
