"""The share of a run that is done, and the time left: estimates of its jobs, corrected by what the run measures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

# Predicted core seconds of imagined jobs whose estimate was right: so many, and such a share of the work of the run.
# They keep the first short jobs, which take mostly their start-up, from deciding over long ones.
PRIOR_SECONDS = 10.0
PRIOR_SHARE = 0.02


@dataclass(frozen=True)
class Planned:
    """A job of the run.

    Attributes
    ----------
    kind : jobs of one kind share their correction.
    seconds : predicted wall-clock seconds.
    cores : cores that it occupies.
    after : jobs of the run that must end before it starts.
    """

    kind: str
    seconds: float
    cores: int = 1
    after: frozenset[Hashable] = frozenset()

    @property
    def work(self) -> float:
        """Predicted core seconds."""
        return self.seconds * self.cores


@dataclass
class _Sums:
    predicted: float = 0.0
    measured: float = 0.0


@dataclass
class Progress:
    """The state of a run. Times are values of one clock in seconds.

    Attributes
    ----------
    jobs : every job of the run, by its name.
    cores : cores that the jobs share.
    """

    jobs: Mapping[Hashable, Planned]
    cores: int
    _started: dict[Hashable, float] = field(default_factory=dict)
    _ended: dict[Hashable, float] = field(default_factory=dict)  # seconds that the job took
    _sums: dict[str, _Sums] = field(default_factory=dict)
    _all: _Sums = field(default_factory=_Sums)
    _order: list[Hashable] = field(default_factory=list)
    _largest_share: float = 0.0
    _prior: float = PRIOR_SECONDS
    _usual: dict[str, float] = field(default_factory=dict)  # mean work of the jobs of a kind

    def __post_init__(self) -> None:
        self._order = _followers_first(self.jobs)
        self._prior = PRIOR_SECONDS + PRIOR_SHARE * sum(planned.work for planned in self.jobs.values())
        works: dict[str, list[float]] = {}
        for planned in self.jobs.values():
            works.setdefault(planned.kind, []).append(planned.work)
        self._usual = {kind: sum(own) / len(own) for kind, own in works.items()}

    def start(self, job: Hashable, now: float) -> None:
        """Note the start of a job."""
        self._started[job] = now

    def stop(self, job: Hashable) -> None:
        """Note that a job failed: it is not running any more, and its work is still to be done."""
        self._started.pop(job, None)

    def finish(self, job: Hashable, seconds: float) -> None:
        """Note the end of a job, and correct the estimates by the seconds that it took."""
        self._started.pop(job, None)
        if job not in self.jobs or job in self._ended:
            return
        self._ended[job] = seconds
        planned = self.jobs[job]
        for sums in (self._all, self._sums.setdefault(planned.kind, _Sums())):
            sums.predicted += planned.work
            sums.measured += seconds * planned.cores

    @property
    def finished(self) -> int:
        """Number of jobs that have ended."""
        return len(self._ended)

    def factor(self, kind: str) -> float:
        """Return the factor that corrects the estimates of a kind of jobs.

        It is the ratio of measured to predicted seconds over the jobs of this kind and one more of their usual size,
        whose ratio is that of the whole run.
        """
        general = (self._all.measured + self._prior) / (self._all.predicted + self._prior)
        sums = self._sums.get(kind)
        if sums is None or sums.predicted <= 0:
            return general
        usual = self._usual[kind]
        return (sums.measured + general * usual) / (sums.predicted + usual)

    def _left(self, now: float) -> dict[Hashable, float]:
        """Return the seconds left of every job that has not ended."""
        factors = {kind: self.factor(kind) for kind in {planned.kind for planned in self.jobs.values()}}
        left = {}
        for job, planned in self.jobs.items():
            if job in self._ended:
                continue
            seconds = planned.seconds * factors[planned.kind]
            passed = now - self._started[job] if job in self._started else 0.0
            # A job that takes longer than predicted is expected to take a tenth of its time more.
            left[job] = max(seconds - passed, passed / 10)
        return left

    def share(self, now: float) -> float:
        """Return the share of the work that is done, from 0 to 1. It never decreases."""
        left = sum(seconds * self.jobs[job].cores for job, seconds in self._left(now).items())
        done = sum(seconds * self.jobs[job].cores for job, seconds in self._ended.items())
        done += sum((now - start) * self.jobs[job].cores for job, start in self._started.items() if job in self.jobs)
        if left + done > 0:
            self._largest_share = max(self._largest_share, done / (left + done))
        return 1.0 if len(self._ended) == len(self.jobs) else min(self._largest_share, 0.99)

    def seconds_left(self, now: float) -> float:
        """Return the seconds until the last job ends.

        No schedule is shorter than all work spread evenly over the cores, nor than the longest chain of jobs; the
        larger of these two is the estimate.
        """
        left = self._left(now)
        chains: dict[Hashable, float] = {}  # seconds from the start of a job to the end of what follows it
        longest = 0.0
        for job in self._order:
            if job in left:
                longest = max(longest, chain := left[job] + chains.get(job, 0.0))
                for before in self.jobs[job].after:
                    chains[before] = max(chains.get(before, 0.0), chain)
        return max(longest, sum(seconds * self.jobs[job].cores for job, seconds in left.items()) / self.cores)


def _followers_first(jobs: Mapping[Hashable, Planned]) -> list[Hashable]:
    """Return the jobs in an order in which each comes after all jobs that wait for it.

    Raises ValueError if jobs wait for each other.
    """
    waiting = dict.fromkeys(jobs, 0)
    for planned in jobs.values():
        for before in planned.after & waiting.keys():
            waiting[before] += 1
    ready = [job for job, count in waiting.items() if count == 0]
    order = []
    while ready:
        job = ready.pop()
        order.append(job)
        for before in jobs[job].after & waiting.keys():
            waiting[before] -= 1
            if waiting[before] == 0:
                ready.append(before)
    if len(order) < len(jobs):
        raise ValueError(f"{len(jobs) - len(order)} jobs wait for each other, expected an order")
    return order
