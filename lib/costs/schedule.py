"""How long jobs take on so many cores, by list scheduling."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Task:
    """A job: seconds of wall-clock time, cores, bytes of memory, and the tasks by number that must end before."""

    seconds: float
    cores: int
    memory: float
    after: set[int]


@dataclass
class Schedule:
    """Seconds and bytes at once of a schedule, and the seconds of its longest chain of tasks."""

    seconds: float
    memory: float
    chain: float


def schedule(tasks: Iterable[Task], cores: int) -> Schedule:
    """Start tasks in their order as soon as what they need has ended and cores are free (Graham, 1969).

    A task that wants more cores than there are gets all of them. Raises ValueError for tasks that wait for
    each other.
    """
    todo = list(tasks)
    followers: dict[int, list[int]] = {}
    missing = [len(task.after) for task in todo]
    for number, task in enumerate(todo):
        for before in task.after:
            followers.setdefault(before, []).append(number)
    ready = [number for number, count in enumerate(missing) if count == 0]
    heapq.heapify(ready)
    ends = [0.0] * len(todo)  # of the longest chain that ends with the task
    running: list[tuple[float, int]] = []
    now, free, memory, most, done = 0.0, cores, 0.0, 0.0, 0
    while ready or running:
        waiting = []
        while ready:
            number = heapq.heappop(ready)
            need = min(todo[number].cores, cores)
            if need > free:
                waiting.append(number)
                continue
            free -= need
            memory += todo[number].memory
            ends[number] = todo[number].seconds + max((ends[before] for before in todo[number].after), default=0.0)
            heapq.heappush(running, (now + todo[number].seconds, number))
        ready = waiting
        heapq.heapify(ready)
        most = max(most, memory)
        now, number = heapq.heappop(running)
        done += 1
        free += min(todo[number].cores, cores)
        memory -= todo[number].memory
        for follower in followers.get(number, []):
            missing[follower] -= 1
            if missing[follower] == 0:
                heapq.heappush(ready, follower)
    if done < len(todo):
        raise ValueError(f"{len(todo) - done} tasks wait for each other, expected an order")
    return Schedule(now, most, max(ends, default=0.0))
