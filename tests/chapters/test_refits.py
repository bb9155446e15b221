import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modelwright.chapters import refits
from modelwright.chapters.refits import FEWEST, ROW_MS, SHORT, SURELY, more_rows, quick_enough, share_in, training_in
from modelwright.records.experiment import Experiment, FoldCost, Outcome, Proposal, Status
from modelwright.testing import records

MATERIALS: Any = SimpleNamespace(
    workspace=SimpleNamespace(experiment=lambda n: Path(str(n))), problem=records.problem(kind="regression")
)


@pytest.mark.parametrize(("left", "needed", "share"), [(100.0, 10.0, 1.0), (math.inf, 1e9, 1.0), (0.1, 1e4, 0.0)])
def test_a_refit_takes_all_rows_where_there_is_time_and_none_where_there_is_hardly_any(
    left: float, needed: float, share: float
) -> None:
    assert share_in(left, needed) == share


@pytest.mark.parametrize("left", [15.0, 30.0, 80.0])
def test_a_refit_that_would_be_late_takes_the_rows_that_fit_the_time(left: float) -> None:
    needed = 100.0
    share = share_in(left, needed)
    assert 0 < share < 1
    assert share * needed <= SURELY * left


def test_a_quick_refit_is_worth_a_try_in_what_time_there_is() -> None:
    assert share_in(0.6, SHORT - 1) == 1.0
    assert share_in(0.4, SHORT - 1) == 0.0


def test_too_few_rows_are_not_worth_a_refit() -> None:
    needed = 1000.0
    assert share_in(0.9 * FEWEST * needed, needed) == 0.0


@pytest.mark.parametrize(
    ("left", "needed", "rows", "times"),
    [(100.0, 10.0, 0.5, 2.0), (100.0, 10.0, 1.0, 1.0), (12.0, 10.0, 0.1, 1.0), (math.inf, 10.0, 0.5, 1.0)],
)
def test_a_model_that_was_tried_on_some_rows_is_fitted_on_more_where_there_is_time(
    left: float, needed: float, rows: float, times: float
) -> None:
    assert more_rows(left, needed, rows) == times


def test_more_rows_fit_the_time() -> None:
    assert 10.0 * more_rows(60.0, 10.0, 0.01) <= SURELY * 60.0


def refitted(number: int, row_ms: float) -> Experiment:
    outcome = Outcome(
        number=number, status=Status.DONE, costs=(FoldCost(fold=-1, fit=1.0, predict=0.1, row_ms=row_ms),)
    )
    proposal = Proposal(recipe="linear", move="refit", parent=number // 10)
    return Experiment(number=number, proposal=proposal, status=Status.DONE, outcome=outcome)


def packed(monkeypatch: pytest.MonkeyPatch, row_ms: float, made_to_fit: str = "") -> dict[int, list[str]]:
    """What is packed of experiments 1 and 2, refitted as 10, 11, 12 and 20, 21."""
    rows = [refitted(number, row_ms) for number in (10, 11, 12, 20, 21)]
    tried = {n: SimpleNamespace(proposal=Proposal(recipe=recipe)) for n, recipe in ((1, "boxes"), (2, "linear"))}
    lab: Any = SimpleNamespace(
        history=lambda: rows,
        journal=SimpleNamespace(get=tried.__getitem__),
        costs=SimpleNamespace(made_to_fit=lambda proposal: proposal.recipe == made_to_fit),
    )
    chosen = [(SimpleNamespace(number=2), 0.7), (SimpleNamespace(number=1), 0.3)]
    monkeypatch.setattr(refits, "members", lambda _lab: chosen)
    folders = {1: [Path("10"), Path("11"), Path("12")], 2: [Path("20"), Path("21")]}
    return {n: [f.name for f in kept] for n, kept in quick_enough(lab, folders).items()}


def test_all_refits_are_packed_where_a_row_stays_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packed(monkeypatch, 0.2 * ROW_MS) == {1: ["10", "11", "12"], 2: ["20", "21"]}


def test_further_refits_of_the_heaviest_are_packed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packed(monkeypatch, 0.3 * ROW_MS) == {1: ["10"], 2: ["20", "21"]}


def test_each_member_has_one_refit_however_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packed(monkeypatch, 9 * ROW_MS) == {1: ["10"], 2: ["20"]}


def test_the_planned_refits_of_a_model_made_to_fit_are_packed_however_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packed(monkeypatch, 9 * ROW_MS, "boxes") == {1: ["10", "11"], 2: ["20"]}
    assert packed(monkeypatch, 0.2 * ROW_MS, "boxes") == {1: ["10", "11", "12"], 2: ["20", "21"]}


class Scripted(SimpleNamespace):
    """A lab whose first fit runs out of memory."""

    def __init__(self, tried: Experiment) -> None:
        self.asked: list[float] = []
        self.ended: list[Experiment] = []
        super().__init__(
            budget=SimpleNamespace(until_end=lambda: 1000.0, finish=1.0, interrupted=False),
            costs=SimpleNamespace(
                refit=lambda _experiment: 1.0,
                refitting=lambda _experiment: 1.0,
                keeps_folds=lambda _proposal: False,
                made_to_fit=lambda _proposal: False,
            ),
            executor=SimpleNamespace(free=1, wait=self._wait),
            history=lambda: [tried, *self.ended],
            jobs=1,
        )

    @property
    def idle(self) -> bool:
        return len(self.asked) == len(self.ended)

    def refit(self, _experiment: Experiment, *_: object, share: float, **__: object) -> int:
        self.asked.append(share)
        return 10 + len(self.asked)

    def _wait(self, _seconds: float) -> list[Outcome]:
        number = 10 + len(self.asked)
        return [Outcome(number=number, status=Status.MEMORY if number == 11 else Status.DONE)]

    def close(self, outcome: Outcome) -> None:
        proposal = Proposal(recipe="linear", move="refit", parent=1)
        self.ended.append(Experiment(number=outcome.number, proposal=proposal, status=outcome.status))


def test_where_more_rows_fail_those_that_a_model_was_tried_on_are_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Experiment(number=1, proposal=Proposal(recipe="linear", rows=0.2), status=Status.DONE)
    lab: Any = Scripted(tried)
    monkeypatch.setattr(refits, "turns", lambda _lab: [(tried, 0)])
    monkeypatch.setattr(refits, "members", lambda _lab: [])
    monkeypatch.setattr(refits, "curve", lambda *_: None)
    found = refits.refit(lab, MATERIALS)
    assert lab.asked == [5.0, 1.0]
    assert found == {1: [Path("12")]}


class Ordered(Scripted):
    """A lab with one place, which notes in what order fits begin."""

    def __init__(self, tried: Experiment) -> None:
        super().__init__(tried)
        self.order: list[str] = []
        self.costs.seconds = 1.0

    def refit(self, _experiment: Experiment, *_: object, share: float, seed: int = 0, **__: object) -> int:
        self.order.append(f"refit {seed}")
        self.asked.append(share)
        self.executor.free = 0
        return 100 + len(self.asked)

    def start(self, proposal: Proposal, seconds: float) -> None:
        assert seconds > 0
        self.order.append(proposal.move)
        self.asked.append(1.0)
        self.executor.free = 0

    def _wait(self, _seconds: float) -> list[Outcome]:
        self.executor.free = 1
        return [Outcome(number=100 + len(self.asked), status=Status.DONE)]


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_what_more_rows_bring_is_measured_after_the_first_refits_and_before_further_seeds(
    monkeypatch: pytest.MonkeyPatch, seeds: int
) -> None:
    tried = Experiment(number=1, proposal=Proposal(recipe="linear"), status=Status.DONE)
    lab: Any = Ordered(tried)
    monkeypatch.setattr(refits, "turns", lambda _lab: [(tried, k) for k in range(seeds)])
    monkeypatch.setattr(refits, "members", lambda _lab: [])
    monkeypatch.setattr(refits, "curve", lambda *_: Proposal(recipe="linear", move="curve"))
    refits.refit(lab, MATERIALS)
    assert lab.order == ["refit 0", "curve", *(f"refit {k}" for k in range(1, seeds))]


@pytest.mark.parametrize("taught", [True, False])
def test_what_the_answer_thinks_is_written_down_once_for_refits_that_learn_from_it(
    monkeypatch: pytest.MonkeyPatch, *, taught: bool
) -> None:
    tried = Experiment(number=1, proposal=Proposal(recipe="linear"), status=Status.DONE)
    told: list[Any] = []

    class Told(Ordered):
        def refit(self, experiment: Experiment, *rest: object, **fields: Any) -> int:
            told.append(fields["teachers"])
            return super().refit(experiment, *rest, **fields)

    lab: Any = Told(tried)
    monkeypatch.setattr(refits, "turns", lambda _lab: [(tried, k) for k in range(2)])
    monkeypatch.setattr(refits, "members", lambda _lab: [])
    monkeypatch.setattr(refits, "curve", lambda *_: None)
    written: list[int] = []
    monkeypatch.setattr(refits.teaching, "teachable", lambda *_: taught)
    monkeypatch.setattr(refits.teaching, "write_down", lambda *_: written.append(1) or (4, 7))
    refits.refit(lab, MATERIALS)
    assert told == [(4, 7) if taught else ()] * 2
    assert len(written) == int(taught)


@pytest.mark.parametrize("made_to_fit", [True, False])
def test_where_the_models_of_the_folds_are_kept_one_made_to_fit_alone_is_fitted_with_further_seeds(
    monkeypatch: pytest.MonkeyPatch, *, made_to_fit: bool
) -> None:
    tried = Experiment(number=1, proposal=Proposal(recipe="linear"), status=Status.DONE)
    lab: Any = Ordered(tried)
    lab.costs.keeps_folds, lab.costs.made_to_fit = (lambda _proposal: True), (lambda _proposal: made_to_fit)
    monkeypatch.setattr(refits, "turns", lambda _lab: [(tried, k) for k in range(3)])
    monkeypatch.setattr(refits, "members", lambda _lab: [])
    monkeypatch.setattr(refits, "curve", lambda *_: None)
    refits.refit(lab, MATERIALS)
    assert lab.order == [f"refit {k}" for k in range(3 if made_to_fit else 1)]


@pytest.mark.parametrize(
    ("left", "training"), [(1180.0, 1.0), (1000.0, 0.85), (800.0, 0.68), (640.0, 0.0), (0.0, 0.0), (math.inf, 1.0)]
)
def test_a_network_is_trained_for_the_epochs_that_fit_the_time_or_for_none(left: float, training: float) -> None:
    assert training_in(left, 1000.0) == pytest.approx(training)


@pytest.mark.parametrize(("needed", "training"), [(800.0, 1.0), (1000.0, 0.847), (2000.0, None)])
def test_what_cannot_be_trained_in_full_on_all_rows_is_trained_for_less(
    monkeypatch: pytest.MonkeyPatch, needed: float, training: float | None
) -> None:
    asked: list[float] = []

    class Told(Ordered):
        def refit(self, experiment: Experiment, *rest: object, **fields: Any) -> int:
            asked.append(fields["training"])
            return super().refit(experiment, *rest, **fields)

    tried = Experiment(number=1, proposal=Proposal(recipe="linear", params={"epochs": 20}), status=Status.DONE)
    lab: Any = Told(tried)
    lab.costs.keeps_folds = lab.costs.made_to_fit = lambda _proposal: True
    lab.costs.refitting = lambda _experiment: needed
    monkeypatch.setattr(refits, "turns", lambda _lab: [(tried, 0)])
    monkeypatch.setattr(refits, "members", lambda _lab: [])
    monkeypatch.setattr(refits, "curve", lambda *_: None)
    refits.refit(lab, MATERIALS)
    assert asked == ([] if training is None else [pytest.approx(training, abs=0.002)])


def test_planned_refits_of_a_network_come_before_further_seeds_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = (
        Experiment(number=n, proposal=Proposal(recipe=r), status=Status.DONE)
        for n, r in ((1, "lightgbm"), (2, "image-network"))
    )
    costs = SimpleNamespace(
        keeps_folds=lambda proposal: proposal.recipe == "image-network",
        made_to_fit=lambda proposal: proposal.recipe == "image-network",
    )
    budget = SimpleNamespace(timed=True, interrupted=False)
    lab: Any = SimpleNamespace(budget=budget, costs=costs, history=list, journal=SimpleNamespace(get=lambda n: None))
    monkeypatch.setattr(refits, "members", lambda _lab: [(quick, 0.4), (slow, 0.6)])
    order = [(e.number, k) for e, k in refits.turns(lab)]
    assert order == [(1, 0), (2, 0), (2, 1), (1, 1), (1, 2), (2, 2)]
