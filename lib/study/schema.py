"""The schema of the configuration; each fault of a configuration against it is one sentence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from lib.base.errors import StudyError, hint_of_name, hint_of_number
from lib.study.configuration_files import UNPRINTABLE, json_text, shortened
from lib.study.inheritance import TEXTS, TEXTS_OF_REPORT, by_language

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
    "uniqueItems": "of different entries",
}
_OF_NAMES = {"pattern": "one that matches {}", "maxLength": "one of at most {} characters"}


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


def _sentence(error: Any, experiments: Collection[str]) -> str:
    """Return one sentence for an error of jsonschema: key, value, what is allowed.

    experiments: names of the experiments of the default study.
    """
    key = shortened(".".join(map(str, error.absolute_path)))
    where = f"{key} " if key else ""
    value, schema = error.instance, error.schema
    if error.validator == "additionalProperties":
        known = sorted(schema["properties"])
        close = {shortened(name): hint_of_name(name, known) for name in sorted(set(value) - set(known))}
        unknown = ", ".join(f"{name}{hint}" for name, hint in close.items())
        all_keys = "config/README.md has all keys" if all(close.values()) else f"the keys are {', '.join(known)}"
        return f"{where}has the unknown key {unknown}; {all_keys}"
    other = "another one: the workflow uses this name itself"
    if "propertyNames" in error.absolute_schema_path:
        expected = _OF_NAMES[error.validator].format(error.validator_value) if error.validator in _OF_NAMES else other
        return f"{where}has the key {json_text(value)}, expected {expected}"
    if error.validator == "not":
        return f"{key} is {json_text(value)}, expected {other}"
    if error.validator == "required":
        missing = ", ".join(sorted(set(schema["required"]) - set(value)))
        *tables, name = [*error.absolute_path] or [""]
        is_new = tables == ["experiments"] and name not in experiments
        return f"{where}lacks the key {missing}{_hint_of_experiment(name, experiments) if is_new else ''}"
    similar = hint_of_name(value, schema["enum"]) if "enum" in schema and isinstance(value, str) else ""
    hints = f"{hint_of_number(value)}{_hint_of_text(value, schema)}"
    return f"{key} is {json_text(value)}{similar}, expected {allowed(schema)}{hints}"


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
                if found := UNPRINTABLE.search(key):
                    yield f"{place}has a key with the character U+{ord(found[0]):04X}, expected plain text"
                yield from _faults_of_text(value, f"{where}.{key}" if where else key)
            else:
                yield f"{place}has the key {json_text(key)}, expected text; put it in quotes if it is meant"
    elif isinstance(config, list):
        for number, value in enumerate(config):
            yield from _faults_of_text(value, f"{where}.{number}")
    elif isinstance(config, str) and (found := UNPRINTABLE.search(config)):
        yield f"{place}holds the character U+{ord(found[0]):04X}, expected plain text"


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
    # Lists that vary together may repeat a value, as [0.1, 0.1] next to [1, 2].
    crossed = {name: one | {"uniqueItems": True} for name, one in lists.items()}
    definitions["combinations"]["properties"] = crossed | definitions["combinations"]["properties"]
    values = {name: {"$ref": f"#/$defs/settings/properties/{name}"} for name in names}
    definitions["reference"]["properties"] |= values
    definitions["compared"]["properties"] |= lists
    report = schema["properties"]["report"]["properties"]
    tables = [(definitions[table.removesuffix("s")]["properties"], keys) for table, keys in TEXTS.items()]
    for properties, keys in [*tables, (report, TEXTS_OF_REPORT)]:
        properties |= {key: by_language(properties[key], report["language"]["enum"]) for key in keys}
    return schema


def validate(config: dict[str, Any], schema: dict[str, Any], experiments: Collection[str] = ()) -> None:
    """Raise StudyError with one sentence for every fault of the configuration.

    experiments: names of the experiments of the default study.
    """
    if faults := list(_faults_of_text(config)):
        raise StudyError(*(f"configuration: {fault}" for fault in dict.fromkeys(faults)))
    errors = sorted(_validator(schema).iter_errors(config), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise StudyError(*dict.fromkeys(f"configuration: {_sentence(error, experiments)}" for error in errors))
