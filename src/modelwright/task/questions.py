"""Close readings of a task: which fields could be read otherwise, as questions with the likeliest answer first.

Nothing is asked here: `chapters.asking` puts the questions to a person, the views and the report print them.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..records.problem import Evidence, Option, Problem, Question

if TYPE_CHECKING:
    from ..records.base import JsonValue

DOUBTFUL = 0.75  # a reading less sure than this, with another beside it, is a question
TEXTS = {
    "targets": "Which column is to be predicted?",
    "kind": "Which kind of answer is it?",
    "classes": "Which class is the positive one?",
    "time": "Which column is the time of a row?",
    "id": "Which column names the rows?",
    "train": "Which table holds the answers to learn from?",
    "test": "Which table holds the rows asked for?",
}


def find_questions(problem: Problem, known: Sequence[Question]) -> tuple[Question, ...]:
    """Questions of a problem, the most doubtful first.

    Args:
        problem: with its evidence, whose runners-up are the other readings.
        known: questions whose options were found where the field was read.
    """
    of_evidence = [q for e in problem.evidence if (q := _question(problem, e))]
    fields = {q.field for q in known}
    found = [*known, *(q for q in of_evidence if q.field not in fields)]
    return tuple(sorted(found, key=lambda q: q.options[0].confidence))


def _question(problem: Problem, evidence: Evidence) -> Question | None:
    other = evidence.runner_up
    if evidence.field not in TEXTS or other is None or evidence.confidence >= DOUBTFUL:
        return None
    taken: JsonValue = getattr(problem, evidence.field)
    value: JsonValue = other
    if evidence.field == "classes":
        if len(problem.classes) != 2:
            return None
        taken, value = list(problem.classes), list(problem.classes)[::-1]
    elif evidence.field == "targets":
        taken, value = list(problem.targets), [other]
    sure = evidence.confidence
    means = "the next likely reading"
    options = [Option(value=taken, means=evidence.because, confidence=sure)]
    options.append(Option(value=value, means=means, confidence=round(1 - sure, 2)))
    if evidence.field == "time":
        options.append(Option(value="", means="no column is", confidence=round((1 - sure) / 2, 2)))
    return Question(field=evidence.field, text=TEXTS[evidence.field], options=tuple(options))


def shown(question: Question, option: Option) -> str:
    """An option's value in words: of two classes the positive one, of columns their names."""
    if question.field == "classes" and isinstance(option.value, list):
        return str(option.value[-1])
    if isinstance(option.value, list):
        return ", ".join(map(str, option.value))
    return str(option.value) or "none"


def line(question: Question, option: Option) -> str:
    """The line of task.toml that fixes an option."""
    return f"{question.field} = {json.dumps(option.value, ensure_ascii=False)}"


def told(question: Question) -> str:
    """A question as a sentence for people who were not asked: what was taken, what is close, and how to change it."""
    first, *others = question.options
    close = "; ".join(f"{shown(question, o)} would be `{line(question, o)}`" for o in others)
    return (
        f"{question.text} {shown(question, first)} is taken, {first.confidence:.0%} sure ({first.means}). "
        f"In task.toml, {close}."
    )
