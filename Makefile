# Two commands on a fresh machine: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

CHROMIUM := $(shell command -v chromium chromium-browser google-chrome 2>/dev/null | head -1)

.PHONY: help demo test test-browser chromium check format bench chaos image clean
help:
	@echo 'make demo          score the sandbox CRM and keep serving (ONCE=1 ends when done; LEADS=, SEED=, PORT=)'
	@echo 'make test          the whole test suite'
	@echo 'make test-browser  the screens in a real browser only (SHOTS=docs/img takes the pictures of the README)'
	@echo 'make check         ruff and mypy'
	@echo 'make bench         the figures of the README'
	@echo 'make chaos         kill processes at random and count what is missing (KILLS=, DATABASE=sqlite or postgresql, SEED=)'
	@echo 'make image         build the container image'

demo: $(VENV)/.run
	@$(BIN)/leadtier demo $(if $(ONCE),--once) $(if $(LEADS),--leads $(LEADS)) $(if $(SEED),--seed $(SEED)) $(if $(PORT),--port $(PORT))

# The browser's files go whole to one process each: a file has one agency, which takes long to start.
test: $(VENV)/.dev chromium
	$(BIN)/python -m pytest --ignore tests/browser
	$(BIN)/python -m pytest tests/browser --dist loadfile

test-browser: $(VENV)/.dev chromium
	SHOTS=$(SHOTS) $(BIN)/python -m pytest tests/browser --dist loadfile

# The browser tests need Chromium: as root on Debian it is installed, otherwise they say what is missing and are skipped.
chromium:
ifeq ($(CHROMIUM)$(LEADTIER_CHROMIUM),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo 'Installing chromium ...'; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; fi
endif

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.scoring
	$(BIN)/python -m benchmarks.lead
	$(BIN)/python -m benchmarks.sync
	$(BIN)/python -m benchmarks.salesforce
	$(BIN)/python -m benchmarks.increments
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.ingress
	$(BIN)/python -m benchmarks.nightly --million
	$(BIN)/python -m benchmarks.preview --million
	$(BIN)/python -m benchmarks.screens
	$(BIN)/python -m benchmarks.screens lists --million
	$(BIN)/python -m benchmarks.workers
	$(BIN)/python -m benchmarks.budget

chaos: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.chaos --kills $(or $(KILLS),100) --database $(or $(DATABASE),both) $(if $(SEED),--seed $(SEED))

image:
	docker build --tag leadtier .

clean:
	rm -rf $(VENV) build dist *.egg-info .leadtier .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Debian keeps venv in a package of its own; as root it is installed, otherwise the command says what is missing.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed.' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'Installing python3-venv ...'; apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
	  else echo 'Python has no venv module: install it (Debian: sudo apt install python3-venv) and try again.' >&2; exit 1; fi; \
	  $(PYTHON) -m venv $(VENV); }

$(VENV)/.run: $(BIN)/python pyproject.toml .ci/constraints.txt
	@echo 'Installing Leadtier into $(VENV) ...'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml .ci/constraints.txt
	@echo 'Installing Leadtier and its test tools into $(VENV) ...'
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.run
