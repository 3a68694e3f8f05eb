"""A finished smoke study that faults are injected into: its stages, its commands, and the comparison of its results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.workflow.conftest import LEFT_BEHIND, ROOT
from tests.workflow.test_identical_bits import without_the_clock

RESULTS = Path("results", "smoke")
CONFIGURATION = ("--configfile", "config/smoke.yaml")
# Smaller images and a second classifier that shares prepared features: stages that the smoke study itself lacks.
MORE = """defaults: {image_size: 32}
classifiers: {linear_svm: {label: linear SVM}}
experiments: {learners: {classifiers: [logistic_regression, linear_svm]}}
"""
NOT_COMPARED = ("logs", "benchmarks", "code.json", "report.zip", "index.html")
SECONDS = 900  # after which a run counts as hanging


@dataclass(frozen=True)
class Stage:
    """One job of the study.

    rule: its rule. place: a part of the path of its first output that no other job of the rule has. more: whether the
    study needs `MORE`.
    """

    rule: str
    place: str = ""
    more: bool = False

    @property
    def configuration(self) -> list[str]:
        return [*CONFIGURATION, "config/more.yaml"] if self.more else [*CONFIGURATION]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status and what it printed."""

    status: int
    text: str


@dataclass(frozen=True)
class Job:
    """The outputs and the log of a job, as paths in the folder of the project."""

    outputs: tuple[str, ...]
    log: str


Jobs = Mapping[Stage, Job]


@dataclass
class Project:
    """A copy of the project with the results of the smoke study.

    Attributes
    ----------
    folder : where it is.
    jobs : outputs and log of each stage.
    environment : changes of the environment of commands; None removes a variable.
    prefix : words in front of each command.
    running : the command that runs, or ran last.
    """

    folder: Path
    jobs: Jobs
    environment: dict[str, str | None] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    running: subprocess.Popen[str] | None = None

    @property
    def results(self) -> Path:
        return self.folder / RESULTS

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command in the folder of the project, in a process group that belongs to it alone."""
        changed = os.environ | self.environment
        environment = {name: value for name, value in changed.items() if value is not None}
        return subprocess.Popen(
            [*self.prefix, *command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def run(self, command: Sequence[str]) -> Ended:
        """Run a command to its end."""
        self.running = self.start(command)
        text, _ = self.running.communicate(timeout=SECONDS)
        return Ended(self.running.returncode, text)

    def recover(self) -> None:
        """Give commands the usual environment again."""
        self.environment, self.prefix = {}, ()

    def outputs(self, stage: Stage) -> list[Path]:
        """Return the files of a stage."""
        return [self.folder / path for path in self.jobs[stage].outputs]

    def log(self, stage: Stage) -> Path:
        """Return the log of a stage."""
        return self.folder / self.jobs[stage].log

    def remove(self, stage: Stage) -> None:
        """Remove the outputs of a stage with its log, as if it had not run."""
        for path in [*self.outputs(stage), self.log(stage)]:
            path.unlink(missing_ok=True)

    def command(self, stage: Stage) -> list[str]:
        """Return the command that runs a stage alone."""
        return snakemake("--notemp", self.jobs[stage].outputs[0], *stage.configuration)

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of all results by name."""
        files = (path for path in sorted(self.results.rglob("*")) if path.is_file())
        return {
            name: path.read_bytes()
            for path in files
            if (name := str(path.relative_to(self.results))).split("/")[0] not in NOT_COMPARED
            and path.parent.name != ".checksums"
        }

    def left_behind(self) -> list[str]:
        """Return temporary files and folders that no run should leave."""
        patterns = (".unfinished-*", ".report-*", "unfinished")
        return sorted(str(path.relative_to(self.folder)) for one in patterns for path in self.results.rglob(one))


def snakemake(*arguments: str) -> list[str]:
    """Return the command that runs targets of the smoke study."""
    return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]


def differences(expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """Return the names of files that differ in more than measured times."""

    def differ(name: str) -> bool:
        one, other = expected.get(name), found.get(name)
        if one is None or other is None or one == other:
            return one != other
        return bool(without_the_clock(name, one) != without_the_clock(name, other))

    return [name for name in sorted({*expected, *found}) if differ(name)]


def finished(folder: Path, stages: Sequence[Stage]) -> Project:
    """Run the smoke study in a new copy of the project, with the stages that it lacks."""
    if not folder.exists():
        shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
    (folder / "config" / "more.yaml").write_text(MORE)
    project = Project(folder, {})
    done = project.run(snakemake(*CONFIGURATION))
    if done.status:
        raise SystemExit(f"the undisturbed study ended with {done.status}:\n{done.text[-4000:]}")
    for stage in stages:
        if stage.more:
            done = project.run(snakemake("--notemp", stage.place, *stage.configuration))
            if done.status:
                raise SystemExit(f"{stage.place} ended with {done.status}:\n{done.text[-4000:]}")
    project.run([sys.executable, "workflow/html_report.py", "config/smoke.yaml"])
    project.jobs = jobs_of(project, stages)
    return project


def jobs_of(project: Project, stages: Sequence[Stage]) -> Jobs:
    """Return outputs and log of each stage, from Snakemake's summary of a finished study."""
    script = Job((str(RESULTS / "report.zip"),), str(RESULTS / "logs" / "none"))
    found = {stage: script for stage in stages if stage.rule == "html_report"}
    for more in (False, True):
        asked = [stage for stage in stages if stage.more == more and stage.rule != "html_report"]
        targets = [stage.place for stage in asked] if more else []
        process = project.start(snakemake("--notemp", "--summary", *targets, *(asked[0].configuration)))
        lines = [line.split("\t") for line in process.communicate()[0].splitlines()]
        rows = [(words[0], words[2], words[3]) for words in lines if len(words) == 6 and words[3].endswith(".log")]
        for stage in asked:
            log = next(log for path, rule, log in rows if rule == stage.rule and stage.place in path)
            found[stage] = Job(tuple(path for path, _, other in rows if other == log), log)
    return found


def copy_of(project: Project, folder: Path) -> Project:
    """Copy a project with all modification times."""
    shutil.copytree(project.folder, folder, symlinks=True, dirs_exist_ok=True)
    return Project(folder, project.jobs)
