"""What a run prints: in a real terminal of 80 columns, through a pipe, after an interruption and after an error."""

import os
import re
import shutil
import subprocess
import sys
import time
import uuid

import pytest
import yaml

from tests.workflow.conftest import LEFT_BEHIND, ROOT, TINY, Project

PATCHES = "results/tiny/patches/n200_p8_seed0.npy"
TARGETS = (PATCHES, "results/tiny/study.json", "results/tiny/configuration.yaml")
JOBS = 5  # two of them make and check the photographs
COMMAND = [sys.executable, "-m", "snakemake", "--cores", "1", *TARGETS, "--configfile", "config/tiny.yaml"]
INSTALL = "apt-get install --no-install-recommends tmux"
CONTROL = re.compile(r"[^\n\x20-\U0010ffff]")


@pytest.fixture
def new(tmp_path):
    """The project with the tiny study, of which nothing has run."""
    shutil.copytree(ROOT, tmp_path / "project", ignore=LEFT_BEHIND)
    (tmp_path / "project" / "config" / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    return Project(tmp_path / "project")


class Terminal:
    """A terminal of tmux in which a command runs."""

    def __init__(self, folder, command):
        self.name = f"test-{uuid.uuid4().hex}"
        environment = os.environ | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        size = ("-x", "80", "-y", "24")
        self._tmux("-f", os.devnull, "-u", "new-session", "-d", *size, "-s", "run", "-c", str(folder), env=environment)
        # History is kept once the command has ended.
        line = " ".join(f"'{word}'" for word in command)
        self.type(f"clear; PS1=; {line}; echo status $?", "Enter")

    def _tmux(self, *arguments, **options):
        command = ["tmux", "-L", self.name, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout

    def type(self, *keys):
        """Send keys to the terminal."""
        self._tmux("send-keys", "-t", "run", *keys)

    def pane(self):
        """Return the lines of the screen and those that have left it."""
        return [line.rstrip() for line in self._tmux("capture-pane", "-p", "-S", "-", "-t", "run").splitlines()]

    def wait(self, pattern, seconds=500):
        """Return the lines as soon as one of them matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lines = self.pane()
            if any(re.search(pattern, line) for line in lines):
                return lines
            time.sleep(0.1)
        raise AssertionError(f"{pattern} does not appear in:\n" + "\n".join(self.pane()))

    def close(self):
        """End the terminal with all that runs in it."""
        self._tmux("kill-server")


@pytest.fixture
def terminal():
    """Function that runs a command in a terminal, in a folder."""
    if shutil.which("tmux") is None:
        pytest.skip(f"tmux not found, expected a terminal to run a study in; install it by: {INSTALL}")
    opened = []

    def run(folder, command=COMMAND):
        opened.append(Terminal(folder, command))
        return opened[-1]

    yield run
    for one in opened:
        one.close()


def slow(project):
    """Let the first job of the data set take long."""
    script = project.folder / "workflow" / "scripts" / "make_photographs.py"
    begin, call, rest = script.read_text().partition("log_to(snakemake.log[0], snakemake)\n")
    script.write_text(f"{begin}{call}import time\ntime.sleep(20)\n{rest}")


def test_a_terminal_shows_lines_above_a_footer_and_keeps_the_lines(new, terminal):
    slow(new)
    screen = terminal(new.folder)
    # A footer: a line across the terminal, the state of the run, and the job that runs.
    during = screen.wait(r"^ +[1-9]\d? s  cutting the photographs …$")
    (state,) = [line for line in during if line.startswith("tiny ")]
    assert re.fullmatch(rf"tiny [━╌]+ +\d+ %  [0-{JOBS}] of {JOBS} jobs  .* left", state)
    assert during[during.index(state) - 1] == "─" * 79
    assert all(len(line) <= 80 for line in during)
    assert any(re.fullmatch(rf"tiny: {JOBS} jobs on 1 core, about \d+ s\.", line) for line in during)

    after = screen.wait(r"^status 0$")
    ended = [line for line in after if re.match(r" +[\d.]+ (s|min)  \S", line)]
    assert len(ended) == JOBS, "one line per job, and no footer is left"
    assert any(line.endswith("s  sampled 200 patches, seed 0") for line in ended)
    assert not any(line.startswith("─") or "…" in line for line in after)
    assert after[after.index("status 0") - 1].startswith(f"tiny: {JOBS} jobs done in ")


def test_ctrl_c_ends_with_what_is_kept_and_how_to_go_on(new, terminal):
    slow(new)
    screen = terminal(new.folder)
    screen.wait(r"cutting the photographs …$")
    log = new.folder / "results" / "tiny" / "logs" / "make_photographs.log"
    while not (log.exists() and log.read_text()):  # an interpreter that starts would print that it was interrupted
        time.sleep(0.1)
    screen.type("C-c")
    lines = screen.wait(r"^status [1-9]")
    text = "\n".join(lines)
    assert "Stopping the jobs that run …" in text
    assert re.search(r"^tiny: interrupted after \d+ s\.$", text, re.MULTILINE)
    assert re.search(r"^\d jobs are left; the same command goes on from here\.$", text, re.MULTILINE)
    assert "Traceback" not in text
    assert "error:" not in text


def test_a_pipe_gets_plain_lines_about_as_many_as_there_are_jobs(new):
    output = new.snakemake(*TARGETS)
    lines = output.splitlines()
    assert not CONTROL.search(output)
    assert max(map(len, lines)) <= 200
    assert JOBS <= len(lines) <= JOBS + 5
    ended = [line for line in lines if re.match(r"\d+ %, .* left +[\d.]+ (s|min)  \S", line)]
    assert len(ended) == JOBS
    log = max((new.folder / ".snakemake" / "log").glob("*.log")).read_text()
    assert "rule sample_patches:" in log, "Snakemake's text is in its log"

    again = new.snakemake(*TARGETS).splitlines()
    assert again[-1] == "tiny: Nothing to be done, all results are up to date."
    assert len(again) <= 3
    quiet = new.snakemake("--quiet", "all", "--force", *TARGETS[1:2])
    assert "jobs" not in quiet
    dry = new.snakemake("--dry-run", "--forceall", *TARGETS)
    assert "Job stats:" in dry
    assert "rule sample_patches:" in dry


def test_a_failed_job_prints_its_error_and_its_log_alone(new):
    script = "workflow/scripts/describe_study.py"
    new.edit(script, "def main(", "from lib.base.errors import StudyError\n\n\ndef main(")
    new.edit(script, "    # The keys keep", '    raise StudyError("a key is 3, expected 2")\n    # The keys keep')
    output = new.snakemake(*TARGETS, check=False)
    assert new.status != 0
    assert (
        "error: describing the study: a key is 3, expected 2\n  log: results/tiny/logs/describe_study.log\n" in output
    )
    for noise in ("Traceback", "CalledProcessError", "WorkflowError", "jobid"):
        assert noise not in output
    end = output[output.index("tiny: 1 job failed.") :].splitlines()
    assert end[1] == f"The results of {JOBS - 1} jobs of this run are kept."
    assert end[2].startswith("Mend what the errors name")
    assert re.fullmatch(r"Snakemake’s full text: \.snakemake/log/.*\.log", end[3])


def test_the_plugin_can_be_chosen_by_its_name(new):
    """Also along with the profile for a GPU."""
    environment = os.environ | {"PYTHONPATH": str(new.folder / "workflow" / "terminal")}
    command = [*COMMAND, "--logger", "study", "--profile", "profiles/gpu", "--until", "describe_study"]
    process = subprocess.run(command, cwd=new.folder, env=environment, capture_output=True, text=True, timeout=600)
    assert process.returncode == 0, process.stderr
    assert re.search(r"^tiny: 1 job done in ", process.stderr, re.MULTILINE)
    assert "rule describe_study" not in process.stderr
