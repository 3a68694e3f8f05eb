"""Numbers as LaTeX."""

import pytest

from lib.words.latex import fixed, integer, number, p_value, percent, scientific, signed, significant_digits


@pytest.mark.parametrize(
    ("value", "at_most", "text"),
    [
        (0.0124, False, r"p = \num{0.012}"),
        (0.0004, False, r"p < \num{0.001}"),
        (0.0012, True, r"p \le \num{0.002}"),  # rounded down, the bound would not hold
        (0.002, True, r"p \le \num{0.002}"),
        (0.0002, True, r"p < \num{0.001}"),
    ],
)
def test_p_values_are_rounded_and_bounds_are_rounded_up(value, at_most, text):
    assert p_value(value, at_most) == rf"\ensuremath{{{text}}}"


def test_a_missing_number_is_a_dash():
    missing = float("nan")
    shown = [integer(missing), number(missing), percent(missing), percent(missing, 0), fixed(missing, 2)]
    shown += [signed(missing, 1), scientific(missing), significant_digits(missing, 3)]
    assert set(shown) == {"–"}
