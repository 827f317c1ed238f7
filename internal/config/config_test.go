package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// parse reads arguments the way cmd does.
func parse(t *testing.T, args ...string) Config {
	t.Helper()
	var c Config
	parser, err := kong.New(&c, Vars())
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err)
	return c
}

func TestItRunsWithNothingSet(t *testing.T) {
	c := parse(t)
	require.NoError(t, c.Check())
	require.Equal(t, "127.0.0.1:8080", c.Listen)
	require.Equal(t, "http://127.0.0.1:8080", c.URL())
	require.Equal(t, "127.0.0.1:8081", c.CarrierListen)
	require.Equal(t, "127.0.0.1:0", c.ClusterListen)
	require.True(t, c.Managed())
	require.Equal(t, c.DataDir+"/seal.key", c.SealKeyPath())
}

func TestAFlagGoesOverTheEnvironment(t *testing.T) {
	t.Setenv("SIDETONE_LISTEN", "127.0.0.1:1")
	t.Setenv("SIDETONE_PUBLIC_URL", "https://sms.example.com/")
	t.Setenv("SIDETONE_PG_BIN", "/opt/pg/bin")
	require.Equal(t, "127.0.0.1:1", parse(t).Listen)
	c := parse(t, "--listen", "127.0.0.1:2")
	require.Equal(t, "127.0.0.1:2", c.Listen)
	require.Equal(t, "https://sms.example.com", c.URL())
	require.Equal(t, "/opt/pg/bin", c.PGBin)
}

func TestEverySettingHasAVariableAndAHelpLine(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		require.Regexp(t, `^SIDETONE_[A-Z_]+$`, f.Tag.Get("env"), f.Name)
		require.NotEmpty(t, f.Tag.Get("help"), f.Name)
		require.Equal(t, reflect.String, f.Type.Kind(), "Print knows strings: %s", f.Name)
	}
}

func TestCheckNamesEveryMistakeByItsVariable(t *testing.T) {
	c := parse(t)
	c.Listen, c.PublicURL, c.NATSURL, c.DataDir = "8080", "sms.example.com", "localhost:4222", "data"
	c.DatabaseURL, c.SealKey, c.LogLevel = "postgres://u:hunter2@h:notaport/db", "hunter2", "loud"
	c.BlobURL = "s3://key:hunter2@"
	c.TrustedProxies, c.ProviderHosts = "10.0.0.0/8, 192.168.1.1, proxy", "https://sso.corp"
	err := c.Check()
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
	require.Equal(t, []string{
		`SIDETONE_BLOB_URL: it names no bucket (s3://bucket/prefix)`,
		`SIDETONE_DATABASE_URL: it is not a Postgres URL`,
		`SIDETONE_DATA_DIR: "data" is not an absolute path`,
		`SIDETONE_LISTEN: "8080" is not HOST:PORT`,
		`SIDETONE_NATS_URL: it is not a nats:// or tls:// URL`,
		`SIDETONE_PROVIDER_HOSTS: "https://sso.corp" is not a host's name`,
		`SIDETONE_PUBLIC_URL: "sms.example.com" is not an http or https URL`,
		`SIDETONE_SEAL_KEY: sealing key 1 is not base64`,
		`SIDETONE_TRUSTED_PROXIES: "proxy" is no network like 10.0.0.0/8`,
		`log level "loud": it is one of debug, info, warn, error`,
	}, strings.Split(err.Error(), "\n"))

	c = parse(t)
	c.DatabaseOwnerURL = "postgres://owner@h/db"
	require.EqualError(t, c.Check(), "SIDETONE_DATABASE_OWNER_URL: it is set, but SIDETONE_DATABASE_URL is not")
}

func TestPrintShowsEveryThingButSecrets(t *testing.T) {
	c := parse(t)
	c.DatabaseURL = "postgres://app:hunter2@db:5432/sidetone?sslpassword=hunter2&sslmode=require"
	c.DatabaseOwnerURL = "host=db user=owner password='hunter2 more' dbname=sidetone"
	c.NATSURL, c.SealKey = "nats://hunter2@bus:4222", "hunter2"
	c.BlobURL = "s3://key:hunter2@pictures/x?region=r"
	var out strings.Builder
	require.NoError(t, c.Print(&out))
	require.NotContains(t, out.String(), "hunter2")
	require.Contains(t, out.String(), "SIDETONE_DATABASE_URL=postgres://app:xxxxx@db:5432/sidetone?sslmode=require&sslpassword=xxxxx\n")
	require.Contains(t, out.String(), "SIDETONE_DATABASE_OWNER_URL=host=db user=owner password=xxxxx dbname=sidetone\n")
	require.Contains(t, out.String(), "SIDETONE_BLOB_URL=s3://key:xxxxx@pictures/x?region=r\n")
	require.Contains(t, out.String(), "# What is logged: debug, info, warn, error.\nSIDETONE_LOG_LEVEL=info\n")
}

func TestTheDataDirectoryIsWhereTheDatabaseCanReachIt(t *testing.T) {
	require.Equal(t, "/var/lib/sidetone", defaultDataDir(true, "/x", "/root"))
	require.Equal(t, "/x/sidetone", defaultDataDir(false, "/x", "/home/ann"))
	require.Equal(t, "/home/ann/.local/share/sidetone", defaultDataDir(false, "relative", "/home/ann"))
}
