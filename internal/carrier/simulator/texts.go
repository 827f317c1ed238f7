package simulator

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sidetone/internal/errs"
	"sidetone/internal/segments"
)

// inboundRequest is a text that a person or a test sends as a consumer.
type inboundRequest struct {
	From  string            `json:"from"`
	To    string            `json:"to"`
	Text  string            `json:"text"`
	Media []json.RawMessage `json:"media"` // an address, "sample:mug", a data: URL, or {url, content_type}
}

type inboundAnswer struct {
	ID            string  `json:"id"`
	WebhookStatus int     `json:"webhook_status"`
	WebhookBody   string  `json:"webhook_body"`
	MS            float64 `json:"ms"`
	Error         string  `json:"error,omitempty"` // why there was no answer
}

// postText texts a number. The answer has the webhook's own status; a success is 200, so that there is a body, and no
// answer at all is 502.
func (c *Carrier) postText(w http.ResponseWriter, r *http.Request) {
	var in inboundRequest
	if !readJSON(w, r, false, &in) {
		return
	}
	switch {
	case in.From == "":
		refuse(w, r, errs.Field("from", "from is missing"))
		return
	case in.To == "":
		refuse(w, r, errs.Field("to", "to is missing"))
		return
	case in.Text == "" && len(in.Media) == 0:
		refuse(w, r, errs.Field("text", "text is missing"))
		return
	case !digitShape.MatchString(in.From):
		refuse(w, r, errs.Field("from", "from is not a phone number"))
		return
	case len(in.Media) > maxMedia:
		refuse(w, r, errs.Field("media", "media has more than 10 files"))
		return
	}
	a := c.accounts.book().byNumber[in.To]
	if a == nil {
		refuse(w, r, errs.New(errs.NotFound, "to is a number of nobody here").At("to"))
		return
	}
	t := text{at: time.Now(), inbound: true, from: in.From, to: in.To, body: in.Text, segments: max(segments.Count(in.Text).Segments, 1), status: received}
	parts, ok := c.takeMedia(w, r, a, in.Media)
	if !ok {
		return
	}
	for _, p := range parts {
		t.media = append(t.media, p.url)
	}
	before, after := func() {}, func() {}
	if c.faults.picture().handsets[t.from].OutOfOrder {
		before, after = c.turns.take(t.from, t.to, c.ctx.Done())
	}
	t.seq, _ = c.store.add(a.shelf, t)
	before()
	defer after()
	writeReply(w, c.hand(a, &t, parts)) // goes on without the caller: the consumer has sent it
}

func writeReply(w http.ResponseWriter, ans inboundAnswer) {
	status := ans.WebhookStatus
	switch {
	case status/100 == 2:
		status = http.StatusOK
	case status < 400 || status > 599:
		status = http.StatusBadGateway
	}
	writeJSON(w, status, ans)
}

// hand gives a consumer's text to the product: once, twice when the handset does so, and once more when nobody was
// there (reference B1).
func (c *Carrier) hand(a *account, t *text, parts []part) inboundAnswer {
	id := c.store.sid(t)
	form := inboundForm(a, t, id, parts)
	if a.CarrierOptOut {
		if kind := a.optOut.hear(t.to, t.from, t.body); kind != "" {
			form.Set("OptOutType", kind)
		}
	}
	c.stats.textsIn.Add(1)
	c.events.publish(Event{Kind: "text_in", Account: a.SID, ID: id, From: t.from, To: t.to, Text: t.body, Media: t.media, Segments: t.segments})
	rep, err := c.handOnce(a, t, id, form)
	if err != nil && !errors.Is(err, errNoAddress) && rep.status == 0 {
		rep, err = c.handOnce(a, t, id, form)
	}
	if c.faults.picture().handsets[t.from].SendTwice {
		_, _ = c.handOnce(a, t, id, form) // what came of it stands in the events
	}
	ans := inboundAnswer{ID: id, WebhookStatus: rep.status, WebhookBody: rep.body, MS: milliseconds(rep.took)}
	if err != nil {
		ans.Error = err.Error()
	}
	return ans
}

func (c *Carrier) handOnce(a *account, t *text, id string, form url.Values) (reply, error) {
	rep, err := c.webhook(c.ctx, a, a.MessagesURL, id, form)
	ev := Event{Kind: "webhook", Account: a.SID, ID: id, From: t.from, To: t.to, Status: rep.status, MS: milliseconds(rep.took)}
	if err != nil {
		ev.Failure = err.Error()
	}
	if err != nil || rep.status/100 != 2 {
		c.stats.webhooksFailed.Add(1)
	} else {
		c.stats.webhooksOK.Add(1)
	}
	c.events.publish(ev)
	return rep, err
}

func inboundForm(a *account, t *text, id string, parts []part) url.Values {
	form := url.Values{
		"MessageSid": {id}, "SmsSid": {id}, "SmsMessageSid": {id}, "AccountSid": {a.SID}, "From": {t.from}, "To": {t.to}, "Body": {t.body},
		"NumMedia": {strconv.Itoa(len(parts))}, "NumSegments": {strconv.Itoa(t.segments)}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}
	for i, p := range parts {
		form.Set("MediaUrl"+strconv.Itoa(i), p.url)
		form.Set("MediaContentType"+strconv.Itoa(i), p.contentType)
	}
	return form
}

// textView is a text as the control side shows it.
type textView struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Text      string    `json:"text"`
	Segments  int       `json:"segments"`
	Media     []string  `json:"media"`
	Direction string    `json:"direction"`
	Status    string    `json:"status"`
	ErrorCode string    `json:"error_code,omitempty"`
	Ref       int64     `json:"ref,omitempty"` // the sender's own id
}

// listTexts shows the texts that the carrier was given, in order. With direction=in those of the consumers, with all
// both. after is the id of any text, in either direction; limit is for whoever wants pages.
func (c *Carrier) listTexts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var after int64
	if id := q.Get("after"); id != "" && id != "0" {
		n, ok := c.store.number(id)
		if !ok {
			refuse(w, r, errs.Field("after", "after is not the id of a text of this run"))
			return
		}
		after = n
	}
	direction := cmp.Or(q.Get("direction"), "out")
	if !slices.Contains([]string{"in", "out", "all"}, direction) {
		refuse(w, r, errs.Field("direction", "direction must be in, out or all"))
		return
	}
	limit := 0
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			refuse(w, r, errs.Field("limit", "limit must be a number from 1"))
			return
		}
		limit = n
	}
	to, from := q.Get("to"), q.Get("from")
	found := c.collect(to, from, after, func(t *text) bool {
		return (direction == "all" || t.inbound == (direction == "in")) && (to == "" || t.to == to) && (from == "" || t.from == from)
	})
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	writeJSON(w, http.StatusOK, found)
}

func (c *Carrier) collect(to, from string, after int64, keep func(*text) bool) []textView {
	upTo := c.store.last()
	var all []text
	for _, a := range c.accounts.book().bySID {
		all = append(all, c.store.between(a.shelf, a.consumerOf(to, from), after, upTo, keep)...)
	}
	slices.SortFunc(all, func(x, y text) int { return cmp.Compare(x.seq, y.seq) })
	out := make([]textView, len(all))
	for i := range all {
		t := &all[i]
		out[i] = textView{
			ID: c.store.sid(t), At: t.at.UTC(), From: t.from, To: t.to, Text: t.body, Segments: t.segments, Media: t.media,
			Direction: "out", Status: t.status.String(), ErrorCode: t.code, Ref: t.ref,
		}
		if t.inbound {
			out[i].Direction = "in"
		}
		if t.media == nil {
			out[i].Media = []string{}
		}
	}
	return out
}
