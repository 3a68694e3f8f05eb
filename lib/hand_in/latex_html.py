"""Generated LaTeX tables as HTML, so that a notebook shows what the report prints."""

from __future__ import annotations

import re

from lib.words.labels import SYMBOLS
from lib.words.language import decimal_mark
from lib.words.latex import GROUPED

# These classes keep MathJax, version 2 or later, from reading text between dollars as a formula.
NO_FORMULAS = "tex2jax_ignore mathjax_ignore"

# Escaped characters that are special to LaTeX become codes of no character until all commands are replaced.
_WAITING = {"\ufdd0": "\\", "\ufdd1": "{", "\ufdd2": "}"}
_SYMBOLS = {
    r"\textbackslash{}": "\ufdd0",
    r"\{": "\ufdd1",
    r"\}": "\ufdd2",
    **{f"\\{character}": character for character in "%$#_"},
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "&lt;",
    r"\textgreater{}": "&gt;",
    r"\hat\rho": "ρ̂",
    r"\times": "×",
    r"\pm": "±",
    r"\le": "≤",
    **{symbol.command: symbol.character for symbol in SYMBOLS.values()},
    r"\,": "\u202f",
    r"\&": "&amp;",
    "-{}": "-",
}
# A command of letters ends where no letter follows, and takes the spaces after it.
_ENDS = r"(?![a-zA-Z]) *"
_SYMBOL = re.compile("|".join(re.escape(name) + (_ENDS if name[-1].isalpha() else "") for name in _SYMBOLS))
_START = re.compile(r"(?<![a-zA-Z])\{([*\[])\}")  # escaped signs at the start of a text
_POWER = re.compile(r"(?:\^|\\textsuperscript)\{([^{}]*)\}")
_NUMBER = re.compile(r"\\num\{([^{}e]*)(?:e([^{}]*))?\}")
_FORMULA = re.compile(r"\\ensuremath\{([^{}]*)\}")
_COMMAND = re.compile(r"\\[a-zA-Z]+\{([^{}]*)\}")
_ALIGNMENT = {"l": "left", "c": "center", "r": "right", "p": "left"}


def _formula(match: re.Match[str]) -> str:
    return re.sub(" *([=≤]) *", "\u00a0\\1\u00a0", match[1].replace("-", "−"))


def _number(match: re.Match[str]) -> str:
    mantissa, exponent = match.groups()
    if mantissa.isdigit() and int(mantissa) >= GROUPED:
        mantissa = f"{int(mantissa):,}".replace(",", "\u202f")
    mantissa = mantissa.replace(".", decimal_mark())
    if exponent is None:
        return rf"\ensuremath{{{mantissa}}}"
    power = f"10<sup>{int(exponent)}</sup>"
    return rf"\ensuremath{{{power if float(match[1]) == 1 else f'{mantissa}×{power}'}}}"


def _cell(latex: str) -> str:
    """Return LaTeX text as HTML: formulas become plain characters, and of other commands the text remains."""
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match.group().rstrip(" ")], _START.sub(r"\1", latex.strip()))
    text = _NUMBER.sub(_number, _POWER.sub(r"<sup>\1</sup>", text))
    for pattern, replacement in ((_FORMULA, _formula), (_COMMAND, r"\1")):
        while pattern.search(text):  # from the innermost to the outermost
            text = pattern.sub(replacement, text)
    return "".join(_WAITING.get(character, character) for character in text)


def text_html(latex: str) -> str:
    """Return a sentence of the report as HTML with the same words and numbers."""
    return _cell(latex.replace("~", "\u00a0"))


def html(tabular: str) -> str:
    """Return a tabular or longtable of `lib.words.latex.table` as an HTML table with the same cells and alignment.

    Raises ValueError for other text.
    """
    of_one_page = tabular.replace("longtable", "tabular").replace("\\endhead\n", "")
    found = re.fullmatch(r"\\begin\{tabular\}\{(.*)\}\n(.*)\\end\{tabular\}\n", of_one_page, re.DOTALL)
    if not found:
        raise ValueError(f"the table begins with {tabular[:40]!r}, expected \\begin{{tabular}}")
    columns = re.sub(r">?\{(?:[^{}]|\{[^{}]*\})*\}", "", found[1])
    styles = [f' style="text-align: {_ALIGNMENT[column]}"' for column in columns]
    lines = [line.removesuffix(r" \\") for line in found[2].split("\n") if line.endswith(r" \\")]
    rows = []
    for number, line in enumerate(lines):
        kind = "td" if number else "th"
        cells = zip(line.split(" & "), styles, strict=True)
        rows.append(f"<tr>{''.join(f'<{kind}{style}>{_cell(cell)}</{kind}>' for cell, style in cells)}</tr>\n")
    body = "".join(rows[1:])
    return f'<table class="{NO_FORMULAS}">\n<thead>\n{rows[0]}</thead>\n<tbody>\n{body}</tbody>\n</table>'
