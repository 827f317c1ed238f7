package media

import (
	"bytes"
	"encoding/binary"
)

// Markers of a JPEG (ITU-T T.81, B.1.1.3).
const (
	startOfScan = 0xda
	app0        = 0xe0
	app1        = 0xe1
	app2        = 0xe2
	app14       = 0xee
	app15       = 0xef
	comment     = 0xfe
)

// strip takes out of a JPEG what an agent's telephone says beside the picture: where it was taken, when and with what. What
// is needed to show it stays: colours, and which way up it is. A file that is not formed as expected stays as it is.
func strip(b []byte) []byte {
	if len(b) < 4 || b[0] != 0xff || b[1] != 0xd8 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:2]...)
	turned := 0
	var rest []byte
	for at := 2; ; {
		if at+4 > len(b) || b[at] != 0xff {
			return b
		}
		marker, size := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		end := at + 2 + size
		if size < 2 || end > len(b) {
			return b
		}
		if marker == startOfScan {
			rest = b[at:]
			break
		}
		switch {
		case marker == app1:
			turned = max(turned, orientation(b[at+4:end]))
		case marker == app2 && !bytes.HasPrefix(b[at+4:end], []byte("ICC_PROFILE\x00")):
		case marker > app2 && marker <= app15 && marker != app14, marker == comment:
		default:
			out = append(out, b[at:end]...)
		}
		at = end
	}
	if turned > 1 {
		out = append(out[:2:2], append(upright(turned), out[2:]...)...)
	}
	return append(out, rest...)
}

const orientationTag = 0x0112

// orientation reads the one tag of an Exif segment that matters for showing (CIPA DC-008, 4.6.4); 0 without one.
func orientation(segment []byte) int {
	tiff, is := bytes.CutPrefix(segment, []byte("Exif\x00\x00"))
	if !is || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == orientationTag {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// upright is an Exif segment that says which way up, and nothing else.
func upright(turned int) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint16(tiff[18:], uint16(turned))
	segment := []byte{0xff, app1, 0, 0}
	segment = append(append(segment, "Exif\x00\x00"...), tiff...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
	return segment
}
