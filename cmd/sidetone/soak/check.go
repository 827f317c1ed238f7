// Package soak puts traffic through a server that is killed, or that is told STOP in the middle of a queue, and checks the
// invariants of the design afterwards: `sidetone soak`.
package soak

import (
	"fmt"
	"slices"
	"time"
)

// Violation is an invariant (by its number in the design) that did not hold.
type Violation struct {
	Invariant int
	What      string
}

func (v Violation) String() string { return fmt.Sprintf("invariant %d: %s", v.Invariant, v.What) }

// Picture is everything that a check looks at: what the outside saw, and what the database holds once all is quiet.
type Picture struct {
	Heard []Heard // texts of consumers, each consumer's in the order they were sent
	Sent  []Sent  // texts that agents wrote
	Given []Given // what the carrier was given, in order

	Rows   []Row
	Talks  []Talk
	Marks  []Place // rows of transcripts that are no texts
	Offers []Offer
	Owners map[int64][]int64 // by chat: the agents who were told that it is theirs

	Seen []Violation // noticed on the way: a status that went back, a row out of order
}

// Heard is a text that a consumer sent.
type Heard struct {
	ProviderID, From, Body string
	Answered               bool // with 2xx
}

// Sent is a text that an agent wrote; Message is 0 until the server said ok.
type Sent struct {
	ClientID, Body string
	Message        int64
}

// Given is a text as the carrier took it; Ref is our id of it.
type Given struct {
	At             time.Time
	From, To, Body string
	Ref            int64
}

// Row is a text in the database.
type Row struct {
	ID                         int64
	In                         bool
	ProviderID, ClientID       string
	Body, Kind, Status, Reason string
	Address                    string
	Chat                       int64
	Seq                        int
	Uncertain                  bool
}

// Talk is a chat.
type Talk struct {
	ID, Thread int64
	LastSeq    int
	Status     string
	Ended      bool
}

// Place is one row of a transcript.
type Place struct {
	Chat int64
	Seq  int
}

// Offer is an offer that is still open; Late says that its lease has run out long ago.
type Offer struct {
	Chat, Agent int64
	Late        bool
}

// Check finds what does not hold. Nothing found is nil.
func Check(p Picture) (out []Violation) {
	out = append(out, p.Seen...)
	for _, check := range []func(Picture) []Violation{heardOnce, sentOnce, oneActive, gapless, inOrder, oneOwner} {
		out = append(out, check(p)...)
	}
	return out
}

func found(out []Violation, invariant int, format string, args ...any) []Violation {
	return append(out, Violation{invariant, fmt.Sprintf(format, args...)})
}

// heardOnce: a text answered 2xx is in exactly one transcript, once; nobody's text is there twice.
func heardOnce(p Picture) (out []Violation) {
	rows := map[string][]Row{}
	for _, r := range p.Rows {
		if r.In {
			rows[r.ProviderID] = append(rows[r.ProviderID], r)
		}
	}
	for _, h := range p.Heard {
		switch got := rows[h.ProviderID]; {
		case len(got) > 1:
			out = found(out, 1, "text %s is there %d times", h.ProviderID, len(got))
		case len(got) == 0 && h.Answered:
			out = found(out, 1, "text %s was answered 2xx and is lost", h.ProviderID)
		case len(got) == 1 && (got[0].Chat == 0 || got[0].Seq == 0):
			out = found(out, 1, "text %s is in no transcript", h.ProviderID)
		case len(got) == 1 && got[0].Body != h.Body:
			out = found(out, 1, "text %s says something else", h.ProviderID)
		}
	}
	return out
}

// sentOnce: an accepted outbound text reaches the carrier once or is shown as uncertain; never twice, never lost.
func sentOnce(p Picture) (out []Violation) {
	given, bodies := map[int64]int{}, map[string]int{}
	for _, g := range p.Given {
		given[g.Ref]++
		bodies[g.To+" "+g.Body]++
	}
	byID, byClient := map[int64]Row{}, map[string]int{}
	for _, r := range p.Rows {
		if r.In {
			continue
		}
		byID[r.ID] = r
		if r.ClientID != "" {
			byClient[r.ClientID]++
		}
		n := given[r.ID]
		switch {
		case n > 1:
			out = found(out, 2, "text %d was given to the carrier %d times", r.ID, n)
		case r.Status == "queued", r.Status == "sending" && !r.Uncertain:
			out = found(out, 2, "text %d is still %s", r.ID, r.Status)
		case n == 0 && !r.Uncertain && went(r.Status):
			out = found(out, 2, "text %d counts as %s, but the carrier never got it", r.ID, r.Status)
		case n == 1 && !r.Uncertain && !went(r.Status):
			out = found(out, 2, "text %d counts as %s (%s), but the carrier has it", r.ID, r.Status, r.Reason)
		}
	}
	for ref, n := range given {
		if _, ok := byID[ref]; !ok {
			out = found(out, 2, "the carrier was given text %d (%d times), which is nowhere", ref, n)
		}
	}
	for _, s := range p.Sent {
		r, ok := byID[s.Message]
		switch {
		case byClient[s.ClientID] > 1:
			out = found(out, 2, "the agent's text %s was saved %d times", s.ClientID, byClient[s.ClientID])
		case s.Message == 0:
		case !ok || r.ClientID != s.ClientID || r.Body != s.Body:
			out = found(out, 2, "the agent's text %s was accepted as %d and is lost", s.ClientID, s.Message)
		case bodies[r.Address+" "+s.Body] > 1:
			out = found(out, 2, "the agent's text %s reached the consumer %d times", s.ClientID, bodies[r.Address+" "+s.Body])
		case !r.Uncertain && !went(r.Status):
			out = found(out, 2, "the agent's text %s ended as %s (%s)", s.ClientID, r.Status, r.Reason)
		}
	}
	return out
}

// went says that a status claims that the carrier has the text.
func went(status string) bool {
	return status == "sent" || status == "delivered" || status == "undelivered"
}

// oneActive: one active chat a pair.
func oneActive(p Picture) (out []Violation) {
	active := map[int64]int{}
	for _, t := range p.Talks {
		if !t.Ended {
			active[t.Thread]++
		}
	}
	for thread, n := range active {
		if n > 1 {
			out = found(out, 4, "thread %d has %d active chats", thread, n)
		}
	}
	return out
}

// gapless: a transcript's rows are numbered 1, 2, 3 … without gaps up to what the chat says.
func gapless(p Picture) (out []Violation) {
	seqs := map[int64][]int{}
	for _, r := range p.Rows {
		if r.Chat != 0 {
			seqs[r.Chat] = append(seqs[r.Chat], r.Seq)
		}
	}
	for _, m := range p.Marks {
		seqs[m.Chat] = append(seqs[m.Chat], m.Seq)
	}
	for _, t := range p.Talks {
		got := seqs[t.ID]
		slices.Sort(got)
		if len(got) != t.LastSeq {
			out = found(out, 5, "chat %d is at row %d and has %d rows", t.ID, t.LastSeq, len(got))
			continue
		}
		for i, seq := range got {
			if seq != i+1 {
				out = found(out, 5, "chat %d has row %d in place %d", t.ID, seq, i+1)
				break
			}
		}
		delete(seqs, t.ID)
	}
	for chat, rows := range seqs { // no foreign key forbids it
		out = found(out, 5, "%d rows stand in chat %d, which is not there", len(rows), chat)
	}
	return out
}

// inOrder: a consumer's texts stand as they were sent, and ours reach the consumer as they were written.
func inOrder(p Picture) (out []Violation) {
	places := map[string]int64{}
	for _, r := range p.Rows {
		if r.In {
			places[r.ProviderID] = r.ID
		}
	}
	last := map[string]int64{}
	for _, h := range p.Heard {
		at, ok := places[h.ProviderID]
		if !ok {
			continue
		}
		if at < last[h.From] {
			out = found(out, 6, "text %s stands before an earlier one of its consumer", h.ProviderID)
		}
		last[h.From] = at
	}
	given := map[string]int64{}
	for _, g := range p.Given {
		pair := g.From + " " + g.To
		if g.Ref < given[pair] {
			out = found(out, 6, "text %d reached its consumer after %d", g.Ref, given[pair])
		}
		given[pair] = max(given[pair], g.Ref)
	}
	return out
}

// oneOwner: a chat is never owned by two agents, an offer never hangs, nobody waits for ever.
func oneOwner(p Picture) (out []Violation) {
	for chat, agents := range p.Owners {
		if len(agents) > 1 {
			out = found(out, 8, "chat %d was given to agents %v", chat, agents)
		}
	}
	for _, o := range p.Offers {
		if o.Late {
			out = found(out, 8, "the offer of chat %d to agent %d hangs", o.Chat, o.Agent)
		}
	}
	for _, t := range p.Talks {
		if t.Status == "queued" {
			out = found(out, 8, "chat %d still waits, with agents at leisure", t.ID)
		}
	}
	return out
}

// Stop is one consumer's STOP in a race with texts that were queued.
type Stop struct {
	Address  string
	Answered time.Time
}

// CheckStops finds texts whose call began after the STOP was answered, the confirmation's excepted (invariant 3), and
// consumers who did not get exactly one confirmation. kinds are the kinds of our texts, by id.
func CheckStops(stops []Stop, given []Given, kinds map[int64]string) (out []Violation) {
	at := map[string]time.Time{}
	for _, s := range stops {
		at[s.Address] = s.Answered
	}
	confirmed := map[string]int{}
	for _, g := range given {
		answered, stopped := at[g.To]
		switch {
		case !stopped:
		case kinds[g.Ref] == "stop_confirmation":
			confirmed[g.To]++
		case g.At.After(answered):
			out = found(out, 3, "text %d (%s) was given to the carrier %s after the consumer's STOP was answered", g.Ref, kinds[g.Ref], g.At.Sub(answered))
		}
	}
	for _, s := range stops {
		if n := confirmed[s.Address]; n != 1 {
			out = found(out, 3, "a consumer who said STOP got %d confirmations", n)
		}
	}
	return out
}
