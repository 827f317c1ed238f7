package tenant

import (
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
	return Setting{Key: key, Kind: KindText, Level: level, Default: def, Max: reply.MaxChars, Doc: "A text the channel sends by itself: " + name + "."}, true
}

func (s Setting) decodeText(raw []byte, v *value) error {
	if err := s.read(raw, &v.text, errs.Say("a text")); err != nil {
		return err
	}
	v.text = strings.TrimSpace(v.text)
	return nil
}

// kindOf is the kind of the text that a key sets.
func kindOf(key string) (TextKind, bool) {
	rest, ok := strings.CutPrefix(key, "text.")
	kind, _, _ := strings.Cut(rest, ".")
	return TextKind(kind), ok
}
