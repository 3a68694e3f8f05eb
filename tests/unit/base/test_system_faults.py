"""Errors of the system are sentences; real ones, where a test can provoke them."""

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.base.system_faults import sentence_of

ROOT = Path(__file__).parents[3]


def error_of(function):
    with pytest.raises((OSError, MemoryError)) as error:
        function()
    return error.value


def test_a_full_disk():
    with open("/dev/full", "wb", buffering=0) as file:
        assert sentence_of(error_of(lambda: file.write(b"x"))).startswith("no space left on the disk: make room")
        large = np.zeros(10**6)
        assert sentence_of(error_of(lambda: large.tofile(file))).startswith("no space left on the disk: make room")


def test_a_folder_that_cannot_be_written():
    error = OSError(errno.EROFS, "Read-only file system", "/somewhere/file")
    assert sentence_of(error) == (
        "/somewhere/file: read-only file system: make it writable and readable; the same command then goes on"
    )
    assert "permission denied" in sentence_of(error_of(lambda: Path("/proc/sys/kernel/ostype").write_text("x")))


def test_other_errors_have_no_sentence():
    assert sentence_of(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
    assert sentence_of(ValueError("12 requested and 3 written")) is None
    assert sentence_of(OSError("cannot identify image file")) is None


def test_an_error_that_one_of_the_system_has_caused_is_its_sentence():
    def convert():
        try:
            Path("/proc/sys/kernel/ostype").write_text("x")
        except OSError as error:
            raise ValueError("cannot write the table") from error

    with pytest.raises(ValueError, match="cannot write") as error:
        convert()
    assert "/proc/sys/kernel/ostype: permission denied" in sentence_of(error.value)


def test_a_file_of_the_job_that_vanishes_is_named_and_another_one_is_an_error_of_the_program(tmp_path):
    inputs, outputs = [str(tmp_path / "in.npy")], [str(tmp_path / "models" / "out.npy")]
    gone = error_of(lambda: Path(inputs[0]).read_bytes())
    assert sentence_of(gone, inputs, outputs) == (
        f"{inputs[0]}: not found, for it was removed while the study ran; run the same command again"
    )
    unfinished = error_of(lambda: (tmp_path / "models" / ".unfinished-12" / "out.npy").write_bytes(b""))
    assert sentence_of(unfinished, inputs, outputs).startswith(f"{outputs[0]}: not found, for it was removed")
    folder = error_of(lambda: (tmp_path / "models" / ".unfinished-12").mkdir())
    assert sentence_of(folder, inputs, outputs).startswith(f"{tmp_path}/models: not found, for it was removed")
    assert sentence_of(error_of(lambda: (tmp_path / "other").read_bytes()), inputs, outputs) is None


def test_a_library_or_a_thread_that_does_not_fit_into_memory():
    assert sentence_of(ImportError("libopenblas.so: failed to map segment from shared object")).startswith(
        "not enough memory (libopenblas.so: failed to map segment from shared object): free memory"
    )
    assert sentence_of(RuntimeError("can't start new thread")).startswith("not enough memory (can't start new thread)")
    assert sentence_of(OSError(errno.ENOMEM, "Cannot allocate memory")).startswith("not enough memory")
    assert sentence_of(ImportError("no module named x")) is None


LIMITED = """
import logging, resource, sys
from lib.base.jobs import log_to
log_to(sys.argv[1])
import numpy as np
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
np.ones(2**29)
"""


def test_too_little_memory_is_one_sentence_in_the_log(tmp_path):
    run = subprocess.run([sys.executable, "-c", LIMITED, tmp_path / "log"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    text = (tmp_path / "log").read_text()
    assert "ERROR not enough memory (Unable to allocate 4.00 GiB for an array" in text
    assert "Traceback" not in text


FULL = """
import sys
from lib.base.jobs import log_to
log_to("/dev/full")
from lib.base.errors import StudyError
raise OSError(28, "No space left on device", "some/file")
"""


def test_the_sentence_reaches_the_terminal_if_the_log_cannot_be_written():
    run = subprocess.run([sys.executable, "-c", FULL], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert "some/file: no space left on the disk: make room; the same command then goes on" in run.stderr
    assert "Traceback" not in run.stderr
    assert "Logging error" not in run.stderr
