# Two commands matter: `make run` and `make test`. Both set up what they need in .venv.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= 2

.PHONY: run test lint format screenshots thorough clean

run: $(VENV)/.run
	$(PY) main.py

test: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

thorough: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n $(WORKERS) --thorough $(ARGS)

lint: $(VENV)/.test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright

format: $(VENV)/.test
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

screenshots: $(VENV)/.run
	QT_QPA_PLATFORM=offscreen $(PY) main.py screenshot --gallery docs

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.run: pyproject.toml constraints.txt
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --disable-pip-version-check -q -c constraints.txt -e .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PY) -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[test]'
	touch $@
