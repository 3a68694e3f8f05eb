"""The twelve tasks of the assignment: their questions, and the answers that follow from the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lib.report import (
    accuracy_claims,
    comparison_claims,
    filter_claims,
    gain_claims,
    headline_claims,
    network_claims,
    sweep_claims,
    training_claims,
)
from lib.report.answers import Answer, Outcome
from lib.report.results import Results, varies
from lib.report.verdicts import joined
from lib.study import contents
from lib.study.learners import LEARNERS
from lib.words.language import _
from lib.words.latex import escape, integer


@dataclass(frozen=True)
class Task:
    """A task of the assignment.

    Attributes
    ----------
    number : 1 to 12.
    title : what it is about, in a few words.
    question : what it asks.
    answer : the answer from the results.
    """

    number: int
    title: str
    question: str
    answer: Answer


def experiment_answer(results: Results, name: str) -> Answer:
    """Return the answer of an experiment to its question.

    Which sentence it is follows from what the experiment varies, not from its name.
    """
    study = results.study
    experiment, axis = study.experiments[name], study.axis(name)
    along = axis is not None and not any(axis.series)
    kinds = contents.figures(study, name)
    if experiment.comparisons:
        return comparison_claims.answer(results, name)
    if (answer := network_claims.answer(results, name)).text:
        return answer
    if len(experiment.combinations) == 1:
        return gain_claims.gain(results, name)
    if axis is not None and along and axis.key != "patches" and "sweep" in kinds:
        return sweep_claims.sweep(results, name)
    if along and experiment.classifiers:
        answer = accuracy_claims.trend(results, name)
        answer = answer if answer.text else accuracy_claims.best(results, name)
        return _with_patches(answer, results, name) if axis is not None and axis.key == "patches" else answer
    if "convergence" in kinds and varies(results, name) == {"activation"}:
        return _with_accuracy(training_claims.faster(results, name), accuracy_claims.against_first(results, name))
    if varies(results, name) == {"precision"}:
        parts = training_claims.cpu_time(results, name), accuracy_claims.against_first(results, name)
        return Answer(" ".join(filter(None, parts)))
    deep = any(len(study.models[model].layers) > 1 for model in study.pictured(name))
    collapsed = filter_claims.collapse(results, name).text if deep else ""
    if deep and experiment.classifiers and accuracy_claims.deeper_settings(results, name):
        answer = accuracy_claims.depth(results, name)
        return Answer(answer.text, answer.outcome, collapsed)
    if experiment.classifiers:
        answer = accuracy_claims.best(results, name)
        details = answer.details, filter_claims.best(results, name), collapsed
        networks = all(LEARNERS[study.models[model].learner].is_described for model in study.pictured(name))
        gains = gain_claims.gains_most(results, name) if networks and len(experiment.classifiers) > 1 else ""
        text = " ".join(filter(None, (gains, answer.text)))
        return replace(answer, text=text, details=" ".join(filter(None, details)))
    if deep:
        return Answer(collapsed)
    return Answer(filter_claims.best(results, name))


def _with_accuracy(answer: Answer, accuracy: str) -> Answer:
    """Return an answer about training with a sentence about accuracy."""
    return replace(answer, text=" ".join(filter(None, (answer.text, accuracy))))


def _with_patches(answer: Answer, results: Results, name: str) -> Answer:
    """Return an answer about numbers of patches with sentences about the filters and the error on test images."""
    sentences = answer.text, filter_claims.best(results, name), filter_claims.held_out_error(results, name)
    return replace(answer, text=" ".join(filter(None, sentences)))


def _of_experiment(number: int) -> Callable[[Results], Answer]:
    """Return a function that answers a task by its first experiment."""

    def answer(results: Results) -> Answer:
        names = results.of_task(number)
        if not names:
            return Answer(_("This study has no experiment on this task."))
        return experiment_answer(results, names[0])

    return answer


def _rectified(results: Results) -> Answer:
    """Answer by the first experiment on the task, then by the others; all of them count for the outcome."""
    others = results.of_task(12)[1:]
    answers = [experiment_answer(results, name) for name in others]
    sentences = [
        _("Experiment “{title}”: {answer}").format(title=escape(results.headings[name].title), answer=answer.text)
        for name, answer in zip(others, answers, strict=True)
    ]
    answer = _of_experiment(12)(results)
    outcome = joined([one.outcome for one in (answer, *answers) if one.outcome is not Outcome.NONE])
    return replace(answer, text=" ".join((answer.text, *sentences)), outcome=outcome)


def _derivation(results: Results) -> Answer:
    return Answer(
        _(
            "The sparsity term adds one number per hidden unit, {term}, to the error that the next layer returns, "
            "before the product with {slope}. As it depends on all patches, a forward pass over all of them comes "
            "first."
        ).format(
            term="\\ensuremath{\\beta(-\\rho/\\hat\\rho+(1-\\rho)/(1-\\hat\\rho))}",
            slope="\\ensuremath{f'(z)}",
        )
    )


def _filters(results: Results) -> Answer:
    """Answer by the filters of the default model, then by the values of settings at which they are worst."""
    answer = filter_claims.hypothesis(results)
    worst = sweep_claims.degradation(results, results.of_task(7))
    return Answer(" ".join(filter(None, (answer.text, worst))), answer.outcome, answer.details)


def _features(results: Results) -> Answer:
    """Answer by the default features with every classifier, by the stride, and by the most accurate features.

    It is "no" where the first are worse and the second are not shown to be better.
    """
    experiment, _setting = results.repeated_default()
    alone = [one for one in results.of_task(8) if len(results.study.experiments[one].combinations) == 1]
    name = next((one for one in alone if accuracy_claims.starts_from_default(results, one)), experiment)
    own, top = gain_claims.gain(results, name), headline_claims.headline(results)
    if not own.text:
        return top
    outcomes = {own.outcome, top.outcome}
    outcome = top.outcome
    if len(outcomes) > 1:
        outcome = Outcome.MIXED if outcomes & {Outcome.SHOWN, Outcome.MIXED} else Outcome.CONTRADICTED
    sentences = own.text, *_strides(results), top.text
    return replace(top, text=" ".join(filter(None, sentences)), outcome=outcome)


def _strides(results: Results) -> list[str]:
    """Return whether accuracy depends on the stride, a sentence for each experiment of task 8 that varies it alone."""
    found = []
    for name in results.of_task(8):
        axis = results.study.axis(name)
        if axis is not None and axis.key == "stride" and not any(axis.series):
            found.append(accuracy_claims.trend(results, name, with_numbers=False).text)
    return found


def _graphics(results: Results) -> Answer:
    if "gpu" not in results.tables:
        return Answer(
            _(
                "Not answered: no graphics processor was measured for this report. Where there is one, "
                "{command} measures loss and gradient on it."
            ).format(command="\\texttt{make bench-gpu}")
        )
    measured = results.tables["gpu"]
    ratio = measured["cpu_seconds"] / measured["gpu_seconds"]
    most = measured.loc[ratio.idxmax()]
    return Answer(
        _(
            "On {device}, loss and gradient are up to {ratio} times as fast as on the CPU ({patches} patches, {units} "
            "units)."
        ).format(
            device=escape(most["device"]),
            ratio=integer(ratio.max()),
            patches=integer(most["patches"]),
            units=integer(most["units"]),
        )
    )


def tasks(results: Results) -> list[Task]:
    """Return the twelve tasks with their answers, in order."""
    entries: list[tuple[str, str, Callable[[Results], Answer]]] = [
        (
            _("Patches"),
            _("How are patches sampled?"),
            lambda found: Answer(training_claims.sampling(found)),
        ),
        (
            _("Normalisation"),
            _("How are patches normalised?"),
            lambda found: Answer(training_claims.normalisation(found)),
        ),
        (
            _("Derivation"),
            _("How does the sparsity term change back-propagation, and δ in particular?"),
            _derivation,
        ),
        (_("Loss and gradient"), _("What does the loss consist of?"), training_claims.terms),
        (
            _("Gradient check"),
            _("Is the gradient right?"),
            lambda found: training_claims.gradient(found.tables["gradient_check"]),
        ),
        (_("Training"), _("Does L-BFGS converge?"), training_claims.convergence),
        (
            _("Filters"),
            _("Does training discover edges and colour transitions, and how do the filters degrade?"),
            _filters,
        ),
        (_("Features against pixels"), _("Are the activations better features than pixels?"), _features),
        (_("Depth"), _("Are features of three hidden layers better than features of one?"), _of_experiment(9)),
        (_("Sample size"), _("Did more patches improve the result?"), _of_experiment(10)),
        (_("Graphics processor"), _("How much faster is a graphics processor?"), _graphics),
        (
            _("Rectified linear units"),
            _("Does ReLU converge faster than the sigmoid, and what does it do to the accuracy?"),
            _rectified,
        ),
    ]
    return [
        Task(number, title, question, answer(results))
        for number, (title, question, answer) in enumerate(entries, start=1)
    ]
