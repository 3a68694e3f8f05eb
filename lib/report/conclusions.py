"""The conclusions of the report about the data, the default model and the whole study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.report import claims, data_claims
from lib.report.numbers import default_row, untrained_twin
from lib.report.sections import repetitions, table
from lib.report.tables import Tables, own_images
from lib.study.experiments import Study
from lib.study.settings import DEFAULT, PIXELS
from lib.words.language import _
from lib.words.latex import macros


def default_features(comparisons: pd.DataFrame, study: Study) -> str:
    """Return the table of the default features, nothing where experiments repeat all of its evaluations."""
    if DEFAULT not in set(default_comparisons(comparisons, study)["experiment"]):
        return ""
    return (
        _("Table {table} has the accuracy of the default model’s features.").format(table=f"\\ref{{tab:{DEFAULT}}}")
        + f"\n{repetitions(study.experiments[DEFAULT])}{table(DEFAULT)}"
    )


def default_comparisons(comparisons: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the comparisons of the default features with pixels, one per classifier.

    Each is from the experiment that has the most repetitions of the default features.
    """
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
    tables: Tables, history: pd.DataFrame, study: Study, defaults: Mapping[str, Any], classifiers: Mapping[str, str]
) -> str:
    """Return macros with the conclusions of the report that belong to no experiment.

    history: of the default model, one row per iteration. defaults: settings of the configuration.
    """
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
            "ConvergenceClaim": claims.convergence(history, defaults["iterations"]),
            "DefaultClassificationClaim": claims.against_pixels(
                default_comparisons(tables["comparisons"], study), classifiers
            ),
            "PublishedClaim": data_claims.published(tables["data"]),
            "CostClaim": claims.cost(tables["costs"]),
        }
    )
