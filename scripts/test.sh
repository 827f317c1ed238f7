#!/usr/bin/env bash
# Runs the named test suites and prints one last line for all: "N passed, N failed". A suite that fails does not keep
# the next from running; the exit code is that of the worst.
#
# Usage: scripts/test.sh go|web|e2e ...      GOTESTFLAGS adds to go test, e.g. GOTESTFLAGS=-race
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

reports=$PWD/tmp/test
mkdir -p "$reports" bin
rm -f "$reports"/*.json "$reports/summary"
go build -o bin/tally ./internal/tally

run_go() {
	scripts/setup.sh go postgres
	# shellcheck disable=SC2086
	go test -json -p 2 ${GOTESTFLAGS:-} ./... | tee "$reports/go.json" | bin/tally -follow
}

run_web() {
	make -s web/app/node_modules/.package-lock.json
	npm --prefix web/app run --silent typecheck
	npm --prefix web/app test -- --reporter=default --reporter=json --outputFile.json="$reports/web.json"
}

run_e2e() {
	make build
	npm --prefix web/app run --silent budget
	scripts/setup.sh postgres chromium
	(cd web/app && SIDETONE_BIN=${SIDETONE_BIN:-$OLDPWD/bin/sidetone} CHROMIUM=$(../../scripts/setup.sh --which chromium) \
		PLAYWRIGHT_JSON_OUTPUT_NAME=$reports/e2e.json npx playwright test --reporter=list,json)
}

status=0
for suite in "$@"; do
	# A subshell of its own: `set -e` holds inside, which it would not in a function called from a condition.
	set +e
	(set -e; "run_$suite")
	code=$?
	set -e
	if [ $code -ne 0 ]; then
		status=1
		echo "--- $suite tests failed (exit $code)"
		# A suite that died before its report still counts as a failure.
		bin/tally "$reports/$suite.json" 2>/dev/null | grep -qv ', 0 failed' || echo '{"died":true}' >"$reports/$suite.died.json"
	fi
done
bin/tally "$reports"/*.json | tee "$reports/summary"
exit $status
