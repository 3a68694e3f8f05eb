"""Files with the names and sizes of the official STL-10 files must have their checksums; samples are not checked."""

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.datasets.forms.registry import raw_files, read_splits
from lib.datasets.origin import official
from lib.datasets.origin.official import OfficialFile, md5_of
from tests.unit import raw_forms


def test_the_table_fits_the_published_numbers_of_images():
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
        read_splits(tmp_path)
    found = [sentence for sentence in caught.value.sentences if "official" in sentence]
    assert [sentence.split(":")[0] for sentence in found] == [str(tmp_path / n) for n in ("train_X.bin", "train_y.bin")]
    assert (
        f"has md5 {md5_of(tmp_path / 'train_y.bin')}, expected 5a34089d4802c674881badbb80307741: "
        "the md5 of the official STL-10 file of 5000 bytes; download it again"
    ) in found[1]


def test_labels_that_have_the_official_size_by_chance_are_not_checked(tmp_path):
    raw_forms.write_binary(tmp_path)
    np.zeros((5_000, 12), np.uint8).tofile(tmp_path / "train_X.bin")  # 5,000 images of 2x2 pixels
    np.ones(5_000, np.uint8).tofile(tmp_path / "train_y.bin")
    with pytest.raises(StudyError) as caught:  # the images of the other files have another size
        read_splits(tmp_path)
    assert "official" not in str(caught.value)


@pytest.mark.parametrize("form", ["binary", "archive"])
def test_members_are_checked_against_the_table(tmp_path, monkeypatch, form):
    folder = tmp_path / "files"
    folder.mkdir()
    raw_forms.write_binary(folder)
    table = {
        split: {name: OfficialFile((folder / name).stat().st_size, md5_of(folder / name)) for name in files}
        for split, files in official.FILES.items()
    }
    monkeypatch.setattr(official, "FILES", table)  # a sample instead of gigabytes
    raw = tmp_path / "raw"
    raw.mkdir()
    raw_forms.WRITERS[form](raw)
    assert read_splits(raw)["test"].images.shape == (3, 432)

    wrong = {"train_X.bin": "1" * 32, "unlabeled_X.bin": "2" * 32}
    for files in table.values():
        files.update({name: OfficialFile(files[name].size, wrong[name]) for name in files if name in wrong})
    with pytest.raises(StudyError) as caught:
        read_splits(raw)
    place = f"{raw}/stl10_binary.tar.gz: " if form == "archive" else f"{raw}/"
    assert [sentence.split(": has md5")[0] for sentence in caught.value.sentences] == [f"{place}{n}" for n in wrong]
    assert all(digest in sentence for digest, sentence in zip(wrong.values(), caught.value.sentences, strict=True))

    if form == "archive":  # members of the official archive are not checked
        (path,) = raw.iterdir()
        monkeypatch.setattr(official, "ARCHIVE", OfficialFile(path.stat().st_size, md5_of(path)))
        assert read_splits(raw)["test"].images.shape == (3, 432)


def test_an_archive_of_any_name_is_found_in_a_folder(tmp_path):
    raw_forms.write_archive(tmp_path)
    (tmp_path / "stl10_binary.tar.gz").rename(tmp_path / "mirror.tgz")
    (tmp_path / "stl10_binary.tar.gz.part").write_bytes((tmp_path / "mirror.tgz").read_bytes()[:100])
    assert raw_files(str(tmp_path)) == {"archive": [str(tmp_path / "mirror.tgz")]}
    assert read_splits(tmp_path)["train"].images.shape == (9, 432)
