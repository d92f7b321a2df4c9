# `make` lists the targets. They need make and Python 3.11, 3.12 or 3.13; nothing is installed outside $(VENV).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV ?= .venv
# Tests wait for disks and for processes that they stop: one more than there are cores.
JOBS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# `make run PYTHON=/path/to/python` takes another.
PYTHON ?= $(shell scripts/find_python.sh)

BIN := $(VENV)/bin
# Without the interpreter (moved, or Python was removed) the stamps say nothing: install again.
NEEDED := $(if $(wildcard $(BIN)/python),,venv)
# Settings of .env, as `dagster dev` reads them; the environment is used as it is where there is no .env.
WITH_SETTINGS := $(if $(wildcard .env),$(BIN)/dotenv -f .env run --)
# The locks are complete; resolving again costs time, and older pips (23.2 for one) stumble over extras with hashes.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
UV ?= $(BIN)/uv
LOCKED = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
COMPILE = $(UV) pip compile pyproject.toml $(LOCKED)

.PHONY: help run test test-long test-next dev sql bench lint docs lock clean venv settings

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.installed settings ## Load, model, check, publish and report: the nightly job, once, in this terminal
	@$(WITH_SETTINGS) $(BIN)/python -m orchestration.run

# A file's tests share one warehouse and build on each other: they stay together, in order. Files in the order of their
# names: the long ones (faults) come early, so that no process is left alone with them.
PYTEST = $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
test: $(VENV)/.installed-test ## Run every test (TESTS=path for a part, JOBS=n processes)
	@$(PYTEST) -m "not slow" $(TESTS)

# Each has a short form in `make test`.
test-long: $(VENV)/.installed-test ## Run the long loops of faults and random input (hours; TESTS=path for a part)
	@$(PYTEST) -m slow $(TESTS)

# What meets DuckDB itself: loads, and the models against the truth of the simulator.
NEXT = $(VENV)/next
TESTS_OF_ENGINE = tests/unit/ingestion tests/integration/ingestion tests/integration/conversations tests/integration/fx \
	tests/integration/livestream tests/integration/pipeline
test-next: $(NEXT)/.installed ## Run the tests of loads and models on the next version of DuckDB
	@PYTHONPATH="$(abspath $(NEXT))" $(PYTEST) -m "not slow" $(or $(TESTS),$(TESTS_OF_ENGINE))

dev: $(VENV)/.installed settings ## Open Dagster's web interface on this machine, port 3000
	@home="$$($(WITH_SETTINGS) $(BIN)/python -m orchestration.instance)"; \
	export DAGSTER_HOME="$$home"; exec $(WITH_SETTINGS) $(BIN)/dagster dev --host 127.0.0.1

sql: $(VENV)/.installed settings ## Open an SQL prompt on the published database (or: echo 'select 1;' | make sql)
	@$(WITH_SETTINGS) $(BIN)/python scripts/sql.py

bench: $(VENV)/.installed-test ## Measure speed and memory (BENCH="--events N" for other sizes)
	@$(BIN)/python -m tests.bench $(BENCH)

lint: $(VENV)/.installed-test ## Check code, types, import directions, SQL layout and the environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfmt --check --quiet dbt_project
	$(BIN)/pip check

docs: $(VENV)/.installed ## Write docs/data-dictionary.md and .env.example from the code
	@$(BIN)/python scripts/documents.py

lock: $(VENV)/.installed-test ## Lock the newest versions that pyproject.toml allows (UV=path for another uv)
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --upgrade --no-annotate --extra test --constraint requirements.lock \
		--output-file requirements-test.lock
	@printf 'duckdb>=2\n' | $(UV) pip compile - $(LOCKED) --upgrade --no-annotate --output-file requirements-next.lock

# dotenv ends in a traceback that names no file, or leaves out a line that it cannot read.
settings: $(VENV)/.installed
	@test ! -e .env || $(BIN)/python scripts/settings_file.py

clean: ## Remove the environment and all caches; data in WAREHOUSE_DIR stays
	rm -rf $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one, or name it:" \
		"make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@found="$$($(PYTHON) -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null || echo "no Python that runs")"; \
	case "$$found" in 3.11|3.12|3.13) ;; \
		*) echo "PYTHON=$(PYTHON) is $$found; Python 3.11, 3.12 or 3.13 is needed." >&2; exit 1;; esac
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make environments: install its venv module (Debian, Ubuntu: the package python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making the environment $(VENV) (about two minutes, once) ..."; \
		$(PYTHON) -m venv --clear $(VENV); }

$(NEXT)/.installed: requirements-next.lock $(VENV)/.installed-test
	@$(INSTALL) --upgrade --target $(NEXT) -r requirements-next.lock
	@touch $@

$(VENV)/.installed: requirements.lock $(NEEDED)
	@$(MAKE) venv
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.installed-test: requirements-test.lock $(NEEDED)
	@$(MAKE) venv
	@$(INSTALL) -r requirements-test.lock
	@touch $@ $(VENV)/.installed
