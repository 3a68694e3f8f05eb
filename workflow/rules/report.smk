"""Stage report: numbers and sentences from the tables, typeset by LaTeX with the sources in report/.

Input: tables, figures, LaTeX sources. Output: <results>/report.pdf.
"""

from lib.costs import limits

import os

from lib.study import contents
from lib.study.inheritance import stated

REPORT_TABLES = [
    *(("exploration_classes", "exploration_doubts") if EXPLORED else ()),
    *("data", "files", "duplicates", "folds", "published", "costs"),
    *(("known_functions", "gradient_check") if STUDY.networks else ()),
    *(table for name in STUDY.experiments for table in contents.tables(STUDY, name)),
]
# What the study changes in the default study; the default study itself has only settings.
CHANGES = stated(config, DEFAULT_STUDY) or {"defaults": config["defaults"]}
REPORT_SOURCES = sorted(
    os.path.relpath(file)
    for pattern in ("*.tex", "*.bib", f"{LANGUAGE}/**/*.tex")
    for file in (ROOT / "report").glob(pattern)
)


rule write_report_numbers:
    """Write the numbers of the tables as macros, LaTeX tables and sentences."""
    input:
        **EXPLORATION_TABLES,
        **{table: f"<results>/tables/{table}.csv" for table in [*BOUNDS, *CONTRASTS]},
        data="<results>/tables/data.csv",
        files="<results>/tables/files.csv",
        duplicates="<results>/tables/duplicates.csv",
        notes="<results>/tables/notes.csv",
        gradient_check="<results>/tables/gradient_check.csv",
        training="<results>/tables/training.csv",
        filters="<results>/tables/filters.csv",
        folds="<results>/tables/folds.csv",
        classification="<results>/tables/classification.csv",
        accuracy="<results>/tables/accuracy.csv",
        comparisons="<results>/tables/comparisons.csv",
        costs="<results>/tables/costs.csv",
        published="<results>/tables/published.csv",
        classes="<results>/tables/classes.csv",
        measures="<results>/tables/measures.csv",
        trends="<results>/tables/trends.csv",
        convergence="<results>/tables/convergence.csv",
        controls="<results>/tables/controls.csv",
        comments="<results>/tables/comments.csv",
        gpu=MEASUREMENT,
        networks=["<results>/tables/networks.csv"] if HAS_NETWORKS else [],
        network_training=["<results>/tables/network_training.csv"] if HAS_NETWORKS else [],
        lecture=CHAPTER_QUESTIONS,
        history=of_default_model("<results>/models/{model}/history.csv"),
        catalogue=CATALOGUE,
    output:
        numbers="<results>/report/numbers.tex",
        claims="<results>/report/claims.tex",
        answers="<results>/report/answers.tex",
        experiments="<results>/report/experiments.tex",
        conclusions="<results>/report/conclusions.tex",
        configuration="<results>/report/configuration.tex",
        sentences="<results>/report/sentences.json",
        experiment_answers="<results>/report/experiment_answers.json",
        tables=collect("<results>/report/tables/{table}.tex", table=REPORT_TABLES),
    log:
        "<logs>/write_report_numbers.log",
    benchmark:
        "<benchmarks>/write_report_numbers.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        config=config,
        plan=PLAN,
        changes=CHANGES,
        classifiers=CLASSIFIER_LABELS,
        code=code_of("write_report_numbers.py"),
    script:
        "../scripts/write_report_numbers.py"


rule typeset_report:
    """Typeset the report."""
    input:
        sources=REPORT_SOURCES,
        texts=[
            "<results>/report/numbers.tex",
            "<results>/report/claims.tex",
            "<results>/report/answers.tex",
            "<results>/report/experiments.tex",
            "<results>/report/conclusions.tex",
            "<results>/report/configuration.tex",
            *CHAPTER,
        ],
        tables=rules.write_report_numbers.output.tables,
        figures=[
            *figure_paths([*EXPLORATION, *FIGURES], "pdf"),
            *collect("<results>/family/{part}.pdf", part=LECTURE),
        ],
    output:
        pdf="<results>/report.pdf",
    log:
        "<logs>/typeset_report.log",
    benchmark:
        "<benchmarks>/typeset_report.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input, limits.LATEX),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        language=LANGUAGE,
        code=code_of("typeset_report.py"),
    script:
        "../scripts/typeset_report.py"
