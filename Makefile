# One-liners around commands that also work without make. Python 3.11 or newer is all that must be there.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV ?= uv
BIN := .venv/bin
STAMP := .venv/installed
WORKERS ?= 4# on two cores: what waits for a browser or for a process to die leaves room for more

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench soak text lock wheel

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP) ## .venv with the locked install of everything, tests included

$(STAMP): requirements.lock setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv)"; exit 1; }
	@test -x $(BIN)/python || { echo "making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "installing what requirements.lock names"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP) ## the demo village on http://127.0.0.1:8000 (PORT=… for another port)
	@exec $(BIN)/villagepoints run

test: $(STAMP) ## all tests (one file: .venv/bin/pytest tests/test_x.py)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)

check: $(STAMP) ## ruff, mypy --strict, djlint, nothing that old phones do not know, no text without English
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.old_browsers
	@if ls villagepoints/templates/*/*.html >/dev/null 2>&1; then $(BIN)/djlint villagepoints/templates --lint --quiet; fi
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q tests/test_text.py

bench: $(STAMP) ## ours against the limit, alternating in one run; prints median ratios
	@$(BIN)/python -m benchmarks

soak: $(STAMP) ## the long run of the safety tests (about an hour)
	@PYTHONDONTWRITEBYTECODE= VILLAGEPOINTS_SOAK=1 $(BIN)/python -m pytest -q -n $(WORKERS) tests/safety tests/blueprints tests/services $(ARGS)

text: $(STAMP) ## collect the texts of code and templates, update and compile the translations
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _l --no-location --no-wrap --sort-output --project villagepoints -o villagepoints/translations/messages.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap -i villagepoints/translations/messages.pot -d villagepoints/translations
	$(BIN)/pybabel -q compile --statistics -d villagepoints/translations

lock: ## resolve requirements.lock anew (needs uv)
	$(UV) pip compile setup.cfg --extra pdf --extra test --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o requirements.lock

wheel: $(STAMP) ## a wheel in dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist .
