// Package logs makes the process's logger. Phone numbers and texts are personal data and never reach a log (spec 1.3):
// numbers are masked wherever they stand, and attributes that carry a text or a secret are dropped by their name.
package logs

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// New makes a logger that writes to w. Level is debug, info, warn or error; format is text or json.
func New(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: it is one of debug, info, warn, error", level)
	}
	options := &slog.HandlerOptions{Level: l, ReplaceAttr: clean}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q: it is one of text, json", format)
}

// clean is called by slog for the message and for every attribute that is not a group, with the groups it is in.
func clean(groups []string, a slog.Attr) slog.Attr {
	for _, group := range groups {
		if private(group) {
			return slog.Attr{}
		}
	}
	if private(a.Key) {
		return slog.Attr{}
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Mask(a.Value.String()))
	case slog.KindAny:
		switch a.Value.Any().(type) {
		case nil, slog.Level:
		default: // an error, a Stringer, a struct: what a person would see of it, masked
			a.Value = slog.StringValue(Mask(fmt.Sprintf("%+v", a.Value.Any())))
		}
	}
	return a
}

// private says whether what has this name is dropped.
func private(key string) bool {
	key = strings.ToLower(key)
	switch key {
	case "body", "text", "content", "media":
		return true
	}
	for _, word := range []string{"password", "secret", "token", "authorization", "cookie"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// A number in international form, as a URL writes it, in the North American form, or as bare digits (ITU-T E.164: at
// most 15). Bare digits need ten, or every count and id would be one.
var numbers = regexp.MustCompile(
	`(?:\+|%2[Bb])\d(?:[ ().-]{0,2}\d){5,14}` +
		`|\(?\b\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}\b` +
		`|\b\d{10,15}\b`)

// Mask hides every phone number in s but its last two digits, which tell two numbers in one story apart.
func Mask(s string) string {
	return numbers.ReplaceAllStringFunc(s, func(number string) string { return "***" + number[len(number)-2:] })
}
