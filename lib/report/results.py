"""The results of a study as the report reads them: tables, and the study that says what belongs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lib.report.tables import Tables
from lib.study.experiments import Study
from lib.study.labels import Label
from lib.study.pictured import repeated_default
from lib.study.settings import DEFAULT
from lib.words.language import _
from lib.words.latex import escape
from lib.words.names import Heading


@dataclass(frozen=True)
class Results:
    """What the sentences of the report follow from.

    Attributes
    ----------
    tables : of the study, by name.
    study : its experiments and models.
    defaults : settings of the configuration.
    headings : title, question and task of each experiment, by name.
    classifiers : labels of the classifiers by name, as the configuration states them.
    history : of the default model, one row per iteration; without rows where its learner records none.
    """

    tables: Tables
    study: Study
    defaults: Mapping[str, Any]
    headings: Mapping[str, Heading]
    classifiers: Mapping[str, str]
    history: pd.DataFrame

    def of(self, table: str, experiment: str) -> pd.DataFrame:
        """Return the rows of a table that belong to an experiment, with the label of each row's setting as ``name``.

        The column replaces text: a label is written in the language of the report.
        """
        rows = self.tables[table]
        rows = rows[rows["experiment"] == experiment]
        if "setting" not in rows:
            return rows
        return rows.assign(name=[self.study.label(experiment, number) for number in rows["setting"]])

    def measure(self, experiment: str, measure: str) -> pd.DataFrame:
        """Return one row per setting of an experiment that has a measure, by the number of the setting."""
        rows = self.of("measures", experiment)
        return rows[(rows["measure"] == measure) & rows["mean"].notna()].set_index("setting", drop=False)

    def rivals(self, experiment: str, rival: str) -> pd.DataFrame:
        """Return the comparisons of an experiment with one rival: pixels, first or untrained."""
        rows = self.of("comparisons", experiment)
        return rows[rows["rival"] == rival]

    def classifier(self, name: str) -> str:
        """Return what a classifier is called, as LaTeX."""
        return escape(_(self.classifiers[name]))

    def first(self, experiment: str) -> Label:
        """Return the label of the setting that the others of an experiment are compared with."""
        return self.study.label(experiment, 0)

    @property
    def grouped(self) -> bool:
        """Whether test images come in groups that are not independent of each other."""
        return bool(self.tables["data"].set_index("split")["groups"].notna()["test"])

    def learners(self, experiment: str, setting: int) -> list[str]:
        """Return the learner of each model whose features a setting uses."""
        members = self.study.experiments[experiment].combinations[setting].members
        return [self.study.models[model].learner for model, _view in self.study.features[members[0]]]

    def of_task(self, task: int | None) -> list[str]:
        """Return the experiments that belong to a task, in their order; None for those that belong to no task."""
        return [name for name in self.study.experiments if name != DEFAULT and self.headings[name].task == task]

    def repeated_default(self) -> tuple[str, int]:
        """Return the experiment and setting that repeat the default features most often; the first of equals."""
        return repeated_default(self.study)
