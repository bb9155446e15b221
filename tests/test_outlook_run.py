"""A run that measures what more rows bring."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import modelwright as mw
from modelwright.records.answer import Answer
from modelwright.records.experiment import CURVE, Experiment, Job, Proposal
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.views import summary
from modelwright.worker.data import read

GROUPS, EACH, WIDE = 90, 5, 25


class Halved:
    """A linear model, and the same on half of its rows."""

    def __init__(self, problem: Any, profile: Any, plan: ValidationPlan, **_how: Any) -> None:
        folds = plan.first_folds
        self.plan = [
            Proposal(recipe="dummy", folds=folds),
            Proposal(recipe="linear", folds=folds),
            Proposal(
                recipe="linear", folds=folds[:3], rows=0.5, parent=2, move=CURVE, reason="what do more rows bring?"
            ),
        ]

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        running = any(e.outcome is None for e in history)
        return [] if len(history) == len(self.plan) or running else [self.plan[len(history)]]

    def remarks(self, history: Sequence[Experiment]) -> Mapping[str, str]:
        return {}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> mw.Run:
    """Few rows for so many columns, in groups that are whole either asked for or answered."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.normal(size=(GROUPS * EACH, WIDE)), columns=[f"x{k}" for k in range(WIDE)])
    table["y"] = table @ rng.normal(size=WIDE) + rng.normal(size=len(table))
    table.insert(0, "person_id", np.repeat([f"p{k:03d}" for k in rng.permutation(GROUPS)], EACH))
    table.loc[(GROUPS - 18) * EACH :, "y"] = np.nan
    out = tmp_path_factory.mktemp("runs") / "one"
    return mw.run(table, "y", metric="rmse", experiments=3, jobs=1, strategist=f"{__name__}:Halved", out=out)


def test_more_is_expected_of_the_answer_than_its_estimate_where_more_rows_help(run: mw.Run) -> None:
    final = Answer.model_validate(run.facts["final"])
    found = final.outlook
    assert found
    assert (found.experiment, found.leader) == (3, 2)
    part, whole, every = found.rows
    assert part == pytest.approx(whole / 2, abs=1)
    assert every == (GROUPS - 18) * EACH
    assert found.step > found.step_error
    assert found.value == pytest.approx(final.cv.value - found.told)
    assert found.error > final.cv.error


def test_the_rows_that_were_kept_back_are_whole_groups(run: mw.Run) -> None:
    data = read(run.path / "data")
    assert data.plan.scheme is Scheme.GROUP
    assert data.groups is not None
    jobs = [
        Job.model_validate_json((run.path / "experiments" / f"{k:04d}" / "job.json").read_text()) for k in (1, 2, 3)
    ]
    assert [job.by_group for job in jobs] == [False, False, True]


def test_the_model_of_the_curve_is_none_of_the_answer_and_its_verdict_says_so(run: mw.Run) -> None:
    assert [m["experiment"] for m in run.facts["final"]["members"]] == [2]
    assert run.experiments[2].verdict.startswith("for the learning curve only, on 50% of the rows")


def test_report_card_and_summary_say_what_is_expected(run: mw.Run) -> None:
    page, card = (run.path / "report.html").read_text(), (run.path / "bundle" / "card.md").read_text()
    assert "Would more rows help?</strong> Yes: experiment 3 is experiment 2 with" in page
    assert "expected of this model, which is fitted on all rows" in card
    assert "Would more rows help? Yes" in card

    console = Console(width=200, record=True, file=None)
    with console.capture() as caught:
        console.print(summary(run))
    assert "once fitted on all rows" in caught.get()
