"""A regular expression of words matches these words alone."""

import re
from itertools import product

import pytest

from lib.base.patterns import any_of


@pytest.mark.parametrize(
    "words",
    [["a"], ["a", "ab", "abc", "b"], ["rho0.1", "rho0.01", "x+y", "x"], [*map("".join, product("ab.", repeat=3))]],
)
def test_exactly_the_words_match(words):
    pattern = re.compile(any_of(words))
    near = {word[:end] for word in words for end in range(len(word) + 1)} | {word + "a" for word in words}
    near |= {word.replace(".", "-") for word in words}
    assert {word for word in near | set(words) if pattern.fullmatch(word)} == set(words)


def test_thousands_of_names_give_a_short_expression():
    names = [
        f"autoencoder_75_sigmoid_rho0.01_lambda0.0001_beta3_seed{seed}_n{count}"
        for seed in range(50)
        for count in range(40)
    ]
    assert len(any_of(names)) < sum(map(len, names)) / 5


def test_no_words_match_nothing_but_the_empty_text():
    assert not re.fullmatch(any_of([]), "a")
