//go:build !unix

package cluster

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Config says where the cluster lives.
type Config struct {
	DataDir string
	BinDir  string
	Log     *slog.Logger
	Watch   time.Duration
}

// Cluster can't be had on this system.
type Cluster struct{}

// Start refuses: a server of our own needs a Unix.
func Start(context.Context, Config) (*Cluster, error) {
	return nil, errors.New("a managed database needs Linux or another Unix; set SIDETONE_DATABASE_URL")
}

func (*Cluster) OwnerURL() string              { return "" }
func (*Cluster) AppURL() string                { return "" }
func (*Cluster) Managed() bool                 { return false }
func (*Cluster) Pid() int                      { return 0 }
func (*Cluster) Restart(context.Context) error { return nil }
func (*Cluster) Stop(context.Context) error    { return nil }
