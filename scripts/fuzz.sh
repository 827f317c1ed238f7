#!/usr/bin/env bash
# Runs one fuzz for a time. It fails when an input failed, which go test writes below testdata/fuzz to be committed with its
# mending. On a slow machine go test also fails when a worker is still at it at the end of the time; that is no finding.
#
# Usage: scripts/fuzz.sh PACKAGE NAME TIME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh go postgres

log=$(mktemp)
trap 'rm -f "$log"' EXIT
set +e
go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$3" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
set -e
[ "$status" -ne 0 ] || exit 0
if grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic:|\[build failed\]' "$log"; then
	echo "$2: the time was over in the middle of an input; nothing was found"
	exit 0
fi
exit "$status"
