package ws

import (
	"encoding/json"
	"fmt"
	"slices"

	"sidetone/internal/id"
)

// topic is what a supervisor watches.
type topic string

const (
	topicChats  topic = "chats"
	topicAgents topic = "agents"
	topicQueues topic = "queues"
)

var topics = []topic{topicChats, topicAgents, topicQueues}

// filter says which rows of a topic a client wants. Zero: all.
type filter struct {
	Queue id.Queue `json:"queue_id"`
	Agent id.User  `json:"agent_id"`
}

// line is a row of a board as it goes out, and what filters ask about.
type line struct {
	key    int64
	json   json.RawMessage
	queues []id.Queue
	agent  id.User
	rev    int // of the board when it last changed
}

func (l *line) fits(f filter) bool {
	return (f.Queue == 0 || slices.Contains(l.queues, f.Queue)) && (f.Agent == 0 || l.agent == f.Agent)
}

// tombsMost is how many lines that are gone a board remembers. Who has missed more gets a snapshot.
const tombsMost = 1000

// board is a topic of a tenant as its watchers see it. Every change raises rev, so each socket is told what it lacks, however
// far behind it is: nothing queues up for a slow one.
type board struct {
	rev   int // 0: never read
	lines map[int64]*line
	tombs []tomb // oldest first
	since int    // tombs are complete from this rev on
}

type tomb struct {
	key int64
	rev int
}

// put takes lines in; those that are as they were change nothing.
func (b *board) put(lines []line) (changed bool) {
	for _, l := range lines {
		if was := b.lines[l.key]; was != nil && string(was.json) == string(l.json) {
			was.queues, was.agent = l.queues, l.agent
			continue
		}
		if !changed {
			changed = true
			b.rev++
		}
		l.rev = b.rev
		b.lines[l.key] = &l
	}
	return changed
}

// drop takes lines off.
func (b *board) drop(keys []int64) (changed bool) {
	for _, key := range keys {
		if b.lines[key] == nil {
			continue
		}
		if !changed {
			changed = true
			b.rev++
		}
		delete(b.lines, key)
		b.tombs = append(b.tombs, tomb{key, b.rev})
	}
	if over := len(b.tombs) - tombsMost; over > 0 {
		b.since = b.tombs[over-1].rev
		b.tombs = slices.Clone(b.tombs[over:])
	}
	return changed
}

// replace makes the lines all there are.
func (b *board) replace(lines []line) (changed bool) {
	if b.rev == 0 {
		b.rev, changed = 1, true
	}
	here := make(map[int64]bool, len(lines))
	for _, l := range lines {
		here[l.key] = true
	}
	var gone []int64
	for key := range b.lines {
		if !here[key] {
			gone = append(gone, key)
		}
	}
	dropped, put := b.drop(gone), b.put(lines)
	return changed || dropped || put
}

// boardData is a snapshot, or what has changed since the revision before.
type boardData struct {
	Topic   topic             `json:"topic"`
	Rev     int               `json:"rev"`
	Rows    []json.RawMessage `json:"rows"`
	Removed []int64           `json:"removed,omitempty"`
	Partial bool              `json:"partial,omitempty"` // there is more than a board holds
}

// lack is what a client lacks that knows a revision; 0: it knows nothing. A line that no longer fits its filter is removed.
func (b *board) lack(of topic, known int, f filter) (kind string, data boardData) {
	data = boardData{Topic: of, Rev: b.rev, Rows: []json.RawMessage{}}
	if known == 0 || known < b.since {
		for _, key := range sortedKeys(b.lines) {
			if l := b.lines[key]; l.fits(f) {
				data.Rows = append(data.Rows, l.json)
			}
		}
		return typeSnapshot, data
	}
	for _, key := range sortedKeys(b.lines) {
		switch l := b.lines[key]; {
		case l.rev <= known:
		case l.fits(f):
			data.Rows = append(data.Rows, l.json)
		default:
			data.Removed = append(data.Removed, key)
		}
	}
	for _, t := range b.tombs {
		if t.rev > known && b.lines[t.key] == nil {
			data.Removed = append(data.Removed, t.key)
		}
	}
	return typeDelta, data
}

func sortedKeys(lines map[int64]*line) []int64 {
	keys := make([]int64, 0, len(lines))
	for key := range lines {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func newLine(key int64, row any) (line, error) {
	b, err := json.Marshal(row)
	if err != nil {
		return line{}, fmt.Errorf("encode a row of a board: %w", err)
	}
	return line{key: key, json: b}, nil
}
