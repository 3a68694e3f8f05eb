"""Pages for a browser: each is one file with its style, its program and its data, and needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lib.words.columns import explanation
from lib.words.language import _, code, pgettext
from lib.words.markup import coded


def render(template: str | Path, **values: Any) -> str:
    """Return a template filled with values; it may include files of its folder.

    Templates translate by ``_`` and ``pgettext`` into the language in use, whose code is ``language``. Values are
    escaped as HTML; in a script, the filter ``tojson`` writes them as JSON without any character that could end the
    script. Raises ValueError for numbers that JSON does not have.
    """
    path = Path(template)
    environment = Environment(loader=FileSystemLoader(path.parent), autoescape=True, undefined=StrictUndefined)
    environment.policies["json.dumps_kwargs"] = {
        "allow_nan": False,
        "ensure_ascii": False,
        "separators": (",", ":"),
        "sort_keys": False,
    }
    environment.globals |= {"_": _, "pgettext": pgettext, "language": code()}
    return environment.get_template(path.name).render(**values)


def plain(value: Any, digits: int | None = None) -> Any:
    """Return a cell of a table for JSON: None where it is missing or infinite, floats with so many digits."""
    if hasattr(value, "item"):
        value = value.item()
    if pd.isna(value) or value in (float("inf"), -float("inf")):
        return None
    return float(f"{value:.{digits}g}") if digits and isinstance(value, float) else value


def caption(file: str | Path) -> str:
    """Return the caption of a table as HTML, from its template for Snakemake's report."""
    # Not escaped by Jinja2: `coded` escapes the whole text.
    template = Environment().from_string(Path(file).read_text(encoding="utf-8"))
    return coded(template.render(_=_, plain=str))


def table_data(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of a table with their meanings as HTML, which of them are numbers, and its rows."""
    types = pd.api.types
    columns = [
        {
            "name": str(column),
            "names": ", ".join(explanation(name, str(column)).names),
            "numeric": types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind),
            "meaning": coded(explanation(name, str(column)).meaning),
        }
        for column, kind in table.dtypes.items()
    ]
    return {"columns": columns, "rows": [[plain(cell) for cell in row] for row in table.itertuples(index=False)]}
