"""Downloads from a local server that interrupts transfers, sends wrong data, refuses, and recovers."""

import contextlib
import hashlib
import http
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest
import yaml

from lib.base.errors import StudyError
from lib.datasets.origin import official as known
from lib.datasets.origin.download import fetch
from tests.servers import CHUNK, CONTENT, MD5, SIZE, Redirection, Server

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _direct(monkeypatch):
    """Connect directly, even if this machine uses a proxy."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "data" / "archive.tar.gz"


def part_of(destination):
    return destination.with_name(destination.name + ".part")


def get(server, destination, **options):
    fetch(server.url, destination, MD5, SIZE, **{"backoff": 0.01, "timeout": 5, **options})


def refused(url, destination, sentence, md5=MD5, size=SIZE, **options):
    """Return the sentence of a download that must fail and leave nothing at the destination."""
    with pytest.raises(StudyError) as caught:
        fetch(url, destination, md5, size, **{"backoff": 0.01, "timeout": 5, **options})
    (found,) = caught.value.sentences
    assert sentence in found
    assert "\n" not in found
    assert not destination.exists()
    return found


def test_a_file_is_fetched_with_progress_and_leaves_no_part(destination, caplog):
    with caplog.at_level(logging.INFO, logger="study"), Server() as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == [None]
    assert list(destination.parent.iterdir()) == [destination]
    assert any(re.fullmatch(r"2\.6 of 2\.6 MB, \S+ MB/s, about 0 s left", line) for line in caplog.messages)


def test_a_terminal_shows_a_bar(destination):
    controller, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    os.set_blocking(controller, False)
    with Server() as server:
        call = f"fetch({server.url!r}, {str(destination)!r}, {MD5!r}, {SIZE})"
        code = f"from lib.datasets.origin.download import fetch\n{call}"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=terminal, check=True, timeout=20)
    shown = os.read(controller, 100_000).decode()
    os.close(terminal)
    os.close(controller)
    assert "archive.tar.gz" in shown
    assert re.search(r"\d+%.*B/s", shown)


@pytest.mark.parametrize("odd", [0, 1], ids=["closed", "reset"])
def test_interrupted_transfers_are_resumed(destination, odd):
    # more interruptions than attempts, but each attempt brings new bytes
    with Server(script=[5 * CHUNK + odd] * 7) as server:
        get(server, destination, attempts=2)
    assert destination.read_bytes() == CONTENT
    assert len(server.requests) == 8
    starts = [start for start, _ in server.sent]
    assert [None if start == 0 else f"bytes={start}-" for start in starts] == server.requests
    assert starts == sorted(starts)
    assert starts[-1] > 0
    if not odd:  # a reset drops what the system has not handed over yet, much of it on a busy machine
        assert starts[:-1] == [5 * CHUNK * number for number in range(7)]


def test_a_server_without_ranges_starts_over(destination):
    with Server(ranges=False, script=[30 * CHUNK, 10 * CHUNK]) as server:
        get(server, destination, attempts=3)
    assert destination.read_bytes() == CONTENT
    assert server.requests == [None, f"bytes={30 * CHUNK}-", f"bytes={10 * CHUNK}-"]
    assert [start for start, _ in server.sent] == [0, 0, 0]


def test_attempts_end_if_a_server_without_ranges_always_breaks_off(destination):
    with Server(ranges=False, script=[3 * CHUNK] * 99) as server:
        sentence = refused(server.url, destination, "the connection was interrupted", attempts=3)
    assert "3 consecutive attempts brought no new bytes" in sentence
    assert len(server.requests) == 3


def test_a_part_of_an_earlier_run_is_completed(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT[:1_000_001])
    with Server() as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == ["bytes=1000001-"]
    assert server.sent == [(1_000_001, SIZE - 1_000_001)]


def test_a_complete_part_needs_no_transfer(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT)
    with Server() as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == []


def test_a_part_that_is_too_long_is_started_over(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT + b"x")
    with Server() as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT


def test_a_range_other_than_the_requested_one_is_not_used(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT[:1_000])
    with Server(Content_Range=f"bytes 2000-{SIZE - 1}/{SIZE}") as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == ["bytes=1000-", None]


def test_wrong_bytes_are_removed(destination):
    wrong = bytes(SIZE)
    with Server(content=wrong) as server:
        sentence = refused(server.url, destination, f"have md5 {hashlib.md5(wrong).hexdigest()}, expected {MD5}")
    assert f"put it at {destination}" in sentence
    assert list(destination.parent.iterdir()) == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_size_is_refused_before_it_is_transferred(destination, difference):
    with Server() as server:
        refused(server.url, destination, f"sends {SIZE} bytes, expected {SIZE + difference}", size=SIZE + difference)
    assert len(server.requests) == 1
    assert list(destination.parent.iterdir()) == []


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_size_is_refused_if_the_server_does_not_send_its_size(destination, difference):
    sentence = f"more than {SIZE - 1} bytes, expected {SIZE - 1}" if difference < 0 else f"{SIZE} bytes, expected"
    with Server(Content_Length=None) as server:
        refused(server.url, destination, sentence, size=SIZE + difference)
    assert 1 <= len(server.requests) <= 2


def test_a_web_page_in_place_of_the_file_leaves_the_part_unchanged(destination):
    destination.parent.mkdir()
    part_of(destination).write_bytes(CONTENT[:1_000])
    with Server(content=b"<html>please log in</html>", ranges=False) as server:
        refused(server.url, destination, f"sends 26 bytes, expected {SIZE}")
    assert part_of(destination).read_bytes() == CONTENT[:1_000]


def test_an_archive_declared_as_compressed_in_transit_is_kept_as_it_is(destination):
    with Server(Content_Encoding="x-gzip") as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT


def test_a_missing_file_is_not_requested_again(destination):
    with Server(script=[http.HTTPStatus.NOT_FOUND]) as server:
        sentence = refused(server.url, destination, f"{server.url}: the server answers 404 Not Found")
    assert f"download archive.tar.gz yourself and put it at {destination} ({SIZE} bytes, md5 {MD5})" in sentence
    assert len(server.requests) == 1
    assert list(destination.parent.iterdir()) == []


@pytest.mark.parametrize("status", [503, 500, 429])
def test_an_overloaded_server_is_asked_again(destination, status):
    with Server(script=[http.HTTPStatus(status)] * 2) as server:
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert len(server.requests) == 3


def test_attempts_end_if_a_server_stays_overloaded(destination):
    with Server(script=[http.HTTPStatus.SERVICE_UNAVAILABLE] * 99) as server:
        sentence = refused(server.url, destination, "the server answers 503 Service Unavailable", attempts=4)
    assert "run the same command later" in sentence
    assert len(server.requests) == 4


def test_pauses_double(destination, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/archive.tar.gz"
    refused(url, destination, "the connection failed (Connection refused)", attempts=5, backoff=1.0)
    assert pauses == [1, 2, 4, 8]


def test_no_network(destination, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    sentence = refused(
        "http://data.invalid/archive.tar.gz", destination, "failed (Name or service not known)", attempts=2
    )
    assert f"download archive.tar.gz yourself and put it at {destination}" in sentence


def test_a_server_that_falls_silent_is_asked_again(destination):
    content = CONTENT[: 3 * CHUNK]
    with Server(content=content, seconds_per_chunk=2.0) as server:
        fetch(server.url, destination, hashlib.md5(content).hexdigest(), len(content), backoff=0.01, timeout=0.3)
    assert destination.read_bytes() == content
    assert server.requests == [None, f"bytes={CHUNK}-", f"bytes={2 * CHUNK}-"]


def test_an_invalid_address_is_not_tried_again(destination):
    refused("http://[/archive.tar.gz", destination, "the connection failed", attempts=99)


def test_a_redirection_is_followed(destination):
    with Server(script=[7 * CHUNK]) as server, Redirection(server.url) as door:
        get(door, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == [None, f"bytes={7 * CHUNK}-"]


def test_a_good_file_is_not_fetched_again(destination):
    destination.parent.mkdir()
    destination.write_bytes(CONTENT)
    before = destination.stat()
    with Server() as server:
        get(server, destination)
    assert server.requests == []
    after = destination.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)


@pytest.mark.parametrize("content", [CONTENT[:-1], bytes(SIZE)], ids=["size", "md5"])
def test_another_file_at_the_destination_is_never_overwritten(destination, content):
    destination.parent.mkdir()
    destination.write_bytes(content)
    with Server() as server, pytest.raises(StudyError, match="remove it to download it again"):
        get(server, destination)
    assert server.requests == []
    assert destination.read_bytes() == content


def test_a_killed_process_leaves_a_part_that_the_next_one_completes(destination):
    with Server(seconds_per_chunk=0.05) as server:
        call = f"fetch({server.url!r}, {str(destination)!r}, {MD5!r}, {SIZE})"
        code = f"from lib.datasets.origin.download import fetch\n{call}"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        deadline = time.monotonic() + 15
        while not (part_of(destination).exists() and part_of(destination).stat().st_size > 5 * CHUNK):
            assert time.monotonic() < deadline
            assert not destination.exists(), "an incomplete file has the final name"
            time.sleep(0.01)
        refused(server.url, destination, "another process is downloading this file")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=5)
        there = part_of(destination).stat().st_size
        assert 5 * CHUNK < there < SIZE
        assert part_of(destination).read_bytes() == CONTENT[:there]
        server.seconds_per_chunk = 0.0
        get(server, destination)
    assert destination.read_bytes() == CONTENT
    assert server.requests == [None, f"bytes={there}-"]
    assert server.sent[-1] == (there, SIZE - there)


def test_an_incomplete_file_never_has_the_final_name(destination):
    seen = []
    with Server(seconds_per_chunk=0.01, script=[20 * CHUNK]) as server:
        worker = threading.Thread(target=get, args=(server, destination))
        worker.start()
        while worker.is_alive():
            with contextlib.suppress(FileNotFoundError):
                seen.append(destination.stat().st_size)
            time.sleep(0.002)
        worker.join()
    assert set(seen) <= {SIZE}
    assert destination.read_bytes() == CONTENT


def test_a_full_disk_is_reported_before_the_transfer(destination, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with Server() as server:
        refused(server.url, destination, f"1000 bytes are free, expected at least {SIZE}")
    assert server.requests == []


def test_a_destination_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with Server() as server:
        refused(server.url, tmp_path / "file" / "archive.tar.gz", "cannot be written")


def test_the_configuration_of_stl10_names_the_official_archive():
    official = yaml.safe_load((ROOT / "config" / "stl10.yaml").read_text())["download"]
    assert (official["size"], official["md5"]) == known.ARCHIVE
    assert official["url"].endswith("/stl10_binary.tar.gz")
