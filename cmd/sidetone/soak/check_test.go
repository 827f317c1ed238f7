package soak

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sound is a small picture in which everything holds: one chat, a text in, an agent's answer, a mark.
func sound() Picture {
	return Picture{
		Heard:  []Heard{{"SM1", "+12055550101", "hello", true}, {"SM2", "+12055550101", "are you there?", true}},
		Sent:   []Sent{{"c1", "we are", 12}, {"c2", "never accepted", 0}},
		Given:  []Given{{Ref: 12, From: "+16505550100", To: "+12055550101", Body: "we are"}},
		Owners: map[int64][]int64{7: {1}},
		Rows: []Row{
			{ID: 10, In: true, ProviderID: "SM1", Body: "hello", Status: "received", Chat: 7, Seq: 2},
			{ID: 11, In: true, ProviderID: "SM2", Body: "are you there?", Status: "received", Chat: 7, Seq: 3},
			{ID: 12, ClientID: "c1", Body: "we are", Status: "delivered", Address: "+12055550101", Chat: 7, Seq: 4},
		},
		Talks: []Talk{{ID: 7, Thread: 3, LastSeq: 4, Status: "assigned"}},
		Marks: []Place{{7, 1}},
	}
}

func TestASoundPictureHasNoViolations(t *testing.T) {
	require.Empty(t, Check(sound()))
}

func TestAnUncertainTextMayHaveLeftOrNot(t *testing.T) {
	p := sound()
	p.Rows[2].Status, p.Rows[2].Uncertain = "sending", true
	require.Empty(t, Check(p))
	p.Given = nil
	require.Empty(t, Check(p))
}

// A check that nobody saw fail is no check: each case breaks one thing and says which invariant that is.
func TestEachViolationIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		broken    int
		breakWith func(*Picture)
	}{
		"a text in is lost":                    {1, func(p *Picture) { p.Heard = append(p.Heard, Heard{"SM3", "+1", "x", true}) }},
		"a text in is there twice":             {1, func(p *Picture) { p.Rows[1].ProviderID = "SM1" }},
		"a text in is in no transcript":        {1, func(p *Picture) { p.Rows[1].Chat, p.Rows[1].Seq, p.Talks[0].LastSeq, p.Rows[2].Seq = 0, 0, 3, 3 }},
		"a text in says something else":        {1, func(p *Picture) { p.Rows[1].Body = "?" }},
		"a text out went twice":                {2, func(p *Picture) { p.Given = append(p.Given, p.Given[0]) }},
		"a text out is lost":                   {2, func(p *Picture) { p.Given = nil }},
		"a text out is stuck":                  {2, func(p *Picture) { p.Rows[2].Status = "queued" }},
		"a text out was claimed and forgotten": {2, func(p *Picture) { p.Rows[2].Status = "sending" }},
		"a failed text reached the consumer":   {2, func(p *Picture) { p.Rows[2].Status = "failed" }},
		"an accepted text expired":             {2, func(p *Picture) { p.Rows[2].Status = "expired"; p.Given = nil }},
		"an accepted text is in no row":        {2, func(p *Picture) { p.Sent[0].Message = 99 }},
		"a text was saved twice": {2, func(p *Picture) {
			r := p.Rows[2]
			r.ID, r.Seq = 13, 5
			p.Rows = append(p.Rows, r)
			p.Talks[0].LastSeq = 5
		}},
		"the carrier has a text that is nowhere": {2, func(p *Picture) { p.Given = append(p.Given, Given{Ref: 99, To: "+1"}) }},
		"two active chats":                       {4, func(p *Picture) { p.Talks = append(p.Talks, Talk{ID: 8, Thread: 3, Status: "assigned"}) }},
		"a gap":                                  {5, func(p *Picture) { p.Rows[2].Seq = 5 }},
		"a row too few":                          {5, func(p *Picture) { p.Marks = nil }},
		"a row of a chat that is not there":      {5, func(p *Picture) { p.Marks = append(p.Marks, Place{99, 1}) }},
		"a row out of order at an agent":         {5, func(p *Picture) { p.Seen = []Violation{{5, "row 7 after row 5"}} }},
		"texts in out of order":                  {6, func(p *Picture) { p.Rows[0].ID, p.Rows[1].ID = 11, 10 }},
		"texts out out of order": {6, func(p *Picture) {
			p.Given = append(p.Given, Given{Ref: 9, From: p.Given[0].From, To: p.Given[0].To})
			p.Rows = append(p.Rows, Row{ID: 9, Status: "sent"})
		}},
		"two owners":         {8, func(p *Picture) { p.Owners[7] = []int64{1, 2} }},
		"an offer hangs":     {8, func(p *Picture) { p.Offers = []Offer{{7, 1, true}} }},
		"a chat waits on":    {8, func(p *Picture) { p.Talks[0].Status = "queued" }},
		"a status went back": {7, func(p *Picture) { p.Seen = []Violation{{7, "sent after delivered"}} }},
	} {
		t.Run(name, func(t *testing.T) {
			p := sound()
			c.breakWith(&p)
			got := Check(p)
			require.NotEmpty(t, got)
			for _, v := range got {
				require.Equal(t, c.broken, v.Invariant, v.What)
			}
		})
	}
}

func TestATextAfterAStopIsFound(t *testing.T) {
	stopped := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	kinds := map[int64]string{1: "chat", 2: "stop_confirmation", 3: "chat"}
	stops := []Stop{{"+12055550101", stopped}}
	before := Given{At: stopped.Add(-time.Millisecond), To: "+12055550101", Ref: 1}
	confirmation := Given{At: stopped.Add(time.Millisecond), To: "+12055550101", Ref: 2}
	require.Empty(t, CheckStops(stops, []Given{before, confirmation, {At: stopped.Add(time.Hour), To: "+12055550199", Ref: 3}}, kinds))

	late := Given{At: stopped.Add(time.Millisecond), To: "+12055550101", Ref: 3}
	require.Len(t, CheckStops(stops, []Given{before, confirmation, late}, kinds), 1)
	require.Len(t, CheckStops(stops, []Given{before, confirmation, confirmation}, kinds), 1, "two confirmations")
	require.Len(t, CheckStops(stops, []Given{before}, kinds), 1, "no confirmation")
}
