"""Stage family: experiments of the lecture on autoencoders and deep networks, most with data that they make.

The chapter of the report has the experiments that the configuration names in report.lecture; the targets family and
digits run them for any study. Output, in <results>/family/: {part}.csv, the results, {part}_curves.csv, from which
curves are drawn, the figure {part}.pdf and {part}.png, and {part}.json, the conclusion as LaTeX; the chapter as
<results>/report/lecture.tex, and its answers as <results>/report/lecture.json. Trainings of minutes on one core start
before jobs of seconds, so that no core waits for them at the end.
"""

from lib.words.language import _
from lib.words.lecture import questions

PARTS = ("points", "table", "gradients", "letters")
LECTURE = config["report"]["lecture"]
LECTURE_JOBS = ["run_digits_experiment" if part == "digits" else f"run_family_experiment/{part}" for part in LECTURE]
# The chapter and its answers: none in most studies.
CHAPTER = ["<results>/report/lecture.tex"] if LECTURE else []
CHAPTER_ANSWERS = ["<results>/report/lecture.json"] if LECTURE else []
CHAPTER_QUESTIONS = ["<results>/report/lecture_questions.json"] if LECTURE else []


rule run_family_experiment:
    """Run the experiment {part} of the lecture."""
    output:
        results="<results>/family/{part}.csv",
        curves="<results>/family/{part}_curves.csv",
    log:
        "<logs>/run_family_experiment/{part}.log",
    benchmark:
        "<benchmarks>/run_family_experiment/{part}.tsv"
    wildcard_constraints:
        part=any_of(PARTS),
    priority: 1
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1500,
        runtime=lambda wildcards, attempt: attempt * 120,
    params:
        seeds=3,
        code=code_of("run_family_experiment.py"),
    script:
        "../scripts/run_family_experiment.py"


rule run_digits_experiment:
    """Train deep belief networks on the digits of the study, bright on a black background."""
    input:
        images=collect("<results>/dataset/{split}.npy", split=["train", "test"]),
        labels=collect("<results>/dataset/{split}_labels.npy", split=["train", "test"]),
    output:
        results="<results>/family/digits.csv",
        curves="<results>/family/digits_curves.csv",
    log:
        "<logs>/run_digits_experiment.log",
    benchmark:
        "<benchmarks>/run_digits_experiment.tsv"
    priority: 1
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 2000,
        runtime=lambda wildcards, attempt: attempt * 240,
    params:
        seeds=1,
        code=code_of("run_digits_experiment.py"),
    script:
        "../scripts/run_digits_experiment.py"


rule describe_family_experiment:
    """Draw the experiment {part} of the lecture, and write its conclusion."""
    input:
        results="<results>/family/{part}.csv",
        curves="<results>/family/{part}_curves.csv",
        catalogue=CATALOGUE,
    output:
        pdf="<results>/family/{part}.pdf",
        png=listed(
            "<results>/family/{part}.png",
            "figures/lecture",
            _("Figures"),
            lambda wildcards: {
                _("figure"): questions()[wildcards.part],
                _("experiment"): _("Experiments of the lecture"),
            },
            _("Experiments of the lecture"),
        ),
        conclusion="<results>/family/{part}.json",
    log:
        "<logs>/describe_family_experiment/{part}.log",
    benchmark:
        "<benchmarks>/describe_family_experiment/{part}.tsv"
    wildcard_constraints:
        part=any_of([*PARTS, "digits"]),
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        style=config["figures"],
        code=code_of("describe_family_experiment.py"),
    script:
        "../scripts/describe_family_experiment.py"


rule write_lecture:
    """Write the chapter of the report on the experiments of the lecture."""
    input:
        results=collect("<results>/family/{part}.csv", part=LECTURE),
        curves=collect("<results>/family/{part}_curves.csv", part=LECTURE),
        catalogue=CATALOGUE,
    output:
        chapter="<results>/report/lecture.tex",
        answers="<results>/report/lecture.json",
        questions="<results>/report/lecture_questions.json",
    log:
        "<logs>/write_lecture.log",
    benchmark:
        "<benchmarks>/write_lecture.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: attempt * 1000,
        runtime=lambda wildcards, attempt: attempt * 10,
    params:
        parts=LECTURE,
        code=code_of("write_lecture.py"),
    script:
        "../scripts/write_lecture.py"


rule family:
    """Run all experiments of the lecture."""
    input:
        collect(rules.describe_family_experiment.output, part=PARTS),


rule digits:
    """Run the experiment of the lecture on handwritten digits, which the data set has to be."""
    input:
        collect(rules.describe_family_experiment.output, part="digits"),
