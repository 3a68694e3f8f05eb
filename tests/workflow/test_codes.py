"""A tiny study of variational and denoising autoencoders reaches its figures of codes, bounds and report."""

import numpy as np
import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytest.importorskip("torch")


def network(codings):
    return {
        "encoder": ["flatten", {"dense": 8}, "elu", {"sampling": codings}],
        "decoder": [{"dense": "values"}, {"reshape": "shape"}, "sigmoid"],
    }


PLAIN = {"encoder": ["flatten", {"dense": 8}, "relu"], "decoder": [{"dense": "values"}, {"reshape": "shape"}]}
STUDY = {
    "folds": 0,
    "defaults": {
        **{"learner": "pca", "hidden": [4], "patch_size": 8, "image_size": 8, "scaling": "unit", "stride": 8},
        **{"epochs": 2, "patches": 60},
    },
    "networks": {"two": network(2), "three": network(3), "plain": PLAIN},
    "experiments": {
        "learners": False,
        "codes": {"vary": {"learner": ["variational"], "network": ["two", "three"]}, "classifiers": []},
        "noise": {
            "set": {"learner": "convolutional", "network": "plain"},
            "vary": [{"corruption": ["none"]}, {"corruption": ["zeros"], "noise": [0.2]}],
            "classifiers": [],
        },
    },
}
FIGURES = [f"codes/{kind}" for kind in ("plane", "manifold", "samples", "interpolations")] + ["noise/corrections"]
FILES = ("tables/bounds.csv", "report/experiments.tex", "report/tables/codes-bounds.tex")
TARGETS = [f"results/tiny/{file}" for file in (*(f"figures/{figure}.png" for figure in FIGURES), *FILES)]


@pytest.fixture(scope="session")
def ended(once):
    """The project after the study has reached its figures and sentences; tests must neither change it nor run it."""
    return once("codes", lambda folder: Project.run(folder, TARGETS, STUDY))


def test_models_are_decoded_as_their_settings_allow(ended):
    models = ended.folder / "results" / "tiny" / "models"
    decoded = {path.parent.name: np.load(path) for path in sorted(models.glob("*/decoded.npz"))}
    noisy, three, two = (decoded[name] for name in decoded)
    assert [name.split("_")[:2] for name in decoded] == [
        ["convolutional", "plain"],
        ["variational", "three"],
        ["variational", "two"],
    ]
    assert noisy["corrections"].shape == (3, 10, 192)
    clean, corrupted, _reconstructed = noisy["corrections"]
    assert 0.1 < np.mean(clean != corrupted) < 0.3
    assert two["samples"].shape == three["samples"].shape == (100, 192)
    assert two["manifold"].shape == (225, 192)
    assert two["codes"].shape == (40, 2), "one for each test image"
    assert "manifold" not in three.files
    labels = np.load(ended.folder / "results" / "tiny" / "dataset" / "test_labels.npy")
    np.testing.assert_array_equal(two["labels"], labels)


def test_the_report_has_figures_and_bounds(ended):
    bounds = pd.read_csv(ended.folder / "results/tiny/tables/bounds.csv")
    assert list(bounds["experiment"]) == ["codes"] * 2
    assert list(bounds["repetitions"]) == [1, 1]
    np.testing.assert_allclose(bounds["elbo"], -bounds["cross_entropy"] - bounds["divergence"])
    assert (bounds["elbo"] < bounds["importance_bound"]).all()
    text = (ended.folder / "results/tiny/report/experiments.tex").read_text(encoding="utf-8")
    for figure in FIGURES:
        assert f"\\inputfigure{{{figure.replace('/', '-')}}}" in text
    assert "\\inputtable{tables/codes-bounds}" in text
    assert "The importance-weighted bound of the log-likelihood of a test image is best for" in text
