package bench

import (
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/gauge"
)

// texter makes signed webhooks, each with an id of its own.
type texter struct {
	public string // the address the carrier signs
	host   string // where it is reached
	made   atomic.Int64
}

// text is one consumer's text to a number, as the carrier posts it.
func (x *texter) text(h *house, from, to, body string) []byte {
	id := fmt.Sprintf("SM%032x", x.made.Add(1))
	form := url.Values{
		"MessageSid": {id}, "SmsSid": {id}, "SmsMessageSid": {id}, "AccountSid": {"AC1"}, "From": {from}, "To": {to}, "Body": {body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}
	path := "/hooks/twilio/" + h.Key + "/messages"
	signature := twilio.Sign(authToken, x.public+path, form)
	return gauge.Form(x.host, path, twilio.SignatureHeader+": "+signature+"\r\n", []byte(form.Encode()))
}

// known are n texts of consumers with a chat under way, over all houses in turn.
func (x *texter) known(houses []house, n int) *gauge.Requests {
	out := &gauge.Requests{}
	for i := range n {
		h := &houses[i%len(houses)]
		from := h.Consumers[(i/len(houses))%len(h.Consumers)]
		out.Add(x.text(h, from, h.Leaf, "My order has not arrived yet, can you look? "+strconv.Itoa(i)))
	}
	return out
}

// strangers are n first texts to the menu numbers.
func (x *texter) strangers(houses []house, n int, next *int) *gauge.Requests {
	out := &gauge.Requests{}
	for i := range n {
		h := &houses[i%len(houses)]
		out.Add(x.text(h, consumer(7_000_000*10+*next), h.Menu, "Hello, I have a question "+strconv.Itoa(i)))
		*next++
	}
	return out
}

// plain are the same texts for the limit programs.
func (x *texter) plain(path string, houses []house, n int) *gauge.Requests {
	out := &gauge.Requests{}
	for i := range n {
		h := &houses[i%len(houses)]
		id := fmt.Sprintf("SM%032x", x.made.Add(1))
		form := url.Values{
			"MessageSid": {id}, "SmsSid": {id}, "SmsMessageSid": {id}, "AccountSid": {"AC1"}, "From": {h.Consumers[(i/len(houses))%len(h.Consumers)]},
			"To": {h.Leaf}, "Body": {"My order has not arrived yet, can you look? " + strconv.Itoa(i)},
			"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
		}
		out.Add(gauge.Form(x.host, path, "", []byte(form.Encode())))
	}
	return out
}
