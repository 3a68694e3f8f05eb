"""The results of a study as the report reads them: tables, and the study that says what belongs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from lib.report.tables import Tables
from lib.study.labels import Label
from lib.study.pictured import repeated_default
from lib.study.settings import DEFAULT, is_unused
from lib.study.study import Study
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
    batches : images of a batch by the name of the classifier, for those whose entry states it.
    """

    tables: Tables
    study: Study
    defaults: Mapping[str, Any]
    headings: Mapping[str, Heading]
    classifiers: Mapping[str, str]
    history: pd.DataFrame
    batches: Mapping[str, int] = field(default_factory=dict)

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

    def compared(self, row: Any, rival: str) -> dict[str, Any] | None:
        """Return the comparison of a row of the table of accuracies with a rival, None where there is none."""
        rows = self.rivals(row["experiment"], rival)
        rows = rows[(rows["setting"] == row["setting"]) & (rows["classifier"] == row["classifier"])]
        return None if rows.empty else rows.iloc[0].to_dict()

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

    @property
    def default_settings(self) -> Label:
        """Return the settings of the default model and of its features that have an effect."""
        settings = self._settings(*self.study.default)
        return Label.of({key: value for key, value in settings.items() if key != "seed" and not is_unused(key, value)})

    def common_changes(self, experiment: str) -> Label:
        """Return the settings in which all models and views of an experiment differ from the default in the same way.

        The experiment does not vary them, so no label of its settings has them.
        """
        return Label.of(self._changed_alike(self._features(experiment)))

    def own_changes(self, experiment: str) -> Label:
        """Return the settings in which the models of the default learner alone differ from the default in the same way.

        An experiment that compares learners sets them for this learner; no label of its settings has them.
        """
        learner = self.study.models[self.study.default[0]].learner
        pairs = self._features(experiment)
        own = [pair for pair in pairs if self.study.models[pair[0]].learner == learner]
        if not own or len(own) == len(pairs):
            return Label.of({})
        named = {*varies(self, experiment), *dict(self.common_changes(experiment).settings)}
        return Label.of({key: value for key, value in self._changed_alike(own).items() if key not in named})

    def _changed_alike(self, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Return the settings in which all pairs of a model and a view differ from the default in the same way."""
        used, default = [self._settings(*pair) for pair in pairs], self._settings(*self.study.default)
        return {
            key: used[0][key]
            for key in default
            if key != "seed"
            and all(key in one and one[key] == used[0][key] != default[key] for one in used)
            and not is_unused(key, used[0][key])
        }

    def _features(self, experiment: str) -> list[tuple[str, str]]:
        """Return model and view of all features of the first repetitions of an experiment."""
        firsts = [combination.members[0] for combination in self.study.experiments[experiment].combinations]
        return [pair for member in firsts for pair in self.study.features[member]]

    def _settings(self, model: str, view: str) -> dict[str, Any]:
        return {**self.study.models[model].row, **asdict(self.study.views[view])}

    def of_task(self, task: int | None) -> list[str]:
        """Return the experiments that belong to a task, in their order; None for those that belong to no task."""
        return [name for name in self.study.experiments if name != DEFAULT and self.headings[name].task == task]

    def repeated_default(self) -> tuple[str, int]:
        """Return the experiment and setting that repeat the default features most often; the first of equals."""
        return repeated_default(self.study)


def varies(results: Results, name: str) -> set[str]:
    """Return the settings that differ between the combinations of an experiment."""
    combinations = results.study.experiments[name].combinations
    return {
        key
        for key in combinations[0].settings
        if any(one.settings[key] != combinations[0].settings[key] for one in combinations)
    }


def batch_sizes(classifiers: Mapping[str, Any]) -> dict[str, int]:
    """Return the images of a batch by the name of the classifier, of the entries of the configuration that state it."""
    stated = {name: entry["parameters"].get("batch_size") for name, entry in classifiers.items() if entry}
    return {name: size for name, size in stated.items() if isinstance(size, int)}


def of_experiment(results: Results, name: str) -> str:
    """Return which experiment a setting belongs to, nothing for the default settings."""
    if name == DEFAULT:
        return ""
    return " " + _("(experiment “{title}”)").format(title=escape(results.headings[name].title))
