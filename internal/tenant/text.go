package tenant

import (
	"errors"
	"slices"
	"strings"

	"sidetone/internal/errs"
	"sidetone/internal/tenant/reply"
)

// TextKind names a text that the channel sends by itself; package reply has the defaults. It exists per language; its
// setting is text.<kind>.<lang>.
type TextKind = reply.Kind

// TextKey is the setting of a text.
func TextKey(kind TextKind, lang string) string { return "text." + string(kind) + "." + lang }

func textSetting(key string) (Setting, bool) {
	rest, ok := strings.CutPrefix(key, "text.")
	name, lang, ok2 := strings.Cut(rest, ".")
	kind := TextKind(name)
	if !ok || !ok2 || !langPattern.MatchString(lang) || !slices.Contains(reply.Kinds(), kind) {
		return Setting{}, false
	}
	level := LevelQueue
	switch kind {
	case reply.Stop, reply.Start, reply.Help, reply.Sessionless:
		level = LevelTenant
	}
	def, in := reply.Default(kind, lang)
	if in != lang {
		def = ""
	}
	return Setting{Key: key, Kind: KindText, Level: level, Default: def, Max: 1600, Doc: "A text the channel sends by itself: " + name + "."}, true
}

func (s Setting) decodeText(raw []byte, v *value) error {
	if err := s.read(raw, &v.text, "a text"); err != nil {
		return err
	}
	v.text = strings.TrimSpace(v.text)
	return nil
}

// checkText refuses a text that may not be sent as it is: unknown variables, replies to command words without the parts
// that carriers require (reference A4).
func checkText(key, text string, s Settings) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(key, "text."), ".")
	var problem *reply.Problem
	err := reply.Validate(TextKind(kind), text, reply.Brand{Company: s.Company(), Contact: s.Support()})
	if errors.As(err, &problem) {
		return &errs.Error{Code: errs.Invalid, Field: key, Message: problem.Error()}
	}
	return err
}
