"""Every learner reaches the report with reduced images, whitened patches and pooled features; a model has two views."""

import json

import numpy as np
import pandas as pd

from lib.study.settings import PATCH_SETTINGS
from tests.workflow.conftest import LEARNERS, RUSSIAN, VIEW


def test_rivals_reach_the_report(russian):
    results = russian.folder / "results" / "tiny"
    assert np.load(results / "dataset/reduced_32/train.npy").shape[1] == 32 * 32 * 3
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")

    table = pd.read_csv(results / "tables/classification.csv")
    rivals = table[(table["fold"] == "all") & (table["stride"] == VIEW["stride"])]
    assert list(rivals["learner"]) == LEARNERS
    assert set(rivals["n_features"]) == {2 * 2 * 2 * 6}, "cells, signs and units are the same for all"
    models = [json.loads((results / f"models/{model}/training.json").read_text()) for model in rivals["model"]]
    samples = {tuple(model["settings"][key] for key in PATCH_SETTINGS) for model in models}
    assert len(samples) == 1, "all learn from the same patches"
    features = [
        np.load(results / f"features/{model}/layer1_stride6_sign_split_threshold0.25_pooling2_mirror/test.npy")
        for model in rivals["model"]
    ]
    assert all(matrix.shape == (2 * 40, 2 * 2 * 2 * 6) for matrix in features), "images and their mirror images"
    assert set(rivals["n_train"]) == {60}
    assert set(rivals["n_test"]) == {40}
    assert len({matrix.tobytes() for matrix in features}) == len(LEARNERS)
    assert all(np.isfinite(matrix).all() and np.ptp(matrix) > 0 for matrix in features)


def test_features_in_several_views_reach_the_report(russian):
    text = (russian.folder / "results/tiny/report/experiments.tex").read_text(encoding="utf-8")
    assert r"«шаг \num{22}»" in text
    assert r"«шаг \num{44}»" in text


def test_separate_jobs_reduce_the_images(russian, tmp_path):
    project = russian.copy(tmp_path)
    assert project.planned(**RUSSIAN) == {}
    path = project.folder / "lib" / "datasets" / "reduction.py"
    path.write_text(path.read_text() + "\n# changed\n")
    planned = project.planned(**RUSSIAN)
    assert planned["reduce_images"] == 3
    assert planned["sample_patches"] == 1, "patches of whole images stay"
    assert "ingest_dataset" not in planned


def test_more_cells_than_patches_are_a_fault(project):
    many = {"experiments": {"a": {"vary": {"pooling": [4]}}}}
    output = project.snakemake(config=many, check=False)
    assert "pooling is 4, expected 0 to 3: the grid has 3x3 patches" in output
    assert "Traceback" not in output
