"""Stage overview: the page that leads to all results.

Input: one sentence per task, the filters before and after training, all that the page links to. Output:
<results>/index.html. Without LaTeX there is no report to wait for, and the page leaves out what does not exist.
"""

from lib.costs import limits

import os
import shutil
from pathlib import Path

from lib.study import contents
from lib.study.settings import DEFAULT
from lib.words.language import _
from lib.words.lecture import questions
from lib.words.names import heading, table_titles

# Results that need LaTeX, unless neither they nor LaTeX are there.
PRINTED = [
    file
    for file in (*rules.typeset_report.output, *rules.pack_hand_in.output)
    if shutil.which("latexmk") or Path("results", config["study"], Path(file).name).exists()
]
OVERVIEW_SOURCES = [
    os.path.relpath(ROOT / "workflow" / "report" / name) for name in ("page.html", "page.css", "overview.css")
]
# Titles, and the place, the text and one line of each link below them.
OVERVIEW_LINKS = {
    "tables": {
        subject: [(f"pages/{name}.html", table_titles()[name]) for name in names] for subject, names in TABLES.items()
    },
    "figures": ({_("Exploration of the data"): EXPLORATION_LINKS} if EXPLORED else {})
    | {
        heading(name, HEADINGS).title: [
            (path.removeprefix("<results>/"), KINDS[kind])
            for kind, other in FIGURES
            for path in figure_paths([(kind, other)], "png")
            if other == name
        ]
        for name in STUDY.experiments
    }
    | {_("Experiments of the lecture"): [(f"family/{part}.png", questions()[part]) for part in LECTURE]},
}


# What the page begins with: the filters of the default model, where it learned some.
PICTURE = "mosaic" if "mosaic" in contents.figures(STUDY, DEFAULT) else "classes"


rule write_overview:
    """Write the page that leads to all results."""
    input:
        sentences="<results>/report/sentences.json",
        picture=f"<results>/figures/{DEFAULT}/{PICTURE}.png",
        linked=[
            rules.pages.input,
            rules.figures.input,
            "<results>/notebook.ipynb",
            PRINTED,
            collect("<results>/family/{part}.png", part=LECTURE),
        ],
        template=os.path.relpath(ROOT / "workflow" / "report" / "overview.html"),
        parts=OVERVIEW_SOURCES,
        catalogue=CATALOGUE,
    output:
        page="<results>/index.html",
    log:
        "<logs>/write_overview.log",
    benchmark:
        "<benchmarks>/write_overview.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        about={
            "title": _(config["report"]["title"]),
            "study": config["study"],
            "dataset": config["dataset"],
            "hand_in": HAND_IN,
            "colours": config["figures"]["colours"],
            "shown": (
                _("Filters of the default model, trained and untrained")
                if PICTURE == "mosaic"
                else _("One image of each class")
            ),
        },
        groups=OVERVIEW_LINKS,
        code=code_of("write_overview.py"),
    script:
        "../scripts/write_overview.py"
