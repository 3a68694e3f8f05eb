"""CPU seconds and memory of jobs, from the rates of a machine; `lib.costs.rates` measures them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from lib.costs.work import Fit, Work


@dataclass
class Power:
    """Seconds of a measured fit, and the powers by which they grow with objects, features and classes."""

    seconds: float
    objects: int
    features: int
    classes: int
    powers: list[float]
    prediction: float  # seconds per value of the predicted objects

    def of(self, fit: Fit) -> float:
        """Return the estimated CPU seconds of a fit."""
        grown = (fit.objects / self.objects, fit.features / self.features, fit.classes / self.classes)
        factor = prod(ratio**power for ratio, power in zip(grown, self.powers, strict=True))
        return self.seconds * factor + self.prediction * fit.predicted * fit.features


@dataclass
class Rates:
    """Measured rates of a machine: CPU seconds of a start-up by rule, per unit of each amount, and of fits."""

    startup: dict[str, float]
    amounts: dict[str, float]
    classifiers: dict[str, Power]
    memory: float  # bytes of a job that does nothing
    written: dict[str, float]  # bytes that each job of a rule writes in any case

    def startup_of(self, rule: str) -> float:
        """Return the CPU seconds of a start-up; for a rule that was not measured, the mean over the others."""
        return self.startup.get(rule, sum(self.startup.values()) / max(1, len(self.startup)))

    def seconds(self, work: Work) -> float:
        """Return the CPU seconds of a job beyond its start-up."""
        fits = sum(self.classifiers[fit.classifier].of(fit) for fit in work.fits)
        return fits + sum(self.amounts[name] * amount for name, amount in work.amounts.items() if amount)
