"""Stage tables: the results of all jobs as tidy CSV files in <results>/tables/.

Input: facts of the data, gradient checks, trainings, filters, predictions.
Output: data.csv (one row per split), classes.csv, files.csv (one row per raw file and split), notes.csv,
gradient_check.csv, training.csv and filters.csv (one row per model), measures.csv (one row per setting and measure),
bounds.csv (one row per setting whose models give images a likelihood),
convergence.csv (one row per setting and checkpoint), controls.csv (one row per kind of control filters),
classification.csv (one row per evaluation and training set), folds.csv, confusion.csv, experiments.csv (the features of
each setting of each experiment), accuracy.csv (one row per setting and classifier), comparisons.csv (one row per paired
comparison), trends.csv (one row per experiment that varies a number, and classifier), contrasts.csv (one row per pair
that a question compares), networks.csv (one row per setting
and classifier that is a network), network_training.csv (one row per epoch of a network), costs.csv (one row per stage),
published.csv (one row per published result).
"""

from lib.costs import limits

import os

from lib.study.comments import check_comments

COMMENTS = {name: texts["comment"] for name, texts in HEADINGS.items() if "comment" in texts}
with stop_at_faults():
    check_comments(COMMENTS, STUDY)

# The jobs of every stage: the stems of their benchmarks below <benchmarks> and of their logs below <logs>.
STAGES = {
    "dataset": ["ingest_dataset", "find_duplicates", *(["explore_data"] if EXPLORED else [])],
    "patches": [
        *(f"sample_patches/{sample}" for sample in STUDY.samples),
        *(f"fit_normaliser/{normaliser}" for normaliser in STUDY.normalisers),
    ],
    "gradient_check": [f"check_gradient/{network}" for network in STUDY.networks],
    "model": [
        *(f"{rule}/{model}" for rule in ("train_model", "measure_filters") for model in STUDY.models),
        *(f"decode_codes/{model}" for model in DECODED),
    ],
    "features": [f"extract_features/{model}/{view}" for model, view in STUDY.extracted],
    "predictions": [
        *(f"prepare_objects/{features}/{view}_{how}" for features, view, how in SHARED),
        *(f"classify/{features}/{view}_{classifier}" for features, view, classifier in STUDY.evaluations),
    ],
    "lecture": LECTURE_JOBS,
}


rule tabulate_data:
    """Describe the splits, the classes and the raw files, and note what is unusual about the data set."""
    input:
        facts="<results>/dataset/facts.json",
    output:
        table=listed_table("data"),
        classes=listed_table("classes"),
        files=listed_table("files"),
        notes=listed_table("notes"),
    log:
        "<logs>/tabulate_data.log",
    benchmark:
        "<benchmarks>/tabulate_data.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        code=code_of("tabulate_data.py"),
    script:
        "../scripts/tabulate_data.py"


rule tabulate_gradient_checks:
    """Collect the gradient checks of all networks."""
    input:
        checks=collect("<results>/gradient_check/{network}.csv", network=STUDY.networks),
    output:
        table=listed_table("gradient_check"),
    log:
        "<logs>/tabulate_gradient_checks.log",
    benchmark:
        "<benchmarks>/tabulate_gradient_checks.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        code=code_of("tabulate_gradient_checks.py"),
    script:
        "../scripts/tabulate_gradient_checks.py"


rule tabulate_training:
    """Collect the records of all trainings."""
    input:
        training=collect("<results>/models/{model}/training.json", model=STUDY.models),
        histories=collect("<results>/models/{model}/history.csv", model=STUDY.models),
    output:
        table=listed_table("training"),
    log:
        "<logs>/tabulate_training.log",
    benchmark:
        "<benchmarks>/tabulate_training.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        models=list(STUDY.models),
        code=code_of("tabulate_training.py"),
    script:
        "../scripts/tabulate_training.py"


rule tabulate_filters:
    """Count the oriented filters and the constant units of every model."""
    input:
        filters=collect("<results>/models/{model}/filters.csv", model=STUDY.models),
        layers=collect("<results>/models/{model}/layers.csv", model=STUDY.models),
    output:
        table=listed_table("filters"),
    log:
        "<logs>/tabulate_filters.log",
    benchmark:
        "<benchmarks>/tabulate_filters.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        models={name: model.row for name, model in STUDY.models.items()},
        code=code_of("tabulate_filters.py"),
    script:
        "../scripts/tabulate_filters.py"


rule tabulate_measures:
    """Average the measures of the models of every setting over the repetitions."""
    input:
        filters="<results>/tables/filters.csv",
        training="<results>/tables/training.csv",
    output:
        table=listed_table("measures"),
    log:
        "<logs>/tabulate_measures.log",
    benchmark:
        "<benchmarks>/tabulate_measures.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        plan=PLAN,
        code=code_of("tabulate_measures.py"),
    script:
        "../scripts/tabulate_measures.py"


rule tabulate_bounds:
    """Average the bounds of the likelihood of test images over the repetitions of every setting."""
    input:
        filters="<results>/tables/filters.csv",
    output:
        table=listed_table("bounds"),
    log:
        "<logs>/tabulate_bounds.log",
    benchmark:
        "<benchmarks>/tabulate_bounds.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        plan=PLAN,
        code=code_of("tabulate_bounds.py"),
    script:
        "../scripts/tabulate_bounds.py"


rule tabulate_convergence:
    """Compare the reconstruction errors of settings after equal iterations and after equal times."""
    input:
        histories=collect("<results>/models/{model}/history.csv", model=STUDY.models),
    output:
        table=listed_table("convergence"),
    log:
        "<logs>/tabulate_convergence.log",
    benchmark:
        "<benchmarks>/tabulate_convergence.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        plan=PLAN,
        code=code_of("tabulate_convergence.py"),
    script:
        "../scripts/tabulate_convergence.py"


rule tabulate_controls:
    """Measure the edge-likeness of filters that are not edges."""
    input:
        patches=of_default_model("<results>/patches/{sample}.npy"),
        facts="<results>/dataset/facts.json",
    output:
        table=listed_table("controls"),
    log:
        "<logs>/tabulate_controls.log",
    benchmark:
        "<benchmarks>/tabulate_controls.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        side=config["defaults"]["patch_size"],
        seed=config["seed"],
        code=code_of("tabulate_controls.py"),
    script:
        "../scripts/tabulate_controls.py"


rule tabulate_predictions:
    """Score all predictions, and compare them as the experiments specify."""
    input:
        predictions=collect("<results>/predictions/{evaluation}.npz", evaluation=EVALUATIONS),
        facts=collect("<results>/predictions/{evaluation}.json", evaluation=EVALUATIONS),
        labels="<results>/dataset/test_labels.npy",
        groups="<results>/dataset/test_groups.npy",
        dataset="<results>/dataset/facts.json",
        filters=branch(bool(CONTRASTS), then="<results>/tables/filters.csv"),
    output:
        **{table: listed_table(table) for table in CONTRASTS},
        classification=listed_table("classification"),
        folds=listed_table("folds"),
        confusion=listed_table("confusion"),
        experiments=listed_table("experiments"),
        accuracy=listed_table("accuracy"),
        comparisons=listed_table("comparisons"),
        trends=listed_table("trends"),
    log:
        "<logs>/tabulate_predictions.log",
    benchmark:
        "<benchmarks>/tabulate_predictions.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        plan=PLAN,
        seed=config["seed"],
        code=code_of("tabulate_predictions.py"),
    script:
        "../scripts/tabulate_predictions.py"


rule tabulate_networks:
    """Describe the networks that classifiers have trained, and the course of their training."""
    input:
        facts=collect("<results>/predictions/{evaluation}.json", evaluation=EVALUATIONS),
        accuracy="<results>/tables/accuracy.csv",
    output:
        networks=listed_table("networks"),
        training=listed_table("network_training"),
    log:
        "<logs>/tabulate_networks.log",
    benchmark:
        "<benchmarks>/tabulate_networks.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        plan=PLAN,
        code=code_of("tabulate_networks.py"),
    script:
        "../scripts/tabulate_networks.py"


rule tabulate_costs:
    """Sum the costs of the jobs of every stage."""
    input:
        **{stage: [f"<benchmarks>/{job}.tsv" for job in jobs] for stage, jobs in STAGES.items()},
    output:
        table=listed_table("costs"),
    log:
        "<logs>/tabulate_costs.log",
    benchmark:
        "<benchmarks>/tabulate_costs.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        stages=STAGES,
        code=code_of("tabulate_costs.py"),
    script:
        "../scripts/tabulate_costs.py"


rule tabulate_published:
    """Compare published accuracies with the accuracies of this study."""
    input:
        published=os.path.relpath(ROOT / "report" / "published.csv"),
        classification="<results>/tables/classification.csv",
        facts="<results>/dataset/facts.json",
    output:
        table=listed_table("published"),
    log:
        "<logs>/tabulate_published.log",
    benchmark:
        "<benchmarks>/tabulate_published.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        defaults=config["defaults"],
        code=code_of("tabulate_published.py"),
    script:
        "../scripts/tabulate_published.py"


rule tabulate_comments:
    """Fill the numbers into the author's comments on experiments."""
    input:
        accuracy="<results>/tables/accuracy.csv",
        comparisons="<results>/tables/comparisons.csv",
        measures="<results>/tables/measures.csv",
        catalogue=CATALOGUE,
    output:
        table=listed_table("comments"),
    log:
        "<logs>/tabulate_comments.log",
    benchmark:
        "<benchmarks>/tabulate_comments.tsv"
    conda:
        "../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
        runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
    params:
        comments=COMMENTS,
        code=code_of("tabulate_comments.py"),
    script:
        "../scripts/tabulate_comments.py"


rule tables:
    """All tables."""
    input:
        rules.tabulate_data.output,
        rules.find_duplicates.output,
        EXPLORATION_TABLES.values(),
        rules.tabulate_gradient_checks.output,
        rules.tabulate_training.output,
        rules.tabulate_filters.output,
        rules.tabulate_measures.output,
        collect("<results>/tables/{table}.csv", table=BOUNDS + NETWORK_TABLES),
        rules.tabulate_convergence.output,
        rules.tabulate_controls.output,
        rules.tabulate_predictions.output,
        rules.tabulate_costs.output,
        rules.tabulate_published.output,
        rules.tabulate_comments.output,
