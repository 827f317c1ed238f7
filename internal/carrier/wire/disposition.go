package wire

// Disposition says why an inbound text went to no chat (spec 1.2); empty when it did. It is a column of its row. A command
// word is called so in a chat too.
type Disposition string

// The dispositions.
const (
	ToChat        Disposition = ""
	Blocked       Disposition = "blocked"
	UnknownNumber Disposition = "unknown_number"
	NoQueue       Disposition = "no_queue"
	NotWanted     Disposition = "opted_out" // an ordinary text of someone on the do-not-contact list
	Command       Disposition = "command"
	ChannelOff    Disposition = "channel_off"
	Sessionless   Disposition = "sessionless"
)
