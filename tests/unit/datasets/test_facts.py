"""Facts of a data set in tables and report: files with checksums, splits, classes and duplicates."""

import hashlib
import json
import subprocess

import numpy as np
import pytest

from lib.datasets.duplicates import count_duplicates
from lib.datasets.facts import facts
from lib.datasets.images import Images
from lib.datasets.origin.provenance import RawFile, describe
from lib.datasets.splits import Split
from lib.report import data_claims
from lib.report import tables as report
from lib.tabulation.data import class_table, data_table, file_table, note_table
from lib.words.latex import escape

NAMES = ["zebra", "ant"]  # not in alphabetical order: the labels decide


def images(channels, values):
    """Images of 2x2 pixels, each channel of an image with one value. values: one row per image."""
    return Images(
        np.tile(np.array(values, np.uint8).reshape(-1, 1, channels), (1, 4, 1)).reshape(-1, 4 * channels), 2, channels
    )


def facts_json(channels=3, unlabelled=True, shared=()):
    """facts.json of three training images, two test images and, if ``unlabelled``, one unlabelled image."""
    first = [[10, 20, 30], [20, 20, 40], [30, 20, 50]]
    rows = [row[:channels] for row in first]
    splits = {
        "train": Split(images(channels, rows), np.array([0, 0, 1]), NAMES),
        "test": Split(images(channels, rows[:2]), np.array([1, 1]), NAMES),
        "unlabeled": Split(images(channels, rows[:1])) if unlabelled else Split(images(channels, rows), source="train"),
    }
    result = {name: facts(split, name).as_json() for name, split in splits.items()}
    for name, fact in result.items():
        one = "train" if name == "unlabeled" and not unlabelled else name
        fact["files"] = {f"{one}.pk": {"bytes": 10_000 + len(one), "files": 1, "sha256": one[0] * 64}}
    found = {"splits": result, "class_names": NAMES, "files": dict(shared)}
    return json.loads(json.dumps(found, sort_keys=True))  # as the file is written and read


def test_notes_are_rows_of_a_table_and_sentences_of_the_report():
    found = facts_json()
    table = note_table(found)
    assert table["split"].tolist() == ["train", "train", "train", "test", "test", "test", "unlabeled"]
    assert table["note"][0].startswith("The images of train are dark: no value is above 50 of 255.")
    assert table["note"][1] == "Channels with one and the same value in all images of train: green."
    written = data_claims.notes(table)
    assert written.startswith("Notes on the data: ")
    assert all(escape(note) in written for note in table["note"])
    for fact in found["splits"].values():
        fact["notes"] = []
    assert data_claims.notes(note_table(found)) == ""


def test_the_number_of_groups_is_missing_where_every_image_is_its_own():
    found = facts_json()
    found["splits"]["test"]["groups"] = 1
    assert data_table(found)["groups"].isna().tolist() == [True, False, True]
    assert data_table(found)["groups"][1] == 1


def test_one_row_per_split_with_the_statistics_of_every_channel():
    table = data_table(facts_json()).set_index("split")
    assert table.loc["train", ["mean_red", "mean_green", "mean_blue"]].tolist() == [20, 20, 40]
    np.testing.assert_allclose(
        table.loc["train", ["std_red", "std_green", "std_blue"]].astype(float), [8.165, 0, 8.165], atol=1e-3
    )
    assert table.loc["train", ["classes", "smallest_class", "largest_class"]].tolist() == [2, 1, 2]
    assert table.loc["test", ["smallest_class", "largest_class"]].tolist() == [0, 2]
    assert table.loc["unlabeled", ["classes", "images_of"]].isna().all()
    grey = data_table(facts_json(channels=1))
    assert grey["mean_grey"].tolist() == [20, 15, 10]
    assert not {"mean_red", "mean_blue"} & set(grey)


def test_one_row_per_split_and_class_in_the_order_of_the_labels():
    table = class_table(facts_json())
    assert table[["split", "label", "class", "images"]].to_numpy().tolist() == [
        ["train", 0, "zebra", 2],
        ["train", 1, "ant", 1],
        ["test", 0, "zebra", 0],
        ["test", 1, "ant", 2],
    ]


def test_one_row_per_split_and_file():
    table = file_table(
        facts_json(unlabelled=False, shared=[("class_names.txt", {"bytes": 7, "files": 1, "sha256": "c" * 64})])
    )
    assert table["split"].tolist() == ["train", "test", "unlabeled", "all"]
    assert table["file"].tolist() == ["train.pk", "test.pk", "train.pk", "class_names.txt"]
    assert table["bytes"].tolist() == [10_005, 10_004, 10_005, 7]
    assert table["sha256"].tolist() == ["t" * 64] * 3 + ["c" * 64]


def test_files_are_described_by_bytes_and_checksum(tmp_path):
    content = b"some bytes" * 1000
    (tmp_path / "train.pk").write_bytes(content)
    assert describe([str(tmp_path / "train.pk")]).files_as_json() == {
        "train.pk": {"bytes": 10_000, "files": 1, "sha256": hashlib.sha256(content).hexdigest()}
    }


def test_a_folder_is_described_as_the_docstring_says(tmp_path):
    folder = tmp_path / "train"
    for number, name in enumerate(["b/2.png", "b/1.png", "a b/ü.png", "B/1.png"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(bytes(number))
    found = describe([str(folder)]).files["train"]
    command = next(line for line in describe.__doc__.split("``") if line.startswith("find"))
    printed = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert found == RawFile(bytes=6, files=4, sha256=printed.split()[0])
    (folder / "B" / "1.png").rename(folder / "B" / "2.png")
    assert describe([str(folder)]).files["train"].sha256 != found.sha256, "names count"


def report_tables(found, duplicates):
    """The report's tables about the data."""
    data = data_table(found)
    return {
        "data": report.data_table(data),
        "files": report.file_table(file_table(found)),
        "duplicates": report.duplicate_table(report.own_images(duplicates, data)),
    }


def cells(text):
    """The cells of a LaTeX table as plain text."""
    for mark in ("\\ensuremath", "\\num", "\\texttt", "\\,", "{", "}", "$"):
        text = text.replace(mark, "")
    return [
        [cell.strip() for cell in line.removesuffix("\\\\").split("&")] for line in text.splitlines() if "&" in line
    ]


DUPLICATES = count_duplicates({"train": [b"a", b"a", b"b"], "test": [b"b", b"c"], "unlabeled": [b"a", b"a", b"b"]})


def test_the_report_shows_channels_files_and_duplicates():
    tables = report_tables(facts_json(), DUPLICATES)
    train = cells(tables["data"])[1]
    assert train == ["train", "3", "2\\times2\\times3", "2", "1–2", "20.0 / 20.0 / 40.0", "8.2 / 0.0 / 8.2"]
    assert cells(tables["files"])[1] == ["train.pk", "train", "10005", "t" * 16 + "..."]
    assert cells(tables["duplicates"]) == [
        ["split", "repeated within", "also in train", "also in test"],
        ["train", "1", "–", "–"],
        ["test", "0", "1", "–"],
        ["unlabeled", "1", "3", "1"],
    ]
    assert cells(report_tables(facts_json(channels=1), DUPLICATES)["data"])[1][5:] == ["20.0", "8.2"]


def test_training_images_used_as_unlabelled_ones_are_named_and_not_counted_as_duplicates():
    found = facts_json(unlabelled=False)
    tables = report_tables(found, DUPLICATES)
    assert [row[0] for row in cells(tables["duplicates"])] == ["split", "train", "test"]
    assert cells(tables["files"])[1][:2] == ["train.pk", "train, unlabeled"], "a file is one row"
    data = data_table(found)
    assert data_claims.unlabelled(data).startswith(
        "The data set has no unlabelled images: the images of “train” are used instead"
    )
    assert "unlabeled" not in data_claims.duplicates(report.own_images(DUPLICATES, data))
    assert data_claims.unlabelled(data_table(facts_json())) == ""
    assert "of “unlabeled” are also in “train”" in data_claims.duplicates(
        report.own_images(DUPLICATES, data_table(facts_json()))
    )


@pytest.mark.parametrize("name", ["a_b.pk", "x" * 80])
def test_names_of_files_fit_into_the_report(name):
    found = facts_json(shared=[(name, {"bytes": 1, "files": 1, "sha256": "0" * 64})])
    text = report_tables(found, DUPLICATES)["files"]
    printed = cells(text)[-1][0].replace("\\", "")
    assert printed == (name if len(name) < 36 else "x" * 33 + "...")
