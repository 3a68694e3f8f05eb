"""The table of what the jobs of every stage took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd


def cost_table(benchmarks: Mapping[str, Sequence[pd.DataFrame]]) -> pd.DataFrame:
    """Return one row per stage from the benchmarks of its jobs: their number, seconds and memory (MB).

    benchmarks: tables of Snakemake by stage, with the columns s, cpu_time and max_rss and one row per run, of which
    the last counts. Processor time and memory are missing for jobs that ended before they were measured; such jobs
    count as none.
    """
    rows = []
    for stage, tables in benchmarks.items():
        runs = pd.concat([table.tail(1) for table in tables])[["s", "cpu_time", "max_rss"]]
        runs = runs.apply(pd.to_numeric, errors="coerce")
        rows.append(
            {"stage": stage, "jobs": len(runs), "seconds": runs["s"].sum(), "longest": runs["s"].max()}
            | {"cpu_seconds": runs["cpu_time"].sum(), "memory": runs["max_rss"].max()}
        )
    return pd.DataFrame(rows)
