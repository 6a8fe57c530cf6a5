# One word each. `make run` and `make test` set up everything they need.
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
READY := .venv/ready

.PHONY: help setup run test check build bench pictures lint parts clean

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

test: setup parts ## run the whole suite
	$(BIN)/python -m pytest

check: setup ## check every rule of the corpus
	$(BIN)/explainer check

build: setup ## build the index
	$(BIN)/explainer build

bench: setup parts ## measure, and write BENCHMARKS.md
	$(BIN)/python -m tests.bench

pictures: setup parts ## take the pictures of docs/
	$(BIN)/python -m tests.pictures

lint: setup ## ruff and mypy
	$(BIN)/ruff format --check index app tests
	$(BIN)/ruff check index app tests
	$(BIN)/mypy

# nginx and Redis would be started as services where systemd runs; there they are left to whoever keeps the machine.
parts: ## install Chromium, nginx and Redis where they are missing and we may; tests without them say so and skip
	@missing=; services=; PATH="$$PATH:/usr/sbin"; \
	command -v chromium >/dev/null || missing="chromium"; \
	test -d /usr/share/fonts/truetype/dejavu || missing="$$missing fonts-dejavu-core"; \
	command -v nginx >/dev/null || services="nginx"; \
	command -v redis-server >/dev/null || services="$$services redis-server"; \
	may=; test "$$(id -u)" = 0 && command -v apt-get >/dev/null && may=yes; \
	test -d /run/systemd/system || { missing="$$missing $$services"; services=; }; \
	if test -n "$$may" && test -n "$${missing# }"; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } && missing=; \
	fi; \
	for part in $$missing $$services; do \
	  echo "$$part is missing: install Debian's package of that name, or the tests that need it are skipped."; \
	done

clean: ## remove what was built
	rm -rf .venv .venv-peers index/built .pytest_cache .mypy_cache .ruff_cache .hypothesis
