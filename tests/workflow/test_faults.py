"""Faults end with a sentence and a non-zero status, run nothing in vain, and harm no result."""

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.unit import raw_forms
from tests.workflow.conftest import DEFAULT

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
            {"classifiers": {"logistic_regression": {"parameters": {"max_iter": 500.0}}}},
            "configuration: classifiers.logistic_regression.parameters: The 'max_iter' parameter",
        ),
        (
            {
                "classifiers": {
                    "random_forest": {**DEFAULT["classifiers"]["random_forest"], "label": "logistic regression"}
                }
            },
            "configuration: classifiers.logistic_regression.label is logistic regression, expected another one than",
        ),
        ({"defaults": {"pooling": 4}}, "configuration keys patch_size, image_size, stride and pooling: pooling is 4"),
        ({"defaults": {"hidden": [4, 5]}}, "experiment default: hidden_size is [4, 5], expected a symmetric vector"),
    ],
)
def test_faults_of_the_configuration(project, changes, sentence):
    """One of each check that a configuration has to pass; their other faults are tested without Snakemake."""
    output = stopped(project, config=changes)
    assert f"error: {sentence}" in output
    assert "rule" not in output, "nothing was started"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("study: own\ndataset: [a\n", "broken.yaml: not valid YAML (line 3, column 1: expected ',' or ']'"),
        ("study: own\n\tdataset: a\n", "broken.yaml: not valid YAML (line 2, column 1: found character '\\t'"),
        ("study\n", "broken.yaml: holds no keys and values"),
        ("study: own\nseed: 1\nseed: 2\n", "broken.yaml: not valid YAML (line 3, column 1: the key seed stands twice)"),
        ("seed: 1\n", "broken.yaml: has no key study, expected a name of its own"),
        (None, "broken.yaml: cannot be read (No such file or directory)"),
    ],
)
def test_a_configuration_that_is_no_yaml_is_told_with_its_line(tmp_path, text, sentence):
    if text is not None:
        (tmp_path / "broken.yaml").write_text(text)
    command = [sys.executable, str(ROOT / "workflow" / "check_yaml.py"), "broken.yaml"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 1
    assert told.stderr.startswith(f"error: {sentence}")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("study", ["config", "stl10", "smoke", "full"])
def test_the_studies_that_come_with_the_project_are_yaml(study):
    command = [sys.executable, str(ROOT / "workflow" / "check_yaml.py"), str(ROOT / "config" / f"{study}.yaml")]
    assert subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def raw(project):
    """Valid raw pickles of the user's own, in a folder of the project."""
    rng = np.random.default_rng(0)
    images = lambda n: rng.integers(0, 256, size=(n, 432), dtype=np.uint8)  # noqa: E731
    names, labels = ["a", "b"], np.array([[1], [2], [1], [2], [1], [2]])
    contents = {
        "train": {"X": images(6), "y": labels, "class_names": names},
        "test": {"X": images(6), "y": labels, "class_names": names},
        "unlabeled": {"X": images(9)},
    }
    folder = project.folder / "raw"
    folder.mkdir()
    for split, value in contents.items():
        (folder / f"{split}.pk").write_bytes(pickle.dumps(value))
    return folder


def test_raw_data_may_go_once_they_are_ingested(project, raw):
    target = "results/own/patches/n200_p8_seed0.npy"
    project.snakemake(target, config=OWN)
    shutil.rmtree(raw)
    assert "Nothing to be done" in project.snakemake("--dry-run", target, config=OWN)


def test_another_data_set_is_not_taken_for_the_one_that_was_ingested(project):
    output = stopped(project, config={"dataset": "data/gone"})
    assert "error: data/gone: not found, expected raw data of the study tiny" in output


def test_the_users_own_pickles_are_ingested(project, raw):
    project.snakemake("results/own/dataset/facts.json", config=OWN)
    assert np.load(project.folder / "results/own/dataset/train.npy").shape == (6, 432)
    facts = json.loads((project.folder / "results/own/dataset/facts.json").read_text())
    for split in ("train", "test", "unlabeled"):
        ((name, told),) = facts["splits"][split]["files"].items()
        content = (raw / name).read_bytes()
        assert told == {"bytes": len(content), "files": 1, "sha256": hashlib.sha256(content).hexdigest()}


def test_folders_of_pictures_are_ingested(project):
    """Folders among the raw files; what becomes of every form is tested without Snakemake."""
    (project.folder / "raw").mkdir()
    raw_forms.write_pictures(project.folder / "raw")
    project.snakemake("results/own/dataset/facts.json", config=OWN)
    found = np.load(project.folder / "results/own/dataset/test.npy")
    assert (np.sort(found, axis=0) == np.sort(raw_forms.rows("test"), axis=0)).all()


def test_a_truncated_pickle_and_a_wrong_label_are_told_together(project, raw):
    train = raw / "train.pk"
    train.write_bytes(train.read_bytes()[:-100])
    test = pickle.loads((raw / "test.pk").read_bytes())
    (raw / "test.pk").write_bytes(pickle.dumps(test | {"y": test["y"] + 1}))
    output = stopped(project, "results/own/dataset/facts.json", config=OWN)
    assert "raw/train.pk: not a whole pickle of plain data" in output
    assert "raw/test.pk: y holds the label 3, expected 1 to 2" in output
    log = (project.folder / "results/own/logs/ingest_dataset.log").read_text()
    assert "raw/test.pk: y holds the label 3" in log


def test_images_smaller_than_the_patches(project, raw):
    # 12x12 images cannot hold the patches of 16x16
    target = "results/own/patches/n200_p16_seed0.npy"
    output = stopped(project, target, config=OWN | {"defaults": {"patch_size": 16}})
    assert "configuration keys patches, patch_size and image_size: patch_size is 16, expected 1 to 12" in output


def test_no_model_trains_unless_the_gradient_check_passed(project):
    project.edit("lib/autoencoder.py", "(1 - rho) / (1 - mean) - rho / mean", "(1 - rho) / (1 - mean) + rho / mean")
    output = project.snakemake("results/tiny/tables/training.csv", check=False)
    assert project.status != 0
    assert "gradient check of 6_sigmoid_all: reduced network, every parameter has relative error" in output
    assert "no model of this network trains" in output
    assert "rule train_model" not in output
    assert "Traceback" not in output


def test_a_gpu_that_is_asked_for_but_absent_is_an_error(project):
    cupy = sys.modules.get("cupy") or (find_spec("cupy") and import_module("cupy"))
    if cupy and cupy.cuda.is_available():
        pytest.skip("this machine has a GPU")
    model = "results/tiny/models/untrained_6_sigmoid_n200_p8_patch_float64_seed0/theta.npy"
    project.snakemake("--set-resources", "train_model:gpu=1", "--force", model, check=False)
    assert project.status != 0
    (log,) = (project.folder / "results/tiny/logs/train_model").glob("untrained*.log")
    assert "a GPU was asked for" in log.read_text()
    assert "Traceback" not in log.read_text()
