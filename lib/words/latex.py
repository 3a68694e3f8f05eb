"""LaTeX for generated numbers: formats, macros and tables. siunitx formats numbers as the document sets it up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from math import ceil

import pandas as pd

_SPECIAL = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%$#_{}"},
        **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
        **{"<": r"\textless{}", ">": r"\textgreater{}", "\u00a0": "~"},
    }
)
_SPACE = re.compile(r"[\t-\r\x85\u2028\u2029]+")  # ends of lines, and tabulators

GROUPED = 10_000  # from here on digits are in groups of three
MISSING = "–"  # in place of NaN, which siunitx refuses


def escape(text: str) -> str:
    """Return plain text as LaTeX text of one paragraph, in which no character is a command, a comment or a formula.

    Ends of lines become spaces, and a letter with its accents becomes one character.
    """
    line = _SPACE.sub(" ", unicodedata.normalize("NFC", text))
    latex = re.sub(r"-(?=-)", "-{}", line.translate(_SPECIAL))  # two of them would be a dash in bookmarks
    # At the beginning of a table's row, LaTeX would take either sign for an argument of the previous row's end.
    return re.sub(r"^[*\[]", r"{\g<0>}", latex)


def _num(text: str) -> str:
    """Return a formatted number as LaTeX sets it, a dash for NaN."""
    return MISSING if "nan" in text else f"\\num{{{text}}}"


def integer(value: float) -> str:
    """Return a whole number, with thin spaces between groups of three digits where it is large."""
    text = f"{value:.0f}"
    return text if 0 <= value < GROUPED else _num(text)


def scientific(value: float, digits: int = 1) -> str:
    """Return a number in powers of ten, such as 2.1 times 10 to the -9."""
    mantissa, _mark, exponent = f"{value:.{digits}e}".partition("e")
    return _num(f"{mantissa}e{int(exponent)}" if exponent else mantissa)


def fixed(value: float, digits: int) -> str:
    """Return a number with so many decimals and a proper minus sign; what rounds to 0 has no sign."""
    return _num(f"{value:z.{digits}f}")


def signed(value: float, digits: int) -> str:
    """Return a number with so many decimals and its sign, plus or minus."""
    return _num(f"{value:+z.{digits}f}")


def percent(fraction: float, digits: int = 1) -> str:
    """Return a fraction as a percentage."""
    value = f"{100 * fraction:z.0f}" if digits == 0 else fixed(100 * fraction, digits)
    return MISSING if fraction != fraction else f"{value}\\,\\%"


def p_value(value: float, at_most: bool = False) -> str:
    """Return ``p = ...`` to three decimals, or ``p < 0.001``.

    at_most: whether the value is an upper bound, which is rounded up and written with ≤.
    """
    equal = "\\le" if at_most else "="
    value = ceil(round(1000 * value, 6)) / 1000 if at_most and value >= 0.001 else value
    relation = "< \\num{0.001}" if value < 0.001 else f"{equal} {fixed(value, 3)}"
    return f"\\ensuremath{{p {relation}}}"


def number(value: float) -> str:
    """Return a setting with all its digits as a reader would write it: 0.01, 3, or a power of ten if small.

    Twelve digits count: the mean of equal settings may differ from them by rounding.
    """
    if value != value:
        return MISSING
    value = float(f"{value:.12g}")
    if value == 0 or 1e-3 <= abs(value) < 1e16:
        return _num(repr(value).removesuffix(".0"))
    mantissa, _mark, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return _num(f"{mantissa}e{int(exponent)}")


def significant_digits(value: float, digits: int) -> str:
    """Return a number with at most so many significant digits, such as an error."""
    return _num(f"{value:.{digits}g}")


def macros(values: Mapping[str, str]) -> str:
    """Return definitions of macros, whose names are letters only. Raises ValueError for another name."""
    for name in values:
        if not name.isalpha():
            raise ValueError(f"macro is named {name!r}, expected letters only")
    return "".join(f"\\newcommand{{\\{name}}}{{{value}}}\n" for name, value in values.items())


LEFT = ">{\\raggedright\\arraybackslash}p"  # a column of paragraphs, to which {width} is added


def table(cells: pd.DataFrame, columns: str, over_pages: bool = False) -> str:
    """Return a tabular with horizontal rules of booktabs; the cells are LaTeX already, the headings plain text.

    over_pages: whether it may continue on the next page, which is then a longtable.
    """
    kind, ends_head = ("longtable", "\\endhead\n") if over_pages else ("tabular", "")
    heading = " & ".join(escape(str(name)) for name in cells.columns)
    rows = "".join(" & ".join(map(str, row)) + " \\\\\n" for row in cells.itertuples(index=False))
    return (
        f"\\begin{{{kind}}}{{{columns}}}\n\\toprule\n{heading} \\\\\n\\midrule\n{ends_head}{rows}"
        f"\\bottomrule\n\\end{{{kind}}}\n"
    )
