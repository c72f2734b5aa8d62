# The two commands to know: `make run` starts the whole cloud, `make test` runs every test. `make help` lists the rest.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
MODULE := github.com/podium-cloud/podium
# The same for everything that is compiled here, the programs that tests build among it, so that nothing is compiled twice.
export GOFLAGS := $(sort $(shell go env GOFLAGS) -trimpath -ldflags=-w)
LDFLAGS = -s -w -X $(MODULE)/dataplane/internal/app.version=$(VERSION) -X $(MODULE)/controlplane/internal/app.version=$(VERSION)
GO_BUILD = go build -ldflags "$(LDFLAGS)"

GOLANGCI := .tools/golangci-lint-2.15.0
WEB_SOURCES := $(shell find web/src web/public web/*.json web/*.ts -type f -not -name '*.test.*' 2>/dev/null)
WEB_MODULES := web/node_modules/.package-lock.json

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start the whole cloud; PODIUM_LISTEN (127.0.0.1:8080) and PODIUM_DATA (./.podium) change where
	@exec bin/controlplane serve

.PHONY: demo
demo: build ## the whole story without a person: cloud, cluster, workflows on the Go SDK, deletion; JSON at the end
	@go run ./examples/demo

.PHONY: test
test: ## install what the tests need (as root on Debian), then run them all: Go, web, end to end
	@.ci/test $(BESIDE)

.PHONY: e2e
e2e: build ## end-to-end tests in Chromium against the binaries
	@.ci/setup browser network
	@cd web && npx playwright test

.PHONY: bench
bench: build ## measure the edge beside a null server; prints the tables of docs/benchmarks.md
	@go build -o bin/loadtest ./dataplane/loadtest
	@bin/loadtest bench --edge bin/edge

.PHONY: bench-peers
bench-peers: build ## measure Podium beside Conductor OSS and Temporal, as far as they can be had
	@go build -o bin/loadtest ./dataplane/loadtest
	@.ci/services --durable .ci/peers

.PHONY: lint
lint: $(GOLANGCI) $(WEB_MODULES) ## golangci-lint, and Biome for the web
	@$(GOLANGCI) run --allow-parallel-runners ./...
	@cd dataplane/loadtest/temporal && go vet .
	@cd web && npm run --silent lint && npm run --silent format:check

.PHONY: build
build: web ## build the consoles and bin/controlplane, bin/dataplane, bin/edge; only what has changed
	@mkdir -p bin
	@$(GO_BUILD) -o bin/controlplane ./controlplane
	@$(GO_BUILD) -o bin/edge ./dataplane/edge
	@$(GO_BUILD) -o bin/dataplane ./dataplane

.PHONY: generate
generate: $(WEB_MODULES) ## write the generated files again
	@go generate ./...
	@cd web && npm run --silent generate

.PHONY: verify
verify: generate ## fail when a generated file is stale or the tree is not clean
	@git diff --exit-code
	@test -z "$$(git status --porcelain)" || { git status --short; exit 1; }

.PHONY: web
web: web/embed/cloud/dist/index.html web/embed/cluster/dist/index.html

# One build writes both consoles.
web/embed/cloud/dist/index.html web/embed/cluster/dist/index.html &: $(WEB_SOURCES) $(WEB_MODULES)
	@cd web && npm run --silent build

# npm writes this file at the end of an installation.
$(WEB_MODULES): web/package-lock.json
	@cd web && npm ci
	@touch $@

# Built from source: a release of golangci-lint must be as new as the Go version of go.mod.
$(GOLANGCI):
	@echo "Building golangci-lint once; this takes some minutes"
	@GOBIN="$(CURDIR)/.tools" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv .tools/golangci-lint $@
