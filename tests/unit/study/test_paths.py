"""Paths of a configuration are expanded, and refused where Snakemake or the file system cannot use them."""

import pytest

from lib.base.errors import StudyError
from lib.study.paths import expanded_path
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA


def test_paths_have_home_and_variables_expanded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("PLACE", "b")
    for path, expected in {
        "~/a": "/home/me/a",
        "$HOME/a": "/home/me/a",
        "${HOME}/a/$PLACE.tar": "/home/me/a/b.tar",
        "data/a b": "data/a b",
        "data/~a": "data/~a",
    }.items():
        assert expanded_path(path) == expected
    (tmp_path / "$PLACE").mkdir()
    assert expanded_path("$PLACE") == "$PLACE", "a folder of exactly that name"
    for path, word in {
        "$NOWHERE/a": "NOWHERE is not set",
        "${NO}/a": "NO is not set",
        "~nobody-x/a": "the user ~nobody-x does not exist",
    }.items():
        with pytest.raises(StudyError, match="configuration: dataset is ") as caught:
            expanded_path(path)
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("data/{split}", "with { in it, expected a path without braces"),
        ("data/}", "with } in it, expected a path without braces"),
        ("<results>/x", "with < in it, expected a path without braces"),
        ("a" * 5000, "(5000 characters), expected a path of at most 3000 bytes"),
        ("data/" + "ж" * 128, "expected names of at most 255 bytes each"),
        ("a\nb", "with the character U+000A, expected a path of plain text"),
    ],
)
def test_paths_that_snakemake_or_the_file_system_cannot_use_are_refused(path, sentence):
    with pytest.raises(StudyError) as caught:
        checked(DEFAULT | {"dataset": path}, SCHEMA, DEFAULT)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400
