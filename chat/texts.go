package chat

import (
	"strconv"
	"time"

	"sidetone/internal/tenant/reply"
	"sidetone/queues"
)

// text is a system text with its variables filled in (spec 1.4); about names the queue that @{QUEUE_NAME} and
// @{EWT_minutes} mean. A sentence about what is not known now is left out, and when nothing else is left the text is the
// language's default.
func (s *step) text(kind reply.Kind, lang string, about *queues.Node) string {
	settings := s.c.Rules.Settings(s.c.timerQueue())
	text, in, _ := settings.TextIn(kind, lang)
	if text == "" {
		return "" // it is switched off
	}
	vars := reply.Vars{"COMPANY_NAME": settings.Company(), "SUPPORT_CONTACT": settings.Support(in), "END_USER": s.c.Pair.Name}
	if about != nil {
		vars["QUEUE_NAME"] = about.Title(lang)
	}
	if said := reply.Render(s.known(text, vars, lang, about), vars); said != "" {
		return said
	}
	text, _ = reply.Default(kind, lang)
	return reply.Render(s.known(text, vars, lang, about), vars)
}

// known looks up the passing variables that a text uses, and takes out the sentences of those that have no value.
func (s *step) known(text string, vars reply.Vars, lang string, about *queues.Node) string {
	for _, v := range []struct {
		name  string
		value func() string // empty: not known
	}{
		{"EWT_minutes", func() string { return s.waitMinutes(about) }},
		{"TIME_UNTIL_DISMISSAL", s.untilDismissal},
		{"NEXT_REOPEN_HOUR", func() string { return s.reopens(lang) }},
	} {
		if !reply.Uses(text, v.name) {
			continue
		}
		if vars[v.name] = v.value(); vars[v.name] == "" {
			text = reply.Without(text, v.name)
		}
	}
	return text
}

// waitMinutes is how long a chat that begins to wait in a leaf now will probably wait, in whole minutes, at least one.
func (s *step) waitMinutes(leaf *queues.Node) string {
	if leaf == nil || !leaf.Leaf() || s.c.Rules.Wait == nil || !s.c.Rules.Open(leaf.ID, s.now) {
		return ""
	}
	wait, known := s.c.Rules.Wait(leaf.ID)
	if !known {
		return ""
	}
	return minutes(wait)
}

// untilDismissal is the minutes that are left until the chat is dismissed by itself; all of the timer's when it does not
// run yet. Chats that were not begun by the consumer are never dismissed.
func (s *step) untilDismissal() string {
	whole := s.c.Rules.Timers(s.c.timerQueue()).Dismissal
	if whole == 0 || s.c.Status.Active() && s.c.StartedBy != ByEndUser {
		return ""
	}
	if s.c.Status == Assigned && s.c.dismissible() {
		return minutes(whole - s.now.Sub(latest(s.c.AssignedAt, s.c.LastAgentAt)))
	}
	return minutes(whole)
}

// reopens names the next opening, in the queue's zone and the consumer's manner.
func (s *step) reopens(lang string) string {
	hours := s.c.Rules.Calendar(s.c.timerQueue())
	closed := hours.NextClosing(s.now)
	if closed.IsZero() {
		return ""
	}
	opens := hours.NextOpening(closed)
	if opens.IsZero() {
		return ""
	}
	return reply.When(opens, s.now.In(opens.Location()), lang)
}

func minutes(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Minute-1)/time.Minute)))
}
