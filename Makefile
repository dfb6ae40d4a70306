# `make run` and `make test` need python3.11+, pip and make; they set up the rest themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
export PORT

.PHONY: run test bench crash check fix clean-demo lock help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: $(VENV)/run ## the whole product with demo data on 127.0.0.1:$(PORT)
	@$(BIN)/biaobao run

test: $(VENV)/dev ## every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

bench: $(VENV)/dev ## what the product costs, in ratios: printed, and written to docs/benchmarks.md
	$(BIN)/python -m bench $(ARGS)

crash: $(VENV)/dev ## kill inbound, worker and PostgreSQL, 300 times, and count: written to docs/crash-record.md
	$(BIN)/python -m crash $(ARGS)

TEMPLATES = $(shell find src -path '*/templates/*.html')
check: $(VENV)/dev ## format, lint, types, import contracts, migrations, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(BIN)/djade --check $(TEMPLATES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/biaobao manage makemigrations --check --dry-run
	$(BIN)/biaobao draw-states --check

fix: $(VENV)/dev ## repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-@$(BIN)/djade $(TEMPLATES) 2>/dev/null # it exits 1 when it mended something
	$(BIN)/biaobao draw-states

clean-demo: ## forget the demo data
	@if [ -x $(BIN)/biaobao ]; then $(BIN)/biaobao forget-demo; else rm -rf .data; fi

LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --no-emit-index-url
lock: $(VENV)/uv ## write the hashed lock files from pyproject.toml
	echo uv | $(LOCK) - -o requirements/uv.txt
	$(LOCK) pyproject.toml --extra build -o requirements/run.txt
	$(LOCK) pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt

$(VENV)/uv: requirements/uv.txt
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet --require-hashes -r $<
	@touch $@

INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode
$(VENV)/run: requirements/run.txt pyproject.toml | $(VENV)/uv
	$(INSTALL) --require-hashes -r $<
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt | $(VENV)/run
	$(INSTALL) --require-hashes -r $<
	@touch $@
