"""What Snakemake's HTML report shows: tables by subject, figures by kind, mosaics of filters by learner.

Captions are in workflow/report/.
"""

from jinja2.defaults import DEFAULT_NAMESPACE

from lib.study.decoded import is_generative
from lib.study.model_labels import labels
from lib.words import lecture
from lib.words.labels import label_text, setting_value
from lib.words.language import _
from lib.words.markup import restructured, without_wildcards
from lib.words.names import heading

# Snakemake renders the captions and takes no functions for them. Those that translate, that insert text of the user's,
# and that give the captions of the lecture are added to what Jinja2 gives to every template.
DEFAULT_NAMESPACE |= {"_": _, "plain": restructured, "captions_of_lecture": lecture.captions}
# Tables that only a study with models that give images a likelihood has.
BOUNDS = ["bounds"] if any(map(is_generative, STUDY.models.values())) else []
# The table that only a study whose questions state what they compare has.
CONTRASTS = ["contrasts"] if any(one.comparisons for one in STUDY.experiments.values()) else []
# Tables that only a study whose classifiers train networks has.
NETWORK_TABLES = ["networks", "network_training"] if HAS_NETWORKS else []
TABLES = {
    _("Configuration"): ["configuration"],
    _("Data"): ["data", "classes", "files", "notes", "duplicates"],
    _("Training and filters"): [
        *("gradient_check", "training", "convergence", "filters", "measures", "controls", "costs"),
        *BOUNDS,
    ],
    _("Accuracy"): [
        *("accuracy", "comparisons", "trends", "classification", "folds", "confusion", "experiments", "comments"),
        "published",
        *CONTRASTS,
    ],
}
if NETWORK_TABLES:
    TABLES[_("Networks")] = NETWORK_TABLES
if config["report"]["exploration"]:
    TABLES[_("Exploration")] = [f"exploration_{part}" for part in ("classes", "pairs", "doubts", "maps", "components")]
ALL_TABLES = [table for subject in TABLES.values() for table in subject]
KINDS = {
    "overview": _("images and patches"),
    "classes": _("classes"),
    "mosaic": _("filters of the default model"),
    "reconstructions": _("reconstructions"),
    "filters": _("filters"),
    "responses": _("responses of deep layers"),
    "activity": _("mean activations"),
    "sweep": _("filters, reconstruction, accuracy"),
    "convergence": _("convergence"),
    "accuracy": _("accuracy"),
    "gain": _("gain over pixels"),
    "training": _("training of networks"),
    "confusion": _("confusion of classes"),
    "gpu": _("graphics processor"),
    "plane": _("plane of codes by class"),
    "manifold": _("decoded plane of codes"),
    "samples": _("decoded random codes"),
    "interpolations": _("interpolated codes"),
    "corrections": _("corrected inputs"),
}
MODEL_LABELS = {model: label_text(label) for model, label in labels(STUDY).items()}


def listed(path, caption, category, labels, subcategory=None):
    """Return a file that the report shows under a category and subcategory, with labels and a caption."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=subcategory,
        labels=labels,
    )


def table_labels(name, form):
    """Return how a table is listed: its subject, and whether the entry is the page or the file."""
    subject = next((subject for subject, tables in TABLES.items() if name in tables), _("Networks"))
    return {"subcategory": subject, "labels": {_("table"): name.replace("_", " "), _("form"): form}}


def listed_table(name):
    """Return the file of a table, listed."""
    return listed(f"<results>/tables/{name}.csv", f"tables/{name}", _("Tables"), **table_labels(name, _("file")))


def listed_page(name):
    """Return the page of a table, listed."""
    return listed(f"<results>/pages/{name}.html", f"tables/{name}", _("Tables"), **table_labels(name, _("page")))


def experiment_title(name):
    """Return the title that an experiment has in the report."""
    return without_wildcards(heading(name, HEADINGS).title)


def figure_paths(figures, suffix):
    """Return the files of figures, given the kind and experiment of each. Figures of an experiment share a folder."""
    return [
        f"<results>/figures/{kind if kind in ('overview', 'gpu') else f'{name}/{kind}'}.{suffix}"
        for kind, name in figures
    ]


def listed_figures(figures):
    """Return the copies of figures for the screen, listed, given the kind and experiment of each."""
    return [
        listed(
            path,
            f"figures/{kind}",
            _("Figures"),
            {_("figure"): KINDS[kind], _("experiment"): experiment_title(name)},
            experiment_title(name),
        )
        for (kind, name), path in zip(figures, figure_paths(figures, "png"), strict=True)
    ]


def listed_mosaics(models):
    """Return the mosaics of the filters of models, listed by learner."""
    return [
        listed(
            f"<results>/figures/filters/{model}.png",
            "figures/model",
            _("Filters of a model"),
            {_("model"): MODEL_LABELS[model]},
            setting_value("learner", STUDY.models[model].learner),
        )
        for model in models
    ]
