import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright.journal.journal import Journal
from modelwright.kinds.regression import Regression
from modelwright.metrics import catalogue
from modelwright.metrics.judge import Judge
from modelwright.metrics.predictions import asked_file, fold_file
from modelwright.records.experiment import Experiment, FoldCost, Job, Outcome, Proposal, Status
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.search.budget import CAUTION, KEPT, MADE, Budget, CostModel
from modelwright.search.lab import Lab, likely_members
from modelwright.testing.executors import FakeExecutor
from modelwright.testing.records import experiment, problem, profile
from modelwright.workspace import Workspace

ROWS, KIND = 30, Regression()
ASKED = problem(kind="regression", metric="rmse", higher_is_better=False, classes=())
PLAN = ValidationPlan(scheme=Scheme.PLAIN, folds=3, holdout=0.1, why="scripted")
TRUTH = np.arange(ROWS, dtype=float)
FOLDS = np.arange(ROWS) % 3


class Guess:
    name = family = "guess"

    def effort(self, *_: Any) -> float:
        return 1.0


def predicting(error: float) -> Callable[[Job, Path], Outcome]:
    """A script whose predictions are off by so much (alternating, so that no constant removes it)."""

    def script(job: Job, folder: Path) -> Outcome:
        off = error * float(str(job.proposal.params.get("times", 1.0)))
        for k in job.proposal.folds:
            own = TRUTH[k == FOLDS]
            KIND.save(fold_file(folder, k), own + off * (-1.0) ** np.arange(len(own)))
            KIND.save(asked_file(folder, k), np.zeros(4))
        costs = tuple(FoldCost(fold=k, fit=0.5, predict=0.1, rows=20) for k in job.proposal.folds)
        return Outcome(number=job.number, status=Status.DONE, seconds=0.6, costs=costs)

    return script


class Watcher:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.bests: list[int] = []

    def tell(self, name: str, **data: Any) -> None:
        self.events.append((name, data))

    def on_best(self, experiment: Experiment) -> None:
        self.bests.append(experiment.number)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path / "run")
    found.create()
    return found


def lab_in(
    workspace: Workspace,
    journal: Journal,
    watcher: Watcher,
    script: Callable[[Job, Path], Outcome] | None = None,
    seconds: float | None = 60.0,
) -> Lab:
    judge = Judge(ASKED, KIND, catalogue.get("rmse"), TRUTH, FOLDS, PLAN, asked=4)
    return Lab(
        workspace,
        FakeExecutor(script or predicting(1.0), jobs=2),
        journal,
        judge,
        Budget(seconds, None, time.monotonic()),
        CostModel(ASKED, profile(), lambda _name: Guess(), rows=ROWS, folds=3),  # type: ignore[arg-type,return-value]
        jobs=2,
        threads=1,
        tell=watcher.tell,
        on_best=watcher.on_best,
    )


def go(lab: Lab, *proposals: Proposal) -> None:
    for proposal in proposals:
        lab.start(proposal)
        for outcome in lab.wait():
            lab.close(outcome)


def model(**fields: Any) -> Proposal:
    return Proposal.model_validate({"recipe": "guess", "folds": (0, 1, 2), **fields})


def test_an_outcome_is_scored_by_the_judge_and_recorded(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        go(lab_in(workspace, journal, Watcher()), model())
        (row,) = journal.history()
    assert row.status is Status.DONE
    assert row.score is not None
    assert row.score.value == pytest.approx(1.0)
    assert row.verdict == "the first score of this run"


def test_only_a_better_experiment_becomes_the_submission(workspace: Workspace) -> None:
    watcher = Watcher()
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, watcher)
        go(lab, model(), model(params={"times": 2.0}), model(params={"times": 0.5}))
    assert watcher.bests == [1, 3]


def test_more_folds_of_a_worse_model_do_not_take_the_submission_from_a_better_look(workspace: Workspace) -> None:
    watcher = Watcher()
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, watcher)
        go(lab, model(folds=(2,)), model(params={"times": 3.0}))
    assert watcher.bests == [1]


def test_a_recipe_with_steps_it_has_not_run_with_is_given_more_time(workspace: Workspace) -> None:
    steps = [{"name": "dates"}]
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher(), seconds=3600.0)
        go(lab, model(), model(params={"times": 2.0}), model(features=steps), model(features=steps, seed=1))
        paths = [workspace.experiment(row.number) / "job.json" for row in journal.history()]
    first, second, widened, again = (Job.model_validate_json(path.read_text()).seconds or 0.0 for path in paths)
    assert first == pytest.approx(widened, rel=0.05)
    assert second == pytest.approx(again, rel=0.05)
    assert widened > 1.5 * again


class Made(Guess):
    """One that is made to fit the time."""

    patient = True

    def within(self, *_: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(("folds", "jobs", "rounds"), [((0,), 1, 0), ((0, 1, 2), 1, 2), ((0, 1, 2), 2, 1)])
def test_a_leader_made_to_fit_has_time_kept_for_its_refits_once_all_its_folds_have_run(
    workspace: Workspace, folds: tuple[int, ...], jobs: int, rounds: int
) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher(), seconds=3600.0)
        lab.costs.recipe = lambda _name: Made()  # type: ignore[assignment,return-value]
        lab.jobs = jobs
        before = lab.budget.left()
        go(lab, model(folds=folds))
        (row,) = journal.history()
        assert lab.costs.refit(row) == KEPT
        seconds = rounds * lab.costs.refitting(row) if rounds else KEPT
    assert before - lab.budget.left() == pytest.approx(CAUTION * seconds, abs=0.3)


@pytest.mark.parametrize(("seconds", "kept"), [(600.0, 2 * 600.0), (2500.0, MADE * 3600), (4000.0, KEPT)])
def test_time_is_kept_for_a_refit_that_is_trained_for_less_where_that_is_all_that_fits(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seconds: float, kept: float
) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher(), seconds=3600.0)
        lab.costs.recipe = lambda _name: Made()  # type: ignore[assignment,return-value]
        monkeypatch.setattr(lab.costs, "refitting", lambda _experiment: seconds)
        lab.jobs = 1
        before = lab.budget.left()
        go(lab, model(folds=(0, 1, 2)))
    assert before - lab.budget.left() == pytest.approx(CAUTION * kept, abs=5.0)


def test_a_refit_is_told_by_its_teachers(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher())
        go(lab, model(folds=(0, 1, 2)))
        lab.refit(journal.get(1), None, teachers=(1,))
        assert isinstance(lab.executor, FakeExecutor)
        job = lab.executor.started[-1]
        assert job.proposal.teachers == (1,)
        assert "labels seem wrong" in job.proposal.reason


@pytest.mark.parametrize(("training", "epochs"), [(1.0, 29), (0.6, 17), (0.001, 1)])
def test_a_refit_may_be_trained_for_less_and_says_so(workspace: Workspace, training: float, epochs: int) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher())
        go(lab, model(folds=(0, 1, 2), params={"epochs": 29}))
        lab.refit(journal.get(1), None, training=training)
        assert isinstance(lab.executor, FakeExecutor)
        proposal = lab.executor.started[-1].proposal
        assert proposal.params["epochs"] == epochs
        assert ("of its epochs, to fit the time left" in proposal.reason) is (training < 1)


def test_a_finished_fold_is_named_for_reuse(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher())
        go(lab, model(folds=(2,)), model(folds=(1,)), model(folds=(0, 1, 2)), model(params={"times": 2.0}))
        assert isinstance(lab.executor, FakeExecutor)
        assert [job.reuse for job in lab.executor.started] == [(), ("../0001",), ("../0001", "../0002"), ()]


def test_nothing_is_opened_that_could_not_finish(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher(), seconds=5.0)
        go(lab, model(folds=(0, 1, 2)))
        assert journal.history() == []


def test_the_end_of_the_budget_is_not_a_failure_of_the_candidate(workspace: Workspace) -> None:
    def late(job: Job, _folder: Path) -> Outcome:
        return Outcome(number=job.number, status=Status.TIMEOUT, error="ran past its limit")

    with Journal(workspace.journal, create=True) as journal:
        go(lab_in(workspace, journal, Watcher(), late, seconds=15.0), model())
        assert journal.get(1).status is Status.STOPPED


def test_a_wish_to_stop_ends_what_runs(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher())
        lab.start(model())
        lab.budget.interrupted = True
        for outcome in lab.wait():
            lab.close(outcome)
        assert journal.get(1).status is Status.STOPPED
        assert lab.free == 0


def test_a_result_that_was_written_before_the_kill_is_adopted(workspace: Workspace) -> None:
    with Journal(workspace.journal, create=True) as journal:
        lab = lab_in(workspace, journal, Watcher())
        lab.start(model())
        lab.start(model(params={"times": 2.0}))
        lab.executor.wait()  # the first leaves its result; the parent is killed before it closes the row
    with Journal(workspace.journal) as journal:
        again = lab_in(workspace, journal, Watcher())
        assert again.settle() == (1, 1)
        assert [e.status for e in journal.history()] == [Status.DONE, Status.LOST]
        assert journal.get(1).score is not None


def test_malformed_predictions_are_invalid_not_an_exception(workspace: Workspace) -> None:
    def short(job: Job, folder: Path) -> Outcome:
        for k in job.proposal.folds:
            KIND.save(fold_file(folder, k), np.zeros(3))
        return Outcome(number=job.number, status=Status.DONE)

    with Journal(workspace.journal, create=True) as journal:
        go(lab_in(workspace, journal, Watcher(), short), model())
        row = journal.get(1)
    assert row.status is Status.INVALID
    assert "fold_0" in row.verdict


def test_the_answer_is_likely_made_of_the_leader_the_best_of_other_recipes_and_what_they_are_stacked_on() -> None:
    history = [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.70, recipe="linear"),
        experiment(3, 0.74, recipe="lightgbm"),
        experiment(4, 0.75, recipe="lightgbm", params={"k": 1}),
        experiment(5, 0.72, recipe="catboost"),
        experiment(6, 0.78, recipe="linear", stack=(3, 5)),
    ]
    assert [e.number for e in likely_members(history, True)] == [6, 4, 5, 3]
