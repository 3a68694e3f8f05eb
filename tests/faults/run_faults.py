"""Each fault is injected into the smoke study; then its cause goes, and the same command must complete the study.

Run by `make test-faults`, or in part: make test-faults FAULTS="-k disk". `make test` does not run it: it takes long.
FAULTS_PROJECT names a folder for the finished study, which is made there once and used again; it must not be changed.
"""

import os
import pickle
import re
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.faults import page
from tests.faults.faults import FAULTS, STAGES
from tests.faults.injections import CGROUPS, can_limit, out_of_memory, small_disk
from tests.faults.project import Project, copy_of, differences, finished

NAMED = re.compile(r"(results/smoke/\S+?): (?:has \d+ bytes|differs from)")


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The finished study; tests change copies of it."""
    stages = list(STAGES.values())
    folder = Path(os.environ.get("FAULTS_PROJECT") or tmp_path_factory.mktemp("finished") / "project")
    known = folder / ".jobs"
    if known.exists():
        return Project(folder, pickle.loads(known.read_bytes()))
    project = finished(folder, stages)
    known.write_bytes(pickle.dumps(project.jobs))
    return project


def write_outcome(fault, outcome):
    """Write what happened to the page at once: a run takes an hour, and may be ended."""
    before = page.outcomes_of(page.PAGE.read_text(encoding="utf-8")) if page.PAGE.exists() else {}
    page.PAGE.write_text(page.written(before | {fault.name: outcome}), encoding="utf-8")


@pytest.fixture
def place(tmp_path):
    """A folder for a copy of the study, removed at once: a hundred copies would fill a disk."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def skip_without(fault):
    if fault.root and os.geteuid() != 0:
        pytest.skip("needs root, to mount a disk or to limit the memory of a process")
    if fault.needs and shutil.which(fault.needs) is None:
        pytest.skip(f"needs {fault.needs}")
    if fault.inject is out_of_memory and not any(map(can_limit, CGROUPS)):
        pytest.skip("needs permission to limit the memory of a group of processes")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_a_sentence_and_nothing_is_lost(study, place, fault):
    skip_without(fault)
    stage, expected = STAGES[fault.stage], study.contents()
    with small_disk(place / "project") if fault.small_disk else nullcontext():
        project = copy_of(study, place / "project")
        for name in (fault.stage, *fault.kept):
            project.remove(STAGES[name])
        with fault.inject(project, stage):
            intact = project.contents()
            ended = project.run(fault.command(project, stage))
            after = project.contents()
        project.recover()

        assert "Traceback" not in ended.text, ended.text
        assert "Logging error" not in ended.text, ended.text
        log = project.log(stage)
        assert "Traceback" not in (log.read_text(errors="replace") if log.exists() else "")
        said = [line for line in ended.text.splitlines() if re.search(fault.says, line)]
        assert said, ended.text
        assert (ended.status == 0) == fault.succeeds, ended.text
        for name in fault.kept:
            assert all(path.exists() for path in project.outputs(STAGES[name])), f"the stage {name} was not made"
        if not fault.removes:
            lost = [name for name in differences(intact, after) if name in intact]
            assert not lost, "finished files are kept"

        if fault.delete_named:
            named = {found[1] for line in said if (found := NAMED.search(line))}
            assert named, said
            for path in named:
                (project.folder / path).unlink()
        again = project.run(fault.command(project, stage))
        assert again.status == 0, again.text
        assert differences(expected, project.contents()) == []
        assert project.left_behind() == []
        write_outcome(fault, page.Outcome(page.shortened(said[0]), str(ended.status), "complete, the same bytes"))
