// Package segments counts and cuts texts as carriers do: GSM 03.38 with its extension table, else UCS-2 (spec 1.6).
//
// It owns the alphabet, the arithmetic and the offer of plain replacements. It does not know headers, carriers or
// prices. The console's counter shares testdata/cases.json with it.
package segments

import "unicode/utf8"

// Encoding is how a text travels.
type Encoding string

// The two encodings.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// Units that fit a text of one segment, and each segment of a longer one, which gives 6 octets to the header.
const (
	gsmSingle, gsmPart   = 160, 153
	ucs2Single, ucs2Part = 70, 67
)

// Result is what a text costs. Units are septets or UTF-16 units.
type Result struct {
	Encoding   Encoding
	Units      int // of the whole text; what a segment leaves empty before a pair is not counted
	Segments   int // 0 for the empty text
	PerSegment int // 160 or 153, 70 or 67
	Left       int // units still free in the last segment
}

// Count measures a text. It allocates nothing.
func Count(text string) Result {
	r, ok := countGSM(text)
	if !ok {
		r = countUCS2(text)
	}
	return r
}

func countGSM(text string) (Result, bool) {
	m := meter{part: gsmPart}
	for i := 0; i < len(text); {
		c, size := uint16(0), 1
		if b := text[i]; b < utf8.RuneSelf {
			c = codes[b]
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			c = code(r)
		}
		if c == none {
			return Result{}, false
		}
		m.add(1 + int(c>>8)/esc)
		i += size
	}
	return m.result(GSM7, gsmSingle), true
}

func countUCS2(text string) Result {
	m := meter{part: ucs2Part}
	for _, r := range text {
		m.add(utf16Len(r))
	}
	return m.result(UCS2, ucs2Single)
}

func utf16Len(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// meter fills parts with characters of one or two units; a pair that does not fit whole opens the next part.
type meter struct {
	part, units, parts, used int
}

// add reports whether the character opened a part.
func (m *meter) add(units int) bool {
	m.units += units
	if m.parts > 0 && m.used+units <= m.part {
		m.used += units
		return false
	}
	m.parts++
	m.used = units
	return true
}

func (m *meter) result(e Encoding, single int) Result {
	if m.units <= single {
		return Result{Encoding: e, Units: m.units, Segments: min(m.units, 1), PerSegment: single, Left: single - m.units}
	}
	return Result{Encoding: e, Units: m.units, Segments: m.parts, PerSegment: m.part, Left: m.part - m.used}
}

// Split cuts a text into its segments. No part ends inside an ESC pair or a surrogate pair, the parts are as many
// as Count says, and joined they are the text, byte for byte. Send every part in the encoding of the whole.
func Split(text string) []string {
	total := Count(text)
	if total.Segments == 0 {
		return nil
	}
	if total.Segments == 1 {
		return []string{text}
	}
	m := meter{part: total.PerSegment}
	parts := make([]string, 0, total.Segments)
	from := 0
	for i, r := range text {
		units := utf16Len(r)
		if total.Encoding == GSM7 {
			units = 1 + int(code(r)>>8)/esc
		}
		if m.add(units) && i > 0 {
			parts = append(parts, text[from:i])
			from = i
		}
	}
	return append(parts, text[from:])
}
