package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/internal/errs"
)

// Faults is how the whole network behaves. The zero value is a good day.
type Faults struct {
	LatencyMS       int     `json:"latency_ms"`        // before each text is taken
	ErrorRate       float64 `json:"error_rate"`        // share of texts refused with Status before they are taken
	Status          int     `json:"status"`            // 500 when nothing is said
	Receipts        string  `json:"receipts"`          // normal, none, shuffled, duplicated or late
	LateMS          int     `json:"late_ms"`           // how late "late" is; 5,000 when nothing is said
	DropAfterAccept float64 `json:"drop_after_accept"` // share of texts taken without an answer
}

// Handset is how one consumer's phone behaves. It goes before Faults.
type Handset struct {
	To              string `json:"to"`
	Status          string `json:"status,omitempty"` // delivered, undelivered, failed, sent, or refused (by Messages.json)
	ErrorCode       string `json:"error_code,omitempty"`
	DelayMS         int    `json:"delay_ms,omitempty"`
	Receipts        string `json:"receipts,omitempty"`     // as in Faults; the network's when nothing is said
	SendTwice       bool   `json:"send_twice,omitempty"`   // its texts reach the webhook twice
	OutOfOrder      bool   `json:"out_of_order,omitempty"` // each of its texts may be overtaken by the next
	CanReceiveMedia *bool  `json:"can_receive_media,omitempty"`
}

const (
	maxDelayMS    = 600_000
	defaultLateMS = 5000
)

var receiptKinds = []string{"normal", "none", "shuffled", "duplicated", "late"}

// picture is a whole set of faults; readers never see half of a change.
type picture struct {
	Faults
	handsets map[string]Handset
}

type faults struct {
	mu  sync.Mutex
	now atomic.Pointer[picture]
}

var goodDay = picture{Faults: Faults{Status: http.StatusInternalServerError, Receipts: "normal", LateMS: defaultLateMS}} // never written

func (f *faults) picture() *picture {
	if p := f.now.Load(); p != nil {
		return p
	}
	return &goodDay
}

func (f *faults) change(do func(*picture)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := *f.picture()
	next.handsets = maps.Clone(next.handsets)
	if next.handsets == nil {
		next.handsets = map[string]Handset{}
	}
	do(&next)
	f.now.Store(&next)
}

// postFaults replaces the network's behaviour, or one handset's when the body has "to". What the body leaves out is as
// on a good day, so {} mends everything but the handsets.
func (c *Carrier) postFaults(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		refuseBody(w, r, err)
		return
	}
	var which struct {
		To json.RawMessage `json:"to"`
	}
	if err := json.Unmarshal(raw, &which); err != nil {
		refuseBody(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	if which.To != nil {
		c.postHandset(w, r)
		return
	}
	f := goodDay.Faults
	if !readJSON(w, r, true, &f) {
		return
	}
	if refused := f.check(); refused != nil {
		refuse(w, r, refused)
		return
	}
	c.faults.change(func(p *picture) { p.Faults = f })
	c.events.publish(Event{Kind: "fault", Fault: f})
	c.getFaults(w, r)
}

func (f *Faults) check() *errs.Error {
	if f.Status == 0 {
		f.Status = goodDay.Status
	}
	if f.Receipts == "" {
		f.Receipts = goodDay.Receipts
	}
	if f.LateMS == 0 {
		f.LateMS = goodDay.LateMS
	}
	switch {
	case f.LatencyMS < 0 || f.LatencyMS > maxDelayMS:
		return errs.Field("latency_ms", "latency_ms must be from 0 to 600000")
	case !(f.ErrorRate >= 0 && f.ErrorRate <= 1):
		return errs.Field("error_rate", "error_rate must be from 0 to 1")
	case f.Status < 400 || f.Status > 599:
		return errs.Field("status", "status must be an HTTP error status, 400 to 599")
	case !slices.Contains(receiptKinds, f.Receipts):
		return errs.Field("receipts", "receipts must be normal, none, shuffled, duplicated or late")
	case f.LateMS < 0 || f.LateMS > maxDelayMS:
		return errs.Field("late_ms", "late_ms must be from 0 to 600000")
	case !(f.DropAfterAccept >= 0 && f.DropAfterAccept <= 1):
		return errs.Field("drop_after_accept", "drop_after_accept must be from 0 to 1")
	}
	return nil
}

func (c *Carrier) postHandset(w http.ResponseWriter, r *http.Request) {
	var h Handset
	if !readJSON(w, r, true, &h) {
		return
	}
	if refused := h.check(); refused != nil {
		refuse(w, r, refused)
		return
	}
	c.faults.change(func(p *picture) {
		if h == (Handset{To: h.To}) {
			delete(p.handsets, h.To)
			return
		}
		p.handsets[h.To] = h
	})
	c.events.publish(Event{Kind: "fault", To: h.To, Fault: h})
	c.getFaults(w, r)
}

func (h *Handset) check() *errs.Error {
	code, err := strconv.Atoi(h.ErrorCode)
	switch {
	case !phoneShape.MatchString(h.To):
		return errs.Field("to", "to must be a phone number")
	case !slices.Contains([]string{"", "delivered", "sent", "undelivered", "failed", "refused"}, h.Status):
		return errs.Field("status", "status must be delivered, sent, undelivered, failed or refused")
	case h.ErrorCode != "" && (err != nil || code < 10000 || code > 99999):
		return errs.Field("error_code", "error_code must be a number of five digits")
	case h.DelayMS < 0 || h.DelayMS > maxDelayMS:
		return errs.Field("delay_ms", "delay_ms must be from 0 to 600000")
	case h.Receipts != "" && !slices.Contains(receiptKinds, h.Receipts):
		return errs.Field("receipts", "receipts must be normal, none, shuffled, duplicated or late")
	}
	if h.ErrorCode == "" {
		h.ErrorCode = map[string]string{"undelivered": "30003", "failed": "30008", "refused": "21211"}[h.Status]
	}
	return nil
}

func (c *Carrier) getFaults(w http.ResponseWriter, _ *http.Request) {
	p := c.faults.picture()
	phones := slices.AppendSeq([]Handset{}, maps.Values(p.handsets))
	slices.SortFunc(phones, func(a, b Handset) int { return cmp.Compare(a.To, b.To) })
	writeJSON(w, http.StatusOK, struct {
		Faults
		Handsets []Handset `json:"handsets"`
	}{p.Faults, phones})
}

func (c *Carrier) deleteFaults(w http.ResponseWriter, r *http.Request) {
	c.faults.change(func(p *picture) { *p = goodDay })
	c.events.publish(Event{Kind: "fault", Fault: goodDay.Faults})
	c.getFaults(w, r)
}

// step is one status of a text's life and when it comes, counted from its acceptance.
type step struct {
	after time.Duration
	word  word
	code  string
}

// What an ordinary text lives through; never written.
var ordinary = []step{{20 * time.Millisecond, sent, ""}, {60 * time.Millisecond, delivered, ""}}

// follow plans the receipts of an accepted text.
func (c *Carrier) follow(a *account, t *text, place int64, id, callback string, f *picture, phone Handset) {
	if callback == "" {
		callback = a.StatusURL
	}
	life := phone.life(t)
	end := life[len(life)-1]
	receipts := cmp.Or(phone.Receipts, f.Receipts)
	if callback == "" || receipts == "none" {
		c.store.move(a.shelf, place, t.seq, end.word, end.code)
		return
	}
	j := job{account: a, place: place, seq: t.seq, id: id, from: t.from, to: t.to, ref: t.ref, url: callback, began: t.at}
	switch receipts {
	case "shuffled": // each on its own, so that they overtake one another and run at once
		life = append([]step{{0, sending, ""}}, life...)
		for _, s := range life {
			c.post.add(j.with(step{time.Duration(rand.IntN(100)) * time.Millisecond, s.word, s.code}))
		}
	case "duplicated":
		c.post.add(j.with(life...))
		c.post.add(j.with(life...))
	case "late":
		late := make([]step, len(life))
		for i, s := range life {
			late[i] = step{s.after + time.Duration(f.LateMS)*time.Millisecond, s.word, s.code}
		}
		c.post.add(j.with(late...))
	default:
		c.post.add(j.with(life...))
	}
}

// life is what becomes of a text at this handset.
func (h Handset) life(t *text) []step {
	if h == (Handset{}) {
		return ordinary
	}
	delay := time.Duration(h.DelayMS) * time.Millisecond
	word, code := delivered, ""
	switch h.Status {
	case "sent":
		return []step{{delay + ordinary[0].after, sent, ""}}
	case "failed":
		return []step{{delay + ordinary[0].after, failed, h.ErrorCode}}
	case "undelivered":
		word, code = undelivered, h.ErrorCode
	}
	if h.CanReceiveMedia != nil && !*h.CanReceiveMedia && len(t.media) > 0 {
		word, code = undelivered, "30011"
	}
	return []step{ordinary[0], {delay + ordinary[1].after, word, code}}
}
