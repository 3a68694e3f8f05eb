"""The user's raw data: every change of a file is detected, and notes on the data appear in the output of the run."""

import json
import os
import shutil

from tests.unit import raw_forms
from tests.unit.datasets.test_pictures import fill, picture, save

OWN = {"study": "own", "dataset": "raw", "folds": 0}
FACTS = "results/own/dataset/facts.json"
NOTHING = "Nothing to be done"


def ingest(project):
    """Output of a run up to the facts of the data set."""
    return project.snakemake(FACTS, config=OWN, check=False)


def replaced(path, other):
    """Replace the content of a file by other content of the same size, and keep its times."""
    status = path.stat()
    assert other.stat().st_size == status.st_size
    shutil.copyfile(other, path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_changes_inside_a_folder_of_pictures_are_detected_and_touched_files_ignored(project):
    raw = project.folder / "raw"
    fill(raw, count=4)
    for number in range(4):  # files of one size, which only their content distinguishes
        save(raw / "train" / "cat" / f"{number}.bmp", picture(seed=number))
    assert "own: 1 job done in" in ingest(project)
    for path in raw.rglob("*"):
        os.utime(path)
    assert NOTHING in ingest(project)
    before = json.loads((project.folder / FACTS).read_text())["splits"]["train"]
    replaced(raw / "train" / "cat" / "0.bmp", raw / "train" / "cat" / "1.bmp")
    ingest(project)
    assert "Params have changed" in project.full_text()
    after = json.loads((project.folder / FACTS).read_text())["splits"]["train"]
    assert after["count"] == before["count"]
    assert after["files"]["train"]["sha256"] != before["files"]["train"]["sha256"]
    (raw / "test" / "dog" / "3.png").unlink()
    save(raw / "train" / "dog" / "new.png", picture(seed=9))
    ingest(project)
    facts = json.loads((project.folder / FACTS).read_text())["splits"]
    assert facts["train"]["images_by_class"] == {"cat": 8, "dog": 5}
    assert facts["test"]["images_by_class"] == {"cat": 4, "dog": 3}
    assert NOTHING in ingest(project)


def test_another_content_of_the_same_size_and_time_is_detected(project):
    raw = project.folder / "raw"
    raw.mkdir()
    raw_forms.write_npy(raw)
    ingest(project)
    assert NOTHING in ingest(project)
    shutil.copyfile(raw / "train_X.npy", other := project.folder / "other.npy")
    content = bytearray(other.read_bytes())
    content[-1] ^= 1
    other.write_bytes(content)
    replaced(raw / "train_X.npy", other)
    ingest(project)
    assert "Params have changed" in project.full_text()


def test_the_run_prints_notes_and_ends_at_faults_of_all_pictures(project):
    raw = project.folder / "raw"
    fill(raw, splits=("",), count=5)
    (raw / "cat" / "notes.txt").write_text("a cat")
    output = ingest(project)
    assert "note on the data set: Files that cannot be read as pictures are left out (1): 1 .txt." in output
    assert "note on the data set: The data set has no test images: 2 of its labelled images" in output
    facts = json.loads((project.folder / FACTS).read_text())
    assert len(facts["splits"]["train"]["notes"]) == 2
    whole = {name: (raw / name).read_bytes() for name in ("cat/0.png", "dog/1.png")}
    for name, content in whole.items():
        (raw / name).write_bytes(content[:-40])
    before = (project.folder / FACTS).read_bytes()
    output = ingest(project)
    assert project.status != 0
    assert (project.folder / FACTS).read_bytes() == before, "results of the old files are kept"
    assert "cat/0.png: " in output
    assert "dog/1.png: " in output
    assert "Traceback" not in output
    for name, content in whole.items():
        (raw / name).write_bytes(content)
    assert NOTHING in ingest(project)


def test_a_single_class_is_refused_before_anything_is_trained(project):
    fill(project.folder / "raw", classes=("cat",))
    output = project.snakemake(config=OWN, check=False)
    assert project.status != 0
    assert "dataset: all training images are of the class cat, expected at least 2 classes" in output
    assert "Traceback" not in output
    assert not (project.folder / "results" / "own" / "models").exists()
