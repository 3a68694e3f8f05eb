"""Two jobs of one machine never take the same GPU; the devices are stand-ins."""

import subprocess
import sys

import pytest

from lib.base.devices import VISIBLE, claim, visible_gpus
from lib.base.errors import StudyError


def test_a_cluster_says_which_gpus_a_job_may_use(tmp_path):
    (tmp_path / "nvidia0").touch()
    assert visible_gpus({VISIBLE: "2, GPU-8932f937"}, tmp_path) == ["2", "GPU-8932f937"]
    assert visible_gpus({VISIBLE: ""}, tmp_path) == []


def test_without_a_cluster_all_gpus_of_the_driver_may_be_used(tmp_path):
    for name in ("nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert visible_gpus({}, tmp_path) == ["2", "10"]
    assert visible_gpus({}, tmp_path / "none") == []


def test_jobs_of_one_machine_claim_different_gpus(tmp_path):
    claimed = [claim(["0", "1", "2"], tmp_path / "locks") for _ in range(3)]
    assert [gpu for gpu, _ in claimed] == ["0", "1", "2"]
    with pytest.raises(StudyError, match="other jobs use all of 0, 1, 2"):
        claim(["0", "1", "2"], tmp_path / "locks", patience=0)
    claimed[1][1].close()
    assert claim(["0", "1", "2"], tmp_path / "locks")[0] == "1", "a job has ended"


def test_a_claim_ends_with_its_process_however_that_ends(tmp_path):
    code = f"""
import os, pathlib
from lib.base.devices import claim
gpu, lock = claim(["0", "1"], pathlib.Path({str(tmp_path)!r}))
print(gpu, flush=True)
input()
os._exit(1)
"""
    job = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert job.stdout.readline() == "0\n"
    gpu, lock = claim(["0", "1"], tmp_path)
    assert gpu == "1"
    lock.close()
    job.kill()
    job.wait()
    assert claim(["0", "1"], tmp_path)[0] == "0"
