package carrier

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/phone"
)

// Foreign says which uses of a tenant's numbers may be outside of the US (spec 1.1).
type Foreign struct{ Chat, InCall bool }

// Chats tells a number of the chat channel: it is neither for calls nor for texts without a session (rule 6).
func (n Number) Chats() bool {
	return !n.Can(InCall) && !n.Can(SessionFree) && (n.Can(CanReceive) || n.Can(CanSend))
}

// Sends tells whether chats may be sent from a number.
func (n Number) Sends() bool { return !n.Removed && n.Verified() && n.Chats() && n.Can(CanSend) }

// InService tells whether queues or agents count on a number.
func (n Number) InService() bool { return n.Queue != 0 || n.GlobalOutbound || len(n.Serves) > 0 }

// checkNumber holds a new or changed number against the rules that concern it alone and its tenant (spec 1.1, rules 1 and 6).
// others are the tenant's living numbers without it.
func checkNumber(n Number, others []Number, foreign Foreign) error {
	if err := checkCapabilities(n.Capabilities); err != nil {
		return err
	}
	if n.SegmentsPerSecond <= 0 || n.SegmentsPerSecond > MostSegmentsPerSecond {
		return errs.Field("segments_per_second", "the limit is more than 0 and at most %d segments a second", MostSegmentsPerSecond)
	}
	if n.OptOutResponder != PlatformAnswers && n.OptOutResponder != CarrierAnswers {
		return errs.Field("opt_out_responder", "platform or carrier answers STOP, START and HELP")
	}
	if len([]rune(n.Label)) > longestLabel || strings.ContainsFunc(n.Label, unicode.IsControl) {
		return errs.Field("label", "a label is one line of at most %d characters", longestLabel)
	}
	address := phone.Number(n.Address)
	first := n.Chats() && !slices.ContainsFunc(others, Number.Chats)
	switch {
	case first && !address.IsUS():
		return errs.Field("address", "the first number, which switches the channel on, must be a valid US (+1) number")
	case domestic(address):
		return nil
	case n.Can(InCall) && !foreign.InCall:
		return errs.Field("address", "numbers outside the US are not enabled for in-call SMS (non_us_numbers_in_call)")
	case !n.Can(InCall) && !foreign.Chat:
		return errs.Field("address", "numbers outside the US are not enabled (non_us_numbers)")
	}
	return nil
}

// domestic is a US number, or a short code as long as US ones are: it does not say its country.
func domestic(n phone.Number) bool {
	return n.IsUS() || n.IsShort() && (len(n) == 5 || len(n) == 6)
}

func checkCapabilities(of []string) error {
	known := []string{CanReceive, CanSend, InCall, SessionFree}
	if len(of) == 0 {
		return errs.Field("capabilities", "a number needs a capability: inbound, outbound, in_call or sessionless")
	}
	for i, c := range of {
		if !slices.Contains(known, c) {
			return errs.Field("capabilities", "capabilities are inbound, outbound, in_call and sessionless")
		}
		if slices.Contains(of[:i], c) {
			return errs.Field("capabilities", "%s stands there twice", c)
		}
	}
	has := func(c string) bool { return slices.Contains(of, c) }
	chats := has(CanReceive) || has(CanSend)
	switch {
	case has(InCall) && has(SessionFree):
		return errs.Field("capabilities", "an in-call number is never a session-less number")
	case has(InCall) && chats:
		return errs.Field("capabilities", "an in-call number is never a chat number: take inbound and outbound away, or in_call")
	case has(SessionFree) && chats:
		return errs.Field("capabilities", "a session-less number is never a chat number: take inbound and outbound away, or sessionless")
	}
	return nil
}

// checkChange refuses a change that what counts on the number could not bear. in names how many chats run on it.
func checkChange(before, after Number, chats int) error {
	if before.Account != after.Account && (before.InService() || chats > 0) {
		return conflict("account_id", "the number is in use; take it from its queues first, because another account must verify it anew")
	}
	lost := func(c string) bool { return before.Can(c) && !after.Can(c) }
	switch {
	case before.Queue != 0 && lost(CanReceive):
		return conflict("capabilities", "texts to this number go to a queue, so it must stay inbound; take it from the queue first")
	case (before.GlobalOutbound || len(before.Serves) > 0) && lost(CanSend):
		return conflict("capabilities", "queues send from this number, so it must stay outbound; take it from them first")
	case chats > 0 && before.Chats() && !after.Chats():
		return conflict("capabilities", "%s this number; it must stay a chat number until they end", plural(chats, errs.Say("%d chat still uses", chats), errs.Say("%d chats still use", chats)))
	}
	return nil
}

// checkAssign holds a number against the rules for feeding a queue (spec 1.1, rules 2, 3, 4 and 6). taken names the queue
// that it feeds now.
func checkAssign(n Number, to id.Queue, taken string) error {
	switch {
	case !n.Chats() && n.Can(InCall):
		return errs.Field("queue_id", "an in-call number is never a chat number, so it feeds no queue")
	case !n.Chats() && n.Can(SessionFree):
		return errs.Field("queue_id", "a session-less number is never a chat number, so it feeds no queue")
	case !n.Can(CanReceive):
		return errs.Field("queue_id", "an outbound-only number never receives for a queue; give it the capability inbound first")
	case !n.Verified():
		return errs.Field("queue_id", "the number must be verified before it is assigned to a queue")
	case n.Queue != 0 && n.Queue != to:
		return conflict("queue_id", "the number belongs to the queue %s already, and to one queue at most; take it from there first", taken)
	}
	return nil
}

// checkSends refuses a number that chats can't be sent from (rules 2, 4 and 6). field is where it was named.
func checkSends(n Number, field string) error {
	name := n.Address
	switch {
	case !n.Chats() && n.Can(InCall):
		return errs.Field(field, "%s is an in-call number, which is never a chat number", name)
	case !n.Chats() && n.Can(SessionFree):
		return errs.Field(field, "%s is a session-less number, which is never a chat number", name)
	case !n.Can(CanSend):
		return errs.Field(field, "%s can't send; give it the capability outbound first", name)
	case !n.Verified():
		return errs.Field(field, "%s must be verified before texts are sent from it", name)
	}
	return nil
}

// Origin says why a queue sends from certain numbers.
type Origin string

// The origins, in the order in which they are asked.
const (
	OwnNumbers       Origin = "own"       // chosen for the queue
	InheritedNumbers Origin = "inherited" // chosen for a queue above it
	GlobalNumber     Origin = "global"    // the tenant's global outbound number
	InboundNumber    Origin = "inbound"   // the number that feeds the queue, or a queue above it
	NoNumber         Origin = "none"
)

// SendingNumbers are the numbers that a queue sends from, the preferred one first (spec 1.1, rule 5): its own outbound
// numbers, else those of the nearest queue above it that has some, else the global outbound number, else the inbound number
// of the queue (or of the nearest above it) that can send. chain is the queue and those above it, itself first
// (queues.Tree.Chain). Numbers that can't send now are passed over.
func SendingNumbers(numbers []Number, chain []id.Queue) ([]Number, Origin) {
	able := slices.DeleteFunc(slices.Clone(numbers), func(n Number) bool { return !n.Sends() })
	slices.SortFunc(able, func(a, b Number) int { return cmp.Compare(a.ID, b.ID) })
	for i, q := range chain {
		if chosen := servingIn(able, q); len(chosen) > 0 {
			if i == 0 {
				return chosen, OwnNumbers
			}
			return chosen, InheritedNumbers
		}
	}
	for _, n := range able {
		if n.GlobalOutbound {
			return []Number{n}, GlobalNumber
		}
	}
	for _, q := range chain {
		feeding := slices.DeleteFunc(slices.Clone(able), func(n Number) bool { return n.Queue != q })
		if len(feeding) > 0 {
			return feeding, InboundNumber
		}
	}
	return nil, NoNumber
}

func servingIn(able []Number, q id.Queue) []Number {
	place := map[id.Number]int{}
	var out []Number
	for _, n := range able {
		for _, s := range n.Serves {
			if s.Queue == q {
				place[n.ID], out = s.Place, append(out, n)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Number) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return out
}

// conflict is a refusal of a field because of how things stand.
func conflict(field, format string, args ...any) *errs.Error {
	return errs.New(errs.Conflict, format, args...).At(field)
}
