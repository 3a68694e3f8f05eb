"""LuaLaTeX typesets text in any script, reads no value as a command, and gives the same bytes again."""

import re
import shutil
import subprocess
import unicodedata

import pandas as pd
import pytest

from lib.base.errors import StudyError
from lib.report import typesetting
from lib.report.sections import configuration_listing
from lib.report.typesetting import typeset
from lib.words import fonts
from lib.words.fonts import JOINERS
from lib.words.latex import escape, macros, table
from tests.unit.hostile import ALL, LETTERS, MARKUP, SHAPELESS
from tests.unit.study.test_validation import CONFIG

REPORT = CONFIG.parent / "report"
BEGINNING = r"""\pdfvariable suppressoptionalinfo 512
\input{fonts}
\documentclass{article}
\usepackage[english]{babel}
\usepackage{microtype,booktabs}
"""
DOCUMENT = (
    BEGINNING
    + r"""\usepackage[hidelinks]{hyperref}
\input{letters}
\input{numbers}
\hypersetup{pdftitle={\ReportTitle}}
\title{\ReportTitle}
\author{\ReportTitle}
\begin{document}
\maketitle
\section{\ReportTitle}
\begin{table}\footnotesize\input{cells}\caption{\ReportTitle}\end{table}
\texttt{\ReportTitle}
\input{configuration}
\end{document}
"""
)
SHORT = (
    BEGINNING
    + r"""\newcommand{\texorpdfstring}[2]{#1}
\input{letters}
\input{numbers}
\begin{document}
\ReportTitle
\input{cells}
\end{document}
"""
)


def contents(folder, values, document=DOCUMENT):
    """The files of a small document that has the values in every place where the report has values."""
    folder.mkdir(exist_ok=True)
    names = [escape(value) for value in values]
    cells = pd.DataFrame({"name": names, "file": [rf"\texttt{{{name}}}" for name in names]})
    texts = {
        "document.tex": document,
        "numbers.tex": macros({"ReportTitle": escape(" ".join(values))}),
        "cells.tex": table(cells, "p{5cm}p{5cm}"),
        "configuration.tex": configuration_listing({"report": {"title": " ".join(values), "list": list(values)}}),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: str(folder / name) for name in texts} | {"letters.tex": str(REPORT / "letters.tex")}


def text_of(pdf):
    """The text of a PDF without spaces, accents as one character with their letter."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext not found, expected to read the PDF; install it by: apt-get install poppler-utils")
    text = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], capture_output=True, check=True).stdout.decode("utf-8")
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def words_of(kinds):
    return [word for text in kinds for word in unicodedata.normalize("NFKC", text).split()]


def test_text_in_any_script_is_typeset_and_none_is_read_as_a_command(tmp_path, caplog):
    """One run for all of it: LaTeX takes seconds."""
    typeset(contents(tmp_path, ALL.values()), "document.tex", str(tmp_path / "document.pdf"))
    assert (tmp_path / "document.pdf").read_bytes().startswith(b"%PDF")
    logged = [record.getMessage() for record in caplog.records if record.name == "study"]
    assert [message for message in logged if not message.startswith("Overfull")] == [], "no character is missing"
    text = text_of(tmp_path / "document.pdf")
    # Whoever reads a PDF gives parts of other directions and shapes back in one order or another.
    shaped = ("right to left", "Indic and Thai", "emoji")
    for word in words_of([*(LETTERS[kind] for kind in LETTERS if kind not in shaped), *MARKUP.values()]):
        assert word in text, word
    for character in "".join(LETTERS[kind] for kind in shaped):
        assert ord(character) in JOINERS or character == " " or character in text, character
    for character in "".join(SHAPELESS.values()):
        assert character in "abcd" or f"U+{ord(character):04X}" in text


def test_a_second_run_in_another_folder_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    for name in ("first", "second"):
        files = contents(tmp_path / name, ["λ ≥ 汉字", "العربية", "Ёлкин"], SHORT)
        typeset(files, "document.tex", str(tmp_path / f"{name}.pdf"))
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()
    assert not (tmp_path / "nowhere").exists()


def test_an_error_of_latex_is_one_sentence(tmp_path):
    (tmp_path / "document.tex").write_text(
        r"\input{fonts}\documentclass{article}\begin{document}\undefined\end{document}"
    )
    with pytest.raises(StudyError, match=r"^document.tex: LaTeX stopped \(.*Undefined control sequence.*\), expected"):
        typeset({"document.tex": str(tmp_path / "document.tex")}, "document.tex", str(tmp_path / "document.pdf"))
    assert not (tmp_path / "document.pdf").exists()


def test_a_missing_font_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "file_of", lambda name: None)
    with pytest.raises(StudyError, match=r"^cmunrm, .*: fonts not found, expected CMU \(fonts-cmu\) .*`make latex`"):
        typesetting.Letters()


def test_without_other_fonts_characters_stand_as_their_codes(monkeypatch):
    monkeypatch.setattr(fonts, "others", dict)
    letters = typesetting.Letters()
    assert letters.set("Ёлка é λ 漢🧿 \x07") == r"Ёлка é λ \nofont{6F22}\nofont{1F9FF} \nofont{0007}"
    assert letters.families == {}
