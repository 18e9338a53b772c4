# Targets with a ## comment are listed by `make help`.
SHELL       := /bin/sh
GO          ?= go
BIN         := bin/porpoise
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS     := -s -w -X main.version=$(VERSION)
# Debian keeps servers where an ordinary user's PATH does not look.
export PATH := $(PATH):/usr/sbin:/sbin
# Everything but DuckDB builds without cgo; only the race detector needs it.
BUILD_ENV   := CGO_ENABLED=0
# Looked up when it is used: test/deps may have installed the compiler.
RACE         = $(shell command -v gcc >/dev/null && echo -race)
PACKAGES    ?= ./...
TEST_TIMEOUT ?= 40m
TEST_P      ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)

.DEFAULT_GOAL := help
BENCH_FLAGS ?=

.PHONY: help run build test test/deps test/race lint generate verify tidy bench bench/console chaos e2e clean console

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9\/]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Build, start everything in one process with a demo, and go on serving on 127.0.0.1:12345
	$(BIN) standalone --demo --data-dir ./data --listen 127.0.0.1:12345

build: ## Build bin/porpoise
	$(BUILD_ENV) $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/porpoise

console: build ## Build the web console anew; needs Node.js
	$(BIN) openapi > apiserver/console/openapi.json
	cd apiserver/console && npm ci && npm ci --prefix tools/types && npm run types && npm test && npm run build

test/deps: ## Install the Debian packages that tests need and that are absent
	@scripts/install-deps.sh

test: test/deps ## Install what is missing, vet, and run all tests with the race detector
	$(GO) vet $(PACKAGES)
	$(GO) test $(RACE) -timeout $(TEST_TIMEOUT) -p $(TEST_P) $(PACKAGES)
	# The race detector leaves time for a few seeds only; here are the others.
	$(GO) test -timeout $(TEST_TIMEOUT) ./master/internal/sim
	$(GO) test -timeout $(TEST_TIMEOUT) -run 'TestRunsEnd|TestOutcome' ./pkg/engine -rapid.checks=10000

test/race: ## Run the tests of PACKAGES again, uncached, with the race detector
	$(GO) test -race -count=1 -timeout $(TEST_TIMEOUT) -p $(TEST_P) $(PACKAGES)

lint: ## Run golangci-lint, where it is installed
	@command -v golangci-lint >/dev/null || { echo "golangci-lint is not installed; see https://golangci-lint.run" >&2; exit 1; }
	golangci-lint run $(PACKAGES)

generate: ## Regenerate the gRPC code
	scripts/generate.sh

verify: ## Check that generated code, formatting and go.mod are up to date
	scripts/verify.sh

tidy: ## Tidy go.mod
	$(GO) mod tidy

bench: test/deps ## Measure the scenarios of docs/performance.md; prints a table, writes bench/out
	$(GO) run ./test/bench $(BENCH_FLAGS)

bench/console: test/deps ## Measure the console in Chromium: 1,000 and 3,000 tasks, 10,000 rows
	SIZES=1000,3000 $(GO) test -count=1 -v -timeout 30m -run 'TestConsole/(rows|graph)' ./test/browser

chaos: build test/deps ## Kill random processes of a cluster with -9 for a long time
	$(GO) test -count=1 -v -timeout 60m ./test/chaos -args -long

e2e: test/deps ## Run the end-to-end tests on the real binary, in detail
	$(GO) test -count=1 -v -timeout 30m ./test/e2e/...

clean: ## Remove what was built; data of `make run` stays in ./data
	rm -rf bin bench/out .cache
