"""Where the raw data of a study are: the official archive, the user's own files, and facts of earlier ingestion."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from lib.base.errors import StudyError
from lib.datasets.forms.registry import EMBEDDED, Files, expected_files, raw_files


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


def raw_data(config: Mapping[str, Any], needed: bool, file: str) -> Files:
    """Return the user's raw files by split, none for the embedded photographs.

    needed: whether the files must be there; they may be missing once they have been ingested, and before they are
    downloaded. file: the configuration file. Raises StudyError for needed files that are missing or have no known form.
    """
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
            f"{config['study']} in a form that README lists; its configuration says dataset: {dataset} "
            "(photographs is the embedded one)",
            *download_offer(config, file),
        )
    return files


def set_aside(facts: Path) -> None:
    """Rename damaged facts of ingested data: they then count as absent, so that ingestion runs again."""
    with suppress(OSError):
        facts.replace(facts.with_suffix(".damaged.json"))
