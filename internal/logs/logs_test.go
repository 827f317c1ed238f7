package logs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type person struct{ Name, Phone string }

type shy struct{ number string }

func (s shy) LogValue() slog.Value { return slog.StringValue("calls from " + s.number) }

// What a careless line could carry, in every way slog can be handed it.
func careless(log *slog.Logger, number, text string) {
	log.Info("text from "+number, "from", number, "body", text, "to", []string{number})
	log.With("number", number, "Text", text).WithGroup("message").Warn("again", "text", text, "url", "/sim?from=%2B"+number[1:])
	log.Error("failed", "err", fmt.Errorf("send to %s: %w", number, errors.New("refused")), "person", person{"Ann", number})
	log.Info("map", "m", map[string]any{"phone": number}, "p", &person{"Ann", number}, "who", shy{number})
	log.Info("groups", slog.Group("body", "x", text), slog.Group("in", slog.Group("text", slog.String("y", text))))
	log.Info("secrets", "api_token", text, "password", text, "Authorization", text, "client_secret", text, "set-cookie", text)
}

func TestNumbersAndTextsDoNotGetThrough(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				number := rapid.StringMatching(`\+[1-9][0-9]{7,14}`).Draw(t, "number")
				var out bytes.Buffer
				log, err := New(&out, "debug", format)
				require.NoError(t, err)
				careless(log, number, "canary in the mine")
				require.NotContains(t, out.String(), "canary")
				require.NotContains(t, out.String(), number[1:])
				require.Contains(t, out.String(), "***"+number[len(number)-2:])
			})
		})
	}
}

func TestANumberIsKnownHoweverItIsWritten(t *testing.T) {
	for in, want := range map[string]string{
		"+14155550123":        "***23",
		"+1 (415) 555-0123":   "***23",
		"+44 20 7946 0958":    "***58",
		"(415) 555-0123":      "***23",
		"415-555-0123":        "***23",
		"415.555.0123":        "***23",
		"14155550123":         "***23",
		"?To=%2B14155550123&": "?To=***23&",
		"Key (address)=(+14155550123) already exists.": "Key (address)=(***23) already exists.",
	} {
		require.Equal(t, want, Mask(in))
	}
}

func TestWhatIsNoNumberStays(t *testing.T) {
	for _, s := range []string{
		"127.0.0.1:8080", "192.168.100.200", "10.120.130.140:54321", "2026-11-22T00:05:03.123456Z", "chat 9007199", "1.234567ms",
		"4bf92f3577b34da6", "line 1234, column 56", "00000000-0000-0000-0000-00000000abcd", "v5.12.0",
	} {
		require.Equal(t, s, Mask(s))
	}
}

func TestTheUsualAttributesStay(t *testing.T) {
	var out bytes.Buffer
	log, err := New(&out, "info", "text")
	require.NoError(t, err)
	log.Debug("too quiet")
	log.Info("chat assigned", "chat", 7, "agent", 3, "took", 1500*time.Millisecond, "late", false, "err", nil)
	require.Contains(t, out.String(), `level=INFO msg="chat assigned" chat=7 agent=3 took=1.5s late=false err=<nil>`)
	require.NotContains(t, out.String(), "too quiet")
}

func TestAWrongSettingSaysWhatIsRight(t *testing.T) {
	_, err := New(nil, "loud", "text")
	require.ErrorContains(t, err, "debug, info, warn, error")
	_, err = New(nil, "info", "xml")
	require.ErrorContains(t, err, "text, json")
}
