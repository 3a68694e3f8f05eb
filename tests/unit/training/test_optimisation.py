"""Settings of a stochastic training that have no meaning are refused. Nothing here needs PyTorch."""

import pytest

from lib.base.errors import StudyError
from lib.training.optimisation import OPTIMISERS, SCHEDULES, Optimisation


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimiser_goes_with_every_schedule(optimiser, schedule):
    assert Optimisation(optimiser=optimiser, schedule=schedule).epochs == 20


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"optimiser": "adamm"}, r"optimiser is adamm \(did you mean adam\?\), expected one of sgd, adam, "),
        ({"schedule": "cosin"}, r"schedule is cosin \(did you mean cosine\?\), expected one of constant, step, "),
        ({"learning_rate": 0}, "learning_rate is 0, expected a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, expected a number above 0"),
        ({"weight_decay": -1}, "weight_decay is -1, expected a number of at least 0"),
        ({"batch_size": 0}, "batch_size is 0, expected a whole number of at least 1"),
        ({"epochs": 0}, "epochs is 0, expected a whole number of at least 1"),
        ({"averaged_epochs": -1}, "averaged_epochs is -1, expected a whole number of at least 0"),
        ({"averaged_epochs": 5, "epochs": 4}, "averaged_epochs is 5, expected at most 4: epochs is 4"),
        ({"averaged_epochs": 5, "patience": 2}, "averaged_epochs is 5, expected at most 0: patience is 2"),
        ({"patience": -1}, "patience is -1, expected a whole number of at least 0"),
        ({"optimiser": "sgd", "momentum": 1}, "momentum is 1, expected a number of at least 0 and below 1"),
        ({"momentum": 0.9}, "momentum is 0.9, expected 0: optimiser is adam, not sgd"),
        ({"optimiser": "sgd", "nesterov": True}, "nesterov is True, expected false: momentum is 0"),
    ],
)
def test_settings_without_a_meaning_are_refused(settings, sentence):
    with pytest.raises(StudyError, match=sentence):
        Optimisation(**settings)
