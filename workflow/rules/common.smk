"""Functions of the rules: the validated configuration, the jobs it asks for, and what each of them needs."""

import os
import re
import shlex
import sys
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path

import yaml
from jinja2.defaults import DEFAULT_NAMESPACE
from snakemake.utils import update_config

ROOT = Path(workflow.current_basedir).parent.parent
sys.path.insert(0, str(ROOT))

from lib.words import language
from lib.costs import limits
from lib.study.validation import check_path, checked, read_schema, typed_arguments, untried
from lib.study.configuration_files import read
from lib.costs.fitting import check_data, usual_components
from lib.datasets.known_facts import is_damaged, known_facts
from lib.datasets.ingestion import check_files_of
from lib.datasets.origin.provenance import read_record, state_of
from lib.datasets.sources import archive_of, raw_data, set_aside
from lib.base.digests import digest, with_modules
from lib.base.errors import StudyError, first
from lib.study.experiments import expand, labels
from lib.words.language import _
from lib.learners.registry import module_of
from lib.costs.limits import BASE_MEMORY
from lib.words.labels import label_text, setting_value
from lib.words.markup import restructured, without_wildcards
from lib.words.names import heading, stated_headings, without_headings
from lib.classifiers.preparation import PREPARATIONS, preparation_of
from lib.study.project_folder import fault
from lib.study.settings import DEFAULT, PIXELS


def stop(*sentences):
    """End the run before anything is computed, with sentences instead of a traceback."""
    sys.exit("\n".join(f"error: {sentence}" for sentence in first(sentences)))


DEFAULT_STUDY = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
if sentence := fault(str(ROOT)):
    stop(sentence)
# Snakemake puts the interpreter's path into the commands of jobs as it is (snakemake/snakemake#2645), spaces and all.
if Path(sys.executable).exists():  # a path with quotes does not: another workflow may include these rules twice
    sys.executable = shlex.quote(sys.executable)


def check_files():
    """Refuse configuration files that hold something else than it seems; Snakemake has read them before."""
    for file in workflow.overwrite_configfiles:
        read(os.path.relpath(file))


def settled(configuration):
    """The whole configuration, checked; what --config gives in braces or brackets has numbers, too, not only text."""
    schema = read_schema(ROOT / "config" / "schema.yaml")
    try:
        if workflow.is_main_process:
            check_files()
        update_config(
            configuration, typed_arguments(workflow.config_settings.config_args, workflow.config_settings.config)
        )
        return checked(configuration, schema, DEFAULT_STUDY)
    except StudyError as error:
        stop(*error.sentences)


def tried_before(configuration):
    """The classifiers that the last run of the study had, {} if it had other data or its record cannot be read."""
    try:
        last = read(Path("results", configuration["study"], "configuration.yaml"))
    except StudyError:
        return {}
    alike = all(last.get(key) == configuration[key] for key in ("dataset", "crops", "folds"))
    return last["classifiers"] if alike and isinstance(last.get("classifiers"), dict) else {}


def expanded(configuration):
    """The jobs of a checked configuration."""
    try:
        return expand(configuration)
    except StudyError as error:
        stop(*error.sentences)


def replace_config(new):
    """Change the configuration for the rules and all that Snakemake hands on, too: it is one mapping."""
    config.clear()
    config.update(new)


replace_config(settled(config))
FACTS = known_facts(config)
STUDY = expanded(config)


# Whether the target `download` is named on the command line, the only way to have an archive fetched: its
# rule does not exist otherwise, so gigabytes never come as a by-product of another target.
DOWNLOADING = "download" in sys.argv[1:]


def or_stop(function, *arguments, **options):
    """The result of a function; a StudyError ends the run."""
    try:
        return function(*arguments, **options)
    except StudyError as error:
        stop(*error.sentences)


ARCHIVE = or_stop(archive_of, config, DOWNLOADING)


def set_damaged_facts_aside(configuration):
    """Rename facts of ingested data that cannot be read, unless another run may be writing them."""
    dataset = Path("results", configuration["study"], "dataset")
    running = any(Path(".snakemake", "locks").glob("*"))
    if workflow.is_main_process and not running and is_damaged(dataset):
        set_aside(dataset / "facts.json")


set_damaged_facts_aside(config)


def raw_files_of(configuration):
    """The user's raw files by split. No job needs them any more once they have been ingested."""
    file = os.path.relpath([*workflow.configfiles, *workflow.overwrite_configfiles][-1])
    files = or_stop(raw_data, configuration, needed=FACTS is None and not DOWNLOADING, file=file)
    for path in (path for paths in files.values() for path in paths):
        or_stop(check_path, path, "a file of the dataset")
    return files


RAW = raw_files_of(config)
RAW_RECORD = read_record(Path("results", config["study"], "dataset", "raw_files.json"))


@cache
def state_of_raw_files():
    """State of the user's raw files now, found once: files of other times are read for it."""
    return state_of((file for files in RAW.values() for file in files), RAW_RECORD)


def check_changed_files():
    """Stop at raw files that have changed and cannot be read, before Snakemake removes what was made of the old ones."""
    there = RAW_RECORD and all(Path(file).exists() for files in RAW.values() for file in files)
    if there and workflow.is_main_process and state_of_raw_files() != RAW_RECORD["state"]:
        print(f"{config['dataset']}: files have changed and are checked", file=sys.stderr)
        try:
            check_files_of(config["dataset"], config["seed"])
        except StudyError as error:
            stop(*error.sentences)


if RAW:
    check_changed_files()


def current_facts():
    """What is known of the images, None if raw files have changed since: they will be ingested again."""
    if FACTS and any(Path(file).exists() for files in RAW.values() for file in files):
        with suppress(OSError):
            return FACTS if state_of_raw_files() == RAW_RECORD.get("state") else None
    return FACTS


def check_study(configuration, facts):
    """Stop at settings and classifiers that do not fit the data, as far as these are known."""
    new = untried(configuration["classifiers"], DEFAULT_STUDY["classifiers"])
    try:
        if facts:
            check_data(configuration, STUDY, facts, usual_components(DEFAULT_STUDY))
        for name, classifier in untried(new, tried_before(configuration) if new else {}).items():
            from lib.classifiers.check import check_classifier  # scikit-learn takes a second to import

            check_classifier(name, classifier, facts, configuration["folds"])
    except StudyError as error:
        stop(*error.sentences)


if workflow.is_main_process:  # not in every job on a cluster: the run that submits them has done so
    check_study(config, current_facts())
# Whether the settings fit raw data is known once these are ingested: a job says so before all others. It runs but once,
# as facts that are known are checked before any job; should it run again, what has passed it is not made anew.
FITTING = ancient("<results>/dataset/fitting.json") if RAW else []


def any_of(names):
    """Regular expression that matches these names and nothing else."""
    return "|".join(map(re.escape, names))


def code_of(script):
    """Digest of a script and of every module below lib/ that it imports, directly or not.

    As a parameter it reruns exactly the jobs whose code has changed: by content, so that touching or
    cloning files reruns nothing.
    """
    return digest(ROOT, ROOT / "workflow" / "scripts" / script)


def code_of_learner(script):
    """Function of the wildcards: digest as `code_of`, with the module of the one learner that the job loads."""

    def code(wildcards):
        learner = STUDY.models[wildcards.model]["learner"]
        return digest(ROOT, ROOT / "workflow" / "scripts" / script, module_of(learner))

    return code


def raw_input(wildcards):
    """The raw files by split: the user's own, or those made from the embedded photographs.

    Times of the user's files say nothing, and those of folders even less: `raw_state` sees what has changed.
    """
    own = {split: [ancient(path) for path in paths] for split, paths in RAW.items()}
    return own or {split: getattr(rules.make_photographs.output, split) for split in config["crops"]}


def raw_state(wildcards):
    """Name of the contents of the user's raw files: ingestion runs again exactly when one of them has changed."""
    return state_of_raw_files()


def settings_of(table):
    """Function of the wildcards that looks up the settings of the job in a table of the study."""
    names = {
        "samples": "sample",
        "normalisers": "normaliser",
        "networks": "network",
        "models": "model",
        "views": "view",
    }

    def settings(wildcards):
        return getattr(STUDY, table)[getattr(wildcards, names[table])]

    return settings


def images_of(split, settings):
    """Images of a split as the settings of a sample or model want them: as they are, or reduced."""
    image_size = settings.get("image_size", 0)
    return f"<results>/dataset/{f'reduced_{image_size}/' if image_size else ''}{split}.npy"


def sampled_images(wildcards):
    """Images that a sample of patches is taken from."""
    return images_of("unlabeled", STUDY.samples[wildcards.sample])


def encoded_images(split):
    """Function of the wildcards: images of a split whose features a model gives."""
    return lambda wildcards: images_of(split, STUDY.models[wildcards.model])


def normaliser_patches(wildcards):
    """Patches that a normaliser is fitted on."""
    return f"<results>/patches/{STUDY.normalisers[wildcards.normaliser]['sample']}.npy"


def model_patches(wildcards):
    """Patches that a model is trained on."""
    return f"<results>/patches/{STUDY.models[wildcards.model]['sample']}.npy"


def model_normaliser(wildcards):
    """Statistics that normalise the patches of a model."""
    return f"<results>/patches/{STUDY.models[wildcards.model]['normaliser']}.json"


def training_input(wildcards):
    """What a model trains on; the passed gradient check is the gate of every network."""
    data = {"patches": model_patches(wildcards), "normaliser": model_normaliser(wildcards)}
    network = STUDY.models[wildcards.model].get("network")
    return data | ({"gradient_check": f"<results>/gradient_check/{network}.csv"} if network else {})


def gradient_check_input(wildcards):
    """Patches of the default model: a network is checked on the same ones whatever models use it."""
    model = STUDY.models[STUDY.default[0]]
    return {
        "patches": f"<results>/patches/{model['sample']}.npy",
        "normaliser": f"<results>/patches/{model['normaliser']}.json",
    }


def training_threads(wildcards):
    """Threads of a training."""
    return limits.training_threads(STUDY.models[wildcards.model])


def training_minutes(wildcards, attempt):
    """Minutes of a training at most."""
    return attempt * limits.training_minutes(STUDY.models[wildcards.model])


def extraction_minutes(wildcards, input, attempt):
    """Minutes of an extraction at most."""
    model, view = STUDY.models[wildcards.model], STUDY.views[wildcards.view]
    return attempt * limits.extraction_minutes(model, view, input.size_mb * 2**20)


def features_input(split):
    """Function of the wildcards: the features of a split that stand side by side; for pixels the images."""

    def files(wildcards):
        if wildcards.features == PIXELS:
            return [f"<results>/dataset/{split}.npy"]
        parts = STUDY.features[wildcards.features, wildcards.view]
        return [f"<results>/features/{model}/{view}/{split}.npy" for model, view in parts]

    return files


def classifier_settings(wildcards):
    """Settings of the classifier but for its label, which changes no prediction."""
    return {key: value for key, value in config["classifiers"][wildcards.classifier].items() if key != "label"}


# How many classifiers scale and rotate the same features alike, by features, view and preparation.
ALIKE = Counter(
    (features, view, preparation_of(config["classifiers"][classifier]))
    for features, view, classifier in STUDY.evaluations
)
SHARED = {key for key, count in ALIKE.items() if key[2] and count > 1}
FOLDED = set(STUDY.folded)


def prepared_input(wildcards):
    """Scaled and rotated features, where several classifiers share them; a single one's job prepares its own."""
    preparation = preparation_of(config["classifiers"][wildcards.classifier])
    if (wildcards.features, wildcards.view, preparation) not in SHARED:
        return []
    return f"<results>/predictions/{wildcards.features}/{wildcards.view}/prepared/{preparation}.npz"


def repetition_of(wildcards):
    """Number of the repetition that an evaluation belongs to."""
    return STUDY.repetitions[wildcards.features, wildcards.view]


def evaluation_folds(wildcards):
    """The folds, for features that are evaluated after training on each of them."""
    return "<results>/dataset/folds.json" if (wildcards.features, wildcards.view) in FOLDED else []


def copies_of_images(wildcards):
    """Copies of every image among the features: two if it is mirrored."""
    parts = STUDY.features.get((wildcards.features, wildcards.view), [])
    return 2 if any(STUDY.views[view]["mirror"] for _, view in parts) else 1


def ingest_memory(wildcards, input, attempt):
    """MB of reading raw files."""
    return attempt * limits.ingestion_memory(input)


def training_memory(wildcards, attempt):
    """MB of a training."""
    return attempt * limits.training_memory(STUDY.models[wildcards.model])


def measuring_memory(wildcards, attempt):
    """MB of measuring filters."""
    return attempt * limits.measuring_memory(STUDY.models[wildcards.model])


def sampling_memory(wildcards, attempt):
    """MB of sampling patches."""
    return attempt * limits.sampling_memory(STUDY.samples[wildcards.sample])


def fitting_memory(wildcards, attempt):
    """MB of fitting a normaliser."""
    return attempt * limits.fitting_memory(STUDY.samples[STUDY.normalisers[wildcards.normaliser]["sample"]])


def classification_memory(wildcards, input, attempt):
    """MB of a classifier: the features, and matrices of as many rows and columns as there are training objects."""
    shared = input.get("prepared") or []
    size = sum(Path(file).stat().st_size for file in input if file not in shared)
    objects = copies_of_images(wildcards) * Path(input.train_labels).stat().st_size / 8
    return attempt * limits.classification_memory(size, wildcards.features == PIXELS, objects)


PICTURED = sorted({model for name in STUDY.experiments for model in STUDY.pictured(name)})
# Kind and experiment of every figure. Pictures show images and filters, charts have the lines: another colour of the
# configuration redraws charts alone.
FIGURES = [("overview", DEFAULT), *((kind, name) for name in STUDY.experiments for kind in STUDY.figures(name))]
PICTURES = [(kind, name) for kind, name in FIGURES if kind in ("overview", "filters")]
CHARTS = [figure for figure in FIGURES if figure not in PICTURES]
CLASSIFIER_LABELS = {name: settings["label"] for name, settings in config["classifiers"].items() if settings}
HEADINGS = stated_headings(config["experiments"])
EVALUATED = [name for name, experiment in STUDY.experiments.items() if experiment.classifiers]
# What the evaluations and comparisons follow from. Only jobs that show titles and questions have them as a parameter.
PLAN = {
    "defaults": config["defaults"],
    "experiments": without_headings(config["experiments"]),
    "classifiers": {name: bool(settings) for name, settings in config["classifiers"].items()},
}
REPORT_TABLES = [
    *("data", "files", "duplicates", "folds", "published", "costs"),
    *(("known_functions", "gradient_check") if STUDY.networks else ()),
    *EVALUATED,
]
LANGUAGE = config["report"]["language"]
REPORT_SOURCES = sorted(
    os.path.relpath(file)
    for pattern in ("*.tex", "*.bib", f"{LANGUAGE}/**/*.tex")
    for file in (ROOT / "report").glob(pattern)
)
CATALOGUE = [os.path.relpath(file) for file in (ROOT / "report").glob(f"{LANGUAGE}.po")]  # none for English
language.use(*CATALOGUE)
# Captions in workflow/report/ are rendered by Snakemake, which takes no functions for them: they translate, and put in
# what the user has named, by what Jinja2 gives to every template.
DEFAULT_NAMESPACE |= {"_": _, "plain": restructured}


def predictions_of(suffix):
    """Files of all evaluations, in their order."""
    return [
        f"<results>/predictions/{model}/{view}/{classifier}.{suffix}" for model, view, classifier in STUDY.evaluations
    ]


def of_default_model(pattern):
    """Path of something that belongs to the default model."""
    model = STUDY.default[0]
    return pattern.format(model=model, sample=STUDY.models[model]["sample"])


def without_idle_limit(scheduler):
    """Take Snakemake's own limit of 100 jobs a second, which no study comes near, from its scheduler.

    The limit wakes the scheduler once a second for every job that has ever ended (snakemake/snakemake#3744):
    after some hundred jobs that keeps a core busy. A limit that a profile or the command line sets stays.
    """
    limit = scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        scheduler.job_rate_limiter = None


onstart:
    without_idle_limit(workflow.scheduler)


COURSE_MODULES = [
    os.path.relpath(ROOT / "lib" / f"{name}.py")
    for name in ("sample_patches", "gradient", "autoencoder", "display_layer")
]
NOTEBOOK = ROOT / "workflow" / "notebooks" / "study.ipynb"
NOTEBOOK_LIBRARY = [os.path.relpath(file) for file in with_modules(ROOT, NOTEBOOK) if file != NOTEBOOK]
# Models whose losses are drawn.
CURVES = sorted(
    {model for name in STUDY.experiments if "convergence" in STUDY.figures(name) for model in STUDY.pictured(name)}
)
# What the notebook needs from the configuration, with the titles of experiments that this study leaves out.
DESCRIPTION = {
    "study": config["study"],
    "language": LANGUAGE,
    "seed": config["seed"],
    "plan": PLAN,
    "headings": stated_headings(DEFAULT_STUDY["experiments"]) | HEADINGS,
    "classifiers": CLASSIFIER_LABELS,
    "style": config["figures"],
}
# What the pages are made of.
PAGE_SOURCES = {
    name: os.path.relpath(ROOT / "workflow" / "report" / name)
    for name in (
        "page.css",
        "explorer.html",
        "explorer.css",
        "explorer.js",
        "table.html",
        "table.css",
        "table.js",
    )
}
# What Snakemake's report shows: tables by subject, kinds of figures.
TABLES = {
    _("Configuration"): ["configuration"],
    _("Data"): ["data", "classes", "files", "notes", "duplicates"],
    _("Training and filters"): ["gradient_check", "training", "filters", "costs"],
    _("Accuracy"): ["accuracy", "comparisons", "classification", "folds", "confusion", "experiments", "published"],
}
KINDS = {
    "overview": _("images, patches, filters"),
    "filters": _("filters"),
    "convergence": _("convergence"),
    "accuracy": _("accuracy"),
}
ALL_TABLES = [table for subject in TABLES.values() for table in subject]
MODEL_LABELS = {model: label_text(label) for model, label in labels(STUDY).items()}


def listed(path, caption, category, labels, subcategory=None):
    """A file that Snakemake's report shows under a category and subcategory, with labels and a caption."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=subcategory,
        labels=labels,
    )


def table_labels(name, form):
    """How a table is listed: its subject, and whether the entry is the page or the file."""
    (subject,) = [subject for subject, names in TABLES.items() if name in names]
    return {"subcategory": subject, "labels": {_("table"): name.replace("_", " "), _("form"): form}}


def listed_table(name):
    """A table of the study as a file."""
    return listed(f"<results>/tables/{name}.csv", f"tables/{name}", _("Tables"), **table_labels(name, _("file")))


def listed_page(name):
    """A table of the study as a page."""
    return listed(f"<results>/pages/{name}.html", f"tables/{name}", _("Tables"), **table_labels(name, _("page")))


def experiment_title(name):
    """What an experiment is called in Snakemake's report."""
    return without_wildcards(heading(name, HEADINGS).title)


def figure_paths(figures, suffix):
    """Files of figures, given the kind and experiment of each: those of an experiment share a folder."""
    return [f"<results>/figures/{kind if kind == 'overview' else f'{name}/{kind}'}.{suffix}" for kind, name in figures]


def listed_figures(figures):
    """The copies of figures for the screen, as files that Snakemake's report shows."""
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
    """Mosaics of the filters of models, with those of their learner."""
    return [
        listed(
            f"<results>/figures/filters/{model}.png",
            "figures/model",
            _("Filters of a model"),
            {_("model"): MODEL_LABELS[model]},
            setting_value("learner", STUDY.models[model]["learner"]),
        )
        for model in models
    ]
