"""Tables of a study as CSV files. Text stays text: a class named 007, NA or 1e5 is read back as it was written."""

from __future__ import annotations

import csv
from os import PathLike

import pandas as pd

from lib.base.errors import StudyError

# Columns that hold text in every table, even if a cell looks like a number or a missing value.
TEXT = (
    *("experiment", "label", "rival", "against", "classifier", "against_classifier"),
    *("features", "model", "view", "fold"),
    *("measure", "control", "scale", "text"),
    *("learner", "activation", "decoder", "penalty", "start", "centre", "precision", "encoding", "device"),
    *("scaling", "error", "optimiser", "initial", "corruption", "terms", "rule"),
    *("split", "images_of", "class", "file", "sha256", "first", "second", "true", "predicted"),
    *("stage", "check", "network", "source", "data", "key", "value", "note", "message", "values"),
    *("kind", "image_class", "other_class"),
)


def read_table(path: str | PathLike[str], all_text: bool = False) -> pd.DataFrame:
    """Return the table in a CSV file.

    The columns of `TEXT` hold text; with all_text, all columns do. The types of other columns follow from their cells.
    Only an empty cell is a missing value. Raises StudyError if the file is not a table.
    """
    types = str if all_text else dict.fromkeys(TEXT, str)
    try:
        table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{path}: {str(error).strip()}, expected a table; delete the file, and the next run makes it again"
        ) from error
    if "class" in table and "label" in table and not all_text:
        table["label"] = pd.to_numeric(table["label"])  # a class has a number as its label, a setting has text
    return table


def write_table(table: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write a table as CSV for `read_table`, without its index."""
    text = table.select_dtypes(exclude="number").astype(str)
    # pandas does not quote a cell for a lone carriage return, which would then end the row.
    returns = any(column.str.contains("\r", regex=False).any() for _, column in text.items())
    table.to_csv(path, index=False, quoting=csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL)
