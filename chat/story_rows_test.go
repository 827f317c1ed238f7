package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/chat/command"
	"sidetone/internal/carrier/wire"
)

// moment is a step of a story: what was, what happened, what came of it.
type moment struct {
	was, next Chat
	event     Event
	effects   []Effect
}

// storyRows are the rows of the tables in spec 1.3 and 1.5. Whether a story tells one is seen by what happened in it, not
// by what it says of itself.
var storyRows = []struct {
	row  string
	told func(m moment) bool
}{
	{"1.3 STOP in no chat: on the list, one confirmation", func(m moment) bool {
		return m.was.Status == None && m.optOut("keyword") && m.said("stop_confirmation")
	}},
	{"1.3 STOP before an agent, selecting: canceled", func(m moment) bool { return m.stopped(Selecting, Canceled) }},
	{"1.3 STOP before an agent, queued: canceled", func(m moment) bool { return m.stopped(Queued, Canceled) }},
	{"1.3 STOP with an agent: finished", func(m moment) bool { return m.stopped(Assigned, Finished) }},
	{"1.3 STOP in a dismissed chat: finished", func(m moment) bool { return m.stopped(Dismissed, Finished) }},
	{"1.3 a second STOP gets no confirmation", func(m moment) bool {
		return m.was.Pair.OptedOut && m.word().Kind == command.Stop && !m.said("stop_confirmation")
	}},
	{"1.3 an ordinary text of someone on the list: stored, nothing else", func(m moment) bool {
		return m.heard(wire.NotWanted) && len(m.effects) == 1
	}},
	{"1.3 START: off the list, one confirmation", func(m moment) bool {
		return m.was.Pair.OptedOut && !m.next.Pair.OptedOut && m.said("start_confirmation")
	}},
	{"1.3 YES in an active chat of someone who is not on the list is ordinary", func(m moment) bool {
		return m.word().Word == "YES" && !m.was.Pair.OptedOut && m.was.Status.Active() && !m.was.agreeing() && m.heard("")
	}},
	{"1.3 HELP: the contact text, state unchanged", func(m moment) bool {
		return m.said("help") && m.was.Status.Active() && m.was.Status == m.next.Status
	}},
	{"1.3 HELP of someone on the list is answered", func(m moment) bool { return m.said("help") && m.was.Pair.OptedOut }},
	{"1.3 BACK while selecting: the previous menu", func(m moment) bool {
		return m.word().Kind == command.Back && m.went(Selecting, Selecting) && m.said("menu")
	}},
	{"1.3 EXIT as the first text creates no chat", func(m moment) bool {
		return m.word().Kind == command.Exit && m.was.Status == None && m.next.Status == None
	}},
	{"1.3 tier 2, a clear phrase: applied at once", func(m moment) bool { return m.optOut("phrase") }},
	{"1.3 tier 3, a word inside other text: a flag alone", func(m moment) bool {
		return !m.was.OptOutFlag && m.next.OptOutFlag && m.was.Status == m.next.Status
	}},
	{"1.3 the flag is confirmed by a person", func(m moment) bool { return m.optOut("agent") && m.next.Status.Final() }},
	{"1.3 the flag is dismissed by a person", func(m moment) bool { return m.was.OptOutFlag && !m.next.OptOutFlag && m.next.Status.Active() }},

	{"1.5 a text to a leaf's number: queued", func(m moment) bool { return m.went(None, Queued) }},
	{"1.5 a text to a menu's number: selecting", func(m moment) bool { return m.went(None, Selecting) && m.next.StartedBy == ByEndUser }},
	{"1.5 the API starts without an agent: selecting", func(m moment) bool { return m.went(None, Selecting) && m.next.StartedBy == ByAPI }},
	{"1.5 the consumer's reply meets the menu", func(m moment) bool {
		return m.was.StartedBy == ByAPI && m.was.LastConsumerAt.IsZero() && m.said("menu") && m.went(Selecting, Selecting)
	}},
	{"1.5 a reply on a number without a queue stays in the chat", func(m moment) bool {
		return m.was.StartedBy == ByAPI && m.was.Pair.Entry == 0 && m.heard("") && m.went(Selecting, Selecting) && len(m.effects) == 1
	}},
	{"1.5 the API starts with an agent: assigned", func(m moment) bool { return m.went(None, Assigned) && m.next.StartedBy == ByAPI }},
	{"1.5 an agent texts first: assigned", func(m moment) bool { return m.went(None, Assigned) && m.next.StartedBy == ByAgent }},
	{"1.5 selecting: a leaf is chosen", func(m moment) bool { return m.went(Selecting, Queued) }},
	{"1.5 selecting: EXIT", func(m moment) bool { return m.left(Selecting, Canceled) }},
	{"1.5 selecting: its timer", func(m moment) bool { return m.ran(Selecting, Failed, ExpiredSelection) }},
	{"1.5 API-started, without a reply: its timer", func(m moment) bool {
		return m.was.StartedBy == ByAPI && m.ran(Selecting, Failed, NoResponse)
	}},
	{"1.5 API-started, replied, not assigned: the unanswered timer", func(m moment) bool {
		return m.was.StartedBy == ByAPI && m.ran(Selecting, Failed, Expired)
	}},
	{"1.5 queued: an agent takes it", func(m moment) bool { return m.went(Queued, Assigned) }},
	{"1.5 queued: BACK", func(m moment) bool { return m.word().Kind == command.Back && m.went(Queued, Selecting) }},
	{"1.5 queued: EXIT", func(m moment) bool { return m.left(Queued, Canceled) }},
	{"1.5 queued: unanswered in hours", func(m moment) bool { return m.ran(Queued, Failed, Expired) }},
	{"1.5 queued: unanswered after hours", func(m moment) bool { return m.ran(Queued, Failed, AfterHours) }},
	{"1.5 queued: the queue opens", func(m moment) bool { return m.timer() && m.went(Queued, Queued) && m.routed() }},
	{"1.5 queued: the queue closes", func(m moment) bool { return m.timer() && m.went(Queued, Queued) && m.said("after_hours") }},
	{"1.5 queued: the queue is deleted, a substitute", func(m moment) bool { return m.gone() && m.went(Queued, Queued) && m.routed() }},
	{"1.5 queued: the queue is deleted, none", func(m moment) bool { return m.went(Queued, Failed) && m.next.FailReason == GroupDeletedNoSub }},
	{"1.5 assigned: the agent ends", func(m moment) bool { return m.went(Assigned, Finished) && m.next.DisconnectedBy == EndedByAgent }},
	{"1.5 assigned: EXIT", func(m moment) bool { return m.left(Assigned, Finished) }},
	{"1.5 assigned: chat timeout", func(m moment) bool {
		return m.was.StartedBy == ByEndUser && m.ran(Assigned, Finished, NoResponse)
	}},
	{"1.5 assigned: outbound timeout", func(m moment) bool {
		return m.was.StartedBy != ByEndUser && m.ran(Assigned, Finished, NoResponse)
	}},
	{"1.5 assigned: transfer to a queue", func(m moment) bool { return m.transferred() && m.went(Assigned, Queued) }},
	{"1.5 assigned: transfer to an agent begins", func(m moment) bool { return m.transferred() && m.next.Handover.To != 0 }},
	{"1.5 assigned: transfer to an agent ends", func(m moment) bool {
		return m.was.Handover.To != 0 && m.next.Agent == m.was.Handover.To && m.went(Assigned, Assigned)
	}},
	{"1.5 assigned: a transfer fails and the chat returns", func(m moment) bool {
		return m.was.Handover.To != 0 && m.next.Handover.To == 0 && m.next.Agent == m.was.Agent && m.went(Assigned, Assigned)
	}},
	{"1.5 assigned: a transfer is missed", func(m moment) bool {
		return m.timer() && m.was.Handover.To != 0 && m.next.Handover.To == 0 && m.next.Agent == m.was.Agent
	}},
	{"1.5 assigned: dismissal by hand", func(m moment) bool { return !m.timer() && m.went(Assigned, Dismissed) }},
	{"1.5 assigned: dismissal by its timer", func(m moment) bool { return m.timer() && m.went(Assigned, Dismissed) }},
	{"1.5 dismissed: the consumer writes, queued with the auto response", func(m moment) bool {
		return m.went(Dismissed, Queued) && m.heard("") && m.said("returning")
	}},
	{"1.5 dismissed: the consumer writes outside hours", func(m moment) bool {
		return m.went(Dismissed, Dismissed) && m.heard("") && m.said("after_hours")
	}},
	{"1.5 dismissed: it queues at the next opening", func(m moment) bool { return m.timer() && m.went(Dismissed, Queued) }},
	{"1.5 dismissed: chat timeout", func(m moment) bool { return m.ran(Dismissed, Finished, NoResponse) }},
	{"1.5 dismissed: resumed", func(m moment) bool { return m.marked("resumed") && m.went(Dismissed, Queued) }},
	{"1.5 dismissed: EXIT", func(m moment) bool { return m.left(Dismissed, Finished) }},
}

func (m moment) went(from, to Status) bool { return m.was.Status == from && m.next.Status == to }

func (m moment) timer() bool { _, ok := m.event.(TimerFired); return ok }
func (m moment) gone() bool  { _, ok := m.event.(QueueGone); return ok }

func (m moment) transferred() bool { _, ok := m.event.(Transfer); return ok }

func (m moment) ran(from, to Status, why FailReason) bool {
	return m.timer() && m.went(from, to) && m.next.FailReason == why && m.next.DisconnectedBy == EndedBySystem
}

// left: the consumer said EXIT.
func (m moment) left(from, to Status) bool {
	return m.went(from, to) && m.word().Kind == command.Exit && m.next.DisconnectedBy == EndedByEndUser && m.next.FailReason == Nothing
}

func (m moment) stopped(from, to Status) bool {
	return m.went(from, to) && m.word().Kind == command.Stop && m.said("stop_confirmation") && m.next.FailReason == EndUserOptOut
}

// word is the text as a command word; none for other events.
func (m moment) word() command.Match {
	if text, ok := m.event.(TextIn); ok && m.was.Rules != nil {
		return m.was.Rules.Words.Match(text.Body)
	}
	return command.Match{}
}

func (m moment) optOut(source string) bool {
	return has(m.effects, func(e OptOut) bool { return e.Source == source })
}

func (m moment) said(kind string) bool {
	return has(m.effects, func(e Say) bool { return e.Kind == kind && e.Lang == m.lang() })
}

func (m moment) heard(as wire.Disposition) bool {
	return has(m.effects, func(e Hear) bool { return e.Disposition == as })
}

func (m moment) marked(kind string) bool {
	return has(m.effects, func(e Write) bool { return e.Mark.Kind == kind })
}

func (m moment) routed() bool { return has(m.effects, func(Route) bool { return true }) }

func has[E Effect](effects []Effect, is func(E) bool) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool { one, ok := e.(E); return ok && is(one) })
}

// lang is the language of the pair: the chat's, else that of the number's queue.
func (m moment) lang() string {
	switch {
	case m.next.Lang != "":
		return m.next.Lang
	case m.was.Lang != "":
		return m.was.Lang
	}
	return m.was.Rules.Lang(m.was.Pair.Entry)
}

// told is which stories told a row, by language.
type told map[string]map[string][]string

func (d told) note(path string, m moment) {
	for _, r := range storyRows {
		if !r.told(m) {
			continue
		}
		if d[r.row] == nil {
			d[r.row] = map[string][]string{}
		}
		if files := d[r.row][m.lang()]; !slices.Contains(files, path) {
			d[r.row][m.lang()] = append(files, path)
		}
	}
}

// check: every row is told in English and in one other language.
func (d told) check(t *testing.T) {
	t.Helper()
	var missing []string
	for _, r := range storyRows {
		t.Logf("%s: %v", r.row, d[r.row])
		if len(d[r.row]["en"]) == 0 {
			missing = append(missing, fmt.Sprintf("%s: not told in English", r.row))
		}
		if others := len(d[r.row]); others == 0 || others == 1 && len(d[r.row]["en"]) > 0 {
			missing = append(missing, fmt.Sprintf("%s: not told in another language", r.row))
		}
	}
	require.Empty(t, missing, strings.Join(missing, "\n"))
}
