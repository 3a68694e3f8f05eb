"""Only the target download fetches an official archive, and a failed download changes no data."""

import hashlib
import http
import json

import numpy as np
import pytest

from lib.datasets.origin.download import CHUNK
from tests.servers import CONTENT, MD5, SIZE, Server
from tests.unit import raw_forms
from tests.workflow.conftest import STARTED


@pytest.fixture(autouse=True)
def _direct(monkeypatch):
    """Requests to the test server bypass any proxy of this machine."""
    monkeypatch.setenv("NO_PROXY", "*")


def study(server, **changes):
    """A study whose data set is the server's file."""
    official = {"url": server.url, "md5": MD5, "size": SIZE} | changes
    return {"study": "own", "dataset": "data/own", "download": official}


def test_a_study_without_data_offers_the_archive_and_fetches_nothing(project):
    with Server() as server:
        output = project.snakemake(config=study(server, size=2_640_397_119), check=False)
    assert project.status != 0
    assert (
        "error: data/own: not found, expected raw data of the study own in a form that "
        "docs/reference/data-sets.md lists"
    ) in output
    assert (
        "error: data/own/archive.tar.gz: not found; `make download STUDY=config/changes.yaml` "
        "fetches this official archive (2.6 GB)"
    ) in output
    assert not STARTED.search(output), "nothing was started"
    assert "Traceback" not in output
    assert server.requests == []
    assert not (project.folder / "data").exists()


def test_a_failed_download_is_reported_resumed_and_never_repeated(project):
    archive = project.folder / "data/own/archive.tar.gz"
    with Server(script=[20 * CHUNK, http.HTTPStatus.NOT_FOUND]) as server:
        output = project.snakemake("download", config=study(server), check=False)
        assert project.status != 0
        assert f"{server.url}: the server answers 404 " in output
        assert f"download archive.tar.gz yourself and put it at data/own/archive.tar.gz ({SIZE} bytes" in output
        assert "Traceback" not in output
        assert not archive.exists()
        assert archive.with_name("archive.tar.gz.part").read_bytes() == CONTENT[: 20 * CHUNK]

        project.snakemake("download", config=study(server))
        assert archive.read_bytes() == CONTENT
        assert list(archive.parent.iterdir()) == [archive]
        log = (project.folder / "results/own/logs/download_dataset.log").read_text()
        assert "2.6 of 2.6 MB" in log
        assert f"complete, {SIZE} bytes, md5 {MD5}" in log
        assert (project.folder / "results/own/benchmarks/download_dataset.tsv").is_file()

        before = archive.stat()
        # a change of the code is no reason to fetch the same bytes again
        project.edit("lib/datasets/origin/download.py", "CHUNK = 2**16", "CHUNK = 2**15")
        assert "Nothing to be done" in project.snakemake("download", config=study(server))
    assert archive.stat() == before
    assert server.requests == [None, *[f"bytes={20 * CHUNK}-"] * 2]


def test_an_archive_with_a_wrong_checksum_is_removed(project):
    with Server() as server:
        output = project.snakemake("download", config=study(server, md5="0" * 32), check=False)
    assert project.status != 0
    assert f"the bytes have md5 {MD5}, expected {'0' * 32}" in output
    assert "Traceback" not in output
    assert not list(project.folder.glob("data/own/*"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"download": False}, "download is false, expected url, md5 and size of an archive for the study own"),
        ({"dataset": "photographs"}, "download names an archive, expected false: the embedded photographs"),
        ({"dataset": "."}, "archive.tar.gz: holds 3 bytes, expected"),
    ],
)
def test_faults_of_the_configuration(project, changes, sentence):
    (project.folder / "archive.tar.gz").write_text("bad")
    with Server() as server:
        output = project.snakemake("download", config=study(server) | changes, check=False)
    assert project.status != 0
    assert f"{sentence}" in output
    assert "error: " in output
    assert "Traceback" not in output
    assert server.requests == []


def test_an_archive_is_fetched_and_ingested(project, tmp_path):
    """A small archive like the official one, from the server to the validated matrices."""
    raw_forms.write_archive(tmp_path)
    content = (tmp_path / "stl10_binary.tar.gz").read_bytes()
    with Server(content) as server:
        config = study(server, md5=hashlib.md5(content).hexdigest(), size=len(content))
        project.snakemake("download", config=config)
    project.snakemake("results/own/dataset/facts.json", "results/own/tables/files.csv", config=config)
    ingested = project.folder / "results/own/dataset"
    for split in raw_forms.COUNTS:
        assert (np.load(ingested / f"{split}.npy") == raw_forms.rows(split)).all()
    for split, labels in raw_forms.LABELS.items():
        assert (np.load(ingested / f"{split}_labels.npy") == labels - 1).all()
    facts = json.loads((ingested / "facts.json").read_text())
    expected = {"archive.tar.gz": {"bytes": len(content), "files": 1, "sha256": hashlib.sha256(content).hexdigest()}}
    assert all(fact["files"] == expected for fact in facts["splits"].values())
