# `make` prints what there is. Every target does its own set-up (scripts/setup.sh, quick when satisfied).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

APP := web/app
APP_SOURCES := chat/why_words.json $(shell find $(APP)/src $(APP)/public $(APP)/scripts $(APP)/index.html $(APP)/*.ts $(APP)/*.json -type f 2>/dev/null)

.PHONY: help
help: ## print this
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build all and start the demo on http://127.0.0.1:8080; nothing to configure
	@scripts/setup.sh postgres
	bin/sidetone demo

.PHONY: build
build: console ## build bin/sidetone with the console inside
	@scripts/setup.sh go
	go build -trimpath -ldflags "-s -w" -o bin/sidetone ./cmd/sidetone

.PHONY: test
test: ## run every test: Go, console units, browser
	@scripts/test.sh go web e2e

.PHONY: test-go
test-go: ## run the Go tests (against a real Postgres)
	@scripts/test.sh go

.PHONY: test-web
test-web: ## run the console's type check and unit tests
	@scripts/test.sh web

.PHONY: test-e2e
test-e2e: ## run the browser tests against bin/sidetone
	@scripts/test.sh e2e

.PHONY: slowed
slowed: ## run the browser tests as on a machine six times slower, far from its server
	@SLOWED=6 LATE=250 scripts/test.sh e2e

.PHONY: lint
lint: $(APP)/node_modules/.package-lock.json ## check Go (golangci-lint, gofumpt), TypeScript (tsc) and the contracts (redocly)
	@scripts/tools.sh golangci-lint
	bin/tools/golangci-lint run
	npm --prefix $(APP) run --silent typecheck
	npm --prefix $(APP) run --silent contracts

.PHONY: fuzz
fuzz: ## throw random bytes at what reads requests, for a minute
	@scripts/fuzz.sh ./web/api FuzzBody 45s
	@scripts/fuzz.sh ./web/api FuzzWhen 15s

.PHONY: races
races: ## let two agents go for the same chat 10,000 times, by the statements and through two nodes
	@scripts/setup.sh go postgres
	go test ./queues -count=1 -v -run '^TestOfTwoWhoRaceExactlyOneHasTheChat$$' -races 10000
	go test ./chat -count=1 -v -timeout 20m -run '^TestAcceptingIsWonByOne$$' -races 10000

.PHONY: fmt
fmt: ## format the Go code with gofumpt
	@scripts/tools.sh golangci-lint
	bin/tools/golangci-lint fmt

.PHONY: generate
generate: ## write the generated code: queries, servers, the console's types
	@scripts/generate.sh

.PHONY: check-generated
check-generated: generate ## fail when generated code is stale
	@stale=$$(git status --porcelain -- '*.gen.go' '*.gen.ts'); \
	if [ -n "$$stale" ]; then git --no-pager diff --stat -- '*.gen.go' '*.gen.ts'; echo "$$stale"; \
		echo "generated code is stale: run 'make generate' and commit the result"; exit 1; fi

.PHONY: bench
bench: build ## measure each path beside this machine's limits
	@scripts/setup.sh postgres
	bin/sidetone bench

.PHONY: soak
soak: build ## run traffic under faults and check the invariants
	@scripts/setup.sh postgres
	bin/sidetone soak

.PHONY: shots
shots: build ## take pictures of every screen and state into tmp/shots, held against web/app/e2e/baselines (UPDATE=1 renews those)
	@scripts/setup.sh postgres chromium emoji
	SIDETONE_BIN=$(CURDIR)/bin/sidetone CHROMIUM=$$(scripts/setup.sh --which chromium) SHOTS=$(CURDIR)/tmp/shots \
		npm --prefix $(APP) run shots

.PHONY: speed
speed: build ## measure the desk with 300 chats (opening, typing, moving, an offer) and its heap over a day
	@scripts/setup.sh postgres chromium
	SIDETONE_BIN=$(CURDIR)/bin/sidetone CHROMIUM=$$(scripts/setup.sh --which chromium) npm --prefix $(APP) run speed

.PHONY: clean
clean: ## remove what was built (not the data of the demo)
	rm -rf bin tmp $(APP)/node_modules $(APP)/dist/site $(APP)/test-results $(APP)/playwright-report

.PHONY: console
console: $(APP)/dist/site/index.html

$(APP)/node_modules/.package-lock.json: $(APP)/package-lock.json
	@scripts/setup.sh node
	npm --prefix $(APP) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(APP)/dist/site/index.html: $(APP)/node_modules/.package-lock.json $(APP_SOURCES)
	npm --prefix $(APP) run build
	@touch $@
