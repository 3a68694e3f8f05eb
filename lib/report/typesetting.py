"""LaTeX in a clean folder: the same sources give the same bytes, in any script."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Mapping
from itertools import product
from pathlib import Path

from lib.base.errors import StudyError
from lib.words import fonts

logger = logging.getLogger("study")
_PROBLEM = re.compile(r"^(!.*|LaTeX Warning: (?:Reference|Citation).*|Overfull .*|Missing character.*)", re.MULTILINE)
_NOISE = re.compile(r"luaotfload|fontconfig|texmf.*(?:fonts?|map)\b", re.IGNORECASE)  # which fonts were loaded
_UNUSUAL = re.compile(r"[^\n\t -~]+")
_WIDE = ("W", "F")  # characters between which a line may break
_RIGHT_TO_LEFT = ("R", "AL")
FEATURES = "mode=node;script=latn;language=dflt;+kern;+liga;"
# luaotfload would otherwise look through all fonts of the machine before the first page.
SETTINGS = "[db]\nupdate-live = false\n"


def _own_fonts() -> dict[str, Path]:
    """Return the files of the report's own fonts by name. Raises StudyError if one is not installed."""
    names = [*fonts.SERIF.values(), *fonts.MONO.values()]
    found = {name: file for name in names if (file := fonts.file_of(name))}
    if missing := [name for name in names if name not in found]:
        raise StudyError(
            f"{', '.join(missing)}: fonts not found, expected CMU (fonts-cmu) to typeset the report; "
            "`make latex` installs them or says how"
        )
    return found


def _family(font: str, script: str) -> str:
    return f"{font}-{script}" if script else font


class Letters:
    """The fonts that the texts of a document need; texts get a command around characters that the first font lacks."""

    def __init__(self) -> None:
        self.files = _own_fonts()
        self.others = fonts.others()
        self.own = frozenset.intersection(*map(fonts.characters_of, self.files.values()))
        self.characters = {name: fonts.characters_of(file) for name, file in self.others.items()}
        self.families: dict[str, tuple[str, str]] = {}  # the font and script of those that are used
        self.needed: dict[str, set[str]] = {}  # the characters that they are used for
        self.right_to_left = False

    def _run(self, run: fonts.Run) -> str:
        self.right_to_left |= any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in run.text)
        if run.font == "":
            return run.text
        if run.font is None:
            return f"\\nofont{{{ord(run.text):04X}}}"
        family = _family(run.font, run.script)
        self.families[family] = (run.font, run.script)
        self.needed.setdefault(run.font, set()).update(run.text)
        broken = "".join(
            f"\\maybreak{{}}{one}" if place and unicodedata.east_asian_width(one) in _WIDE else one
            for place, one in enumerate(run.text)
        )
        return f"\\otherfont{{{family}}}{{{broken}}}"

    def set(self, text: str) -> str:
        """Return LaTeX text with a command around characters that the first font lacks: another font, or their code."""
        return _UNUSUAL.sub(
            lambda found: "".join(map(self._run, fonts.runs(found.group(), self.own, self.characters))), text
        )

    def used(self) -> dict[str, Path]:
        """Return the files of all fonts of the document by name."""
        return self.files | {font: self.others[font] for font, _ in self.families.values()}

    def definitions(self) -> str:
        """Return what the document reads before anything else: its families of fonts, by their files."""
        lines = [self._shape("cmu", *shape, name, FEATURES) for shape, name in fonts.SERIF.items()]
        lines += [self._shape("cmutt", *shape, name, FEATURES) for shape, name in fonts.MONO.items()]
        # The bibliography is written by BibTeX, which knows dashes and quotation marks of ASCII only.
        lines += [self._shape("cmubib", *shape, name, f"{FEATURES}+tlig;") for shape, name in fonts.SERIF.items()]
        lines += [_declared("cmu", "b", shape, f"<->ssub*cmu/bx/{shape}") for shape in ("n", "it")]
        for family, (font, script) in sorted(self.families.items()):
            lines.append(self._shape(family, "m", "n", font, f"mode=harf;{f'script={script};' if script else ''}"))
            others = product(("m", "b", "bx"), ("n", "it"))
            lines += [_declared(family, *shape, f"<->ssub*{family}/m/n") for shape in others if shape != ("m", "n")]
        # The family is chosen here, before the class would load the standard one.
        lines.append("\\renewcommand{\\rmdefault}{cmu}\\renewcommand{\\ttdefault}{cmutt}\\fontfamily{cmu}\n")
        if self.right_to_left:
            lines.append("\\PassOptionsToPackage{bidi=basic}{babel}\n")
        names = ("cmu", "cmutt", "cmubib", *self.families)
        return "".join([*(f"\\DeclareFontFamily{{TU}}{{{name}}}{{}}\n" for name in names), *lines])

    def _shape(self, family: str, series: str, shape: str, font: str, features: str) -> str:
        file = f"{font}{self.used()[font].suffix}"  # without its suffix luaotfload would look for a name
        return _declared(family, series, shape, f'<->"[fonts/{file}]:{features}"')

    def write(self, folder: Path) -> None:
        """Write the fonts into a new folder, from which the definitions load them.

        Of the other fonts only the characters of the texts are written: whole fonts would take a gigabyte of memory.
        """
        folder.mkdir()
        for name, file in self.used().items():
            target = folder / f"{name}{file.suffix}"
            if name in self.needed:
                fonts.write_subset(file, self.needed[name], target)
            else:
                target.symlink_to(file.resolve())


def _declared(family: str, series: str, shape: str, how: str) -> str:
    return f"\\DeclareFontShape{{TU}}{{{family}}}{{{series}}}{{{shape}}}{{{how}}}{{}}\n"


def _fill(folder: Path, contents: Mapping[str, str]) -> None:
    """Copy the files of a document under their names, with the fonts that their texts need."""
    letters = Letters()
    for target, source in contents.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix == ".tex":
            place.write_text(letters.set(Path(source).read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copy(source, place)
    letters.write(folder / "fonts")
    (folder / "fonts.tex").write_text(letters.definitions(), encoding="utf-8")
    (folder / "luaotfload.conf").write_text(SETTINGS, encoding="utf-8")


def typeset(contents: Mapping[str, str], document: str, pdf: str) -> None:
    """Copy files under the given names into an empty folder and typeset the document there by LuaLaTeX.

    contents: paths by the names that the document knows them by. The document reads ``fonts.tex`` before its class:
    it declares and chooses the fonts. The document defines ``\\otherfont{family}{text}``, ``\\maybreak`` (between two
    characters where a line may end) and ``\\nofont{code}`` (of a character that no font has). LaTeX cannot start
    programs. The date is fixed, so that a second run gives the same PDF. Nothing is written outside of the folder.

    Raises StudyError with LaTeX's own first error if it finds one, or if latexmk or a font is not installed.
    """
    if shutil.which("latexmk") is None:
        raise StudyError(
            "latexmk: not found, expected LaTeX to typeset the report; `make latex` installs it or says how"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder, contents)
        command = ["latexmk", "-norc", "-lualatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"]
        environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
        environment |= dict.fromkeys(("TEXMFVAR", "TEXMFCACHE", "TEXMFHOME", "TEXMFCONFIG"), str(folder / "texmf"))
        command += ["-file-line-error", document]
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
        log = (folder / document).with_suffix(".log")
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else run.stdout + run.stderr
        for problem in _PROBLEM.findall(text):
            logger.warning(problem)
        if run.returncode:
            said = [line for line in run.stdout.splitlines() if not _NOISE.search(line)]
            logger.info("the last lines of latexmk:\n%s", "\n".join(said)[-4000:])
            found = re.search(r"^(?:!|\S+:\d+:) .*", text, re.MULTILINE)
            reason = found.group() if found else "see its lines in the log"
            raise StudyError(f"{document}: LaTeX stopped ({reason}), expected it to typeset")
        shutil.copy((folder / document).with_suffix(".pdf"), pdf)
