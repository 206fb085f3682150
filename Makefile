# Storywatch: every target sets up what it needs first. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-real check format quality train bench fuzz faults lock image clean

# The tests start hundreds of processes: what each imports is compiled once, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

REAL_TESTS := tests/integration tests/connectors/elastic

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## a virtual environment in .venv with locked versions

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) deploy/check_python.py
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@echo "Installing locked versions into $(VENV) (about a minute, 340 MB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP) ## the whole pipeline on sample articles, live, then stopped again (STACK=real)
	@$(BIN)/storywatch demo $(if $(filter real,$(STACK)),--real)

test: $(STAMP) ## all tests, with a real Kafka and Elasticsearch (embedded)
	@$(BIN)/python -m pytest -n 3

test-real: $(STAMP) ## the tests that servers matter to, and some faults, on Apache Kafka and Elasticsearch themselves
	@$(BIN)/python -m deploy.real
	@$(BIN)/python -m pytest -n 2 --dist worksteal --stack=real $(REAL_TESTS)
	@STACK=real $(BIN)/python -m pytest tests/real
	@N=12 QUICK=1 $(BIN)/python -m tests.faults

check: $(STAMP) ## formatter, linter, strict types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(STAMP) ## format the code and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

quality: $(STAMP) ## how good it is on labelled data, against pinned floors (ONLY=cleaning, EVAL=DIR)
	@$(BIN)/python -m tests.quality

bench: $(STAMP) ## latency and throughput; also written to build/bench.json
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.cleaning
	@$(BIN)/python -m tests.bench.worst
	@$(BIN)/python -m tests.bench.tracks
	@$(BIN)/python -m tests.bench.tagger
	@$(BIN)/python -m tests.bench.pool_start

train: $(STAMP) ## the weights of the tagger and of stories from labelled data (ONLY=entities or stories, LANG=de, EVAL=DIR)
	@[ -z "$(filter-out entities stories,$(ONLY))" ] || { echo "make: ONLY=$(ONLY): entities and stories are learnt" >&2; exit 2; }
	@[ "$(or $(ONLY),entities)" != entities ] || $(BIN)/python -m streams.entities.crf.train $(if $(filter command line,$(origin LANG)),$(LANG)) $(if $(EVAL),--data $(EVAL))
	@[ "$(or $(ONLY),stories)" != stories ] || $(BIN)/python -m streams.stories.similarity.train $(if $(EVAL),--data $(EVAL))

fuzz: $(STAMP) ## the tests with generated inputs, with over 100,000 other ones each time (FUZZ=50 times those of make test)
	@FUZZ=$(or $(FUZZ),50) $(BIN)/python -m pytest -n 2 --dist worksteal -o faulthandler_timeout=0 -m hypothesis

faults: $(STAMP) ## kills, outages, rebalances and bad input on the real stack, audited (N=200, SEED=1, QUICK=1, OUTAGE=60)
	@[ -n "$(ONLY)" ] || $(BIN)/python -m pytest -q --stack=real tests/pipeline/test_alert_faults.py
	@N=$(N) SEED=$(SEED) QUICK=$(QUICK) OUTAGE=$(OUTAGE) ONLY=$(ONLY) $(BIN)/python -m tests.faults

lock: ## lock versions anew after a change of pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra embedded --extra apprise --extra links --group dev pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build --constraint requirements.lock pyproject.toml -o deploy/requirements.lock

image: $(STAMP) ## the steps of deploy/Dockerfile in a clean folder, without Docker
	@$(BIN)/python -m tests.deploy.image

clean: ## remove the virtual environment and everything built
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
