"""Figures are drawn in the style of the default study, and closed after each test."""

import matplotlib.pyplot as plt
import pytest

from lib.figures.style import set_style
from tests.unit.study.test_validation import DEFAULT


@pytest.fixture(autouse=True)
def default_style():
    set_style(DEFAULT["figures"])
    yield
    plt.close("all")
