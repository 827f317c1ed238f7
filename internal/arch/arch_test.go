package arch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImportsOnlyFall(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "go.mod"))
	wrong, err := check(root)
	require.NoError(t, err)
	for _, line := range wrong {
		t.Error(line)
	}
}

// A rule nobody saw fail is no rule: each case is a made-up tree and what must be said about it.
func TestTheRulesBite(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{
			name: "a house in order",
			files: map[string]string{
				"cmd/sidetone/main.go":              `package main; import _ "sidetone/web/api"`,
				"web/api/sms.go":                    `package api; import (_ "sidetone/smsapi"; _ "sidetone/openapi/gen/public"; _ "sidetone/web/problem")`,
				"web/problem/problem.go":            `package problem; import _ "sidetone/internal/errs"`,
				"smsapi/send.go":                    `package smsapi; import _ "sidetone/chat"`,
				"chat/machine.go":                   `package chat; import (_ "time"; _ "sidetone/chat/command"; _ "sidetone/internal/id")`,
				"chat/command/command.go":           `package command`,
				"internal/tenant/tenant.go":         `package tenant; import _ "sidetone/internal/pg"`,
				"internal/pg/pg_test.go":            `package pg; import _ "sidetone/internal/carrier/simulator"`,
				"internal/pg/pgtest/pgtest.go":      `package pgtest; import _ "sidetone/internal/pg"`,
				"internal/pg/pg.go":                 `package pg; import (_ "sidetone/internal/errs"; _ "sidetone/migrations")`,
				"internal/tools/go.mod":             `module sidetone/internal/tools`,
				"internal/tools/tool.go":            `package tools; import _ "sidetone/cmd"`,
				"web/hooks/signature_test.go":       `package hooks; import _ "github.com/twilio/twilio-go/client"`,
				"web/console/menu.go":               `package console; import _ "net/http"`,
				"web/app/node_modules/x/strange.go": `package strange; import _ "sidetone/nowhere"`,
			},
		},
		{
			name:  "an upward import",
			files: map[string]string{"internal/tenant/tenant.go": `package tenant; import _ "sidetone/chat"`},
			want:  []string{"internal/tenant/tenant.go: imports sidetone/chat, which is above it"},
		},
		{
			name:  "an upward import of a test",
			files: map[string]string{"internal/pg/x_test.go": `package pg; import _ "sidetone/internal/tenant"`},
			want:  []string{"internal/pg/x_test.go: imports sidetone/internal/tenant, which is above it"},
		},
		{
			name: "peers",
			files: map[string]string{
				"incall/call.go": `package incall; import _ "sidetone/smsapi"`,
				"web/ws/ws.go":   `package ws; import _ "sidetone/web/api"`,
			},
			want: []string{
				"incall/call.go: imports sidetone/smsapi, its peer",
				"web/ws/ws.go: imports sidetone/web/api, its peer",
			},
		},
		{
			name: "a circle on the ground",
			files: map[string]string{
				"internal/bus/bus.go":      `package bus; import _ "sidetone/internal/obs/metric"`,
				"internal/obs/log.go":      `package obs; import _ "sidetone/internal/bus"`,
				"internal/obs/metric/m.go": `package metric`,
			},
			want: []string{
				"internal/bus: imports itself in a circle",
				"internal/obs: imports itself in a circle",
			},
		},
		{
			name:  "a folder nobody planned",
			files: map[string]string{"utils/strings.go": `package utils`},
			want:  []string{"utils/strings.go: the folder utils has no floor"},
		},
		{
			name: "a pure file that is not",
			files: map[string]string{
				"chat/machine.go": "package chat\nimport _ \"github.com/jackc/pgx/v5\"\nimport _ \"net/http\"\nimport _ \"sidetone/internal/pg\"\n",
				"queues/menu.go":  "package queues\nimport \"time\"\nvar now = time.Now()\nfunc f() { go f() }\n",
			},
			want: []string{
				"chat/machine.go:2: a pure file imports github.com/jackc/pgx/v5",
				"chat/machine.go:3: a pure file imports net/http",
				"chat/machine.go:4: a pure file imports sidetone/internal/pg",
				"queues/menu.go:3: a pure file reads the clock: time is an argument",
				"queues/menu.go:4: a pure file starts a goroutine",
			},
		},
		{
			name:  "the oracle outside of tests",
			files: map[string]string{"internal/carrier/twilio/twilio.go": `package twilio; import _ "github.com/twilio/twilio-go/client"`},
			want:  []string{"internal/carrier/twilio/twilio.go: imports github.com/twilio/twilio-go/client, which is for tests"},
		},
		{
			name:  "generated types below the edge",
			files: map[string]string{"smsapi/send.go": `package smsapi; import _ "sidetone/openapi/gen/public"`},
			want:  []string{"smsapi/send.go: imports sidetone/openapi/gen/public: generated types stop at the edge"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(root, name)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
				require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			}
			wrong, err := check(root)
			require.NoError(t, err)
			require.Equal(t, c.want, wrong)
		})
	}
}
