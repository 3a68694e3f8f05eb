"""The canonical form of a configuration: equal values have equal types, however they were written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lib.base.errors import StudyError
from lib.study.configuration_files import fault_of, parsed

_EXACT = 2**53  # integers up to this bound are exact as floats


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


def flattened(config: Any, key: str = "") -> list[tuple[str, str]]:
    """Return one row per value of the configuration: its dotted key, and the value as JSON. A list is one value."""
    if not isinstance(config, dict) or not config:
        return [(key, json.dumps(config, ensure_ascii=False))]
    return [row for name, value in config.items() for row in flattened(value, f"{key}.{name}" if key else str(name))]
