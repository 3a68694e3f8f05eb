"""The packages (rooms) of lib/: imports point in one direction, and light jobs import little."""

import ast
from pathlib import Path

import pytest

from lib.base.digests import local_modules, with_modules

ROOT = Path(__file__).parents[2]
LIB = ROOT / "lib"
COURSE = ("sample_patches", "gradient", "autoencoder", "display_layer")
# A room imports only itself, the course modules and earlier rooms.
ORDER = (
    *("base", "networks", "study", "words", "datasets", "patches", "training", "learners", "features", "classifiers"),
    *("family", "evaluation", "tabulation", "figures", "pages", "report", "hand_in", "costs"),
)
# Rooms that only present results: they import no learner, classifier or reader of raw data.
PRESENTING = ("words", "tabulation", "figures", "pages", "report", "hand_in")
SCIENCE = ("networks", "training", "learners", "features", "classifiers", "patches")
FILES = sorted(path for path in LIB.rglob("*.py") if path != LIB / "__init__.py")


def room_of(file):
    """Return the room of a module; for a course module, its name."""
    return file.relative_to(LIB).parts[0].removesuffix(".py")


def imports_of(file):
    """Return the rooms of the modules that a module imports."""
    return {room_of(module) for module in local_modules(file, ROOT) if module != LIB / "__init__.py"}


def test_every_folder_is_a_room():
    assert {path.name for path in LIB.iterdir() if path.is_dir()} - {"__pycache__"} == set(ORDER)


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(LIB)))
def test_imports_point_to_earlier_rooms(file):
    room, found = room_of(file), imports_of(file)
    if room in COURSE:
        assert not found, "a course module works on its own"
    else:
        later = {other for other in found - set(COURSE) if ORDER.index(other) > ORDER.index(room)}
        assert not later


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(LIB)))
def test_rooms_that_present_results_import_no_science(file):
    if room_of(file) in PRESENTING:
        assert not imports_of(file) & set(SCIENCE)


def test_packages_contain_only_a_docstring():
    for file in LIB.rglob("__init__.py"):
        (only,) = ast.parse(file.read_text(encoding="utf-8")).body
        assert isinstance(only, ast.Expr), file
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file


@pytest.mark.parametrize("module", ["settings", "learners", "study", "experiments", "model_labels"])
def test_settings_import_no_science(module):
    found = {room_of(file) for file in with_modules(ROOT, LIB / "study" / f"{module}.py")} - {"__init__"}
    assert "study" in found
    assert found <= {"study", "base", "networks"}  # the description of layers alone, see `WITHOUT_TORCH`


@pytest.mark.parametrize("script", ["train_model", "measure_filters", "extract_features", "classify"])
def test_another_learner_changes_no_job_of_the_models_there_are(script):
    used = with_modules(ROOT, ROOT / "workflow" / "scripts" / f"{script}.py")
    assert LIB / "study" / "learners.py" not in used
    assert {path.name for path in used if path.parent == LIB / "learners"} <= {"__init__.py", "registry.py"}


# Where an optional package is imported: rooms, and modules of other rooms.
OPTIONAL = {
    "torch": (
        *("networks", "learners", "classifiers/network"),
        *("training/stochastic", "training/state", "training/inference", "training/examples"),
        *("training/optimisers", "training/reproducibility"),
        *("training/objectives", "training/checkpoints"),
        *("training/augmentation", "training/variational"),
    ),
    "keras": ("networks/keras_models",),
    "cupy": ("base",),
}
WITHOUT_TORCH = ("networks/reading", "networks/steps", "training/optimisation", "study/experiments")


@pytest.mark.parametrize("module", OPTIONAL)
def test_optional_packages_are_imported_only_in_their_rooms(module):
    for file in FILES:
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
        }
        path = file.relative_to(LIB).with_suffix("").as_posix()
        assert module not in names or {room_of(file), path} & set(OPTIONAL[module]), file


@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_what_the_validation_needs_of_networks_needs_no_pytorch(module):
    for file in with_modules(ROOT, LIB / f"{module}.py"):
        assert "torch" not in file.read_text(encoding="utf-8").replace("PyTorch", ""), file
