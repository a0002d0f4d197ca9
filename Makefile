# Everything a developer needs, and nothing installed outside this folder. `make run` and `make test` work in a fresh clone.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PORT ?= 8000
JOBS ?= 2
HISTORY ?= 1000000
FUZZ_SECONDS ?= 60
CRASHES ?= 12000
BENCH ?=
OPERATIONS ?= 100000
SEED ?= 1
REPLAY ?=
KILLS ?= 200
SECONDS ?= 1800

VENV := .venv
BIN := $(VENV)/bin
AWSCLI := .venv-awscli
JAVASCRIPT := tests/clients/javascript
PEERS := .peers
PYTHON ?= python3
INSTALL := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --editable
PIP_FLAGS := --quiet --disable-pip-version-check

RUST_SOURCES := Cargo.toml Cargo.lock $(shell find rust -name target -prune -o -type f \( -name '*.rs' -o -name Cargo.toml -o -name '*.txt' \) -print)
LINTED := python tests bench

need = command -v $(1) >/dev/null || { echo "make: $(1) is missing: $(2)" >&2; exit 1; }

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ---------------------------------------------------------------------------------------------------------------- set-up

.PHONY: tools-python tools-rust tools-node
tools-python:
	@$(call need,$(PYTHON),install Python 3.10 or later)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "make: $(PYTHON) is too old: install Python 3.10 or later, or name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module: install it (on Debian: python3-venv)" >&2; exit 1; }

tools-rust:
	@$(call need,cargo,install Rust 1.95 or later)
	@$(call need,cc,install a C compiler; the allocator is compiled with it)

tools-node:
	@$(call need,node,install Node.js 20 or later; it runs the JavaScript client test)
	@$(call need,npm,install npm; it fetches the JavaScript client)

$(VENV)/.made: | tools-python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(PIP_FLAGS) "$$(grep -oE 'maturin==[0-9.]+' pyproject.toml | head -1)"
	@touch $@

# The release build, installed into the environment so that Python sources are used in place.
$(VENV)/.built: $(RUST_SOURCES) pyproject.toml | $(VENV)/.made tools-rust
	$(INSTALL) .
	@touch $@

$(VENV)/.developed: $(VENV)/.built
	$(INSTALL) '.[dev]'
	@touch $@

# The AWS CLI needs a botocore of its own.
$(AWSCLI)/.made: tests/clients/awscli/requirements.txt | tools-python
	$(PYTHON) -m venv $(AWSCLI)
	$(AWSCLI)/bin/pip install $(PIP_FLAGS) --requirement $<
	@touch $@

$(JAVASCRIPT)/node_modules/.made: $(JAVASCRIPT)/package.json $(JAVASCRIPT)/package-lock.json | tools-node
	cd $(JAVASCRIPT) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# ------------------------------------------------------------------------------------------------------------------- use

.PHONY: run
run: $(VENV)/.built ## build, install and serve on 127.0.0.1:8000 (PORT=...)
	@exec $(BIN)/statordb serve --port $(PORT)

.PHONY: demo
demo: $(VENV)/.developed ## load 28,000 airports and ask questions about them
	@$(BIN)/statordb demo

# ----------------------------------------------------------------------------------------------------------------- check

.PHONY: test
test: tools-python tools-rust tools-node test-rust test-python ## run every test

.PHONY: test-rust
test-rust: | tools-rust ## run the tests of the Rust crates
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --locked --no-tests=pass && cargo test --workspace --locked --doc; \
	else cargo test --workspace --locked; fi

.PHONY: test-python
test-python: $(VENV)/.developed $(AWSCLI)/.made $(JAVASCRIPT)/node_modules/.made ## run the tests that use the public doors
	$(BIN)/pytest -n $(JOBS) --dist loadfile tests

.PHONY: lint
lint: $(VENV)/.developed ## check formats, lints, types and house rules
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/mypy --strict python/statordb
	MYPYPATH=python $(BIN)/python -m mypy.stubtest statordb._core
	$(BIN)/pytest -q tests/tidy/test_shape.py

.PHONY: format
format: $(VENV)/.developed ## format Rust and Python
	cargo fmt --all
	$(BIN)/ruff check --fix $(LINTED)
	$(BIN)/ruff format $(LINTED)

.PHONY: docs
docs: $(VENV)/.developed ## write the generated parts of docs/compatibility.md
	PYTHONPATH=tests $(BIN)/python -m tidy.compatibility

.PHONY: bench
bench: $(VENV)/.developed | tools-rust ## measure and print a table, with DynamoDB Local beside it after `make peers` (BENCH=--readme)
	cargo build --release --locked --examples
	$(BIN)/python -m bench $(BENCH)

.PHONY: bench-store
bench-store: | tools-rust ## measure the store on disk beside others (BENCH='--clients 1,16 --seconds 60', BENCH='--large 8')
	cd bench/store && cargo run --release --locked -- $(BENCH)

.PHONY: peers
peers: $(PEERS)/.made ## fetch what the measurements compare with

$(PEERS)/.made: bench/peers/package.json bench/peers/package-lock.json | tools-node
	@$(call need,java,install a Java runtime 17 or later; DynamoDB Local needs it)
	mkdir -p $(PEERS)
	cp bench/peers/package.json bench/peers/package-lock.json $(PEERS)/
	cd $(PEERS) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: differential
differential: $(VENV)/.developed ## compare OPERATIONS random operations of SEED with DynamoDB Local, after `make peers` (REPLAY=file, OFTEN="operation ...")
	@PYTHONPATH=.:tests $(BIN)/python -m differential --operations $(OPERATIONS) --seed $(SEED) $(if $(REPLAY),--replay $(REPLAY)) $(if $(OFTEN),--often $(OFTEN))

.PHONY: histories
histories: | tools-rust ## run long random histories from many threads, HISTORY operations each
	STATORDB_HISTORY_OPERATIONS=$(HISTORY) cargo test --release --locked -p statordb-wire --test histories -- --nocapture --test-threads=1

.PHONY: crash
crash: | tools-rust ## stop and fail a store on disk at CRASHES points, and damage it as often
	CRASH_POINTS=$(CRASHES) cargo test --locked -p statordb-store --test crash -- --nocapture

.PHONY: kills
kills: $(VENV)/.developed ## kill the server under writers KILLS times, and it and workers under functions (SEED=)
	PYTHONPATH=tests $(BIN)/python -m kills --kills $(KILLS) --seed $(SEED)
	PYTHONPATH=tests $(BIN)/python -m kills.functions --kills $$(( ($(KILLS) + 1) / 2 )) --seed $(SEED)

.PHONY: soak
soak: $(VENV)/.developed ## use a server in every way at once for SECONDS, with kills, and look for what is lost or grows (SEED=)
	PYTHONPATH=tests $(BIN)/python -m soak --seconds $(SECONDS) --seed $(SEED)

.PHONY: fuzz-statements
fuzz-statements: $(VENV)/.developed ## send hostile statements of PartiQL for FUZZ_SECONDS, in process and over HTTP
	@PYTHONPATH=tests $(BIN)/python -m partiql.fuzz --seconds $(FUZZ_SECONDS)
	@PYTHONPATH=tests $(BIN)/python -m partiql.fuzz --seconds $(FUZZ_SECONDS) --http

.PHONY: fuzz
fuzz: | tools-rust ## run every fuzz target for FUZZ_SECONDS (needs cargo-fuzz and a nightly toolchain)
	@cargo fuzz --version >/dev/null 2>&1 || { echo "make: cargo-fuzz is missing: cargo install cargo-fuzz" >&2; exit 1; }
	@for target in $$(cargo +nightly fuzz list); do cargo +nightly fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS); done

.PHONY: clean
clean: ## remove everything that was built or fetched
	rm -rf $(VENV) $(AWSCLI) $(PEERS) $(JAVASCRIPT)/node_modules target bench/results .differential .pytest_cache .mypy_cache .ruff_cache
	find python tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f python/statordb/_core*.so
