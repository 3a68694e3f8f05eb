"""The profiles for clusters, tested without a cluster."""

import os
import re
import subprocess

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


def test_many_short_jobs_have_the_groups_of_few_and_more():
    many = yaml.safe_load((ROOT / "profiles" / "slurm-many" / "config.yaml").read_text())
    few, more = ({entry.split("=")[0] for entry in profile["groups"]} for profile in (PROFILE, many))
    assert more - few == {
        *("check_gradient", "train_model", "extract_features", "prepare_objects", "classify"),
    }
    assert few <= more
    same = PROFILE.keys() - {"groups", "group-components"}
    assert {key: PROFILE[key] for key in same} == {key: many[key] for key in same}


PBS = "Job Id: 7.server\n    job_state = {}\n    Exit_status = {}\n"


@pytest.mark.parametrize(
    ("scheduler", "answers", "status"),
    [
        ("pbs", {"qstat": PBS.format("R", "")}, "running"),
        ("pbs", {"qstat": PBS.format("F", 0)}, "success"),
        ("pbs", {"qstat": PBS.format("F", 271)}, "failed"),
        ("pbs", {"qstat": ""}, "failed"),
        ("sge", {"qstat": "job_number: 7\n"}, "running"),
        ("sge", {"qacct": "failed       0\nexit_status  0\n"}, "success"),
        ("sge", {"qacct": "failed       0\nexit_status  1\n"}, "failed"),
        ("sge", {"qacct": "failed       100 : assumedly after job\nexit_status  0\n"}, "failed"),
        ("lsf", {"bjobs": "RUN\n"}, "running"),
        ("lsf", {"bjobs": "PEND\n"}, "running"),
        ("lsf", {"bjobs": "DONE\n"}, "success"),
        ("lsf", {"bjobs": "EXIT\n"}, "failed"),
        ("lsf", {"bjobs": ""}, "failed"),
    ],
)
def test_what_a_scheduler_answers_is_understood(tmp_path, scheduler, answers, status):
    for program in ("qstat", "qacct", "bjobs"):
        file = tmp_path / program
        answer = answers.get(program)
        file.write_text("#!/bin/sh\nexit 1\n" if answer is None else f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
        file.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = [ROOT / "profiles" / scheduler / "status", "7"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == status + "\n"
