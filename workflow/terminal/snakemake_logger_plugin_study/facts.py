"""What the terminal knows about a run: the study, the names of its jobs, and what they are expected to take."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lib.base.jobs import read_json
from lib.costs.estimates import Rates
from lib.costs.progress import Planned
from lib.costs.sizes import likely_data
from lib.costs.stored import fingerprint, rates_for, stored_rates
from lib.costs.work import Data, Work, work_of
from lib.study.study import Study
from lib.words.jobs import JobNames, JobWords

ROOT = Path(__file__).parents[3]
# Rates of a usual machine, until `make plan` has measured those of this one. The run itself corrects them.
TYPICAL_RATES = Path(__file__).with_name("typical_rates.json")
USUAL_SECONDS = 3.0  # of a job about which nothing is known


@dataclass(frozen=True)
class Facts:
    """A run as it is known before its first job starts.

    Attributes
    ----------
    study : name of the study, empty if there is none.
    folder : where its results are stored.
    names : the words of its jobs, None without a study.
    planned : the jobs that will run, by the number that Snakemake gives them; jobs without output are left out.
    cores : cores, or jobs in the queue of a cluster, that run at the same time.
    is_local : whether jobs run on this machine, where their time does not include waiting in a queue.
    outputs : output of all jobs of the targets, whether or not they run.
    log : path of the file with Snakemake's full text, None if there is none.
    """

    study: str = ""
    folder: Path = Path("results")
    names: JobNames | None = None
    planned: Mapping[int, Planned] = field(default_factory=dict)
    cores: int = 1
    is_local: bool = True
    outputs: frozenset[str] = frozenset()
    log: str | None = None

    def words(self, rule: str, wildcards: Mapping[str, str]) -> JobWords:
        """Return the words of a job."""
        if self.names:
            return self.names.of(rule, wildcards)
        text = ", ".join([rule.replace("_", " "), *map(str, wildcards.values())])
        return JobWords(text, text)


class Estimates:
    """The predicted seconds of the jobs of a study."""

    def __init__(self, study: Study, config: Mapping[str, Any]) -> None:
        self.study = study
        self.data: Data = likely_data(dict(config))
        stored = stored_rates(ROOT / ".rates" / f"{fingerprint()}.json") or read_json(str(TYPICAL_RATES))
        self.rates: Rates = rates_for(study, config["classifiers"], self.data, stored)

    def seconds(self, rule: str, wildcards: Mapping[str, str], threads: int) -> float:
        """Return the wall-clock seconds of a job: threads shorten only the work that they share."""
        try:
            work = work_of(rule, self.study, self.data, wildcards)
        except (KeyError, ValueError):  # a rule of another workflow, or settings that its job will refuse
            work = Work()
        return self.rates.startup_of(rule) + self.rates.seconds(work) / (threads if work.parallel else 1)


def _threads_of(job: Any, cores: int) -> int:
    """Return the cores of a job of Snakemake. Its resources are not evaluated: they may depend on missing files."""
    try:
        number = job.rule.resources["_cores"].evaluate(job.wildcards).value
        return max(1, min(int(number), cores))
    except Exception:  # of any function of a rule; the estimate is then a little less exact
        return 1


def _kind_of(rule: str, wildcards: Mapping[str, str]) -> str:
    return " ".join([rule, wildcards.get("classifier", "")]).strip()


def planned_jobs(dag: Any, cores: int, estimates: Estimates | None) -> dict[int, Planned]:
    """Return the jobs of Snakemake's graph that will run and have output, by their numbers."""
    jobs = [job for job in dag.needrun_jobs() if job.output]
    numbers = {job: dag.jobid(job) for job in jobs}
    planned = {}
    for job, number in numbers.items():
        rule, wildcards, threads = job.rule.name, dict(job.wildcards_dict), _threads_of(job, cores)
        seconds = estimates.seconds(rule, wildcards, threads) if estimates else USUAL_SECONDS
        after = frozenset(numbers[before] for before in dag.dependencies[job] if before in numbers)
        planned[number] = Planned(_kind_of(rule, wildcards), seconds, threads, after)
    return planned


def facts_of(workflow: Any) -> Facts:
    """Return what a workflow of Snakemake knows once its graph of jobs is complete."""
    study, config = workflow.globals.get("STUDY"), workflow.globals.get("config", {})
    cores = (workflow._cores if workflow.local_exec else workflow.nodes) or 1
    jobs = [job for job in workflow.dag.jobs if job.output]
    cores = max(1, min(cores, len(jobs)))
    if not isinstance(study, Study):
        return Facts(planned=planned_jobs(workflow.dag, cores, None), cores=cores, is_local=workflow.local_exec)
    labels = {name: settings["label"] for name, settings in config["classifiers"].items() if settings}
    logs = workflow.logger_manager.get_logfile()
    return Facts(
        study=config["study"],
        folder=Path("results", config["study"]),
        names=JobNames(study, labels),
        planned=planned_jobs(workflow.dag, cores, Estimates(study, config)),
        cores=cores,
        is_local=workflow.local_exec,
        outputs=frozenset(str(path) for job in jobs for path in job.output),
        log=os.path.relpath(logs[-1]) if logs else None,
    )
