package tenant

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sidetone/internal/errs"
)

// TextKind names a text that the channel sends by itself. It exists per language; its setting is text.<kind>.<lang>.
type TextKind string

// The texts (spec 1.2, 1.3, 1.4, 1.5).
const (
	TextGreeting      TextKind = "greeting"       // once a chat, before the first menu; carries the opt-in wording
	TextOptIn         TextKind = "opt_in"         // asks for the YES that opt_in = confirm waits for
	TextMenu          TextKind = "menu"           // the instruction line above the choices
	TextInvalidChoice TextKind = "invalid_choice" // stands before the repeated menu
	TextChoice        TextKind = "choice"         // confirms a choice with the queue's name
	TextWaiting       TextKind = "waiting"        // in the queue, the wait is not known
	TextWaitingFor    TextKind = "waiting_for"    // in the queue, with the wait
	TextAfterHours    TextKind = "after_hours"    // once a chat, outside the hours of operation
	TextReturning     TextKind = "returning"      // the consumer wrote in a dismissed chat
	TextExit          TextKind = "exit"           // the consumer ended the chat
	TextEnded         TextKind = "ended"          // the agent ended the chat; empty sends nothing
	TextStop          TextKind = "stop"           // the one confirmation of STOP
	TextStart         TextKind = "start"          // the confirmation of START
	TextHelp          TextKind = "help"           // the answer to HELP
	TextSessionless   TextKind = "sessionless"    // the default reply of a session-less number; empty sends nothing
)

// TextKinds lists the texts in the order a settings page shows them.
func TextKinds() []TextKind {
	return []TextKind{
		TextGreeting, TextOptIn, TextMenu, TextInvalidChoice, TextChoice, TextWaiting, TextWaitingFor, TextAfterHours,
		TextReturning, TextExit, TextEnded, TextStop, TextStart, TextHelp, TextSessionless,
	}
}

// Variables are what a text may hold as @{NAME}; an unknown one is refused on save (spec 1.4). SUPPORT_CONTACT is ours:
// a HELP reply has to give one.
func Variables() []string {
	return []string{"COMPANY_NAME", "END_USER", "QUEUE_NAME", "EWT_minutes", "TIME_UNTIL_DISMISSAL", "NEXT_REOPEN_HOUR", "SUPPORT_CONTACT"}
}

// defaultTexts is never changed. English has every kind; the replies to command words exist in each language whose words
// are known (reference A4: brand, what happens, and STOP and HELP in capitals).
var defaultTexts = map[string]map[TextKind]string{
	"en": {
		TextGreeting:      "Welcome to @{COMPANY_NAME}. By texting us you agree to receive texts about your request. Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
		TextOptIn:         "Reply YES to agree and go on.",
		TextMenu:          "Please reply with a number:",
		TextInvalidChoice: "Sorry, that is not one of the choices.",
		TextChoice:        "You chose @{QUEUE_NAME}.",
		TextWaiting:       "Thank you. An agent will be with you as soon as possible.",
		TextWaitingFor:    "Thank you. An agent will be with you in about @{EWT_minutes} minutes.",
		TextAfterHours:    "@{COMPANY_NAME} is closed now. We open again @{NEXT_REOPEN_HOUR} and will answer you then.",
		TextReturning:     "Welcome back. We are finding an agent for you.",
		TextExit:          "Your chat with @{COMPANY_NAME} has ended. Text us again at any time.",
		TextEnded:         "",
		TextStop:          "@{COMPANY_NAME}: You are unsubscribed and will receive no more messages. Reply START to resubscribe.",
		TextStart:         "@{COMPANY_NAME}: You are resubscribed to our texts. Msg frequency varies. Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
		TextHelp:          "@{COMPANY_NAME} support: for help, contact @{SUPPORT_CONTACT}. Msg & data rates may apply. Reply STOP to opt out.",
		TextSessionless:   "",
	},
	"es": {
		TextStop:  "@{COMPANY_NAME}: Su baja está hecha; no recibirá más mensajes. Responda START para suscribirse de nuevo.",
		TextStart: "@{COMPANY_NAME}: Recibirá mensajes de nuevo. Pueden aplicar cargos por mensajes y datos. Responda HELP para ayuda, STOP para cancelar.",
		TextHelp:  "@{COMPANY_NAME}, ayuda: contacte @{SUPPORT_CONTACT}. Pueden aplicar cargos por mensajes y datos. Responda STOP para cancelar.",
	},
	"fr": {
		TextStop:  "@{COMPANY_NAME} : vous êtes désabonné et ne recevrez plus de messages. Répondez START pour vous réabonner.",
		TextStart: "@{COMPANY_NAME} : vous recevrez de nouveau nos messages. Des frais peuvent s'appliquer. Répondez HELP pour de l'aide, STOP pour arrêter.",
		TextHelp:  "@{COMPANY_NAME}, aide : contactez @{SUPPORT_CONTACT}. Des frais peuvent s'appliquer. Répondez STOP pour arrêter.",
	},
}

// TextKey is the setting of a text.
func TextKey(kind TextKind, lang string) string { return "text." + string(kind) + "." + lang }

func textSetting(key string) (Setting, bool) {
	rest, ok := strings.CutPrefix(key, "text.")
	name, lang, ok2 := strings.Cut(rest, ".")
	kind := TextKind(name)
	if !ok || !ok2 || !langPattern.MatchString(lang) || !slices.Contains(TextKinds(), kind) {
		return Setting{}, false
	}
	level := LevelQueue
	switch kind {
	case TextStop, TextStart, TextHelp, TextSessionless:
		level = LevelTenant
	}
	def := defaultTexts[lang][kind]
	return Setting{Key: key, Kind: KindText, Level: level, Default: def, Max: 1600, Doc: "A text the channel sends by itself: " + name + "."}, true
}

var variable = regexp.MustCompile(`@\{([^{}]*)\}`)

// Expand puts values for the variables of a text; one without a value becomes empty.
func Expand(text string, values map[string]string) string {
	if !strings.Contains(text, "@{") {
		return text
	}
	return variable.ReplaceAllStringFunc(text, func(v string) string { return values[v[2:len(v)-1]] })
}

func (s Setting) decodeText(raw []byte, v *value) error {
	if err := s.read(raw, &v.text, "a text"); err != nil {
		return err
	}
	v.text = strings.TrimSpace(v.text)
	if utf8.RuneCountInString(v.text) > s.Max {
		return errs.Field(s.Key, "the text may have %d characters", s.Max)
	}
	if strings.ContainsRune(v.text, 0) {
		return errs.Field(s.Key, "the text may not hold a zero character")
	}
	for _, m := range variable.FindAllStringSubmatch(v.text, -1) {
		if !slices.Contains(Variables(), m[1]) {
			return errs.Field(s.Key, "@{%s} is no variable; there are %s", m[1], strings.Join(Variables(), ", "))
		}
	}
	if strings.Contains(variable.ReplaceAllString(v.text, ""), "@{") {
		return errs.Field(s.Key, "a variable is not closed: write @{COMPANY_NAME}")
	}
	return nil
}

var (
	endsMessages = regexp.MustCompile(`(?i)unsubscribed|opted out|no more|no longer|baja|no recibirá|désabonné|désinscrit|ne recevrez plus|desuscri`)
	helpContact  = regexp.MustCompile(`@\{SUPPORT_CONTACT\}|\S+@\S+\.\S+|\w+\.\w{2,}|\+?[0-9][0-9 ()-]{5,}`)
	wordStop     = regexp.MustCompile(`(^|[\s"'“«])STOP($|[\s"'”».,!:;])`)
	wordHelp     = regexp.MustCompile(`(^|[\s"'“«])HELP($|[\s"'”».,!:;])`)
)

// checkReply refuses a reply to STOP, START or HELP without the parts that carriers require (reference A4).
func checkReply(key, text, company string) error {
	setting, ok := textSetting(key)
	if !ok {
		return nil
	}
	kind := TextKind(strings.Split(setting.Key, ".")[1])
	if kind != TextStop && kind != TextStart && kind != TextHelp {
		return nil
	}
	brand := strings.Contains(text, "@{COMPANY_NAME}") ||
		company != "" && strings.Contains(strings.ToLower(text), strings.ToLower(company))
	refuse := func(missing string) error {
		return errs.Field(key, "the reply to %s must %s", strings.ToUpper(string(kind)), missing)
	}
	switch {
	case !brand:
		return refuse("name the company: use @{COMPANY_NAME}")
	case kind == TextStop && !endsMessages.MatchString(text):
		return refuse("say that no more messages will be sent")
	case kind == TextHelp && !helpContact.MatchString(variable.ReplaceAllStringFunc(text, keepContact)):
		return refuse("give a contact: use @{SUPPORT_CONTACT}, a toll-free number, an e-mail or a site")
	case kind != TextStop && !wordStop.MatchString(text):
		return refuse("hold the word STOP in capitals")
	case kind == TextStart && !wordHelp.MatchString(text):
		return refuse("hold the word HELP in capitals")
	}
	return nil
}

func keepContact(v string) string {
	if v == "@{SUPPORT_CONTACT}" {
		return v
	}
	return ""
}
