# The developer's interface: `make` lists it. Works with GNU make 3.81 (macOS) and newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?=
PY := .venv/bin/python
DEV := $(PY) -m clinic.dev
# Runs a command with local test servers and the settings' variables; so no target needs anything prepared.
IN_TESTS := $(DEV) exec --tests --
PYTEST_OPTIONS ?= -n 2
CHAOS_OPTIONS ?=
# Python keeps what it compiled, whatever the shell says: to compile the tests anew takes 12 s of each worker.
unexport PYTHONDONTWRITEBYTECODE

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# pyenv builds without optimisation unless it is told otherwise, and such a Python takes half as long again: it comes last.
FAST := import ensurepip, sys, sysconfig; sys.exit(sys.version_info < (3, 11) or \
  ".pyenv" in sys.base_prefix and "--enable-optimizations" not in str(sysconfig.get_config_var("CONFIG_ARGS")))

##@ Every day
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv and install the locked packages (skipped while the lock is unchanged)
	@for known in "$(PYTHON)" $(PY); do \
	  if [ -n "$$known" ] && "$$known" -c '$(NEW_ENOUGH)' 2>/dev/null; then exec "$$known" clinic/dev/install.py; fi; \
	done; \
	IFS=:; for enough in '$(FAST)' '$(NEW_ENOUGH)'; do \
	  for name in python3 python3.13 python3.12 python3.11 python3.14; do for folder in $$PATH; do \
	    if [ -x "$$folder/$$name" ] && "$$folder/$$name" -c "$$enough" 2>/dev/null; \
	    then exec "$$folder/$$name" clinic/dev/install.py; fi; \
	  done; done; \
	done; \
	echo "Footwork needs Python 3.11 or newer. Install it, or name it: PYTHON=/path/to/python3.12 make $(MAKECMDGOALS)" >&2; \
	exit 1

.PHONY: run
run: setup ## Start everything at http://127.0.0.1:8000/ with demo data; PORT=8123 make run for another port
	@exec $(DEV) run

.PHONY: stop
stop: setup ## Stop what `make run` started, from another terminal
	@$(DEV) stop

.PHONY: reset
reset: setup ## Stop and delete the demo's data, so that the next `make run` starts afresh
	@$(DEV) reset

.PHONY: seed
seed: setup ## Load the demo clinic again (changes nothing that is there)
	@$(DEV) exec -- $(PY) manage.py seed_demo

.PHONY: mails
mails: setup ## Render every letter to files with an index
	@$(DEV) exec -- $(PY) manage.py preview_emails

.PHONY: shell
shell: setup ## A Python prompt on the demo's data
	@$(DEV) exec -- $(PY) manage.py shell

##@ Checks
.PHONY: test
test: browser ## Everything: lint, all tests and browser tests side by side, then what watches a clock, and the chaos suite
	@MAKE=$(MAKE) $(PY) -m clinic.dev.side_by_side lint unit e2e
	@$(MAKE) alone
	@$(MAKE) chaos CHAOS_OPTIONS="--leave-report -n 2"

.PHONY: test-fast
test-fast: setup ## Lint and unit-fast side by side
	@MAKE=$(MAKE) $(PY) -m clinic.dev.side_by_side lint unit-fast

.PHONY: unit
unit: setup ## All tests but the browser's
	@$(PY) -m pytest tests --ignore=tests/browser -m "not chaos" -q $(PYTEST_OPTIONS)

.PHONY: unit-fast
unit-fast: setup ## Of these all that need no database, and of each file one that does, another each time
	@$(PY) -m pytest tests --ignore=tests/browser -m "not chaos" --quick -q $(PYTEST_OPTIONS)

.PHONY: e2e
e2e: browser tools ## Browser tests, in a process of their own: Playwright leaves an event loop behind
	@$(PY) -m pytest tests/browser -m "not alone" -q $(PYTEST_OPTIONS)

.PHONY: alone
alone: browser tools ## How soon the plan is there on a slow phone, and what Lighthouse says: with nothing beside
	@$(PY) -m pytest tests/browser/test_speed.py -m alone -n 0 -q $(PYTEST_OPTIONS)

.PHONY: chaos
chaos: setup ## Break servers and senders on purpose, count the copies, write docs/reliability.md; CHAOS_OPTIONS=-n 2 for two at a time, --real-times
	@$(PY) -m pytest tests/chaos -m chaos -n 0 -p no:randomly -q $(CHAOS_OPTIONS)

.PHONY: security
security: browser ## The 44 checks and what strangers send; the last line is "violations 0" (tests/security)
	@$(PY) -m tests.security

.PHONY: browser
browser: setup ## Find a Chromium, or install one (apt, as root)
	@$(PY) -m clinic.dev.browser

.PHONY: tools
tools: setup ## Find Lighthouse, the HTML checker and Firefox, or install them (npm, apt as root)
	@$(PY) -m clinic.dev.tools

.PHONY: lint
lint: setup ## Format, style, templates, import contracts, types, migrations, system checks
	@echo "lint: ruff" && $(PY) -m ruff check -q . && $(PY) -m ruff format -q --check .
	@echo "lint: templates" && find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2 --check
	@echo "lint: imports" && .venv/bin/lint-imports > .dev/imports.log || { cat .dev/imports.log; exit 1; }
	@echo "lint: types, system checks, migrations" && $(IN_TESTS) sh -ec '\
	  $(PY) -m mypy --no-error-summary clinic patients exercises tests bench manage.py; \
	  $(PY) manage.py check --fail-level WARNING >/dev/null; \
	  $(PY) manage.py makemigrations --check --dry-run >/dev/null; \
	  $(PY) -m clinic.dev.lint_migrations'

.PHONY: format
format: setup ## Let the tools repair what they can
	@$(PY) -m ruff check -q --fix . ; $(PY) -m ruff format -q .
	@find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2

##@ Now and then
.PHONY: bench
bench: setup ## Measure, also what row-level security costs, and write bench/results.json
	@$(PY) -m bench
	@$(PY) -m bench.policies

.PHONY: bench-reminders
bench-reminders: setup ## Measure sending, the tick and planning ahead; into bench/results.json
	@$(PY) -m bench.reminders

.PHONY: screenshots
screenshots: browser ## Take every page, light and dark, at three widths, to look at; and the README's pictures
	@test -n "$$ONLY" || rm -rf .dev/screenshots
	@$(PY) -m pytest tests/browser/screens/take.py -q --show-capture=no $(PYTEST_OPTIONS)

.PHONY: figures
figures: browser ## Draw the exercises from their poses, and all of them on one sheet to look at
	@$(IN_TESTS) $(PY) manage.py draw_figures
	@$(PY) -m clinic.dev.sheet

.PHONY: messages
messages: setup ## New sentences of the patients' side into the catalogues of translations; say what is missing
	@$(PY) -m clinic.dev.messages update
	@$(PY) -m clinic.dev.messages compile
	@$(PY) -m clinic.dev.messages check

.PHONY: safety
safety: setup ## Write the hazard log and its traceability from hazards.toml and the tests' marks
	@$(PY) -m clinic.dev.safety

.PHONY: drill
drill: setup ## Dump the demo's database, restore it beside itself, compare row by row
	@$(DEV) exec -- $(PY) manage.py restore_drill

.PHONY: sbom
sbom: setup ## Write the bill of materials (CycloneDX) to .dev/sbom.json
	@$(PY) -m clinic.dev.sbom

.PHONY: audit
audit: setup ## Ask for known vulnerabilities of the locked packages; needs a network, and says so when there is none
	@$(PY) -m clinic.dev.known_faults

.PHONY: lock
lock: setup ## Resolve the dependencies again
	@for extra in "requirements.lock" "requirements-dev.lock --all-extras"; do \
	  $(PY) -m uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	    --upgrade -o $$extra; \
	done

.PHONY: clean
clean: ## Delete everything that can be made again: servers' data, caches, .venv
	@if [ -x $(PY) ]; then $(DEV) reset; $(PY) -m clinic.dev.services clean --dir .dev/test; fi
	@rm -f locale/*/LC_MESSAGES/*.mo
	@rm -rf .venv .dev .cache .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis staticfiles htmlcov .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
