"""Sentences on bounds follow from the table."""

import pandas as pd
import pytest

from lib.report import code_claims
from lib.report.captions import bounds_caption, figure_caption
from lib.report.results import Results
from lib.report.tables import bound_table
from lib.study.decoded import CODE_FIGURES
from lib.words.names import heading
from tests.unit.study.test_decoded import generative


def results(bounds, measures=(), **sampling):
    """Return results with bounds (importance bound and divergence) of the settings of the experiment codes.

    sampling: options of the sampling of the second setting.
    """
    study = generative(**sampling)
    rows = [
        {"experiment": "codes", "setting": number, "label": "x", "repetitions": 1}
        | {"elbo": bound - 2, "importance_bound": bound, "cross_entropy": -bound, "divergence": divergence}
        for number, (bound, divergence) in enumerate(bounds)
    ]
    about = {"experiment": "codes", "measure": "importance_bound", "mean": -1.0, "p_value": 0.01, "comparisons": 1}
    columns = ["experiment", "setting", "measure", "mean", "p_value", "p_corrected", "comparisons"]
    measured = pd.DataFrame([about | row for row in measures], columns=columns)
    headings = {name: heading(name, {}) for name in study.experiments}
    data = pd.DataFrame({"split": ["test"], "groups": [None]})
    return Results(
        {"bounds": pd.DataFrame(rows), "measures": measured, "data": data}, study, {}, headings, {}, pd.DataFrame()
    )


@pytest.mark.parametrize(("bounds", "best", "worst"), [((-90, -120), "two", "three"), ((-120, -90), "three", "two")])
def test_the_setting_with_the_best_bound_is_named(bounds, best, worst):
    text = code_claims.bounds(results([(bound, 20) for bound in bounds]), "codes")
    where = [text.index(f"best for “variational autoencoder, {best}"), text.index("worst for “variational")]
    assert where == sorted(where)
    assert text.index("\\num{-90.0} nats") < text.index("\\num{-120.0} nats")
    assert worst in text[where[1] :]
    assert "hold nearly nothing" not in text


def test_codes_that_hold_nothing_are_named():
    text = code_claims.bounds(results([(-90, 20), (-200, 0.01)]), "codes")
    assert "codes of “variational autoencoder, three” hold nearly nothing" in text.replace("network ", "")


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        (-120, "its bound is \\num{30.0} nats below that of"),
        (-80, "is not below that of"),
        (-90, "is not below that of"),
    ],
)
def test_a_variance_that_contradicts_the_loss_is_named_with_its_cost(bound, sentence):
    text = code_claims.bounds(results([(-90, 20), (bound, 20)], halved=False), "codes")
    assert sentence in text
    assert "exp" not in code_claims.bounds(results([(-90, 20), (bound, 20)]), "codes")
    assert "exp" not in code_claims.bounds(results([(-90, 20)], halved=False), "codes")


@pytest.mark.parametrize(("p", "sentence"), [(0.01, "it differs from"), (0.5, "a difference from")])
def test_a_test_over_repetitions_is_stated_where_there_is_one(p, sentence):
    found = results([(-120, 20), (-90, 20)], [{"setting": 1, "p_corrected": p}])
    assert sentence in code_claims.bounds(found, "codes")
    assert "differ" not in code_claims.bounds(results([(-120, 20), (-90, 20)]), "codes")


def test_experiments_without_bounds_have_no_sentence():
    found = results([(-120, 20)])
    assert "at least \\num{-120.0} nats" in code_claims.bounds(found, "codes")
    assert code_claims.bounds(found, "noise") == ""
    del found.tables["bounds"]
    assert code_claims.bounds(found, "codes") == ""


def test_the_table_has_a_row_for_each_setting():
    found = results([(-90.126, 20), (-120, 0.5)])
    text = bound_table(found.tables["bounds"], found.study, "codes")
    assert "\\num{-92.13} & \\num{-90.13} & \\num{90.13} & \\num{20.00}" in text
    assert text.count("\\num") == 8


@pytest.mark.parametrize("kind", CODE_FIGURES)
def test_every_figure_of_codes_has_a_caption(kind):
    caption = figure_caption(results([(-90, 20)]), "codes", kind)
    assert caption.startswith("“codes”: ")
    assert "Look for" in caption
    assert "one repetition" in bounds_caption(results([(-90, 20)]), "codes")
