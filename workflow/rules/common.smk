"""What all stages share: the checked configuration, its study, the digest of the code of a job."""

import logging
import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

from snakemake.utils import update_config

ROOT = Path(workflow.current_basedir).parent.parent
sys.path.insert(0, str(ROOT))

from lib.base.digests import digest
from lib.base.errors import StudyError, first
from lib.base.patterns import any_of
from lib.base.run_lock import RunLock
from lib.learners.registry import module_of
from lib.study.configuration_files import read
from lib.study.evaluated import folder_of_images
from lib.study.experiments import expand, without_effect
from lib.study.inheritance import extended
from lib.study.packages import check_packages
from lib.study.project_folder import fault
from lib.study.settings import Classifier, plain
from lib.study.canonical import typed_arguments
from lib.study.schema import read_schema
from lib.study.validation import checked
from lib.words import language
from lib.words.names import stated_headings, without_headings


def stop(*sentences):
    """End the run before anything is computed, with sentences instead of a traceback."""
    sys.exit("\n".join(f"error: {sentence}" for sentence in first(sentences)))


@contextmanager
def stop_at_faults():
    """Let a StudyError of the block end the run."""
    try:
        yield
    except StudyError as error:
        stop(*error.sentences)


if sentence := fault(str(ROOT)):
    stop(sentence)
# Snakemake does not quote the interpreter's path in the commands of jobs (snakemake/snakemake#2645).
if Path(sys.executable).exists():  # a path with quotes does not: another workflow may include these rules twice
    sys.executable = shlex.quote(sys.executable)

# Until it is checked, the configuration holds only what a study changes: merging would hide what is inherited.
DEFAULT_STUDY = read(ROOT / "config" / "config.yaml")
with stop_at_faults():
    if workflow.is_main_process:  # Snakemake has read these files, but accepts YAML that does not mean what it seems to
        for file in workflow.overwrite_configfiles:
            read(os.path.relpath(file))
    # Snakemake reads numbers in the braces and brackets of --config as text.
    update_config(config, typed_arguments(workflow.config_settings.config_args, workflow.config_settings.config))
    changed = extended(config, ROOT, DEFAULT_STUDY)
    checked_config = checked(changed, read_schema(ROOT / "config" / "schema.yaml"), DEFAULT_STUDY)
    # Changed in place: Snakemake passes this very mapping on to scripts.
    config.clear()
    config.update(checked_config)
    STUDY = expand(config)
    check_packages(STUDY, config["classifiers"])

if workflow.is_main_process:
    RUN_LOCK = RunLock(config["study"])
    for sentence in [*RUN_LOCK.take(), *without_effect(STUDY)]:
        logging.getLogger("snakemake.logging").warning(sentence)

# Titles and questions of experiments, which only jobs that show them have as a parameter.
HEADINGS = stated_headings(config["experiments"])
# The part of the configuration that determines evaluations and comparisons, for scripts that describe all of them.
PLAN = {
    "defaults": config["defaults"],
    "networks": config["networks"],
    "experiments": without_headings(config["experiments"]),
    "classifiers": {
        name: bool(settings) and {"fine_tuned": settings.get("fine_tuned", False)}
        for name, settings in config["classifiers"].items()
    },
}
CLASSIFIER_LABELS = {name: settings["label"] for name, settings in config["classifiers"].items() if settings}
HAS_NETWORKS = any(Classifier.of(entry).is_network for entry in config["classifiers"].values() if entry)
LANGUAGE = config["report"]["language"]
HAND_IN = f"{config['report']['archive']}.zip"
CATALOGUE = [os.path.relpath(file) for file in (ROOT / "report").glob(f"{LANGUAGE}.po")]  # none for English
language.use(*CATALOGUE)


def code_of(script, loaded=None):
    """Return a digest of a script and of every module below lib/ that it imports, directly or not.

    As a parameter it reruns exactly the jobs whose code has changed. It follows contents, so touching or cloning files
    reruns nothing. loaded: gives the modules that a job loads by name; the result is then a function of the wildcards.
    """
    file = ROOT / "workflow" / "scripts" / script
    return (lambda wildcards: digest(ROOT, file, *loaded(wildcards))) if loaded else digest(ROOT, file)


def learner_of(wildcards):
    """Return the module of the one learner that a job of a model loads."""
    return [module_of(STUDY.models[wildcards.model].learner)]


def settings_of(table):
    """Return a function of the wildcards: the settings of the job in a table of the study, as plain values."""
    return lambda wildcards: plain(getattr(STUDY, table)[getattr(wildcards, table.removesuffix("s"))])


def images_of(split, settings):
    """Return the path of the images of a split, reduced if the settings of a sample or model ask for it."""
    return f"<results>/{folder_of_images(settings.get('image_size', 0))}/{split}.npy"


def of_model(pattern):
    """Return a function of the wildcards: a path with the names that belong to the model of the job."""
    return lambda wildcards: pattern.format(model=wildcards.model, **plain(STUDY.models[wildcards.model]))


def of_default_model(pattern):
    """Return a path with the names that belong to the default model: {model}, {sample}, {normaliser}."""
    return pattern.format(model=STUDY.default[0], **plain(STUDY.models[STUDY.default[0]]))
