package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAServerGivesMemoryBackWhenItRests(t *testing.T) {
	var h heap
	require.False(t, h.rests(heap{asked: 100 << 20, taken: 100 << 20, living: 50 << 20}), "it worked since the last look")
	require.True(t, h.rests(heap{asked: 101 << 20, taken: 101 << 20, living: 50 << 20}))
	require.False(t, h.rests(heap{asked: 102 << 20, taken: 52 << 20, living: 50 << 20}), "there is little to free")
	require.False(t, h.rests(heap{asked: 102<<20 + restAt, taken: 200 << 20, living: 50 << 20}))
	require.True(t, h.rests(heap{asked: 102<<20 + 2*restAt - 1, taken: 50<<20 + worthIt + 1, living: 50 << 20}))
	require.False(t, h.rests(heap{asked: 102<<20 + 2*restAt, taken: 50<<20 + worthIt, living: 50 << 20}))
	now := readHeap()
	require.Positive(t, now.asked)
	require.Positive(t, now.taken)
}
