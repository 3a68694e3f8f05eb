"""Course modules are imported by bare names with lib/ on the path, so names in lib/ must not hide other modules."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = {path.name.partition(".")[0] for path in (ROOT / "lib").iterdir()} - {"__init__", "__pycache__"}


def test_an_interpreter_with_lib_on_the_path_imports_the_course_modules(tmp_path):
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


def test_no_name_in_lib_hides_a_standard_module():
    assert not NAMES & sys.stdlib_module_names


def test_no_name_in_lib_hides_an_installed_module():
    assert not NAMES & {name for name in packages_distributions() if name != "lib"}
