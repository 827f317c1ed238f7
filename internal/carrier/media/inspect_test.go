package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sidetone/internal/errs"
	"sidetone/internal/id"
	"sidetone/internal/seal"
)

func picture(t testing.TB, format string, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
	switch format {
	case "jpeg":
		require.NoError(t, jpeg.Encode(&b, img, nil))
	case "png":
		require.NoError(t, png.Encode(&b, img))
	case "gif":
		require.NoError(t, gif.Encode(&b, img, nil))
	}
	return b.Bytes()
}

func video(brand string) []byte {
	return []byte("\x00\x00\x00\x14ftyp" + brand + "\x00\x00\x02\x00isom....moov")
}

func TestAFileIsWhatItsContentSays(t *testing.T) {
	for _, c := range []struct {
		name string
		file []byte
		want Kind
		why  Reason
	}{
		{"a JPEG", picture(t, "jpeg", 40, 30), Kind{"image/jpeg", 40, 30}, ""},
		{"a PNG", picture(t, "png", 41, 31), Kind{"image/png", 41, 31}, ""},
		{"a GIF", picture(t, "gif", 42, 32), Kind{"image/gif", 42, 32}, ""},
		{"an MP4", video("isom"), Kind{Type: "video/mp4"}, ""},
		{"a 3GP", video("3gp5"), Kind{Type: "video/3gpp"}, ""},
		{"QuickTime", video("qt  "), Kind{}, WrongType},
		{"a still of HEIF", video("heic"), Kind{}, WrongType},
		{"sound", video("M4A "), Kind{}, WrongType},
		{"a video whose head is longer than it", []byte("\x00\x00\xff\xffftypisom\x00\x00\x02\x00"), Kind{}, WrongType},
		{"a page that is called a JPEG", []byte("<!doctype html><script>alert(1)</script>"), Kind{}, WrongType},
		{"a drawing", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), Kind{}, WrongType},
		{"a program behind a picture's first bytes", []byte("\xff\xd8\xff<script>alert(1)</script>"), Kind{}, WrongType},
		{"a script that is a GIF too", []byte("GIF89a/*<html>*/=alert(1)//"), Kind{}, TooLarge},
		{"a PNG's first bytes before a JPEG", append([]byte("\x89PNG\r\n\x1a\n"), picture(t, "jpeg", 4, 4)...), Kind{}, WrongType},
		{"nothing", nil, Kind{}, WrongType},
		{"a PDF", []byte("%PDF-1.7 and so on"), Kind{}, WrongType},
		{"5 MB", append(video("isom"), make([]byte, MaxBytes-len(video("isom")))...), Kind{Type: "video/mp4"}, ""},
		{"a byte more", append(video("isom"), make([]byte, MaxBytes-len(video("isom"))+1)...), Kind{}, TooLarge},
		{"50 million pixels", gifHead(10_000, 5_000), Kind{"image/gif", 10_000, 5_000}, ""},
		{"a row more", gifHead(10_000, 5_001), Kind{}, TooLarge},
	} {
		kind, why := inspect(c.file)
		require.Equal(t, c.why, why, c.name)
		require.Equal(t, c.want, kind, c.name)
	}
}

func gifHead(w, h uint16) []byte {
	b := append([]byte("GIF89a"), 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 1, 1, 1)
	binary.LittleEndian.PutUint16(b[6:], w)
	binary.LittleEndian.PutUint16(b[8:], h)
	return b
}

func TestAJPEGLosesWhatItSaysOfItsMakerAndStaysUpright(t *testing.T) {
	plain := picture(t, "jpeg", 16, 8)
	exif := func(order string, turned byte) string {
		if order == "MM" {
			return "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02\x01\x0f\x00\x02\x00\x00\x00\x05Ann's\x00\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(turned) + "\x00\x00GPS 52.5 13.4"
		}
		return "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(turned) + "\x00\x00\x00GPS 52.5 13.4"
	}
	with := func(marker byte, text string) []byte {
		segment := append([]byte{0xff, marker, 0, 0}, text...)
		binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
		return append(append(bytes.Clone(plain[:2]), segment...), plain[2:]...)
	}
	for name, b := range map[string][]byte{"Exif": with(app1, exif("II", 6)), "a comment": with(comment, "GPS"), "Photoshop's": with(0xed, "GPS"), "XMP": with(app1, "http://ns.adobe.com/xap/1.0/\x00GPS")} {
		out := strip(b)
		require.NotContains(t, string(out), "GPS", name)
		kind, why := inspect(out)
		require.Empty(t, why, name)
		require.Equal(t, Kind{"image/jpeg", 16, 8}, kind, name)
		_, err := jpeg.Decode(bytes.NewReader(out))
		require.NoError(t, err, name)
	}
	for _, turned := range []byte{1, 3, 6, 8} {
		out := strip(with(app1, exif("II", turned)))
		at := bytes.Index(out, []byte("Exif\x00\x00"))
		if turned == 1 {
			require.Negative(t, at, "upright needs no saying")
			continue
		}
		require.Equal(t, int(turned), orientation(out[at:]))
	}
	require.Equal(t, plain, strip(plain))
	require.Contains(t, string(strip(with(app2, "ICC_PROFILE\x00colours"))), "colours")
	cut := with(app1, exif("II", 6))[:12]
	require.Equal(t, cut, strip(cut))
}

func TestNoFileBringsTheInspectionDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SampledFrom([]string{"\xff\xd8\xff\xe1", "\x89PNG\r\n\x1a\n", "GIF89a", "\x00\x00\x00\x14ftyp", "\xff\xd8\xff\xe1\x00\x30Exif\x00\x00II*\x00"}).Draw(t, "head")
		b := append([]byte(head), rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "rest")...)
		inspect(b)
		strip(b)
	})
}

func TestALinkWorksForSevenDaysAndCannotBeMadeUp(t *testing.T) {
	box, err := seal.NewBox(bytes.Repeat([]byte{7}, seal.KeySize))
	require.NoError(t, err)
	links := Links{Box: box, Base: "https://sms.example.com"}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	token, found := strings.CutPrefix(links.To(3, 12_345, now), "https://sms.example.com/media/")
	require.True(t, found)
	tenant, media, expires, err := links.Read(token, now.Add(LinkLife-time.Second))
	require.NoError(t, err)
	require.Equal(t, id.Tenant(3), tenant)
	require.Equal(t, id.Media(12_345), media)
	require.True(t, expires.Equal(now.Add(LinkLife)))
	_, _, _, err = links.Read(token, now.Add(LinkLife))
	require.Equal(t, errs.NotFound, errs.CodeOf(err))
	for i := range token {
		for _, c := range "Ab0-" {
			if forged := token[:i] + string(c) + token[i+1:]; forged != token {
				_, _, _, err := links.Read(forged, now)
				require.Error(t, err, forged)
			}
		}
		_, _, _, err := links.Read(token[:i], now)
		require.Error(t, err)
	}
	_, _, _, err = links.Read(token+"A", now)
	require.Error(t, err)
	_, _, _, err = links.Read(token+"\n", now)
	require.Error(t, err)
}
