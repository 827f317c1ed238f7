// Package migrations holds the schema, one idea a file, in goose's format. Code runs before and after each of them.
package migrations

import "embed"

// FS is the migrations, at its root.
//
//go:embed *.sql
var FS embed.FS
