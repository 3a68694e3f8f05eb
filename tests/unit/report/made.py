"""Made results of a small study: tables whose numbers a test chooses."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from lib.report.results import Results
from lib.study.experiments import expand
from lib.tabulation.published import PUBLISHED_SETTINGS
from lib.words.names import heading, stated_headings
from tests.unit.study.test_validation import DEFAULT

CLASSIFIERS = {name: entry["label"] for name, entry in DEFAULT["classifiers"].items()}
BOTH = ["logistic_regression", "random_forest"]
EXPERIMENTS = {
    "learners": {"task": 8, "vary": {"learner": ["autoencoder", "untrained"]}, "seeds": 3, "classifiers": BOTH},
    "classifiers": {"task": 8, "vary": {"learner": ["autoencoder"]}, "seeds": 3, "classifiers": BOTH},
    "beta": {"task": 7, "vary": {"beta": [3.0, 0.0, 1000.0]}, "seeds": 3, "classifiers": ["logistic_regression"]},
    "depth": {
        "task": 9,
        "vary": [{"hidden": [[75]]}, {"hidden": [[75, 50, 75]], "layer": [1, 2]}],
        "seeds": 3,
        "classifiers": ["logistic_regression"],
    },
    "sample_size": {"task": 10, "vary": {"patches": [10000, 100, 1000]}, "seeds": 3, "classifiers": BOTH},
    "activation": {
        "task": 12,
        "set": {"decoder": "linear", "beta": 0.0},
        "vary": {"activation": ["sigmoid", "relu"]},
        "seeds": 3,
        "classifiers": ["logistic_regression"],
    },
    "my_own": {"vary": {"rho": [0.01, 0.1]}, "classifiers": []},
}
MEASURES = (
    *("oriented_share", "colour_share", "edge_likeness", "effective_share", "explained_variance"),
    *("collapsed", "dead_share", "seconds"),
)


def _measures(study):
    rows = []
    for name, experiment in study.experiments.items():
        for number, combination in enumerate(experiment.combinations):
            for measure in MEASURES:
                row = {"experiment": name, "setting": number, "label": str(combination.label), "measure": measure}
                mean = 0.0 if measure in ("collapsed", "dead_share") else 0.7
                row |= {"repetitions": len(combination.members), "mean": mean, "low": mean - 0.05, "high": mean + 0.05}
                row |= {"difference": np.nan, "difference_low": np.nan, "difference_high": np.nan}
                rows.append(row | {"p_value": np.nan, "p_corrected": np.nan, "comparisons": 2})
    return pd.DataFrame(rows)


def _accuracies(study):
    accuracy, comparisons = [], []
    for name, experiment in study.experiments.items():
        for classifier in experiment.classifiers:
            for number in range(-1, len(experiment.combinations)):
                row = {"experiment": name, "setting": number, "label": "x", "classifier": classifier, "repetitions": 3}
                row |= {"n_features": 100, "accuracy": 0.5, "low": 0.45, "high": 0.55, "log_loss": 1.25}
                accuracy.append(row)
                rivals = {"pixels": number >= 0, "first": number > 0}
                rivals["best_pixels"] = number >= 0
                rivals["untrained"] = number >= 0 and study.untrained_twin(name, number) is not None
                for rival in (rival for rival, has in rivals.items() if has):
                    about = {key: row[key] for key in ("experiment", "setting", "label", "classifier")}
                    about |= {
                        "rival": rival,
                        "against": rival,
                        "against_classifier": "random_forest" if rival == "best_pixels" else classifier,
                        "accuracy_against": 0.3,
                        "difference": 0.0,
                        "low": -0.02,
                        "high": 0.02,
                    }
                    comparisons.append(about | {"p_value": 0.5, "p_corrected": 1.0, "comparisons": 4})
    return pd.DataFrame(accuracy), pd.DataFrame(comparisons)


def _trends(study):
    rows = [
        {"experiment": "sample_size", "key": "patches", "classifier": classifier, "scale": "log10", "slope": 0.001}
        | {"low": -0.002, "high": 0.004, "p_value": 0.4, "p_corrected": 0.8, "comparisons": 2}
        for classifier in BOTH
    ]
    return pd.DataFrame(rows)


def _convergence(study):
    rows = []
    for against, places in (("iterations", (25, 50, 100)), ("seconds", (0.5, 1.0, 2.0))):
        for at in places:
            for setting in (0, 1):
                row = {"experiment": "activation", "setting": setting, "label": "x", "against": against, "at": at}
                row |= {"repetitions": 3, "reconstruction": 0.2, "low": 0.19, "high": 0.21, "ratio": 1.0}
                rows.append(row | {"ratio_low": 0.9, "ratio_high": 1.1, "p_value": 0.5, "p_corrected": 0.5})
    return pd.DataFrame(rows)


def _networks(study):
    """One row per setting and network: all alike but for their sizes."""
    rows = [
        {"experiment": name, "setting": number, "label": "x", "classifier": classifier, "repetitions": 3}
        | {"parameters": 1000 * (number + 1), "multiply_adds": 5000 * (number + 1), "epochs": 2, "updates": 10}
        | {
            "training_accuracy": 0.9,
            "validation_accuracy": 0.6,
            "accuracy": 0.5,
            "gap": 0.4,
            "f1_macro": 0.45,
            "f1_low": 0.4,
            "f1_high": 0.5,
        }
        | {"seconds": 3.0, "chosen": number == 0}
        for name, experiment in study.experiments.items()
        for number in range(len(experiment.combinations))
        for classifier in study.networks_of(name)
    ]
    return pd.DataFrame(rows)


def results(experiments=None, **changes):
    """Results in which nothing differs from anything; tests change the numbers of its tables in place.

    changes: of the configuration.
    """
    config = DEFAULT | changes | {"experiments": experiments or EXPERIMENTS}
    study = expand(config)
    labels = {name: entry["label"] for name, entry in config["classifiers"].items()}
    stated = stated_headings(config["experiments"])
    headings = {name: heading(name, stated) for name in study.experiments}
    accuracy, comparisons = _accuracies(study)
    models = pd.DataFrame([model.row | {"model": name} for name, model in study.models.items()])
    training = models.assign(
        seconds=2.0,
        evaluations=40,
        iterations=30,
        device="cpu",
        message="CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH",
    )
    training = training.assign(iterations_to_settle=20, seconds_to_settle=1.0, relative_change=0.001)
    checks = pd.DataFrame(
        {
            "check": ["known function: sine", "reduced network, every parameter", "full network, random directions"],
            "parameters": [3, 100, 1000],
            "relative_error": [1e-6, 1e-9, 1e-8],
            "tolerance": 1e-5,
            "passed": True,
            "network": next(iter(study.networks), ""),
        }
    )
    fits = pd.DataFrame({"classifier": [*BOTH, BOTH[0]], "fold": "all", "converged": True})
    data = pd.DataFrame({"split": ["train", "test", "unlabeled"], "images": [100, 200, 300], "images_of": None})
    data = data.assign(side=96, channels=3, classes=[2, 2, None], smallest_class=10, largest_class=10, groups=np.nan)
    tables = {
        "accuracy": accuracy,
        "comparisons": comparisons,
        "measures": _measures(study),
        "trends": _trends(study),
        "convergence": _convergence(study),
        "controls": pd.DataFrame(
            {
                "control": ["noise", "patches"],
                "oriented_share": [0.0, 0.3],
                "edge_likeness": [0.1, 0.5],
                "colour_share": [0.0, 0.02],
                "flat_variance": [0.01, 0.6],
                "filters": 1000,
            }
        ),
        "comments": pd.DataFrame({"experiment": ["beta"], "text": ["Mine & yours: 50 %"]}),
        "training": training,
        "classification": fits,
        "filters": models.assign(units=75, oriented_units=50, explained_variance=0.7),
        "gradient_check": checks,
        "data": data.assign(mean_red=1.0, std_red=1.0),
        "notes": pd.DataFrame(columns=["message", "values"]),
        "duplicates": pd.DataFrame(combinations_with_replacement(data["split"], 2), columns=["first", "second"]).assign(
            images=0
        ),
        "classes": pd.DataFrame({"split": ["train", "train"], "class": ["cat", "50 % dog"]}),
        "costs": pd.DataFrame(
            {"stage": ["model", "features"], "jobs": [3, 1], "cpu_seconds": [30.0, 10.0], "memory": 9}
        ),
        "published": pd.DataFrame(
            columns=["source", "data", "features", "classifier", "accuracy", *PUBLISHED_SETTINGS, "this_study"]
        ),
        "folds": pd.DataFrame(columns=["model", "view", "classifier", "n_train", "accuracy_mean", "accuracy_std"]),
        "files": pd.DataFrame({"split": ["train"], "file": ["a.pk"], "files": 1, "bytes": 9, "sha256": "0" * 64}),
    }
    history = pd.DataFrame({"iteration": [0, 1, 2], "loss": [9.0, 3.0, 2.0], "reconstruction": [5.0, 2.0, 1.0]})
    history = history.assign(decay=0.5, sparsity=[3.5, 0.5, 0.5])
    if study.fine_tuning:
        tables["networks"] = _networks(study)
    return Results(tables, study, config["defaults"], headings, labels, history)


def change(found, table, values, **where):
    """Set columns of the rows of a table that have these values, of which there must be some."""
    rows = found.tables[table]
    chosen = np.logical_and.reduce([rows[key] == value for key, value in where.items()])
    assert chosen.any(), where
    for key, value in values.items():
        rows.loc[chosen, key] = value


def contrast(comparison, setting, difference, measure="accuracy", **changes):
    """One row of the table of contrasts of the experiment "blocks": an interval of two points and a small p-value."""
    row = {"experiment": "blocks", "comparison": comparison, "measure": measure, "judged": True, "setting": setting}
    row |= {"label": "x", "classifier": "tuned", "against_setting": 0, "against": "x", "against_classifier": "tuned"}
    row |= {"repetitions": 3, "value": 0.5 + difference, "value_against": 0.5, "difference": difference}
    row |= {"low": difference - 0.01, "high": difference + 0.01}
    return row | {"p_value": 0.001, "p_corrected": 0.002, "comparisons": 2} | changes
