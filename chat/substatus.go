package chat

// SubStatus says in words how a chat stands, or how it ended (reference/ccai-platform-facts.md, 5.2). Canceled and
// Selecting are ours: that list has no word for them.
func (v View) SubStatus() string {
	switch v.Status {
	case Queued:
		return "Queued"
	case Assigned:
		if v.bothWrote() {
			return "Ongoing"
		}
		return "Assigned"
	case Dismissed:
		return "Dismissed - inactive end user"
	case Finished:
		return v.finished()
	case Failed:
		return v.failed()
	case Canceled:
		if v.DisconnectedBy == EndedByEndUser {
			return "Abandoned"
		}
		return "Canceled"
	case Selecting:
		return "Selecting"
	}
	return ""
}

// bothWrote: the consumer has written and an agent has.
func (v View) bothWrote() bool { return !v.LastConsumerAt.IsZero() && !v.LastAgentAt.IsZero() }

// answered: a text came after an agent had the chat, theirs or the consumer's.
func (v View) answered() bool {
	return !v.LastAgentAt.IsZero() || v.LastConsumerAt.After(v.AssignedAt)
}

func (v View) finished() string {
	none := !v.answered()
	switch {
	case v.DisconnectedBy == EndedByAgent && none:
		return "Finished: No Messages Disconnected By Agent"
	case v.DisconnectedBy == EndedByAgent:
		return "Finished: Disconnected By Agent"
	case v.DisconnectedBy == EndedByEndUser && none:
		return "Finished: No Messages Disconnected By End User"
	case v.DisconnectedBy == EndedByEndUser:
		return "Finished: Disconnected By End User"
	case v.FailReason == NoResponse:
		return v.timedOut(none)
	case none:
		return "Finished: No Messages"
	}
	return "Finished"
}

// timedOut: whoever was to write stopped responding. It is the agent's turn after a text of the consumer.
func (v View) timedOut(none bool) string {
	agent := v.LastConsumerAt.After(v.LastAgentAt)
	switch {
	case none && agent:
		return "Timeout: Timeout By Agent With No Messages"
	case none:
		return "Timeout: Timeout By End User With No Messages"
	case agent:
		return "Timeout: agent stopped responding"
	}
	return "Timeout: end user stopped responding"
}

func (v View) failed() string {
	switch v.FailReason {
	case Expired, AfterHours, ExpiredSelection:
		return "Expired"
	case NoResponse:
		return "Timeout: Timeout By End User With No Messages"
	}
	return "Failed"
}
