# `make` lists the targets. Everything is put into this folder: .venv, .parts, var.

PYTHON ?= python3
PACKAGES := cli socorro collector crashmover monitor processor cron middleware webapp
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# pip names each package on one line while it downloads them, and says when it installs them.
define pip_says
{ PYTHONUNBUFFERED=1 $(BIN)/pip --disable-pip-version-check install --progress-bar off $(1) || \
	echo "Failed pip"; } | { while read -r word name rest; do case "$$word" in \
	Collecting) printf ' %s' "$${name%%[=<>~]*}";; \
	Installing) printf '\nmake: installing them\n';; \
	Failed) exit 1;; esac; done; }
endef

# A stamp is named after the content of what was installed: touching a file installs nothing,
# changing one does. A moved checkout or another Python means a new .venv.
stamp = .venv/$(1)-$(shell { $(2); } | sha256sum | cut -c1-12)
VENV := $(call stamp,venv,pwd; $(PYTHON) -VV)
RUN := $(call stamp,run,cat requirements/run.txt setup.py pyproject.toml)
TEST := $(call stamp,test,cat requirements/test.txt)

help:  ## list the targets
	@awk -F ':.*## +' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: parts  ## start everything on this machine; STORE=hbase, SEARCH=elasticsearch, CACHE=memcached, QUEUE=rabbitmq: with these
	@$(BIN)/socorro run

# Many tests wait for a moment that has to pass: one more than processors keeps these busy.
test: $(TEST) parts  ## run all tests; as root on Debian, first install what they need
	@tests/install-tools
	$(BIN)/pytest -m "not walker and not stories" --ignore tests/test_house.py \
		-n $(or $(JOBS),$(shell expr $$(nproc) + 1)) --dist loadfile --no-loadscope-reorder $(PYTEST)

walker:  ## build the index walker, optional (needs cargo)
	cd walker && cargo rustc --release --locked --bin index-walker -- -C target-feature=+crt-static

test-walker: $(TEST) parts walker  ## test the index walker against the plain one
	cd walker && cargo test --locked --quiet
	$(BIN)/pytest -m walker tests/walker tests/processor tests/cli $(PYTEST)

test-faults: $(TEST) parts  ## break a running line on purpose: FAULTS="--list", "--quick", "--only NAME"
	@$(BIN)/python -m tests.faults $(FAULTS)

package: parts  ## make dist/socorro-<version>.tar.gz, which machines install (docs/deploy.md)
	@$(BIN)/python deploy/package.py $(PACKAGE)

check-ops: $(TEST) parts  ## check what operators use: OPS="--list", "--quick", "--only NAME"
	@tests/ops/install-tools
	@$(BIN)/python -m tests.ops $(OPS)

publish:  ## copy the artifact of dist to PUBLISH=folder, host:folder or rsync://host/module
	@deploy/publish "$(PUBLISH)" "$(ARTIFACT)"

deploy:  ## install the artifact of dist on the hosts of deploy/hosts/TO: TO=dev, or on TO=/prefix
	@deploy/deploy-to "$(TO)" "$(ARTIFACT)"

test-search: $(TEST) parts  ## search engines against plain Python, QUERIES times what CI tries (50)
	SEARCH_EXAMPLES=$(or $(QUERIES),50) $(BIN)/pytest --timeout 0 tests/search/test_equal_answers.py $(PYTEST)

test-stories: $(TEST) parts  ## find what is planted in eight weeks of sample data, by clicking and by command
	@tests/install-tools
	$(BIN)/pytest -m stories tests/stories $(PYTEST)

fuzz: $(TEST)  ## feed the parsers random input, FUZZ seconds each (60)
	@for path in $(filter-out tests/fuzz/test_%,$(wildcard tests/fuzz/[a-z]*.py)); do \
		name=$$(basename $$path .py); \
		echo "make: fuzzing $$name"; \
		mkdir -p var/fuzz/$$name; \
		$(BIN)/python $$path -max_total_time=$(or $(FUZZ),60) -timeout=10 -max_len=100000 \
			-artifact_prefix=var/fuzz/ var/fuzz/$$name tests/fuzz/seeds/$$name || exit 1; \
	done

lint: $(TEST)  ## check style, types, imports, and the sizes of functions and files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) bench docs deploy
	$(BIN)/lint-imports
	$(BIN)/python -m socorro.signature.lint
	$(BIN)/pytest -q tests/test_house.py

format: $(TEST)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: parts  ## generate docs/reference from the code and from a migrated database
	$(BIN)/python docs/generate.py

screenshots: $(TEST)  ## take the pictures of the README, from a running line with sample data (SITE=http://…)
	$(BIN)/python docs/screenshots.py $(SITE)

bench-collector: $(RUN)  ## measure the collector: crashes per second, latency, processor time
	$(BIN)/python -m bench.collector $(BENCH)

bench-journey: parts  ## measure crashes from POST to report
	$(BIN)/python -m bench.journey $(BENCH)

bench-walk: $(TEST) parts  ## measure walks: each walker, without symbols and with small and large ones
	$(BIN)/python -m bench.walk $(BENCH)

bench-signature: parts  ## measure signatures per second
	$(BIN)/python -m bench.signature $(BENCH)

bench-aggregates: parts  ## measure counts, queries and extracts at 2.5 million reports a day
	$(BIN)/python -m bench.aggregates $(BENCH)

bench-search: $(TEST) parts  ## measure searches over 17.5 million crashes
	$(BIN)/python -m bench.search $(BENCH)
	$(if $(BENCH),,$(BIN)/python -m bench.search_line)

bench-api: $(TEST) parts  ## measure REST: milliseconds and requests a second, without and with memcached
	$(BIN)/python -m bench.api $(BENCH)

bench-pages: $(TEST) parts  ## measure pages: first byte, bytes, requests, statements, time to loaded, memory
	$(BIN)/python -m bench.pages $(BENCH)

score-detectors: parts  ## score every statistic against its bar: BENCH="--only NAME", "--quick"
	$(BIN)/python -m bench.score $(BENCH)

bench-stats: parts  ## measure the statistics: time and memory at full size
	$(BIN)/python -m bench.score --speed $(BENCH)

capacity: $(RUN)  ## print machines and disks for a number of crashes: BENCH="--crashes-per-minute N"
	@$(BIN)/python -m bench.capacity $(BENCH)

parts: $(RUN)  ## download what pip cannot: stack walkers, Postgres if Debian's is missing
	@$(BIN)/python -m cli.local.fetch

clean:  ## remove what make created; var, which holds crashes, stays
	rm -rf .venv .parts build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV):
	@echo "make: a new .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: needs Python 3.11 or newer; set PYTHON=python3.11 or the like" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || \
		{ echo "make: Debian needs: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(RUN): $(VENV)
	@echo "make: Python packages (once, about 25 MB)"
	@$(call pip_says,--require-hashes -r requirements/run.txt)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f .venv/run-* && touch $@

$(TEST): $(RUN)
	@echo "make: Python packages for the tests (once, about 110 MB)"
	@$(call pip_says,--require-hashes -r requirements/test.txt)
	@rm -f .venv/test-* && touch $@

.PHONY: help run test package publish deploy check-ops test-faults test-search test-stories fuzz walker test-walker lint format docs screenshots bench-collector bench-journey bench-walk bench-signature bench-aggregates bench-search bench-api bench-pages bench-stats score-detectors capacity parts clean
