"""Sentences on what filters look like, by rule from their measures: they vanish, are copies, or are noise."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from math import nan

from lib.evaluation.thresholds import COLLAPSED, COPIES
from lib.report.phrases import listed, named
from lib.report.results import Results
from lib.words.language import _
from lib.words.latex import fixed, percent


class Look(Enum):
    """How filters have degraded, the worst first."""

    VANISHED = auto()
    COPIES = auto()
    NOISE = auto()


def effective_filters(results: Results, experiment: str, setting: int) -> float:
    """Return the effective number of filters of a setting, a mean over its repetitions; NaN if it is unknown."""
    rows = results.measure(experiment, "effective_share")
    return float(rows.loc[setting, "mean"]) * units(results, experiment, setting) if setting in rows.index else nan


def units(results: Results, experiment: str, setting: int) -> int:
    """Return how many filters the models of a setting have."""
    study = results.study
    member = study.experiments[experiment].combinations[setting].members[0]
    return int(study.models[study.features[member][0][0]].layers[0])


def look(results: Results, experiment: str, setting: int) -> Look | None:
    """Return how the filters of a setting have degraded, None if they have not or if it is unknown.

    They have vanished if `COLLAPSED` of the units are dead. They are copies if their effective number is below
    `COPIES`, and noise if their edge-likeness is nearer to that of white noise than to that of patches.
    """

    def mean(measure: str) -> float:
        rows = results.measure(experiment, measure)
        return float(rows.loc[setting, "mean"]) if setting in rows.index else nan

    if mean("dead_share") >= COLLAPSED:
        return Look.VANISHED
    if effective_filters(results, experiment, setting) < COPIES <= units(results, experiment, setting):
        return Look.COPIES
    controls = results.tables["controls"].set_index("control")["edge_likeness"]
    if mean("edge_likeness") < (controls["noise"] + controls["patches"]) / 2:
        return Look.NOISE
    return None


def looks(results: Results, experiments: Sequence[str]) -> str:
    """Return at which values of the swept settings filters vanish, become copies of each other, or turn into noise.

    A look that the first value of a sweep has already is left out for this sweep.
    """
    found: dict[Look, list[str]] = {one: [] for one in Look}
    for name in experiments:
        if results.study.axis(name) is None:
            continue
        first = look(results, name, 0)
        for setting in range(1, len(results.study.experiments[name].combinations)):
            seen = look(results, name, setting)
            if seen is None or seen is first:
                continue
            text = named(results.study.label(name, setting))
            if seen is Look.VANISHED:
                dead = results.measure(name, "dead_share").loc[setting, "mean"]
                text = _("{setting} ({share} of the units are dead)").format(setting=text, share=percent(dead, 0))
            if seen is Look.COPIES:
                text = _("{setting} ({count})").format(
                    setting=text, count=fixed(effective_filters(results, name, setting), 1)
                )
            found[seen].append(text)
    messages = {
        Look.VANISHED: _("Filters vanish at {settings}."),
        Look.COPIES: _("Filters become copies of each other at {settings}, by the effective number of filters."),
        Look.NOISE: _(
            "Filters turn into noise at {settings}: in edge-likeness they are nearer to white noise than to patches."
        ),
    }
    return " ".join(messages[one].format(settings=listed(settings)) for one, settings in found.items() if settings)
