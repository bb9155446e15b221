"""Run folders made without a search: real kinds and a real journal, scores and predictions out of a generator."""

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.journal.journal import Journal
from modelwright.metrics import catalogue
from modelwright.records.experiment import Outcome, Proposal, Rule, Score, Status, Step
from modelwright.records.finding import Finding
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Evidence, Output, Problem
from modelwright.records.profile import Column, Field, Profile, Role, Schema
from modelwright.settings import Settings
from modelwright.workspace import FORMAT, Workspace, write_json

FOLDS = 3

PROBLEMS: dict[str, dict[str, Any]] = {
    "binary": {
        "targets": ("Survived",),
        "metric": "accuracy",
        "classes": (False, True),
        "output": Output.LABELS,
        "header": ("Id", "Survived"),
    },
    "multiclass": {
        "targets": ("author",),
        "metric": "log-loss",
        "classes": ("EAP", "HPL", "MWS"),
        "output": Output.PROBABILITIES,
        "header": ("Id", "EAP", "HPL", "MWS"),
        "class_columns": ("EAP", "HPL", "MWS"),
    },
    "ordinal": {
        "targets": ("quality",),
        "metric": "qwk",
        "classes": (3, 4, 5, 6),
        "output": Output.LABELS,
        "header": ("Id", "quality"),
    },
    "regression": {
        "targets": ("energy", "gap"),
        "metric": "rmsle",
        "header": ("Id", "energy", "gap"),
    },
    "segmentation": {
        "targets": ("mask",),
        "metric": "dice-global",
        "output": Output.MASKS,
        "header": ("Id", "mask"),
        "options": {"rle": {"order": "columns", "start": 1, "empty": "-"}},
    },
}

COLUMNS = (
    Column(name="Id", role=Role.ID, distinct=300, examples=("0001_01", "0002_01"), unseen=1.0),
    Column(name="Age", role=Role.NUMBER, missing=0.02, distinct=80, low=0.0, high=79.5, unseen=0.01),
    Column(name="Deck", role=Role.CATEGORY, missing=0.4, distinct=8, examples=("A", "B", "C"), unseen=0.4),
    Column(name="Boarded", role=Role.DATE, distinct=120, examples=("2912-01-03",), in_test=False, note="a date"),
    Column(
        name="Bio", role=Role.TEXT, distinct=299, examples=("a long text about somebody & something",), length=140.0
    ),
)


def make_problem(kind: str, **changes: Any) -> Problem:
    """A problem of that kind."""
    fields = {
        "name": f"a {kind} task",
        "root": "",
        "kind": kind,
        "id": "Id",
        "higher_is_better": catalogue.get(PROBLEMS[kind]["metric"]).higher_is_better,
        "train": "train.csv",
        "test": "test.csv",
        "description": "# A task\n\nPredict things.",
        "evidence": (
            Evidence(field="metric", because='the text says "judged by it"', confidence=0.9, runner_up="auc"),
            Evidence(field="kind", because="the target has few values", confidence=0.6, runner_up="regression"),
        ),
        **PROBLEMS[kind],
        **changes,
    }
    return Problem(**fields)


def labels_and_predictions(problem: Problem, rows: int) -> tuple[pd.DataFrame, list[Any]]:
    """Labels as read, and three predictions of them with more and more noise."""
    rng = np.random.default_rng(7)
    noises = (1.0, 1.3, 1.8)
    if problem.kind == "regression":
        truth = rng.lognormal(size=(rows, 2))
        predictions = [np.log1p(truth) + 0.3 * s * rng.normal(size=truth.shape) for s in noises]
        return pd.DataFrame(truth, columns=list(problem.targets)), predictions
    if problem.kind == "segmentation":
        masks = [(rng.random((16, 16)) < 0.1 * (i % 2)).astype(np.uint8) for i in range(rows)]
        names = [f"mask_{i}.npy" for i in range(rows)]
        for name, mask in zip(names, masks, strict=True):
            np.save(Path(problem.root) / name, mask)
        predictions = []
        for s in noises:
            maps = np.empty(rows, dtype=object)
            for i, mask in enumerate(masks):
                maps[i] = np.clip(0.6 * mask + 0.3 * s * rng.random(mask.shape), 0, 1).astype(np.float32)
            predictions.append(maps)
        return pd.DataFrame({"mask": names}), predictions
    codes = rng.integers(len(problem.classes), size=rows)
    labels = pd.DataFrame({problem.targets[0]: [problem.classes[c] for c in codes]})
    if problem.kind == "ordinal":
        return labels, [codes + 3 + s * 0.8 * rng.normal(size=rows) for s in noises]
    predictions = []
    for s in noises:
        logits = 1.6 * np.eye(len(problem.classes))[codes] + s * rng.normal(size=(rows, len(problem.classes)))
        predictions.append(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    return labels, predictions


def make_run(root: Path, kind: str = "binary", rows: int = 300, *, finished: bool = True, **changes: Any) -> Workspace:
    """A run folder: fourteen experiments with two failures; with blend, seal and end if finished."""
    if kind == "segmentation":
        (root.parent / "scenes").mkdir(parents=True, exist_ok=True)
        changes.setdefault("root", str(root.parent / "scenes"))
        rows = min(rows, 30)
    workspace, problem = Workspace(root), make_problem(kind, **changes)
    labels, predictions = labels_and_predictions(problem, rows)
    workspace.create()
    write_records(workspace, problem, rows)
    kind_object, metric = plugins.load("kinds", kind), catalogue.get(problem.metric)
    labels.to_feather(workspace.data / "labels.feather")
    folds = np.arange(rows) % FOLDS
    np.save(workspace.data / "folds.npy", folds)
    truth = kind_object.truth(labels, problem)
    rule = kind_object.rule(truth, predictions[0], problem, metric)
    with a_slow_clock(), Journal(workspace.journal, create=True) as journal:
        scores = write_experiments(journal, workspace, problem, rule)
        journal.fact(
            "run",
            {
                "version": "0.1.0",
                "started": 1.8e9,
                "budget": 120.0,
                "experiments": None,
                "seed": 0,
                "jobs": 2,
                "threads": 1,
                "command": "modelwright run task --budget 2m",
                "machine": {"system": "Linux", "python": "3.11.2", "cores": 2, "memory_gb": 24.0},
            },
        )
        journal.fact("doubts", ["The description names no metric: accuracy was taken."])
        journal.fact("findings", ["Column 'Deck': 40 % of the test rows hold a value that training rows never have."])
        journal.note("boosting: five experiments within noise of each other; turning to other families")
        for number, prediction in ((11, predictions[0]), (8, predictions[1])):
            for k in range(FOLDS):
                kind_object.save(workspace.experiment(number) / f"fold_{k}.npz", prediction[folds == k])
        if finished:
            finish(journal, workspace, scores, rule)
            mixed = kind_object.mix(predictions[:2], [0.7, 0.3], problem)
            kind_object.save(workspace.data / "final_oof.npz", mixed)
    return workspace


def write_records(workspace: Workspace, problem: Problem, rows: int) -> None:
    plan = ValidationPlan(
        scheme=Scheme.STRATIFIED,
        folds=FOLDS,
        holdout=0.1,
        why="Test rows are drawn like training rows, so folds are drawn at random, classes in the same shares.",
    )
    profile = Profile(
        rows=rows,
        test_rows=100,
        columns=COLUMNS,
        duplicates=3,
        target_summary="False 50 %, True 50 %",
        findings=(Finding(sort="drift", columns=("Deck",), evidence="Column 'Deck' drifts."),),
    )
    schema = Schema(
        fields=(Field(name="Age", role=Role.NUMBER), Field(name="Deck", role=Role.CATEGORY, categories=("A", "B", "C")))
    )
    for name, record in (
        ("problem", problem),
        ("plan", plan),
        ("profile", profile),
        ("schema", schema),
        ("settings", Settings()),
    ):
        (workspace.data / f"{name}.json").write_text(record.model_dump_json())
    write_json(workspace.data / "layout.json", {"format": FORMAT, "visible": rows, "holdout": rows // 10, "test": 100})


def write_experiments(journal: Journal, workspace: Workspace, problem: Problem, rule: Rule) -> list[Score]:
    """Recipes by turns, better and better; numbers 4 and 9 fail."""
    rng = np.random.default_rng(3)
    recipes = ("dummy", "linear", "lightgbm", "extra-trees", "lightgbm", "random-forest", "lightgbm")
    scores = []
    for i in range(14):
        recipe = recipes[i % 7] if i != 7 else "linear"
        quality = 0.5 if recipe == "dummy" else 0.72 + 0.1 * (1 - np.exp(-i / 4)) + 0.01 * rng.normal()
        value = quality if problem.higher_is_better else 1.2 - quality
        folds = (0,) if i < 4 else tuple(range(FOLDS))
        proposal = Proposal(
            recipe=recipe,
            params={"n_estimators": 100 + 10 * i, "learning_rate": 0.05},
            features=(Step(name="missing"),) if i % 3 == 0 else (),
            folds=folds,
            parent=i - 4 if i > 6 else None,
            move="draft" if i < 5 else "tune",
            reason="a strong model of each family first" if i < 5 else "fewer leaves, for the folds differ a lot",
        )
        number = journal.open(proposal).number
        workspace.experiment(number).mkdir(parents=True)
        if number in (4, 9):
            error = "ValueError: Input contains NaN, infinity or a value too large for dtype('float32')."
            journal.close(Outcome(number=number, status=Status.FAILED, error=error, seconds=1.5), None, "failed")
            continue
        score = Score(
            value=value, error=0.012 if len(folds) > 1 else 0.02, folds=dict.fromkeys(folds, value), rule=rule
        )
        scores.append(score)
        verdict = "better than experiment 3 by 0.0123, 2.1 standard errors" if i % 2 else "within noise of experiment 3"
        journal.close(Outcome(number=number, status=Status.DONE, seconds=3.2 + i), score, verdict)
    return scores


def finish(journal: Journal, workspace: Workspace, scores: list[Score], rule: Rule) -> None:
    best = (max if scores[-1].value > scores[0].value else min)(scores, key=lambda s: s.value)
    members = [
        {"experiment": 11, "weight": 0.7, "recipe": "extra-trees", "refitted": True},
        {"experiment": 8, "weight": 0.3, "recipe": "linear", "refitted": False},
    ]
    journal.fact(
        "final",
        {
            "members": members,
            "rule": rule.model_dump(mode="json"),
            "cv": best.model_dump(mode="json"),
            "sealed": best.model_copy(update={"value": best.value * 0.985, "error": 0.031}).model_dump(mode="json"),
            "sealed_rows": 30,
            "how": "greedy selection among 10 experiments",
        },
    )
    journal.add_count("seal.opened")
    journal.fact("chapters", {"Reading the task": 1.2, "Searching": 90.5, "Refitting on all rows": 8.0})
    journal.fact("end", {"seconds": 101.5, "reason": "the budget was spent"})
    workspace.submission.write_text("Id,Survived\n1,True\n")


def a_slow_clock() -> Any:
    """Makes the journal believe that 3.5 seconds pass between any two entries."""
    clock = itertools.count(1.8e9, 3.5)
    return mock.patch("modelwright.journal.journal.time", SimpleNamespace(time=lambda: next(clock)))


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Workspace]:
    """Makes run folders: `run_folder("binary", finished=False)`."""

    def make(kind: str = "binary", **changes: Any) -> Workspace:
        return make_run(tmp_path / f"run {kind}", kind, **changes)

    return make


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished run that tests share: read it, but change nothing in it."""
    return make_run(tmp_path_factory.mktemp("shared") / "run", "binary")


@pytest.fixture
def problem_of() -> Callable[..., Problem]:
    """Makes problems: `problem_of("regression", targets=("y",))`."""
    return make_problem
