"""Where raw data and the official archive are expected, and what is said where they are not."""

import pytest

from lib.base.errors import StudyError
from lib.datasets.sources import archive_of, download_offer, raw_data, set_aside

URL = "https://example.org/data/stl10.tar.gz"


@pytest.fixture
def config(tmp_path):
    (tmp_path / "data").mkdir()
    return {"study": "s", "dataset": str(tmp_path / "data"), "download": {"url": URL, "md5": "0" * 32, "size": 5}}


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
    assert set(raw_data(config, needed=False, file="config/s.yaml")) == {"train", "test", "unlabeled"}
    assert raw_data(config | {"dataset": "photographs"}, needed=True, file="config/s.yaml") == {}


def test_a_folder_of_no_known_form_is_a_fault_only_where_it_is_needed(config, tmp_path):
    (tmp_path / "data" / "notes.txt").write_text("x")
    with pytest.raises(StudyError, match="expected a data set in one of these forms"):
        raw_data(config, needed=True, file="config/s.yaml")
    assert raw_data(config, needed=False, file="config/s.yaml")


def test_damaged_facts_are_renamed(tmp_path):
    (tmp_path / "facts.json").write_text("{")
    set_aside(tmp_path / "facts.json")
    assert (tmp_path / "facts.damaged.json").read_text() == "{"
    set_aside(tmp_path / "facts.json")
