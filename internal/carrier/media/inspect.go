package media

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif"  // their headers are read
	_ "image/jpeg" // their headers are read
	_ "image/png"  // their headers are read
	"slices"
)

// MaxBytes is the most a part may have (spec 1.6).
const MaxBytes = 5 << 20

// mostPixels keeps what would fill a browser's memory away from it: a picture of 5 MB may unfold to gigabytes.
const mostPixels = 50_000_000

// Reason says why a file was refused.
type Reason string

// The reasons. The desk has a sentence for each.
const (
	WrongType   Reason = "type"        // not one of the kinds we show, whatever it is called
	TooLarge    Reason = "size"        // more than MaxBytes, or more pixels than a screen can bear
	Gone        Reason = "gone"        // the carrier has it no more
	Unreachable Reason = "unreachable" // it could not be fetched in all tries
	BadAddress  Reason = "address"     // it lies where we do not go
)

// Kind is what a file turned out to be.
type Kind struct {
	Type          string // a media type of ours
	Width, Height int    // 0 when not known
}

// extensions are the kinds we take (spec 1.6), with the end of a file name.
var extensions = map[string]string{
	"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4", "video/3gpp": "3gp",
}

// inspect says what a file is by its content; what it is called elsewhere is never asked. The reason is empty when we
// take it.
func inspect(b []byte) (Kind, Reason) {
	if len(b) > MaxBytes {
		return Kind{}, TooLarge
	}
	kind := Kind{Type: sniff(b)}
	if kind.Type == "" {
		return Kind{}, WrongType
	}
	if kind.Type == "video/mp4" || kind.Type == "video/3gpp" {
		return kind, ""
	}
	head, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || "image/"+format != kind.Type || head.Width <= 0 || head.Height <= 0 {
		return Kind{}, WrongType
	}
	if int64(head.Width)*int64(head.Height) > mostPixels {
		return Kind{}, TooLarge
	}
	kind.Width, kind.Height = head.Width, head.Height
	return kind, ""
}

func sniff(b []byte) string {
	begins := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case begins("\xff\xd8\xff"):
		return "image/jpeg"
	case begins("\x89PNG\r\n\x1a\n"):
		return "image/png"
	case begins("GIF87a"), begins("GIF89a"):
		return "image/gif"
	}
	return sniffVideo(b)
}

// Brands of the ISO base media format (ISO/IEC 14496-12, 4.3; 3GPP TS 26.244, 5.3). Those of sound, of QuickTime and of still
// pictures are not among them.
var (
	brands3GP = []string{"3gp", "3gr", "3gs", "3ge", "3gg", "3g2"}
	brandsMP4 = []string{"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "mp71", "avc1", "M4V ", "M4VH", "M4VP", "MSNV", "dash"}
)

func sniffVideo(b []byte) string {
	if len(b) < 16 || string(b[4:8]) != "ftyp" {
		return ""
	}
	if size := binary.BigEndian.Uint32(b); size < 16 || size > 4096 || int(size) > len(b) {
		return ""
	}
	switch brand := string(b[8:12]); {
	case slices.Contains(brands3GP, brand[:3]):
		return "video/3gpp"
	case slices.Contains(brandsMP4, brand):
		return "video/mp4"
	}
	return ""
}
