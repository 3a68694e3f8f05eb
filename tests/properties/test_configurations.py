"""Every random configuration gives a whole graph of jobs, or is refused in a sentence."""

import os
import shutil
from itertools import islice
from pathlib import Path

import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from lib.base.errors import StudyError
from lib.costs.fitting import check_data, usual_components
from lib.datasets.known_facts import known_facts
from lib.study.configuration_files import read
from lib.study.experiments import expand
from lib.study.model_labels import feature_labels, labels
from lib.study.settings import PIXELS
from lib.study.validation import checked
from tests.properties.arrays import mostly
from tests.unit.study.test_validation import DEFAULT, SCHEMA
from tests.workflow.conftest import LEFT_BEHIND, ROOT, Project

LARGE = settings.get_current_profile_name() == "large"
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "2000")) if LARGE else 50
RUNS = int(os.environ.get("STUDIES", "50")) if LARGE else 0
HOUR = 3600  # seconds
ODD = [None, True, "x", -1, 0, 1e300, float("nan"), [], {}, "1e-4", 2.5, "../x"]
SETTINGS = SCHEMA["$defs"]["settings"]["properties"]
# Usual values of settings: small studies on photographs of 96 pixels.
USUAL = {
    "hidden": st.sampled_from([[4], [6], [4, 2, 4], [3, 3], [75]]),
    "patches": st.sampled_from([10, 50, 200, 1e2]),
    "patch_size": st.sampled_from([2, 4, 8, 96]),
    "image_size": st.sampled_from([0, 16, 32, 96]),
    "iterations": st.integers(1, 3),
    "layer": st.sampled_from([1, 1, 2, 3]),
    "stride": st.sampled_from([16, 32, 44, 96]),
    "pooling": st.sampled_from([0, 0, 1, 2, 9]),
    "rho": st.sampled_from([0.05, 1e-9, 0.5]),
    "lambda": st.sampled_from([0, 1e-4, 1e9]),
    "beta": st.sampled_from([0, 3, 1e9]),
    "threshold": st.sampled_from([0, 0.25, 1e9]),
}


def value_of(key):
    """A strategy for values of a setting, most of which are allowed."""
    schema = SETTINGS[key]
    usual = USUAL.get(key)
    if usual is None:
        usual = st.sampled_from(schema["enum"]) if "enum" in schema else st.booleans()
    return st.integers(0, 40).flatmap(lambda number: st.sampled_from(ODD) if number == 40 else usual)


KEYS = st.sampled_from(sorted(SETTINGS))


def some_settings(most):
    """A strategy for mappings of up to so many settings to values."""
    return st.sets(KEYS, max_size=most).flatmap(
        lambda keys: st.fixed_dictionaries({key: value_of(key) for key in keys})
    )


def varied(most):
    """A strategy for lists of values by setting."""
    return st.sets(KEYS, min_size=1, max_size=most).flatmap(
        lambda keys: st.fixed_dictionaries({key: st.lists(value_of(key), min_size=1, max_size=3) for key in keys})
    )


VARY = mostly(varied(2), st.lists(varied(2), max_size=3), st.builds(lambda part: {"together": part}, varied(1)))
CLASSIFIERS = sorted(DEFAULT["classifiers"])
EXPERIMENT = st.fixed_dictionaries(
    {"vary": VARY},
    optional={
        "set": some_settings(3),
        "seeds": mostly(st.integers(1, 3), 0, 1001, "2"),
        "folds": st.booleans(),
        "classifiers": st.lists(st.sampled_from([*CLASSIFIERS[:2], *CLASSIFIERS]), max_size=2, unique=True),
        "title": mostly(st.just("A title"), "", {"ru": "x"}, {"en": "a", "ru": "б"}, 5),
        "axis": st.sampled_from(["rho", "patches", "x"]),
        "compare": st.lists(
            st.fixed_dictionaries(
                {"measure": st.sampled_from(["accuracy", "gap", "loss", "size"])},
                optional={
                    "with": st.dictionaries(
                        st.sampled_from(["rho", "classifier", "x"]), st.sampled_from([0.01, 0.1, "random_forest", [1]])
                    ),
                    "expect": st.sampled_from(["better", "as_good", "worse"]),
                },
            ),
            max_size=2,
        ),
        "task": st.integers(0, 13),
        "comment": st.sampled_from(["50 %", "{accuracy 0 random_forest}", "{loss 9}", "{", "{x y z}"]),
    },
)
NAMES = st.sampled_from(["mine", "rho", "depth", "default", "Ä", "a" * 61, "other"])
CONFIGURATION = st.fixed_dictionaries(
    {"study": mostly(st.just("random"), "", "../x", "bench", "a" * 101)},
    optional={
        "seed": mostly(st.integers(0, 99), -1, 2**63, 1.5),
        "crops": st.fixed_dictionaries(
            {}, optional={split: st.integers(0, 40) for split in ("train", "test", "unlabeled")}
        ),
        "folds": mostly(st.sampled_from([0, 2, 3]), 1, 101, "x"),
        "classes": st.lists(st.sampled_from(["cat", "dog", "7", "", 5]), max_size=3),
        "defaults": some_settings(5),
        "experiments": st.dictionaries(NAMES, mostly(EXPERIMENT, None, False, True, {}), max_size=3),
        "only": st.lists(st.sampled_from(["mine", "rho", "depth", "nothing"]), max_size=2),
        "classifiers": st.dictionaries(
            st.sampled_from([*CLASSIFIERS, "mine"]),
            mostly(st.just(False), {"label": "x"}, {"components": 5}, {"parameters": {"x": 1}}, {}),
            max_size=4,
        ),
        "report": st.sampled_from([{"language": "ru"}, {"title": "x"}, {"author": ""}, {"language": "fr"}]),
    },
)


def graph(changes, place):
    """The study of a configuration, None if it is refused: all that the workflow checks before its first job."""
    (place / "random.yaml").write_text(yaml.safe_dump(changes, allow_unicode=True), encoding="utf-8")
    study, refused = None, ()
    try:
        config = checked(read(place / "random.yaml"), SCHEMA, DEFAULT)
        study = expand(config)
        check_data(config, study, known_facts(config, place), usual_components(DEFAULT))
    except StudyError as error:
        study, refused = None, error.sentences
    event("a graph" if study else "refused")
    assert study or refused
    assert all(sentence and "\n" not in sentence for sentence in refused)
    return study


@settings(max_examples=EXAMPLES)
@given(CONFIGURATION)
def test_a_configuration_gives_a_graph_or_a_sentence(tmp_path_factory, changes):
    study = graph(changes, tmp_path_factory.getbasetemp())
    if study is None:
        return
    names = [*study.models, *study.views, *study.samples, *study.normalisers, *study.networks]
    assert all(len(name.encode()) < 230 and "/" not in name for name in names), "names of files"
    for model in study.models.values():
        assert model.sample in study.samples
        assert model.normaliser in study.normalisers
        assert model.network is None or model.network in study.networks
    for features, parts in study.features.items():
        assert all(model in study.models and view in study.views for model, view in parts), features
    evaluated = {(model, view) for model, view, _classifier in study.evaluations}
    for name, experiment in study.experiments.items():
        for combination in experiment.combinations:
            assert experiment.classifiers == [] or set(combination.members) <= evaluated, name
    assert {features for features in evaluated if features[0] != PIXELS} <= set(study.features)
    assert len(set(study.evaluations)) == len(study.evaluations)
    assert set(labels(study)) >= set(study.models)
    assert set(feature_labels(study)) == evaluated


def tiny_studies(count, place):
    """The first ``count`` random configurations that are valid, made so small that each takes about a minute to run."""
    found = []

    @settings(max_examples=40 * max(1, count), derandomize=True, deadline=None, database=None)
    @given(CONFIGURATION)
    def collect(changes):
        small = changes | {"crops": {"train": 3, "test": 1, "unlabeled": 2}, "folds": 0, "study": f"random{len(found)}"}
        small["defaults"] = {"patches": 50, "iterations": 2, "stride": 44, "hidden": [4]} | changes.get("defaults", {})
        small.setdefault("only", sorted(changes.get("experiments", {})))
        if len(found) < count and (study := graph(small, place)) and len(study.evaluations) < 30:
            found.append(small)

    collect()
    return found


@pytest.mark.skipif(not RUNS, reason="only make test-properties runs studies")
def test_random_studies_run_to_their_tables(tmp_path):
    """Every tenth one is planned by Snakemake to its end as well."""
    folder = Path(shutil.copytree(ROOT, tmp_path / "project", ignore=LEFT_BEHIND))
    project = Project(folder)
    (folder / "config" / "tiny.yaml").write_text("{}")
    for number, config in enumerate(islice(tiny_studies(RUNS, tmp_path), RUNS)):
        print(f"study {number}: {config}")
        if number % 10 == 0:
            assert "Job stats" in project.snakemake("--dry-run", config=config)
        output = project.snakemake("tables", config=config, check=False, limit=HOUR)
        assert project.status == 0 or "error: " in output, output
        assert "Traceback" not in output
        if project.status == 0:
            assert (folder / "results" / config["study"] / "tables" / "accuracy.csv").is_file()
