# The commands of Huiyin; `make help` lists them. PORT, HUIYIN_DATA, DATABASE_URL and REDIS_URL are read from the environment.

PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?= -n auto
# Tests keep their own data folder and never see the settings of the installation they run beside.
TEST_DATA := $(CURDIR)/var/test
UNSET := -u PYTHONDONTWRITEBYTECODE -u EMAIL_URL -u DEBUG -u SECRET_KEY -u ALLOWED_HOSTS -u HUIYIN_HTTPS -u LOG_LEVEL -u SITE_URL -u PORT
SET := HUIYIN_DATA=$(TEST_DATA)
ifeq ($(shell uname -s),Darwin)
SET += DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib:/usr/local/lib
endif
ON_SERVERS := env $(UNSET) $(SET)
EMBEDDED := env $(UNSET) -u DATABASE_URL -u REDIS_URL $(SET)
# Settings as docker-compose.yml makes them; nothing is connected to.
PRODUCTION := $(EMBEDDED) HUIYIN_HTTPS=1 ALLOWED_HOSTS=huiyin.example SECRET_KEY=$(shell od -An -N48 -tx1 /dev/urandom | tr -d ' \n') \
	DATABASE_URL=postgres://huiyin_app@db.example/huiyin REDIS_URL=redis://redis.example/0
TYPED := config/clock.py config/file_broker.py scripts policies escalation \
	$(filter-out policies/% escalation/%,$(wildcard */services.py */services))

.DEFAULT_GOAL := help
.PHONY: help setup run test test-postgres browser-test tour lint format messages clean python tools servers-named

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

python:
	@command -v $(PYTHON) >/dev/null || { echo "Huiyin needs Python 3.11 or newer, and there is no $(PYTHON) here." \
		"Debian/Ubuntu: sudo apt-get install python3 python3-venv; macOS: brew install python@3.12" >&2; exit 1; }

setup: python ## install everything, bring the database up to date, load the demonstration organization
	@$(PYTHON) -m scripts.setup run

run: setup ## set up, then serve on http://127.0.0.1:8000 (PORT changes it) until Ctrl-C
	@exec $(BIN)/python -m scripts.run

tools: python
	@$(PYTHON) -m scripts.setup test

test: tools ## set up, then run the tests on SQLite and the file broker
	$(EMBEDDED) $(BIN)/python -m pytest --no-migrations --dist worksteal $(PYTEST_ARGS)

test-postgres: servers-named tools ## the same tests against DATABASE_URL and REDIS_URL
	$(ON_SERVERS) $(BIN)/python -m pytest $(PYTEST_ARGS)

servers-named:
	@test -n "$(DATABASE_URL)" -a -n "$(REDIS_URL)" || { echo "make test-postgres needs both servers, for example:" \
		"DATABASE_URL=postgres://postgres@127.0.0.1:5432/huiyin REDIS_URL=redis://127.0.0.1:6379/1 make test-postgres" >&2; exit 1; }

browser-test: tools ## the tests that drive a real browser (needs Chromium)
	$(EMBEDDED) DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/python -m pytest tests/browser

tour: tools ## play the day of docs/tour.md in a browser, and take its pictures anew (needs Chromium)
	@$(BIN)/python -m scripts.tour

lint: tools ## style, layering, types, migrations, deployment checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(EMBEDDED) $(BIN)/lint-imports
	$(EMBEDDED) $(BIN)/mypy $(TYPED)
	$(EMBEDDED) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: tools ## let ruff format the code and sort the imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: tools ## collect the interface strings into locale/ and compile them (needs GNU gettext)
	@command -v xgettext >/dev/null || { echo "make messages needs GNU gettext: apt-get install gettext, or brew install gettext" >&2; exit 1; }
	$(EMBEDDED) $(BIN)/python manage.py makemessages --locale zh_Hans --add-location file --no-wrap \
		--ignore '.venv/*' --ignore 'var/*' --ignore 'node_modules/*' --ignore 'static/vendor/*' --ignore 'tests/*'
	$(BIN)/python -m scripts.messages

clean: ## remove what set-up and tools made, except the data in var/
	rm -rf .venv static/vendor static/.vendor-* tests/browser/vendor tests/browser/.vendor-* node_modules $(TEST_DATA)
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find locale -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
