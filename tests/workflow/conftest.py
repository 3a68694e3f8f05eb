"""Two tiny studies, each run once by Snakemake in a copy of the project; tests change copies of them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from tests import offline

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".rates", ".*_cache", "__pycache__", "results", "data", ".snakemake", "tests"
)
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
LABEL = "[$L_2$ λ≥0 汉字 \\frac{1 <b id=broken>& {x}"
TINY = {
    "study": "tiny",
    # Letters of several languages, and text that would be a command to LaTeX, Lua, HTML and Jinja2.
    "report": {
        "title": "λ ≥ 0, 汉字 🧿 \\end{verbatim}\\directlua{os.exit(1)} ^^5cinput %\n\n$x_1$ {{ y }} <b id=broken>",
        "author": "Иван Ёлкин & José \ue000",
    },
    "crops": {"train": 6, "test": 4, "unlabeled": 6},
    "folds": 2,
    "defaults": {"hidden": [6], "patches": 200, "iterations": 5, "stride": 44},
    "experiments": dict.fromkeys(DEFAULT["experiments"], False)
    | {"learners": {"inherit": True, "vary": {"learner": ["autoencoder", "untrained"]}, "seeds": 1}},
    # one classifier with the default parameters: every start of Snakemake would try another one
    "classifiers": {name: False for name in DEFAULT["classifiers"] if name != "logistic_regression"}
    | {"logistic_regression": {"label": LABEL}},
}
STARTED = re.compile(r"^\w+: \d+ jobs? on \d+ cores?", re.MULTILINE)  # the first line of a run
LEARNERS = ["autoencoder", "untrained", "random_patches", "pca", "ica", "kmeans"]
VIEW = {"stride": 6, "encoding": "sign_split", "threshold": 0.25, "pooling": 2, "mirror": True}
REDUCED = {"image_size": 32, "whiten": True, "decoder": "linear", "centre": "brightness"}
# Every learner on reduced images, whitened patches and pooled features; one model in two views; in
# Russian, with an exploration of the images.
RUSSIAN = {
    "experiments": {
        "learners": {"set": REDUCED | VIEW, "vary": {"learner": LEARNERS}},
        "views": {"vary": {"stride": [44, 22]}},
    },
    "report": {"language": "ru", "exploration": True},
}


class Project:
    """A copy of the project with its results."""

    arrows = None  # from rule to rule of the tiny study, determined once

    def __init__(self, folder):
        self.folder = folder

    def copy(self, folder):
        """Copy to a folder as a new clone does: every file has a new modification time."""
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(self.folder, folder / "project", ignore=ignored, copy_function=shutil.copyfile)
        return Project(folder / "project")

    @classmethod
    def run(cls, folder, targets=(), config=None, **options):
        """Copy the project to a folder, let the tiny study with these changes reach the targets, return the folder."""
        shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
        (folder / "config" / "tiny.yaml").write_text(yaml.safe_dump(TINY))
        cls(folder).snakemake(*targets, config=config, **options)
        return folder

    def configured(self, config=None):
        """Arguments that give Snakemake the tiny study with these changes of its configuration."""
        (self.folder / "config" / "changes.yaml").write_text(yaml.safe_dump(config or {}))
        return ["--configfile", "config/tiny.yaml", "config/changes.yaml"]

    def snakemake(self, *arguments, config=None, check=True, without_network=False, limit=600):
        """Run Snakemake on the tiny study with these changes of its configuration, within so many seconds.

        Return its output.
        """
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments, *self.configured(config)]
        command = offline.command(*command) if without_network else command
        process = subprocess.run(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit
        )
        assert not check or process.returncode == 0, process.stdout
        self.status = process.returncode
        return process.stdout

    def full_text(self):
        """Snakemake's own text on the last run."""
        return max((self.folder / ".snakemake" / "log").glob("*.log")).read_text(encoding="utf-8")

    def planned(self, **config):
        """Number of jobs of each rule that a run with these changes of the configuration would start."""
        output = self.snakemake("--dry-run", config=config)
        if "Nothing to be done" in output:
            return {}
        table = output.split("Job stats:")[1].split("total")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE) if rule != "all"}

    def downstream(self, rules):
        """The rules and all that depend on them, without the target."""
        if Project.arrows is None:
            graph = self.snakemake("--rulegraph", "--forceall")
            names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)', graph, re.MULTILINE))
            found = re.findall(r"^\s*(\d+) -> (\d+)", graph, re.MULTILINE)
            Project.arrows = {(names[before], names[after]) for before, after in found}
        found, size = set(rules), 0
        while len(found) > size:
            size = len(found)
            found |= {after for before, after in Project.arrows if before in found}
        return found - {"all"}

    def edit(self, file, old, new):
        """Replace a text that must be there once."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new))

    def results(self):
        """Contents of all results but for logs, benchmarks, checksums and the record of the code."""
        folder = self.folder / "results" / "tiny"
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in files
            if path.relative_to(folder).parts[0] not in ("logs", "benchmarks", "code.json")
            and path.parent.name != ".checksums"
        }


@pytest.fixture(scope="session")
def once(tmp_path_factory, worker_id):
    """Function that gives the project of a name, made by another function once for all processes of the tests."""
    own = tmp_path_factory.getbasetemp()
    place = own if worker_id == "master" else own.parent

    def project(name, make):
        with FileLock(place / f"{name}.lock"):
            if not (place / name / "project").exists():
                make(place / name / "unfinished").rename(place / name / "project")
        return Project(place / name / "project")

    return project


@pytest.fixture(scope="session")
def finished(once):
    """The tiny study, finished without a network where one can be cut; tests must neither change it nor run it."""
    without = not offline.reason()
    return once("finished", lambda folder: Project.run(folder, without_network=without))


@pytest.fixture(scope="session")
def russian(once, finished):
    """The tiny study with the changes of `RUSSIAN`, finished; tests must neither change it nor run it."""

    def make(folder):
        project = finished.copy(folder)
        project.snakemake(config=RUSSIAN)
        return project.folder

    return once("russian", make)


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished study."""
    return finished.copy(tmp_path)
