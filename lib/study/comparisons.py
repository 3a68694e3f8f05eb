"""What the question of an experiment compares: pairs of settings and classifiers that differ in stated keys alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.study.settings import as_text

CLASSIFIER = "classifier"  # the key of the classifier next to the settings that vary
ACCURACY, MACRO_F1, GAP, LOSS = "accuracy", "macro_f1", "gap", "loss"
HIGHER = (ACCURACY, MACRO_F1)  # measures of which more is better; of the others less is
ERROR = "held_out_error"  # the measure of models: it needs no classifier
EXACT = ("parameters", "multiply_adds")  # measures that are equal in all repetitions
OF_NETWORKS = (GAP, *EXACT, "seconds", LOSS)  # measures that only networks have


@dataclass(frozen=True)
class Comparison:
    """A part of the question of an experiment.

    Attributes
    ----------
    measure : what is compared: accuracy, gap, parameters, multiply_adds, seconds, loss or held_out_error.
    against : value of each key that the reference has; empty for the loss, which has no reference.
    of : values of these keys that are compared with the reference; all others where it is empty.
    at : values of other keys at which the expectation is judged; all where it is empty.
    expect : what the question asks: whether what is compared is "better" or "as_good"; None where it asks neither.
    """

    measure: str
    against: Mapping[str, Any] = field(default_factory=dict)
    of: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    at: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    expect: str | None = None

    @classmethod
    def stated(cls, entry: Mapping[str, Any]) -> Comparison:
        """Return the comparison of an entry of the configuration."""
        parts = {key: entry.get(key, {}) for key in ("of", "at")}
        return cls(entry["measure"], entry.get("with", {}), **parts, expect=entry.get("expect"))

    def answers(self, judged: bool) -> bool:
        """Return whether a pair answers the question of the experiment. judged: see `Pair`."""
        return judged and self.expect is not None


@dataclass(frozen=True)
class Cell:
    """One setting of an experiment by one classifier.

    keys: the settings that vary and that its learner uses, and the classifier.
    classifier: its name, empty where models are compared by a measure that needs none; keys then lack it.
    """

    setting: int
    classifier: str
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two cells that differ in the keys of a comparison alone. judged: whether the expectation is about this pair."""

    cell: Cell
    reference: Cell
    judged: bool


def cells_of(settings: Sequence[Sequence[Mapping[str, Any]]], classifiers: Iterable[str]) -> list[Cell]:
    """Return one cell per setting and classifier, or several for a setting that several values stand for.

    settings: the values that vary and that the learner uses, all that stand for each setting.
    """
    return [
        Cell(number, classifier, {**varied, CLASSIFIER: classifier})
        for classifier in classifiers
        for number, stated in enumerate(settings)
        for varied in stated
    ]


def cells_of_models(settings: Sequence[Sequence[Mapping[str, Any]]]) -> list[Cell]:
    """Return the cells of settings as `cells_of` does, for measures that need no classifier."""
    return [Cell(number, "", dict(varied)) for number, stated in enumerate(settings) for varied in stated]


def _among(value: Any, values: Iterable[Any]) -> bool:
    return as_text(value) in map(as_text, values)


def _has(keys: Mapping[str, Any], wanted: Mapping[str, Iterable[Any]]) -> bool:
    """Return whether each wanted key is there, with one of its values."""
    return all(key in keys and _among(keys[key], values) for key, values in wanted.items())


def pairs(comparison: Comparison, cells: Sequence[Cell]) -> list[Pair]:
    """Return the pairs of cells that a comparison is about, each pair of settings and classifiers once.

    A key that one cell of a pair lacks, because its learner has no such setting, does not distinguish them. The
    reference may lack keys of the comparison in the same way.
    """
    against = comparison.against
    found: dict[tuple[Any, ...], Pair] = {}
    for reference in cells:
        if not against or not _has({**against, **reference.keys}, {key: [value] for key, value in against.items()}):
            continue
        others = {key: value for key, value in reference.keys.items() if key not in against}
        for cell in cells:
            same = all(cell.keys.get(key, value) == value for key, value in others.items())
            judged = _has({**cell.keys, **reference.keys}, comparison.at)
            places = (cell.setting, cell.classifier), (reference.setting, reference.classifier)
            if places[0] != places[1] and same and _has(cell.keys, comparison.of):
                found[places] = Pair(cell, reference, judged or (places in found and found[places].judged))
    return list(found.values())


def check_comparisons(
    name: str,
    comparisons: Sequence[Comparison],
    cells: Callable[[str], Sequence[Cell]],
    networks: Collection[str],
    without_error: Collection[str],
) -> None:
    """Raise StudyError with a sentence for each fault of the comparisons of an experiment.

    cells: returns the cells of a measure. networks: names of the classifiers that train a network on images.
    without_error: what the settings have that gives no reconstruction, such as names of learners.
    """
    faults = [
        f"experiment {name}: compare.{number}{fault}"
        for number, comparison in enumerate(comparisons)
        for fault in _faults(comparison, cells(comparison.measure), networks, without_error)
    ]
    if faults:
        raise StudyError(*faults)


def _faults(
    comparison: Comparison, cells: Sequence[Cell], networks: Collection[str], without_error: Collection[str]
) -> list[str]:
    if comparison.measure == ERROR and without_error:
        return [
            f".measure is {ERROR}, expected settings that reconstruct patches, which these do not: "
            f"{', '.join(without_error)}"
        ]
    values: dict[str, list[Any]] = {}
    for cell in cells:
        for key, value in cell.keys.items():
            values.setdefault(key, []).append(value)
    faults = (
        [] if cells else [f".measure is {comparison.measure}, but the experiment has no classifiers, expected {ERROR}"]
    )
    used = {cell.classifier for cell in cells}
    if comparison.measure in OF_NETWORKS and (others := sorted(used - set(networks))):
        faults.append(
            f".measure is {comparison.measure}, which only networks that are fine_tuned have, expected accuracy: "
            f"{', '.join(others)} is not one"
        )
    if comparison.measure == LOSS:
        if comparison.against or comparison.of or comparison.at or comparison.expect:
            faults.append(" has the measure loss and other keys, expected the measure alone: it has no reference")
        return faults
    if not comparison.against:
        return [*faults, " lacks the key with, the values that others are compared with"]
    parts = {"with": {key: [value] for key, value in comparison.against.items()}, "of": comparison.of}
    for part, stated in (parts | {"at": comparison.at}).items():
        for key, wanted in stated.items():
            if key not in values:
                faults.append(f".{part} has the key {key}, expected some of those that vary: {', '.join(values)}")
                continue
            texts = list(dict.fromkeys(map(as_text, values[key])))
            faults += [
                f".{part}.{key} has {text}{hint_of_name(text, texts)}, expected a value that occurs: {', '.join(texts)}"
                for text in map(as_text, wanted)
                if text not in texts
            ]
    if wrong := sorted(set(comparison.of) - set(comparison.against)):
        faults.append(f".of has the key {', '.join(wrong)}, expected keys of with: {', '.join(comparison.against)}")
    if wrong := sorted(set(comparison.at) & set(comparison.against)):
        faults.append(f".at has the key {', '.join(wrong)}, expected other keys than those of with")
    if not faults and not any(pair.judged for pair in pairs(comparison, cells)):
        faults.append(" compares nothing: no two settings differ in the keys of with alone")
    return faults
