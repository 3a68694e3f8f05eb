# Two commands: `make` sets up what is missing and runs a study, `make test` runs the tests.

STUDY ?= config/config.yaml
# The shell gets the name unchanged through the environment: quotes, spaces, $ and parentheses have no effect.
export STUDY_FILE := $(value STUDY)
unexport STUDY
CORES ?= all
TORCH ?= cpu
CUDA ?= 12
PYTHON ?= python3

# make ignores a variable with a wrong name. $(origin) sorts out words of values, as in PLAN="--config a=b".
VARIABLES := STUDY CORES TORCH CUDA PYTHON SLOTS PROFILE PLAN TESTS BENCH KILL FAULTS PROPERTIES FUZZ \
	VENV LATEX_THERE BROWSER_THERE SLURM_THERE SHELL HOME
GIVEN := $(foreach word,$(MAKEOVERRIDES),$(firstword $(subst =, ,$(word))))
UNKNOWN := $(foreach name,$(filter-out $(VARIABLES),$(GIVEN)),$(if $(filter command,$(origin $(name))),$(name)))
$(if $(strip $(UNKNOWN)),$(error error: unknown variable $(strip $(UNKNOWN)), expected some of $(wordlist 1,14,$(VARIABLES))))

OLDEST := 3.11
NEWEST := 3.14
VENV := .venv
BIN := $(VENV)/bin
# Snakemake and Matplotlib store files in the user's folders; where these cannot be written, in a folder of the project.
WRITABLE := folder="$${XDG_CACHE_HOME:-$$HOME/.cache}"; mkdir -p "$$folder" 2> /dev/null && test -w "$$folder" && echo yes
ifneq ($(shell $(WRITABLE)),yes)
export XDG_CACHE_HOME := $(CURDIR)/.cache
export XDG_CONFIG_HOME := $(CURDIR)/.cache
endif
# Modules, not scripts such as .venv/bin/snakemake: a script contains the path of its folder, which may have moved.
RUN := $(BIN)/python -m
SNAKEMAKE := $(RUN) snakemake
LATEX_PACKAGES := latexmk texlive-luatex texlive-latex-recommended texlive-science texlive-lang-cyrillic lmodern \
	fonts-cmu fonts-freefont-otf fonts-droid-fallback fonts-symbola fonts-unifont
LATEX_FILES := lmodern.sty microtype.sty natbib.sty siunitx.sty luaotfload.sty hyph-ru.pat.txt cmunrm.ttf FreeSerif.otf \
	DroidSansFallbackFull.ttf Symbola_hint.ttf unifont.otf
LATEX_THERE := command -v latexmk && command -v lualatex && kpsewhich $(LATEX_FILES)
BROWSER_PACKAGES := chromium chromium-driver
BROWSER_THERE := command -v chromium && command -v chromedriver
SLURM_PACKAGES := slurm-wlm munge slurmdbd mariadb-server
SLURM_THERE := command -v sbatch && command -v slurmctld && command -v slurmdbd && command -v mariadbd
# The one package without a wheel is built with the locked setuptools, with options that every version of pip has.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --use-pep517 --no-build-isolation -r

.PHONY: study
study: known setup ## Run a study to its reports (default): make STUDY=config/stl10.yaml
	@$(BIN)/python workflow/check_yaml.py "$$STUDY_FILE"
	@$(RUN) lib.study.packages "$$STUDY_FILE" || { [ $$? != 3 ] || $(MAKE) --no-print-directory deep; }
	@status=0; $(SNAKEMAKE) --cores "$(CORES)" --configfile "$$STUDY_FILE" || status=$$?; \
	$(BIN)/python workflow/html_report.py "$$STUDY_FILE" || status=$$?; \
	[ $$status = 0 ] || echo "error: the study is not complete, see the errors above" >&2; exit $$status

.PHONY: plan
plan: known setup ## Estimate what a study costs, run nothing: make plan STUDY=config/stl10.yaml SLOTS=1,8,64,512
	@$(BIN)/python workflow/check_yaml.py "$$STUDY_FILE"
	@$(BIN)/python workflow/plan/plan.py --cores "$(CORES)" --slots "$(SLOTS)" --profile "$(PROFILE)" \
		--configfile "$$STUDY_FILE" $(PLAN)

.PHONY: verify
verify: known setup ## Compare the files of a study with their checksums, remove damaged ones: make verify STUDY=…
	@$(BIN)/python workflow/check_yaml.py "$$STUDY_FILE"
	@$(BIN)/python workflow/verify.py "$$STUDY_FILE"

.PHONY: download
download: known setup ## Download the official data of a study: make download STUDY=config/stl10.yaml
	@$(BIN)/python workflow/check_yaml.py "$$STUDY_FILE"
	$(SNAKEMAKE) --cores 1 download --configfile "$$STUDY_FILE"

.PHONY: digits
digits: setup ## Write scikit-learn's digits, in the form of MNIST's, to data/digits: a stand-in for MNIST
	$(RUN) lib.datasets.digits data/digits

.PHONY: known
known:
	@test -f "$$STUDY_FILE" || { printf 'error: STUDY=%.300s not found, expected a configuration file such as %s\n' \
		"$$STUDY_FILE" config/config.yaml >&2; exit 1; }
	@case "$(CORES)" in all) ;; ''|0|*[!0-9]*) echo "error: CORES is $(CORES), expected a whole number of at least 1, or all" >&2; exit 1;; esac

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: python try-latex $(VENV)/.study ## Set up .venv and LaTeX, run nothing

.PHONY: test
test: python latex browser terminal $(VENV)/.test ## Run the tests, or some of them: make test TESTS=tests/unit
	$(BIN)/python -m pytest $(TESTS)

.PHONY: lint
lint: python $(VENV)/.test ## Check style, types and the workflow's own lint
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) snakefmt --check Snakefile workflow
	$(RUN) mypy
	$(SNAKEMAKE) --lint
# Vermin finds names that the oldest Python lacks. It cannot read rules, so Snakemake prints them as Python.
	@set -e; folder=$$(mktemp -d); trap 'rm -r "$$folder"' EXIT; \
	for file in Snakefile workflow/rules/*.smk; do \
		$(SNAKEMAKE) --snakefile $$file --print-compilation > "$$folder/$$(basename $$file .smk).py" 2> "$$folder/log" || \
			{ cat "$$folder/log" >&2; exit 1; }; \
	done; \
	echo "vermin: nothing newer than Python $(OLDEST)"; \
	$(BIN)/python $(BIN)/vermin --quiet --violations --no-tips --eval-annotations --target=$(OLDEST)- \
		lib workflow docs tests benchmarks "$$folder"

.PHONY: format
format: python $(VENV)/.test ## Format the Python and Snakemake files
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) snakefmt Snakefile workflow

.PHONY: slurm
slurm: setup $(VENV)/.slurm ## Install what profiles/slurm needs

.PHONY: gpu
gpu: setup $(VENV)/.gpu$(filter 13,$(CUDA)) ## Install what profiles/gpu needs, for CUDA 12; for CUDA 13: make gpu CUDA=13

.PHONY: deep
deep: setup ## Install PyTorch for networks, 0.2 GB without CUDA, or for a GPU 3 GB with it: make deep TORCH=cuda
	@case "$(TORCH)" in cpu | cuda) ;; *) echo "error: TORCH is $(TORCH), expected cpu or cuda" >&2; exit 1 ;; esac
	@$(MAKE) --no-print-directory $(VENV)/.deep-$(TORCH)

.PHONY: keras
keras: deep $(VENV)/.keras $(VENV)/.test ## Hold the lecture's networks in Keras against those of this project
	KERAS_BACKEND=torch $(BIN)/python -m pytest tests/unit/networks/test_keras_models.py

.PHONY: docs
docs: python $(VENV)/.docs ## Build the documentation as static pages: build/docs/index.html
	$(RUN) sphinx --conf-dir docs --fail-on-warning --keep-going --nitpicky --quiet . build
	@echo "Open build/docs/index.html in a browser."

.PHONY: example
example: study ## Copy finished studies into docs/example and their numbers into README.md and docs/
	$(BIN)/python -m docs.update_example

.PHONY: reference
reference: setup ## Write config/README.md from the schema
	$(BIN)/python -m docs.update_reference

.PHONY: bench
bench: setup ## Measure speed and memory, compared with peers: tables and plots in results/bench
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: bench-gpu
bench-gpu: setup ## Measure a GPU (4 minutes, needs make gpu): report/measurements/<device>.csv, shown in the report
	$(BIN)/python -m benchmarks.gpu $(BENCH)

.PHONY: bench-ingest
bench-ingest: setup ## Measure speed and memory of the ingestion of 100,000 images (needs 9 GB of disk)
	$(BIN)/python -m benchmarks.ingest $(BENCH)

.PHONY: test-slurm
test-slurm: python $(VENV)/.test ## Run the smoke study on a Slurm of one node on this machine (needs root, 10 minutes)
	@$(MAKE) --no-print-directory --silent slurm-daemons || echo "Continuing without Slurm: its tests will be skipped." >&2
	$(BIN)/python -m pytest -n0 tests/slurm $(TESTS)

.PHONY: test-gpu
test-gpu: python $(VENV)/.test ## Compare a GPU with the CPU: loss, gradient, training, features (skipped without one)
	$(BIN)/python -m pytest -n0 tests/gpu $(TESTS)

.PHONY: test-kill
test-kill: python $(VENV)/.test ## Kill the smoke study at 70 random moments and compare its results (about an hour)
	$(BIN)/python -m tests.kill $(KILL)

.PHONY: test-faults
test-faults: python latex $(VENV)/.test ## Inject faults into the smoke study, write docs/reliability.md (about an hour, best as root)
	$(BIN)/python -m pytest -n0 tests/faults/run_faults.py $(FAULTS)

.PHONY: test-properties
test-properties: python latex $(VENV)/.test ## Try thousands of random configurations, arrays and raw files (some hours)
	HYPOTHESIS_PROFILE=large $(BIN)/python -m pytest $(if $(PROPERTIES),$(PROPERTIES),tests/properties)
	$(BIN)/python -m tests.fuzz.fuzz_readers $(FUZZ)

# A separate environment, so that the one of the studies stays as it is. With --strict, a package of which nothing is known
# counts as a fault: then pip-audit writes no report.
AUDIT := build/audit
.PHONY: audit
audit: python ## Look up known vulnerabilities of all locked packages (needs a network)
	@[ -x $(AUDIT)/bin/pip-audit ] || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip \
		--disable-pip-version-check --quiet install --require-hashes -r requirements/audit.txt; }
	@status=0; for lock in requirements/*.txt; do \
		rm -f $(AUDIT)/report.md; \
		$(AUDIT)/bin/python -m pip_audit --strict --progress-spinner off --disable-pip --require-hashes --format markdown \
			--output $(AUDIT)/report.md -r "$$lock" > $(AUDIT)/audit.log 2>&1 && echo "$$lock: nothing known" && continue; \
		status=1; \
		if [ -e $(AUDIT)/report.md ]; then echo "error: $$lock: vulnerabilities are known" >&2; cat $(AUDIT)/report.md; else \
			echo "error: $$lock: not audited, see $(AUDIT)/audit.log; expected an answer from pypi.org on every package" >&2; break; \
		fi; \
	done; exit $$status

.PHONY: licences
licences: python $(VENV)/.test ## Write docs/reference/licences.md from the metadata of all locked packages (needs a network)
	$(BIN)/python -m docs.licences

.PHONY: fresh
fresh: ## Test make and make test in a minimal Debian (needs root and debootstrap)
	tests/fresh/run

.PHONY: lock
lock: ## Renew the hashed lock files from pyproject.toml (needs uv)
	uv pip compile $(UV) --group build -o requirements/build.txt
	uv pip compile $(UV) pyproject.toml -o requirements/study.txt
	for extra in test slurm gpu gpu13 docs audit keras; do \
		uv pip compile $(UV) --extra $$extra -c requirements/study.txt pyproject.toml -o requirements/$$extra.txt || exit 1; \
	done
# uv keeps the hashes that deep.txt has for an unchanged version. Add those of builds without CUDA, which PyPI lacks, by hand.
	uv pip compile $(UV) --extra deep -c requirements/study.txt pyproject.toml -o requirements/deep-cuda.txt
	uv pip compile $(UV) --extra deep -c requirements/study.txt pyproject.toml -o requirements/deep.txt \
		$$(sed -nE 's/^((nvidia|cuda|triton)[a-z0-9-]*)==.*/--no-emit-package \1/p' requirements/deep-cuda.txt)
UV := --quiet --generate-hashes --universal --no-header --no-annotate --python-version 3.11

# The cheap checks come first, so that errors appear before anything is installed or computed.
.PHONY: python
python:
	@command -v $(PYTHON) > /dev/null || { echo "error: $(PYTHON) not found, expected Python $(OLDEST) to $(NEWEST)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; numbers = lambda text: [int(number) for number in text.split(".")]; \
	sys.exit(not numbers("$(OLDEST)") <= list(sys.version_info[:2]) <= numbers("$(NEWEST)"))' || \
		{ echo "error: $$($(PYTHON) --version) found, expected Python $(OLDEST) to $(NEWEST); name another by make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m lib.study.project_folder
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "error: $(PYTHON) has no venv module; install it by: sudo apt-get install python3-venv" >&2; exit 1; }
	@[ ! -e $(VENV)/.study ] || $(BIN)/python -c 'import yaml' 2> /dev/null || \
		{ echo "error: $(VENV) lacks its packages, expected those of its Python; remove $(VENV) and run make again" >&2; exit 1; }

# Looks for a program and installs its packages if permitted; otherwise prints the command. $(1) is its name, $(2) its
# packages, $(3) a command that succeeds if it is there, $(4) its purpose.
define install
	@{ $(3); } > /dev/null 2>&1 && exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if ! command -v apt-get > /dev/null || { [ -n "$$sudo" ] && ! $$sudo true 2> /dev/null; }; then \
		echo "error: $(1) not found, expected it to $(4); install it by:" >&2; \
		echo "  sudo sh -c '$(call apt,$(2))'" >&2; exit 1; \
	fi; \
	echo "Installing $(1): $(2)"; \
	$$sudo env DEBIAN_FRONTEND=noninteractive sh -c '$(call apt,$(2))' > install.log 2>&1 && rm install.log || \
		{ tail -n 5 install.log >&2; echo "error: $(1) was not installed, see install.log" >&2; exit 1; }
endef
apt = apt-get update && apt-get install --yes --no-install-recommends $(1)

.PHONY: latex
latex: ## Install LaTeX if permitted, otherwise print the command
	$(call install,LaTeX with its packages,$(LATEX_PACKAGES),$(LATEX_THERE),typeset the report)

# Without LaTeX a study lacks only its report.pdf; without a browser or tmux only tests of pages or terminal are skipped.
.PHONY: try-latex browser terminal
try-latex:
	@$(MAKE) --no-print-directory --silent latex || echo "Continuing without LaTeX: everything except report.pdf will be made." >&2

browser: ## Install Chromium if permitted, otherwise print the command
	@$(MAKE) --no-print-directory --silent chromium || echo "Continuing without Chromium: its tests will be skipped." >&2

terminal: ## Install tmux if permitted, otherwise print the command
	@$(MAKE) --no-print-directory --silent tmux || echo "Continuing without tmux: its tests will be skipped." >&2

.PHONY: slurm-daemons chromium tmux
slurm-daemons:
	$(call install,Slurm,$(SLURM_PACKAGES),$(SLURM_THERE),test the profile for a cluster)

chromium:
	$(call install,Chromium,$(BROWSER_PACKAGES),$(BROWSER_THERE),test the pages in a browser)

tmux:
	$(call install,tmux,tmux,command -v tmux,test the output of a run in a terminal)

$(VENV)/bin/python: | python
	$(PYTHON) -m venv $(VENV)

$(VENV)/.study: requirements/build.txt requirements/study.txt | $(VENV)/bin/python
	@echo "Setting up $(VENV): takes a minute or two"
	$(PIP) requirements/build.txt
	$(PIP) requirements/study.txt
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

$(VENV)/.slurm: requirements/slurm.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

$(VENV)/.gpu $(VENV)/.gpu13: $(VENV)/.%: requirements/%.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

# PyPI's builds of PyTorch for Linux need CUDA. That without it is version X+cpu, which counts as X, too: so each rule asks
# for its build only.
$(VENV)/.deep-cpu: requirements/deep.txt | $(VENV)/.study
	@version=$$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' $<); build=$$version; [ "$$(uname)" != Linux ] || build=$$version+cpu; \
	if ! $(BIN)/python -m pip index versions torch 2> /dev/null | grep -qF "$$build"; then \
		echo "error: pip finds no PyTorch $$build, expected it in PyTorch's index of packages for CPUs; set PIP_EXTRA_INDEX_URL" >&2; \
		echo "  to that index (pytorch.org, Get Started, states it), or take 3 GB with CUDA: make deep TORCH=cuda" >&2; exit 1; \
	fi; \
	echo "Installing PyTorch $$build, without CUDA: a download of 0.2 GB. With CUDA (3 GB): make deep TORCH=cuda"; \
	sed "s/^torch==$$version/torch===$$build/" $< > $@.txt
	$(PIP) $@.txt
	@rm -f $@.txt $(VENV)/.deep-cuda && touch $@

$(VENV)/.deep-cuda: requirements/deep-cuda.txt | $(VENV)/.study
	@echo "Installing PyTorch with CUDA: a download of 3 GB. Without CUDA (0.2 GB): make deep"
	@sed 's/^torch==/torch===/' $< > $@.txt
	$(PIP) $@.txt
	@rm -f $@.txt $(VENV)/.deep-cpu && touch $@

$(VENV)/.keras: requirements/keras.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@

$(VENV)/.docs: requirements/docs.txt | $(VENV)/.study
	$(PIP) $<
	@touch $@
