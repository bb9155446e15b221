"""All that the record of a run says, read once: what the report and the model card are written from.

Reads the run folder and nothing else. Whatever an unfinished run has not written yet is None or empty.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ..journal import history
from ..metrics.promote import best
from ..records.answer import Outlook
from ..records.base import Record
from ..records.call import Call
from ..records.experiment import Experiment, Score, Status
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile
from ..settings import Settings
from ..workspace import Workspace
from . import figures

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Dossier:
    """The record of one run."""

    workspace: Workspace
    problem: Problem | None
    profile: Profile | None
    plan: ValidationPlan | None
    settings: Settings | None
    layout: dict[str, Any]  # rows: visible, holdout, test
    experiments: tuple[Experiment, ...]
    facts: dict[str, Any]  # what the journal says about the run as a whole
    notes: tuple[str, ...]  # what was learned
    calls: tuple[Call, ...] = ()  # what was asked of language models

    @property
    def final(self) -> dict[str, Any]:
        """The fact `final`: members, rule, scores and how the blend was made; {} before the end."""
        return self.facts.get("final") or {}

    @property
    def cv(self) -> Score | None:
        """The blend's cross-validated score; of a run that stopped before its end too, if it got that far."""
        return _score((self.final or self.facts.get("blend") or {}).get("cv"))

    @property
    def outlook(self) -> Outlook | None:
        """What the answer should score with all rows; None where no learning curve was measured."""
        found = (self.final or self.facts.get("blend") or {}).get("outlook")
        return None if found is None else Outlook.model_validate(found)

    @property
    def sealed(self) -> Score | None:
        """The score on the sealed rows."""
        return _score(self.final.get("sealed"))

    @property
    def trials(self) -> list[Experiment]:
        """The experiments of the search: all but refits."""
        return [e for e in self.experiments if e.proposal.move != "refit"]

    @property
    def scored(self) -> list[Experiment]:
        """Experiments with a score that may enter the answer, in the order in which they ended."""
        found = [
            e for e in self.trials if e.proposal.for_answer and e.score is not None and math.isfinite(e.score.value)
        ]
        return sorted(found, key=lambda e: (e.ended or e.started, e.number))

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return self.problem is None or self.problem.higher_is_better

    def better(self, one: float, other: float) -> bool:
        """Whether the first score is strictly better."""
        return one > other if self.higher else one < other

    @cached_property
    def best(self) -> Experiment | None:
        """The best single experiment, as the search and the screen see it."""
        return self.best_of(self.scored)

    def best_of(self, experiments: Sequence[Experiment]) -> Experiment | None:
        """The best of these experiments; one that ran fewer folds than others only where it is clearly better."""
        return best(experiments, self.higher)

    @cached_property
    def whole(self) -> int:
        """How many folds make an experiment whole: those of the first repeat; without a plan, as many as any has."""
        most = max((len(e.proposal.folds) for e in self.scored), default=0)
        return min(most, self.plan.folds) if self.plan else most

    @property
    def baseline(self) -> Experiment | None:
        """The experiment that guesses without looking at the row."""
        return self.best_of([e for e in self.scored if e.proposal.recipe == "dummy"])

    @property
    def failures(self) -> list[Experiment]:
        """Experiments of the search that failed."""
        return [e for e in self.trials if e.status.failed]

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return "end" in self.facts or "final" in self.facts

    @property
    def seconds(self) -> float | None:
        """Wall time of the whole run; of what is known so far where it has not ended."""
        end = (self.facts.get("end") or {}).get("seconds")
        if end is not None:
            return float(end)
        ended = [e.ended for e in self.experiments if e.ended is not None]
        return max(ended) - min(e.started for e in self.experiments) if ended else None

    def gap(self, one: Score, other: Score) -> tuple[float, float]:
        """By how much the first is better (negative: worse), and the standard error of that, taken as independent."""
        gap = one.value - other.value
        noise = math.hypot(*(e if math.isfinite(e) else 0.0 for e in (one.error, other.error)))
        return (gap if self.higher else -gap), noise

    def more_rows(self) -> str | None:
        """What more rows bring, in words; None where no learning curve was measured."""
        found = self.outlook
        if found is None:
            return None
        part, whole, every = (figures.count(n) for n in found.rows)
        step = figures.with_error(abs(found.step), found.step_error)
        on = f"experiment {found.experiment} is experiment {found.leader} with {part} rows to fit on instead of {whole}"
        if found.step <= found.step_error:
            way = "better" if found.step < 0 else "worse"
            return f"No more than chance would: {on}, and was {way} by {step}."
        double = figures.number(found.step * math.log(2) / math.log(found.rows[1] / found.rows[0]), 2)
        return (
            f"Yes: {on}, and was worse by {step}. The answer is fitted on {every}, so it is expected to be better than "
            f"its cross-validation by {figures.number(found.told)}. If it goes on like this, twice as many rows would "
            f"bring {double}."
        )

    def agreement(self) -> str | None:
        """Whether the sealed check confirms the cross-validated score, in one sentence; None where there is none."""
        cv, sealed = self.cv, self.sealed
        if cv is None or sealed is None:
            return None
        gap, noise = self.gap(sealed, cv)
        if abs(gap) <= noise:
            return "The two agree: they differ by less than one standard error, which is what chance alone does."
        if abs(gap) <= 2 * noise:
            return "The two agree within noise: they differ by less than two standard errors."
        if gap > 0:
            return (
                "The sealed rows came out better than expected by more than two standard errors: "
                "take the cross-validated score as the safer of the two."
            )
        return (
            "The sealed rows came out worse than expected by more than two standard errors: take the sealed score "
            "as the honest one, and look for what differs between the rows."
        )


def read(workspace: Workspace) -> Dossier:
    """Read the record of a run as far as it has been written."""
    journal = workspace.journal
    there = journal.exists()
    return Dossier(
        workspace=workspace,
        problem=_record(workspace.data / "problem.json", Problem),
        profile=_record(workspace.data / "profile.json", Profile),
        plan=_record(workspace.data / "plan.json", ValidationPlan),
        settings=_record(workspace.data / "settings.json", Settings),
        layout=json.loads((workspace.data / "layout.json").read_text())
        if (workspace.data / "layout.json").exists()
        else {},
        experiments=tuple(history.read(journal)) if there else (),
        facts=dict(history.facts(journal)) if there else {},
        notes=tuple(note.text for note in history.notes(journal)) if there else (),
        calls=tuple(history.calls(journal)) if there else (),
    )


def _record(path: Path, record: type[R]) -> R | None:
    return record.model_validate_json(path.read_text()) if path.exists() else None


def _score(fact: Any) -> Score | None:
    return None if fact is None else Score.model_validate(fact)


def status_words(status: Status) -> str:
    """What a status means, for people."""
    return {
        Status.RUNNING: "running",
        Status.DONE: "done",
        Status.FAILED: "failed",
        Status.TIMEOUT: "ran out of time",
        Status.MEMORY: "ran out of memory",
        Status.CRASHED: "crashed",
        Status.INVALID: "gave invalid predictions",
        Status.STOPPED: "stopped",
        Status.LOST: "lost",
    }[status]
