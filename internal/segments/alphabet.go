package segments

import "unicode/utf8"

const esc = 0x1B // leads into the extension table (3GPP TS 23.038, 6.2.1.1)

// basic is the default alphabet of 3GPP TS 23.038 6.2.1 in code order. 0x09 is the capital Ç of the standard: the
// mapping file of Unicode says small ç, and carriers disagree with it. The ESC place is held by NUL.
const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x00ÆæßÉ" +
	" !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§" +
	"¿abcdefghijklmnopqrstuvwxyzäöñüà"

// none marks a character that GSM-7 lacks; 0x1Bxx a pair with ESC; all else is one septet.
const none = 0xFFFF

// The two directions of the alphabet, made once and never changed.
var (
	codes  = codeTable()
	runes  = [128]rune([]rune(basic))
	greek  = greekTable()
	extend = [128]rune{
		0x0A: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2F: '\\', 0x3C: '[', 0x3D: '~', 0x3E: ']', 0x40: '|', 0x65: '€',
	}
)

func codeTable() [256]uint16 {
	var t [256]uint16
	for i := range t {
		t[i] = none
	}
	for i, r := range []rune(basic) {
		if r < 256 && i != esc {
			t[r] = uint16(i)
		}
	}
	for i, r := range extend {
		if r > 0 && r < 256 {
			t[r] = esc<<8 | uint16(i)
		}
	}
	return t
}

// greekTable covers U+0390 to U+03AF, where the ten Greek capitals of the alphabet live.
func greekTable() [32]uint16 {
	var t [32]uint16
	for i := range t {
		t[i] = none
	}
	for i, r := range []rune(basic) {
		if r >= 0x390 {
			t[r-0x390] = uint16(i)
		}
	}
	return t
}

// code returns the septets of a character: one in the low byte, or ESC and one.
func code(r rune) uint16 {
	switch {
	case r < 0:
		return none
	case r < 256:
		return codes[r]
	case r >= 0x390 && r < 0x3B0:
		return greek[r-0x390]
	case r == '€':
		return esc<<8 | 0x65
	}
	return none
}

// EncodeGSM returns the text as GSM 03.38 septets, one in each byte (the unpacked form of SMPP), and false if a
// character is not in the alphabet.
func EncodeGSM(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		c := code(r)
		if c == none {
			return nil, false
		}
		if c>>8 == esc {
			out = append(out, esc)
		}
		out = append(out, byte(c))
	}
	return out, true
}

// DecodeGSM reads unpacked septets. As 3GPP TS 23.038 asks of a receiver, an unknown extension shows as the
// character of the default alphabet, and an ESC that leads nowhere as a space.
func DecodeGSM(septets []byte) string {
	out := make([]byte, 0, len(septets))
	for i := 0; i < len(septets); i++ {
		c := septets[i] & 0x7F
		if c != esc {
			out = utf8.AppendRune(out, runes[c])
			continue
		}
		i++
		if i == len(septets) || septets[i]&0x7F == esc {
			out = append(out, ' ')
			continue
		}
		c = septets[i] & 0x7F
		if r := extend[c]; r != 0 {
			out = utf8.AppendRune(out, r)
		} else {
			out = utf8.AppendRune(out, runes[c])
		}
	}
	return string(out)
}
