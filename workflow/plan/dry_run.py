"""The jobs that Snakemake would start: its own dry run, which a logger plugin records."""

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
LOCKS = Path(".snakemake") / "locks"
ALL = "all"  # the target, which does no work
ATTEMPTS = 3  # of a dry run while another run writes results: files may appear between two looks of Snakemake


@dataclass
class Job:
    """A job: rule, wildcards, files, threads, resources (mem_mb, runtime, gpu), and Snakemake's reason to start it."""

    rule_name: str
    wildcards: dict[str, str]
    input: list[str]
    output: list[str]
    benchmark: str | None
    threads: int
    resources: dict[str, int]
    reason: str = ""


def snakemake(*arguments: str, path: Path | None = None) -> float:
    """Run Snakemake on the project. Return the CPU seconds that it and its jobs took.

    Raises StudyError with its error messages if it fails.
    """
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        lines = [line for line in run.stdout.splitlines() if line.strip()]
        sentences = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        raise StudyError(*(sentences or lines[-20:] or ["Snakemake failed without a message"]))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def jobs_of(configfiles: Sequence[str], *arguments: str) -> tuple[list[Job], float]:
    """Return every job that a run with these configuration files would start now, and the CPU seconds of listing them.

    Raises StudyError for everything that Snakemake refuses.
    """
    files = ("--configfile", *configfiles) if configfiles else ()
    for _ in range(ATTEMPTS - 1):
        try:
            return _announced(*arguments, *files)
        except StudyError:
            if not any(LOCKS.glob("*")):
                raise
    return _announced(*arguments, *files)


def _announced(*arguments: str) -> tuple[list[Job], float]:
    """Return the jobs that one dry run announces, and its CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "jobs.jsonl"
        plugin = ("--logger", "jobs", "--logger-jobs-file", str(record))
        options = ("--dry-run", "--quiet", "all", "--cores", "all", *plugin)
        seconds = snakemake(*options, *arguments, path=Path(__file__).parent)
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    jobs = [Job(**json.loads(line)) for line in lines]
    return [job for job in jobs if job.rule_name != ALL], seconds
