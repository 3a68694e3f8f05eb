"""Classifiers that scale and rotate alike share what that gives, and one of them alone finds the same by itself."""

import io

import numpy as np

from tests.workflow.conftest import DEFAULT


def predictions(project, classifier):
    """Labels and probabilities by a classifier, by file."""
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
    assert len(predictions(project, "linear_svm")) == 2, "the experiment asks for logistic regression alone"
    folder = project.folder / "results" / "tiny"
    assert not list(folder.glob("predictions/*/*/prepared/*")), "they are temporary"
    assert len(list(folder.glob("benchmarks/prepare_objects/*/*.tsv"))) == 2

    three = two | {"rbf_svm": DEFAULT["classifiers"]["rbf_svm"]}
    planned = project.planned(classifiers=three)
    assert planned["classify"] == planned["prepare_objects"] == 2, "the first two classifiers have nothing to do"
    another = two | {"linear_svm": two["linear_svm"] | {"grid": {"C": [1.0e-4]}}}
    planned = project.planned(classifiers=another)
    assert planned["classify"] == planned["prepare_objects"] == 2
