"""Stage pages: pages for the browser, which Snakemake's report shows along with tables and figures.

Input: tables, models, the templates in workflow/report/. Output: <results>/explorer.html, one page per table in
<results>/pages/, and the whole configuration as <results>/configuration.yaml and as a table. Every page is one file
that needs no network.
"""

from lib.costs import limits

import os

from lib.study.configuration_files import changes
from lib.study.single_setting import KEPT
from lib.study.settings import DEFAULT
from lib.words.language import _

# Parts of the pages by name.
PAGE_SOURCES = {
    name: os.path.relpath(ROOT / "workflow" / "report" / name)
    for name in (
        "page.html",
        "page.css",
        "explorer.html",
        "explorer.css",
        "explorer_tools.js",
        "explorer_charts.js",
        "explorer.js",
        "table.html",
        "table.css",
        "table.js",
    )
}

EXPLORER_PARTS = ("page.html", "page.css", "explorer.css", "explorer_tools.js", "explorer_charts.js", "explorer.js")
# What the study file of a single setting starts from.
ORIGIN = {
    "study": config["study"],
    "defaults": DEFAULT_STUDY["defaults"],
    "classifiers": [name for name, classifier in DEFAULT_STUDY["classifiers"].items() if classifier],
    "changes": {key: value for key, value in changes(config, DEFAULT_STUDY).items() if key in KEPT},
}


rule write_configuration:
    """Write the whole configuration of the study."""
    output:
        file=listed(
            "<results>/configuration.yaml",
            "configuration",
            _("Configuration"),
            {_("file"): "configuration.yaml"},
        ),
        table=listed_table("configuration"),
    log:
        "<logs>/write_configuration.log",
    benchmark:
        "<benchmarks>/write_configuration.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        config=config,
        code=code_of("write_configuration.py"),
    script:
        "../scripts/write_configuration.py"


rule write_table_pages:
    """Write a page for every table, on which readers sort and search its rows and learn what its columns mean."""
    input:
        tables=collect("<results>/tables/{table}.csv", table=ALL_TABLES),
        captions=collect(os.path.relpath(ROOT / "workflow" / "report" / "tables" / "{table}.rst"), table=ALL_TABLES),
        confusion=f"<results>/figures/{DEFAULT}/confusion.png",
        template=PAGE_SOURCES["table.html"],
        parts=[PAGE_SOURCES[name] for name in ("page.html", "page.css", "table.css", "table.js")],
        catalogue=CATALOGUE,
    output:
        pages=[listed_page(table) for table in ALL_TABLES],
    log:
        "<logs>/write_table_pages.log",
    benchmark:
        "<benchmarks>/write_table_pages.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        about={"colours": config["figures"]["colours"]},
        code=code_of("write_table_pages.py"),
    script:
        "../scripts/write_table_pages.py"


rule write_explorer:
    """Write the page on which readers browse the experiments and their settings."""
    input:
        weights=collect("<results>/models/{model}/filters.npy", model=STUDY.models),
        units=collect("<results>/models/{model}/filters.csv", model=STUDY.models),
        histories=collect("<results>/models/{model}/history.csv", model=STUDY.models),
        responses=collect("<results>/models/{model}/responses.npy", model=STUDY.models),
        reconstructions=collect("<results>/models/{model}/reconstructions.npy", model=STUDY.models),
        examples=collect("<results>/models/{model}/examples.npz", model=STUDY.models),
        training="<results>/tables/training.csv",
        filters="<results>/tables/filters.csv",
        measures="<results>/tables/measures.csv",
        accuracy="<results>/tables/accuracy.csv",
        comparisons="<results>/tables/comparisons.csv",
        confusion="<results>/tables/confusion.csv",
        networks=["<results>/tables/networks.csv"] if HAS_NETWORKS else [],
        comments="<results>/tables/comments.csv",
        sentences=["<results>/report/sentences.json", *CHAPTER_ANSWERS],
        answers="<results>/report/experiment_answers.json",
        template=PAGE_SOURCES["explorer.html"],
        parts=[PAGE_SOURCES[name] for name in EXPLORER_PARTS],
        catalogue=CATALOGUE,
    output:
        page=listed("<results>/explorer.html", "explorer", _("Explorer"), {_("page"): _("Explorer")}),
    log:
        "<logs>/write_explorer.log",
    benchmark:
        "<benchmarks>/write_explorer.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        models=list(STUDY.models),
        about={
            "title": _(config["report"]["title"]),
            "study": config["study"],
            "dataset": config["dataset"],
            "colours": config["figures"]["colours"],
            "links": {
                "files": [
                    "index.html",
                    "report.pdf",
                    "notebook.ipynb",
                    HAND_IN,
                    "report.zip",
                    "configuration.yaml",
                ],
                "tables": ALL_TABLES,
            },
        },
        origin=ORIGIN,
        texts={"classifiers": CLASSIFIER_LABELS, "headings": HEADINGS},
        plan=PLAN,
        code=code_of("write_explorer.py"),
    script:
        "../scripts/write_explorer.py"


rule pages:
    """All pages."""
    input:
        rules.write_configuration.output,
        rules.write_table_pages.output,
        rules.write_explorer.output,
