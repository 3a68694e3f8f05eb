"""The evaluations of the study, and what the rules of the stage predictions ask about them."""

from lib.base.digests import files_of
from lib.costs import limits
from lib.study.evaluated import evaluation_jobs
from lib.study.networks import with_description

CLASSIFIERS = {
    name: with_description(settings, config["networks"]) for name, settings in config["classifiers"].items() if settings
}
EVALUATED = {(one.features, one.view, one.classifier): one for one in evaluation_jobs(STUDY, CLASSIFIERS)}
# One evaluation of those that share the same scaled and rotated objects.
SHARED = {(one.features, one.view, one.preparation): one for one in EVALUATED.values() if one.preparation}
EVALUATIONS = [one.path for one in EVALUATED.values()]


def evaluation(wildcards):
    """Return the evaluation of a job that classifies, or one of those whose objects a job prepares."""
    if hasattr(wildcards, "classifier"):
        return EVALUATED[wildcards.features, wildcards.view, wildcards.classifier]
    return SHARED[wildcards.features, wildcards.view, wildcards.preparation]


def objects_of(split):
    """Return a function of the wildcards: the matrices of a split that a job reads."""
    return lambda wildcards: [f"<results>/{folder}/{split}.npy" for folder in evaluation(wildcards).folders]


def of_evaluation(attribute):
    """Return a function of the wildcards: an attribute of the evaluation of a job."""
    return lambda wildcards: getattr(evaluation(wildcards), attribute)


def objects_in(wildcards, input):
    """Return the numbers of objects and features of a job, which its memory and time depend on."""
    found = evaluation(wildcards)
    return limits.Objects.of(input, found.copies, found.of_images, found.labels)


def modules_of(wildcards):
    """Return the modules that a job loads by name: its classifier, if it is one of this project, and its learner."""
    start = evaluation(wildcards).start
    learner = [module_of(start["model"]["learner"])] if start else []
    return [*files_of(ROOT, CLASSIFIERS[wildcards.classifier]["class"]), *learner]
