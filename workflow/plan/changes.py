"""What has changed since the last run of a study, what follows from it, and what is kept."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from dry_run import ROOT, Job

from lib.base.digests import files_of, module_digests, with_modules
from lib.base.errors import StudyError
from lib.base.jobs import read_json
from lib.datasets.known_facts import UNREADABLE
from lib.learners.registry import module_of
from lib.study.experiments import expand
from lib.study.last_run import Change, changed_values, configuration_of_last_run
from lib.study.study import Study

MOST_GONE = 5  # missing results that are named
MISSING = "Missing output files"  # Snakemake's reason
PARAMS_CHANGED = "Params have changed"  # Snakemake's reason: settings, or the code
UPDATED = "Updated input files: "  # Snakemake's reason, with the files and commas between them
WIDTH = 110  # of a line
LONGEST = 60  # characters of a value
MOST_MODULES = 12  # modules that are named
# What jobs make, in one and in several; any other rule is counted as a job.
MADE = {
    "train_model": ("training", "trainings"),
    "extract_features": ("feature set", "feature sets"),
    "classify": ("classification", "classifications"),
}
GROUPS = {"tabulate": ("table job", "table jobs"), "draw": ("figure job", "figure jobs")}  # by the verb of the rule
SCRIPTS = {"draw_default_filters": "draw_filters"}  # of rules whose scripts have other names
SINGLE = {
    "write_report_numbers": "the sentences of the report",
    "typeset_report": "the report",
    "run_notebook": "the notebook",
    "pack_hand_in": "the hand-in",
    "write_explorer": "the explorer",
    "write_table_pages": "the pages of the tables",
}


def changed_modules(before: Mapping[str, str], after: Mapping[str, str], used: Collection[str]) -> list[str]:
    """Return the files of code in use that differ, given their digests by path, with a word on new ones."""
    differing = [path for path in sorted(used) if path in after and before.get(path) != after[path]]
    return [path if path in before else f"{path} (new)" for path in differing]


def code_of(jobs: Sequence[Job], config: Mapping[str, Any], study: Study) -> set[str]:
    """Return the paths of all code that jobs use: their scripts, learners and classifiers, and what these import."""
    rules = {SCRIPTS.get(job.rule_name, job.rule_name) for job in jobs}
    sources = [ROOT / "workflow" / "scripts" / f"{rule}.py" for rule in rules]
    if rules & MADE.keys():
        sources += [module_of(model.learner) for model in study.models.values()]
    if "classify" in rules:
        sources += [
            file for entry in config["classifiers"].values() if entry for file in files_of(ROOT, entry["class"])
        ]
    if "run_notebook" in rules:
        sources += (ROOT / "workflow" / "notebooks").glob("*.ipynb")
    used = with_modules(ROOT, *(source for source in sources if source.is_file()))
    return {file.relative_to(ROOT).as_posix() for file in used}


def shown(value: Any) -> str:
    """Return a value of the configuration as text that is not too long."""
    if isinstance(value, dict) and value:
        text = "{" + ", ".join(map(str, value)) + "}"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def setting(change: Change) -> str:
    """Return a line on a changed value: defaults.lambda  0.0001 → 0.001."""
    if change.before is None:
        return f"{change.key}  new: {shown(change.after)}"
    if change.after is None:
        return f"{change.key}  removed: {shown(change.before)}"
    return f"{change.key}  {shown(change.before)} → {shown(change.after)}"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many}"


def consequences(jobs: Sequence[Job]) -> list[str]:
    """Return what the jobs make, in the order of the workflow: 2 trainings, 3 feature sets, the report."""
    rules = Counter(job.rule_name for job in jobs)
    found = [counted(rules[rule], *nouns) for rule, nouns in MADE.items() if rules[rule]]
    rest = {rule: count for rule, count in rules.items() if rule not in MADE and rule not in SINGLE}
    for verb, nouns in GROUPS.items():
        of_verb = [rule for rule in rest if rule.partition("_")[0] == verb]
        if number := sum(rest.pop(rule) for rule in of_verb):
            found.append(counted(number, *nouns))
    found += [words for rule, words in SINGLE.items() if rules[rule]]
    if others := sum(rest.values()):
        found.append(counted(others, "other job", "other jobs"))
    return found


def kept(jobs: Sequence[Job], study: Study) -> str:
    """Return how many models, feature sets and classifications stay as they are."""
    rules = Counter(job.rule_name for job in jobs)
    totals = {"train_model": study.models, "extract_features": study.extracted, "classify": study.evaluations}
    nouns = {**MADE, "train_model": ("model", "models")}
    sizes = {rule: len(entries) for rule, entries in totals.items()}
    parts = [f"{size - rules[rule]} of {counted(size, *nouns[rule])}" for rule, size in sizes.items()]
    return ", ".join(parts)


def _code_lines(name: str, folder: Path, used: Collection[str]) -> Iterator[str]:
    try:
        recorded = read_json(str(folder / "results" / name / "code.json"))
    except UNREADABLE:
        recorded = None
    modules = changed_modules(recorded, module_digests(ROOT), used) if isinstance(recorded, dict) else []
    for path in modules[:MOST_MODULES]:
        yield f"code: {path}"
    if len(modules) > MOST_MODULES:
        yield f"code: {len(modules) - MOST_MODULES} more files"


def unfinished(jobs: Sequence[Job], before: Study, folder: Path) -> list[Job]:
    """Return the jobs that the last run had not finished: it had them too, and they have neither output nor benchmark.

    before: the study as it was in the last run. folder: where results are stored.
    """
    names = {
        "sample": before.samples,
        "normaliser": before.normalisers,
        "network": before.networks,
        "model": before.models,
        "features": {features for features, _, _ in before.evaluations},
        "view": {*before.views, *(view for _, view, _ in before.evaluations)},
        "classifier": {classifier for _, _, classifier in before.evaluations},
    }

    def had(job: Job) -> bool:
        return all(value in names[name] for name, value in job.wildcards.items() if name in names)

    return [
        job
        for job in jobs
        if had(job) and not any((folder / file).exists() for file in (*job.output, *filter(None, [job.benchmark])))
    ]


def _study_before(last: dict[str, Any]) -> Study:
    """Return the study of a stored configuration; one without jobs if this version cannot read it."""
    try:
        return expand(last)
    except (StudyError, LookupError, TypeError, AttributeError, ValueError):
        return Study()


def _touched(jobs: Sequence[Job]) -> list[str]:
    """Return a line for each file that is newer than what was made from it and that no job makes again."""
    reasons = [part for job in jobs for part in job.reason.split("; ") if part.startswith(UPDATED)]
    newer = {name for reason in reasons for name in reason.removeprefix(UPDATED).split(", ")}
    newer -= {name for job in jobs for name in job.output}
    lines = [f"touched: {name}" for name in sorted(newer)[:MOST_GONE]]
    return [*lines, "make verify says whether these files are damaged"] if lines else []


def _gone(jobs: Sequence[Job], folder: Path) -> list[str]:
    """Return a line for each result that is gone although nothing else has changed, and one for those of many."""
    gone = [
        name for job in jobs if job.reason.startswith(MISSING) for name in job.output if not (folder / name).exists()
    ]
    lines = [f"gone: {Path(*Path(name).parts[2:])}" for name in gone[:MOST_GONE]]
    return lines + ([f"gone: {len(gone) - MOST_GONE} more files"] if len(gone) > MOST_GONE else [])


def comparison(config: Mapping[str, Any], study: Study, jobs: Sequence[Job], folder: Path = Path()) -> list[str]:
    """Return lines on what has changed since the last run, what follows and what is kept; [] if there was no run.

    jobs: those that a run would start now. folder: where results are stored.
    """
    last = configuration_of_last_run(config["study"], folder)
    if not last:
        return []
    left = unfinished(jobs, _study_before(last), folder)
    numbers = set(map(id, left))
    following = [job for job in jobs if id(job) not in numbers]
    code = _code_lines(config["study"], folder, code_of(following, config, study))
    causes = [*map(setting, changed_values(last, config)), *code]
    if not causes and any(job.reason.startswith(PARAMS_CHANGED) for job in following):
        causes = ["settings or code, before a run that did not reach all jobs"]
    if not causes:
        causes = _gone(following, folder) + _touched(following)
    lines = ["Changed since the last run:", *(f"  {cause}" for cause in causes or ["nothing"])]
    if following:
        lines.append(f"What follows: {', '.join(consequences(following))}.")
    if left:
        lines.append(f"Left by the last run: {', '.join(consequences(left))}.")
    lines.append(f"Kept: {kept(jobs, study)}.")
    return [*(fill(line, WIDTH, subsequent_indent="    ") for line in lines), ""]
