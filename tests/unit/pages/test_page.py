"""Pages of tables: every column is explained, captions are HTML, and text of users is no markup."""

import pandas as pd

from lib.pages.page import caption, table_data
from lib.words.columns import explanation


def test_a_column_has_the_meaning_of_its_table():
    assert "Wilson" not in explanation("accuracy", "low").meaning
    assert "bootstrap" in explanation("accuracy", "low").meaning
    assert "Student" in explanation("measures", "low").meaning
    assert explanation("duplicates", "images").names == ("first", "second", "images")
    assert explanation("classes", "label").names == ("label",)
    assert explanation("training", "rho").meaning == "ρ"
    assert explanation("training", "unknown").meaning == ""


def test_columns_have_names_types_and_meanings():
    data = table_data("accuracy", pd.DataFrame({"setting": [-1], "label": ["a"], "accuracy": [0.5]}))
    assert [column["numeric"] for column in data["columns"]] == [True, False, True]
    assert data["columns"][0]["names"] == "experiment, setting, label"
    assert data["rows"] == [[-1, "a", 0.5]]


def test_captions_are_html_with_code(tmp_path):
    (tmp_path / "a.rst").write_text('{{ _("Of ``true`` & <b>.") }}', encoding="utf-8")
    assert caption(tmp_path / "a.rst") == "Of <code>true</code> &amp; &lt;b&gt;."
