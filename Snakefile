"""From raw images to a typeset report on what a sparse autoencoder learns from patches.

Stages, in the order in which data flow: dataset, exploration, patches, gradient check, model, features, predictions, tables,
figures, pages, report, hand-in, overview; family before the tables. `snakemake --list` names the targets; README.md
explains how to run them.
"""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/terminal.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/listing.smk"
include: "workflow/rules/order.smk"


from lib.study.settings import PREPARATIONS


report: "workflow/report/workflow.rst"


pathvars:
    results=f"results/{config['study']}",
    logs=f"results/{config['study']}/logs",
    benchmarks=f"results/{config['study']}/benchmarks",


wildcard_constraints:
    sample=any_of(STUDY.samples),
    normaliser=any_of(STUDY.normalisers),
    network=any_of(STUDY.networks),
    model=any_of(STUDY.models),
    view=any_of(sorted({*STUDY.views, *(view for _, view, _ in STUDY.evaluations)})),
    features=any_of(sorted({model for model, _, _ in STUDY.evaluations})),
    experiment=any_of(STUDY.experiments),
    classifier=any_of(config["classifiers"]),
    preparation=any_of(PREPARATIONS),
    split="train|test|unlabeled",
    image_size=r"\d+",


include: "workflow/rules/dataset.smk"
include: "workflow/rules/exploration.smk"
include: "workflow/rules/patches.smk"
include: "workflow/rules/gradient_check.smk"
include: "workflow/rules/model.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/evaluations.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/family.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/hand_in.smk"
include: "workflow/rules/overview.smk"


# What takes long to compute: such a file is made again if it is gone, although all that follows from it is there.
KEPT = [
    *(rules.ingest_dataset.output if all(map(os.path.exists, RAW.paths)) else []),  # raw files may be gone
    *collect(rules.sample_patches.output, sample=STUDY.samples),
    *collect(rules.fit_normaliser.output, normaliser=STUDY.normalisers),
    *collect([*rules.train_model.output, *rules.measure_filters.output], model=STUDY.models),
    *collect("<results>/predictions/{evaluation}.{kind}", evaluation=EVALUATIONS, kind=("npz", "json")),
]


rule all:
    default_target: True
    input:
        rules.typeset_report.output,
        rules.run_notebook.output,
        rules.pack_hand_in.output,
        rules.tables.input,
        rules.figures.input,
        rules.pages.input,
        rules.write_overview.output,
        KEPT,
