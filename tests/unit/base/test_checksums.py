"""Checksums: every changed byte is found, and a reader of some rows verifies those rows."""

import numpy as np
import pytest

from lib.base.checksums import BLOCK, CheckedRows, checksums_of, damage, files_with_checksums, keep, kept, verify_all
from lib.base.errors import StudyError


@pytest.fixture
def matrix(tmp_path):
    """A .npy file of 300 rows of 1,000 bytes, about five blocks, with its checksums."""
    path = tmp_path / "matrix.npy"
    np.save(path, np.random.default_rng(0).integers(256, size=(300, 1000), dtype=np.uint8))
    keep(checksums_of(path), path)
    return path


def flip(path, place, bit=1):
    content = bytearray(path.read_bytes())
    content[place] ^= bit
    path.write_bytes(content)


@pytest.mark.parametrize("place", [0, 100, BLOCK - 1, BLOCK, 3 * BLOCK + 5, 300127])
def test_every_flipped_bit_is_found(matrix, place):
    assert damage(matrix) is None
    for bit in range(8):
        flip(matrix, place, 1 << bit)
        assert "differs from what was written, between byte" in damage(matrix)
        flip(matrix, place, 1 << bit)


def test_another_length_is_stated(matrix):
    size = matrix.stat().st_size
    matrix.write_bytes(matrix.read_bytes()[:-1])
    assert damage(matrix) == f"has {size - 1} bytes, expected {size}"
    matrix.write_bytes(b"")
    assert damage(matrix) == f"has 0 bytes, expected {size}"


def test_an_empty_file_has_checksums(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    keep(checksums_of(path), path)
    assert damage(path) is None
    path.write_bytes(b"x")
    assert damage(path) == "has 1 bytes, expected 0"


@pytest.mark.parametrize("stored", [b"", b"1234", b"123456789", b"\xff" * 8, b"\0" * 12])
def test_damaged_checksums_count_as_none(matrix, stored):
    (matrix.parent / ".checksums" / "matrix.npy.crc32").write_bytes(stored)
    assert kept(matrix) is None
    assert damage(matrix) is None


def test_all_damaged_files_are_named_with_what_to_do(matrix, tmp_path):
    other, good = tmp_path / "other.csv", tmp_path / "good.csv"
    for path in (other, good):
        path.write_text("a,b\n1,2\n")
        keep(checksums_of(path), path)
    flip(matrix, 5)
    other.write_text("a,b\n")
    with pytest.raises(StudyError) as error:
        verify_all([matrix, good, other, tmp_path / "without.csv"])
    sentences = error.value.sentences
    assert [str(path) in sentence for path, sentence in zip((matrix, other), sentences, strict=True)] == [True, True]
    assert all(sentence.endswith("delete it, and the same command makes it again") for sentence in sentences)
    assert list(files_with_checksums(tmp_path)) == sorted([good, matrix, other])


@pytest.mark.parametrize(
    "key",
    [slice(10, 40), np.array([299, 3, 3]), (np.array([[7], [250]]), np.array([1, 999])), slice(None), 5, [-1]],
)
def test_rows_are_those_of_the_matrix(matrix, key):
    rows = CheckedRows(matrix)
    np.testing.assert_array_equal(rows[key], np.load(matrix)[key])
    assert (rows.shape, rows.ndim, rows.dtype, len(rows)) == ((300, 1000), 2, np.uint8, 300)
    np.testing.assert_array_equal(np.asarray(rows), np.load(matrix))


def test_only_the_blocks_of_the_rows_that_are_read_are_verified(matrix):
    flip(matrix, 150 * 1000 + 128)  # in row 150
    rows = CheckedRows(matrix)
    assert rows[:60].shape == (60, 1000)
    assert rows[np.array([299])].shape == (1, 1000)
    for key in (150, slice(140, 160), np.array([[150, 2]]), slice(None)):
        with pytest.raises(StudyError, match=r"matrix\.npy: differs from what was written, between byte"):
            rows[key]


def test_rows_of_a_file_without_checksums_can_be_read(tmp_path):
    np.save(tmp_path / "matrix.npy", np.eye(3))
    np.testing.assert_array_equal(CheckedRows(tmp_path / "matrix.npy")[1:], np.eye(3)[1:])


def test_rows_of_a_cut_file_are_refused(matrix):
    with matrix.open("ab") as file:
        file.write(b"more")
    with pytest.raises(StudyError, match="has 300132 bytes, expected 300128"):
        CheckedRows(matrix)


@pytest.mark.parametrize("change", [lambda content: content[:1000], lambda content: b""], ids=["cut", "emptied"])
def test_rows_of_a_shorter_file_are_refused_before_its_shape_is_read(matrix, change):
    matrix.write_bytes(change(matrix.read_bytes()))
    with pytest.raises(
        StudyError, match=r"matrix\.npy: has \d+ bytes, expected 300128: the file is damaged; delete it"
    ):
        CheckedRows(matrix)


@pytest.mark.parametrize("place", [0, 20, 60])
def test_a_damaged_header_is_refused_before_it_is_read(matrix, place):
    flip(matrix, place, 128)
    with pytest.raises(StudyError, match="differs from what was written, between byte 0 and"):
        CheckedRows(matrix)
