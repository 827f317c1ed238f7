package wire

// Meaning is what a carrier's error code says to the outbox and to the person at the desk.
type Meaning struct {
	Class    Class
	Sentence string
}

// Explain returns the meaning of a Twilio error code, from a refused hand-over or from a receipt (reference B4), and
// false for a code that is not in the table. Receipts of other carriers bring their own sentences.
func Explain(code string) (Meaning, bool) {
	m, ok := meanings[code]
	return m, ok
}

// Sentence is the plain sentence of a class, for when the code says nothing more.
func Sentence(c Class) string {
	switch c {
	case Throttled:
		return "The carrier asks us to send more slowly; the text will go out a little later."
	case Network:
		return "The carrier could not be reached; the text will be tried again."
	case Ambiguous:
		return "It is not certain whether the carrier took this text; we are checking."
	case Unreachable:
		return "The phone is off or out of reach."
	case BadRecipient:
		return "This number cannot receive texts."
	case OptedOut:
		return "This person has opted out of texts from this number."
	case Filtered:
		return "The text was blocked by the carrier as unwanted."
	case Config:
		return "The carrier account or number is not set up to send this text; an administrator must look at it."
	case Content:
		return "The carrier does not accept this text as it is written."
	case Security:
		return "The carrier blocked the text on suspicion of fraud; an administrator has to look at it."
	}
	return "The carrier could not deliver the text."
}

// meanings is never written after start-up.
var meanings = map[string]Meaning{
	"20429": {Throttled, Sentence(Throttled)},
	"429":   {Throttled, Sentence(Throttled)},
	"21611": {Throttled, "Too many texts are waiting on this number; the text will go out a little later."},
	"30001": {Throttled, "Too many texts are waiting on this number; the text will go out a little later."},
	"30022": {Throttled, "The number has reached its sending rate; the text will go out a little later."},
	"30023": {Throttled, "The number has reached its daily limit with the mobile networks; the text waits until tomorrow."},
	"30027": {Throttled, "The number has reached its daily limit with T-Mobile; the text waits until tomorrow."},

	"30410": {Ambiguous, "The carrier's network did not answer in time; it is not certain that the text was taken."},

	"30003": {Unreachable, "The phone is off or out of reach."},
	"30008": {Unreachable, "The mobile network could not deliver the text and gave no reason."},
	"30017": {Unreachable, "The mobile network is congested."},

	"21211": {BadRecipient, "This is not a valid phone number."},
	"21604": {BadRecipient, "There is no phone number to send to."},
	"21614": {BadRecipient, "This number is not a mobile number. Confirm that the device can receive texts."},
	"21266": {BadRecipient, "A number cannot text itself."},
	"30005": {BadRecipient, "This number is unknown or no longer in service."},
	"30006": {BadRecipient, "This is a landline or a number that cannot receive texts."},

	"21610": {OptedOut, Sentence(OptedOut)},

	"30004": {Filtered, "The recipient or their mobile network blocks texts from us."},
	"30007": {Filtered, "The text was filtered as spam by the mobile network."},

	"20003": {Config, "The carrier refuses our credentials; an administrator must check the carrier account."},
	"401":   {Config, "The carrier refuses our credentials; an administrator must check the carrier account."},
	"20403": {Config, "The carrier account is not allowed to do this; an administrator must check it."},
	"403":   {Config, "The carrier account is not allowed to do this; an administrator must check it."},
	"20404": {Config, "The carrier does not know this account; an administrator must check it."},
	"30002": {Config, "The carrier account is suspended; an administrator must check it."},
	"21408": {Config, "Texts to this region are not enabled in the carrier account."},
	"21603": {Config, "There is no number to send from."},
	"21606": {Config, "This number may not send texts in the carrier account."},
	"21609": {Config, "The carrier does not accept our address for receipts; an administrator must check the public URL."},
	"21612": {Config, "The carrier has no route from this number to the recipient."},
	"30018": {Config, "The sending number is not registered for the recipient's country."},
	"30024": {Config, "The sending number is not yet provisioned with the mobile networks."},
	"30032": {Config, "The toll-free number is not verified yet."},
	"30034": {Config, "The number is not registered for business texting (10DLC)."},

	"21602": {Content, "The text is empty."},
	"21617": {Content, "The text is longer than the carrier allows (1,600 characters)."},
	"21620": {Content, "The carrier cannot read the attached file."},
	"21623": {Content, "There are too many files attached."},
	"30011": {Content, "The recipient's phone or network does not accept pictures."},
	"30019": {Content, "The attached file is too large for the recipient's network."},
	"11751": {Content, "The attached file is larger than the carrier allows."},
	"30009": {Content, "A part of the text got lost on the way to the carrier."},

	"30450": {Security, Sentence(Security)},
	"30453": {Security, Sentence(Security)},
}

// Codes lists the codes that Explain knows, for tests and for the documentation page; the order is not fixed.
func Codes() []string {
	out := make([]string, 0, len(meanings))
	for code := range meanings {
		out = append(out, code)
	}
	return out
}

// Refusal makes the error of a code; an unknown code takes the fallback class and its sentence.
func Refusal(code string, fallback Class, err error) *SendError {
	m, ok := meanings[code]
	if !ok {
		m = Meaning{fallback, Sentence(fallback)}
	}
	return &SendError{Class: m.Class, Code: code, Message: m.Sentence, Err: err}
}
