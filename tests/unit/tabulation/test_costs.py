"""The table of costs: exact CPU time and memory of the jobs of every stage."""

import pandas as pd

from lib.base.jobs import Usage
from lib.tabulation.costs import cost_table


def benchmark(*seconds):
    """A benchmark file of Snakemake with one row per run."""
    return pd.DataFrame({"s": seconds, "cpu_time": ["NA"] * len(seconds), "max_rss": ["NA"] * len(seconds)})


def test_costs_of_the_jobs_of_a_stage():
    table = cost_table(
        {"model": [benchmark(9.0, 2.0), benchmark(3.0)], "features": [benchmark(1.0)]},
        {"model": [Usage(1.9, 3.5, 200.0), Usage(2.9, 1.5, 300.0)], "features": [Usage(0.9, 0.5, 50.0)]},
    )
    assert table.to_dict("list") == {
        "stage": ["model", "features"],
        "jobs": [2, 1],
        "seconds": [5.0, 1.0],
        "longest": [3.0, 1.0],
        "cpu_seconds": [5.0, 0.5],
        "memory": [300.0, 50.0],
    }


def test_a_job_without_a_record_leaves_its_stage_without_cpu_seconds_and_memory():
    table = cost_table({"model": [benchmark(2.0), benchmark(3.0)]}, {"model": [Usage(1.9, 3.5, 200.0), None]})
    assert table[["cpu_seconds", "memory"]].isna().all(axis=None)
    assert table[["jobs", "seconds"]].to_numpy().tolist() == [[2, 5.0]]
