"""The smallest study file that gives one setting of an experiment: what differs from the default study, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import yaml

from lib.study.study import Combination, Features, Study

CONCATENATED = "concatenated"  # the experiment that joins the features of several models
LONGEST = 100  # characters of the name of a study
KEPT = (
    "seed",
    "dataset",
    "classes",
    "download",
    "crops",
    "folds",
    "networks",
    "classifiers",
)  # other keys that change results


@dataclass(frozen=True)
class Origin:
    """What a study file starts from.

    Attributes
    ----------
    study : name of the study that the setting belongs to.
    defaults : settings of the default study.
    classifiers : names of the classifiers of the default study that are switched on.
    changes : keys of the study that differ from the default study, of which `KEPT` are stated.
    """

    study: str
    defaults: Mapping[str, Any]
    classifiers: Sequence[str]
    changes: Mapping[str, Any] = field(default_factory=dict)


def settings_of(study: Study, features: Features) -> dict[str, Any]:
    """Return the settings of one model and view as the defaults of a configuration have them, without the seed."""
    model, view = study.models[features[0]], study.views[features[1]]
    return {key: value for key, value in model.row.items() if key != "seed"} | asdict(view)


def study_file(study: Study, experiment: str, setting: int, origin: Origin) -> str:
    """Return a study file, YAML, whose default features are those of a setting.

    Concatenated features cannot be the defaults: they are the only setting of an experiment. Classifiers that the
    experiment does not use are switched off; if it uses none, the classifiers of the study stay.
    """
    found = study.experiments[experiment]
    parts = [settings_of(study, part) for part in study.features[found.combinations[setting].members[0]]]
    changes = {key: origin.changes[key] for key in KEPT if key in origin.changes}
    if found.classifiers:
        changes["classifiers"] = _classifiers(found.classifiers, origin)
    if len(parts) > 1:
        defaults, together = _joined(study, found.combinations[setting])
    else:
        defaults, together = parts[0], {}
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
    defaults = {key: value for key, value in plain.items() if value != origin.defaults.get(key, value)}
    suffix = f"_{experiment}_{setting}"
    contents = {"study": origin.study[: LONGEST - len(suffix)] + suffix, **changes}
    contents |= {"defaults": defaults} if defaults else {}
    contents["only"] = [CONCATENATED] if together else []
    if together:
        contents["experiments"] = {CONCATENATED: {"vary": {"together": together}}}
    return yaml.safe_dump(contents, sort_keys=False, default_flow_style=None, allow_unicode=True, width=76)


def _joined(study: Study, combination: Combination) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the defaults of joined features as they are stated, and the values of each setting that is joined."""
    together = {key: _distinct(list(one)) for key, one in combination.settings.items() if isinstance(one, tuple)}
    single = {key: one for key, one in combination.settings.items() if key not in together}
    stated = {**study.defaults, **combination.fixed, **single}
    return {key: value for key, value in stated.items() if key not in together}, together


def _classifiers(used: Sequence[str], origin: Origin) -> dict[str, Any]:
    """Return the classifiers of a study file: the study's changes of used ones, and default ones that are not used."""
    changed = origin.changes.get("classifiers", {})
    unused = [name for name in origin.classifiers if name not in used]
    return {name: changed[name] for name in used if name in changed} | dict.fromkeys(unused, False)


def _distinct(values: list[Any]) -> list[Any]:
    """Return values in their order, equal ones once, with lists for tuples, as YAML has them."""
    found: list[Any] = []
    for value in (list(value) if isinstance(value, tuple) else value for value in values):
        if value not in found:
            found.append(value)
    return found
