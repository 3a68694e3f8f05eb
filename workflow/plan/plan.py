"""Estimate the cost of a run of a study without starting any of its jobs: make plan STUDY=config/x.yaml."""

import argparse
import os
import re
import shutil
import sys
from collections import defaultdict
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from changes import comparison, counted
from dry_run import ROOT, Job, jobs_of
from rates import corrections, rates_of
from studies import read_study

from lib.base.errors import StudyError, faults_of
from lib.costs.estimates import Rates
from lib.costs.schedule import Task, schedule
from lib.costs.sizes import data_of
from lib.costs.work import Data, Work, work_of
from lib.study.configuration_files import read, study_of
from lib.study.experiments import without_effect
from lib.study.study import Study

# Factors by which an estimate may be too high or too low: observed errors with a margin, not derived.
SPREAD_OF_BENCHMARKS = 1.3
SPREAD_OF_RATES = 1.6
# Other studies whose benchmarks correct the estimate: listing the jobs of one takes Snakemake some two seconds.
MOST_OTHER_STUDIES = 3
USUAL_SLOTS = [1, 8, 64, 512]  # cores of a cluster that the plan for one compares


def stages() -> dict[str, str]:
    """Return the stage of every rule: the file that declares it, in the order in which the Snakefile includes them."""
    files = re.findall(r'include: "(workflow/rules/\w+\.smk)"', (ROOT / "Snakefile").read_text())
    return {
        rule: Path(file).stem.replace("_", " ")
        for file in files
        for rule in re.findall(r"^ *rule (\w+):", (ROOT / file).read_text(), re.MULTILINE)
    }


def duration(seconds: float) -> str:
    """Return seconds in a readable unit: 45 s, 3.2 min, 1.5 h."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def size(count: float) -> str:
    """Return bytes in a readable unit: 12 MB, 1.5 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def works_of(jobs: list[Job], study: Study, data: Data) -> list[Work]:
    """Return the work of each job. Raises StudyError for settings that do not fit the images."""
    with faults_of("configuration keys patch_size, image_size, stride and pooling"):
        return [work_of(job.rule_name, study, data, job.wildcards) for job in jobs]


def last_run(name: str) -> float:
    """Return the time at which a study last wrote a benchmark here, 0 if it has none or if its data were not ingested.

    The time is that of the youngest folder of benchmarks, in seconds since the epoch.
    """
    folder = Path("results", name)
    benchmarks = folder / "benchmarks"
    try:
        if not benchmarks.is_dir() or not (folder / "dataset" / "facts.json").is_file():
            return 0.0
        return max(path.stat().st_mtime for path in (benchmarks, *benchmarks.iterdir()))
    except OSError:  # no folder can have that name, or a run removes it now
        return 0.0


def studies_that_ran(configfiles: list[str], name: str) -> list[list[str]]:
    """Return the configuration files of the study itself, if it has run here, and of the last few others in config/."""
    others: dict[str, list[str]] = {}
    for file in sorted((ROOT / "config").glob("*.yaml")):
        with suppress(StudyError):  # the schema and other files that describe no study
            others.setdefault(study_of(file), [str(file)])
    others.pop(name, None)
    times = {other: time for other in others if (time := last_run(other))}
    latest = sorted(times, key=lambda other: -times[other])[:MOST_OTHER_STUDIES]
    return [*([configfiles] if last_run(name) else []), *(others[other] for other in latest)]


def past(configfiles: list[str], name: str, rates: Any) -> tuple[dict[str, float], int]:
    """Return the factor by which past jobs correct the CPU time of each rule, and the number of these jobs."""
    predicted = []
    for files in studies_that_ran(configfiles, name):
        try:
            jobs, _ = jobs_of(files, "--forceall")
            study, config = read_study(files)
            data = data_of(config)
            known, _ = rates(study, config, data)
            works = works_of(jobs, study, data)
        except (StudyError, OSError):
            continue  # its configuration or its data have changed since
        predicted += [
            (job, known.startup_of(job.rule_name) + known.seconds(work)) for job, work in zip(jobs, works, strict=True)
        ]
    return corrections(predicted, Path())


def tasks_of(jobs: list[Job], works: list[Work], cpu: list[float], rates: Rates, cores: int) -> list[Task]:
    """Return the jobs as tasks for the scheduler: threads shorten only the work that they share."""
    maker = {name: number for number, job in enumerate(jobs) for name in job.output}
    tasks = []
    for job, work, seconds in zip(jobs, works, cpu, strict=True):
        threads = min(job.threads, cores)
        start = min(rates.startup_of(job.rule_name), seconds)
        wall = start + (seconds - start) / (threads if work.parallel else 1)
        after = {maker[name] for name in job.input if name in maker}
        tasks.append(Task(wall, threads, rates.memory + work.memory, after))
    return tasks


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows of text as aligned columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    )  # fmt: skip


def stage_rows(
    jobs: list[Job], tasks: list[Task], cpu: list[float], disk: list[float], cores: int
) -> list[tuple[str, ...]]:
    """Return one row of text per stage with jobs to run, below a header. cpu: CPU seconds per job. disk: bytes."""
    stage_of = stages()
    members: dict[str, list[int]] = defaultdict(list)
    for number, job in enumerate(jobs):
        members[stage_of[job.rule_name]].append(number)
    rows: list[tuple[str, ...]] = [("stage", "jobs", "CPU time", "wall time", "memory of a job", "disk")]
    for stage in dict.fromkeys(stage_of.values()):
        if of_stage := members[stage]:
            spent = sum(tasks[i].seconds * tasks[i].cores for i in of_stage) / cores
            most = max(tasks[i].memory for i in of_stage)
            seconds, written = sum(cpu[i] for i in of_stage), sum(disk[i] for i in of_stage)
            rows.append((stage, str(len(of_stage)), duration(seconds), duration(spent), size(most), size(written)))
    return rows


def slot_rows(jobs: list[Job], works: list[Work], cpu: list[float], rates: Rates, slots: list[int]) -> list[str]:
    """Return lines on a run on a cluster: one row per number of slots, then hours of cores and GPUs.

    A slot is a core for which a job may ask. cpu: CPU seconds per job.
    """
    rows: list[tuple[str, ...]] = [("slots", "time", "memory at once", "slots in use")]
    for count in slots:
        tasks = tasks_of(jobs, works, cpu, rates, count)
        found = schedule(tasks, count)
        busy = sum(task.seconds * task.cores for task in tasks)
        share = busy / (found.seconds * count)
        rows.append((str(count), duration(found.seconds), size(found.memory), f"{100 * share:.0f} %"))
    tasks = tasks_of(jobs, works, cpu, rates, max(slots))
    cores = sum(task.seconds * task.cores for task in tasks) / 3600
    gpus = sum(task.seconds * job.resources.get("gpu", 0) for task, job in zip(tasks, jobs, strict=True)) / 3600
    chain = schedule(tasks, max(slots)).chain
    return [
        table(rows),
        "",
        f"{cores:.2f} core-hours and {gpus:.2f} GPU-hours; no number of slots makes the run shorter than its longest "
        f"chain of jobs, {duration(chain)}.",
        f"On a cluster each of the {len(jobs)} jobs, or each group of short ones, also waits in the queue and takes "
        "some ten seconds to start.",
        "",
    ]


def warnings(load: float, cores: int, memory_is_short: bool, disk_is_short: bool) -> list[str]:
    """Return what may slow the run down or stop it.

    load: processes that ran on average in the last minute. cores: number of cores that the run may use.
    """
    lines, every = [], os.cpu_count() or 1
    if load > 0.5:
        slower = max(1.0, (load + cores) / every)
        lines.append(
            f"Load: {load:.1f} processes on average ran in the last minute, on {every} cores; if they go on, expect "
            f"up to {slower:.1f} times as long."
        )
    if memory_is_short:
        lines.append("Warning: the jobs at once may need more memory than is free; give fewer CORES.")
    if disk_is_short:
        lines.append("Warning: the results need more disk than is free.")
    return lines


def check_plugin(profile: Path) -> None:
    """End with a sentence if the plugin of the executor that a profile names is not installed."""
    executor = yaml.safe_load((profile / "config.yaml").read_text()).get("executor", "local")
    module = f"snakemake_executor_plugin_{executor.replace('-', '_')}"
    if executor not in ("local", "dryrun", "touch") and find_spec(module) is None:
        advice = "make slurm" if executor == "slurm" else f".venv/bin/python -m pip install {module.replace('_', '-')}"
        sys.exit(f"error: {profile}: its executor {executor} is not installed, expected its plugin: run {advice}")


def plan(configfiles: list[str], cores: int, again: bool, slots: list[int], profile: str) -> str:
    """Return the plan of a study as text. Raises StudyError for faults of the configuration or the data.

    again: whether this machine is measured again. slots: numbers of cores of a cluster on which the study may run.
    profile: folder of a profile of Snakemake whose resources the jobs get; empty for none.
    """
    load = os.getloadavg()[0]
    for file in configfiles:
        read(file)  # a faulty one must not reach Snakemake
    jobs, listing = jobs_of(configfiles, *(("--profile", profile) if profile else ()))
    study, config = read_study(configfiles)
    if not jobs:
        return f"Study {config['study']}: nothing to do, all results are there and up to date."
    data = data_of(config)
    works = works_of(jobs, study, data)
    folder = ROOT / ".rates"
    folder.mkdir(exist_ok=True)
    rates, fresh = rates_of(study, config, data, folder, again)
    factors, count = past(configfiles, config["study"], partial(rates_of, folder=folder))
    cpu = [
        (rates.startup_of(job.rule_name) + rates.seconds(work)) * factors.get(job.rule_name, 1.0)
        for job, work in zip(jobs, works, strict=True)
    ]
    tasks = tasks_of(jobs, works, cpu, rates, cores)
    found = schedule(tasks, cores)
    spread = [SPREAD_OF_BENCHMARKS if job.rule_name in factors else SPREAD_OF_RATES for job in jobs]
    wall, total = listing + found.seconds, sum(cpu) + listing
    low = wall * (listing + sum(c / s for c, s in zip(cpu, spread, strict=True))) / total
    high = wall * (listing + sum(c * s for c, s in zip(cpu, spread, strict=True))) / total
    disk = [work.output + rates.written.get(job.rule_name, 0.0) for job, work in zip(jobs, works, strict=True)]

    rows = stage_rows(jobs, tasks, cpu, disk, cores)
    largest = max(task.memory for task in tasks)
    rows.append(("total", str(len(jobs)), duration(total), duration(wall), size(largest), size(sum(disk))))

    notes = [f"Note: {sentence}." for sentence in without_effect(study)]
    free, memory = shutil.disk_usage(".").free, psutil.virtual_memory().available
    lines = [
        f"Study {config['study']}: {counted(len(jobs), 'job', 'jobs')} on {counted(cores, 'core', 'cores')}, for "
        f"{counted(len(study.models), 'model', 'models')} and "
        f"{counted(len(study.evaluations), 'evaluation', 'evaluations')}",
        "",
        *comparison(config, study, jobs),
        table(rows),
        "",
        *(slot_rows(jobs, works, cpu, rates, slots) if slots else []),
        f"Time: {duration(wall)}, likely {duration(low)} to {duration(high)}; "
        f"the longest chain of jobs alone takes {duration(found.chain)}.",
        f"Memory: at most {size(largest)} for one job and {size(found.memory)} at once; {size(memory)} are free.",
        f"Disk: {size(sum(disk))}; {size(free)} are free.",
    ]
    lines += notes
    lines += warnings(load, cores, found.memory > memory, sum(disk) > free)
    when = "measured now" if fresh else "measured earlier; make plan PLAN=--measure-again does it again"
    corrections_ = f"corrected by {count} benchmarks of past jobs" if count else "not corrected: no study has run here"
    lines += [
        "",
        "How: the jobs are those of Snakemake's dry run. Their CPU time is what the smallest study takes to start each",
        "of them, and their operations at rates of this machine (training, encoding, each classifier on small problems",
        f"and extended by powers of its size), {when}; {corrections_}.",
        "Wall time is that of a list schedule on idle cores; a stage's is its share of them. On a GPU it will differ.",
    ]
    return "\n".join(lines)


def number_of_cores(text: str) -> int:
    """Return a number of cores given as text, 0 for all. Raises ArgumentTypeError for anything else."""
    if text != "all" and not re.fullmatch("[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1, or all")
    return 0 if text == "all" else int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", nargs="+", default=[], help="configuration files, as for snakemake")
    parser.add_argument("--cores", type=number_of_cores, default=0, help="number of cores, or all")
    parser.add_argument("--measure-again", action="store_true", help="measure this machine again")
    parser.add_argument("--slots", default="", help="numbers of cores of a cluster, such as 1,8,64,512")
    parser.add_argument("--profile", default="", help="a profile of Snakemake, whose resources the jobs get")
    arguments = parser.parse_args()
    cores = arguments.cores or os.cpu_count() or 1
    if not re.fullmatch("([1-9][0-9]*(,[1-9][0-9]*)*)?", arguments.slots):
        sys.exit(f"error: SLOTS is {arguments.slots}, expected whole numbers of at least 1 with commas between them")
    slots = [int(count) for count in arguments.slots.split(",") if count]
    profile = arguments.profile
    if profile:
        slots = slots or USUAL_SLOTS
        folders = [Path("profiles", profile), Path(profile)]
        profile = next((str(folder) for folder in folders if (folder / "config.yaml").is_file()), "")
        if not profile:
            sys.exit(f"error: PROFILE is {arguments.profile}, expected a folder in profiles/, such as slurm")
        check_plugin(Path(profile))
    try:
        print(plan(arguments.configfile, cores, arguments.measure_again, slots, profile))
    except KeyboardInterrupt:
        sys.exit("error: interrupted; the same command measures and plans again")
    except StudyError as error:
        sys.exit("\n".join(f"error: {sentence}" for sentence in error.sentences))


if __name__ == "__main__":
    main()
