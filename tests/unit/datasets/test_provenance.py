"""The state of the raw files changes with their contents and names, and with nothing else."""

import json
import os

import pytest

from lib.datasets.origin.provenance import described, read_record, record, stamps, state_of


@pytest.fixture
def raw(tmp_path):
    """A file and a folder of files."""
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    for name in ("file", "folder/a", "folder/inner/b"):
        (tmp_path / name).write_text(f"content of {name}")
    return tmp_path


def paths(raw):
    return [str(raw / "file"), str(raw / "folder")]


def ingested(raw):
    """The record of an ingestion of these files."""
    return record(state_of(paths(raw), {}), stamps(paths(raw)), described(paths(raw))[1])


def same(raw, before):
    return state_of(paths(raw), before) == before["state"]


def test_the_state_of_files_that_stay_as_they_are_stays(raw):
    before = ingested(raw)
    assert same(raw, before)
    for path in raw.rglob("*"):
        os.utime(path)
    (raw / "folder" / ".hidden").write_text("no data")
    assert same(raw, before)


def test_another_content_of_the_same_size_and_time_is_another_state(raw):
    before, path = ingested(raw), raw / "folder" / "inner" / "b"
    status = path.stat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert not same(raw, before)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: (raw / "folder" / "a").unlink(),
        lambda raw: (raw / "folder" / "new").write_text(""),
        lambda raw: (raw / "folder" / "a").rename(raw / "folder" / "c"),
        lambda raw: (raw / "file").unlink(),
        lambda raw: (raw / "file").write_text("longer than the content of the file"),
    ],
)
def test_changes_are_seen(raw, change):
    before = ingested(raw)
    change(raw)
    assert not same(raw, before)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b'{"state": 3}', b"\xff\xfe", b'{"state": "a", "stamps": []}']
)
def test_a_damaged_record_counts_as_absent(tmp_path, content):
    path = tmp_path / "raw_files.json"
    assert read_record(path) == {}
    path.write_bytes(content)
    assert read_record(path) == {}


def test_a_record_is_read_as_it_was_written(raw):
    before = ingested(raw)
    (raw / "raw_files.json").write_text(json.dumps(before))
    assert read_record(raw / "raw_files.json") == before
