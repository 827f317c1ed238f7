package tenant

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sidetone/internal/errs"
)

// Level says where a setting may be set.
type Level string

// The levels. A queue inherits from its parent, the root from the tenant, the tenant from the default.
const (
	LevelTenant Level = "tenant" // for the tenant alone
	LevelQueue  Level = "queue"  // for the tenant and for each queue
)

// Kind is the shape of a setting's value.
type Kind string

// The kinds, with their JSON form.
const (
	KindDuration Kind = "duration" // an integer in the setting's unit
	KindCount    Kind = "count"    // an integer
	KindSwitch   Kind = "switch"   // true or false
	KindChoice   Kind = "choice"   // one of Options
	KindLine     Kind = "line"     // one line of text
	KindWords    Kind = "words"    // a list of words
	KindText     Kind = "text"     // a text to the consumer, with variables
	KindHours    Kind = "hours"    // weekly intervals and holidays
)

// Setting describes one thing a tenant may change: its kind, bounds, default, and where it may be set.
type Setting struct {
	Key     string        `json:"key"`
	Kind    Kind          `json:"kind"`
	Level   Level         `json:"level"`
	Default any           `json:"default"` // as it stands in JSON
	Min     int           `json:"min,omitempty"`
	Max     int           `json:"max,omitempty"`
	Off     bool          `json:"off,omitempty"`  // 0 is allowed besides Min..Max and means off
	Unit    string        `json:"unit,omitempty"` // minutes, seconds ... of a duration
	Options []string      `json:"options,omitempty"`
	Doc     string        `json:"doc"`
	unit    time.Duration // what 1 means, of a duration
	check   func(string) error
}

// Keys have the type of their value, so that asking a switch for its minutes does not compile.
type (
	DurationKey string
	CountKey    string
	SwitchKey   string
	ChoiceKey   string
	LineKey     string
	WordsKey    string
)

// The timers of a chat (spec 1.5). 0 is off.
const (
	SelectingTimeout     DurationKey = "selecting_timeout"
	UnansweredInHours    DurationKey = "unanswered_in_hours"
	UnansweredAfterHours DurationKey = "unanswered_after_hours"
	OutboundTimeout      DurationKey = "outbound_timeout"
	ChatTimeout          DurationKey = "chat_timeout"
	Dismissal            DurationKey = "dismissal"
	DismissalAutomatic   SwitchKey   = "dismissal_automatic"
	ResponseTarget       DurationKey = "response_target"
	WaitTarget           DurationKey = "wait_target"
)

// How long a text waits to be sent (spec 1.6).
const (
	AgentTextExpiry        DurationKey = "agent_text_expiry"
	APITextExpiry          DurationKey = "api_text_expiry"
	AfterCallTextExpiry    DurationKey = "after_call_text_expiry"
	StopConfirmationExpiry DurationKey = "stop_confirmation_expiry"
)

// The channel (spec 1.1, 1.2, 1.3, 1.6).
const (
	SMSChatEnabled           SwitchKey   = "sms_chat_enabled"
	OutboundSMSEnabled       SwitchKey   = "outbound_sms_enabled"
	NonUSNumbers             SwitchKey   = "non_us_numbers"
	NonUSNumbersInCall       SwitchKey   = "non_us_numbers_in_call"
	NonUSNumbersWaitTime     SwitchKey   = "non_us_numbers_wait_time"
	CompanyName              LineKey     = "company_name"
	SupportContact           LineKey     = "support_contact"
	DefaultLanguage          LineKey     = "default_language"
	TimeZone                 LineKey     = "time_zone"
	OpeningHours             string      = "hours"
	BackWords                WordsKey    = "back_words"
	ExitWords                WordsKey    = "exit_words"
	OptIn                    ChoiceKey   = "opt_in"
	QuietHours               ChoiceKey   = "quiet_hours"
	AmbiguousSend            ChoiceKey   = "ambiguous_send"
	MaskForAgents            SwitchKey   = "mask_numbers_for_agents"
	MaxMessageChars          CountKey    = "max_message_chars"
	SessionlessReplyInterval DurationKey = "sessionless_reply_interval"
	SessionlessPerMinute     CountKey    = "sessionless_per_minute"
	RequestsPerSecond        CountKey    = "requests_per_second"
	RequestBurst             CountKey    = "request_burst"
)

// Agents and routing (spec 1.1, 1.7).
const (
	AgentChatLimit     CountKey    = "agent_chat_limit"
	CallWeight         CountKey    = "call_weight"
	AgentStatuses      WordsKey    = "agent_statuses"
	OfferMode          ChoiceKey   = "offer_mode"
	OfferPolicy        ChoiceKey   = "offer_policy"
	OfferTimeout       DurationKey = "offer_timeout"
	OfferAttempts      CountKey    = "offer_attempts"
	OfferThenMulticast SwitchKey   = "offer_then_multicast"
	AutoAnswer         SwitchKey   = "auto_answer"
	CascadeDelay       DurationKey = "cascade_delay"
	QueuePriority      CountKey    = "queue_priority"
	PreferredAgent     DurationKey = "preferred_agent"
	MissedThreshold    CountKey    = "missed_threshold"
	UnresponsiveAfter  DurationKey = "unresponsive_after"
	MaxTransfers       CountKey    = "max_transfers"
	WrapUpWanted       SwitchKey   = "wrap_up"
	WrapUpTime         DurationKey = "wrap_up_time"
	Dispositions       WordsKey    = "dispositions"
)

// How long things are kept (spec 1.1). 0 keeps them for ever.
const (
	RetainTexts      DurationKey = "retain_texts"
	RetainMedia      DurationKey = "retain_media"
	RetainRecordings DurationKey = "retain_recordings"
	RetainAttempts   DurationKey = "retain_attempts"
)

const day = 24 * time.Hour

// registry is never changed. The order is the one a settings page shows.
var registry = []Setting{
	toggle(SMSChatEnabled, LevelTenant, true, "Texts open chats. Off: texts are stored and commands still work."),
	toggle(OutboundSMSEnabled, LevelTenant, true, "Agents and the API may send first."),
	line(CompanyName, LevelTenant, "", 100, nil, "The brand that texts name; the tenant's name when empty."),
	line(SupportContact, LevelTenant, "", 200, nil, "A toll-free number, e-mail or site for the HELP reply."),
	line(DefaultLanguage, LevelTenant, "en", 5, checkLang, "The language of texts that do not exist in the chat's own."),
	line(TimeZone, LevelQueue, "UTC", 64, checkZone, "The zone of the hours of operation, an IANA name."),
	{Key: OpeningHours, Kind: KindHours, Level: LevelQueue, Default: nil, Doc: "Weekly opening intervals and holidays; nothing set is always open."},
	words(BackWords, []string{"BACK"}, "Words that go back to the previous menu."),
	words(ExitWords, []string{"EXIT"}, "Words that end the chat."),
	choice(OptIn, LevelTenant, []string{"notice", "confirm"}, "Whether the menu waits for the consumer's YES (confirm)."),
	choice(QuietHours, LevelTenant, []string{"off", "hint", "block"}, "What happens to a proactive text in the recipient's night."),
	choice(AmbiguousSend, LevelTenant, []string{"park", "retry"}, "What happens to a text whose hand-over to the carrier was not answered."),
	toggle(MaskForAgents, LevelTenant, false, "Agents see a customer's number as dots and its last four digits, and say why when they reveal it."),
	count(MaxMessageChars, LevelTenant, 1600, 1, 1600, "The longest text, in characters."),
	toggle(NonUSNumbers, LevelTenant, false, "Chats and the API may text numbers outside the US."),
	toggle(NonUSNumbersInCall, LevelTenant, false, "In-call SMS may text numbers outside the US."),
	toggle(NonUSNumbersWaitTime, LevelTenant, false, "Wait-time SMS may text numbers outside the US."),
	timer(SelectingTimeout, 1440, "A chat still choosing a menu ends as failed."),
	timer(UnansweredInHours, 60, "A waiting chat ends as failed, inside the hours of operation."),
	timer(UnansweredAfterHours, 1440, "A waiting chat ends as failed, outside the hours of operation."),
	timer(OutboundTimeout, 1440, "A chat that an agent or the API started ends after so long without activity."),
	timer(ChatTimeout, 480, "A chat ends when the consumer does not write for so long."),
	timer(Dismissal, 30, "A chat is dismissed so long after the agent's last text; never longer than the chat timeout."),
	toggle(DismissalAutomatic, LevelQueue, true, "The dismissal timer dismisses by itself. Off: agents dismiss by hand."),
	duration(ResponseTarget, LevelQueue, time.Second, 0, 5, 86400, true, "How soon an agent should answer; colours and logs, never ends a chat."),
	duration(WaitTarget, LevelQueue, time.Second, 120, 5, 86400, true, "How soon a waiting chat should be answered; the service level is measured by it."),
	count(AgentChatLimit, LevelTenant, 5, 1, 30, "Chats an agent may have at once, unless the agent has an own limit."),
	count(CallWeight, LevelTenant, 1, 0, 30, "How many chats a call counts for."),
	statuses(AgentStatuses, "Further statuses for agents."),
	choice(OfferMode, LevelQueue, []string{"multicast", "deltacast"}, "A chat is offered to all eligible agents, or to one at a time."),
	choice(OfferPolicy, LevelQueue, []string{"longest_idle", "fewest_agents"}, "Which agent is asked first."),
	duration(OfferTimeout, LevelQueue, time.Second, 10, 3, 300, false, "How long an offer stands."),
	count(OfferAttempts, LevelQueue, 2, 1, 10, "How many agents deltacast asks before it gives up."),
	toggle(OfferThenMulticast, LevelQueue, true, "After its attempts deltacast offers to all."),
	toggle(AutoAnswer, LevelQueue, false, "An offer is accepted by itself; needs deltacast."),
	duration(CascadeDelay, LevelQueue, time.Second, 30, 1, 3600, false, "How long a cascade group is asked before the next joins it."),
	count(QueuePriority, LevelQueue, 0, 0, 100, "Chats of a queue with a higher number are offered first."),
	duration(PreferredAgent, LevelQueue, time.Second, 60, 1, 3600, true, "How long a returning chat is kept for its last agent."),
	count(MissedThreshold, LevelQueue, 1, 0, 100, "Missed offers until an agent's status becomes missed_chat; 0 is never."),
	duration(UnresponsiveAfter, LevelTenant, time.Second, 60, 10, 3600, false, "An agent's desk gone for so long makes the agent unresponsive."),
	count(MaxTransfers, LevelQueue, 10, 0, 100, "Transfers a chat may have."),
	toggle(WrapUpWanted, LevelQueue, false, "When a chat has ended its agent says what it was about; until then it takes one of the agent's slots."),
	duration(WrapUpTime, LevelQueue, time.Second, 60, 5, 3600, false, "How long wrap-up may take; then the slot is free again."),
	dispositions(Dispositions, "What a chat may have been about: one is chosen at wrap-up."),
	duration(AgentTextExpiry, LevelTenant, time.Minute, 10, 1, 1440, false, "Agent and system texts not sent by then expire."),
	duration(APITextExpiry, LevelTenant, time.Minute, 120, 1, 1440, false, "Texts of the API not sent by then expire."),
	duration(AfterCallTextExpiry, LevelTenant, time.Minute, 60, 1, 1440, false, "After-call texts not sent by then expire."),
	duration(StopConfirmationExpiry, LevelTenant, time.Minute, 5, 1, 5, false, "The confirmation of STOP goes out within this time or never."),
	duration(SessionlessReplyInterval, LevelTenant, time.Hour, 24, 1, 720, false, "A consumer gets the session-less default reply at most once in this time."),
	count(SessionlessPerMinute, LevelTenant, 300, 1, 100000, "Session-less texts in any rolling minute."),
	count(RequestsPerSecond, LevelTenant, 10, 1, 10000, "API requests a second."),
	count(RequestBurst, LevelTenant, 20, 1, 10000, "API requests that may come at once."),
	duration(RetainTexts, LevelTenant, day, 0, 1, 3650, true, "Days texts are kept; 0 is for ever."),
	duration(RetainMedia, LevelTenant, day, 0, 1, 3650, true, "Days media are kept; 0 is for ever."),
	duration(RetainRecordings, LevelTenant, day, 0, 1, 3650, true, "Days recording links are kept; 0 is for ever."),
	duration(RetainAttempts, LevelTenant, day, 0, 1, 3650, true, "Days delivery attempts are kept; 0 is for ever."),
}

var byKey = func() map[string]*Setting {
	m := make(map[string]*Setting, len(registry))
	for i := range registry {
		m[registry[i].Key] = &registry[i]
	}
	return m
}()

// Registry lists every setting but the texts (see package reply), in the order a settings page shows them.
func Registry() []Setting { return slices.Clone(registry) }

// Find describes the setting of a key, texts included ("text.greeting.en").
func Find(key string) (Setting, bool) {
	if s, ok := byKey[key]; ok {
		return *s, true
	}
	return textSetting(key)
}

func toggle(k SwitchKey, l Level, def bool, doc string) Setting {
	return Setting{Key: string(k), Kind: KindSwitch, Level: l, Default: def, Doc: doc}
}

func count(k CountKey, l Level, def, low, high int, doc string) Setting {
	return Setting{Key: string(k), Kind: KindCount, Level: l, Default: def, Min: low, Max: high, Doc: doc}
}

func timer(k DurationKey, def int, doc string) Setting {
	return duration(k, LevelQueue, time.Minute, def, 1, 10080, true, doc)
}

func duration(k DurationKey, l Level, unit time.Duration, def, low, high int, off bool, doc string) Setting {
	names := map[time.Duration]string{time.Second: "seconds", time.Minute: "minutes", time.Hour: "hours", day: "days"}
	return Setting{
		Key: string(k), Kind: KindDuration, Level: l, Default: def, Min: low, Max: high, Off: off,
		Unit: names[unit], Doc: doc, unit: unit,
	}
}

func choice(k ChoiceKey, l Level, options []string, doc string) Setting {
	return Setting{Key: string(k), Kind: KindChoice, Level: l, Default: options[0], Options: options, Doc: doc}
}

func line(k LineKey, l Level, def string, longest int, check func(string) error, doc string) Setting {
	return Setting{Key: string(k), Kind: KindLine, Level: l, Default: def, Max: longest, Doc: doc, check: check}
}

func words(k WordsKey, def []string, doc string) Setting {
	return Setting{Key: string(k), Kind: KindWords, Level: LevelTenant, Default: def, Max: 20, Doc: doc}
}

// dispositions are words that each queue may have of its own.
func dispositions(k WordsKey, doc string) Setting {
	s := words(k, []string{}, doc)
	s.Level = LevelQueue
	return s
}

// statuses are words beside those that every tenant has.
func statuses(k WordsKey, doc string) Setting {
	s := words(k, []string{}, doc)
	s.check = func(word string) error {
		for _, status := range everyStatus {
			if strings.EqualFold(word, string(status)) {
				return errs.Field(string(k), "%q is a status that every tenant has", word)
			}
		}
		return nil
	}
	return s
}

// value is a checked setting as Settings holds it.
type value struct {
	num  int
	on   bool
	text string
	list []string
	open *Hours
}

// decode reads and checks a value in its JSON form. The error is for the person who sets it.
func (s Setting) decode(raw []byte) (v value, err error) {
	switch s.Kind {
	case KindDuration, KindCount:
		if err := s.read(raw, &v.num, errs.Say("a whole number")); err != nil {
			return v, err
		}
		if (v.num < s.Min || v.num > s.Max) && (!s.Off || v.num != 0) {
			return v, errs.Field(s.Key, "%s must be %s", s.Key, s.bounds())
		}
	case KindSwitch:
		return v, s.read(raw, &v.on, errs.Say("true or false"))
	case KindChoice:
		if err := s.read(raw, &v.text, errs.Say("one of %s", strings.Join(s.Options, ", "))); err != nil {
			return v, err
		}
		if !slices.Contains(s.Options, v.text) {
			return v, errs.Field(s.Key, "%s must be one of %s", s.Key, strings.Join(s.Options, ", "))
		}
	case KindLine:
		return v, s.decodeLine(raw, &v)
	case KindWords:
		return v, s.decodeWords(raw, &v)
	case KindText:
		return v, s.decodeText(raw, &v)
	case KindHours:
		if err := s.read(raw, &v.open, errs.Say("weekly intervals and holidays")); err != nil {
			return v, err
		}
		return v, v.open.check(s.Key)
	}
	return v, nil
}

func (s Setting) decodeLine(raw []byte, v *value) error {
	if err := s.read(raw, &v.text, errs.Say("a line of text")); err != nil {
		return err
	}
	v.text = strings.TrimSpace(v.text)
	switch {
	case utf8.RuneCountInString(v.text) > s.Max:
		return errs.Field(s.Key, "%s may have %d characters", s.Key, s.Max)
	case strings.ContainsAny(v.text, "\r\n\x00"):
		return errs.Field(s.Key, "%s must be one line", s.Key)
	case s.check != nil:
		return s.check(v.text)
	}
	return nil
}

func (s Setting) decodeWords(raw []byte, v *value) error {
	if err := s.read(raw, &v.list, errs.Say("a list of words")); err != nil {
		return err
	}
	if len(v.list) > s.Max {
		return errs.Field(s.Key, "%s may have %d words", s.Key, s.Max)
	}
	for i, w := range v.list {
		w = strings.TrimSpace(w)
		if n := utf8.RuneCountInString(w); n < 1 || n > 40 || strings.ContainsAny(w, "\r\n\x00") {
			return errs.Field(s.Key, "each of %s must have 1 to 40 characters", s.Key)
		}
		if slices.ContainsFunc(v.list[:i], func(o string) bool { return strings.EqualFold(o, w) }) {
			return errs.Field(s.Key, "%s has %q twice", s.Key, w)
		}
		if s.check != nil {
			if err := s.check(w); err != nil {
				return err
			}
		}
		v.list[i] = w
	}
	return nil
}

// read refuses null, which json would take for "leave it".
func (s Setting) read(raw []byte, to any, what *errs.Text) error {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) || json.Unmarshal(raw, to) != nil {
		return errs.Field(s.Key, "%s must be %s", s.Key, what)
	}
	return nil
}

func (s Setting) bounds() *errs.Text {
	b := errs.Say("%d to %d", s.Min, s.Max)
	switch s.unit {
	case time.Second:
		b = errs.Say("%d to %d seconds", s.Min, s.Max)
	case time.Minute:
		b = errs.Say("%d to %d minutes", s.Min, s.Max)
	case time.Hour:
		b = errs.Say("%d to %d hours", s.Min, s.Max)
	case 24 * time.Hour:
		b = errs.Say("%d to %d days", s.Min, s.Max)
	}
	if s.Off {
		return errs.Say("0 (off) or %s", b)
	}
	return b
}

var langPattern = regexp.MustCompile(`^[a-z]{2}(-[A-Z]{2})?$`)

func checkLang(v string) error {
	if !langPattern.MatchString(v) {
		return errs.Field(string(DefaultLanguage), "a language is written like en or fr-CA")
	}
	return nil
}

func checkZone(v string) error {
	if _, err := time.LoadLocation(v); err != nil || v == "" || v == "Local" {
		return errs.Field(string(TimeZone), "%q is no time zone; use a name like America/New_York", v)
	}
	return nil
}
