"""The conclusions of the report that belong to no experiment."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.evaluation.thresholds import FRACTION
from lib.report import claims, data_claims
from lib.report.numbers import default_row, untrained_twin
from lib.report.sections import _repetitions, _table
from lib.report.tables import Tables, own_images
from lib.study.experiments import Study
from lib.study.settings import DEFAULT, PIXELS
from lib.words.language import _
from lib.words.latex import macros


def default_features(comparisons: pd.DataFrame, study: Study) -> str:
    """The table of the default features, unless experiments repeat all of its evaluations and show them."""
    if DEFAULT not in set(default_comparisons(comparisons, study)["experiment"]):
        return ""
    return (
        _("Table {table} has the accuracy of the default model’s features.").format(table=f"\\ref{{tab:{DEFAULT}}}")
        + f"\n{_repetitions(study.experiments[DEFAULT])}{_table(DEFAULT)}"
    )


def default_comparisons(comparisons: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The default features against pixels, by each classifier from the experiment that repeats them most."""
    places = [
        (name, number, len(combination.members))
        for name, experiment in study.experiments.items()
        for number, combination in enumerate(experiment.combinations)
        if combination.members[0] == study.default
    ]
    found = comparisons[comparisons["against"] == PIXELS].merge(
        pd.DataFrame(places, columns=["experiment", "setting", "repetitions"])
    )
    return found.sort_values("repetitions", ascending=False, kind="stable").drop_duplicates("classifier")


def sentences(
    tables: Tables, history: pd.DataFrame, study: Study, defaults: dict[str, Any], classifiers: dict[str, str]
) -> str:
    """Macros with the conclusions of the report that belong to no experiment."""
    filters, default = tables["filters"], study.default[0]
    centres = set(tables["training"]["centre"])
    return macros(
        {
            "LearnerClaim": claims.learner(study.models[default]),
            "CentringText": claims.centring(defaults["centre"], compared=len(centres) > 1),
            "UnlabelledClaim": data_claims.unlabelled(tables["data"]),
            "DataNotes": data_claims.notes(tables["notes"]),
            "DuplicateClaim": data_claims.duplicates(own_images(tables["duplicates"], tables["data"])),
            "GradientClaim": claims.gradient(tables["gradient_check"]),
            "FilterClaim": claims.filters(default_row(filters, default), untrained_twin(filters, default)),
            "DefaultFeatures": default_features(tables["comparisons"], study),
            "ConvergenceClaim": claims.convergence(history, defaults["iterations"], FRACTION),
            "DefaultClassificationClaim": claims.against_pixels(
                default_comparisons(tables["comparisons"], study), classifiers
            ),
            "PublishedClaim": data_claims.published(tables["data"]),
            "CostClaim": claims.cost(tables["costs"]),
        }
    )
