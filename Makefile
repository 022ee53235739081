# Every command that a person or CI runs here. Recipes stay thin: what they run is in scripts/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check figures soak sanitize fmt clippy deny walls tidy generated shell

# What to measure, soak or test: empty means everything.
FIGURES ?=
SOAK ?=
TEST ?=

step := scripts/step.sh

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: ## build the product and watch it work
	@scripts/needs.sh build tpm swtpm
	@$(step) build cargo build --release --locked -p triad-api -p triad-replay $$(scripts/features.sh)
	@scripts/demo.sh

test: ## run every test; TEST=name runs those with that name
	@scripts/needs.sh build tpm swtpm python
	@scripts/test.sh $(TEST)

check: fmt clippy deny walls tidy shell ## run every check that CI runs beside the tests

figures: ## measure everything, one line each, into target/figures.txt; FIGURES='name ...' measures and prints only those
	@scripts/needs.sh build
	@scripts/figures.sh $(FIGURES)

soak: ## run the long proofs: kill -9, bit flips, torn files; SOAK='name ...' runs only those
	@scripts/needs.sh build
	@$(step) build cargo build --release --locked --workspace
	@$(step) soak "$${CARGO_TARGET_DIR:-target}/release/soak" $(SOAK)

sanitize: ## run the tests of hashing under AddressSanitizer
	@scripts/needs.sh build
	@$(step) sanitize scripts/sanitize.sh

fmt: ## check: the code is formatted
	@scripts/needs.sh build lint
	@$(step) fmt cargo fmt --all --check

clippy: ## check: no lint speaks
	@scripts/needs.sh build lint tpm
	@$(step) clippy cargo clippy --workspace --all-targets --release --locked $$(scripts/features.sh) -- -D warnings

deny: ## check: licences, bans and sources of the dependencies
	@scripts/needs.sh build deny
	@$(step) deny scripts/deny.sh

walls: ## check: packages depend only on what ARCHITECTURE.md lets them
	@scripts/needs.sh build
	@$(step) walls scripts/walls.sh

tidy: ## check: the house rules of tests/tests/tidy.rs
	@scripts/needs.sh build
	@$(step) tidy scripts/tidy.sh

generated: ## write the documents that come from code; the tests compare them
	@scripts/needs.sh build tpm
	@$(step) generated scripts/generated.sh

shell: ## check: the scripts
	@$(step) shell scripts/shell.sh
