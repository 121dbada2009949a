# make demo   sets up everything and answers a first question
# make test   sets up everything and runs every check
# make lab    opens JupyterLab on the notebooks
# make bench  measures what we promise
# make peers  adds a public mock of the providers' APIs, for a second opinion in the tests

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m
OUT    := out

NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))

.DEFAULT_GOAL := demo
.PHONY: demo test check notebooks lab bench peers clean

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed. Type: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once, a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(RUN) pip install --quiet --disable-pip-version-check --editable ".[lab,models,bedrock,vertex,keyring,images]" --group dev
	@touch $@

peers: $(VENV)/peers/ready

# Where npm is missing or fails, the tests that ask the mock are skipped, with that reason.
$(VENV)/peers/ready: $(VENV)/ready
	@mkdir -p $(VENV)/peers
	@if command -v npm >/dev/null; then npm install --prefix $(VENV)/peers --no-package-lock --no-save \
	  --no-fund --no-audit --silent @copilotkit/aimock@1.43.0 && touch $@ || echo "npm could not fetch the mock server"; fi

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

check: $(VENV)/ready peers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(RUN) pytest tests

notebooks: $(VENV)/ready
	@$(RUN) pytest --nbval-lax --nbval-cell-timeout=300 -p no:cacheprovider $(NOTEBOOKS)

bench: $(VENV)/ready
	@$(RUN) benchmarks

clean:
	@rm -rf $(VENV) $(OUT)
