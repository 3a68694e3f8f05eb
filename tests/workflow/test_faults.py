"""Faults end with an error message and a non-zero status, start no job in vain, and change no result."""

import hashlib
import json
import pickle
import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.unit import raw_forms
from tests.workflow.conftest import DEFAULT, LABEL, STARTED

ROOT = Path(__file__).parents[2]
OWN = {"study": "own", "dataset": "raw"}


def stopped(project, *arguments, **options):
    """Output of a run that must fail without a traceback and leave all results as they were."""
    before = project.results()
    output = project.snakemake(*arguments, **options, check=False)
    assert project.status != 0, output
    assert "Traceback" not in output
    assert {name: content for name, content in project.results().items() if name in before} == before
    return output


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"defaults": {"lambda": "3e-4"}}, 'configuration: defaults.lambda is "3e-4", expected a number at least 0'),
        ({"experiments": {"leaners": False}}, "configuration: experiments.leaners is false, but there is no such"),
        (
            {"classifiers": {"logistic_regression": {"grid": {"c": [1.0]}}}},
            "configuration: classifiers.logistic_regression.grid has the unknown key c",
        ),
        (
            {"classifiers": {"logistic_regression": {"parameters": {"max_iter": 0.5}}}},
            "configuration: classifiers.logistic_regression.parameters: The 'max_iter' parameter",
        ),
        (
            {"classifiers": {"random_forest": {**DEFAULT["classifiers"]["random_forest"], "label": LABEL}}},
            f"configuration: classifiers.random_forest.label is {LABEL}, expected another one than",
        ),
        ({"defaults": {"pooling": 4}}, "configuration keys patch_size, image_size, stride and pooling: pooling is 4"),
        ({"folds": 3}, "configuration key folds: 3 folds asked for, expected 0 or 2: the smallest class has 6"),
        ({"dataset": "data/{split}"}, "configuration: dataset is data/{split}, with { in it"),
        (
            {"experiments": {"much": {"vary": {"rho": [number / 4000 for number in range(1, 3001)]}}}},
            "configuration: the experiments ask for 3002 models, expected at most 2000",
        ),
        ({"defaults": {"hidden": [4, 5]}}, "experiment default: hidden is [4, 5], expected a symmetric list"),
    ],
)
def test_faults_of_the_configuration(project, changes, sentence):
    """One fault for each check of the configuration; other faults are tested without Snakemake."""
    output = stopped(project, config=changes)
    assert f"error: {sentence}" in output
    assert not STARTED.search(output), "nothing was started"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("study: own\ndataset: [a\n", "broken.yaml: not valid YAML (line 3, column 1: expected ',' or ']'"),
        ("study: own\n\tdataset: a\n", "broken.yaml: not valid YAML (line 2, column 1: found character '\\t'"),
        ("study\n", "broken.yaml: holds no keys and values"),
        ("study: own\nseed: 1\nseed: 2\n", "broken.yaml: not valid YAML (line 3, column 1: the key seed occurs twice)"),
        ("seed: 1\n", "broken.yaml: has no key study, expected a name of its own"),
        (None, "broken.yaml: cannot be read (No such file or directory)"),
    ],
)
def test_the_message_about_invalid_yaml_names_the_line(tmp_path, text, sentence):
    if text is not None:
        (tmp_path / "broken.yaml").write_text(text)
    command = [sys.executable, str(ROOT / "workflow" / "check_yaml.py"), "broken.yaml"]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stderr.startswith(f"error: {sentence}")
    assert process.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            ["config/smoke.yaml", "tables"],
            "tables: cannot be read (No such file or directory), expected a configuration file; put targets before "
            "--configfile",
        ),
        (
            ["{folder}/other.yaml"],
            "{folder}/other.yaml: line 1 holds the byte 0xe9, which is not UTF-8 (but Latin-1 or another 8-bit "
            "encoding, perhaps), expected text in UTF-8; save it with that encoding",
        ),
    ],
)
def test_snakemake_reads_no_file_that_is_not_a_configuration(tmp_path, files, sentence):
    (tmp_path / "other.yaml").write_bytes(b"study: caf\xe9\n")
    given = [file.format(folder=tmp_path) for file in files]
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", *given]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stderr.splitlines()[1:] == [f"error: {sentence.format(folder=tmp_path)}"]


@pytest.mark.parametrize("study", ["config", "stl10", "smoke", "full"])
def test_the_studies_of_the_project_are_valid_yaml(study):
    command = [sys.executable, str(ROOT / "workflow" / "check_yaml.py"), str(ROOT / "config" / f"{study}.yaml")]
    assert subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def raw(project):
    """Valid raw pickles of the user's, in a folder of the project."""
    rng = np.random.default_rng(0)
    images = lambda n: rng.integers(0, 256, size=(n, 432), dtype=np.uint8)  # noqa: E731
    names, labels = ["a", "b"], np.array([[1], [2]] * 6)
    contents = {
        "train": {"X": images(12), "y": labels, "class_names": names},
        "test": {"X": images(12), "y": labels, "class_names": names},
        "unlabeled": {"X": images(9)},
    }
    folder = project.folder / "raw"
    folder.mkdir()
    for split, value in contents.items():
        (folder / f"{split}.pk").write_bytes(pickle.dumps(value))
    return folder


def test_raw_data_may_be_removed_after_ingestion(project, raw):
    target = "results/own/patches/n200_p8_seed0.npy"
    project.snakemake(target, config=OWN)
    shutil.rmtree(raw)
    assert "Nothing to be done" in project.snakemake("--dry-run", target, config=OWN)


def test_another_data_set_is_not_mistaken_for_the_ingested_one(project):
    output = stopped(project, config={"dataset": "data/gone"})
    assert "error: data/gone: not found, expected raw data of the study tiny" in output


def test_the_users_own_pickles_are_ingested(project, raw):
    project.snakemake("results/own/dataset/facts.json", config=OWN)
    assert np.load(project.folder / "results/own/dataset/train.npy").shape == (12, 432)
    facts = json.loads((project.folder / "results/own/dataset/facts.json").read_text())
    for split in ("train", "test", "unlabeled"):
        ((name, fact),) = facts["splits"][split]["files"].items()
        content = (raw / name).read_bytes()
        assert fact == {"bytes": len(content), "files": 1, "sha256": hashlib.sha256(content).hexdigest()}


def test_folders_of_pictures_are_ingested(project):
    """Raw files may be folders; the ingestion of every form is tested without Snakemake."""
    (project.folder / "raw").mkdir()
    raw_forms.write_pictures(project.folder / "raw")
    project.snakemake("results/own/dataset/facts.json", config=OWN)
    found = np.load(project.folder / "results/own/dataset/test.npy")
    assert (np.sort(found, axis=0) == np.sort(raw_forms.rows("test"), axis=0)).all()


def test_faults_of_several_raw_files_are_reported_together(project, raw):
    train = raw / "train.pk"
    train.write_bytes(train.read_bytes()[:-100])
    test = pickle.loads((raw / "test.pk").read_bytes())
    (raw / "test.pk").write_bytes(pickle.dumps(test | {"y": test["y"] + 1}))
    output = stopped(project, "results/own/dataset/facts.json", config=OWN)
    assert "raw/train.pk: not a whole pickle of plain data" in output
    assert "raw/test.pk: y holds the label 3, expected 1 to 2" in output
    log = (project.folder / "results/own/logs/ingest_dataset.log").read_text()
    assert "raw/test.pk: y holds the label 3" in log


KNN = {"label": "kNN", "class": "sklearn.neighbors.KNeighborsClassifier", "parameters": {"n_neighbors": 7}, "grid": {}}


def test_settings_that_do_not_fit_the_data_stop_the_study_before_anything_is_computed(project, raw):
    """They stop the run that ingests the data, and later runs before any job; corrected ones need no new ingestion."""
    forest = {**DEFAULT["classifiers"]["random_forest"], "components": 13}
    changes = {"folds": 3, "defaults": {"patch_size": 16}, "classifiers": {"random_forest": forest}}
    target = "results/own/patches/n200_p16_seed0.npy"
    first = stopped(project, target, "results/own/dataset/folds.json", config=OWN | changes)
    assert "checked the raw images" in first
    for output in (first, stopped(project, target, config=OWN | changes)):
        assert "configuration key folds: 3 folds asked for, expected 0 or 2: the smallest class has 6" in output
        assert "patch_size is 16, expected 1 to 12: the images are 12 pixels wide" in output
        assert "classifiers.random_forest.components is 13, expected at most 12" in output
        assert "sampled" not in output
        assert "drew the folds" not in output
    assert not STARTED.search(output)

    # seven neighbours are too many for a fold of six images
    knn = KNN | {"standardise": True, "rotate": False}
    output = stopped(project, config=OWN | {"classifiers": {"knn": knn}, "defaults": {"patch_size": 4}})
    assert "classifiers.knn.parameters.n_neighbors is 7: " in output
    assert "as tried on 6 objects of 64 features and 2 classes" in output
    assert not STARTED.search(output)

    target = "results/own/patches/n200_p4_seed0.npy"
    project.snakemake(target, config=OWN | {"defaults": {"patch_size": 4}})
    assert set(re.findall(r"^(?:local)?rule (\w+):", project.full_text(), re.MULTILINE)) == {
        "check_fitting",
        "sample_patches",
    }

    # Other code does not check again in a job, which would hide from Snakemake that other results are missing.
    path = project.folder / "lib/costs/fitting.py"
    path.write_text(path.read_text() + "\n# changed\n")
    planned = project.planned(**OWN | {"defaults": {"patch_size": 4}})
    assert "check_fitting" not in planned
    assert {"train_model", "classify", "typeset_report"} <= set(planned)


def test_classes_of_the_data_have_weights_by_name_and_two_are_enough_for_any_solver(project, raw):
    liblinear = {
        **{"label": "liblinear", "class": "sklearn.linear_model.LogisticRegression", "grid": {}},
        **{
            "standardise": True,
            "rotate": True,
            "parameters": {"solver": "liblinear", "class_weight": {"a": 1, "b": 3.0}},
        },
    }
    changes = {"classifiers": {"mine": liblinear, "logistic_regression": False}, "defaults": {"patch_size": 4}}
    project.snakemake("results/own/predictions/pixels/seed0/mine.npz", config=OWN | changes)
    with np.load(project.folder / "results/own/predictions/pixels/seed0/mine.npz") as found:
        assert found["probabilities"].shape == (3, 12, 2), "all images and two folds"
    changes["classifiers"]["mine"]["parameters"]["class_weight"] = {"cat": 1}
    output = stopped(project, config=OWN | changes)
    assert "classifiers.mine.parameters.class_weight has the key cat, expected names of classes: a, b" in output


def test_damaged_facts_count_as_absent(project, raw):
    target = "results/own/dataset/facts.json"
    project.snakemake(target, config=OWN)
    whole = (project.folder / target).read_bytes()
    (project.folder / target).write_bytes(whole[:-3])
    output = project.snakemake(target, config=OWN)
    assert "checked the raw images" in output
    assert (project.folder / target).read_bytes() == whole
    assert "Nothing to be done" in project.snakemake("--dry-run", target, config=OWN)


def test_a_repeated_key_is_reported_without_make_as_well(project):
    (project.folder / "config" / "twice.yaml").write_text("seed: 1\nseed: 2\n")
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", "config/tiny.yaml", "config/twice.yaml"]
    process = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    assert process.returncode == 1
    assert "error: config/twice.yaml: not valid YAML (line 2, column 1: the key seed occurs twice)" in process.stderr


def test_the_command_line_sets_numbers_and_the_path_of_the_data(project, raw, monkeypatch):
    monkeypatch.setenv("PLACE", str(raw.parent))
    arguments = ["results/own/patches/n300_p4_seed0.npy", "--config", "study=own", "dataset=$PLACE/raw"]
    project.snakemake(*arguments, "defaults={patches: 3.0e+2, patch_size: 4}")
    assert np.load(project.folder / arguments[0]).shape == (300, 48)
    facts = json.loads((project.folder / "results/own/dataset/facts.json").read_text())
    assert facts["dataset"] == str(raw)


def test_make_takes_any_name_of_a_study(project):
    """Quotes, spaces and commands in a name are harmless, and a refused file is refused under any name."""
    name = """it's "my" {study} (1) & `touch evil` $HOME $(shell touch evil); touch evil"""
    study = project.folder / "config" / f"{name}.yaml"
    venv = project.folder / "venv"
    venv.mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (venv / part).symlink_to(Path(sys.prefix) / part)
    (venv / ".study").touch()
    make = [
        "make",
        f"STUDY=config/{name}.yaml",
        f"VENV={venv}",
        f"PYTHON={sys.executable}",
        "LATEX_THERE=true",
        "CORES=2",
    ]

    def run(target):
        return subprocess.run([*make, target], cwd=project.folder, capture_output=True, text=True, timeout=600)

    process = run("study")
    assert process.returncode != 0
    assert f"error: STUDY=config/{name}.yaml not found" in process.stderr
    study.write_text("study: tiny\nseed: ?1\n")
    for target in ("study", "plan", "download"):
        process = run(target)
        assert process.returncode != 0
        assert f"error: config/{name}.yaml: seed: ?1 would make Snakemake run Python" in process.stderr
    study.write_bytes((project.folder / "config" / "tiny.yaml").read_bytes())
    process = run("plan")
    assert process.stdout == "Study tiny: nothing to do, all results are there and up to date.\n", process.stderr
    for cores in ("0", "-1", "two"):
        make[-1] = f"CORES={cores}"
        for target in ("study", "plan"):
            sentence = f"error: CORES is {cores}, expected a whole number of at least 1, or all"
            assert sentence in run(target).stderr
    make[-1] = "CORES=2"
    make.insert(1, "STUDI=config/tiny.yaml")
    process = run("plan")
    assert process.returncode != 0
    assert "error: unknown variable STUDI, expected some of STUDY CORES" in process.stderr
    assert not (project.folder / "evil").exists()


def test_no_model_trains_unless_the_gradient_check_passed(project):
    project.edit("lib/autoencoder.py", "-rho / rho_hat + (1 - rho)", "rho / rho_hat + (1 - rho)")
    output = project.snakemake("results/tiny/tables/training.csv", check=False)
    assert project.status != 0
    assert "gradient check of 6_sigmoid_all: reduced network, every parameter has relative error" in output
    assert "no model of this network trains" in output
    assert "trained" not in output
    assert "Traceback" not in output


def test_a_gpu_that_is_asked_for_but_absent_is_an_error(project):
    cupy = sys.modules.get("cupy") or (find_spec("cupy") and import_module("cupy"))
    if cupy and cupy.cuda.is_available():
        pytest.skip("this machine has a GPU")
    models = {path.name.split("_")[0]: path for path in (project.folder / "results/tiny/models").iterdir()}
    trained, untrained = (str(models[name].relative_to(project.folder)) for name in ("autoencoder", "untrained"))
    project.snakemake("--set-resources", "train_model:gpu=1", "--force", f"{untrained}/theta.npy")
    record = json.loads((models["untrained"] / "training.json").read_text())
    assert record["device"] == "cpu", "random weights need no GPU"
    project.snakemake("--set-resources", "train_model:gpu=1", "--force", f"{trained}/theta.npy", check=False)
    assert project.status != 0
    (log,) = (project.folder / "results/tiny/logs/train_model").glob("autoencoder*.log")
    assert "a GPU was asked for" in log.read_text()
    assert "Traceback" not in log.read_text()
