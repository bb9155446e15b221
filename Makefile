# The two commands of a newcomer: `make demo` and `make test`. They need Python 3.11 or newer and nothing else:
# uv is used where it is, else put into .tools/; everything else goes into .venv/. Works with GNU make 3.81.

SHELL := /bin/bash
.DEFAULT_GOAL := help

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

# The first Python that is new enough; `make PYTHON=/path/to/python` decides otherwise.
PYTHON := $(shell for p in .venv/bin/python python3.12 python3.11 python3.13 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v "$$p" && break; done)
# A uv on PATH may be a stand-in that cannot run, so ask it for its version.
UV := $(shell (uv --version >/dev/null 2>&1 && command -v uv) || echo .tools/uv/bin/uv)

BIN := .venv/bin
EXAMPLE := breast-cancer
BUDGET := 60s
WORKERS := 2

.PHONY: help demo test quick check format docs bench sync sync-core python clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | sort

demo: sync-core ## set everything up, run a small real task for a minute, say where the report is
	@out=runs/demo-$$(date +%Y%m%d-%H%M%S); \
	$(BIN)/modelwright run examples/$(EXAMPLE) --budget $(BUDGET) --out $$out && \
	$(BIN)/python examples/grade.py $$out/submission.csv examples/$(EXAMPLE)-answers.csv && \
	echo "open the report in a browser: $(CURDIR)/$$out/report.html"

test: sync ## the whole suite: tests side by side first, then one at a time those that measure time
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone"
	$(BIN)/pytest -m alone

quick: sync ## the suite without its slow tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow and not alone"

check: sync ## format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=benchmarks:src $(BIN)/mypy --explicit-package-bases benchmarks
	$(BIN)/lint-imports
	$(BIN)/pytest tests/test_docs.py

format: sync ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: sync ## bring the code shown in docs/ and the tree in README.md up to date
	$(BIN)/python docs/sync.py

bench: sync ## measure the overhead; with TASKS=FOLDER also every task below it (BUDGET=2m, GRADE=program)
	$(BIN)/python benchmarks/overhead.py
	$(if $(TASKS),$(BIN)/python benchmarks/tasks.py $(TASKS) --budget $(BUDGET) $(if $(GRADE),--grade $(GRADE)))

sync: python $(filter .tools/%,$(UV)) # all dependencies, those of development too
	@$(UV) sync --frozen --quiet --all-extras --python "$(PYTHON)"

sync-core: python $(filter .tools/%,$(UV)) # what a user needs; leaves alone what a developer installed
	@$(UV) sync --frozen --quiet --no-dev --inexact --python "$(PYTHON)"

python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer was found: install one, or name it with" \
		"'make PYTHON=/path/to/python3.11 ...'." >&2; exit 1; }

.tools/uv/bin/uv: | python
	@echo "setting up uv in .tools/ ..."
	@"$(PYTHON)" -m venv .tools/uv || { echo "error: $(PYTHON) cannot make virtual environments: install its venv" \
		"module (python3-venv on Debian and Ubuntu)." >&2; rm -rf .tools/uv; exit 1; }
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.7,<1'

clean: ## remove what the tools made, but no runs
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
