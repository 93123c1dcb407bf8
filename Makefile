# Every target sets up what it needs. `make` alone lists them.

BROWNIE := .venv/bin/python tools/with_chain.py
SOLIDITY := contracts interfaces
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup compile demo test test-quick test-ganache gas bench check check-solidity check-slither check-sizes check-python fmt lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything that is pinned, inside the project
	@tools/setup

demo: setup ## run every workflow on a chain of its own and report
	@$(BROWNIE) run demo

compile: setup ## compile the contracts
	@$(BROWNIE) compile

test: setup ## compile and run the whole test suite (TESTS=tests/unit for a part)
	@$(BROWNIE) test $(TESTS)

test-quick: setup ## the unit and integration tests alone
	@$(BROWNIE) test tests/unit tests/integration

test-ganache: setup ## run the unit and integration tests on Ganache
	@$(BROWNIE) --chain ganache test $(wildcard tests/unit tests/integration)

gas: setup ## measure the gas of every operation into reports/gas.json
	@$(BROWNIE) test tests/gas

bench: setup ## measure speeds into reports/bench.json
	@$(BROWNIE) run bench

check: check-solidity check-slither check-sizes check-python ## format, lint, static analysis, types, contract sizes

check-solidity: setup
	@.venv/bin/forge fmt --check $(SOLIDITY)
	@node_modules/.bin/solhint --max-warnings 0 --disc --noPoster 'contracts/**/*.sol' 'interfaces/**/*.sol'

# forge builds into a folder of its own: Brownie's build/ is not Slither's to read. What fails, and what is left
# out, stands in slither.config.json; findings are justified where they are, by a slither-disable comment.
check-slither:
	@tools/setup slither
	@.venv/bin/forge build --ast --build-info --force --quiet
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv-slither/bin/slither . --compile-force-framework foundry --ignore-compile \
		--foundry-out-directory build/forge/out

check-sizes: compile
	@.venv/bin/python tools/contract_sizes.py

check-python: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

fmt: setup ## format all sources
	@.venv/bin/forge fmt $(SOLIDITY)
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

lock: ## renew the lock files (LOCK=--upgrade for the newest versions allowed)
	@.venv/bin/python tools/lock.py $(LOCK)

clean: ## remove what the project made; the user's home is left alone
	@rm -rf build reports .venv .venv-slither node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find carechain scripts tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
