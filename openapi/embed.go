// Package openapi holds the contracts: what is served under them is generated from them (gen/) or tested against them.
package openapi

import "embed"

// FS is the contracts, at its root.
//
//go:embed *.yaml
var FS embed.FS
