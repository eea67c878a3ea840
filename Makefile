# Two commands do all set-up: `make demo` and `make test`.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --quiet
GREENRULE := $(VENV)/bin/greenrule

.PHONY: help demo test test-long lint bench docs fonts java postgres chromium front audit clean lock

help:
	@echo "make demo   set up, build the demonstration workspace, screen the example projects, write reports"
	@echo "make test   set up and run the tests, all but those marked long"
	@echo "make test-long   the long ones"
	@echo "make lint   ruff, mypy, import-linter, vue-tsc, eslint, pack lint"
	@echo "make audit  known vulnerabilities of the locked dependencies, where the index can be asked"
	@echo "make bench  benchmarks beside their peers"
	@echo "make docs   regenerate the generated reference pages"

$(VENV)/.base: requirements/base.txt pyproject.toml
	@test -x $(PY) || python3 -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/base.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

# PDF needs a Chinese font; everything else does without. Installed only where none is found and apt is at hand.
fonts: $(VENV)/.base
	@$(PY) -m tools.chinese_font

# Spark needs Java; everything else does without. Installed only where none is found and apt is at hand.
java: $(VENV)/.base
	@$(PY) -m tools.java

# The tests start a PostgreSQL of their own. Installed only where none is found and apt is at hand.
postgres: $(VENV)/.base
	@$(PY) -m tools.postgres

# Browser tests drive Chromium. Installed only where none is found and apt is at hand.
chromium: $(VENV)/.base
	@$(PY) -m tools.chromium

# The web app is built where Node 20 is present and its sources changed; without it the server has plain pages.
front: $(VENV)/.base
	@$(PY) tools/front_end.py

demo: $(VENV)/.base fonts
	@$(PY) tools/front_end.py --if-possible
	@$(PY) tools/run_demo.py

test: $(VENV)/.dev fonts java postgres chromium front
	$(PY) -m pytest -n auto --dist worksteal -m "not long"
	$(GREENRULE) pack test

# The tests marked `long`: more random projects, a workbook of half a million rows, more mutated files.
test-long: $(VENV)/.dev fonts java postgres chromium front
	$(PY) -m pytest -n auto --dist worksteal -m long

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) tools/front_end.py --check
	$(GREENRULE) pack lint
	$(PY) tools/coverage_draft.py --check
	$(PY) tools/messages.py --check

# Known vulnerabilities of what is locked, where the index can be asked; says so where it cannot.
audit: $(VENV)/.dev
	$(PY) tools/audit_dependencies.py

bench: $(VENV)/.dev java
	$(PIP) --require-hashes -r requirements/bench.txt
	$(PY) -m benchmarks.run

docs: $(VENV)/.dev
	$(PY) tools/reference.py

# The lock files name no index; pip reads it from the machine's own configuration.
lock: $(VENV)/.dev
	cd requirements && for f in base dev bench; do ../$(VENV)/bin/pip-compile -q --generate-hashes --allow-unsafe \
	  --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file $$f.txt $$f.in; done
	$(PY) tools/front_end.py --lock

clean:
	rm -rf $(VENV) demo build dist frontend/node_modules src/greenrule/web/static/app
