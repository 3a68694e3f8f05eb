"""Stage exploration: what the labelled images look like before anything is trained, if the configuration asks for it.

Input: the training images and their labels. Output: the tables exploration_{classes,pairs,doubts,maps,components}.csv,
<results>/exploration/arrays.npz (means and variances (K, D) and histograms (K, bins) of the classes; the images that the
figures show), and the figures in <results>/figures/exploration/.
"""

from lib.costs import limits

from lib.evaluation.exploration import MOST_IMAGES
from lib.words.language import _

EXPLORED = config["report"]["exploration"]
EXPLORATION_TABLES = {name: f"<results>/tables/{name}.csv" for name in ALL_TABLES if name.startswith("exploration_")}
# What people read for the figures.
EXPLORATION_KINDS = {
    "balance": _("numbers of images and intensities of the classes"),
    "moments": _("means and variances of the classes"),
    "histograms": _("intensities of the classes"),
    "pairs": _("nearest and farthest pairs of images"),
    "pca": _("map by principal components"),
    "tsne": _("map by t-SNE"),
    "doubts": _("labels in doubt"),
}
# Kind and folder of every figure, as of the figures of experiments.
EXPLORATION = [(kind, "exploration") for kind in EXPLORATION_KINDS] if EXPLORED else []
EXPLORATION_FIGURES = {suffix: figure_paths(EXPLORATION, suffix) for suffix in ("pdf", "png")}
EXPLORATION_LINKS = [(f"figures/exploration/{kind}.png", text) for kind, text in EXPLORATION_KINDS.items()]


if EXPLORED:

    rule explore_data:
        """Describe the classes, compare all pairs of a sample of training images, map them, and doubt labels."""
        input:
            images="<results>/dataset/train.npy",
            labels="<results>/dataset/train_labels.npy",
            facts="<results>/dataset/facts.json",
            fitting=FITTING,
        output:
            **{name: listed_table(name) for name in EXPLORATION_TABLES},
            arrays="<results>/exploration/arrays.npz",
        log:
            "<logs>/explore_data.log",
        benchmark:
            "<benchmarks>/explore_data.tsv"
        conda:
            "../envs/study.yaml"
        threads: 1
        resources:
            mem_mb=lambda wildcards, input, attempt: attempt
            * limits.exploration_memory(input.images, input.labels, MOST_IMAGES),
            runtime=lambda wildcards, input, attempt: attempt * 60,
        params:
            seed=config["seed"],
            code=code_of("explore_data.py"),
        script:
            "../scripts/explore_data.py"

    rule draw_exploration:
        """Draw classes, pairs, maps and images whose label is in doubt."""
        input:
            **EXPLORATION_TABLES,
            arrays="<results>/exploration/arrays.npz",
            catalogue=CATALOGUE,
        output:
            pdf=EXPLORATION_FIGURES["pdf"],
            png=[
                listed(
                    path,
                    f"figures/exploration_{kind}",
                    _("Figures"),
                    {_("figure"): text, _("experiment"): _("Exploration of the data")},
                    _("Exploration of the data"),
                )
                for path, (kind, text) in zip(EXPLORATION_FIGURES["png"], EXPLORATION_KINDS.items(), strict=True)
            ],
        log:
            "<logs>/draw_exploration.log",
        benchmark:
            "<benchmarks>/draw_exploration.tsv"
        conda:
            "../envs/study.yaml"
        threads: 1
        resources:
            mem_mb=lambda wildcards, input, attempt: attempt * limits.reading_memory(input),
            runtime=lambda wildcards, input, attempt: attempt * limits.reading_minutes(input),
        params:
            style=config["figures"],
            code=code_of("draw_exploration.py"),
        script:
            "../scripts/draw_exploration.py"
