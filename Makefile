# Sideline. `make help` says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

HOST ?= 127.0.0.1
PORT ?= 8000
DEMO ?= 1
ROWS ?=
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
# The locks name every package there is to install: left to look for itself, pip takes the newest `package[extra]`.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps
SIDELINE := SIDELINE_ENV=demo $(BIN)/sideline
# libatomic1 is for the node inside playwright.
PACKAGES := chromium fonts-noto-core libatomic1 libfribidi0 libical3 thunderbird wrk

.PHONY: run install test check bench sweep lock screenshots clean help lint types imports

# A stamp holds while the lock that it was made from does: a second run has nothing to do.
$(VENV)/.run: requirements.lock pyproject.toml scripts/make-venv
	@echo "Setting up $(VENV) (once)"
	@scripts/make-venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-index --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock tests/tzdata-2025b.lock scripts/debian-packages
	@echo "Setting up what the tests need (once)"
	@scripts/debian-packages $(PACKAGES)
	@$(PIP) --require-hashes --requirement requirements-test.lock
	@rm -rf $(VENV)/tzdata-2025b && $(PIP) --require-hashes --target $(VENV)/tzdata-2025b --requirement tests/tzdata-2025b.lock
	@touch $@

## run          Sideline with its demo, on http://127.0.0.1:8000 (HOST=, PORT=; DEMO=0 starts empty)
run: export SIDELINE_BASE_URL ?= http://$(HOST):$(PORT)
run: $(VENV)/.run
	@$(SIDELINE) migrate
ifeq ($(DEMO),0)
	@echo 'url: $(SIDELINE_BASE_URL)'
	@echo 'An organisation and its owner, whose password is read from standard input:'
	@echo '  $(SIDELINE) organisation create SLUG --name NAME'
	@echo '  $(SIDELINE) user create --email E-MAIL --organisation SLUG --role owner'
else
	@$(SIDELINE) demo
endif
	@exec env $(SIDELINE) serve --host $(HOST) --port $(PORT)

## install      what `make run` sets up, without a start: for a server
install: $(VENV)/.run

## test         lint, types, import contracts and every test, on SQLite and PostgreSQL, in a browser (WORKERS= at once)
test: lint types imports
	@$(BIN)/pytest -n $(WORKERS)

## check        the quick half: no PostgreSQL, no browser, no storms
check: lint types imports
	@$(BIN)/pytest -n $(WORKERS) -m "not slow" -k "not postgres"

lint: $(VENV)/.test
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/codespell
	@$(BIN)/deptry . 2>&1 | sed '/^Success/d'

types: $(VENV)/.test
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/.test
	@$(BIN)/lint-imports --no-logo

## bench        the benchmarks, on screen and in bench/results.json (ROWS=registration,feed: some)
bench: $(VENV)/.test
	@$(BIN)/python -m bench $(if $(ROWS),--rows $(ROWS))

## sweep        every zone at every hour of nine years, read by two calendar programs; the result goes into the docs
sweep: $(VENV)/.test
	@nice $(BIN)/python -m scripts.sweep

## screenshots  the pictures of the README
screenshots: $(VENV)/.test
	@$(BIN)/python -m scripts.screenshots

# Names no index, so that each machine uses its own.
## lock         choose the newest versions that pyproject.toml allows (needs uv)
LOCK := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" --group build
lock:
	@$(LOCK) --output-file requirements.lock pyproject.toml
	@$(LOCK) --constraint requirements.lock --group test --group lint \
		--output-file requirements-test.lock pyproject.toml

## clean        remove the virtual environment and every cache, never var/
clean:
	@rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@sed -n 's/^## /  make /p' Makefile
