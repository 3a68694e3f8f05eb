"""Write the tables of config/README.md from the schema and the default study, and docs/tables.md from its data."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from lib.study.schema import allowed, read_schema  # noqa: E402
from lib.words.columns import explained_columns  # noqa: E402

INTRODUCTION = """# Configuration

A study is one YAML file. `config.yaml` is the default study and holds every key; another file, such as `stl10.yaml`,
holds its name and what it changes. The two are merged: mappings key by key, everything else is replaced. An experiment
with `vary` inherits nothing, unless it says so. `extends: config/family.yaml` changes another study instead of the
default one. Run a study with `make STUDY=config/stl10.yaml` or, after the first `make`, with
`.venv/bin/snakemake --cores all --configfile config/stl10.yaml`.

`schema.yaml` checks every key before anything runs. Write numbers with an exponent as `3.0e-4`: YAML reads `3e-4` as
text. A whole number may have a point, as in `1.0e+5`. YAML 1.1 reads `010` as 8, `1:30` as 90, and `yes`, `no`, `on`
and `off` as true and false. Numbers such as `010` and `1:30` are refused; put such a text in quotes. The configuration
holds the science and the looks; cores, memory and clusters belong to `profiles/`.

On the command line, `.venv/bin/snakemake --cores all --config 'defaults={rho: 0.05}'` changes single values.
"""
TABLES = """# The columns of `results/<study>/tables/`

[config/README.md](../config/README.md) explains the settings of a model or its features (`learner`, `hidden`, `rho`,
`stride`, …). Fractions such as accuracies are between 0 and 1; seconds of trainings and classifiers are CPU seconds,
the sum over all threads. A value is missing where it has no meaning, such as the λ of principal components. `label`,
`features` and `against` are short names for readers, in the words of the configuration; to join tables, use
`experiment` and `setting`, or `model` and `view`.
"""
LIMITS = """## Limits

A study has at most {models} models and {evaluations} evaluations, counted before equal ones are merged. The grid of a
classifier has at most {grid} combinations. `make plan` shows the size of a study.
"""
SECTIONS = (
    ("The study", (), "The keys at the top level."),
    ("`download`", ("$defs", "download"), "The official archive of the data set; `false` for none."),
    ("`crops`", ("crops",), "How the embedded photographs are cut; no effect on other data sets."),
    (
        "`defaults`",
        ("$defs", "settings"),
        "Settings of a model and its features, unless an experiment changes them.",
    ),
    (
        "`networks`",
        ("$defs", "network"),
        "Each entry has a name of lower-case letters, digits and _; `false` removes it.",
    ),
    (
        "`experiments`",
        ("$defs", "experiment"),
        "Each entry has a name of lower-case letters, digits and _; `false` switches it off.",
    ),
    ("`compare`", ("$defs", "comparison"), "Entries of the list `compare` of an experiment."),
    (
        "`classifiers`",
        ("$defs", "classifier"),
        "Each entry has a name of lower-case letters, digits and _; `false` switches it off.",
    ),
    ("`figures`", ("figures",), "Nothing here changes a result."),
    ("`report`", ("report",), "Language and title page."),
)


BELOW = ("download", "crops", "defaults", "networks", "experiments", "classifiers", "figures", "report")


def section(schema: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return the part of the schema that a section explains."""
    for key in path:
        schema = schema[key] if key in schema else schema["properties"][key]
    return schema


def table(schema: dict[str, Any], defaults: dict[str, Any], top: bool) -> str:
    """Return a table with one row per key: meaning, allowed values, value in the default study."""
    rows = ["| key | meaning | allowed | default study |", "| --- | --- | --- | --- |"]
    for key, inner in schema["properties"].items():
        value = defaults.get(key)
        words = "see below" if top and key in BELOW else allowed(inner).replace("|", "\\|")
        words = re.sub(r"(?<=matches )\S+", r"`\g<0>`", words)  # a pattern is code, and must not be read as markup
        shown = "" if value is None or (top and key in BELOW) else f"`{json.dumps(value)}`"
        rows.append(f"| `{key}` | {inner['description']} | {words} | {shown} |")
    return "\n".join(rows)


def reference() -> str:
    """Return the text of config/README.md."""
    schema = read_schema(ROOT / "config" / "schema.yaml")
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    parts = [INTRODUCTION]
    for title, path, text in SECTIONS:
        name = title.strip("`")
        defaults = (
            config if not path else config.get(name, {}) if name in ("crops", "defaults", "figures", "report") else {}
        )
        parts.append(f"## {title}\n\n{text}\n\n{table(section(schema, path), defaults, top=not path)}\n")
    return "\n".join([*parts, LIMITS.format_map(schema["limits"])])


def tables() -> str:
    """Return the text of docs/tables.md."""
    rows = ["| column | in the tables | meaning |", "| --- | --- | --- |"]
    for columns in explained_columns():
        names = ", ".join(f"`{name}`" for name in columns.names)
        rows.append(f"| {names} | {', '.join(columns.tables) or 'all that have it'} | {columns.meaning} |")
    return "\n".join([TABLES, *rows, ""])


if __name__ == "__main__":
    (ROOT / "docs" / "tables.md").write_text(tables(), encoding="utf-8")
    (ROOT / "config" / "README.md").write_text(reference(), encoding="utf-8")
