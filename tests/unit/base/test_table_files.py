"""Text in tables stays text from the file to the page."""

import json

import numpy as np
import pandas as pd
import pytest

from lib.base.errors import StudyError
from lib.base.table_files import TEXT, read_table, write_table
from lib.pages.explorer import OF_ACCURACY
from lib.pages.page import table_data
from lib.study.labels import Label
from lib.tabulation.columns import CLASSIFICATION_COLUMNS
from lib.tabulation.data import class_table, file_table
from lib.tabulation.predictions import (
    ACCURACY_COLUMNS,
    COMPARISON_COLUMNS,
    CONFUSION_COLUMNS,
    EvaluationResult,
    confusion_table,
)
from tests.unit.hostile import ALL
from tests.unit.study.test_validation import DEFAULT

LOOKALIKES = [
    *("NA", "N/A", "n/a", "nan", "NaN", "-nan", "null", "NULL", "None", "<NA>", "#N/A", "NaT"),
    *("007", "1e5", "1_000", "1,000", "0x1f", "-1", "+1", "1.", "1.0", " 1", "1 ", "∞", "inf", "-Infinity"),
    *("True", "false", "yes", "2026-01-31", "12:30", "50%", "1+2j", "=1+1", "#", "'", '"', '""', "a,b", "a;b", "\\N"),
    *("line\nline", "line\r\nline", "line\rline", "\ttab", "\ufeffmark", *ALL.values()),
]


def test_every_text_column_reads_back_what_was_written(tmp_path):
    for columns in (set(TEXT) - {"label"}, set(TEXT) - {"class"}):
        table = pd.DataFrame(dict.fromkeys(sorted(columns), LOOKALIKES) | {"images": range(len(LOOKALIKES))})
        write_table(table, tmp_path / "table.csv")
        found = read_table(tmp_path / "table.csv")
        for name in columns:
            assert found[name].tolist() == LOOKALIKES, name
    assert found["images"].tolist() == list(range(len(LOOKALIKES)))


def test_numbers_stay_numbers_and_only_an_empty_cell_is_missing(tmp_path):
    table = pd.DataFrame({"class": ["NA", None], "accuracy": [0.5, None], "images": [1, 2], "passed": [True, False]})
    write_table(table, tmp_path / "table.csv")
    found = read_table(tmp_path / "table.csv")
    assert found["class"].isna().tolist() == found["accuracy"].isna().tolist() == [False, True]
    assert found["class"][0] == "NA"
    assert (found["images"].dtype, found["accuracy"].dtype, found["passed"].dtype) == (int, float, bool)
    assert read_table(tmp_path / "table.csv", all_text=True)["images"].tolist() == ["1", "2"]


def test_columns_that_may_hold_names_from_the_user_are_text():
    numbers = {
        *("setting", "repetitions", "n_features", "n_train", "n_test", "accuracy", "accuracy_against", "accuracy_std"),
        *(
            "accuracy_low",
            "accuracy_high",
            "low",
            "high",
            "log_loss",
            "f1_macro",
            "f1_low",
            "f1_high",
            "seconds",
            "difference",
        ),
        *("effect_size", "p_value", "p_corrected", "comparisons", "count", "seed", "hidden", "converged"),
        *(key for key, value in DEFAULT["defaults"].items() if not isinstance(value, (str, list))),
    }
    columns = {*ACCURACY_COLUMNS, *COMPARISON_COLUMNS, *CLASSIFICATION_COLUMNS, *CONFUSION_COLUMNS, *OF_ACCURACY}
    # Histories have numbers in a column of this name; as a setting it has words alone.
    assert columns - numbers - {"sparsity"} <= set(TEXT)
    assert not numbers & set(TEXT)


@pytest.fixture
def facts():
    one = {"images_by_class": dict.fromkeys(LOOKALIKES, 1), "files": {}}
    splits = {split: dict(one) for split in ("train", "test", "unlabeled")}
    splits["train"]["files"] = {name: {"files": 1, "bytes": 2, "sha256": "0" * 64} for name in LOOKALIKES}
    return {"class_names": LOOKALIKES, "splits": splits, "files": {}}


def shown(table, path):
    """Return which columns are numeric and the rows of a table page, after the table was written and read."""
    write_table(table, path)
    data = json.loads(json.dumps(table_data("notes", read_table(path))))
    numeric = {column["name"]: column["numeric"] for column in data["columns"]}
    return numeric, pd.DataFrame(data["rows"], columns=list(numeric))


def test_pages_show_the_names_of_classes_and_files_unchanged(facts, tmp_path):
    numeric, rows = shown(class_table(facts), tmp_path / "classes.csv")
    assert rows["class"].tolist() == LOOKALIKES * 2
    assert (numeric["class"], numeric["label"], numeric["images"]) == (False, True, True)
    assert rows["label"].tolist() == [*range(len(LOOKALIKES))] * 2
    _numeric, rows = shown(file_table(facts), tmp_path / "files.csv")
    assert rows["file"].tolist() == sorted(LOOKALIKES)
    assert set(rows["sha256"]) == {"0" * 64}


def test_pages_show_the_names_of_confused_classes_unchanged(tmp_path):
    truth = np.arange(len(LOOKALIKES)) % 3
    found = EvaluationResult(truth[None], np.eye(3)[truth][None], [])
    for names in zip(*[iter(LOOKALIKES[:-1])] * 3, strict=False):
        table = confusion_table(
            {("null", "NA", "true"): found}, {("null", "NA"): Label.of({"learner": "007"})}, truth, names
        )
        _numeric, rows = shown(table, tmp_path / "confusion.csv")
        assert rows["true"].tolist() == [name for name in names for _ in names]
        assert rows["predicted"].tolist() == [*names] * 3
        assert rows.iloc[0][["features", "model", "view", "classifier"]].tolist() == ["007", "null", "NA", "true"]


@pytest.mark.parametrize("content", [b"", b'a,b\n1,2\n"3', b"a,b\n1,2\n3,4,5\n", b"a,b\n\xff\xfe,1\n"])
def test_a_file_that_is_not_a_table_raises_one_sentence(content, tmp_path):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(
        StudyError, match=r"table\.csv: .*, expected a table; delete the file, and the next run makes it again$"
    ):
        read_table(tmp_path / "table.csv")
