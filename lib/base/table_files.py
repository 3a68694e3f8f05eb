"""Tables of a study as CSV files, in which text stays text: a class named 007, NA or 1e5 is read as it was written."""

from __future__ import annotations

import csv
from os import PathLike

import pandas as pd

from lib.base.errors import StudyError

# The columns of all tables that hold text, even where it looks like a number or a missing value.
TEXT = (
    *("experiment", "label", "against", "classifier", "features", "model", "view", "fold"),
    *("learner", "activation", "decoder", "sparsity", "start", "centre", "precision", "encoding", "device"),
    *("split", "images_of", "class", "file", "sha256", "first", "second", "true", "predicted"),
    *("stage", "check", "network", "source", "data", "key", "value", "note", "message", "values"),
)


def read_table(path: str | PathLike[str], all_text: bool = False) -> pd.DataFrame:
    """The table in a file.

    The columns of `TEXT` hold text, and so do all others if all_text is true; otherwise their types follow from their
    cells. Only an empty cell is a missing value. Raises StudyError for a file that holds no table.
    """
    types = str if all_text else dict.fromkeys(TEXT, str)
    try:
        table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{path}: {str(error).strip()}, expected a table; delete the file, and it is made again"
        ) from error
    if "class" in table and "label" in table and not all_text:
        table["label"] = pd.to_numeric(table["label"])  # the label of a class is a number, that of a setting is text
    return table


def write_table(table: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write a table for `read_table`, without its index."""
    text = table.select_dtypes(exclude="number").astype(str)
    # A carriage return alone would end the row, for pandas only puts cells with other ends of lines in quotes.
    returns = any(column.str.contains("\r", regex=False).any() for _, column in text.items())
    table.to_csv(path, index=False, quoting=csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL)
