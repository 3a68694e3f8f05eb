"""The table of convergence: the reconstruction error of settings after equal iterations and after equal times."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10

import numpy as np
import pandas as pd

from lib.evaluation.repetitions import mean_of
from lib.evaluation.scores import holm
from lib.study import contents
from lib.study.study import Study, single_models

FIRST = 25  # iterations of the first checkpoint; every other one is at twice as many
TIMES = 5  # checkpoints of seconds, each at twice as many as the one before
CONVERGENCE_COLUMNS = [
    *("experiment", "setting", "label", "against", "at", "repetitions", "reconstruction", "low", "high"),
    *("ratio", "ratio_low", "ratio_high", "p_value", "p_corrected"),
]


def iteration_checkpoints(last: int) -> list[int]:
    """Return the iterations 25, 50, 100, 200, ... up to the last one."""
    found, at = [], FIRST
    while at <= last:
        found.append(at)
        at *= 2
    return found


def second_checkpoints(last: float) -> list[float]:
    """Return `TIMES` times up to the last one, evenly spaced on a logarithmic scale, rounded down to two digits."""

    def rounded(value: float) -> float:
        digits = 1 - floor(log10(value))
        return round(floor(value * 10**digits) / 10**digits, digits)

    return [rounded(last / 2**step) for step in reversed(range(TIMES))] if last > 0 else []


def error_at(history: pd.DataFrame, against: str, at: float) -> float:
    """Return the reconstruction error of the last iteration that had ended by a checkpoint, NaN if none had.

    history: one row per iteration, with the columns iteration, seconds and reconstruction. against: "iterations" or
    "seconds", in which ``at`` is measured.
    """
    passed = history["iteration" if against == "iterations" else "seconds"].to_numpy()
    ended = int(np.searchsorted(passed, at, side="right"))
    return float(history["reconstruction"].iloc[ended - 1]) if ended else np.nan


def convergence_table(study: Study, histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per experiment that shows convergence, setting and checkpoint.

    histories: by model, empty for learners without iterations, whose settings have no row, nor have settings that
    concatenate features of several models. The reconstruction error is a mean over the repetitions with Student's
    interval. ratio is the geometric mean over the repetitions of the error divided by that of setting 0; its interval
    and p-value are those of Student's t of the logarithms; p_corrected is corrected for the checkpoints of the setting
    along the same axis (Holm). Checkpoints that a model had not reached have no row.
    """
    rows: list[dict[str, object]] = []
    for name, experiment in study.experiments.items():
        if "convergence" not in contents.figures(study, name):
            continue
        models = {
            setting: of
            for setting, combination in enumerate(experiment.combinations)
            if (of := single_models(study, combination)) and all(len(histories[model]) for model in of)
        }
        ends = pd.DataFrame([histories[model].iloc[-1] for of in models.values() for model in of])
        if ends.empty:
            continue
        checkpoints: list[tuple[str, float]] = [
            *(("iterations", at) for at in iteration_checkpoints(int(ends["iteration"].min()))),
            *(("seconds", at) for at in second_checkpoints(float(ends["seconds"].min()))),
        ]
        for against, at in checkpoints:
            errors = {
                setting: np.array([error_at(histories[model], against, at) for model in of])
                for setting, of in models.items()
            }
            rows += [
                {"experiment": name, "setting": setting, "label": str(study.label(name, setting))}
                | {"against": against, "at": at}
                | _compared(found, errors.get(0) if setting else None)
                for setting, found in errors.items()
                if not np.isnan(found).any()
            ]
    table = pd.DataFrame(rows, columns=CONVERGENCE_COLUMNS)
    tested = table[table["p_value"].notna()]
    for _place, own in tested.groupby(["experiment", "setting", "against"], sort=False):
        table.loc[own.index, "p_corrected"] = holm(own["p_value"].to_numpy(dtype=np.float64))
    return table


def _compared(errors: np.ndarray, first: np.ndarray | None) -> dict[str, float]:
    """Return the mean of errors (R,) over the repetitions, and their ratio to the errors of setting 0, if any."""
    mean = mean_of(errors)
    row = {"repetitions": len(errors), "reconstruction": mean.value, "low": mean.low, "high": mean.high}
    if first is None or np.isnan(first).any() or not (np.minimum(errors, first) > 0).all():
        return row
    found = mean_of(np.log(errors / first))
    ratios = np.exp([found.value, found.low, found.high]).tolist()
    return row | dict(zip(("ratio", "ratio_low", "ratio_high"), ratios, strict=True)) | {"p_value": found.p_value}
