"""The notebook in version control has no outputs, and a run adds nothing about the machine but what cells print."""

import json
import logging
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lib.base.errors import StudyError
from lib.hand_in.notebook import QUESTIONS, TASKS, execute, for_study, translated, with_parameters
from lib.words.language import use

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "workflow" / "notebooks").glob("*.ipynb"))


def notebook(*sources):
    """A notebook with a cell a source, called a, b, ..., the first of which has the parameters."""
    cells = [new_code_cell(source, id=chr(ord("a") + number)) for number, source in enumerate(sources)]
    cells[0].metadata["tags"] = ["parameters"]
    return new_notebook(cells=cells)


def printed(done):
    """What the cells of an executed notebook have printed."""
    return [output["text"] for cell in done.cells for output in cell.get("outputs", ()) if output["name"] == "stdout"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_kept_without_outputs(path):
    kept = nbformat.read(path, as_version=4)
    nbformat.validate(kept)
    assert kept.metadata.language_info.name == "python"
    assert kept.metadata.kernelspec.name == "python3"
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert code
    for cell in code:
        assert cell.outputs == []
        assert cell.execution_count is None
    assert {key for cell in kept.cells for key in cell.metadata} == {"tags"}
    assert "/home/" not in path.read_text(encoding="utf-8")


@pytest.fixture
def russian():
    use(ROOT / "report" / "ru.po")
    yield
    use()


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_in_russian_all_prose_is_russian_and_all_code_the_same(path):
    kept = nbformat.read(path, as_version=4)
    done = translated(kept)
    for before, after in zip(kept.cells, done.cells, strict=True):
        if before.cell_type == "code":
            assert after == before
            continue
        assert re.findall(r"\$\$.*?\$\$", after.source) == re.findall(r"\$\$.*?\$\$", before.source)
        for paragraph in after.source.split("\n\n"):
            words = re.sub(r"`[^`]*`|\$\$.*\$\$|\$[^$]*\$|L-BFGS|SHA-256", "", paragraph)
            assert re.search("[а-яё]", words, re.IGNORECASE) or not words, f"{before.id}: {paragraph}"
            assert not re.search("[A-Za-z]{3}", words), f"{before.id}: {paragraph}"


def test_a_study_has_the_cells_of_its_kind():
    kept = nbformat.read(NOTEBOOKS[0], as_version=4)
    tasks, questions = (for_study(kept, answers) for answers in (True, False))
    for found, other in ((tasks, QUESTIONS), (questions, TASKS)):
        nbformat.validate(found)
        assert found.cells[0].source.startswith("# ")
        assert not any(other in cell.metadata.get("tags", []) for cell in found.cells)
    prose = "\n".join(cell.source for cell in questions.cells if cell.cell_type == "markdown")
    assert not re.search("twelve|Task|Part I", prose)
    assert "twelve" in "\n".join(cell.source for cell in tasks.cells)
    for shared in ("parameters", "helpers", "data", "experiment", "further"):
        assert all(shared in [cell.id for cell in found.cells] for found in (tasks, questions))


def test_in_english_nothing_is_translated():
    kept = nbformat.read(NOTEBOOKS[0], as_version=4)
    assert translated(kept) == kept


def test_parameters_follow_the_cell_with_their_defaults():
    source = notebook("x = 1\ny = 'a'", "print(x, y)")
    found = with_parameters(source, {"x": 2})
    assert [cell.source for cell in found.cells] == ["x = 1\ny = 'a'", "x = 2", "print(x, y)"]
    assert found.cells[1].metadata.tags == ["injected-parameters"]
    again = with_parameters(found, {"x": "it's", "y": [1, 2]})
    assert again.cells[1].source == 'x = "it\'s"\ny = [1, 2]'
    assert len(again.cells) == 3
    assert len(source.cells) == 2, "the argument stays as it was"


def test_parameters_need_one_cell_for_their_defaults():
    with pytest.raises(ValueError, match="0 cells are tagged parameters, expected one"):
        with_parameters(new_notebook(cells=[new_markdown_cell("# Title")]), {"x": 2})


def test_cells_are_run_by_this_interpreter_without_the_settings_of_the_user(tmp_path, monkeypatch):
    kernel = tmp_path / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "Another Python", "language": "python"}))
    startup = tmp_path / "profile_default" / "startup" / "00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("mine = 'of the profile'\n")
    (tmp_path / "start.py").write_text("mine = 'of Python'\n")
    (tmp_path / "beside.py").write_text("name = 'beside'\n")
    for name, place in (("JUPYTER_PATH", ""), ("IPYTHONDIR", ""), ("PYTHONSTARTUP", "start.py")):
        monkeypatch.setenv(name, str(tmp_path / place))
    source = notebook(
        "import sys, os, beside", "print(sys.executable)", "print('mine' in globals())", "print(beside.name)"
    )
    done = execute(source, "source", folder=ROOT / "lib", path=tmp_path)
    assert printed(done) == [f"{sys.executable}\n", "False\n", "beside\n"]
    assert [cell.execution_count for cell in done.cells] == [1, 2, 3, 4]
    assert all(cell.metadata.keys() <= {"tags"} for cell in done.cells), "no moments of time"
    assert source.cells[1].outputs == [], "the argument stays as it was"
    assert nbformat.writes(done) == nbformat.writes(execute(done, "source", folder=ROOT / "lib", path=tmp_path))


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("raise ValueError('first\\nsecond')", "ends with ValueError: first, expected"),
        ("import os; os._exit(1)", "ends with Kernel died, expected"),
    ],
)
def test_a_failing_cell_is_a_sentence_and_its_traceback_is_logged(cell, sentence, caplog):
    source = notebook("x = 1", cell, "print('not run')")
    with caplog.at_level(logging.INFO), pytest.raises(StudyError) as raised:
        execute(source, "study.ipynb")
    assert str(raised.value) == f"study.ipynb: cell 2 (b) {sentence} it to run"
    if "ValueError" in cell:
        assert "Traceback (most recent call last)" in caplog.text
        assert "second" in caplog.text
        assert "\x1b" not in caplog.text
