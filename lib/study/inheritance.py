"""How a study extends others: inherited keys, the experiments it evaluates, texts in several languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.study.configuration_files import EXAMPLE, changes, json_text, read

# Keys with text that people read; a mapping by language may stand in place of the text.
TEXTS = {"experiments": ("title", "question", "comment"), "classifiers": ("label",)}
TEXTS_OF_REPORT = ("title",)


def _merged(default: Any, changes: Any, key: str = "") -> Any:
    """Return the changes on top of the default: mappings are merged key by key, everything else is replaced.

    key: of the two values. An experiment that varies a setting that the other one does not vary replaces what varies:
    two halves would make a third experiment.
    """
    if not (isinstance(default, Mapping) and isinstance(changes, Mapping)):
        return changes
    if key == "vary" and not set(changes) <= set(default):
        return changes
    return {**default, **{name: _merged(default.get(name), value, name) for name, value in changes.items()}}


def _without_switched_off(
    changes: dict[str, Any], parent: Mapping[str, Any], default: Mapping[str, Any]
) -> dict[str, Any]:
    """Return changes without the entries of the parent that they switch off; those of the default study stay false."""
    for table in ("experiments", "classifiers"):
        known, own = parent.get(table), changes.get(table)
        if isinstance(known, Mapping) and isinstance(own, Mapping):
            gone = {name for name, entry in own.items() if entry is False and known.get(name)}
            gone -= set(default.get(table, ()))
            changes[table] = {name: entry for name, entry in own.items() if name not in gone}
    return changes


def _without_unused(changes: dict[str, Any], own: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes without the classifiers of extended studies that no experiment named by the study's ``only`` uses.

    own: what the study itself states; its classifiers stay. Nothing is validated yet.
    """
    only, classifiers = own.get("only"), changes.get("classifiers")
    experiments = changes.get("experiments", {})
    if not (isinstance(only, list) and isinstance(classifiers, Mapping) and isinstance(experiments, Mapping)):
        return changes
    known = completed(changes, default)["experiments"]
    named = [known[name] for name in only if isinstance(name, str) and isinstance(known.get(name), Mapping)]
    lists = [one.get("classifiers") for one in named]
    if not all(isinstance(names, list) for names in lists):  # one without a list uses all classifiers
        return changes
    used = {name for names in lists for name in names if isinstance(name, str)}
    used |= set(own.get("classifiers") or ()) if used else set(classifiers)
    return {**changes, "classifiers": {name: entry for name, entry in classifiers.items() if name in used}}


def _check_evaluated(own: Mapping[str, Any], found: Mapping[str, Any], files: str) -> None:
    """Raise StudyError for an experiment that a study describes and the ``only`` of an extended study leaves out.

    own: what the study itself states. found: the same on top of the extended studies. files: of those studies.
    """
    only, experiments = found.get("only"), own.get("experiments")
    if "only" in own or not (isinstance(only, list) and isinstance(experiments, Mapping)):
        return
    left_out = [name for name, entry in experiments.items() if isinstance(entry, Mapping) and name not in only]
    if left_out:
        raise StudyError(
            f"configuration: experiments.{left_out[0]} would not be evaluated: only is {json_text(only)} in {files}, "
            f"expected a list only in this study, such as {json_text(left_out)}"
        )


def extended(changes: Mapping[str, Any], folder: Path, default: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a study changes of the default one, on top of what the study that it extends changes.

    Both are merged as Snakemake merges two configuration files: mappings key by key, everything else is replaced.
    An entry that is false switches the other study's entry of that name off, and ``only`` leaves out those of its
    classifiers that none of the named experiments uses. The study that is extended may extend a third one. changes:
    the keys that the study sets; ``extends`` is the file of the other study. folder: that of the project, from
    which the file is seen. default: the default study. Raises StudyError for a file that cannot be read, for the
    default study, for a circle of studies, for a study without a name, and for an experiment that would not be
    evaluated.
    """
    found, files = dict(changes), list[str]()
    while "extends" in found:
        file = found.pop("extends")
        if not isinstance(file, str):
            raise StudyError(f"configuration: extends is {json_text(file)}, expected the file of a study")
        if "study" not in changes:
            raise StudyError(f"configuration: has no key study, expected a name other than that of {file}")
        if file in files:
            raise StudyError(f"configuration: {' extends '.join([*files, file])}, expected no circle")
        if file == EXAMPLE:
            raise StudyError(f"configuration: extends is {file}, expected another study: every study extends this one")
        files.append(file)
        if not (folder / file).exists():
            known = [path.relative_to(folder).as_posix() for path in sorted(folder.glob("config/*.yaml"))]
            raise StudyError(
                f"configuration: extends is {file}{hint_of_name(file, known)}, which does not exist, expected the file "
                "of a study, as seen from the folder of the project"
            )
        parent = read(folder / file)
        found = _without_switched_off(_merged(parent, found), parent, default)
    _check_evaluated(changes, found, ", ".join(files))
    return _without_unused(found, changes, default) if files else found


def completed(changes: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a study that states only its changes of the default study.

    Mappings are merged key by key, except experiments: one that sets ``vary`` inherits nothing, unless it says
    ``inherit: true``. One without ``vary`` changes just the keys that it sets. A study with another default learner
    does not inherit the title of the report, which names a sparse autoencoder. Nothing is validated here.
    """
    config: dict[str, Any] = _merged(default, changes)
    experiments = changes.get("experiments")
    for name, own in experiments.items() if isinstance(experiments, Mapping) else ():
        known = default["experiments"].get(name)
        if isinstance(own, Mapping):
            inherits = isinstance(known, Mapping) and own.get("inherit", "vary" not in own)
            config["experiments"][name] = {**known, **own} if inherits else dict(own)
    defaults, report = (changes.get(key, {}) for key in ("defaults", "report"))
    if isinstance(defaults, Mapping) and isinstance(report, Mapping) and isinstance(config["report"], Mapping):
        other = defaults.get("learner", default["defaults"]["learner"]) != default["defaults"]["learner"]
        if other and "title" not in report:
            config["report"] = {**config["report"], "title": titles_by_name(config["study"])}
    return config


def titles_by_name(study: object) -> dict[str, str]:
    """Return the titles, by language, of a report on another learner than the default one's that states no title."""
    return {"en": f"The study “{study}”", "ru": f"Исследование «{study}»"}


def stated(config: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a study with this configuration has to state: `checked`, it gives the configuration again.

    config: as it takes effect. An experiment that has all keys of the default one of its name inherits them, any other
    is stated whole.
    """
    found = changes(config, default)
    for name, own in found.get("experiments", {}).items():
        known, whole = default["experiments"].get(name), config["experiments"][name]
        if isinstance(known, Mapping) and isinstance(own, Mapping) and "vary" in whole:
            inherits = set(known) <= set(whole)
            inherited = {"inherit": True, **own} if "vary" in own else own
            found["experiments"][name] = inherited if inherits else whole
    return found


def without_inherit(config: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validated configuration without the key ``inherit``, which has taken effect.

    Raises StudyError for experiments that inherit from none of the default study.
    """
    known = [name for name, experiment in default["experiments"].items() if experiment]
    faults = [
        f"configuration: experiments.{name}.inherit is true, but the default study has no experiment {name}"
        f"{'' if name in default['experiments'] else hint_of_name(name, known)} to inherit from; its experiments are "
        f"{', '.join(known)}"
        for name, experiment in config["experiments"].items()
        if experiment and experiment.get("inherit") and name not in known
    ]
    if faults:
        raise StudyError(*faults)
    experiments = {
        name: experiment and {key: value for key, value in experiment.items() if key != "inherit"}
        for name, experiment in config["experiments"].items()
    }
    return {**config, "experiments": experiments}


def _faults_of_only(only: list[str], experiments: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
    known = [name for name, experiment in experiments.items() if experiment]
    for name in only:
        if name not in experiments:
            yield f"only names {name}{hint_of_name(name, experiments)}, expected some of {', '.join(known)}"
        elif not experiments[name] and name in own:
            yield f"only names {name}, but experiments.{name} is false, expected one of them"
        elif not experiments[name]:
            yield f"only names {name}, which the default study only reserves, expected an entry for it in experiments"


def selected(config: Mapping[str, Any], changes: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validated configuration with the experiments that ``only`` names, by default with all.

    changes: what the study itself states. Other experiments of the default study are switched off, and so are its
    classifiers that none of the named experiments uses, unless the study states them. Other experiments of the study
    are left out, and so is the key ``only``. Raises StudyError for names of experiments that do not exist or that are
    switched off.
    """
    if "only" not in config:
        return dict(config)
    only, experiments = config["only"], config["experiments"]
    if faults := list(_faults_of_only(only, experiments, changes.get("experiments", {}))):
        raise StudyError(*(f"configuration: {fault}" for fault in faults))
    known = [name for name in experiments if name in only or name in default["experiments"]]
    chosen = {name: experiments[name] if name in only else False for name in known}
    used = {name for one in only for name in experiments[one].get("classifiers", config["classifiers"])}
    used |= set(changes.get("classifiers", ())) if used else set(config["classifiers"])
    classifiers = {name: entry if name in used else False for name, entry in config["classifiers"].items()}
    others = {key: value for key, value in config.items() if key != "only"}
    return {**others, "experiments": chosen, "classifiers": classifiers}


def by_language(text: Mapping[str, Any], languages: list[str]) -> dict[str, Any]:
    """Return a schema that allows what a schema of text allows, or a mapping from languages to such texts."""
    limits = {key: value for key, value in text.items() if key != "description"}
    texts = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(languages, limits)}
    return {"description": text["description"], "if": {"type": "object"}, "then": texts, "else": limits}


def in_language(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the validated configuration with every text in the language of the report alone.

    Raises StudyError for texts that are given in other languages only.
    """
    language = config["report"]["language"]
    faults = []

    def chosen(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> dict[str, Any]:
        found = dict(entry)
        for key in keys:
            if isinstance(text := entry.get(key), Mapping):
                if language not in text:
                    faults.append(
                        f"configuration: {where}.{key} has the languages {', '.join(text) or 'none'}, "
                        f"expected {language}, too: the report is in that language"
                    )
                found[key] = text.get(language)
        return found

    texts = {
        table: {name: entry and chosen(entry, keys, f"{table}.{name}") for name, entry in config[table].items()}
        for table, keys in TEXTS.items()
    }
    report = chosen(config["report"], TEXTS_OF_REPORT, "report")
    if faults:
        raise StudyError(*faults)
    return {**config, **texts, "report": report}
