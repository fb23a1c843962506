# Commands for people. The work is in scripts/; each target is explained in CONTRIBUTING.md.
SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help

# Debian's python3 by its full path: another one on PATH lacks Debian's modules.
PYTHON := /usr/bin/python3
STACK := $(PYTHON) scripts/stack.py
INSTALL := scripts/install_packages.sh

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

# --- run

.PHONY: server
server: ## build the server (release) into build/release
	@$(INSTALL) build run
	@scripts/build.sh release vigie

.PHONY: run
run: server ## run Vigie with PostgreSQL, Prometheus, Alertmanager, a pager and demo data; Ctrl-C stops everything
	@exec $(STACK) run

.PHONY: up
up: server ## the same in the background; returns when all is ready
	@$(STACK) up

.PHONY: down
down: ## stop what `make up` started
	@$(STACK) down

.PHONY: status
status: ## what of the stack runs, and where
	@$(STACK) status

.PHONY: db-stop
db-stop: ## stop the stack's PostgreSQL, to see the page
	@$(STACK) stop postgres

.PHONY: api-stop
api-stop: ## stop the stack's Vigie, to see the page
	@$(STACK) stop vigie

.PHONY: start
start: ## start again what was stopped or has died
	@$(STACK) start

.PHONY: db-start
db-start: start ## the same, after db-stop

.PHONY: api-start
api-start: start ## the same, after api-stop

.PHONY: vigie
vigie: ## run a command of Vigie with the stack's environment: make vigie ARGS="jobs list"
	@"$${VIGIE_STACK_DIR:-.local}/bin/vigie" $(ARGS)

.PHONY: clean-local
clean-local: ## delete the stack's database and files, to start afresh
	@$(STACK) clean

# --- test

# Each private PostgreSQL is a thousand small files: made in memory, where there are 2 GB of it, in a tenth of the time.
IN_MEMORY := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)

.PHONY: test
test: ## build and run all tests
	@$(INSTALL) build run test
	@scripts/build.sh dev
	@$(IN_MEMORY) ctest --preset dev $(CTEST_ARGS)

.PHONY: drill
drill: ## cause each alert's fault and see its page, hold the panels against a live stack; ALERT=Name runs one drill
	@$(INSTALL) build run bench
	@scripts/build.sh release vigie
	@VIGIE_BINARY=$(CURDIR)/build/release/server/vigie scripts/drill.sh $(ALERT)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZ_SECONDS (30)
	@$(INSTALL) build ci
	@scripts/fuzz.sh

.PHONY: bench
bench: ## measure and print the figures of docs/benchmarks.md and docs/telemetry-cost.md
	@$(INSTALL) build run bench
	@cmake --preset release -DVIGIE_BENCH=ON >/dev/null
	@scripts/build.sh release
	@$(PYTHON) tests/bench/run.py
	@$(PYTHON) tests/bench/transfer.py
	@build/release/tests/bench/vigie_telemetry_bench
	@build/release/tests/bench/vigie_pipeline_bench
	@build/release/tests/bench/vigie_queue_bench
	@$(PYTHON) tests/bench/outage.py
	@$(PYTHON) tests/bench/fairness.py

# --- edit

.PHONY: format
format: ## format the C++ sources
	@$(INSTALL) lint
	@scripts/sources.sh | xargs -r clang-format -i

.PHONY: lint
lint: ## check format and run clang-tidy (slow)
	@$(INSTALL) build test lint
	@scripts/lint.sh

.PHONY: dashboards
dashboards: ## compile dashboards/*.jsonnet into grafana/dashboards
	@$(INSTALL) test
	@scripts/compile_dashboards.sh grafana/dashboards

.PHONY: sbom
sbom: server ## the bill of materials of the release (CycloneDX) in build/vigie.cdx.json, and what of it Debian has newer
	@programs="build/release/server/vigie build/release/server/vigie-preview"; \
	$(PYTHON) scripts/sbom.py $$programs >build/vigie.cdx.json && $(PYTHON) scripts/sbom.py --outdated $$programs

.PHONY: pictures
pictures: ## draw each dashboard over a stack with load into build/pictures (npm, 600 MB)
	@$(INSTALL) build run pictures
	@scripts/build.sh release vigie
	@VIGIE_BINARY=$(CURDIR)/build/release/server/vigie $(PYTHON) tests/pictures/run.py build/pictures
