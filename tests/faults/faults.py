"""The faults that are injected into the smoke study, and what each must lead to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.faults import injections as inject
from tests.faults.project import CONFIGURATION, Project, Stage, snakemake

MODEL = "autoencoder_75_sigmoid_rho0.01_lambda0.0001_beta3_all_n1000_p8_patch_float64_i30_seed0"
PREPARED = "results/smoke/predictions/pixels/seed0/prepared/standardised_rotated.npz"
STAGES = {
    "photographs": Stage("make_photographs"),
    "ingestion": Stage("ingest_dataset"),
    "reduction": Stage("reduce_images", "results/smoke/dataset/reduced_32/train.npy", more=True),
    "patches": Stage("sample_patches", "seed0"),
    "normaliser": Stage("fit_normaliser", "seed0"),
    "gradient check": Stage("check_gradient"),
    "training": Stage("train_model", MODEL),
    "measuring of filters": Stage("measure_filters", MODEL),
    "features": Stage("extract_features", f"{MODEL}/layer1_stride8"),
    "preparation": Stage("prepare_objects", PREPARED, more=True),
    "classification": Stage("classify", "pixels/seed0/logistic_regression"),
    "tables of the data": Stage("tabulate_data"),
    "tables": Stage("tabulate_predictions"),
    "figures": Stage("draw_charts"),
    "pictures": Stage("draw_pictures"),
    "notebook": Stage("run_notebook"),
    "numbers of the report": Stage("write_report_numbers"),
    "report": Stage("typeset_report"),
    "hand-in": Stage("pack_hand_in"),
    "explorer": Stage("write_explorer"),
    "pages": Stage("write_table_pages"),
    "overview": Stage("write_overview"),
    "report.zip": Stage("html_report"),  # not a rule: the script that `make` runs last
}
NO_SPACE = r"no space left on the disk: make room"
NO_MEMORY = r"not enough memory|killed \(SIGKILL\), most likely because memory ran out|crashed \(SIG"
DAMAGED = r"the file is damaged; delete it, and the same command makes it again"


def html_report(project: Project, stage: Stage) -> list[str]:
    """Return the command that writes report.zip."""
    return [sys.executable, "workflow/html_report.py", "config/smoke.yaml"]


def make(project: Project, stage: Stage) -> list[str]:
    """Return the command `make`, with the packages of this environment."""
    venv = project.folder / "venv"
    if not venv.exists():
        venv.mkdir()
        for part in ("bin", "lib", "pyvenv.cfg"):
            (venv / part).symlink_to(Path(sys.prefix) / part)
    (venv / ".study").touch()
    settings = ("STUDY=config/smoke.yaml", f"VENV={venv}", f"PYTHON={sys.executable}", "LATEX_THERE=true", "CORES=2")
    return ["make", *settings]


def whole_study(project: Project, stage: Stage) -> list[str]:
    """Return the command that runs all of the study."""
    return snakemake(*CONFIGURATION)


@dataclass(frozen=True)
class Fault:
    """A fault and what it must lead to.

    Attributes
    ----------
    group : the heading under which the page shows it.
    name : what people read.
    inject : the context in which the command runs.
    says : pattern of a line that the command prints.
    stage : the job whose outputs are removed before, by its name in `STAGES`.
    command : returns the command.
    succeeds : whether the command ends well in spite of the fault.
    small_disk : whether the project is on a disk of its own, which needs root.
    root : whether the fault needs root.
    needs : a program that it needs.
    kept : names of stages that the command also has to make, and makes in spite of the fault.
    delete_named : whether the file that the sentence names is deleted before the command runs again, as it says.
    removes : whether results are removed, by the fault or because they are damaged and made again.
    """

    group: str
    name: str
    inject: Callable[[Project, Stage], Any]
    says: str
    stage: str = "training"
    command: Callable[[Project, Stage], list[str]] = Project.command
    succeeds: bool = False
    small_disk: bool = False
    root: bool = False
    needs: str | None = None
    kept: tuple[str, ...] = ()
    delete_named: bool = False
    removes: bool = False


def _disk() -> list[Fault]:
    full = Fault("The disk", "", inject.disk_full, NO_SPACE, small_disk=True, root=True)
    others = [
        replace(full, name="full before the command", inject=inject.disk_full_from_the_start),
        replace(
            full,
            name="full before report.zip is written",
            inject=inject.disk_full_from_the_start,
            stage="report.zip",
            command=html_report,
        ),
        replace(
            full,
            name="full for temporary files, which then go to another disk",
            inject=inject.temporary_disk_full,
            says="1 job done",
            stage="report",
            succeeds=True,
            small_disk=False,
        ),
        Fault("The disk", "results on a read-only disk", inject.read_only_disk, "read-only file system", root=True),
        Fault(
            "The disk",
            "the folder of the job's output is read-only",
            inject.without_permission(""),
            "permission denied",
            needs="setpriv",
        ),
        Fault(
            "The disk",
            "the folder of the study is read-only, for report.zip",
            inject.without_permission("results/smoke"),
            "permission denied",
            stage="report.zip",
            command=html_report,
            needs="setpriv",
        ),
        Fault(
            "The disk",
            "the folder .snakemake is read-only",
            inject.without_permission(".snakemake"),
            "permission denied",
            needs="setpriv",
        ),
    ]
    jobs = [name for name, stage in STAGES.items() if stage.rule != "html_report"]
    return [replace(full, name=f"full during the stage {name}", stage=name) for name in jobs] + others


def _files() -> list[Fault]:
    words = "not found, for it was removed while the study ran"
    gone = Fault("Files that vanish", "", inject.removed(""), words, removes=True)
    return [
        replace(gone, name="the input of a job", inject=inject.removed("results/smoke/patches/n1000_p8_seed0.npy")),
        replace(gone, name="the folder of its output", stage="features"),
        replace(gone, name="the log", inject=inject.removed("results/smoke/logs"), says="1 job done", succeeds=True),
    ]


LIMITED = ("ingestion", "patches", "gradient check", "training", "measuring of filters", "features", "classification")


def _memory() -> list[Fault]:
    group = "Memory and processes"
    others = ("preparation", "tables", "figures", "notebook", "report", "explorer")
    return [
        *(
            Fault(group, f"too little memory for the stage {name}", inject.memory_limit, NO_MEMORY, stage=name)
            for name in LIMITED
        ),
        *(
            Fault(
                group,
                f"too little memory for the libraries of the stage {name}",
                inject.memory_limit_at_start,
                NO_MEMORY,
                stage=name,
            )
            for name in (*others, "training")
        ),
        Fault(group, "`ulimit -v` for the whole command", inject.memory_limit_of_all, NO_MEMORY, needs="prlimit"),
        Fault(group, "the kernel kills a job", inject.out_of_memory, r"killed \(SIGKILL\)", root=True),
        Fault(group, "SIGKILL to a job", inject.killed, r"killed \(SIGKILL\)", stage="classification"),
        Fault(group, "a job hangs, then Ctrl-C", inject.hanging, "smoke: interrupted after", stage="features"),
        Fault(group, "two runs at once", inject.second_run, "the study smoke is being run by process"),
        Fault(
            group,
            "two runs at once on a file system without locks",
            inject.second_run_without_locks,
            "the study smoke is being run by process",
            needs="strace",
        ),
    ]


CONSUMED = {
    "dataset/unlabeled.npy": "patches",  # which reads a part of the file
    "dataset/train.npy": "features",
    "dataset/facts.json": "tables of the data",
    "patches/n1000_p8_seed0.npy": "training",
    "patches/n1000_p8_seed0_patch_sigmoid.json": "training",
    f"models/{MODEL}/theta.npy": "measuring of filters",
    f"features/{MODEL}/layer1_stride8/train.npy": "classification of features",
    "predictions/pixels/seed0/logistic_regression.npz": "tables",
    "tables/accuracy.csv": "numbers of the report",
    "notebook.ipynb": "hand-in",
    "patches/.checksums/n1000_p8_seed0.npy.crc32": "training",
}
STAGES["classification of features"] = Stage("classify", f"{MODEL}/layer1_stride8/logistic_regression")


def _damages() -> list[Fault]:
    found = []
    for path, stage in CONSUMED.items():
        for how in inject.DAMAGES:
            # Facts and checksums that cannot be read count as absent, and the next run makes them again.
            renewed = path.endswith("facts.json") or (".checksums" in path and how != "one bit flipped")
            fault = Fault("Damaged files", f"{path}: {how}", inject.damaged(path, how), DAMAGED, stage)
            other = {"says": "jobs? done", "succeeds": True, "removes": True} if renewed else {"delete_named": True}
            found.append(replace(fault, **other))
    return found


def _surroundings() -> list[Fault]:
    group, well = "Clock, places and environment", r"jobs? done|Nothing to be done"
    fine = Fault(group, "", inject.private_files, well, succeeds=True)
    latex = Fault(group, "", inject.broken_latex, "", "report", whole_study, kept=("explorer",), needs="latexmk")
    return [
        replace(fine, name="results from the future, as after the clock was set back", inject=inject.in_the_future),
        replace(fine, name="the folder of the project is moved", inject=inject.moved),
        replace(fine, name="copied files with new times, in no order", inject=inject.copied),
        replace(fine, name="results of an older version of the code", inject=inject.older_code, stage="report"),
        replace(fine, name="no HOME", inject=inject.environment(HOME=None), stage="notebook"),
        replace(
            fine,
            name="HOME cannot be written",
            inject=inject.unwritable_home,
            stage="notebook",
            command=make,
            needs="setpriv",
        ),
        replace(fine, name="no TMPDIR", inject=inject.environment(TMPDIR=None)),
        replace(fine, name="TMPDIR does not exist", inject=inject.environment(TMPDIR="/does/not/exist")),
        replace(fine, name="LANG=C", inject=inject.environment(LANG="C", LC_ALL="C", PYTHONUTF8="0"), stage="pages"),
        replace(fine, name="umask 077", inject=inject.private_files),
        replace(latex, name="LuaLaTeX fails", says=r"report.tex: LaTeX stopped"),
        replace(latex, name="LaTeX is missing", inject=inject.missing_latex, says="latexmk: not found, expected LaTeX"),
    ]


FAULTS = [*_disk(), *_files(), *_memory(), *_surroundings(), *_damages()]
