"""Where the raw data of a study are: the official archive, the user's own files, and facts of earlier ingestion."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from lib.base.errors import StudyError
from lib.datasets.forms.registry import EMBEDDED, Files, expected_files, raw_files
from lib.datasets.known_facts import DataFacts, is_damaged
from lib.datasets.origin.provenance import read_record, state_of
from lib.study.paths import check_path


@dataclass(frozen=True)
class RawData:
    """The user's raw files by split, none for the embedded photographs, and the record of their last ingestion.

    record: as `lib.datasets.origin.provenance.read_record` returns it, {} if there is none.
    """

    files: Files
    record: Mapping[str, Any]

    @property
    def paths(self) -> list[str]:
        """Return the paths of the raw files of all splits."""
        return [path for paths in self.files.values() for path in paths]

    @cached_property
    def state(self) -> str:
        """Return the identifier of the raw files as they are now.

        Determined once: files whose times have changed are read for it. Raises OSError for files that cannot be read.
        """
        return state_of(self.paths, self.record)

    @property
    def has_changed(self) -> bool:
        """Return whether all raw files are present and differ from those that were ingested.

        Raises OSError for files that cannot be read.
        """
        is_comparable = bool(self.record) and bool(self.files) and all(Path(path).exists() for path in self.paths)
        return is_comparable and self.state != self.record["state"]

    def current(self, facts: DataFacts | None) -> DataFacts | None:
        """Return the facts of the ingested data, None if raw files have changed since and will be ingested again."""
        if facts and any(Path(path).exists() for path in self.paths):
            with suppress(OSError):
                return facts if self.state == self.record.get("state") else None
        return facts


def archive_of(config: Mapping[str, Any], downloading: bool) -> str | None:
    """Return the path of the official archive of the data set, None if the configuration names none.

    downloading: whether the archive is to be fetched. Raises StudyError if there is none to fetch, or another file is
    in its place.
    """
    official, study = config.get("download"), config["study"]
    if not official:
        if downloading:
            raise StudyError(
                f"configuration: download is false, expected url, md5 and size of an archive for the study {study}"
            )
        return None
    if config["dataset"] == EMBEDDED:
        raise StudyError(
            "configuration: download names an archive, expected false: the embedded photographs are here already"
        )
    archive = Path(config["dataset"], PurePosixPath(urlsplit(official["url"]).path).name)
    if downloading and archive.is_file() and archive.stat().st_size != official["size"]:
        raise StudyError(
            f"{archive}: holds {archive.stat().st_size} bytes, expected {official['size']}; remove it to fetch it again"
        )
    return str(archive)


def download_offer(config: Mapping[str, Any], file: str) -> list[str]:
    """Return a sentence on how to get the official archive; none if it is there or the configuration names none.

    file: the configuration file, as the command names it.
    """
    archive = archive_of(config, downloading=False)
    if archive is None or Path(archive).is_file():
        return []
    return [
        f"{archive}: not found; `make download STUDY={shlex.quote(file)}` fetches this official archive "
        f"({config['download']['size'] / 1e9:.1f} GB)"
    ]


def raw_data(config: Mapping[str, Any], needed: bool, file: str, folder: Path = Path()) -> RawData:
    """Return the user's raw files and the record of their last ingestion.

    needed: whether the files must exist; they may be missing once they have been ingested, and before they are
    downloaded. file: the configuration file, as the command names it. folder: where results are stored. Raises
    StudyError for needed files that are missing or have no known form, and for paths that Snakemake would take for
    patterns.
    """
    files = _raw_files(config, needed, file)
    raw = RawData(files, read_record(folder / "results" / config["study"] / "dataset" / "raw_files.json"))
    for path in raw.paths:
        check_path(path, "a file of the dataset")
    return raw


def _raw_files(config: Mapping[str, Any], needed: bool, file: str) -> Files:
    dataset = config["dataset"]
    if dataset == EMBEDDED:
        return {}
    try:
        files = raw_files(dataset)
    except StudyError:
        if needed:
            raise
        return expected_files(dataset)
    missing = [path for paths in files.values() for path in paths if not Path(path).exists()]
    if missing and needed:
        raise StudyError(
            f"{', '.join(missing) if Path(dataset).exists() else dataset}: not found, expected raw data of the study "
            f"{config['study']} in a form that docs/reference/data-sets.md lists; its configuration says "
            f"dataset: {dataset} (photographs is the embedded one)",
            *download_offer(config, file),
        )
    return files


def remove_damaged_facts(config: Mapping[str, Any], folder: Path = Path()) -> None:
    """Remove facts of ingested data that cannot be read, so that ingestion runs again.

    folder: where Snakemake runs. Nothing is removed while Snakemake's locks show a run there, as it may be writing the
    facts. A file that cannot be removed stays.
    """
    dataset = folder / "results" / config["study"] / "dataset"
    is_running = any((folder / ".snakemake" / "locks").glob("*"))
    if not is_running and is_damaged(dataset):
        with suppress(OSError):
            (dataset / "facts.json").unlink()
