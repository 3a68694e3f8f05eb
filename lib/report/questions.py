"""The questions that a report answers: the tasks of the assignment, or the questions of experiments on networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.report.answers import Answer, Outcome
from lib.report.results import Results
from lib.report.sections import task_heading
from lib.report.tasks import experiment_answer, tasks
from lib.study.learners import LEARNERS, Learner
from lib.study.settings import DEFAULT
from lib.words.latex import escape

HYPOTHESES = (6, 7, 8, 9, 10, 12)  # tasks whose answers say something about a hypothesis
LEADING = (7, 8)  # tasks whose answers say what the study found: filters, and features against pixels


@dataclass(frozen=True)
class Question:
    """A question of the report with its answer.

    Attributes
    ----------
    number : its place in the list of questions, from 1 on; None for an own question of a study that answers the tasks.
    text : the question, LaTeX.
    heading : the question as a heading, with the number of its task if it has one.
    answer : the answer from the results.
    place : label of the section that answers it, without ``sec:``.
    judged : whether the answer says something about a hypothesis.
    leads : whether the answer says what the study found: pages show it first.
    """

    number: int | None
    text: str
    heading: str
    answer: Answer
    place: str
    judged: bool
    leads: bool


def of_lecture(number: int, plain: Mapping[str, str]) -> Question:
    """Return the question of a part of the chapter on the lecture.

    plain: the result of `lib.report.lecture.Part.plain`.
    """
    answer = Answer(plain["answer"], Outcome[plain["outcome"]])
    return Question(number, plain["question"], plain["question"], answer, plain["place"], judged=True, leads=False)


def _default_learner(results: Results) -> Learner:
    return LEARNERS[results.study.models[results.study.default[0]].learner]


def about_networks(results: Results) -> bool:
    """Return whether the default model is a network that the configuration describes."""
    return _default_learner(results).is_described


def has_tasks(results: Results) -> bool:
    """Return whether the report answers the twelve tasks of the assignment; see `Study.answers_tasks`."""
    return results.study.answers_tasks


def experiment_answers(results: Results) -> dict[str, Answer]:
    """Return the answer of each experiment. The default one asks what its filters look like, which task 7 answers."""
    found = {name: experiment_answer(results, name) for name in results.study.experiments}
    return found | ({DEFAULT: tasks(results)[6].answer} if has_tasks(results) else {})


def _of_experiments(results: Results, names: Sequence[str], numbered: bool) -> list[Question]:
    """Return the questions of experiments, of which the first ones lead; one without a question goes by its title."""
    texts = [escape(results.headings[name].question or results.headings[name].title) for name in names]
    found = enumerate(zip(names, texts, strict=True), start=1)
    return [
        Question(
            number if numbered else None,
            *(text, text, experiment_answer(results, name), name),
            judged=True,
            leads=number <= len(LEADING),
        )
        for number, (name, text) in found
    ]


def questions(results: Results) -> list[Question]:
    """Return the questions of a study; an experiment without one goes by its title.

    They are in the order of the report, but the own questions of a study that answers the tasks come first.
    """
    if has_tasks(results):
        own = [name for name in results.of_task(None) if results.headings[name].question]
        return _of_experiments(results, own, numbered=False) + [
            Question(
                *(task.number, escape(task.question), task_heading(task), task.answer, f"task-{task.number}"),
                judged=task.number in HYPOTHESES,
                leads=task.number in LEADING,
            )
            for task in tasks(results)
        ]
    return _of_experiments(results, [name for name in results.study.experiments if name != DEFAULT], numbered=True)
