"""Every character has a font, or is known to have none."""

import pytest
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from lib.words.fonts import Run, characters_of, file_of, runs, shapeless, write_subset

OWN = {*map(ord, "abc \u0301")}
OTHER = {"first": {*map(ord, "bλאब\u093f汉\u200d")}, "second": {*map(ord, "λ😀\ufe0f")}}


def parts(text):
    return [(run.text, run.font) for run in runs(text, OWN, OTHER)]


def test_a_character_takes_the_first_font_that_has_it():
    assert parts("abλ😀c") == [("ab", ""), ("λ", "first"), ("😀", "second"), ("c", "")]
    assert parts("") == []


def test_a_character_of_no_font_stands_alone():
    assert parts("a\x07\x07漢b") == [("a", ""), ("\x07", None), ("\x07", None), ("漢", None), ("b", "")]


def test_scripts_do_not_share_a_part():
    assert list(runs("אब\u093f汉", OWN, OTHER)) == [
        Run("א", "first", "hebr"),
        Run("ब\u093f", "first", "deva"),
        Run("汉", "first", "hani"),
    ]


def test_joiners_stay_with_the_font_before_them_or_go():
    assert parts("ब\u200da\u200d") == [("ब\u200d", "first"), ("a", "")]
    assert parts("\ufe0f😀\ufe0fa\ufe0f") == [("😀\ufe0f", "second"), ("a", "")]


@pytest.mark.parametrize("character", "\x00\x1f\x7f\x85\u2028\ue000\U000f0000\ud800\u202e\u200e\ufeff")
def test_what_cannot_be_seen_has_no_shape(character):
    assert shapeless(character)


@pytest.mark.parametrize("character", " aλ汉😀\u00a0\u0301\u200d\u00ad")
def test_what_can_be_seen_or_joins_has_one(character):
    assert not shapeless(character)


def test_a_subset_has_the_characters_that_were_asked_for(tmp_path):
    write_subset(findfont("DejaVu Sans"), ["λ", "é", "汉"], tmp_path / "part.ttf")
    assert {ord("λ"), ord("é")} <= characters_of(tmp_path / "part.ttf") < characters_of(findfont("DejaVu Sans"))
    assert FT2Font(str(tmp_path / "part.ttf")).num_glyphs < 20


def test_a_font_that_is_not_installed_has_no_file():
    assert file_of("no-such-font") is None
