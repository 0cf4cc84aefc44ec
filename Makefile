# Each target sets up all that it needs in .venv; a machine needs Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Side by side: many tests wait for processes, so that more than one a core pays. Benchmarks have a target.
PYTEST := pytest -n 4 --dist load -p no:benchmark
PARTS := tests/unit tests/contract tests/replay

.DEFAULT_GOAL := help
.PHONY: help install run demo papers screenshots test bench soak check format lint types layers coverage lock hooks clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(READY) ## Make .venv with the package and its tools

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11'; exit 1; }
	@echo 'making .venv with the package and its tools: this takes about half a minute'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: $(READY) ## Keep today's racing day fresh in ./data, from the live source, until Ctrl-C
	$(BIN)/raceday-daemon run

demo: $(READY) ## Watch a simulated racing day, sixty times as fast, offline
	$(BIN)/raceday-daemon demo --data-dir data/demo

papers: $(READY) ## Write what follows from the code into the papers: tables of commands and settings, the man page
	$(BIN)/python -m tests.papers

screenshots: $(READY) ## Take the pictures of the page in docs/ again, of a demo, with Debian's chromium
	$(BIN)/python -m tests.browser.screenshots docs

test: $(READY) ## Run the tests of the parts; make check runs whole days, processes and the browser too
	$(BIN)/python -m $(PYTEST) $(PARTS) tests/property

bench: $(READY) ## Measure, with the floor beside each figure
	$(BIN)/python -m pytest -q -o python_files='bench_*.py' -o timeout=600 tests/benchmarks

soak: $(READY) ## Run the kills, the stops, the fuzzing, the audited days and the image's steps at length
	RACEDAY_KILLS=120 RACEDAY_FUZZ_EXAMPLES=10 RACEDAY_DAEMON_KILLS=20 RACEDAY_STOPPED_SECONDS=90 \
		RACEDAY_CLOCK_STEP_SECONDS=120 RACEDAY_AUDITED_DAYS=100 RACEDAY_KILLED_DAYS=20 RACEDAY_WEEK=1 \
		RACEDAY_IMAGE=1 RACEDAY_SATURDAY=1 RACEDAY_UNREAD_SECONDS=60 \
		$(BIN)/python -m pytest -q -o timeout=1800 tests/property \
		tests/end_to_end/test_kill_dash_nine.py tests/end_to_end/test_lease_fight.py \
		tests/end_to_end/test_daemon_and_faults.py tests/end_to_end/test_audited_days.py \
		tests/end_to_end/test_killed_days.py tests/end_to_end/test_a_simulated_week.py \
		tests/end_to_end/test_a_big_saturday.py tests/end_to_end/test_an_unread_log.py tests/end_to_end/test_image.py

check: lint types layers coverage ## All that CI runs: format, lint, types, layers, tests with coverage

format: $(READY) ## Put the code in its format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

# The rooms whose every branch counts, by the tests of the parts: tracing thousands of examples, whole days and processes
# would double their time. Those run last, so that their summary ends the output.
coverage: $(READY)
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m $(PYTEST) $(PARTS) > .tests.log 2>&1 || { cat .tests.log; exit 1; }
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	@for room in model cadence market alerting nztab store; do \
		$(BIN)/coverage report --fail-under=95 --precision=1 --include="raceday_daemon/$$room/*" > .room.log \
			|| { cat .room.log; exit 1; }; \
		grep TOTAL .room.log | sed "s/TOTAL/$$room/"; \
	done; rm .room.log
	@cat .tests.log
	$(BIN)/python -m $(PYTEST) tests/property tests/end_to_end tests/browser

lock: $(READY) ## Renew the locked requirements
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header pyproject.toml --all-extras --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header pyproject.toml --all-extras --group dev --output-file requirements-dev.txt
	echo hatchling | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --constraint requirements-dev.txt - --output-file requirements-build.txt

hooks: $(READY) ## Check format, lint and types before each commit
	$(BIN)/pre-commit install

clean: ## Remove .venv and what the tools left
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* .tests.log
