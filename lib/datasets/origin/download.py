"""Download of public data: interrupted downloads are resumed, and a file is put in place only if it is complete.

pooch transfers files and computes checksums but cannot resume. Its HTTPDownloader accepts headers, a hook on the
response and an open file, which is enough to append to ``<name>.part``. If-Range is not sent: size and checksum
identify the content, so the rest of a part may come from any server or mirror.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lib.base.errors import StudyError

logger = logging.getLogger("study")
CHUNK = 2**16  # bytes written at once: an interruption loses less than that
SECONDS_BETWEEN_LINES = 10.0
TEMPORARY = (408, 416, 429)  # HTTP statuses below 500 after which another attempt may succeed


def fetch(
    url: str,
    destination: str | Path,
    md5: str,
    size: int,
    *,
    attempts: int = 6,
    backoff: float = 1.0,
    timeout: float = 60.0,
) -> None:
    """Download the file at an http(s) address; an existing file with the right content is kept.

    md5: as 32 hexadecimal digits. size: in bytes. attempts: number of consecutive requests without a new byte before
    giving up. backoff: seconds before the second of these requests, doubled for each further one. timeout: seconds
    without a byte.

    The bytes are in ``<destination>.part`` until size and checksum are right; the next call resumes an interrupted
    download. Raises StudyError if the network or the file is unavailable, the content differs, the disk is full,
    another process downloads the same file, or another file is at the destination.
    """
    destination = Path(destination)
    by_hand = f"download {destination.name} yourself and put it at {destination} ({size} bytes, md5 {md5})"
    if destination.exists():
        _check_existing(destination, md5, size)
        return
    path = destination.with_name(f"{destination.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _Part(path, url, size, by_hand) as part:
            _check_space(path, size - part.offset)
            _transfer(part, attempts, backoff, timeout)
            part.file.flush()
            os.fsync(part.file.fileno())
            _check_content(part, md5)
            path.replace(destination)
            _synchronise_folder(destination.parent)
    except OSError as error:
        raise StudyError(f"{path}: cannot be written ({error.strerror or error})") from error
    logger.info("%s: complete, %d bytes, md5 %s", destination, size, md5)


class _Part:
    """The incomplete file, to which pooch writes; a lock keeps other processes out.

    offset: its size in bytes so far. by_hand: how to download the file by hand, for sentences.
    """

    def __init__(self, path: Path, url: str, size: int, by_hand: str) -> None:
        self.path, self.url, self.size, self.by_hand = path, url, size, by_hand
        self.ranges = True  # whether only the missing bytes are requested
        self.received = 0  # bytes received by this process
        self.start = self.last = time.monotonic()

    def __enter__(self) -> _Part:
        from tqdm import tqdm

        self.file = self.path.open("ab")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.file.close()
            raise StudyError(f"{self.path}: another process is downloading this file, expected no other") from None
        except OSError:
            pass  # some network file systems have no locks
        self.offset = self.path.stat().st_size
        if self.offset > self.size:
            self.truncate(0)
        if self.offset:
            logger.info("%s: %d of %d bytes are already here", self.path, self.offset, self.size)
        name = self.path.stem
        bar = {"total": self.size, "initial": self.offset, "desc": name, "unit": "B", "unit_scale": True}
        self.bar = tqdm(**bar, file=sys.stderr, disable=None, leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()
        self.file.close()
        with contextlib.suppress(FileNotFoundError):
            if not self.path.stat().st_size:
                self.path.unlink()

    def truncate(self, offset: int) -> None:
        """Drop the bytes from an offset on."""
        self.file.truncate(offset)
        self.offset = offset

    def begin(self, response: Any, **_: Any) -> None:
        """Find the byte at which the body of a response starts, before any of it is written: a hook on responses.

        Raises StudyError for a file of another size, such as a web page; the part keeps its bytes.
        """
        # with this header, which some servers send for archives, requests would unpack the archive
        response.raw.headers.pop("Content-Encoding", None)
        status, headers = response.status_code, response.headers
        start: int | None
        if status == 200:
            start, total = 0, headers.get("Content-Length", "")
        elif status in (206, 416):
            match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", headers.get("Content-Range", ""))
            start, total = (int(match[1]) if match[1] else None, match[2]) if match else (None, "")
        else:
            return
        if total.isdigit() and int(total) != self.size:
            raise self.wrong_size(total)
        if start is None or start > self.offset:
            self.ranges = False  # the next attempt requests the whole file
            if status == 206:
                from requests import exceptions

                raise exceptions.ConnectionError("the response holds other bytes than those requested")
        elif start < self.offset:
            logger.info("%s: the server sends the file from byte %d on", self.url, start)
            self.truncate(start)

    def write(self, chunk: bytes) -> None:
        """Append bytes and log the progress. Raises StudyError if the file becomes too long."""
        if self.offset + len(chunk) > self.size:
            self.truncate(0)
            raise self.wrong_size(f"more than {self.size}")
        self.file.write(chunk)
        self.offset += len(chunk)
        self.received += len(chunk)
        self.bar.update(self.offset - self.bar.n)
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES or self.offset == self.size:
            self.last = now
            rate = self.received / max(now - self.start, 1e-9)
            logger.info(
                "%.1f of %.1f MB, %.2f MB/s, about %.0f s left",
                *(self.offset / 1e6, self.size / 1e6, rate / 1e6, (self.size - self.offset) / rate),
            )

    def flush(self) -> None:
        self.file.flush()

    def wrong_size(self, found: str) -> StudyError:
        return StudyError(f"{self.url}: the server sends {found} bytes, expected {self.size}; {self.by_hand}")


def _transfer(part: _Part, attempts: int, backoff: float, timeout: float) -> None:
    """Complete the part. Attempts are counted from 1 again whenever the part has become longer than ever before."""
    from pooch import HTTPDownloader
    from requests.exceptions import RequestException

    failures, furthest = 0, part.offset
    while part.offset < part.size:
        headers = {"Accept-Encoding": "identity"}  # the bytes of the file itself, not compressed in transit
        if part.offset and part.ranges:
            headers["Range"] = f"bytes={part.offset}-"
        download = HTTPDownloader(chunk_size=CHUNK, timeout=timeout, headers=headers, hooks={"response": part.begin})
        reason, temporary = "the connection ended early", True
        try:
            download(part.url, part, None)
        except RequestException as error:
            reason, temporary = _reason(error, timeout)
        if part.offset == part.size:
            break
        failures = 1 if part.offset > furthest else failures + 1
        furthest = max(furthest, part.offset)
        found = f"{part.url}: {reason}, {part.offset} of {part.size} bytes are here"
        if not temporary:
            raise StudyError(f"{found}; {part.by_hand}")
        if failures >= attempts:
            raise StudyError(
                f"{found}, and {failures} consecutive attempts brought no new bytes; "
                f"run the same command later to resume the download, or {part.by_hand}"
            )
        pause = backoff * 2 ** (failures - 1)
        logger.info("%s; next attempt in %.3g s", found, pause)
        time.sleep(pause)


def _reason(error: Exception, timeout: float) -> tuple[str, bool]:
    """Return why a request failed, for a sentence, and whether another attempt may succeed."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        status = error.response.status_code
        return f"the server answers {status} {error.response.reason}".rstrip(), status >= 500 or status in TEMPORARY
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "the connection was interrupted", True
    if isinstance(error, exceptions.Timeout):
        return f"no answer within {timeout:g} s", True
    *_, innermost = _causes(error)
    text = getattr(innermost, "strerror", None) or str(innermost) or type(innermost).__name__
    return f"the connection failed ({text})", isinstance(error, exceptions.ConnectionError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _check_existing(destination: Path, md5: str, size: int) -> None:
    """Raise StudyError unless the file at the destination is the file to download."""
    from pooch import file_hash

    found = destination.stat().st_size
    if found != size:
        raise StudyError(f"{destination}: holds {found} bytes, expected {size}; remove it to download it again")
    digest = file_hash(str(destination), alg="md5")
    if digest != md5:
        raise StudyError(f"{destination}: has md5 {digest}, expected {md5}; remove it to download it again")
    logger.info("%s: already here, %d bytes, md5 %s", destination, size, md5)


def _check_content(part: _Part, md5: str) -> None:
    """Remove the part and raise StudyError if its MD5 differs."""
    from pooch import file_hash

    logger.info("%s: computing the md5 of %d bytes", part.path, part.size)
    digest = file_hash(str(part.path), alg="md5")
    if digest != md5:
        part.path.unlink()
        raise StudyError(
            f"{part.url}: the bytes have md5 {digest}, expected {md5}, and were removed; "
            f"run the same command to download them again, or {part.by_hand}"
        )


def _check_space(path: Path, needed: int) -> None:
    """Raise StudyError if the disk cannot hold the missing bytes."""
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StudyError(f"{path.parent}: {free} bytes are free, expected at least {needed} for {path.name}")


def _synchronise_folder(folder: Path) -> None:
    """Write the folder's entries to the disk, so that the new name of the file survives a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # file systems that do not support this write entries at once
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
