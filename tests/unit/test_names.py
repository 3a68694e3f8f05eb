"""The four course modules are imported by bare names with lib/ on the path, so none there may hide another module."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = {path.name.partition(".")[0] for path in (ROOT / "lib").iterdir()} - {"__init__", "__pycache__"}


def test_an_interpreter_with_lib_on_the_path_starts_and_imports_the_four_modules(tmp_path):
    code = "import sample_patches, gradient, autoencoder, display_layer; print(autoencoder.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(ROOT / "lib" / "autoencoder.py")


def test_no_name_below_lib_is_one_of_the_standard_library():
    assert not NAMES & sys.stdlib_module_names


def test_no_name_below_lib_is_one_of_an_installed_distribution():
    assert not NAMES & {name for name in packages_distributions() if name != "lib"}
