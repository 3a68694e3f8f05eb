"""Classifiers that scale and rotate in the same way share a job that does it; results equal those without sharing."""

import io

import numpy as np

from tests.workflow.conftest import DEFAULT


def predictions(project, classifier):
    """Labels and probabilities that a classifier predicted, by file."""
    found = {}
    for name, content in project.results().items():
        if name.endswith(f"/{classifier}.npz"):
            arrays = np.load(io.BytesIO(content))
            found[name] = [arrays[kind].tobytes() for kind in ("labels", "probabilities")]
    return found


def test_classifiers_share_scaled_and_rotated_objects(project):
    alone = predictions(project, "logistic_regression")
    assert len(alone) == 3, "pixels and two models"
    two = {"linear_svm": DEFAULT["classifiers"]["linear_svm"]}
    project.snakemake("tables", config={"classifiers": two})
    assert predictions(project, "logistic_regression") == alone
    assert len(predictions(project, "linear_svm")) == 2, "the experiment asks only for logistic regression"

    three = two | {"rbf_svm": DEFAULT["classifiers"]["rbf_svm"]}
    planned = project.planned(classifiers=three)
    assert planned["classify"] == 2, "the first two classifiers have nothing to do"
    assert "prepare_objects" not in planned
    shared = [name for name in project.results() if "/prepared/" in name]
    assert len(shared) == 2
    for name in shared:
        (project.folder / "results" / "tiny" / name).touch()
    assert "prepare_objects" not in project.planned(classifiers=two)
    assert "classify" not in project.planned(classifiers=two)
    another = {"linear_svm": two["linear_svm"] | {"grid": {"C": [1.0e-4]}}}
    assert project.planned(classifiers=another)["classify"] == 2
    path = project.folder / "lib" / "classifiers" / "preparation.py"
    path.write_text(path.read_text() + "\n# changed\n")
    planned = project.planned(classifiers=two)
    assert (planned["prepare_objects"], planned["classify"]) == (2, 5)
