"""The jobs that Snakemake would start, from Snakemake itself: its dry run, told by a logger plugin."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.base.errors import StudyError

ROOT = Path(__file__).parents[2]
ALL = "all"  # the target, which is no work


@dataclass
class Job:
    """A job: its rule, wildcards, files and threads."""

    rule_name: str
    wildcards: dict[str, str]
    input: list[str]
    output: list[str]
    benchmark: str | None
    threads: int


def snakemake(*arguments: str, path: Path | None = None) -> float:
    """Run Snakemake on the project; returns the CPU seconds of it and its jobs.

    Raises StudyError with what it told if it fails.
    """
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--quiet", "all", *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        lines = [line for line in run.stdout.splitlines() if line.strip()]
        sentences = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        raise StudyError(*(sentences or lines[-20:] or ["Snakemake failed and told nothing"]))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def jobs_of(configfiles: Sequence[str], *arguments: str) -> tuple[list[Job], float]:
    """Every job that a run with these configuration files would start now, and the CPU seconds of telling.

    Raises StudyError for whatever Snakemake refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "jobs.jsonl"
        plugin = ("--logger", "jobs", "--logger-jobs-file", str(told))
        files = ("--configfile", *configfiles) if configfiles else ()
        options = ("--dry-run", "--cores", "all", *plugin, *arguments)
        seconds = snakemake(*options, *files, path=Path(__file__).parent)
        lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    jobs = [Job(**json.loads(line)) for line in lines]
    return [job for job in jobs if job.rule_name != ALL], seconds
