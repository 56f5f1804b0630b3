# Everything from a clean clone, with Python >= 3.11 and make.
#   make run    install, and open the app on the bundled clip (headless where there is no display)
#   make test   install, and run lint, types, import contracts and tests
#   make soak   install, and run the long sweeps at their full counts; writes docs/soak.md
#   make results DATA=…   install, and make the tables of docs/results.md row by row; goes on where it was stopped

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint types contracts tests soak results clean

run: $(VENV)/.run
	@$(BIN)/steadymask open --demo

# Types are checked while the tests run, which leave cores idle at their start and end.
test: lint contracts
	@$(MAKE) --no-print-directory -j2 types tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

# Many tests start Python: what that compiles is kept, whatever the environment says. A fifth of the time tests wait for
# a process or a frame that is due: one process more than the cores of a small machine uses that.
tests: $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.soak

DATA ?= $(STEADYMASK_DATA)

results: $(VENV)/.dev
	$(BIN)/python -m benchmarks.results --data "$(DATA)"

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Steadymask needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make environments here; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.run
