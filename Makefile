# The same verbs for people and for CI.
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
HOST   ?= 127.0.0.1
PORT   ?= 8000
APP    ?= fastapi
SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help install serve test test-scale check hostile consumers fuzz load-smoke study study-report reliability training-sheet bench-recogniser bench-pages docs clean

help:  ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(BIN)/.serve: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[pdf]'
	@touch $@

$(BIN)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,training,load,study]'
	@touch $@ $(BIN)/.serve

install: $(BIN)/.dev  ## create the virtual environment with everything

serve: $(BIN)/.serve  ## start a service with its page: APP=fastapi|flask HOST= PORT=
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m services.$(APP)_app

test: $(BIN)/.dev  ## run the tests
	$(BIN)/python -m pytest

test-scale: $(BIN)/.dev  ## the long tests of many machines: a Ray cluster, replicas behind nginx
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[scale]'
	$(BIN)/python -m pytest -m scale

docs: $(BIN)/.dev  ## the documents as a site in ./site
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

check: $(BIN)/.dev  ## lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

reliability: $(BIN)/.dev  ## measure what the services promise under load: half an hour; ARGS=--short for some minutes
	$(BIN)/python -m benchmarks.reliability $(ARGS)

hostile: $(BIN)/.dev  ## every hostile file and request against both services: minutes
	HOSTILE=full $(BIN)/python -m pytest tests/hostile

consumers: $(BIN)/.dev  ## let OCRmyPDF, LiteParse and the schema of ALTO judge our answers
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[consumers]'
	$(BIN)/python -m pytest tests/core/test_format_consumers.py tests/interop/test_liteparse.py

fuzz: $(BIN)/.dev  ## coverage-guided fuzzing of decoding, multipart and CTC, SECONDS=600 each; Linux
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	for target in decode multipart ctc; do $(BIN)/python -m fuzz $$target --seconds $(SECONDS) || exit 1; done

load-smoke: $(BIN)/.dev  ## a short load on each service: every text right, no error, no growing memory
	$(BIN)/python -m locustfiles.smoke --service fastapi
	$(BIN)/python -m locustfiles.smoke --service flask

# SECONDS has a value for `fuzz`; here it counts only where somebody has set it
STUDY = $(if $(SCENARIOS),--scenarios $(SCENARIOS)) $(if $(ARMS),--arms $(ARMS)) $(if $(LEVELS),--levels $(LEVELS)) \
	$(if $(REPEATS),--repeats $(REPEATS)) $(if $(filter file,$(origin SECONDS)),,--seconds $(SECONDS)) \
	$(if $(RESULTS),--results $(RESULTS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PLAN),--plan)

study: $(BIN)/.dev  ## Flask against FastAPI, 40 minutes, can be resumed: PLAN=1 SCENARIOS= ARMS= LEVELS= REPEATS= SECONDS= MINUTES= RESULTS=
	$(BIN)/python -m locustfiles.study $(STUDY)

study-report: $(BIN)/.dev  ## docs/study/ from the records in RESULTS=results
	$(BIN)/python -m locustfiles.report $(if $(RESULTS),--results $(RESULTS))

# the peers bring their own OpenCV, which would overwrite ours, so they get an environment of their own
$(VENV)/bench/.done: pyproject.toml
	$(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

bench-recogniser: $(VENV)/bench/.done  ## time our recogniser beside RapidOCR's: LINES=folder with labels.tsv and crops/
	$(VENV)/bench/bin/python -m benchmarks.recogniser $(LINES)

bench-pages: $(VENV)/bench/.done  ## whole pages beside RapidOCR and Tesseract: PAGES=folder with pages.jsonl and pages/
	$(VENV)/bench/bin/python -m benchmarks.pages $(PAGES)

training-sheet: $(BIN)/.dev  ## draw a contact sheet of training lines into sheet.png
	$(BIN)/python -m training.sheet --output sheet.png

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
