"""A tiny study of convolutional networks goes through every stage to the tables, with the same bits in every run."""

import shutil

import numpy as np
import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytest.importorskip("torch")

NETWORK = {
    "label": "network",
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": "head", "epochs": 2},
    "grid": {},
    "standardise": False,
    "rotate": False,
    "image_size": 8,
    "fine_tuned": True,
}
STUDY = {
    "folds": 0,
    "defaults": {
        **{"learner": "convolutional", "patch_size": 8, "image_size": 8, "scaling": "range", "stride": 8},
        **{"maps": 3, "kernel": 3, "epochs": 2, "patches": 60},
    },
    "networks": {"head": {"layers": ["flatten", {"dense": "classes"}]}},
    "experiments": {
        "learners": False,
        "start": {
            "vary": {"learner": ["convolutional", "untrained_convolutional"], "labels": [0, 3]},
            "compare": [{"measure": "accuracy", "with": {"classifier": "logistic_regression"}, "expect": "better"}],
        },
    },
    "classifiers": {"logistic_regression": {"image_size": 8, "grid": {"C": [1.0e-3]}}, "tuned": NETWORK},
}
TABLES = [f"results/tiny/tables/{name}.csv" for name in ("accuracy", "comparisons", "measures", "training")]


@pytest.fixture(scope="session")
def ended(once):
    """The project after the study has reached its tables; tests must neither change it nor run it."""
    return once("convolutional", lambda folder: Project.run(folder, TABLES, STUDY))


def bits(folder):
    """Return the bytes of all models and predictions, by path."""
    results = folder / "results" / "tiny"
    files = [path for path in results.rglob("*.np[yz]") if path.parent.name != "dataset"]
    return {str(path.relative_to(results)): path.read_bytes() for path in files}


def test_learners_and_networks_reach_the_tables(ended):
    results = ended.folder / "results" / "tiny"
    accuracy, comparisons, measures, training = (pd.read_csv(ended.folder / table) for table in TABLES)
    start = accuracy[accuracy["experiment"] == "start"]
    assert set(start["classifier"]) == {"logistic_regression", "tuned"}
    assert list(start[start["classifier"] == "tuned"]["n_features"]) == [192] * 5, "images of 8x8 pixels, and pixels"
    assert start["log_loss"].notna().all()
    assert (start["seconds"] > 0).all()
    twins = comparisons[comparisons["rival"] == "untrained"]
    assert set(twins["against"]) == {"labels 0, untrained convolutional", "labels 3, untrained convolutional"}
    contrasts = pd.read_csv(results / "tables" / "contrasts.csv")
    assert contrasts["setting"].tolist() == contrasts["against_setting"].tolist() == [0, 1, 2, 3]
    assert set(contrasts["classifier"]) == {"tuned"}
    found = accuracy.set_index(["experiment", "setting", "classifier"])["accuracy"]["start"].unstack()
    assert list(contrasts["difference"]) == pytest.approx(list((found["tuned"] - found["logistic_regression"])[1:]))
    errors = measures[(measures["experiment"] == "start") & (measures["measure"] == "held_out_error")]["mean"]
    assert errors.iloc[0] < errors.iloc[-1], "training lowers the error on test images"
    trained = training[training["learner"] == "convolutional"]
    assert list(trained["iterations"]) == [2]
    assert list(trained["network"]) == ["one_block"]
    (model,) = (results / "models").glob("convolutional_*")
    assert np.load(model / "filters.npy").shape == (3, 27)
    assert list(pd.read_csv(model / "history.csv")["iteration"]) == [0, 1, 2]
    assert np.load(model / "reconstructions.npy").shape == (2, 40, 192)
    classification = pd.read_csv(results / "tables" / "classification.csv")
    assert list(classification[classification["labels"] == 3]["n_train"]) == [30] * 4
    assert not list(results.glob("features/*/*labels*")), "labels change no features"


def test_the_same_bits_in_another_run_and_a_change_of_a_network_reruns_its_models(ended, tmp_path):
    again = ended.copy(tmp_path)
    before = bits(again.folder)
    shutil.rmtree(again.folder / "results" / "tiny")
    again.snakemake(*TABLES, config=STUDY)
    assert bits(again.folder) == before
    head = {"head": {"layers": ["flatten", {"dropout": 0.5}, {"dense": "classes"}]}}
    planned = again.planned(**STUDY | {"networks": head})
    assert planned["classify"] == 5, "the networks, on pixels and on two models with two numbers of labels"
    assert "train_model" not in planned


def test_a_study_without_pytorch_is_refused_in_one_sentence(ended, monkeypatch, tmp_path):
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text("import sys\nsys.modules['torch'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    output = ended.snakemake("-n", config=STUDY, check=False)
    assert ended.status != 0
    assert "error: the learner convolutional needs PyTorch; install it by: make deep" in output
    assert "Traceback" not in output
