"""The table of what the jobs of every stage took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lib.base.jobs import Usage


def cost_table(
    benchmarks: Mapping[str, Sequence[pd.DataFrame]], usages: Mapping[str, Sequence[Usage | None]]
) -> pd.DataFrame:
    """Return one row per stage: the number of its jobs, their seconds, CPU seconds and memory.

    The columns are stage, jobs, seconds (of all jobs), longest (seconds of the longest job), cpu_seconds (of all jobs)
    and memory (MB, of the largest job). CPU seconds and memory are missing for a stage with a job whose usage is None:
    a sum over the other jobs would be too small.

    benchmarks: tables of Snakemake by stage, one per job, with the column s, the wall-clock seconds, and one row per
    run, of which the last counts. usages: by stage, of the same jobs.
    """
    rows = []
    for stage, tables in benchmarks.items():
        seconds = pd.concat([pd.to_numeric(table["s"].tail(1), errors="coerce") for table in tables])
        used = [(usage.cpu_seconds, usage.memory) if usage else (None, None) for usage in usages[stage]]
        measured = pd.DataFrame(used, columns=["cpu_seconds", "memory"], dtype=float)
        rows.append(
            {"stage": stage, "jobs": len(tables), "seconds": seconds.sum(), "longest": seconds.max()}
            | {"cpu_seconds": measured["cpu_seconds"].sum(skipna=False), "memory": measured["memory"].max(skipna=False)}
        )
    return pd.DataFrame(rows)
