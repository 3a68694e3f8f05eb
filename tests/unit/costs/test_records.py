"""What earlier runs left on this machine may be damaged: the plan of a study measures again instead of stopping."""

import json
from pathlib import Path

import numpy as np
import pytest

from lib.costs.stored import rates_for, stored_rates
from lib.costs.work import Data
from lib.study.experiments import expand
from tests.unit.study.test_validation import DEFAULT

ROOT = Path(__file__).parents[3]
RECORD = "s\th:m:s\tmax_rss\tcpu_time\n2.5\t0:00:02\t100.0\t1.5\n"
KNOWN = {
    **{"memory": 1e8, "amounts": {"byte": 1e-9}, "startup": {"classify": 1.0}, "written": {"classify": 10.0}},
    "classifiers": {
        "0123": {"seconds": 1.0, "objects": 10, "features": 5, "classes": 2, "powers": [1, 1, 1], "prediction": 0.1}
    },
}


@pytest.fixture
def rates(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    import rates

    return rates


def test_a_benchmark_is_read(rates, tmp_path):
    (tmp_path / "a.tsv").write_text(RECORD)
    assert rates.measured("a.tsv", tmp_path) == {"seconds": 2.5, "cpu": 1.5, "memory": 100 * 2**20}
    assert rates.measured("none.tsv", tmp_path) is None
    assert rates.measured(None, tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 50,
        b"\xff\xfe",
        RECORD.encode()[:20],
        RECORD.encode().split(b"\n")[0],
        RECORD.replace("2.5", "-").encode(),
        RECORD.replace("2.5", "two").encode(),
        RECORD.replace("cpu_time", "other").encode(),
    ],
)
def test_a_damaged_benchmark_counts_as_none(rates, tmp_path, content):
    (tmp_path / "a.tsv").write_bytes(content)
    assert rates.measured("a.tsv", tmp_path) is None


def test_rates_are_read(tmp_path):
    (tmp_path / "rates.json").write_text(json.dumps(KNOWN))
    assert stored_rates(tmp_path / "rates.json") == KNOWN


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "5", "[]", "null", "{}"),
        json.dumps(KNOWN | {"memory": "much"}),
        json.dumps(KNOWN | {"amounts": 5}),
        json.dumps(KNOWN | {"startup": {"classify": None}}),
        json.dumps(KNOWN | {"classifiers": {"0123": {"seconds": 1.0}}}),
    ],
)
def test_damaged_rates_count_as_none(tmp_path, content):
    (tmp_path / "rates.json").write_text(content)
    assert stored_rates(tmp_path / "rates.json") == {}
    assert stored_rates(tmp_path / "none.json") == {}


def test_a_learner_that_was_not_measured_costs_as_the_others_usually_do():
    """One slow learner must not decide: its rate is a thousand times the others'."""
    config = DEFAULT | {"experiments": {}, "defaults": DEFAULT["defaults"] | {"learner": "kmeans"}}
    study = expand(config)
    known = {"training ica": 0.0, "training pca": 1e-10, "training autoencoder": 2e-10}
    known |= {"training ica, fixed": 1e-4, "training pca, fixed": 1e-7, "training autoencoder, fixed": 2e-7}
    stored = KNOWN | {"amounts": KNOWN["amounts"] | known}
    data = Data({"train": 100, "test": 50, "unlabeled": 0}, 32, 3, 10, [], 0)
    found = rates_for(study, config["classifiers"], data, stored).amounts
    assert (found["training kmeans"], found["training kmeans, fixed"]) == (1e-10, 2e-7)


def test_damaged_images_to_measure_on_count_as_none(rates, tmp_path):
    assert rates._measured_images(tmp_path) is None
    np.save(tmp_path / "train.npy", np.zeros((4, 12), np.uint8))
    np.save(tmp_path / "train_labels.npy", np.arange(4))
    assert len(rates._measured_images(tmp_path)) == 2
    whole = (tmp_path / "train.npy").read_bytes()
    for content in (b"", whole[:-5], b"garbage" * 20):
        (tmp_path / "train.npy").write_bytes(content)
        assert rates._measured_images(tmp_path) is None
