package rig

import (
	"fmt"
	"net/url"
	"strconv"

	"sidetone/internal/carrier/twilio"
	"sidetone/internal/gauge"
)

// Text is a consumer's text on its way to a house.
type Text struct {
	ID       string // the carrier's
	From, To string
	Body     string
}

// TextID is the i-th id as the carrier writes them; kind tells the users of a rig apart.
func TextID(kind byte, i int) string { return fmt.Sprintf("SM%02x%030x", kind, i) }

func (t Text) form() url.Values {
	return url.Values{
		"MessageSid": {t.ID}, "SmsSid": {t.ID}, "SmsMessageSid": {t.ID}, "AccountSid": {"AC1"}, "From": {t.From}, "To": {t.To}, "Body": {t.Body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}
}

// Webhook is the signed request by which the carrier posts a text, ready to be written to a connection.
func (r *Rig) Webhook(h House, t Text) []byte {
	form, path := t.form(), "/hooks/twilio/"+h.Key+"/messages"
	signature := twilio.Sign(authToken, r.URL+path, form)
	return gauge.Form(r.Address, path, twilio.SignatureHeader+": "+signature+"\r\n", []byte(form.Encode()))
}

// PlainText is the same text for a program that checks nothing.
func PlainText(address, path string, t Text) []byte {
	return gauge.Form(address, path, "", []byte(t.form().Encode()))
}

// Known are n texts of consumers with a chat under way, over all houses in turn, each with an id of its own from first on.
func Known(houses []House, n, first int, each func(House, Text)) {
	for i := range n {
		h := houses[i%len(houses)]
		from := h.Consumers[(i/len(houses))%len(h.Consumers)]
		each(h, Text{TextID('k', first+i), from, h.Leaf, "My order has not arrived yet, can you look? " + strconv.Itoa(first+i)})
	}
}

// First are n first texts of strangers to the numbers with a menu.
func First(houses []House, n, first int, each func(House, Text)) {
	for i := range n {
		h := houses[i%len(houses)]
		each(h, Text{TextID('f', first+i), Stranger(first + i), h.Menu, "Hello, I have a question " + strconv.Itoa(first+i)})
	}
}
