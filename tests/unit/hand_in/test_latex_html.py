"""HTML tables have the cells of the LaTeX tables that they come from."""

import re
import unicodedata
from html import escape as escaped
from pathlib import Path

import pandas as pd
import pytest

from lib.hand_in.latex_html import html
from lib.words.language import use
from lib.words.latex import escape, fixed, integer, scientific, table
from tests.unit.hostile import ALL


def cells(latex):
    """The HTML of one cell."""
    text = html(table(pd.DataFrame({"a": [latex]}), "l"))
    return text.split("<td")[1].split(">", 1)[1].rsplit("</td>", 1)[0]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (integer(27_648), "27\u202f648"),
        (fixed(-1.25, 1), "−1.2"),
        (scientific(2.1e-9), "2.1×10<sup>−9</sup>"),
        (f"{fixed(48.2, 1)} [{fixed(45.1, 1)}, {fixed(51.3, 1)}]", "48.2 [45.1, 51.3]"),
        ("1.0 \\ensuremath{\\pm} 0.5", "1.0 ± 0.5"),
        ("\\ensuremath{p \\le \\num{0.001}}", "p\u00a0≤\u00a00.001"),
        ("\\ensuremath{96\\times96\\times3}", "96×96×3"),
        ("\\ensuremath{-3.5}\\textsuperscript{*}", "−3.5<sup>*</sup>"),
        ("\\texttt{train\\_X.bin} (\\texttt{0a1b...})", "train_X.bin (0a1b...)"),
        ("\\ensuremath{\\rho = \\num{0.01}}, stride \\num{8}", "ρ\u00a0=\u00a00.01, stride 8"),
        ("\\num{1e-04} and \\num{2.5e3}", "10<sup>−4</sup> and 2.5×10<sup>3</sup>"),
        ("100–120", "100–120"),
        ("“a” –", "“a” –"),
        (escape("50 % & <b> $_{x}$ ~^ #1"), "50 % &amp; &lt;b&gt; $_{x}$ ~^ #1"),
    ],
)
def test_cells_read_as_they_are_typeset(latex, expected):
    assert cells(latex) == expected


@pytest.mark.parametrize("kind", ALL)
def test_text_of_users_reads_as_they_wrote_it(kind):
    text = " ".join(re.split("[\t-\r\x85\u2028\u2029]+", unicodedata.normalize("NFC", ALL[kind])))
    expected = escaped(text, quote=False)
    assert cells(escape(ALL[kind])) == expected
    assert cells(rf"\texttt{{{escape(ALL[kind])}}} ({integer(27_648)})") == f"{expected} (27\u202f648)"


def test_numbers_have_the_decimal_mark_of_the_language():
    use(Path(__file__).parents[3] / "report" / "ru.po")
    try:
        assert cells(fixed(-1.25, 1)) == "−1,2"
        assert cells("\\num{2.5e3}, \\num{1.0e-4}") == "2,5×10<sup>3</sup>, 10<sup>−4</sup>"
    finally:
        use()


def test_rows_columns_and_alignment_stay():
    frame = pd.DataFrame({"setting": ["a", "b"], "accuracy (%)": ["1", "2"], "c": ["x", "y"]})
    assert html(table(frame, "p{0.24\\linewidth}rc")) == (
        '<table class="tex2jax_ignore mathjax_ignore">\n<thead>\n'
        '<tr><th style="text-align: left">setting</th><th style="text-align: right">accuracy (%)</th>'
        '<th style="text-align: center">c</th></tr>\n'
        "</thead>\n<tbody>\n"
        '<tr><td style="text-align: left">a</td><td style="text-align: right">1</td>'
        '<td style="text-align: center">x</td></tr>\n'
        '<tr><td style="text-align: left">b</td><td style="text-align: right">2</td>'
        '<td style="text-align: center">y</td></tr>\n'
        "</tbody>\n</table>"
    )


def test_a_table_without_rows_has_its_heading():
    assert "<tbody>\n</tbody>" in html(table(pd.DataFrame({"a": []}), "l"))


def test_other_text_is_refused():
    with pytest.raises(ValueError, match="the table begins with 'text', expected"):
        html("text")
