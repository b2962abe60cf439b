PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup reproduce test test-slow lint bench

setup: .venv/ready ## make the virtual environment with pinned versions

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

reproduce: setup ## the paper's experiment, from simulation to the table: runs/quick/report.html
	$(BIN)/spinlens reproduce --profile quick

test: setup ## the default tests, about 12 minutes on 2 cores
	find src -name '*.nb[ic]' -delete  # compiled code is not rebuilt by itself where an inlined function changed
	$(BIN)/pytest

test-slow: setup ## the long tests too
	$(BIN)/pytest -m 'slow or not slow'

lint: setup
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## spins per nanosecond beside a plain loop, mcising and peapods: writes docs/benchmarks.md
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/engine.py --out docs/benchmarks.md
	$(BIN)/python benchmarks/paper_data.py
