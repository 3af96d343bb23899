# `make` lists what there is. Each target does its own set-up.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO          ?= go
LINT        := $(GO) tool -modfile=tools/lint/go.mod

# PostgreSQL's parser is C, and the race detector needs cgo as well.
export CGO_ENABLED := 1
export VAULT

.DEFAULT_GOAL := help
.PHONY: help demo build vault test check lint bench generate pictures fmt tools-here

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## play the whole story against a local Slack and Postgres; stays open in a terminal
	@bin/dbaccess demo

build: tools-here ## build bin/dbaccess
	@$(call say-if-slow,)
	@$(GO) build -o bin/dbaccess ./cmd/dbaccess

vault: tools-here ## find a Vault server, or build one once (some minutes); tests and the demo use it
	@$(GO) run ./internal/devstack/vaultbin

# Stories in a browser need a Chromium: root on Debian gets one, others are told in
# one line that they are left out. With CI set, a machine without one fails.
# VAULT=no leaves out what needs a Vault server; without it, tests that find none
# and cannot build one fail.
test: tools-here ## run all tests, with the race detector
	@$(GO) run ./internal/devstack/chromiumbin
	@if [ "$(VAULT)" = no ]; then echo "VAULT=no: the tests that need a Vault server are left out."; else $(GO) run ./internal/devstack/vaultbin >/dev/null; fi
	@$(call say-if-slow,-race)
	$(GO) test -race -timeout 30m ./...

check: lint test ## all that must hold before a change lands

# The linters share the tests' build, so that the C parts are compiled once.
lint: tools-here ## format, vet, staticcheck and a tidy go.mod
	@$(call say-if-slow,-race)
	@echo "gofumpt"
	@unformatted="$$($(LINT) gofumpt -l .)"; if [ -n "$$unformatted" ]; then echo "not formatted, 'make fmt' does it:"; echo "$$unformatted"; exit 1; fi
	@echo "go vet"
	@$(GO) vet -race ./...
	@echo "staticcheck"
	@GOFLAGS="$$($(GO) env GOFLAGS) -race" $(LINT) staticcheck ./...
	@echo "go mod tidy"
	@$(GO) mod tidy -diff

bench: build ## print how fast the parts are that people wait for
	@bin/dbaccess bench

generate: tools-here ## make the generated files anew: the local Slack's page, guardrails' tables
	@$(GO) generate ./...
	@$(GO) test ./guardrails -run Generated -update

pictures: tools-here ## take the pictures in docs/slack anew, in a real browser
	@$(GO) run ./internal/devstack/chromiumbin
	@$(GO) test ./cmd/dbaccess -run TestPicturesOfEverythingDrawn -update

fmt: tools-here ## format the code
	@$(LINT) gofumpt -w .

tools-here:
	@command -v $(GO) >/dev/null || { echo "Go is missing (1.26 or newer): get it from https://go.dev/dl, or by 'brew install go'."; exit 1; }
	@cc="$$($(GO) env CC)"; command -v "$${cc%% *}" >/dev/null || { echo "A C compiler is missing, and PostgreSQL's parser is C: 'apt-get install gcc libc6-dev', or 'xcode-select --install' on a Mac."; exit 1; }

# The first build compiles PostgreSQL's parser; whoever waits should know.
say-if-slow = if [ "$$($(GO) list $(1) -f '{{.Stale}}' github.com/pganalyze/pg_query_go/v5/parser 2>/dev/null)" = true ]; then \
	echo "Building PostgreSQL's parser: this takes a few minutes, once."; fi
