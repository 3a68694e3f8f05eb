"""The profile for Slurm, tested without a cluster."""

import re

import pytest
import yaml

from tests.workflow.conftest import ROOT

PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())


@pytest.fixture(scope="module")
def planned(finished):
    """Output of a dry run of the whole tiny study on a cluster."""
    return finished.snakemake("--dry-run", "--forceall", "--profile", "profiles/slurm")


def test_short_jobs_share_submissions(planned):
    groups = {group for _, group in (entry.split("=") for entry in PROFILE["groups"])}
    shared = re.findall(r"^\[.*\] Group job (\w+)", planned, re.MULTILINE)
    assert set(shared) == groups
    assert len(shared) == len(groups), "few jobs of a kind need one submission"


def test_groups_name_rules_and_each_has_its_size(planned):
    rules = set(re.findall(r"^ *rule (\w+):", planned, re.MULTILINE))
    assert {entry.split("=")[0] for entry in PROFILE["groups"]} <= rules
    sizes = dict(entry.split("=") for entry in PROFILE["group-components"])
    assert sizes.keys() == {entry.split("=")[1] for entry in PROFILE["groups"]}
    assert all(int(size) > 1 for size in sizes.values())


def test_a_group_runs_one_job_at_a_time(planned):
    resources = re.findall(r"^ *resources: (.*)", planned, re.MULTILINE)
    assert resources
    assert all("serial=1" in line.split(", ") for line in resources)
    assert PROFILE["resources"] == ["serial=1"]
    assert PROFILE["set-resource-scopes"] == ["serial=local"], (
        "otherwise Snakemake would submit one job at a time in total"
    )
