"""A whole study whose data, classes, files, titles and labels have hostile names shows them and runs none of them."""

import csv
import html
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from lib.words.latex import escape
from tests.unit.hostile import COMMANDS
from tests.workflow.conftest import LEFT_BEHIND, ROOT, Project

LARGE = settings.get_current_profile_name() == "large"
CLASSES = [COMMANDS[kind] for kind in ("quotes", "shell", "variables", "glob", "option", "percent", "braces")]
FOLDER = "it's; $(touch ran) `touch ran` & %s #1 -x \\n é"
TEXT = " | ".join(COMMANDS.values())
STUDY = {
    "study": "hostile",
    "dataset": f"data/{FOLDER}",
    "folds": 0,
    "only": ["rho"],
    "report": {"title": TEXT, "author": TEXT},
    "experiments": {
        "rho": {"title": TEXT[:200], "question": TEXT, "comment": TEXT.replace("{", "(").replace("}", ")")}
    },
    "classifiers": {"logistic_regression": {"label": TEXT[:200]}},
}


def cells(path):
    """All values of a table."""
    return {value for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) for value in row}


@pytest.mark.skipif(not LARGE, reason="only make test-properties runs studies")
def test_a_study_with_hostile_names(tmp_path):
    folder = Path(shutil.copytree(ROOT, tmp_path / "project", ignore=LEFT_BEHIND))
    (folder / "config" / "tiny.yaml").write_text("{}")
    tiny = {"hidden": [4], "patches": 100, "iterations": 2, "stride": 24, "patch_size": 8}
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in CLASSES:
            place = folder / "data" / FOLDER / split / name
            place.mkdir(parents=True)
            for number in range(3):
                picture = Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
                picture.save(place / f"{name}{number}.png", "PNG")
    project = Project(folder)
    output = project.snakemake(config=STUDY | {"defaults": tiny}, limit=3600)
    assert not list(tmp_path.rglob("ran"))
    assert not Path("/tmp/ran").exists()
    results = folder / "results" / "hostile"
    assert set(CLASSES) <= cells(results / "tables" / "classes.csv")
    assert set(CLASSES) <= cells(results / "tables" / "confusion.csv")
    page = html.unescape((results / "pages" / "classes.html").read_text(encoding="utf-8"))
    notebook = json.loads((results / "notebook.ipynb").read_text(encoding="utf-8"))
    explorer = (results / "explorer.html").read_text(encoding="utf-8")
    for name in CLASSES:
        assert name in page or json.dumps(name, ensure_ascii=False)[1:-1] in page, name
        assert name in json.dumps(notebook, ensure_ascii=False) or json.dumps(name)[1:-1] in json.dumps(notebook), name
        assert json.dumps(name, ensure_ascii=False)[1:-1].replace("<", "\\u003c") in explorer, name
    assert escape(TEXT) in (results / "report" / "numbers.tex").read_text(encoding="utf-8")
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    assert not re.search("Traceback|Undefined", output)
