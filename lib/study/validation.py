"""Validation of the configuration; each fault is reported in one sentence."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import yaml

from lib.base.errors import StudyError, hint_of_name, hint_of_number
from lib.study.configuration_files import fault_of, parsed, shortened
from lib.study.inheritance import (
    TEXTS,
    TEXTS_OF_REPORT,
    by_language,
    completed,
    in_language,
    selected,
    without_inherit,
)
from lib.study.rotation_invariance import changed_by_rotation

_TYPES = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
    "null": "nothing",
}
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minItems": "of at least {} entries",
    "maxItems": "of at most {} entries",
    "minProperties": "of at least {} entries",
    "maxLength": "of at most {} characters",
    "pattern": "that matches {}",
    "uniqueItems": "without the same entry twice",
}
_OF_NAMES = {"pattern": "one that matches {}", "maxLength": "one of at most {} characters"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # tabs and line ends are text
_LONGEST_FILE_NAME, _LONGEST_PATH = 255, 3000  # bytes; files below the path need room for their names
_MOST_THREADS = 64
_EXACT = 2**53  # integers up to this bound are exact as floats


def _number(value: Any) -> str:
    return format(value, ".12g") if isinstance(value, float) else str(value)


def allowed(schema: dict[str, Any]) -> str:
    """Return what a schema allows, in words: type and bounds, or the values of an enumeration."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(allowed(option) for option in schema["anyOf"])
    if "if" in schema:
        return f"{allowed(schema['else'])} or {allowed(schema['then'])}"
    types = schema.get("type", [])
    words = " or ".join(_TYPES[name] for name in ([types] if isinstance(types, str) else types)) or "a value"
    bounds = [text.format(_number(schema[key])) for key, text in _BOUNDS.items() if key in schema]
    return " ".join([words, " and ".join(bounds)]).strip()


def _json_text(value: Any) -> str:
    """Return a value as JSON, shortened if it is long."""
    return shortened(json.dumps(value, default=str, ensure_ascii=False))


def _sentence(error: Any, experiments: Collection[str]) -> str:
    """Return one sentence for an error of jsonschema: key, value, what is allowed.

    experiments: the names of those of the default study.
    """
    key = shortened(".".join(map(str, error.absolute_path)))
    where = f"{key} " if key else ""
    value, schema = error.instance, error.schema
    if error.validator == "additionalProperties":
        known = sorted(schema["properties"])
        unknown = ", ".join(f"{shortened(name)}{hint_of_name(name, known)}" for name in sorted(set(value) - set(known)))
        return f"{where}has the unknown key {unknown}; the keys are {', '.join(known)}"
    other = "another one: the workflow uses this name itself"
    if "propertyNames" in error.absolute_schema_path:
        expected = _OF_NAMES[error.validator].format(error.validator_value) if error.validator in _OF_NAMES else other
        return f"{where}has the key {_json_text(value)}, expected {expected}"
    if error.validator == "not":
        return f"{key} is {_json_text(value)}, expected {other}"
    if error.validator == "required":
        missing = ", ".join(sorted(set(schema["required"]) - set(value)))
        *tables, name = [*error.absolute_path] or [""]
        is_new = tables == ["experiments"] and name not in experiments
        return f"{where}lacks the key {missing}{_hint_of_experiment(name, experiments) if is_new else ''}"
    similar = hint_of_name(value, schema["enum"]) if "enum" in schema and isinstance(value, str) else ""
    hints = f"{hint_of_number(value)}{_hint_of_text(value, schema)}"
    return f"{key} is {_json_text(value)}{similar}, expected {allowed(schema)}{hints}"


def _hint_of_experiment(name: str, experiments: Collection[str]) -> str:
    """Return a hint to append if a new experiment lacks a key that one of the default study would inherit."""
    return f": the default study has no experiment {name}{hint_of_name(name, experiments)} from which to inherit it"


def _hint_of_text(value: Any, schema: dict[str, Any]) -> str:
    """Return a hint to append if YAML does not read the value as text, such as no or 2026, but text is expected."""
    if schema.get("type") != "string" or isinstance(value, (str, dict, list)):
        return ""
    if isinstance(value, bool):
        return "; YAML reads yes, no, on and off as true and false: put the text in quotes"
    return "; put the text in quotes"


def _faults_of_text(config: Any, where: str = "") -> Iterator[str]:
    """Yield a sentence for every key that YAML does not read as text, such as yes, and every unprintable character."""
    place = f"{shortened(where)} " if where else ""
    if isinstance(config, dict):
        for key, value in config.items():
            if isinstance(key, str):
                if found := _UNPRINTABLE.search(key):
                    yield f"{place}has a key with the character U+{ord(found[0]):04X}, expected plain text"
                yield from _faults_of_text(value, f"{where}.{key}" if where else key)
            else:
                yield f"{place}has the key {_json_text(key)}, expected text; put it in quotes if it is meant"
    elif isinstance(config, list):
        for number, value in enumerate(config):
            yield from _faults_of_text(value, f"{where}.{number}")
    elif isinstance(config, str) and (found := _UNPRINTABLE.search(config)):
        yield f"{place}holds the character U+{ord(found[0]):04X}, expected plain text"


def _keys_as_text(value: Any) -> Any:
    """Return the value with numeric keys turned into text: they name classes, or are reported as unknown keys."""
    if isinstance(value, Mapping):
        text = {key: str(key) if type(key) in (int, float) else key for key in value}
        clash = len(set(text.values())) < len(text)
        return {key if clash else text[key]: _keys_as_text(inner) for key, inner in value.items()}
    return [_keys_as_text(inner) for inner in value] if isinstance(value, list) else value


def _convert_numbers(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Return the value with each number converted to the type in the schema, if the conversion is exact."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = _convert_numbers(value, target, root)
    for part in schema.get("allOf", []):
        value = _convert_numbers(value, part, root)
    if "if" in schema:
        kinds = {"object": dict, "array": list}
        branch = "then" if isinstance(value, kinds[schema["if"]["type"]]) else "else"
        value = _convert_numbers(value, schema[branch], root)
    if isinstance(value, dict):
        inner, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {key: _convert_numbers(one, inner.get(key, others), root) for key, one in value.items()}
    if isinstance(value, list):
        return [_convert_numbers(one, schema.get("items", {}), root) for one in value]
    if schema.get("type") == "integer" and isinstance(value, float) and abs(value) <= _EXACT and value.is_integer():
        return int(value)
    if schema.get("type") == "number" and type(value) in (int, float) and abs(value) <= _EXACT:
        return float(value) + 0.0  # -0.0 becomes 0.0
    return value


def _with_integers(steps: Any) -> Any:
    """Return the layers of networks with whole numbers as integers: sizes are, and any other number may be one."""
    if isinstance(steps, Mapping):
        return {key: _with_integers(value) for key, value in steps.items()}
    if isinstance(steps, list):
        return [_with_integers(value) for value in steps]
    whole = isinstance(steps, float) and abs(steps) <= _EXACT and steps.is_integer()
    return int(steps) if whole else steps


def read_schema(file: Path) -> dict[str, Any]:
    """Return the schema of the configuration, completed.

    Every setting needs a default, experiments can vary it, and texts can be given by language.
    """
    schema: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    names = list(definitions["settings"]["properties"])
    lists = {
        name: {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/settings/properties/{name}"}}
        for name in names
    }
    schema["properties"]["defaults"]["required"] = names
    definitions["varied"]["properties"] = lists
    definitions["combinations"]["properties"] = lists | definitions["combinations"]["properties"]
    values = {name: {"$ref": f"#/$defs/settings/properties/{name}"} for name in names}
    definitions["reference"]["properties"] |= values
    definitions["compared"]["properties"] |= lists
    report = schema["properties"]["report"]["properties"]
    tables = [(definitions[table.removesuffix("s")]["properties"], keys) for table, keys in TEXTS.items()]
    for properties, keys in [*tables, (report, TEXTS_OF_REPORT)]:
        properties |= {key: by_language(properties[key], report["language"]["enum"]) for key in keys}
    return schema


def canonical(config: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the configuration in which equal numbers have equal types, however they were written.

    Whole numbers such as 1.0e+5 become integers where the schema expects integers, and integers become floats where
    it expects any number, so that equal settings have equal names. Numeric keys become text.
    """
    typed: dict[str, Any] = _convert_numbers(_keys_as_text(config), schema, schema)
    return typed | {"networks": _with_integers(typed["networks"])} if "networks" in typed else typed


def typed_arguments(arguments: Sequence[str] | None, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mappings and lists of `--config`, by key, parsed as YAML: Snakemake reads their numbers as text.

    arguments: texts ``key=value``. config: the values as Snakemake parsed them. Raises StudyError if a value is not
    valid YAML or is misleading (`lib.study.configuration_files.Misleading`).
    """
    found = {}
    for key, _, text in (argument.partition("=") for argument in arguments or ()):
        if not isinstance(config.get(key), (dict, list)) or not text.lstrip().startswith(("{", "[")):
            continue
        try:
            found[key] = _keys_as_text(parsed(text))
        except (yaml.YAMLError, ValueError) as error:
            raise StudyError(f"--config {key}: {fault_of(error)}") from None
    return found


def _validator(schema: dict[str, Any]) -> Any:
    """Return a validator that rejects NaN and infinity as numbers, and whose ``$`` matches only the end of a text.

    JSON Schema defines ``$`` so, but in Python a newline may follow.
    """
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: Any, expression: str, value: Any, __: Any) -> Iterator[Any]:
        expression = re.sub(r"(?<!\\)\$$", r"\\Z", expression)
        if isinstance(value, str) and not re.search(expression, value):
            yield ValidationError(f"{value!r} does not match {expression!r}")

    def finite(kind: str) -> Any:
        known = Draft202012Validator.TYPE_CHECKER
        return lambda _, value: (
            known.is_type(value, kind) and not (isinstance(value, float) and not math.isfinite(value))
        )

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({kind: finite(kind) for kind in ("number", "integer")})
    return validators.extend(Draft202012Validator, {"pattern": pattern}, type_checker=types)(schema)


def validate(config: dict[str, Any], schema: dict[str, Any], experiments: Collection[str] = ()) -> None:
    """Raise StudyError with one sentence for every fault of the configuration.

    experiments: the names of those of the default study.
    """
    if faults := list(_faults_of_text(config)):
        raise StudyError(*(f"configuration: {fault}" for fault in dict.fromkeys(faults)))
    errors = sorted(_validator(schema).iter_errors(config), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise StudyError(*dict.fromkeys(f"configuration: {_sentence(error, experiments)}" for error in errors))


def flattened(config: Any, key: str = "") -> list[tuple[str, str]]:
    """Return one row per value of the configuration: its dotted key, and the value as JSON. A list is one value."""
    if not isinstance(config, dict) or not config:
        return [(key, json.dumps(config, ensure_ascii=False))]
    return [row for name, value in config.items() for row in flattened(value, f"{key}.{name}" if key else str(name))]


def check_switches(config: dict[str, Any], default: dict[str, Any]) -> None:
    """Raise StudyError for entries that are switched off although the default study has no entry of that name."""
    faults = []
    for table in ("experiments", "classifiers"):
        for name in sorted(name for name, entry in config[table].items() if entry is False):
            if name not in default[table]:
                faults.append(
                    f"configuration: {table}.{name} is false, but there is no such entry to switch off"
                    f"{hint_of_name(name, default[table])}; the entries are {', '.join(default[table])}"
                )
    if faults:
        raise StudyError(*faults)


def untried(classifiers: dict[str, Any], tried: dict[str, Any]) -> dict[str, Any]:
    """Return the classifiers, by name, that are switched on and differ from the entry in ``tried``.

    Values of different types differ, because scikit-learn distinguishes 10, 10.0 and true.
    """
    return {
        name: classifier
        for name, classifier in classifiers.items()
        if classifier and sorted(flattened(classifier)) != sorted(flattened(tried.get(name)))
    }


def check_labels(config: dict[str, Any]) -> None:
    """Raise StudyError for classifiers with equal labels, which tables and figures could not distinguish."""
    first: dict[str, str] = {}
    faults = []
    for name, classifier in config["classifiers"].items():
        if classifier and (other := first.setdefault(classifier["label"], name)) != name:
            faults.append(
                f"configuration: classifiers.{name}.label is {classifier['label']}, expected another one than that of "
                f"classifiers.{other}"
            )
    if faults:
        raise StudyError(*faults)


def expanded_path(path: str) -> str:
    """Return the path with ``~`` and environment variables expanded, unless the path exists as it is written.

    Raises StudyError if a variable is not set or a user does not exist.
    """
    if os.path.lexists(path):
        return path
    found = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - Path does not expand variables, and would normalise
    if unset := re.search(r"\$(?:(\w+)|\{([^}]*)\})", found):
        name = unset[1] or unset[2]
        raise StudyError(
            f"configuration: dataset is {shortened(path)}, but the environment variable {shortened(name)} is not set"
        )
    if found.startswith("~"):
        raise StudyError(
            f"configuration: dataset is {shortened(path)}, but the user {found.split('/')[0]} does not exist"
        )
    return found


def check_path(path: str, key: str = "dataset") -> None:
    """Raise StudyError for a path that Snakemake would read as a pattern, or that is invalid in a file system."""
    where = f"configuration: {key} is {shortened(path)}"
    if found := _UNPRINTABLE.search(path) or re.search(r"[\n\t]", path):
        raise StudyError(f"{where}, with the character U+{ord(found[0]):04X}, expected a path of plain text")
    if found := re.search(r"[{}<>]", path):
        raise StudyError(
            f"{where}, with {found[0]} in it, expected a path without braces and angle brackets: Snakemake would take "
            "them for wildcards; rename the folder or link to it"
        )
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise StudyError(f"{where}, expected a path of at most {_LONGEST_PATH} bytes")
    if any(len(os.fsencode(part)) > _LONGEST_FILE_NAME for part in Path(path).parts):
        raise StudyError(f"{where}, expected names of at most {_LONGEST_FILE_NAME} bytes each")


def _values_of(classifier: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield key and value of every parameter of a classifier, and of every value in its grid."""
    for name, value in classifier["parameters"].items():
        yield f"parameters.{name}", value
    for name, values in classifier["grid"].items():
        for value in values:
            yield f"grid.{name}", value


def _faults_of_classifier(classifier: dict[str, Any], most: int) -> Iterator[str]:
    """Yield the faults of an entry that show without scikit-learn; ``most`` limits the combinations of its grid."""
    parameters, grid = classifier["parameters"], classifier["grid"]
    for name in sorted(set(parameters) & set(grid)):
        yield (
            f"parameters.{name} is set under grid, too, expected one of them; "
            f"a grid of one value, {name}: [{_json_text(parameters[name])}], fixes it"
        )
    for part in ("parameters", "grid"):
        if "random_state" in classifier[part]:
            yield f"{part}.random_state is given, expected none: it follows from the seed of the study"
    for key, value in _values_of(classifier):
        if isinstance(value, float) and math.isnan(value):
            yield f"{key} is NaN, expected a number"
        limit = type(value) is int and -1 <= value <= _MOST_THREADS
        if key.endswith(".n_jobs") and value is not None and not limit:
            yield f"{key} is {_json_text(value)}, expected none, or -1 to {_MOST_THREADS}: profiles set the threads"
    size = prod(len(values) for values in grid.values())
    if size > most:
        yield f"grid has {size} combinations, expected at most {most}"
    if classifier.get("fine_tuned"):
        if not classifier["class"].startswith("lib."):
            yield f"fine_tuned is true, expected false: {classifier['class']} takes no images"
        for key in ("standardise", "rotate", "components", "calibrate"):
            if classifier.get(key):
                yield f"fine_tuned is true, expected false: {key} prepares features, but it sees images"
    if classifier["rotate"] and (reason := changed_by_rotation(classifier)):
        yield f"rotate is true, expected false: {reason}"


def check_parameters(config: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise StudyError for parameters of classifiers that the workflow sets itself or that contradict the entry."""
    most = schema["limits"]["grid"]
    faults = [
        f"configuration: classifiers.{name}.{fault}"
        for name, classifier in config["classifiers"].items()
        if classifier
        for fault in _faults_of_classifier(classifier, most)
    ]
    if faults:
        raise StudyError(*dict.fromkeys(faults))


def size_of(config: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return the numbers of models and evaluations of each experiment; equal ones are counted each time."""
    known = sum(bool(classifier) for classifier in config["classifiers"].values())
    sizes = {}
    for name, experiment in config["experiments"].items():
        if not experiment:
            continue
        vary, seeds = experiment["vary"], experiment.get("seeds", 1)
        features = models = 0
        for entry in vary if isinstance(vary, list) else [vary]:
            combinations = prod(len(values) for key, values in entry.items() if key != "together")
            features += combinations * seeds
            models += combinations * seeds * prod(len(values) for values in entry.get("together", {}).values())
        classifiers = len(experiment["classifiers"]) if "classifiers" in experiment else known
        sizes[name] = {"models": models, "evaluations": features * classifiers}
    return sizes


def check_size(config: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise StudyError for a study with more models or evaluations than the limits of the schema."""
    sizes = size_of(config)
    faults = []
    for kind in ("models", "evaluations"):
        total, most = sum(size[kind] for size in sizes.values()), schema["limits"][kind]
        if total > most:
            largest = max(sizes, key=lambda name: sizes[name][kind])
            faults.append(
                f"configuration: the experiments ask for {total} {kind}, expected at most {most}; "
                f"the largest, {largest}, asks for {sizes[largest][kind]}"
            )
    if faults:
        raise StudyError(*faults)


def checked(changes: Mapping[str, Any], schema: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a study in its `canonical` form, as it takes effect.

    changes: the keys that the study sets; they extend the default study as `lib.study.inheritance.completed` says.
    Raises StudyError with one sentence for each fault that shows without the data.
    """
    config = canonical(completed(changes, default), schema)
    validate(config, schema, default["experiments"])
    config["dataset"] = expanded_path(config["dataset"])
    check_path(config["dataset"])
    check_switches(config, default)
    config = in_language(selected(without_inherit(config, default), changes, default))
    check_labels(config)
    check_parameters(config, schema)
    check_size(config, schema)
    return config
