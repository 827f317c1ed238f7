package tenant

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/tenant/reply"
)

// Preset is a text that agents send by one press during a call (spec 1.9, 3.3). Presets have an order, in which agents see
// them; a label is one of a kind in its language and queue.
type Preset struct {
	ID    id.Preset `json:"-"`
	Lang  string    `json:"lang"`
	Label string    `json:"label"`
	Text  string    `json:"text"`
	Queue id.Queue  `json:"queue_id,omitempty"` // for this queue and those below it; 0 for all
}

const (
	longestLabel  = 40
	longestPreset = 918 // as any text during a call: six segments
)

// PresetVariables are the attributes that a preset may hold as @{NAME}: a shortcut's.
func PresetVariables() []string { return ShortcutVariables() }

// Checked is the preset as it is saved. An error names the field at fault.
func (p Preset) Checked() (Preset, error) {
	p.Label, p.Text = norm.NFC.String(strings.TrimSpace(p.Label)), strings.TrimSpace(p.Text)
	p.Lang = cmp.Or(p.Lang, "en")
	switch n := utf8.RuneCountInString(p.Text); {
	case !langPattern.MatchString(p.Lang):
		return p, errs.Field("lang", "a language is written like en or fr-CA")
	case !oneLine(p.Label, longestLabel):
		return p, errs.Field("label", "a label has 1 to %d characters on one line", longestLabel)
	case n == 0:
		return p, errs.Field("text", "a preset has a text")
	case n > longestPreset:
		return p, errs.Field("text", "the text may have %d characters", longestPreset)
	}
	if why := reply.Sendable(p.Text, PresetVariables()); why != nil {
		return p, errs.Field("text", "the text %s", why)
	}
	return p, nil
}

// PresetKey is what two presets can't share.
type PresetKey struct {
	Lang   string
	Queue  id.Queue
	Folded string
}

// Key tells a preset from others, however its label is written.
func (p Preset) Key() PresetKey { return PresetKey{p.Lang, p.Queue, cases.Fold().String(p.Label)} }
