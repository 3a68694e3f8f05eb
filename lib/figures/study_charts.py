"""The charts of a study, by kind and experiment, from its tables and histories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from lib.figures.charts import accuracy, confusion, gain
from lib.figures.convergence import convergence, network_training, terms
from lib.figures.sweeps import accuracy_lines, measure_lines, sweep
from lib.study.pictured import of_default_learner
from lib.study.settings import DEFAULT
from lib.study.study import Features, Study
from lib.words.labels import Form, label_text
from lib.words.language import _

_SHARES = {  # measures, and columns of filters
    "oriented_share": "oriented_units",
    "colour_share": "colour_units",
    "effective_share": "effective_filters",
}


@dataclass(frozen=True)
class StudyCharts:
    """What the charts of a study are drawn from.

    Attributes
    ----------
    study : the study.
    tables : by name, at least accuracy, classification, confusion, filters and measures; network_training if
        classifiers of the study are networks.
    classifiers : labels of the classifiers, by name.
    history : returns the history of the training of a model, empty if its learner records none.
    """

    study: Study
    tables: Mapping[str, pd.DataFrame]
    classifiers: Mapping[str, str]
    history: Callable[[str], pd.DataFrame]

    def draw(self, kind: str, name: str) -> Figure:
        """Return a figure of an experiment: its accuracy, confusion, convergence, gain, sweep or training."""
        kinds = {
            "accuracy": self._accuracy,
            "confusion": self._confusion,
            "convergence": self._convergence,
            "gain": self._gain,
            "sweep": self._sweep,
            "training": self._training,
        }
        return kinds[kind](name)

    def _of(self, table: str, name: str) -> pd.DataFrame:
        rows = self.tables[table]
        return rows[rows["experiment"] == name]

    def _labelled_accuracies(self, name: str) -> pd.DataFrame:
        rows = self._of("accuracy", name)
        return rows.assign(classifier=rows["classifier"].map(self.classifiers))

    @property
    def _chance(self) -> float:
        return 1 / max(self.tables["confusion"]["true"].nunique(), 1)

    def _accuracy(self, name: str) -> Figure:
        labels = [combination.label for combination in self.study.experiments[name].combinations]
        axis, pixels = self.study.axis(name), self.study.label(name, -1)
        return accuracy(self._labelled_accuracies(name), labels, axis, self._chance, pixels)

    def _gain(self, name: str) -> Figure:
        return gain(self._labelled_accuracies(name), self._chance)

    def _convergence(self, name: str) -> Figure:
        if name == DEFAULT:
            return terms(self.history(self.study.default[0]))
        histories = {}
        for model, label in self.study.pictured(name).items():
            found = [self.history(one) for one in self.study.repeated(name, model)]
            if all(map(len, found)):
                histories[label] = found
        return convergence(histories)

    def _training(self, name: str) -> Figure:
        columns = ["model", "view", "classifier"]
        known = {tuple(key): rows for key, rows in self.tables["network_training"].groupby(columns)}
        histories = {
            label: [known[*member, network] for member in members]
            for label, (members, network) in self._networks(name, Form.MATPLOTLIB).items()
        }
        return network_training(histories)

    def _networks(self, name: str, form: Form) -> dict[str, tuple[list[Features], str]]:
        """Return what the networks of an experiment learn from, and the classifier that trains them, by their label."""
        combinations, networks = self.study.experiments[name].combinations, self.study.networks_of(name)
        found = {}
        for combination in combinations:
            for network in networks:
                parts = [label_text(combination.label, form)] if len(combinations) > 1 else []
                parts += [_(self.classifiers[network])] if len(networks) > 1 or not parts else []
                found[", ".join(parts)] = (combination.members, network)
        return found

    def _sweep(self, name: str) -> Figure:
        axis = self.study.axis(name)
        if axis is None:
            raise ValueError(f"experiment {name} varies no number or several, expected one that is its axis")
        panels = measure_lines(self._of("measures", name), self._single_measures(name))
        table, label = self._of("accuracy", name), _("test accuracy (%)")
        if len(table):
            panels[label] = accuracy_lines(table, self._single_accuracies(name), self.classifiers)
        return sweep(axis, panels, {label: self._chance})

    def _members(self, name: str) -> pd.DataFrame:
        """Return one row per setting and repetition of an experiment: setting, model, view."""
        rows = [
            (setting, *member)
            for setting, combination in enumerate(self.study.experiments[name].combinations)
            for member in combination.members
        ]
        return pd.DataFrame(rows, columns=["setting", "model", "view"])

    def _single_measures(self, name: str) -> pd.DataFrame:
        """Return the measures of the filters of every model: columns setting, measure, value."""
        models = self._members(name).merge(self.tables["filters"], on="model")
        values = {measure: models[column] / models["units"] for measure, column in _SHARES.items() if column in models}
        wide = models.assign(**values)
        measures = [*values, "explained_variance"]
        return wide.melt("setting", measures, "measure", "value").astype({"value": float})

    def _single_accuracies(self, name: str) -> pd.DataFrame:
        """Return the accuracies of every evaluation on all training images: columns setting, classifier, value."""
        evaluations = self.tables["classification"]
        evaluations = evaluations[evaluations["fold"] == "all"]
        found = self._members(name).merge(evaluations, on=["model", "view"])
        return found.rename(columns={"accuracy": "value"})[["setting", "classifier", "value"]]

    def _confusion(self, name: str) -> Figure:
        """Draw the matrices of the networks of an experiment.

        For the default experiment, draw those of the most accurate evaluations of pixels and of features of the default
        learner in the whole study.
        """
        if name != DEFAULT:
            networks = self._networks(name, Form.PLAIN)
            return confusion({label: self._matrix(*evaluated) for label, evaluated in networks.items()})
        table = self.tables["accuracy"]
        matrices = {}
        for rows in (table[table["setting"] < 0], table[of_default_learner(self.study, table)]):
            if rows.empty:
                continue
            best = rows.loc[rows["accuracy"].idxmax()]
            setting, classifier = int(best["setting"]), str(best["classifier"])
            experiment = self.study.experiments[best["experiment"]]
            members = experiment.pixels if setting < 0 else experiment.combinations[setting].members
            label = label_text(self.study.label(best["experiment"], setting))
            matrices[f"{label}, {_(self.classifiers[classifier])}"] = self._matrix(members, classifier)
        return confusion(matrices)

    def _matrix(self, members: list[Features], classifier: str) -> pd.DataFrame:
        """Return the confusion matrix of features, summed over their repetitions."""
        rows = self.tables["confusion"]
        rows = rows[rows["classifier"] == classifier]
        rows = rows[[pair in members for pair in zip(rows["model"], rows["view"], strict=True)]]
        names = list(dict.fromkeys(rows["true"]))
        counts = rows.groupby(["true", "predicted"], sort=False)["count"].sum().unstack("predicted")
        return counts.reindex(index=names, columns=names)
