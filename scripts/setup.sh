#!/usr/bin/env bash
# Makes sure that what a make target needs is there; quick when it is. On Debian and Ubuntu it installs PostgreSQL and
# Chromium with apt when it may (root, or sudo without a password); else it names the package and fails.
#
# Usage: scripts/setup.sh [go] [node] [postgres] [chromium] [emoji]
#        scripts/setup.sh --which chromium     prints where it is
set -euo pipefail

readonly min_postgres=15 min_node=20

fail() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}

apt_install() {
	local root=()
	command -v apt-get >/dev/null || fail "no apt-get here: install $* yourself, then try again"
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || fail "$* is missing. Install it with: sudo apt-get install $*"
		root=(sudo -n)
	fi
	echo "setup: installing $* with apt-get" >&2
	"${root[@]}" apt-get update -qq >&2
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
		fail "apt-get install $* failed (its output is above)"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# The newest in Debian's layout, else what is on the PATH; internal/pg/cluster looks in both, too.
postgres_bin() {
	local dir major best=0 found=
	if [ -n "${SIDETONE_PG_BIN:-}" ]; then
		echo "$SIDETONE_PG_BIN"
		return
	fi
	for dir in /usr/lib/postgresql/*/bin; do
		major=${dir#/usr/lib/postgresql/}
		major=${major%/bin}
		[ -x "$dir/initdb" ] && [ "$major" -gt "$best" ] && best=$major found=$dir
	done
	if [ -z "$found" ] && command -v initdb >/dev/null; then
		found=$(dirname "$(command -v initdb)")
	fi
	echo "$found"
}

need_postgres() {
	local bin version drop_in=/etc/postgresql-common/createcluster.d/sidetone-setup.conf
	bin=$(postgres_bin)
	if [ -z "$bin" ]; then
		# The package would make and start a cluster of its own, which nobody asked for: not during this install.
		if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
			trap 'as_root rm -f '"$drop_in" EXIT
			as_root mkdir -p "$(dirname "$drop_in")"
			echo "create_main_cluster = false" | as_root tee "$drop_in" >/dev/null
		fi
		apt_install postgresql
		bin=$(postgres_bin)
		[ -n "$bin" ] || fail "the package postgresql brought no initdb"
	fi
	version=$("$bin/postgres" --version)
	version=${version##*) }
	version=${version%%[!0-9]*}
	[ "${version:-0}" -ge $min_postgres ] || fail \
		"PostgreSQL $version in $bin is too old: $min_postgres or newer is needed" \
		"newer packages: https://wiki.postgresql.org/wiki/Apt (or point SIDETONE_PG_BIN at a newer bin directory)"
}

chromium_path() {
	local name path
	if [ -n "${CHROMIUM:-}" ]; then
		echo "$CHROMIUM"
		return
	fi
	for name in chromium chromium-browser google-chrome-stable google-chrome; do
		path=$(command -v "$name") || continue
		# Ubuntu's chromium-browser is a script that asks for a snap; without the snap it is no browser.
		[ "$name" = chromium-browser ] && [ ! -x /snap/bin/chromium ] && head -c 2000 "$path" | grep -qa snap && continue
		echo "$path"
		return
	done
	for path in "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/chrome-linux*/chrome; do
		[ -x "$path" ] && echo "$path" && return
	done
	return 0
}

need_chromium() {
	local dir
	[ -z "$(chromium_path)" ] || return 0
	if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" = ubuntu ]; then # no deb there: its package is a snap
		dir=$(dirname "${BASH_SOURCE[0]}")/../web/app
		[ -x "$dir/node_modules/.bin/playwright" ] || fail "Chromium is missing. Install it with: sudo snap install chromium"
		echo "setup: installing Chromium with Playwright" >&2
		(cd "$dir" && npx playwright install --with-deps chromium) >&2 ||
			fail "Chromium is missing. Install it with: sudo snap install chromium"
	else
		apt_install chromium
	fi
	[ -n "$(chromium_path)" ] || fail "Chromium was installed, but is not on the PATH: set CHROMIUM to its path"
}

# Only pictures need it: without one a gift is an empty box.
need_emoji() {
	[ -n "$(fc-list 2>/dev/null | grep -i emoji)" ] || (apt_install fonts-noto-color-emoji) || echo "setup: no emoji font, so they will be empty boxes" >&2
}

need_go() {
	command -v go >/dev/null || fail "Go is missing: https://go.dev/dl (1.26 or newer)"
}

need_node() {
	local version
	command -v npm >/dev/null || fail "Node and npm are missing: https://nodejs.org (version $min_node or newer)"
	version=$(node --version)
	version=${version#v}
	[ "${version%%.*}" -ge $min_node ] || fail "Node $version is too old: $min_node or newer is needed"
}

if [ "${1:-}" = --which ]; then
	"${2}_path"
	exit
fi
for what in "$@"; do
	"need_$what"
done
