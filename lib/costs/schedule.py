"""Time of jobs on a number of cores, by list scheduling."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Task:
    """A job: wall-clock seconds, cores, bytes of memory, and the numbers of the tasks that must end before it."""

    seconds: float
    cores: int
    memory: float
    after: set[int]


@dataclass
class Schedule:
    """Wall-clock seconds, largest memory in use in bytes, and seconds of the longest chain of tasks."""

    seconds: float
    memory: float
    chain: float


def schedule(tasks: Iterable[Task], cores: int) -> Schedule:
    """Return the schedule that starts each task, in their order, once its predecessors have ended and cores are free.

    This is list scheduling (Graham, 1969). A task that asks for more than ``cores`` gets all of them. Raises ValueError
    if tasks wait for each other.
    """
    todo = list(tasks)
    followers: dict[int, list[int]] = {}
    missing = [len(task.after) for task in todo]
    for number, task in enumerate(todo):
        for before in task.after:
            followers.setdefault(before, []).append(number)
    ready = [number for number, count in enumerate(missing) if count == 0]
    heapq.heapify(ready)
    ends = [0.0] * len(todo)  # seconds of the longest chain that ends with each task
    running: list[tuple[float, int]] = []
    now, free, memory, most, done = 0.0, cores, 0.0, 0.0, 0
    while ready or running:
        waiting = []
        while ready and free:
            number = heapq.heappop(ready)
            need = min(todo[number].cores, cores)
            if need > free:
                waiting.append(number)
                continue
            free -= need
            memory += todo[number].memory
            ends[number] = todo[number].seconds + max((ends[before] for before in todo[number].after), default=0.0)
            heapq.heappush(running, (now + todo[number].seconds, number))
        ready += waiting
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
