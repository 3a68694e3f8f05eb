"""Fonts for text in any script: their files, the characters that each has, and the font of every character.

The first font is the one of the report and the figures. The others replace it for characters that it lacks; they come
from small packages, and each character takes the first of them that has it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fontTools.unicodedata import script as script_of
from matplotlib.font_manager import findSystemFonts
from matplotlib.ft2font import FT2Font

# Names of files without their suffix.
SERIF = {("m", "n"): "cmunrm", ("m", "it"): "cmunti", ("bx", "n"): "cmunbx", ("bx", "it"): "cmunbi"}
MONO = {("m", "n"): "cmuntt", ("m", "it"): "cmunit", ("bx", "n"): "cmuntb"}
# The alphabets of the world and mathematics; Chinese and Japanese; emoji; everything else, in dots.
_DROID, _SYMBOLS = ("DroidSansFallbackFull", "DroidSansFallback"), ("Symbola_hint", "Symbola")
OTHERS = ("FreeSerif", *_DROID, *_SYMBOLS, "unifont", "unifont_upper")

# Control characters, halves of pairs, private use and separators look like nothing in every font.
SHAPELESS = {"Cc", "Cs", "Co", "Zl", "Zp"}
JOINERS = {*map(ord, "\u00ad\u200c\u200d\u2060"), *range(0xFE00, 0xFE10)}  # they change their neighbours, if anything


@contextmanager
def _without_noise() -> Iterator[None]:
    """Silence the programs that the block starts: fontconfig complains of what no font needs, such as its cache."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@cache
def _system_files() -> dict[str, Path]:
    with _without_noise():
        return {Path(path).stem: Path(path) for path in sorted(findSystemFonts(), reverse=True)}


@cache
def file_of(name: str) -> Path | None:
    """Return the file of a font of the system or of TeX, given its name without the suffix; None if not found."""
    if found := _system_files().get(name):
        return found
    for suffix in (".otf", ".ttf"):
        try:
            process = subprocess.run(["kpsewhich", name + suffix], capture_output=True, text=True)
        except OSError:
            return None
        if process.stdout.strip():
            return Path(process.stdout.strip())
    return None


@cache
def characters_of(file: Path) -> frozenset[int]:
    """Return the code points that a font has a glyph for."""
    return frozenset(FT2Font(str(file)).get_charmap())


def write_subset(file: Path, characters: Iterable[str], target: Path) -> None:
    """Write a font with these characters and the glyphs that their script may need for them, such as ligatures."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it logs every step
    options = subset.Options(layout_features=["*"], notdef_outline=True, drop_tables=["FFTM", "PfEd", "TeX "])
    font = subset.load_font(str(file), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def others() -> dict[str, Path]:
    """Return the installed fonts for characters that the first one lacks, by name."""
    return {name: file for name in OTHERS if (file := file_of(name))}


def shapeless(character: str) -> bool:
    """Return whether no font can show a character, so that it needs a substitute."""
    category = unicodedata.category(character)
    return category in SHAPELESS or (category == "Cf" and ord(character) not in JOINERS)


class Run(NamedTuple):
    """Text in one font and script. font: its name, "" for the first font, None for a character that no font has."""

    text: str
    font: str | None
    script: str = ""


def runs(text: str, own: Collection[int], other: Mapping[str, Collection[int]]) -> Iterator[Run]:
    """Yield the parts of a text, each with the font that it needs.

    own: code points of the first font. other: code points of the other fonts by name, in the order in which they are
    tried. The script is the ISO 15924 code in small letters, "" where a part belongs to no script. Marks and joiners
    stay with the character before them if its font has them; joiners that no font has are left out.
    """
    fonts = {"": own} | dict(other)
    run: Run | None = None
    for character in text:
        code = ord(character)
        kept = run is not None and run.font is not None and code in fonts[run.font]
        found: str | None
        if shapeless(character):
            found = None
        elif code in JOINERS and not kept:
            continue
        elif run and kept and (code in JOINERS or unicodedata.combining(character)):
            found = run.font
        else:
            found = next((name for name, characters in fonts.items() if code in characters), None)
        script = script_of(character).lower() if found else ""
        script = "" if script in ("zyyy", "zinh", "zzzz") else script
        if run and found is not None and run.font == found and (script in ("", run.script) or not run.script):
            run = Run(run.text + character, found, run.script or script)
            continue
        if run:
            yield run
        run = Run(character, found, script)
    if run:
        yield run
