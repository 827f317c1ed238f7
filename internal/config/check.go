package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/blob"
	"sidetone/internal/logs"
	"sidetone/internal/seal"
)

// Check says all that is wrong with the settings by themselves, each by the name of its variable. It opens nothing and
// quotes no secret. Whether the database answers is doctor's question.
func (c Config) Check() error {
	var wrong []error
	say := func(field, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: "+format, append([]any{envOf(field)}, args...)...))
	}
	for field, address := range map[string]string{
		"Listen": c.Listen, "CarrierListen": c.CarrierListen, "ClusterListen": c.ClusterListen, "ClusterAdvertise": c.ClusterAdvertise,
		"DebugListen": c.DebugListen,
	} {
		if address != "" && !isHostPort(address) {
			say(field, "%q is not HOST:PORT", address)
		}
	}
	if c.PublicURL != "" && !isURL(c.PublicURL, "http", "https") {
		say("PublicURL", "%q is not an http or https URL", c.PublicURL)
	}
	if c.NATSURL != "" && !isURL(c.NATSURL, "nats", "tls", "ws", "wss") {
		say("NATSURL", "it is not a nats:// or tls:// URL")
	}
	for field, dsn := range map[string]string{"DatabaseURL": c.DatabaseURL, "DatabaseOwnerURL": c.DatabaseOwnerURL} {
		if dsn == "" {
			continue
		}
		if _, err := pgx.ParseConfig(dsn); err != nil {
			say(field, "it is not a Postgres URL") // the cause may quote a password
		}
	}
	if c.DatabaseURL == "" && c.DatabaseOwnerURL != "" {
		say("DatabaseOwnerURL", "it is set, but %s is not", envOf("DatabaseURL"))
	}
	if !filepath.IsAbs(c.DataDir) {
		say("DataDir", "%q is not an absolute path", c.DataDir)
	}
	if c.SealKey != "" {
		if _, err := seal.Parse(c.SealKey); err != nil {
			say("SealKey", "%w", err)
		}
	}
	if c.BlobURL != "" {
		if err := blob.Check(c.BlobURL); err != nil {
			say("BlobURL", "%w", err)
		}
	}
	if _, err := c.Proxies(); err != nil {
		say("TrustedProxies", "%w", err)
	}
	for _, host := range c.InsideProviders() {
		if strings.ContainsAny(host, "/: ") {
			say("ProviderHosts", "%q is not a host's name", host)
		}
	}
	if _, err := logs.New(nil, c.LogLevel, c.LogFormat); err != nil {
		wrong = append(wrong, err)
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(wrong...)
}

func isHostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme)
}

func trimSlash(s string) string { return strings.TrimRight(s, "/") }
