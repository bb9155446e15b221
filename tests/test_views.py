"""What is said of runs, experiments and plans."""

import io
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console, RenderableType

from modelwright import views
from modelwright.metrics.replay import CEILING
from modelwright.records.event import Event
from modelwright.records.experiment import Experiment, FoldCost, Outcome, Proposal, Score, Status, Step
from modelwright.records.finding import Finding
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Evidence, Problem
from modelwright.records.profile import Column, Drift, Profile, Role

PROBLEM = Problem(
    name="cells",
    root="",
    kind="binary",
    targets=("malignant",),
    metric="log_loss",
    higher_is_better=False,
    evidence=(Evidence(field="metric", because='the description says "log loss"'),),
)

PLAN = ValidationPlan(scheme=Scheme.PLAIN, folds=1, holdout=0.2, why="scripted")


def event(name: str, time: float = 0.0, **data: Any) -> Event:
    return Event(name=name, time=time, data=data)


def text(renderable: RenderableType, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


def screen(width: int = 120) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=40)


def experiment(number: int, status: Status = Status.DONE, **proposal: Any) -> Experiment:
    """A finished experiment with a score, or one that failed."""
    failed = status.failed
    return Experiment(
        number=number,
        proposal=Proposal(**{"recipe": "linear", "reason": "the simplest thing that is right", **proposal}),
        status=status,
        outcome=Outcome(
            number=number,
            status=status,
            error="ValueError: no columns" if failed else "",
            traceback="Traceback (most recent call last):\n  ...\nValueError: no columns" if failed else "",
            seconds=12.5,
            peak_mb=321.0,
            costs=(FoldCost(fold=0, fit=7.25, predict=0.5, rows=400),),
        ),
        score=None if failed else Score(value=0.1234, error=0.0123, folds={0: 0.1111}),
        verdict="" if failed else "better than nothing",
    )


def fake_run(path: Path, *experiments: Experiment, state: str = "finished", **facts: Any) -> Any:
    best = next((e for e in experiments if e.score), None)
    return SimpleNamespace(
        path=path, problem=PROBLEM, plan=PLAN, experiments=list(experiments), facts=facts, state=state, best=best
    )


FINAL = {"cv": {"value": 0.1, "error": 0.01}, "sealed": {"value": 0.11, "error": 0.02}, "sealed_rows": 80, "how": "x"}


def test_the_summary_names_score_sealed_check_files_and_the_way_closer(tmp_path: Path) -> None:
    (tmp_path / "submission.csv").touch()
    run = fake_run(tmp_path, experiment(7), final=FINAL, end={"seconds": 58.0, "reason": "the budget was spent"})
    shown = text(views.summary(run), 200)
    for part in (
        "log_loss 0.1000 ± 0.0100",
        "lower is better",
        "0.1100 ± 0.0200 on 80 rows",
        str(tmp_path / "submission.csv"),
        f"modelwright show {tmp_path} 7",
        "1 experiment, 58 s, the budget was spent",
    ):
        assert part in shown
    assert "report.html" not in shown  # there is none


def test_an_interrupted_run_shows_its_best_experiment_and_how_to_go_on(tmp_path: Path) -> None:
    shown = text(views.summary(fake_run(tmp_path, experiment(1), state="interrupted")), 200)
    assert "0.1234 ± 0.0123" in shown
    assert f"modelwright resume {tmp_path}" in shown


def test_the_quiet_summary_is_one_line(tmp_path: Path) -> None:
    line = views.summary_line(fake_run(tmp_path, experiment(1), final=FINAL))
    assert line == f"cells: log_loss 0.1000 ± 0.0100, sealed 0.1100 ± 0.0200, {tmp_path}"


def test_refits_are_not_counted_as_experiments(tmp_path: Path) -> None:
    run = fake_run(tmp_path, experiment(1), experiment(2, move="refit", folds=()))
    assert "1 experiment" in text(views.summary(run), 200)
    assert "2 experiments" not in text(views.summary(run), 200)


def test_the_table_of_runs_has_a_line_for_each(tmp_path: Path) -> None:
    started = {"started": time.time() - 7200}
    runs = [fake_run(tmp_path / "one", experiment(1), run=started, final=FINAL), fake_run(tmp_path / "two")]
    header, one, two = text(views.runs_table(runs), 200).splitlines()
    assert header.split() == ["run", "metric", "score", "sealed", "experiments", "state", "age"]
    assert one.split() == "one log_loss 0.1000 ± 0.0100 0.1100 ± 0.0200 1 finished 2 h 00 min".split()  # noqa: SIM905
    assert two.split()[0] == "two"


def test_a_run_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    class Broken:
        path = tmp_path / "broken"

        @property
        def problem(self) -> Problem:
            raise FileNotFoundError("problem.json is gone")

    shown = text(views.runs_table([Broken(), fake_run(tmp_path / "whole", experiment(1))]), 200)  # type: ignore[list-item]
    assert "cannot be read: problem.json is gone" in shown
    assert "whole" in shown


def test_the_status_shows_what_runs_and_the_last_verdicts(tmp_path: Path) -> None:
    running = Experiment(
        number=3, proposal=Proposal(recipe="trees", reason="another family"), status=Status.RUNNING, started=time.time()
    )
    shown = text(views.status_text(fake_run(tmp_path, experiment(1), experiment(2, Status.FAILED), running)), 200)
    assert "trees, draft: another family" in shown
    assert "better than nothing" in shown
    assert "ValueError: no columns" in shown


def test_the_status_has_a_line_for_each_family_at_its_ceiling(tmp_path: Path) -> None:
    tuned = [experiment(k, parent=1, move="tune", params={"C": k}) for k in range(2, CEILING + 2)]
    shown = text(views.status_text(fake_run(tmp_path, experiment(1), *tuned)), 200)
    assert f"linear: 0.1234 ± 0.0123 (experiment 1), {CEILING} changes in a row within noise" in shown
    assert "ceilings" not in text(views.status_text(fake_run(tmp_path, experiment(1), *tuned[1:])), 200)


def test_showing_an_experiment_tells_change_reason_folds_cost_and_log(tmp_path: Path) -> None:
    folder = tmp_path / "experiments" / "0002"
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("".join(f"line-{i}-\n" for i in range(100)))
    child = experiment(2, parent=1, move="tune", params={"C": 2.0})
    shown = text(views.experiment_text(fake_run(tmp_path, experiment(1, params={"C": 1.0}), child), child), 200)
    assert "C: 1.0 to 2.0" in shown
    assert "the simplest thing that is right" in shown
    assert "0     0.1111  7.25" in shown
    assert "peak 321 MB" in shown
    assert "line-99-" in shown
    assert "line-79-" not in shown


def test_showing_a_failure_gives_its_traceback(tmp_path: Path) -> None:
    failed = experiment(1, Status.FAILED)
    assert "Traceback (most recent call last)" in text(views.experiment_text(fake_run(tmp_path, failed), failed), 200)


def test_brackets_in_what_people_wrote_are_no_markup(tmp_path: Path) -> None:
    odd = experiment(1, reason="[red]columns a[0] and [/b]")
    assert "[red]columns a[0] and [/b]" in text(views.experiment_text(fake_run(tmp_path, odd), odd), 200)


def test_changes_are_named_one_by_one() -> None:
    parent = Proposal(recipe="linear", params={"C": 1.0, "l1": 0.0}, features=(Step(name="dates"),), rows=0.3)
    child = Proposal(
        recipe="linear", params={"C": 1.0, "l1": 0.5}, features=(Step(name="missing"),), folds=(0, 1), seed=4
    )
    assert views.changes(parent, child) == [
        "l1: 0.0 to 0.5",
        "with missing",
        "without dates",
        "rows: 30% to 100%",
        "folds: 0 to 0, 1",
        "seed: 0 to 4",
    ]


def test_a_draft_shows_the_whole_proposal() -> None:
    shown = views.changes(None, Proposal(recipe="linear", params={"C": 1.0}))
    assert shown == ["recipe: linear", "C: 1.0", "rows: 100%", "folds: 0"]


def test_a_fit_taught_by_others_names_them() -> None:
    model = Proposal(recipe="image-network", folds=())
    assert "taught by: 3, 7" in views.changes(model, model.model_copy(update={"teachers": (3, 7)}))
    assert not [c for c in views.changes(model, model) if c.startswith("taught")]


def test_time_left_of_a_resumed_run_is_its_budget_less_what_it_used(tmp_path: Path) -> None:
    run = fake_run(tmp_path, run={"budget": 120.0}, used=50.0)
    assert views.time_left(run, None) == 70.0
    assert views.time_left(run, 300.0) == 250.0
    assert views.time_left(fake_run(tmp_path, run={"budget": None}), None) is None


PLANNED: Any = SimpleNamespace(
    problem=PROBLEM,
    profile=Profile(
        rows=400, test_rows=169, columns=(), findings=(Finding(sort="constant", evidence="column a is constant"),)
    ),
    plan=ValidationPlan(scheme=Scheme.STRATIFIED, folds=5, holdout=0.2, why="classes are uneven"),
    doubts=("the metric is a guess",),
    findings=("column a is constant",),
)


def test_what_was_understood_is_told_with_evidence_doubts_and_reasons() -> None:
    shown = text(views.understood_text(PLANNED), 200)
    for part in (
        "log_loss (lower is better)",
        'the description says "log loss"',
        "400 to learn from, 169 asked for",
        "5 folds, stratified; 20% of the rows sealed",
        "classes are uneven",
        "the metric is a guess",
        "column a is constant",
    ):
        assert part in shown


def test_columns_are_told_with_role_gaps_and_marks_and_many_are_cut() -> None:
    odd = Column(name="size", role=Role.ORDERED, distinct=3, missing=0.4, order=("S", "M", "L"), spellings=(("?", 9),))
    named = Column(name="key", role=Role.ID, distinct=400, suspect="it encodes the answer")
    many = tuple(Column(name=f"n{k}", role=Role.NUMBER, distinct=9) for k in range(50))
    planned = SimpleNamespace(
        **{**vars(PLANNED), "profile": Profile(rows=400, test_rows=9, columns=(odd, named, *many))}
    )
    shown = text(views.understood_text(planned), 200)
    for part in ("S < M < L", "40 %", "may mean missing: '?' 9", "id (not used)", "suspect", "and 12 more columns"):
        assert part in shown
    assert "n37" in shown
    assert "n38" not in shown


def test_what_was_measured_of_the_rows_is_told() -> None:
    measured = PLANNED.profile.model_copy(update={"drift": Drift(auc=0.75, error=0.01), "duplicates": 12})
    shown = text(views.understood_text(SimpleNamespace(**{**vars(PLANNED), "profile": measured})), 200)
    assert "AUC 0.7500 ± 0.0100" in shown
    assert "12 training rows repeat another" in shown


def test_what_was_understood_as_json_can_be_read_back() -> None:
    found = json.loads(views.understood_json(PLANNED))
    assert Problem.model_validate(found["problem"]) == PROBLEM
    assert ValidationPlan.model_validate(found["plan"]) == PLANNED.plan
    assert Profile.model_validate(found["profile"]) == PLANNED.profile
    assert found["doubts"] == ["the metric is a guess"]
    assert [Finding.model_validate(f) for f in found["findings"]] == list(PLANNED.profile.findings)
