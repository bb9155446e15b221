"""A language model beside the rules: what it proposes is run, what it breaks is mended, and nothing waits for it."""

import json
import math
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from modelwright import plugins
from modelwright.llms.client import Unanswered
from modelwright.records.call import Answer, Call, CallStatus, Message
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.records.profile import Role
from modelwright.strategists.counsel import Counsel, choose
from modelwright.strategists.hybrid import AGAIN, Advice, Hybrid, ModelOnly
from modelwright.testing.records import experiment, plan, problem, profile

CODE = "def build(problem, params):\n    return {}\n"


def script(n: int = 1, **change: Any) -> str:
    head = {"hypothesis": f"idea {n}", "expected_gain": 0.01, "recipe": "script"} | change
    return json.dumps(head) + f"\n```python\n{CODE.format(n)}```\n"


class Scripted:
    """Answers what a list says: a text, or the status of a failure."""

    def __init__(self, *answers: str | CallStatus, gate: threading.Event | None = None) -> None:
        self.answers, self.gate = list(answers), gate
        self.asked: list[tuple[str, Sequence[Message]]] = []

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        self.asked.append((purpose, messages))
        if self.gate is not None:
            self.gate.wait(20)
        answer = self.answers.pop(0) if self.answers else CallStatus.DENIED
        status = answer if isinstance(answer, CallStatus) else CallStatus.OK
        call = Call(at=time.time(), model="m", purpose=purpose, status=status, tokens_in=10, tokens_out=5, usd=0.01)
        if isinstance(answer, CallStatus):
            raise Unanswered(call.model_copy(update={"error": "no luck"}))
        return Answer(text=answer, model="m", call=call)

    def worst(self, messages: Sequence[Message]) -> tuple[int, int, float | None]:
        return 100, 50, 0.25


class Bench:
    """A strategist, its models, and a history that proposals become."""

    def __init__(
        self, *answers: str | CallStatus, kind: type[Hybrid] = Hybrid, left: float = math.inf, **advice: Any
    ) -> None:
        self.model = Scripted(*answers, gate=advice.pop("gate", None))
        self.recorded: list[Call] = []
        counsel = Counsel({"m": self.model})
        self.who = kind(
            problem(), profile(Role.NUMBER), plan(), cost=lambda p, _h: 1.0 * len(p.folds), left=lambda: left,
            advice=Advice(counsel, self.recorded.append, **advice),
        )  # fmt: skip
        self.history: list[Experiment] = [
            experiment(1, 0.5, recipe="dummy"),
            experiment(2, 0.7, recipe="linear"),
        ]

    def propose(self, free: int = 1) -> list[Proposal]:
        return self.who.propose(self.history, free)

    def settled(self, free: int = 1) -> list[Proposal]:
        """What is proposed once the answer that is on its way has come."""
        self.propose(0)
        until = time.monotonic() + 10
        while self.who.counsel.busy and self.who.counsel._replies.empty() and time.monotonic() < until:
            time.sleep(0.005)
        return self.propose(free)

    def run(
        self, proposal: Proposal, value: float | None = 0.71, status: Status = Status.DONE, error: str = ""
    ) -> Experiment:
        made = experiment(len(self.history) + 1, value, status=status, error=error)
        made = made.model_copy(update={"proposal": proposal})
        self.history.append(made)
        return made


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    names = plugins.names
    few = {"recipes": ["dummy", "linear", "lightgbm", "script"], "features": ["ranks"]}
    monkeypatch.setattr(plugins, "names", lambda group: few.get(group) or names(group))


def test_the_rules_go_on_while_the_model_thinks() -> None:
    gate = threading.Event()
    bench = Bench(script(), gate=gate)
    proposals = bench.propose(2)  # it would hang here
    assert proposals
    assert all(not p.by for p in proposals)
    assert bench.who.counsel.busy
    gate.set()


def test_what_the_model_proposes_is_run_with_its_name_and_its_prediction() -> None:
    bench = Bench(script(parent=2, disproof="no gain"))
    (proposal, *_) = bench.settled()
    assert (proposal.recipe, proposal.by, proposal.expected, proposal.parent) == ("script", "m", 0.01, 2)
    assert proposal.disproof == "no gain"
    assert proposal.params["code"] == CODE.format(1)
    assert proposal.folds == tuple(range(5))


def test_nobody_is_asked_before_there_is_something_to_hold_an_idea_against() -> None:
    bench = Bench(script())
    bench.history = []
    bench.propose()
    assert not bench.model.asked


def test_where_no_recipe_fits_the_model_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "names", lambda group: ["script"] if group == "recipes" else [])
    bench = Bench(script(1))
    bench.history = []
    assert [p.by for p in bench.propose(2)] == ["m"]  # it waits, since nothing else can be done


def test_a_built_in_recipe_changes_its_parent() -> None:
    bench = Bench(json.dumps({"hypothesis": "h", "recipe": "linear", "params": {"penalty": 3.0}, "parent": 2}))
    (proposal, *_) = bench.settled()
    assert (proposal.recipe, proposal.params, proposal.move) == ("linear", {"penalty": 3.0}, "improve")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("no thanks", "no JSON object"),
        (json.dumps({"hypothesis": "h", "recipe": "magic"}), "no recipe 'magic' fits"),
        (json.dumps({"hypothesis": "h", "recipe": "linear", "features": ["sorcery"]}), "'sorcery' does not apply"),
        (json.dumps({"hypothesis": "h", "recipe": "linear", "parent": 2}), "is experiment 2 again"),
    ],
)
def test_an_answer_that_cannot_be_used_gets_one_turn_to_be_mended(answer: str, why: str) -> None:
    bench = Bench(answer, script(5))
    bench.settled(0)
    (proposal, *_) = bench.settled()
    assert why in bench.model.asked[1][1][-1].text
    assert bench.model.asked[1][1][-2].text == answer
    assert proposal.params["code"] == CODE.format(5)


def test_after_a_second_bad_answer_the_rules_go_on_and_the_journal_says_so() -> None:
    bench = Bench("bad", "worse")
    bench.settled(0)
    proposals = bench.settled()
    assert all(not p.by for p in proposals)
    assert any("was not run" in text for text in bench.who.remarks(bench.history).values())


def test_a_script_that_failed_is_mended_by_its_author_with_the_traceback() -> None:
    bench = Bench(script(1), script(2))
    (proposal, *_) = bench.settled()
    bench.run(proposal, None, Status.FAILED, "ValueError: of mine")
    (mended, *_) = bench.settled()
    assert "ValueError: of mine" in bench.model.asked[1][1][-1].text
    assert (mended.move, mended.parent) == ("repair", 3)


def test_a_script_is_mended_twice_at_most() -> None:
    bench = Bench(*(script(k) for k in range(1, 9)))
    for _ in range(3):
        (proposal, *_) = [p for p in bench.settled() if p.by]
        bench.run(proposal, None, Status.FAILED, "ValueError: again")
    bench.propose(0)
    time.sleep(0.1)
    assert [purpose for purpose, _ in bench.model.asked][:4] == ["draft", "repair", "repair", "draft"]


def test_code_that_differs_in_its_seed_alone_is_no_new_idea() -> None:
    first = (
        json.dumps({"hypothesis": "a"}) + "\n```python\ndef build(problem, params):\n    return F(random_state=1)\n```"
    )
    bench = Bench(first, first.replace("=1", "=2").replace("def build", "# my own\ndef build"), script(9))
    (proposal, *_) = bench.settled()
    bench.run(proposal)
    bench.settled(0)
    bench.settled(0)
    assert "but for seeds and comments" in bench.model.asked[2][1][-1].text
    (other, *_) = [p for p in bench.settled() if p.by]
    assert other.params["code"] == CODE.format(9)


def test_where_no_code_may_run_a_script_is_sent_back() -> None:
    bench = Bench(script(1), json.dumps({"hypothesis": "h", "recipe": "lightgbm"}), code_allowed=False)
    bench.settled(0)
    (proposal, *_) = bench.settled()
    assert "scripts are not run on this machine" in bench.model.asked[1][1][-1].text
    assert proposal.recipe == "lightgbm"


@pytest.mark.parametrize("status", [CallStatus.TIMEOUT, CallStatus.UNREACHABLE, CallStatus.DENIED, CallStatus.REFUSED])
def test_a_model_that_gives_no_answer_is_noted_once_and_left_alone(status: CallStatus) -> None:
    bench = Bench(status, script(1))
    for _ in range(3):
        assert all(not p.by for p in bench.settled() if p)
    assert len(bench.model.asked) == 1
    assert sum("gave no answer" in text for text in bench.who.remarks(bench.history).values()) == 1
    assert [call.status for call in bench.recorded] == [status]


def test_it_is_asked_again_when_the_search_stands_still() -> None:
    bench = Bench(script(1), script(2), script(3))
    for _ in range(2):
        (proposal, *_) = [p for p in bench.settled() if p.by]
        bench.run(proposal, 0.69)
    for _ in range(AGAIN):
        bench.run(Proposal(recipe="linear", params={"penalty": float(len(bench.history))}), 0.69)
    bench.settled(0)
    assert [purpose for purpose, _ in bench.model.asked] == ["draft", "draft", "improve"]


def test_alone_it_proposes_all_but_the_dummy() -> None:
    bench = Bench(script(1), kind=ModelOnly)
    bench.history = []
    assert [p.recipe for p in bench.propose(4)] == ["dummy"]
    bench.history = [experiment(1, 0.5, recipe="dummy")]
    assert [p.by for p in bench.settled(4)] == ["m"]


def test_alone_the_rules_go_on_when_the_answer_that_was_waited_for_is_none() -> None:
    bench = Bench(CallStatus.TIMEOUT, kind=ModelOnly)
    bench.history = [experiment(1, 0.5, recipe="dummy")]
    assert [p.recipe for p in bench.propose(1)] == ["linear"]


def test_alone_without_a_model_the_rules_fill_in() -> None:
    bench = Bench(CallStatus.REFUSED, kind=ModelOnly)
    bench.history = [experiment(1, 0.5, recipe="dummy")]
    bench.settled(0)
    assert [p.recipe for p in bench.propose(4)][:1] == ["linear"]


def test_no_one_is_asked_when_the_answer_would_come_too_late() -> None:
    bench = Bench(script(1), left=5.0)
    bench.propose()
    assert not bench.model.asked


def test_what_the_rules_make_of_a_script_is_no_idea_of_the_model() -> None:
    bench = Bench(script(1))
    (proposal, *_) = bench.settled()
    bench.run(proposal, 0.75)
    children = [p for p in bench.settled(6) if p.recipe == "script" and p.move != "extend"]
    assert children
    assert all((p.by, p.expected) == ("", None) for p in children)


def test_what_was_foretold_is_held_against_what_happened() -> None:
    bench = Bench(script(1, parent=2), script(2))
    (proposal, *_) = bench.settled()
    bench.run(proposal, 0.74)
    bench.settled(0)
    text = bench.model.asked[1][1][1].text
    assert "expected +0.01, got +0.04" in text


def test_calls_of_an_interrupted_run_and_one_under_way_at_the_end_are_on_record() -> None:
    gate = threading.Event()
    bench = Bench(script(1), gate=gate)
    bench.propose(1)
    bench.who.finish()
    gate.set()
    (call,) = bench.recorded
    assert (call.model, call.error) == ("m", "the search ended before the answer came")
    assert (call.tokens_in, call.tokens_out, call.usd) == (100, 50, 0.25)  # what it may still cost


def test_of_several_models_the_one_that_brought_more_for_its_cost_is_asked() -> None:
    def call(model: str, usd: float) -> Call:
        return Call(at=0.0, model=model, purpose="draft", status=CallStatus.OK, usd=usd)

    calls = [call("dear", 0.5), call("cheap", 0.01)]
    assert choose(["dear", "cheap"], {"dear": 1.0, "cheap": 1.0}, calls) == "cheap"
    assert choose(["dear", "cheap"], {"dear": 5.0, "cheap": 0.0}, [call("dear", 0.01), call("cheap", 0.01)]) == "dear"
    assert choose(["a", "b"], {}, [call("a", 0.1)]) == "b"
