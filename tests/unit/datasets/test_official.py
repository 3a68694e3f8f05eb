"""Files with the names and sizes of the official STL-10 must be the official ones; samples are left alone."""

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.datasets.forms.registry import raw_files, read_splits
from lib.datasets.origin import official
from lib.datasets.origin.official import Known, md5_of
from tests.unit import raw_forms


def read(folder):
    return read_splits(folder)


def test_the_table_fits_the_counts_that_the_authors_tell():
    sizes = {name: known.size for files in official.FILES.values() for name, known in files.items()}
    assert (sizes["train_y.bin"], sizes["test_y.bin"]) == (5_000, 8_000)
    for split, images in (("train", 5_000), ("test", 8_000), ("unlabeled", 100_000)):
        assert sizes[f"{split}_X.bin"] == images * 96 * 96 * 3
    md5s = [known.md5 for files in official.FILES.values() for known in files.values()]
    assert len({*md5s, official.ARCHIVE.md5}) == 6


def test_other_bytes_in_files_of_the_official_sizes_are_a_fault(tmp_path):
    raw_forms.write_binary(tmp_path)
    for name, known in official.FILES["train"].items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(known.size)  # zeros, which take no place on the disk
    with pytest.raises(StudyError) as caught:
        read(tmp_path)
    told = [sentence for sentence in caught.value.sentences if "official" in sentence]
    assert [sentence.split(":")[0] for sentence in told] == [str(tmp_path / n) for n in ("train_X.bin", "train_y.bin")]
    assert (
        f"has md5 {md5_of(tmp_path / 'train_y.bin')}, expected 5a34089d4802c674881badbb80307741: "
        "that of the official file of STL-10 of these 5000 bytes; fetch it anew"
    ) in told[1]


def test_labels_that_have_the_official_size_by_chance_are_left_alone(tmp_path):
    raw_forms.write_binary(tmp_path)
    np.zeros((5_000, 12), np.uint8).tofile(tmp_path / "train_X.bin")  # 5,000 images of 2x2 pixels
    np.ones(5_000, np.uint8).tofile(tmp_path / "train_y.bin")
    with pytest.raises(StudyError) as caught:  # the images of the other files have another size
        read(tmp_path)
    assert "official" not in str(caught.value)


@pytest.mark.parametrize("form", ["binary", "archive"])
def test_members_are_held_against_the_table(tmp_path, monkeypatch, form):
    folder = tmp_path / "files"
    folder.mkdir()
    raw_forms.write_binary(folder)
    table = {
        split: {name: Known((folder / name).stat().st_size, md5_of(folder / name)) for name in files}
        for split, files in official.FILES.items()
    }
    monkeypatch.setattr(official, "FILES", table)  # the sample takes the place of gigabytes
    raw = tmp_path / "raw"
    raw.mkdir()
    raw_forms.WRITERS[form](raw)
    assert read(raw)["test"].images.shape == (3, 432)

    wrong = {"train_X.bin": "1" * 32, "unlabeled_X.bin": "2" * 32}
    for files in table.values():
        files.update({name: Known(files[name].size, wrong[name]) for name in files if name in wrong})
    with pytest.raises(StudyError) as caught:
        read(raw)
    place = f"{raw}/stl10_binary.tar.gz: " if form == "archive" else f"{raw}/"
    assert [sentence.split(": has md5")[0] for sentence in caught.value.sentences] == [f"{place}{n}" for n in wrong]
    assert all(digest in sentence for digest, sentence in zip(wrong.values(), caught.value.sentences, strict=True))

    if form == "archive":  # the archive vouches for its members
        (path,) = raw.iterdir()
        monkeypatch.setattr(official, "ARCHIVE", Known(path.stat().st_size, md5_of(path)))
        assert read(raw)["test"].images.shape == (3, 432)


def test_an_archive_of_any_name_is_found_in_a_folder(tmp_path):
    raw_forms.write_archive(tmp_path)
    (tmp_path / "stl10_binary.tar.gz").rename(tmp_path / "mirror.tgz")
    (tmp_path / "stl10_binary.tar.gz.part").write_bytes((tmp_path / "mirror.tgz").read_bytes()[:100])
    assert raw_files(str(tmp_path)) == {"archive": [str(tmp_path / "mirror.tgz")]}
    assert read(tmp_path)["train"].images.shape == (9, 432)
