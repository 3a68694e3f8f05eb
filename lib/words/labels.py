"""Labels of settings as people read them. In tables they are English, whatever language the report speaks."""

from __future__ import annotations

import re

from lib.words.language import _, decimal_mark, ngettext
from lib.words.latex import escape

_SYMBOLS = {"rho": r"\rho", "lambda": r"\lambda", "beta": r"\beta"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def _number(text: str, latex: bool) -> str:
    """A number as it stands in labels, for LaTeX or for Matplotlib."""
    if latex:
        return f"\\num{{{text}}}"
    mantissa, _e, exponent = text.partition("e")
    mantissa = mantissa.replace(".", decimal_mark())
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else f"${mantissa} \\times {power}$"


def _setting(text: str, latex: bool) -> str:
    """One setting of a label: the name of a number is translated or becomes its symbol, words are translated."""
    name, _space, value = text.rpartition(" ")
    if match := re.fullmatch(r"(\d+) units", text):
        count = int(match[1])
        return ngettext("{count} unit", "{count} units", count).format(count=count)
    if name and _NUMBER.fullmatch(value):
        if symbol := _SYMBOLS.get(name):
            equals = f"{symbol} = {_number(value, latex).strip('$')}"
            return f"\\ensuremath{{{equals}}}" if latex else f"${equals}$"
        name = _(name)
        return f"{escape(name) if latex else name} {_number(value, latex)}"
    return escape(_(text)) if latex else _(text)


_SIGNS = {r"$\rho": "$ρ", r"$\lambda": "$λ", r"$\beta": "$β", r" \times ": " × "}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unformatted(text: str) -> str:
    """Text of Matplotlib with plain characters instead of formulas, as `words` writes them."""
    for sign, character in _SIGNS.items():
        text = text.replace(sign, character)
    return re.sub(r"\^\{([-0-9]+)\}", lambda found: found[1].translate(_RAISED), text).replace("$", "")


def words(label: str, latex: bool = False) -> str:
    """A label of settings as people read it, such as "rho 0.01, stride 8" of the tables.

    latex: as LaTeX text; otherwise as text of Matplotlib, with formulas between dollars.
    """
    return ", ".join(" + ".join(_setting(one, latex) for one in part.split(" + ")) for part in label.split(", "))
