"""What all jobs share: logs, error sentences, random numbers, devices."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.base.devices import device_for, name_of, require, to_device, to_host
from lib.base.errors import StudyError, faults_of
from lib.base.jobs import read_json, usage_of, write_json
from lib.base.randomness import generator, integer_seed
from lib.training.progress import stochastic_progress, training_progress

ROOT = Path(__file__).parents[3]


def job(tmp_path, body):
    """Run a small script with a log; return the process and the text of the log without its last line, the usage."""
    code = f"from lib.base.jobs import log_to\nlog_to({str(tmp_path / 'log')!r})\n{body}"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    lines = (tmp_path / "log").read_text().splitlines(keepends=True)
    assert usage_of(tmp_path / "log"), "the last line states what the job used"
    return process, "".join(lines[:-1])


def test_a_study_error_is_logged_as_sentences_without_traceback(tmp_path):
    process, log = job(
        tmp_path, "from lib.base.errors import StudyError\nraise StudyError('a.pk: no X, expected X', 'second')"
    )
    assert process.returncode != 0
    assert [line.split(" ERROR ")[1] for line in log.splitlines()] == ["a.pk: no X, expected X", "second"]
    assert "Traceback" not in log + process.stderr


def test_an_unexpected_error_is_logged_with_its_traceback(tmp_path):
    process, log = job(tmp_path, "1 / 0")
    assert process.returncode != 0
    assert "Traceback" in log
    assert "ZeroDivisionError" in log


def test_an_interruption_is_logged_as_a_sentence(tmp_path):
    process, log = job(
        tmp_path,
        "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)",
    )
    assert process.returncode != 0
    assert "interrupted" in log
    assert "Traceback" not in log


def test_an_interruption_that_was_held_back_is_logged_as_a_sentence(tmp_path):
    code = (
        "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\nos.kill(os.getpid(), signal.SIGINT)\n"
        f"from lib.base.jobs import log_to\nlog_to({str(tmp_path / 'log')!r})\nprint('not interrupted')"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode != 0
    assert process.stdout == process.stderr == ""
    assert "interrupted; run the same command to resume" in (tmp_path / "log").read_text()


def test_the_log_says_what_is_done_and_what_was_written(tmp_path):
    path, outputs = tmp_path / "log", [tmp_path / "a" / "b.csv", tmp_path / "c.csv", tmp_path / "absent.csv"]
    code = (
        "from types import SimpleNamespace as Job\nfrom pathlib import Path\nfrom lib.base.jobs import log_to\n"
        f"outputs = {list(map(str, outputs))!r}\n"
        "about = dict(rule='train_model', wildcards={'model': 'm1'}, input=[], output=outputs, resources={})\n"
        f"log_to({str(path)!r}, Job(**about))\n"
        "Path(outputs[0]).parent.mkdir()\n"
        "for name in outputs[:2]: Path(name).write_bytes(bytes(1_000_000))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    first, written, _usage = path.read_text().splitlines()
    assert first.endswith(" INFO train_model model=m1")
    assert written.endswith(f" INFO wrote 2.0 MB to {tmp_path}: a/b.csv, c.csv")
    assert usage_of(path)


def test_what_a_compiled_library_prints_before_it_ends_the_process_is_in_the_log(tmp_path):
    path = tmp_path / "log"
    code = (
        "import os, sys\nfrom types import SimpleNamespace as Job\nfrom lib.base.jobs import log_to, logger\n"
        "about = dict(rule='train_model', wildcards={}, input=[], output=[], resources={})\n"
        f"log_to({str(path)!r}, Job(**about))\nlogger.info('begin')\n"
        "print('for the user', file=sys.stderr)\n"
        "os.write(2, b'library: no memory\\n')\nlogger.info('end')\nos.write(2, b'the last words\\n')\nos._exit(1)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (1, "for the user\n")
    lines = path.read_text().splitlines()
    assert [line.rpartition(" INFO ")[2] for line in lines] == [
        *("train_model", "begin", "library: no memory", "end", "the last words")
    ]


def test_warnings_are_logged(tmp_path):
    process, log = job(tmp_path, "import warnings\nwarnings.warn('look here')")
    assert process.returncode == 0
    assert "look here" in log


def used(tmp_path, body):
    """Run a small script with a log; return what it used."""
    job(tmp_path, body)
    return usage_of(tmp_path / "log")


def test_a_job_states_its_seconds_and_the_memory_of_its_process(tmp_path):
    idle = used(tmp_path, "import time; time.sleep(1)")
    assert idle.seconds >= 1
    assert 0 < idle.cpu_seconds < idle.seconds
    large = used(tmp_path, "memory = bytearray(300 * 2**20)")
    assert 300 < large.memory < 300 + idle.memory + 50


def test_cpu_seconds_count_all_threads_and_children(tmp_path):
    spin = "import time\nwhile time.process_time() < 1: pass"
    alone = used(tmp_path, spin)
    child = used(tmp_path, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {spin!r}])\n{spin}")
    assert alone.cpu_seconds >= 1
    assert child.cpu_seconds >= 2
    large = used(tmp_path, "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'bytearray(300 * 2**20)'])")
    assert large.memory > 300


def test_a_job_that_fails_states_what_it_used(tmp_path):
    process, _ = job(tmp_path, "raise ValueError")
    assert process.returncode != 0
    assert usage_of(tmp_path / "log").cpu_seconds > 0


def test_a_log_that_is_missing_unfinished_or_damaged_has_no_usage(tmp_path):
    job(tmp_path, "")
    log = tmp_path / "log"
    whole = log.read_bytes()
    for content in (b"", whole[:-10], whole + b"INFO iteration 3\n", b"\xff\xfe" + whole):
        log.write_bytes(content)
        assert usage_of(log) is None
    assert usage_of(tmp_path / "none") is None
    log.write_bytes(b"\n" + whole)
    assert usage_of(log)


def test_a_value_error_about_settings_becomes_a_study_error():
    with pytest.raises(StudyError, match="configuration key crops: too many"), faults_of("configuration key crops"):
        raise ValueError("too many")


def test_progress_shows_iteration_loss_gradient_and_time_left(caplog):
    with caplog.at_level(logging.INFO, logger="study"):
        report = training_progress(10)
        for iteration in range(1, 11):
            report(iteration, 0.5, 0.01)
    first, last = caplog.messages[0], caplog.messages[-1]
    assert first.startswith("iteration 1 of at most 10, loss 0.5, gradient norm 1.00e-02, ")
    assert last.endswith(" s passed, at most 0 s left")
    assert last.startswith("iteration 10 of")


def test_progress_on_mini_batches_shows_epoch_update_loss_and_time_left(caplog):
    with caplog.at_level(logging.INFO, logger="study"):
        report = stochastic_progress(epochs=3, updates=4)
        for update in (6, 8, 12):  # an interrupted training goes on in its second epoch
            report(update, 0.25)
    first, last = caplog.messages
    assert first.startswith("epoch 2 of at most 3, update 6, loss 0.25, ")
    assert last.startswith("epoch 3 of at most 3, update 12, loss 0.25, ")
    assert last.endswith(" s passed, at most 0 s left")


def test_json_has_sorted_keys_and_reads_back(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": [1.5, None]})
    assert read_json(path) == {"a": [1.5, None], "b": 1}
    assert path.read_text().index('"a"') < path.read_text().index('"b"')


def test_random_numbers_depend_only_on_seed_and_key():
    settings = {"patches": 10, "seed": 0}
    first = generator(0, "patches", settings).random(4)
    assert (first == generator(0, "patches", dict(reversed(settings.items()))).random(4)).all()
    for other in (generator(1, "patches", settings), generator(0, "weights", settings), generator(0, "patches", {})):
        assert (first != other.random(4)).all()
    assert integer_seed(0, "a") == integer_seed(0, "a") != integer_seed(0, "b")
    assert 0 <= integer_seed(5, "a") < 2**32


def test_devices():
    assert (device_for(0), device_for(1)) == ("cpu", "gpu")
    array = np.arange(3.0)
    assert to_host(to_device(array, "cpu")) is array
    assert name_of("cpu") == "cpu"
    with pytest.raises(StudyError, match="device is 'tpu'"):
        require("tpu")


def test_a_job_that_asks_for_an_absent_gpu_fails():
    try:
        import cupy

        present = cupy.cuda.is_available()
    except ImportError:
        present = False
    if present:
        pytest.skip("this machine has a GPU")
    with pytest.raises(StudyError, match="a GPU was asked for"):
        to_device(np.zeros(3), "gpu")


HANGING = """
import sys, time
from types import SimpleNamespace
from lib.base import jobs
jobs.TIMES_RUNTIME, jobs.SECONDS_TO_ANSWER = 1, float(sys.argv[2])
job = SimpleNamespace(rule="train_model", wildcards={}, input=[], output=[], resources={"runtime": 0.5 / 60})
jobs.log_to(sys.argv[1], job)
if sys.argv[3] == "waits":
    time.sleep(600)
else:
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])  # as compiled code that does not return to Python
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("how", "words"),
    [("waits", "ERROR no end after 0.00833333 minutes, 1 times the runtime"), ("is deaf", "Timeout (")],
)
def test_a_job_that_hangs_ends_with_a_word_in_its_log(tmp_path, how, words):
    log = tmp_path / "log"
    command = [sys.executable, "-c", HANGING, str(log), "60" if how == "waits" else "0.5", how]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 1, run.stderr
    assert words in log.read_text()
