"""Where raw data and the official archive are expected, what is reported if they are missing, and what has changed."""

import json

import pytest

from lib.base.errors import StudyError
from lib.datasets.known_facts import DataFacts
from lib.datasets.origin.provenance import make_record, stamps, state_of
from lib.datasets.sources import RawData, archive_of, download_offer, raw_data, remove_damaged_facts

URL = "https://example.org/data/stl10.tar.gz"
FACTS = DataFacts(["a", "b"], [1, 1], 8, 3, [])


@pytest.fixture
def config(tmp_path):
    (tmp_path / "data").mkdir()
    return {"study": "s", "dataset": str(tmp_path / "data"), "download": {"url": URL, "md5": "0" * 32, "size": 5}}


@pytest.fixture
def dataset(tmp_path):
    """Folder of the ingested data of the study."""
    folder = tmp_path / "results" / "s" / "dataset"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def raw(tmp_path):
    """Two raw files that have been ingested."""
    files = {}
    for split in ("train", "test"):
        file = tmp_path / f"{split}.pk"
        file.write_text(split)
        files[split] = [str(file)]
    paths = [path for paths in files.values() for path in paths]
    return RawData(files, make_record(state_of(paths, {}), stamps(paths), {}))


def test_the_archive_belongs_into_the_folder_of_the_data_set(config):
    assert archive_of(config, downloading=True) == f"{config['dataset']}/stl10.tar.gz"
    assert archive_of(config | {"download": False}, downloading=False) is None


def test_there_must_be_an_archive_to_download(config):
    with pytest.raises(StudyError, match="download is false, expected url, md5 and size"):
        archive_of(config | {"download": False}, downloading=True)
    with pytest.raises(StudyError, match="expected false: the embedded photographs are here already"):
        archive_of(config | {"dataset": "photographs"}, downloading=False)


def test_another_file_in_the_place_of_the_archive_is_refused(config, tmp_path):
    (tmp_path / "data" / "stl10.tar.gz").write_bytes(b"1234")
    with pytest.raises(StudyError, match="holds 4 bytes, expected 5; remove it to fetch it again"):
        archive_of(config, downloading=True)
    assert archive_of(config, downloading=False)


def test_the_offer_names_the_command(config, tmp_path):
    (offer,) = download_offer(config, "config/my study.yaml")
    assert "make download STUDY='config/my study.yaml'" in offer
    (tmp_path / "data" / "stl10.tar.gz").write_bytes(b"12345")
    assert download_offer(config, "config/s.yaml") == []
    assert download_offer(config | {"download": False}, "config/s.yaml") == []


def test_missing_raw_data_are_a_fault_only_where_they_are_needed(config):
    with pytest.raises(StudyError) as error:
        raw_data(config, needed=True, file="config/s.yaml")
    assert "not found, expected raw data of the study s" in error.value.sentences[0]
    assert "make download" in error.value.sentences[1]
    assert set(raw_data(config, needed=False, file="config/s.yaml").files) == {"train", "test", "unlabeled"}
    assert raw_data(config | {"dataset": "photographs"}, needed=True, file="config/s.yaml").files == {}


def test_a_folder_in_no_known_form_is_a_fault_only_where_it_is_needed(config, tmp_path):
    (tmp_path / "data" / "notes.txt").write_text("x")
    with pytest.raises(StudyError, match="expected a data set in one of these forms"):
        raw_data(config, needed=True, file="config/s.yaml")
    assert raw_data(config, needed=False, file="config/s.yaml").files


def test_raw_data_come_with_the_record_of_their_ingestion(config, tmp_path, dataset):
    record = make_record("0123", {}, {})
    (dataset / "raw_files.json").write_text(json.dumps(record))
    assert raw_data(config, needed=False, file="config/s.yaml", folder=tmp_path).record == record
    assert raw_data(config | {"study": "t"}, needed=False, file="config/s.yaml", folder=tmp_path).record == {}


def test_a_raw_file_that_snakemake_would_take_for_a_pattern_is_refused(config, tmp_path):
    with pytest.raises(StudyError, match=r"a file of the dataset is .*, with \{ in it"):
        raw_data(config | {"dataset": str(tmp_path / "data" / "{x}")}, needed=False, file="config/s.yaml")


def test_unchanged_raw_files_keep_their_facts(raw):
    assert not raw.has_changed
    assert raw.current(FACTS) == FACTS
    assert raw.current(None) is None


def test_facts_of_changed_raw_files_no_longer_hold(raw):
    (path,) = raw.files["test"]
    with open(path, "a") as file:
        file.write("more")
    assert raw.has_changed
    assert raw.current(FACTS) is None


def test_raw_files_that_are_gone_keep_their_facts(raw, tmp_path):
    (tmp_path / "test.pk").unlink()
    assert not raw.has_changed, "files that are missing cannot be checked"
    assert RawData(raw.files, raw.record).current(FACTS) is None, "one of two files is missing"
    (tmp_path / "train.pk").unlink()
    assert RawData(raw.files, raw.record).current(FACTS) == FACTS


def test_what_was_never_ingested_has_not_changed(raw):
    assert not RawData(raw.files, {}).has_changed
    photographs = RawData({}, raw.record)
    assert not photographs.has_changed
    assert photographs.current(FACTS) == FACTS


def test_damaged_facts_are_removed(config, tmp_path, dataset):
    (dataset / "facts.json").write_text("{")
    remove_damaged_facts(config, tmp_path)
    assert not (dataset / "facts.json").exists()
    remove_damaged_facts(config, tmp_path)  # nothing is there to remove


def test_damaged_facts_stay_while_another_run_may_be_writing_them(config, tmp_path, dataset):
    (dataset / "facts.json").write_text("{")
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    (tmp_path / ".snakemake" / "locks" / "0.input.lock").touch()
    remove_damaged_facts(config, tmp_path)
    assert (dataset / "facts.json").read_text() == "{"
