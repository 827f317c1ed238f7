#!/usr/bin/env bash
# Builds the developer tools (sqlc, oapi-codegen, golangci-lint, gofumpt) once per internal/tools/go.sum.
#
# The binaries live in the user's cache, so a fresh clone finds them; bin/tools is a link to them. Cold, sqlc and
# golangci-lint take a few minutes of CPU; satisfied, this takes a few milliseconds.
#
# Usage: scripts/tools.sh [tool...]     builds all tools, or the named ones
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

declare -A package=(
	[sqlc]=github.com/sqlc-dev/sqlc/cmd/sqlc
	[oapi-codegen]=github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
	[gofumpt]=mvdan.cc/gofumpt
	[golangci-lint]=github.com/golangci/golangci-lint/v2/cmd/golangci-lint
)

read -r hash _ < <(sha256sum internal/tools/go.sum)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sidetone/tools/${hash:0:16}"
mkdir -p "$cache" bin
ln -sfn "$cache" bin/tools

wanted=("$@")
[ $# -gt 0 ] || wanted=(sqlc oapi-codegen gofumpt golangci-lint)
for tool in "${wanted[@]}"; do
	[ -x "$cache/$tool" ] && continue
	[ -n "${package[$tool]:-}" ] || { echo "scripts/tools.sh: no tool named $tool" >&2; exit 2; }
	echo "building $tool (once; kept in $cache)" >&2
	# Two builders at once each write a file of their own; the rename is atomic, the last one wins.
	go -C internal/tools build -trimpath -ldflags "-s -w" -o "$cache/$tool.$$" "${package[$tool]}"
	mv "$cache/$tool.$$" "$cache/$tool"
done
