"""Validation of the configuration, with one sentence for every fault."""

from __future__ import annotations

import json
import re
from typing import Any

from lib.errors import StudyError

_TYPES = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
    "null": "nothing",
}
_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+|[+-]?\d*\.?\d+[eE]\d+")


def allowed(schema: dict[str, Any]) -> str:
    """What a schema allows, in words: type and bounds, or the values of an enumeration."""
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
    bounds = {
        "minimum": "at least {}",
        "exclusiveMinimum": "above {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "below {}",
        "minItems": "of at least {} entries",
        "minProperties": "of at least {} entries",
        "pattern": "that matches {}",
        "uniqueItems": "without the same entry twice",
    }
    told = [text.format(schema[key]) for key, text in bounds.items() if key in schema]
    return " ".join([words, " and ".join(told)]).strip()


def _sentence(error: Any) -> str:
    """One sentence for a fault that jsonschema found: key, value, what is allowed."""
    key = ".".join(map(str, error.absolute_path))
    where = f"{key} " if key else ""
    value, schema = error.instance, error.schema
    if error.validator == "additionalProperties":
        known = sorted(schema["properties"])
        unknown = sorted(set(value) - set(known))
        return f"{where}has the unknown key {', '.join(unknown)}; the keys are {', '.join(known)}"
    if "propertyNames" in error.absolute_schema_path:
        return (
            f"{where}has the key {json.dumps(value, ensure_ascii=False)}, expected one that matches {schema['pattern']}"
        )
    if error.validator == "required":
        missing = sorted(set(schema["required"]) - set(value))
        return f"{where}lacks the key {', '.join(missing)}"
    told = json.dumps(value, default=str, ensure_ascii=False)
    return f"{key} is {told}, expected {allowed(schema)}{hint_of_number(value)}"


def hint_of_number(value: Any) -> str:
    """The end of a sentence about a value that was meant as a number but is text to YAML, such as 1e-4."""
    if not isinstance(value, str) or not _EXPONENT.fullmatch(value):
        return ""
    return f"; YAML reads {value} as text: write it with a decimal point and a signed exponent, as in 3.0e-4"


def _faults_of_keys(config: Any, where: str = "") -> list[str]:
    """A sentence for every key that YAML does not read as text, such as 5 or yes, below the key ``where``."""
    if not isinstance(config, dict):
        return []
    faults = [
        f"configuration: {where and where + ' '}has the key {json.dumps(key, default=str)}, expected text; "
        "put it in quotes if it is meant"
        for key in config
        if not isinstance(key, str)
    ]
    for key, value in config.items():
        faults += _faults_of_keys(value, f"{where}.{key}" if where else str(key))
    return faults


def _faults_of_text(config: Any, where: str = "") -> list[str]:
    """A sentence for every text below the key ``where`` that UTF-8 cannot write."""
    if isinstance(config, dict):
        entries = [(f"{where}.{key}" if where else str(key), value) for key, value in config.items()]
        faults = [fault for key, value in entries for fault in _faults_of_text(value, key)]
        return faults + [fault for key in config for fault in _faults_of_text(key, f"a key of {where}")]
    if isinstance(config, list):
        return [fault for value in config for fault in _faults_of_text(value, where)]
    found = re.search("[\ud800-\udfff]", config) if isinstance(config, str) else None
    if not found:
        return []
    name = where.encode("utf-8", "backslashreplace").decode()
    return [f"configuration: {name} holds U+{ord(found[0]):04X}, an unpaired surrogate, expected characters"]


def validate(config: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raises StudyError with one sentence for every fault of the configuration."""
    from jsonschema import Draft202012Validator

    if faults := _faults_of_keys(config) or _faults_of_text(config):
        raise StudyError(*faults)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        raise StudyError(*dict.fromkeys(f"configuration: {_sentence(error)}" for error in errors))


def flattened(config: Any, key: str = "") -> list[tuple[str, str]]:
    """A row a value of the configuration: its dotted key, and the value as JSON; lists are one value."""
    if not isinstance(config, dict) or not config:
        return [(key, json.dumps(config, ensure_ascii=False))]
    return [row for name, value in config.items() for row in flattened(value, f"{key}.{name}" if key else str(name))]


def check_switches(config: dict[str, Any], default: dict[str, Any]) -> None:
    """Raises StudyError for entries that are switched off though the default study has none of that name."""
    faults = []
    for table in ("experiments", "classifiers"):
        for name in sorted(name for name, entry in config[table].items() if entry is False):
            if name not in default[table]:
                faults.append(
                    f"configuration: {table}.{name} is false, but there is no such entry to switch off; "
                    f"the entries are {', '.join(default[table])}"
                )
    if faults:
        raise StudyError(*faults)


def untried(classifiers: dict[str, Any], tried: dict[str, Any]) -> dict[str, Any]:
    """The classifiers, by name, that are switched on and not among those that were tried.

    Values of other types differ, too: scikit-learn minds whether 10 or 10.0 or true stands there.
    """
    return {
        name: classifier
        for name, classifier in classifiers.items()
        if classifier and sorted(flattened(classifier)) != sorted(flattened(tried.get(name)))
    }


def check_labels(config: dict[str, Any]) -> None:
    """Raises StudyError for classifiers that tables and figures could not tell apart."""
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
