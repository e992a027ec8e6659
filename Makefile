# SPDX-License-Identifier: Apache-2.0
# The two commands are `make run` and `make test`; everything works on a bare Debian 12 with apt.
# A shell line each, so that what they do can be read here and typed by hand.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test test-interop bench sanitize fuzz format format-check clean

programs := localkube apiserver mcpserver controller

# Ninja's progress line.
export NINJA_STATUS ?= [%f/%t, %es] # the space before this comment is part of it

sources = $(shell find include shims examples tests -name '*.[ch]pp')
# The end-to-end tests wait more than they compute.
jobs = $(shell expr 3 \* $$(nproc))

help: ## print this
	@echo 'iafmetrics: Prometheus instrumentation for C++ services'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: ## build and start everything, watched by a Prometheus, until Ctrl-C (ARGS='--help' lists options)
	@scripts/install-dependencies run
	@scripts/configure dev
	@cmake --build --preset dev --target $(programs)
	@/usr/bin/python3 scripts/run --build build/dev $(ARGS)

test: ## build and run all tests: unit, integration, e2e (ARGS='-R name' picks some)
	@scripts/install-dependencies run test
	@scripts/configure dev
	@cmake --build --preset dev
	@ctest --preset dev --parallel $(jobs) $(ARGS)
	@sed -n 's/.*counted: //p' build/dev/Testing/Temporary/LastTest.log # ctest shows what failing tests print, and nothing of others
	$(if $(ARGS),,@/usr/bin/python3 tests/headers/cost.py include)

test-interop: ## test against peers that Debian does not have; one that cannot be fetched fails it (WAIVE=name,... leaves out)
	@scripts/install-dependencies run test
	@scripts/interop

bench: ## measure against prometheus-cpp in the same binary; rows in build/bench/results.json (ARGS=growth, ARGS=--help)
	@scripts/install-dependencies run bench
	@scripts/configure bench
	@cmake --build --preset bench
	@/usr/bin/python3 scripts/bench --build build/bench $(ARGS)

sanitize: ## the tests under AddressSanitizer and UBSan by clang, the library and its servers under ThreadSanitizer
	@scripts/install-dependencies run test clang
	@scripts/configure asan
	@cmake --build --preset asan
	@ctest --preset asan --parallel $(jobs) $(ARGS)
	@scripts/configure tsan
	@cmake --build --preset tsan
	@ctest --preset tsan --parallel $(jobs) $(ARGS)

fuzz: ## fuzz what reads untrusted input, a minute each target (ARGS='--seconds 10 names_fuzz', ARGS=--help)
	@scripts/install-dependencies fuzz
	@scripts/fuzz $(ARGS)

format: ## format all C++ in place
	@scripts/install-dependencies format
	@clang-format-19 -i $(sources)

format-check: ## say which C++ files are not formatted
	@scripts/install-dependencies format
	@clang-format-19 --dry-run --Werror $(sources)

clean: ## remove what was built
	@rm -rf build
