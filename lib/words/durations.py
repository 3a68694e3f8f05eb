"""Durations as people read them."""

from __future__ import annotations

from lib.words.language import _, decimal_mark


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them: 45 s, 3.2 min, 14 min, 1.5 h."""
    if seconds < 90:
        return _("{value} s").format(value=f"{seconds:.0f}")
    value, template = (seconds / 60, _("{value} min")) if seconds < 5400 else (seconds / 3600, _("{value} h"))
    digits = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
    return template.format(value=digits.replace(".", decimal_mark()))
