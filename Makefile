# Everything a person or a machine does here. `make help` lists it.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python tools/bootstrap/$(notdir $(wildcard tools/bootstrap/pip-*.whl))/pip --disable-pip-version-check -q
PYTEST_ARGS ?=
BENCH_PARTS := $(addprefix bench-,page api ingest webhooks reports load live memory scale)

.DEFAULT_GOAL := help
.PHONY: help run test lint types walls env env-dev browser bench $(BENCH_PARTS) chaos fuzz kannel redis nginx pdfsig clean lock docs contracts scan audit i18n-export i18n-import i18n-verify i18n-glossary release-check visual visual-approve

help: ## List what can be made
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

run: env ## Start everything and print the address and the demo sign-ins (Ctrl-C stops it)
	@exec $(BIN)/python app.py

test: env-dev browser kannel redis nginx pdfsig ## Run all tests, headless
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(PYTEST_ARGS)

lint: env-dev ## Style, raw strings, catalogs, dangerous HTML
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m portal.i18n.lint
	@$(BIN)/python -m portal.shell.lint

types: env-dev ## mypy --strict on portal/, gateway/ and launcher/
	@$(BIN)/mypy

walls: env-dev ## Who may import whom
	@$(BIN)/lint-imports --no-cache

release-check: env-dev ## What a release needs: how much is translated and reviewed; fails under 95 % of Dari and Pashto
	@$(BIN)/python -m portal.i18n.release

i18n-export: env-dev ## Write XLIFF files for translators into .build/i18n, and upload to I18N_SERVICE if that is set
	@$(BIN)/python -m tools.i18n export

i18n-import: env-dev ## Take approved translations into the catalogs: of FILES="…" (BY="who reviewed them"), else of I18N_SERVICE
	@$(BIN)/python -m tools.i18n import $(FILES) $(if $(BY),--by "$(BY)")

i18n-glossary: env-dev ## List translations that say a term of the glossary otherwise, to be looked through
	@$(BIN)/python -m portal.i18n.glossary

# A second opinion on the catalogs, by the library that most of the web formats ICU messages with.
FORMATJS := @formatjs/cli@6.16.32
i18n-verify: env-dev ## Have the catalogs judged by formatjs too (needs node; fetches the pinned package once)
	@$(BIN)/python -m tools.i18n.formatjs $(FORMATJS)

bench: env-dev browser ## Measure everything at 10 million messages; writes docs/performance.md. By parts: bench-page, bench-api, …; bench-memory (an hour) and bench-scale (100 million messages, 140 GB) by name only
	@$(BIN)/python -m bench $(BENCH_ARGS)

$(BENCH_PARTS): bench-%: env-dev browser # one part of it; the report is composed anew of the newest of each
	@$(BIN)/python -m bench $* $(BENCH_ARGS)

chaos: env-dev ## Kill programs of the running product for some minutes (MINUTES=3), then count; writes docs/chaos.md
	@$(BIN)/python -m chaos --minutes $(or $(MINUTES),3)

fuzz: env-dev ## Tell the running gateway stories and parsers anything for some minutes (MINUTES=6, SEED=… repeats); writes docs/security.md
	@$(BIN)/python -m fuzz --minutes $(or $(MINUTES),6) $(if $(SEED),--seed $(SEED))

visual: env-dev browser ## Hold pictures of every page against the approved ones, and look for texts that do not fit (PAGE="…": some pages); docs/visual.md
	@$(BIN)/python -m tools.visual run $(if $(PAGE),--page $(PAGE))

visual-approve: env-dev ## Keep the pictures that the last `make visual` took (PAGE="…": of some pages)
	@$(BIN)/python -m tools.visual approve $(if $(PAGE),--page $(PAGE))

env: $(VENV)/.run ## Make the environment that `make run` uses

env-dev: $(VENV)/.dev ## Make the environment that tests and checks use

# Debian's python3 comes without ensurepip, so the environment is filled by the pip that lies in tools/bootstrap.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what the portal needs (once) …"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need (once) …"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

browser: ## Install Debian's Chromium and its driver when they are absent
	@sh tools/browser.sh

kannel: ## Install Debian's Kannel when it is absent; nothing of it is started
	@sh tools/debian.sh /usr/sbin/bearerbox kannel kannel-extras

redis: ## Install Debian's Redis when it is absent; nothing of it is started
	@sh tools/debian.sh /usr/bin/redis-server redis-server

nginx: ## Install Debian's nginx when it is absent; nothing of it is started
	@sh tools/debian.sh /usr/sbin/nginx nginx

pdfsig: ## Install Debian's Poppler tools, which check signatures, when they are absent
	@sh tools/debian.sh /usr/bin/pdfsig poppler-utils

docs: env-dev ## Write docs/configure.md, docs/permissions.md and the glossary of docs/translating.md from code and data
	@$(BIN)/python tools/configure_doc.py > docs/configure.md
	@$(BIN)/python tools/permissions_doc.py > docs/permissions.md
	@$(BIN)/python -m tools.i18n.glossary_page

lock: env-dev ## Pin every package anew from requirements.txt and requirements-dev.txt
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-options --no-header --strip-extras --allow-unsafe -o requirements.lock requirements.txt
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-options --no-header --strip-extras --allow-unsafe -o requirements-extra.lock requirements-extra.txt
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-options --no-header --strip-extras --allow-unsafe -o requirements-dev.lock requirements-dev.txt
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-options --no-header --strip-extras --allow-unsafe -o tools/audit-requirements.lock tools/audit-requirements.txt
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-options --no-header --strip-extras --allow-unsafe -o tools/crawler-requirements.lock tools/crawler-requirements.txt

contracts: env ## Write contracts/openapi.json from the code
	@$(BIN)/python -m gateway openapi > contracts/openapi.json

vendor: ## Rebuild assets/vendor from the pinned npm packages (maintainers; needs node)
	@node tools/vendor/build.mjs

scan: env-dev .build/crawler/.made ## Outside judges: CSP evaluator, observatory (need node), a crawler with attacks (MINUTES=6); writes docs/security.md
	@$(BIN)/python tools/scan/pages.py | node tools/scan/scan.mjs
	@$(BIN)/python -m tools.scan.crawl .build/crawler/bin/wapiti --minutes $(or $(MINUTES),6)

# In an environment of its own: nothing of it is shipped, and what it needs is older than what the portal has.
.build/crawler/.made: tools/crawler-requirements.lock
	@echo "Installing the crawler (once) …"
	@$(PYTHON) -m venv --without-pip .build/crawler
	@.build/crawler/bin/python $(wildcard tools/bootstrap/pip-*.whl)/pip --disable-pip-version-check -q install --require-hashes --no-deps -r $<
	@touch $@

audit: env-dev ## Pins, licences and known vulnerabilities of everything the product consists of, as far as the registries answer
	@test -x .build/audit/bin/pip-audit || { $(PYTHON) -m venv --without-pip .build/audit && .build/audit/bin/python $(wildcard tools/bootstrap/pip-*.whl)/pip --disable-pip-version-check -q install --require-hashes --no-deps -r tools/audit-requirements.lock; }
	@$(BIN)/python tools/audit.py .build/audit/bin/pip-audit

clean: ## Remove the environment and caches (data in .data stays)
	@rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache .hypothesis
