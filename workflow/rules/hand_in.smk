"""Stage hand-in: the notebook with its outputs, and the archive that is handed in.

Input: tables, filters, losses, a sample of the images; the notebook of workflow/notebooks/ and the modules that it
imports; the report. Output: <results>/study.json (the part of the configuration that the notebook needs),
<results>/sample.npz (the raw images that it computes from), <results>/notebook.ipynb, <results>/hand-in.zip.
Of all jobs that follow the tables, running the notebook takes longest. It starts first, so that the others run at the
same time.
"""

from lib.costs import limits

import os

from lib.base.digests import with_modules
from lib.words.language import _
from lib.words.names import stated_headings

COURSE_MODULES = [
    os.path.relpath(ROOT / "lib" / f"{name}.py")
    for name in ("sample_patches", "gradient", "autoencoder", "display_layer")
]
NOTEBOOK = ROOT / "workflow" / "notebooks" / "study.ipynb"
NOTEBOOK_LIBRARY = [os.path.relpath(file) for file in with_modules(ROOT, NOTEBOOK) if file != NOTEBOOK]
# What the notebook needs from the configuration, with the titles of experiments that this study leaves out.
DESCRIPTION = {
    "study": config["study"],
    "language": LANGUAGE,
    "seed": config["seed"],
    "plan": PLAN,
    "headings": stated_headings(DEFAULT_STUDY["experiments"]) | HEADINGS,
    "classifiers": CLASSIFIER_LABELS,
    "style": config["figures"],
    "lecture": LECTURE,
}


rule describe_study:
    """Write the part of the configuration that the notebook needs."""
    output:
        study="<results>/study.json",
    log:
        "<logs>/describe_study.log",
    benchmark:
        "<benchmarks>/describe_study.tsv"
    priority: 1
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        study=DESCRIPTION,
        code=code_of("describe_study.py"),
    script:
        "../scripts/describe_study.py"


rule sample_images:
    """Sample the images that the notebook computes from and shows."""
    input:
        train="<results>/dataset/train.npy",
        test="<results>/dataset/test.npy",
        unlabeled="<results>/dataset/unlabeled.npy",
        train_labels="<results>/dataset/train_labels.npy",
        test_labels="<results>/dataset/test_labels.npy",
        patches=of_default_model("<results>/patches/{sample}.npy"),
    output:
        sample="<results>/sample.npz",
    log:
        "<logs>/sample_images.log",
    benchmark:
        "<benchmarks>/sample_images.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.mapping_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        seed=config["seed"],
        code=code_of("sample_images.py"),
    script:
        "../scripts/sample_images.py"


rule run_notebook:
    """Run the notebook on the results of the study."""
    input:
        notebook=os.path.relpath(NOTEBOOK),
        modules=COURSE_MODULES,
        library=NOTEBOOK_LIBRARY,
        catalogue=CATALOGUE,
        study="<results>/study.json",
        sample="<results>/sample.npz",
        tables=rules.tables.input,
        lecture=collect("<results>/family/{part}{kind}.csv", part=LECTURE, kind=["", "_curves"]),
        filters=rules.draw_pictures.input.weights,
        units=rules.draw_pictures.input.units,
        responses=rules.draw_pictures.input.responses,
        reconstructions=rules.draw_pictures.input.reconstructions,
        decoded=collect("<results>/models/{model}/decoded.npz", model=DECODED),
        histories=collect("<results>/models/{model}/history.csv", model=sorted({*CURVES, STUDY.default[0]})),
        exploration=["<results>/exploration/arrays.npz"] if EXPLORED else [],
        gpu=MEASUREMENT,
    output:
        notebook="<results>/notebook.ipynb",
    log:
        "<logs>/run_notebook.log",
    benchmark:
        "<benchmarks>/run_notebook.tsv"
    priority: 1
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input, limits.NOTEBOOK),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        study=config["study"],
        answers_tasks=STUDY.answers_tasks,
        code=code_of("run_notebook.py"),
    script:
        "../scripts/run_notebook.py"


rule pack_hand_in:
    """Pack the report, the notebook, the course modules, and all that the notebook needs to run again."""
    input:
        readme=os.path.relpath(NOTEBOOK.with_name(f"hand-in.{LANGUAGE}.txt")),
        report="<results>/report.pdf",
        notebook="<results>/notebook.ipynb",
        modules=COURSE_MODULES,
        library=NOTEBOOK_LIBRARY,
        catalogue=CATALOGUE,
        described="<results>/tables/data.csv",
        data=[
            rules.run_notebook.input.study,
            rules.run_notebook.input.sample,
            *rules.run_notebook.input.tables,
            *rules.run_notebook.input.lecture,
            *rules.run_notebook.input.filters,
            *rules.run_notebook.input.units,
            *rules.run_notebook.input.responses,
            *rules.run_notebook.input.reconstructions,
            *rules.run_notebook.input.decoded,
            *rules.run_notebook.input.histories,
            *rules.run_notebook.input.exploration,
            *MEASUREMENT,
        ],
    output:
        archive=f"<results>/{HAND_IN}",
    log:
        "<logs>/pack_hand_in.log",
    benchmark:
        "<benchmarks>/pack_hand_in.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        words={key: _(text) for key, text in config["report"].items() if key in ("title", "author")}
        | {"study": config["study"]},
        root=os.path.relpath(ROOT),
        code=code_of("pack_hand_in.py"),
    script:
        "../scripts/pack_hand_in.py"
