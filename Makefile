# Two commands: `make` sets up what is missing and runs a study, `make test` passes the tests.

STUDY ?= config/config.yaml
CORES ?= all
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
LATEX_PACKAGES := latexmk texlive-latex-recommended texlive-science texlive-lang-cyrillic lmodern cm-super fonts-cmu
LATEX_COMMAND := apt-get update && apt-get install --yes --no-install-recommends $(LATEX_PACKAGES)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r

.PHONY: study
study: known setup ## Run a study to its report (default): make STUDY=config/stl10.yaml
	@$(BIN)/python workflow/check_yaml.py $(STUDY)
	$(BIN)/snakemake --cores $(CORES) --configfile $(STUDY)

.PHONY: plan
plan: known setup ## Tell what a study would cost, run nothing: make plan STUDY=config/stl10.yaml
	@$(BIN)/python workflow/check_yaml.py $(STUDY)
	@$(BIN)/python workflow/plan/plan.py --cores $(CORES) --configfile $(STUDY) $(PLAN)

.PHONY: download
download: known setup ## Fetch the official data of a study: make download STUDY=config/stl10.yaml
	@$(BIN)/python workflow/check_yaml.py $(STUDY)
	$(BIN)/snakemake --cores 1 download --configfile $(STUDY)

.PHONY: known
known:
	@test -f "$(STUDY)" || { echo "error: STUDY=$(STUDY) not found, expected a configuration file such as config/config.yaml" >&2; exit 1; }

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: python latex $(VENV)/.study ## Set up .venv and LaTeX, run nothing

.PHONY: test
test: setup $(VENV)/.test ## Pass the tests
	$(BIN)/python -m pytest

.PHONY: lint
lint: $(VENV)/.test ## Check style, types and the workflow's own lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

.PHONY: format
format: $(VENV)/.test ## Format the Python and Snakemake files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

.PHONY: slurm
slurm: setup $(VENV)/.slurm ## Install what profiles/slurm needs

.PHONY: gpu
gpu: setup $(VENV)/.gpu ## Install what profiles/gpu needs

.PHONY: example
example: study ## Copy finished studies into docs/example and their numbers into README.md
	$(BIN)/python docs/update_example.py

.PHONY: reference
reference: setup ## Write config/README.md from the schema
	$(BIN)/python docs/update_reference.py

.PHONY: bench-ingest
bench-ingest: setup ## Measure speed and memory of ingesting 100,000 images (needs 9 GB of disk)
	$(BIN)/python -m benchmarks.ingest $(BENCH)

.PHONY: fresh
fresh: ## Prove make and make test in a minimal Debian (needs root and debootstrap)
	tests/fresh/run

.PHONY: lock
lock: ## Renew the hashed lock files from pyproject.toml (needs uv)
	uv pip compile $(UV) pyproject.toml -o requirements/study.txt
	for extra in test slurm gpu; do \
		uv pip compile $(UV) --extra $$extra -c requirements/study.txt pyproject.toml -o requirements/$$extra.txt || exit 1; \
	done
UV := --quiet --generate-hashes --universal --no-header --no-annotate --python-version 3.11

# The cheap checks come first: whatever is missing is told before anything is installed or computed.
.PHONY: python
python:
	@command -v $(PYTHON) > /dev/null || { echo "error: $(PYTHON) not found, expected Python 3.11 or later" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: $$($(PYTHON) --version) found, expected Python 3.11 or later; name another by make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "error: $(PYTHON) has no venv module; install it by: sudo apt-get install python3-venv" >&2; exit 1; }

.PHONY: latex
latex: ## Install LaTeX where that is allowed, otherwise say how and go on
	@command -v latexmk > /dev/null && kpsewhich lmodern.sty microtype.sty natbib.sty siunitx.sty t2acmr.fd sfrm1000.pfb > /dev/null && exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if ! command -v apt-get > /dev/null || { [ -n "$$sudo" ] && ! $$sudo true 2> /dev/null; }; then \
		echo "warning: LaTeX with its packages not found: everything but the PDF report will be made; install it by:" >&2; \
		echo "  sudo sh -c '$(LATEX_COMMAND)'" >&2; exit 0; \
	fi; \
	echo "Installing LaTeX: $(LATEX_PACKAGES)"; \
	$$sudo env DEBIAN_FRONTEND=noninteractive sh -c '$(LATEX_COMMAND)' > latex-install.log 2>&1 && rm latex-install.log || \
		{ tail -n 5 latex-install.log >&2; echo "error: LaTeX was not installed, see latex-install.log" >&2; exit 1; }

$(VENV)/bin/python: | python
	$(PYTHON) -m venv $(VENV)

$(VENV)/.study: requirements/study.txt | $(VENV)/bin/python latex
	@echo "Setting up $(VENV): takes a minute or two"
	$(PIP) $<
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

$(VENV)/.slurm: requirements/slurm.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

$(VENV)/.gpu: requirements/gpu.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@
