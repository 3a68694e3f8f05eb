"""The state of the raw files changes with their contents and names only."""

import json
import os

import pytest

from lib.datasets.origin.provenance import describe, make_record, read_record, stamps, state_of


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
    return make_record(state_of(paths(raw), {}), stamps(paths(raw)), describe(paths(raw)).checksums)


def same(raw, before):
    return state_of(paths(raw), before) == before["state"]


def test_the_state_of_unchanged_files_is_unchanged(raw):
    before = ingested(raw)
    assert same(raw, before)
    for path in raw.rglob("*"):
        os.utime(path)
    (raw / "folder" / ".hidden").write_text("no data")
    assert same(raw, before)


def test_other_content_of_the_same_size_and_time_changes_the_state(raw):
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
def test_added_removed_renamed_and_changed_files_change_the_state(raw, change):
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
