"""Every place where a name can stand, with every hostile name: it is kept as it is or refused in a sentence.

Which letters appear in report, figures, pages and tables is tested where these are written, with the same names.
"""

import io
import pickle
import re
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.base.errors import StudyError
from lib.datasets.forms.registry import read_splits
from lib.study.experiments import expand
from lib.study.paths import check_path, expanded_path
from lib.study.project_folder import fault
from lib.study.validation import checked
from tests.unit import raw_forms
from tests.unit.hostile import ANY
from tests.unit.study.test_validation import DEFAULT, SCHEMA, merged

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Text that people read: any printable text is right.
TEXTS = {
    "report.title": lambda name: {"report": {"title": name}},
    "report.author": lambda name: {"report": {"author": name}},
    "experiments.rho.title": lambda name: {"experiments": {"rho": {"title": name}}},
    "experiments.rho.question": lambda name: {"experiments": {"rho": {"question": name}}},
    "classifiers.random_forest.label": lambda name: {"classifiers": {"random_forest": {"label": name}}},
}
# Names that become parts of paths, commands and code: only plain ones are right. Keys that the schema checks are tried
# together, as it reports all of their faults.
SCHEMA_CHECKS = {
    "study": lambda name: {"study": name},
    "experiments has the key": lambda name: {"experiments": {name: {"vary": {"rho": [0.1]}}}},
    "classifiers has the key": lambda name: {"classifiers": {name: FOREST | {"label": "mine"}}},
    "classifiers.random_forest.class": lambda name: {"classifiers": {"random_forest": {"class": name}}},
    "figures.colours.0": lambda name: {"figures": {"colours": [name] * 4}},
    "report.language": lambda name: {"report": {"language": name}},
    "download.url": lambda name: {"download": {"url": name, "md5": "0" * 32, "size": 1}},
    "download.md5": lambda name: {"download": {"md5": name}},
    "defaults.learner": lambda name: {"defaults": {"learner": name}},
    "defaults.encoding": lambda name: {"defaults": {"encoding": name}},
    "has the unknown key": lambda name: {f"{name}!": 1},
}
LATER_CHECKS = {
    "axis": lambda name: {"experiments": {"rho": {"axis": name}}},
    "classifiers": lambda name: {"experiments": {"rho": {"classifiers": [name]}}},
    "compare": lambda name: {
        "experiments": {"rho": {"compare": [{"measure": "accuracy", "with": {"classifier": name}}]}}
    },
    "only": lambda name: {"only": [name]},
}
FOREST = DEFAULT["classifiers"]["random_forest"]
PLAIN = {"a device"}  # names that are plain, although a program of Windows reads them as something else


def sentences(call, *arguments):
    """The sentences with which a call refuses its arguments, each on one line; nothing if it does not."""
    refused = []
    try:
        call(*arguments)
    except StudyError as error:
        refused = list(error.sentences)
    assert all(sentence and "\n" not in sentence and len(sentence) < 5000 for sentence in refused)
    return refused


def study(changes):
    config = checked({"study": "mine"} | changes, SCHEMA, DEFAULT)
    expand(config)
    return config


def found(config, place):
    """The value at a place of a configuration."""
    for key in place.split("."):
        config = config[key]
    return config


@pytest.fixture
def nothing_runs(tmp_path, monkeypatch):
    """A folder in which a test works, and a check that it started no process and left no file but there."""
    inside = tmp_path / "a" / "b" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    started = []
    watching = True

    def watch(event, arguments):
        if watching and event.startswith(("subprocess.", "os.system", "os.exec", "os.posix_spawn", "socket.connect")):
            started.append((event, arguments))

    sys.addaudithook(watch)
    yield inside
    watching = False
    assert started == []
    assert not Path("/tmp/ran").exists()
    assert [path for path in tmp_path.rglob("*ran*") if inside not in path.parents] == []


@pytest.mark.parametrize("kind", ANY)
def test_text_is_kept_or_refused_everywhere(kind, nothing_runs):
    name = ANY[kind]
    changes = {}
    for change in TEXTS.values():
        changes = merged(changes, change(name))
    if UNPRINTABLE.search(name):
        refused = sentences(study, changes)
        for place in TEXTS:
            assert any(f"{place} holds the character U+" in sentence for sentence in refused), place
    else:
        config = study(changes)
        for place in TEXTS:
            assert found(config, place) == name, place


@pytest.mark.parametrize("kind", ANY)
def test_names_in_paths_and_code_are_plain(kind, nothing_runs):
    name = ANY[kind]
    changes = {}
    for change in SCHEMA_CHECKS.values():
        changes = merged(changes, change(name))
    refused = sentences(study, changes)
    for place in SCHEMA_CHECKS:
        plain = kind in PLAIN and place in ("study", "experiments has the key", "classifiers has the key")
        place = "has a key with the character" if UNPRINTABLE.search(name) and "key" in place else place
        assert any(f"configuration: {place} " in f"{sentence} " for sentence in refused) != plain, (place, refused)
    for place, change in LATER_CHECKS.items():
        assert sentences(study, change(name)), place


@pytest.mark.parametrize("kind", ANY)
def test_a_path_of_the_data_is_kept_or_refused(kind, nothing_runs):
    name = ANY[kind]
    if "\x00" not in name and "/" not in name:
        (nothing_runs / name).mkdir(exist_ok=True)
        assert sentences(check_path, name) or expanded_path(name) == name
    for path in (name, f"data/{name}", f"{name}/x"):
        if not sentences(check_path, path) and not sentences(expanded_path, path):
            assert not set("{}<>\n\t") & set(path)


@pytest.mark.parametrize("kind", ANY)
def test_a_folder_of_the_project_is_allowed_or_refused(kind):
    sentence = fault(f"/home/{ANY[kind]}/project")
    risky = re.search(r'["$`\\:{}\[\]]|[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]', ANY[kind])
    assert bool(sentence) == bool(risky)
    assert sentence is None or ("\n" not in sentence and "expected" in sentence)


def picture(rng):
    """The bytes of a small picture."""
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def names(folder):
    """The names of the classes of a data set, or the sentences that refuse it."""
    classes = []
    refused = sentences(lambda: classes.extend(read_splits(str(folder), 0)["train"].class_names))
    return refused or classes


POSSIBLE = {kind: name for kind, name in ANY.items() if not {"/", "\x00"} & set(name) and name != ".."}


@pytest.mark.parametrize("kind", POSSIBLE)
def test_folders_and_files_of_pictures_may_have_any_name(kind, nothing_runs, rng):
    name, content = POSSIBLE[kind], picture(rng)
    for split in ("train", "test"):
        for label in (name, "plain"):
            (nothing_runs / "data" / split / label).mkdir(parents=True)
            for number in range(3):
                (nothing_runs / "data" / split / label / f"{name}{number}.png").write_bytes(content)
    result = names(nothing_runs / "data")
    expected = sorted([unicodedata.normalize("NFC", name), "plain"])
    assert sorted(result) == expected or all("expected" in sentence for sentence in result)


@pytest.mark.parametrize("kind", ANY)
def test_a_configuration_may_give_classes_any_printable_name(kind, nothing_runs):
    raw_forms.write_idx(nothing_runs)
    given = [ANY[kind], "plain", "other"]
    found = []

    def read():
        stated = study({"classes": given})["classes"]
        found.extend(read_splits(str(nothing_runs), 0, stated)["train"].class_names)

    refused = sentences(read)
    assert bool(refused) == (not ANY[kind] or bool(UNPRINTABLE.search(ANY[kind])) or len(ANY[kind]) > 200)
    assert refused or found == [unicodedata.normalize("NFC", name) for name in given]


@pytest.mark.parametrize("packed", ["zip", "tar"])
@pytest.mark.parametrize("kind", [kind for kind in ANY if "\x00" not in ANY[kind]])
def test_members_of_archives_may_have_any_name_and_none_is_unpacked(kind, packed, nothing_runs, rng):
    name, path = ANY[kind], nothing_runs / f"data.{packed}"
    content = nothing_runs / "one.png"
    content.write_bytes(picture(rng))
    members = [f"{split}/{label}/{n}.png" for split in ("train", "test") for label in (name, "plain") for n in range(3)]
    if packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for member in members:
                archive.write(content, member)
    else:
        with tarfile.open(path, "w") as archive:
            for member in members:
                archive.add(content, member)
    before = sorted(nothing_runs.iterdir())
    result = names(path)
    assert result
    assert sorted(nothing_runs.iterdir()) == before
    assert "plain" in result or all("expected" in sentence for sentence in result)


@pytest.mark.parametrize("kind", ANY)
def test_names_of_classes_in_arrays_may_be_any_text(kind, nothing_runs, rng):
    (nothing_runs / "data").mkdir()
    labels = np.array([1, 2] * 3)
    for split in ("train", "test"):
        contents = {
            "X": rng.integers(0, 256, (6, 48), dtype=np.uint8),
            "y": labels,
            "class_names": [ANY[kind], "plain"],
        }
        (nothing_runs / "data" / f"{split}.pk").write_bytes(pickle.dumps(contents))
    assert names(nothing_runs / "data") == [unicodedata.normalize("NFC", ANY[kind]), "plain"]
