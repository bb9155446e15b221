"""Where the rules are in doubt, a language model reads too: both are told, and its choice is one of theirs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from modelwright.chapters.second_reading import SecondReader
from modelwright.llms.client import Unanswered
from modelwright.records.call import Answer, Call, CallStatus, Message
from modelwright.records.problem import Evidence, Option, Problem, Question
from modelwright.testing.records import problem


@dataclass(frozen=True)
class Understood:
    problem: Problem


class Model:
    def __init__(self, text: str | None) -> None:
        self.text, self.asked = text, []  # type: ignore[var-annotated]

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        self.asked.append(messages)
        status = CallStatus.OK if self.text is not None else CallStatus.TIMEOUT
        call = Call(at=time.time(), model="m", purpose=purpose, status=status)
        if self.text is None:
            raise Unanswered(call)
        return Answer(text=self.text, model="m", call=call)


def doubtful(confidence: float, field: str = "metric") -> Any:
    """A reader of a task that takes `a`, and `b` where it is told so."""
    options = (Option(value="a", means="first", confidence=confidence), Option(value="b", means="other"))
    question = Question(field=field, text="Which one?", options=options)

    def read(answers: Mapping[str, Any]) -> Understood:
        because = Evidence(field=field, because="you said so" if answers else "guessed")
        return Understood(
            problem(metric=answers.get(field, "a"), evidence=(because,), questions=() if answers else (question,))
        )

    return read


def test_another_reading_is_taken_where_the_rules_waver_and_its_author_is_named() -> None:
    reader = SecondReader(Model('Well: {"choice": 2, "because": "it says b"}'), "m")
    found = reader.settle(doubtful(0.55)).problem
    assert found.metric == "b"
    assert "the language model m reads it so (it says b)" in found.why("metric")
    assert "rules read a, 55% sure" in reader.notes[0]


def test_the_rules_reading_stays_where_they_are_surer_and_both_are_told() -> None:
    reader = SecondReader(Model('{"choice": 2, "because": "it says b"}'), "m")
    assert reader.settle(doubtful(0.7)).problem.metric == "a"
    assert "The rules' reading stays" in reader.notes[0]


def test_agreement_leaves_the_rules_evidence() -> None:
    reader = SecondReader(Model('{"choice": 1, "because": "so it is"}'), "m")
    assert reader.settle(doubtful(0.55)).problem.why("metric") == "guessed"
    assert "agree" in reader.notes[0]


@pytest.mark.parametrize("text", [None, "no idea", '{"choice": 7}', '{"choice": "b"}', "{broken"])
def test_without_a_usable_answer_the_rules_go_on(text: str | None) -> None:
    reader = SecondReader(Model(text), "m")
    assert reader.settle(doubtful(0.5)).problem.metric == "a"
    assert len(reader.calls) == 1


def test_values_of_the_data_are_not_told_at_the_level_schema() -> None:
    quiet, open_one = Model('{"choice": 1}'), Model('{"choice": 1}')
    SecondReader(quiet, "m", "schema").settle(doubtful(0.5, "classes"))
    SecondReader(open_one, "m", "sample").settle(doubtful(0.5, "classes"))
    assert (len(quiet.asked), len(open_one.asked)) == (0, 1)
