// Package config holds every setting of the process: one struct, with a default and a help line each. It runs with
// nothing set. Flags go over the environment (SIDETONE_*); settings of a tenant are not here but in the database.
package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// Config is filled by kong: embed it in a command and pass Vars to the parser.
type Config struct {
	Listen        string `default:"127.0.0.1:8080" env:"SIDETONE_LISTEN" placeholder:"HOST:PORT" help:"Where the console, the APIs and the webhooks are served."`
	PublicURL     string `env:"SIDETONE_PUBLIC_URL" placeholder:"URL" help:"The address the world sees, which carriers sign. Default: http:// and the listen address."`
	CarrierListen string `default:"127.0.0.1:8081" env:"SIDETONE_CARRIER_LISTEN" placeholder:"HOST:PORT" help:"Where the simulated carrier is served (demo and carrier-sim only)."`

	DataDir          string `default:"${data_dir}" env:"SIDETONE_DATA_DIR" placeholder:"DIR" type:"path" help:"Where the managed database, the sealing key and files are kept."`
	DatabaseURL      string `env:"SIDETONE_DATABASE_URL" placeholder:"URL" help:"Postgres 15 or newer, as the role that serves. Default: a cluster managed in the data directory."`
	DatabaseOwnerURL string `env:"SIDETONE_DATABASE_OWNER_URL" placeholder:"URL" help:"The same database as the role that owns the tables; migrations run as it."`
	PGBin            string `name:"pg-bin" env:"SIDETONE_PG_BIN" placeholder:"DIR" type:"path" help:"Where initdb and postgres are, for the managed cluster. Default: the newest installed."`

	BlobURL string `env:"SIDETONE_BLOB_URL" placeholder:"URL" help:"Where pictures and videos are kept: s3://KEY:SECRET@bucket/prefix?region=… (further: endpoint=HOST:PORT, insecure=1) or file:///folder. Default: blobs in the data directory. Several nodes need one that all reach."`

	DebugListen string `env:"SIDETONE_DEBUG_LISTEN" placeholder:"HOST:PORT" help:"Where metrics and profiles (/debug/pprof) are served besides; keep it private. Default: nowhere."`

	NATSURL          string `name:"nats-url" env:"SIDETONE_NATS_URL" placeholder:"URL" help:"A NATS cluster that carries hints between nodes. Default: the nodes mesh by themselves."`
	ClusterListen    string `default:"127.0.0.1:0" env:"SIDETONE_CLUSTER_LISTEN" placeholder:"HOST:PORT" help:"Where other nodes reach this one's bus (0: any free port)."`
	ClusterAdvertise string `env:"SIDETONE_CLUSTER_ADVERTISE" placeholder:"HOST:PORT" help:"The same as other nodes see it, when that differs."`

	SealKey     string `env:"SIDETONE_SEAL_KEY" hidden:"" help:"32 bytes in base64 that seal stored secrets; older keys follow after commas. Keep it in the environment, not in a flag."`
	SealKeyFile string `env:"SIDETONE_SEAL_KEY_FILE" placeholder:"FILE" type:"path" help:"The file with the sealing key, made on the first run. Default: seal.key in the data directory."`

	TrustedProxies string `env:"SIDETONE_TRUSTED_PROXIES" placeholder:"CIDR,…" help:"Proxies in front of this one, whose X-Forwarded-For says where a client is. Default: nobody's word is taken."`
	ProviderHosts  string `env:"SIDETONE_PROVIDER_HOSTS" placeholder:"HOST,…" help:"Identity providers of tenants that may lie in our own network. Default: none."`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" env:"SIDETONE_LOG_LEVEL" help:"What is logged: ${enum}."`
	LogFormat string `default:"text" enum:"text,json" env:"SIDETONE_LOG_FORMAT" help:"How it is logged: ${enum}."`
}

// Vars gives kong the defaults that depend on the machine.
func Vars() kong.Vars {
	home, _ := os.UserHomeDir() // "" without one: then the data directory is relative, and Check says so
	return kong.Vars{"data_dir": defaultDataDir(os.Geteuid() == 0, os.Getenv("XDG_DATA_HOME"), home)}
}

// defaultDataDir follows the XDG base directory specification; root's home is closed to the database's own user, so
// root gets a system directory.
func defaultDataDir(root bool, xdgDataHome, home string) string {
	switch {
	case root:
		return "/var/lib/sidetone"
	case filepath.IsAbs(xdgDataHome):
		return filepath.Join(xdgDataHome, "sidetone")
	default:
		return filepath.Join(home, ".local", "share", "sidetone")
	}
}

// URL is the address the world sees, without a trailing slash.
func (c Config) URL() string {
	if c.PublicURL != "" {
		return trimSlash(c.PublicURL)
	}
	return "http://" + c.Listen
}

// SealKeyPath is the key file's.
func (c Config) SealKeyPath() string {
	if c.SealKeyFile != "" {
		return c.SealKeyFile
	}
	return filepath.Join(c.DataDir, "seal.key")
}

// BlobPath is where files are kept when no BlobURL says otherwise.
func (c Config) BlobPath() string { return filepath.Join(c.DataDir, "blobs") }

// Proxies are the networks of trusted proxies.
func (c Config) Proxies() (nets []netip.Prefix, err error) {
	for _, each := range list(c.TrustedProxies) {
		at, err := netip.ParsePrefix(each)
		if err != nil {
			var one netip.Addr
			if one, err = netip.ParseAddr(each); err != nil {
				return nil, fmt.Errorf("%q is no network like 10.0.0.0/8", each)
			}
			at = netip.PrefixFrom(one, one.BitLen())
		}
		nets = append(nets, at.Masked())
	}
	return nets, nil
}

// InsideProviders are the hosts of identity providers that may lie in our own network.
func (c Config) InsideProviders() []string { return list(c.ProviderHosts) }

func list(text string) (out []string) {
	for _, each := range strings.Split(text, ",") {
		if each = strings.TrimSpace(each); each != "" {
			out = append(out, each)
		}
	}
	return out
}

// Managed says whether the process runs its own Postgres.
func (c Config) Managed() bool { return c.DatabaseURL == "" }
