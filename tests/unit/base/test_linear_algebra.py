"""Linear algebra takes its working memory early, and a job without room for it ends instead of hanging."""

import subprocess
import sys

from tests.workflow.conftest import ROOT

LIMITED = """
import resource
import numpy, scipy.linalg.lapack
from lib.base.linear_algebra import take_working_memory
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
{before}
resource.setrlimit(resource.RLIMIT_AS, (used + {room} * 2**20,) * 2)
{after}
scipy.linalg.lapack.dpotrf(numpy.eye(3))
print("done")
"""


def run(**parts):
    code = LIMITED.format(**parts)
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_without_room_the_process_ends_with_a_memory_error():
    ended = run(before="", room=20, after="take_working_memory()")
    assert ended.returncode == 1
    assert "MemoryError" in ended.stderr


def test_what_was_taken_early_is_enough_when_memory_runs_out():
    ended = run(before="take_working_memory()", room=70, after="")
    assert ended.stdout == "done\n", ended.stderr
