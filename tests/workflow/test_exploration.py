"""Labelled images are explored before training: tables, figures, a section of the report, links of the overview."""

import shutil
import zipfile

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_digits

from lib.evaluation.exploration import MOST_IMAGES
from tests.workflow.conftest import LEFT_BEHIND, ROOT, TINY, Project

PARTS = ("balance", "moments", "histograms", "pairs", "pca", "tsne", "doubts")
TABLES = ("classes", "pairs", "doubts", "maps", "components")
WRONG = (3, 900, 1200)  # training images whose labels are changed


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The folder of results of handwritten digits after an exploration, and their labels."""
    images, labels = load_digits(return_X_y=True)
    images = (images * 15).astype(np.uint8).reshape(-1, 8, 8)
    labels[list(WRONG)] = (labels[list(WRONG)] + 5) % 10
    folder = tmp_path_factory.mktemp("digits") / "project"
    shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
    (folder / "data").mkdir()
    for split, part in (("train", slice(0, 1500)), ("test", slice(1500, None))):
        np.save(folder / "data" / f"{split}_X.npy", images[part])
        np.save(folder / "data" / f"{split}_y.npy", labels[part])
    study = TINY | {"dataset": "data", "report": {"exploration": True}}
    (folder / "config" / "tiny.yaml").write_text(yaml.safe_dump(study))
    Project(folder).snakemake("results/tiny/figures/exploration/pca.png")
    return folder / "results" / "tiny", labels[:1500]


def test_real_digits_are_explored(digits):
    results, labels = digits
    tables = {name: pd.read_csv(results / "tables" / f"exploration_{name}.csv") for name in TABLES}
    assert tables["classes"]["images"].tolist() == np.bincount(labels).tolist()
    assert tables["classes"]["sampled"].sum() == min(MOST_IMAGES, 1500)
    assert tables["classes"]["agreement"].mean() > 0.9
    assert set(WRONG) <= set(tables["doubts"]["image"]), "wrong labels are found"
    assert len(tables["doubts"]) < 30, "few right ones are doubted"
    assert set(tables["pairs"]["kind"]) == {"nearest", "nearest_of_two_classes", "farthest_of_one_class"}
    images = np.load(results / "dataset" / "train.npy").astype(float)
    for row in tables["pairs"].itertuples():
        assert row.distance == pytest.approx(np.linalg.norm(images[row.image] - images[row.other]), rel=1e-5)
        assert [row.image_class, row.other_class] == labels[[row.image, row.other]].tolist()
    assert len(tables["maps"]) == 1500
    assert tables["components"]["explained"].is_monotonic_decreasing


def test_digits_are_drawn(digits):
    results, _ = digits
    for part in PARTS:
        assert (results / f"figures/exploration/{part}.pdf").read_bytes().startswith(b"%PDF")
        assert (results / f"figures/exploration/{part}.png").read_bytes().startswith(b"\x89PNG")


def test_the_exploration_of_colour_images_reaches_report_and_overview(russian):
    results = russian.folder / "results" / "tiny"
    claims = (results / "report/claims.tex").read_text(encoding="utf-8")
    assert "\\newcommand{\\BalanceClaim}{Классы" in claims
    log = (results / "logs/typeset_report.log").read_text(encoding="utf-8")
    assert "undefined" not in log, "every figure and table that the section names is there"
    overview = (results / "index.html").read_text(encoding="utf-8")
    for part in PARTS:
        assert f"figures/exploration/{part}.png" in overview
    for table in TABLES:
        assert f"pages/exploration_{table}.html" in overview


def test_the_notebook_has_the_sentences_tables_and_figures_of_the_exploration(russian):
    results = russian.folder / "results" / "tiny"
    notebook = nbformat.read(results / "notebook.ipynb", as_version=4)
    (cell,) = (one for one in notebook.cells if one.get("id") == "exploration")
    outputs = [output["data"] for output in cell["outputs"]]
    assert sum("image/png" in one for one in outputs) == len(PARTS)
    text = " ".join(one["text/html"] for one in outputs if "text/html" in one)
    assert "Классы" in text
    assert "<table" in text
    with zipfile.ZipFile(results / "hand-in.zip") as archive:
        assert any(name.endswith("exploration/arrays.npz") for name in archive.namelist()), "it can run again"


def test_a_study_that_does_not_ask_for_it_is_not_explored(finished):
    results = finished.folder / "results" / "tiny"
    assert not (results / "figures/exploration").exists()
    assert not list((results / "tables").glob("exploration_*"))
    assert "What the data look like" not in (results / "report/experiments.tex").read_text(encoding="utf-8")
