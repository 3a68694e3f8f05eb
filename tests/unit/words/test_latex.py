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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (2.5e-4, "2.5e-4"),
            (1e-4, "1e-4"),
            (0.00095, "9.5e-4"),
            (0.0015, "0.0015"),
            (3.0, "3"),
            (1234567, "1234567"),
        ),
        *((0.1 + 0.2 - 0.2, "0.1"), (0.0, "0"), (-2e-5, "-2e-5"), (3e20, "3e20")),
    ],
)
def test_a_setting_has_all_its_digits_and_none_of_rounding(value, text):
    assert number(value) == rf"\num{{{text}}}"


def test_a_missing_number_is_a_dash():
    missing = float("nan")
    shown = [integer(missing), number(missing), percent(missing), percent(missing, 0), fixed(missing, 2)]
    shown += [signed(missing, 1), scientific(missing), significant_digits(missing, 3)]
    assert set(shown) == {"–"}
