#!/usr/bin/env bash
# Writes the generated code: typed queries (sqlc), servers and models (oapi-codegen), the console's types
# (openapi-typescript). Only inputs that exist are read, and the output is committed.
#
# Usage: scripts/generate.sh                    all of it
#        scripts/generate.sh sqlc [folder...]   the queries of all folders, or of the named ones
#        scripts/generate.sh openapi            Go from openapi/*.yaml
#        scripts/generate.sh web                TypeScript from openapi/console.yaml
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sqlc() {
	local config folder folders=("$@") found=()
	[ $# -gt 0 ] || mapfile -t folders < <(sed -n 's|.*queries: \(.*\)/queries\.sql,.*|\1|p' sqlc.yaml)
	for folder in "${folders[@]}"; do
		[ -f "$folder/queries.sql" ] && found+=("$folder")
	done
	[ ${#found[@]} -gt 0 ] || return 0
	scripts/tools.sh sqlc
	# sqlc resolves paths from its config's folder, so the narrowed config has to stand beside the whole one.
	config=$(mktemp sqlc.XXXXXX.yaml)
	# shellcheck disable=SC2064
	trap "rm -f '$config'" EXIT
	awk -v found=" ${found[*]} " '
		/^  - \{engine:/ { match($0, /queries: [^,]*/); f = substr($0, RSTART + 9, RLENGTH - 9); sub(/\/queries\.sql$/, "", f)
		                   if (index(found, " " f " ") == 0) next }
		{ print }' sqlc.yaml >"$config"
	bin/tools/sqlc generate -f "$config"
	for folder in "${found[@]}"; do
		sed -i 's/^func New() \*Queries {/func NewQueries() *Queries {/' "$folder/db.gen.go"
	done
}

openapi() {
	local config name
	for config in openapi/gen/*/oapi.yaml; do
		name=$(basename "$(dirname "$config")")
		[ -f "openapi/$name.yaml" ] || continue
		scripts/tools.sh oapi-codegen
		bin/tools/oapi-codegen -config "$config" "openapi/$name.yaml"
	done
	bin/tools/oapi-codegen -config openapi/client/oapi.yaml openapi/public.yaml
}

web() {
	[ -f web/app/package.json ] && [ -f openapi/console.yaml ] || return 0
	make -s web/app/node_modules/.package-lock.json
	npm --prefix web/app run --silent generate
}

if [ $# -eq 0 ]; then
	sqlc
	openapi
	web
else
	"$@"
fi
