# Cauce: every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach v,3.13 3.12 3.11,$(shell python$(v) -c 'import sys; print("python$(v)")' 2>/dev/null)) python3)
VENV := .venv
BIN := $(VENV)/bin
UV_LOCK := requirements/uv.txt
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# A city behind its own certificate authority or mirror: trust what the system trusts.
export UV_SYSTEM_CERTS ?= true

.PHONY: help setup setup-dev demo test test-unit check bench soak ui docs lock clean

help:  ## Say what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run  ## Install what running needs, locked by hash, into .venv
setup-dev: $(VENV)/.dev  ## Install what testing needs as well

$(BIN)/uv: $(UV_LOCK)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Cauce needs Python 3.11 to 3.13; {sys.executable} is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 demo")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(UV_LOCK)
	@touch $@

define install
	@echo "Installing locked packages ($(1)) …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) || \
	  { echo "uv could not reach the registry; trying pip, which knows your pip configuration …"; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@
endef

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/uv
	$(call install,requirements/run.txt)

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/uv
	$(call install,requirements/dev.txt)
	@touch $(VENV)/.run

demo: setup  ## The main job on the embedded demo city: two deliveries, a quarantine and a refusal
	@$(BIN)/python cities/demo/play.py

TESTS ?= tests
test: setup-dev  ## All tests (browser tests are skipped with a reason where there is no Chromium)
	@$(BIN)/python -m pytest $(TESTS)

test-unit: setup-dev  ## The fast tests alone
	@$(BIN)/python -m pytest tests/unit tests/architecture

check: setup-dev  ## Style, types, floors, SQL, generated files, unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar transforms/models cities tests/content
	$(BIN)/cauce contract compile --check
	$(BIN)/cauce contract lint
	$(BIN)/python -m pytest -q tests/unit tests/architecture

bench: setup-dev  ## Benchmarks: ratios against a bare script and a peer, in the same run
	@$(BIN)/python -m bench

soak: setup-dev  ## Long trials: thousands of kills, long fuzzing
	@$(BIN)/python -m tests.soak

ui: setup  ## Dagster's web interface on this machine
	@$(BIN)/cauce ui

docs: setup  ## Write the generated reference pages under docs/reference
	@$(BIN)/python -m docs.flows
	@$(BIN)/python -m docs.build

lock:  ## Make the locks anew from pyproject.toml (needs uv on the PATH or in .venv)
	@for set in dev run; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header $$([ $$set = dev ] && echo "--group dev") pyproject.toml requirements/build.in \
	    $$([ $$set = run ] && echo "-c requirements/dev.txt") -o requirements/$$set.txt || exit 1; \
	done
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  requirements/uv.in -o $(UV_LOCK)

clean:  ## Remove the virtual environment and every city's state
	rm -rf $(VENV) var
