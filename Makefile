# One word each. `make run` and `make test` set up everything they need.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
READY := .venv/ready

.PHONY: help setup run test check build bench pictures lint browser clean

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/'

setup: $(READY) ## make .venv with all that run and test need

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.11 …"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $(READY)

run: setup ## build the index if it is missing or stale, and serve on http://127.0.0.1:7860 (PORT=)
	PORT=$(PORT) $(BIN)/explainer serve

test: setup browser ## run the whole suite
	$(BIN)/python -m pytest

check: setup ## check every rule of the corpus
	$(BIN)/explainer check

build: setup ## build the index
	$(BIN)/explainer build

bench: setup browser ## measure, and write BENCHMARKS.md
	$(BIN)/python -m tests.bench

pictures: setup browser ## take the pictures of docs/
	$(BIN)/python -m tests.pictures

lint: setup ## ruff and mypy
	$(BIN)/ruff format --check index app tests
	$(BIN)/ruff check index app tests
	$(BIN)/mypy

browser: ## install Chromium where it is missing and we may; without it the browser tests say so and skip
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "Chromium is missing: install Debian's package 'chromium' to run the browser tests."

clean: ## remove what was built
	rm -rf .venv index/built .pytest_cache .mypy_cache .ruff_cache .hypothesis
