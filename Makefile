# aslrun: everything a contributor or a curious visitor runs. "make" alone lists it.
# Needs Python 3.11 or newer and make; the virtual environment is made when a target first wants it.

VENV   := .venv
PYTHON := $(VENV)/bin/python
CASES  ?= ../shared/aws-recorded/cases
ONLY   ?=
CORPUS ?= ../shared/asl-corpus
JOBS   ?= 2
ARGS   ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test long lint format types floors docs check bench crash conformance corpus clean

help: ## list the targets
	@echo "aslrun: an interpreter of the Amazon States Language. Targets:"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Variables: ARGS=\"-k retry -x\" (pytest)  JOBS=2 (test processes, 0 for one)  CASES=DIR ONLY=a,b (conformance)  CORPUS=DIR (corpus)"
	@echo "New here? make demo, then make test. Each first installs what it needs into $(VENV)."

demo: $(VENV)/.stamp ## see it run: the example of examples/fleet
	@$(PYTHON) examples/fleet/demo.py
	@$(PYTHON) examples/jira_callback/demo.py

test: $(VENV)/.stamp-dev ## all tests: tests/, the examples in docstrings, the snippets in the docs
	$(PYTHON) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

long: $(VENV)/.stamp-dev ## only the tests that take long
	$(PYTHON) -m pytest -m long --timeout 900 $(ARGS)

lint: $(VENV)/.stamp-dev ## ruff: rules and format
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: $(VENV)/.stamp-dev ## let ruff mend what it can
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: $(VENV)/.stamp-dev ## mypy --strict over src
	$(PYTHON) -m mypy

floors: $(VENV)/.stamp-dev ## import-linter: every import points down
	$(VENV)/bin/lint-imports --no-cache

docs: $(VENV)/.stamp-dev ## run every snippet of README.md and docs/ and compare its output
	$(PYTHON) -m pytest tests/docs $(ARGS)

check: ## what CI runs: test, lint, types, floors
	@.ci/run

bench: $(VENV)/.stamp-bench ## measure: tests/benchmarks, also beside other engines of JSONata and other validators
	$(PYTHON) -m tests.benchmarks $(ARGS)

crash: $(VENV)/.stamp-dev ## kill a process with 200 executions again and again (ARGS="--kills 1000")
	$(PYTHON) -m tests.crash $(ARGS)

conformance: $(VENV)/.stamp-dev ## compare with what AWS answered (CASES=DIR, ONLY=a,b)
	$(PYTHON) -m tests.conformance --cases "$(CASES)" --only "$(ONLY)" $(ARGS)

corpus: $(VENV)/.stamp-dev ## validate definitions with known verdicts (CORPUS=DIR)
	$(PYTHON) -m tests.conformance.corpus --corpus "$(CORPUS)" $(ARGS)

clean: ## remove the virtual environment, caches and builds
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One environment, three stamps: what the demo, the tests and the benchmarks need. A change of pyproject.toml renews them.

$(VENV)/.stamp: pyproject.toml | $(PYTHON)
	@echo "installing aslrun[cli] into $(VENV)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[cli]'
	@touch $@

$(VENV)/.stamp-dev: pyproject.toml | $(PYTHON)
	@echo "installing aslrun[dev] into $(VENV)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.stamp $@

$(VENV)/.stamp-bench: $(VENV)/.stamp-dev
	@echo "installing aslrun[bench] into $(VENV)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

$(PYTHON):
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$($$python --version)"; exec $$python -m venv $(VENV); \
	  fi; \
	done; echo "aslrun needs Python 3.11 or newer, and found none as python3" >&2; exit 1
