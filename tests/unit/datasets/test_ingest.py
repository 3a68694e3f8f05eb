"""Ingestion of large data sets: little memory, exact facts, and no file read more often than needed."""

import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ingest
from lib.datasets.facts import facts
from lib.datasets.forms.registry import raw_files, read_splits
from lib.datasets.images import ColumnMajor, Concatenated
from lib.datasets.memory import BLOCKS, needed
from lib.datasets.moments import Moments
from lib.datasets.origin.checksums import sha256
from lib.datasets.origin.provenance import RawFile, describe_in_background
from tests.unit import raw_forms

MB = 10**6
FEW, MANY = 500, 2500  # images, 14 and 69 MB


def paths_of(raw):
    return [path for paths in raw_files(str(raw)).values() for path in paths]


def memory(form, images, folder):
    """Peak memory in bytes of the ingestion of a data set, and the estimate of what reading it takes."""
    folder.mkdir()
    raw = folder / "raw"
    raw.mkdir()
    ingest.FORMS[form](raw, images)
    return ingest.ingested(raw, folder / "ingested")[-1], needed(paths_of(raw))


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Peak memory in bytes of the ingestion of a small data set: Python with its libraries, and a block."""
    peak, _ = memory("binary", FEW, tmp_path_factory.mktemp("few") / "binary")
    assert peak > 10 * MB, "Python itself takes more"
    return peak


@pytest.mark.parametrize("form", ["binary", "pickles, protocol 4, one dict", "pickles, Python 2, X1 to X5", "archive"])
def test_memory_does_not_grow_with_the_raw_files(tmp_path, form, few):
    many, estimate = memory(form, MANY, tmp_path / "many")
    assert many < few + 50 * MB, "the raw files have 69 MB"
    assert many < 500 * MB + estimate


def test_column_major_arrays_take_the_memory_of_a_slab(tmp_path):
    peak, estimate = memory("pickles, protocol 4, column-major", MANY, tmp_path / "many")
    assert peak < 500 * MB + estimate < 900 * MB


def test_memory_of_escaped_arrays_is_estimated(tmp_path):
    (few, estimate_of_few), (many, estimate_of_many) = (
        memory("pickles, protocol 2, escaped", images, tmp_path / str(images)) for images in (FEW, MANY)
    )
    assert many > few + 45 * MB, "the array must be decoded"
    assert many - few < estimate_of_many - estimate_of_few


@pytest.mark.parametrize("protocol", range(6))
def test_escaped_pickles_are_recognised_by_their_protocol(tmp_path, protocol):
    raw_forms.write_pickles(tmp_path, protocol)
    paths = [str(path) for path in tmp_path.iterdir()]
    sizes = [Path(path).stat().st_size for path in paths]
    decoded = sum(sizes) + 2 * max(sizes) if protocol < 3 else 0
    assert needed(paths) == BLOCKS + max(sizes) + decoded


def test_missing_files_are_named_when_memory_is_estimated(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.pk"):
        needed([str(tmp_path / "gone.pk")])


def test_files_of_the_benchmark_are_pickles(tmp_path):
    for kind in ("3", "4", "escaped"):
        for fortran in (False, True):
            ingest.write_array(tmp_path / "X.pk", 3, kind, True, fortran)
            (name, matrix), *_ = pickle.loads((tmp_path / "X.pk").read_bytes(), encoding="latin-1").items()
            assert (name, matrix.shape, matrix.dtype) == ("X", (3, ingest.WIDTH), np.uint8)
            rows = np.concatenate(list(ingest.blocks(*((ingest.WIDTH, 3) if fortran else (3, ingest.WIDTH)))))
            assert (matrix == (rows.T if fortran else rows)).all()


INGEST = """
import sys
from pathlib import Path
from benchmarks.ingest import ingest
for form in Path(sys.argv[1]).iterdir():
    ingest(form / "raw", form / "ingested")
"""


def test_ingested_images_and_facts_agree_with_the_raw_files(tmp_path):
    """The script of the rule writes what the readers return, for every form."""
    for form, write in raw_forms.WRITERS.items():
        for folder in ("raw", "ingested"):
            (tmp_path / form / folder).mkdir(parents=True)
        write(tmp_path / form / "raw")
    subprocess.run([sys.executable, "-c", INGEST, tmp_path], cwd=ingest.ROOT, check=True)
    for form in raw_forms.WRITERS:
        raw, folder = tmp_path / form / "raw", tmp_path / form / "ingested"
        facts_json = json.loads((folder / "facts.json").read_text())
        splits = read_splits(raw)
        for split, found in splits.items():
            images, facts_of = np.load(folder / f"{split}.npy"), facts_json["splits"][split]
            assert (images == np.asarray(found.images)).all()
            assert facts_of["mean"] == images.reshape(-1, found.images.channels).mean(axis=0).tolist()
            for name, file in facts_of["files"].items():
                (path,) = raw.rglob(name)
                assert path.is_dir() or file["sha256"] == sha256(path)
        for split in raw_forms.LABELS:
            assert (np.load(folder / f"{split}_labels.npy") == splits[split].labels).all()
        groups = np.load(folder / "test_groups.npy")
        assert groups.dtype == np.int64
        assert groups.tolist() == ([1, 1, 0] if form in raw_forms.GROUPED else [0, 1, 2])
        folds = splits["train"].fold_indices
        assert json.loads((folder / "fold_indices.json").read_text()) == (folds and [fold.tolist() for fold in folds])
        assert facts_json["class_names"] == splits["train"].class_names


@pytest.mark.parametrize("channels", [1, 3])
def test_moments_are_exact_for_blocks_of_any_size(rng, channels):
    values = rng.integers(0, 256, size=(700, 33 * 33 * channels), dtype=np.uint8)
    values[:300] = 255  # the largest sums
    whole = values.reshape(-1, channels).astype(np.int64)
    mean = whole.sum(axis=0) / len(whole)
    std = np.sqrt((whole**2).sum(axis=0) / len(whole) - mean**2)
    for step in (1, 64, 700):
        moments = Moments(channels)
        for start in range(0, 700, step):
            moments.add(values[start : start + step])
        assert moments.mean().tolist() == mean.tolist()
        assert moments.std().tolist() == std.tolist()


@pytest.mark.parametrize("shape", [(50, 75), (50, 5, 5, 3)])
def test_column_major_arrays_give_their_rows(rng, shape):
    array = np.asfortranarray(rng.integers(0, 256, size=shape, dtype=np.uint8))
    for slab in (1, 75 * 20, 10**6):
        source = ColumnMajor(array, slab)
        for start, stop in [(0, 7), (7, 14), (14, 30), (3, 9), (40, 50), (0, 50)]:
            assert (source[start:stop] == array[start:stop]).all()
    stacked = Concatenated([array, np.ascontiguousarray(array)])
    assert (stacked[40:60] == np.concatenate([array, array])[40:60]).all()


def test_column_major_pickles_are_read(tmp_path):
    for split in raw_forms.COUNTS:
        contents = raw_forms.contents(split)
        contents["X"] = np.asfortranarray(contents["X"])
        (tmp_path / f"{split}.pk").write_bytes(pickle.dumps(contents, 4))
    for split, found in read_splits(tmp_path).items():
        assert (np.asarray(found.images) == raw_forms.rows(split)).all()


def bytes_read():
    """Bytes that this process has read so far."""
    return int(Path("/proc/self/io").read_text().split("rchar:")[1].split()[0])


def test_an_archive_is_unpacked_at_most_twice(tmp_path):
    ingest.write_archive(tmp_path, 100)
    (path,) = paths_of(tmp_path)
    size, start = Path(path).stat().st_size, bytes_read()
    for split in read_splits(path).values():
        facts(split)
    assert bytes_read() - start < 2.1 * size


@pytest.mark.parametrize("content", [b"", b"abc", bytes(2**22 + 1)])
def test_sha256_is_that_of_the_file(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()
    with describe_in_background({"train": [str(tmp_path / "file")]}) as found:
        described = found["train"].result().files["file"]
    assert described == RawFile(bytes=len(content), files=1, sha256=hashlib.sha256(content).hexdigest())


def test_a_missing_file_has_no_checksum(tmp_path):
    with (
        describe_in_background({"train": [str(tmp_path / "gone")]}) as found,
        pytest.raises(FileNotFoundError, match="gone"),
    ):
        found["train"].result()
