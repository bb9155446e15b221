"""What a desk tells, in words and numbers: made of the records, and of nothing that holds a label or a prediction."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from . import views
from .chapters.drafting import without_code
from .chapters.materials import Materials
from .chapters.veil import Veil, cut, stack
from .deliver import columns
from .errors import RunError, SettingsError
from .metrics.promote import compare, number
from .recipes.script import CODE
from .records.desk import ColumnTold, Compared, Profiled, Row, Shown, Split, Understood
from .records.experiment import Experiment
from .records.profile import Profile
from .task.questions import told

T = TypeVar("T")
CLASSES = 40  # that are named
DESCRIPTION = 4_000  # characters of it
SENTENCE = 300  # characters of a verdict, a reason, a note
MOST = 100  # experiments, or columns, on one page


class Telling:
    """Tells of one run what somebody who works on it may know."""

    def __init__(self, materials: Materials) -> None:
        self.materials, self.problem = materials, materials.problem
        self.veil = Veil.over(materials.truth, words=bool(materials.problem.classes))

    def understood(self, doubts: object) -> Understood:
        """What the task was taken to be, with the evidence and the doubts."""
        problem, materials = self.problem, self.materials
        return Understood(
            name=problem.name,
            description=cut(problem.description, DESCRIPTION),
            kind=problem.kind,
            modality=problem.modality,
            targets=problem.targets,
            classes=problem.classes[:CLASSES],
            classes_in_all=len(problem.classes),
            id=problem.id,
            time=problem.time,
            series=problem.series,
            metric=problem.metric,
            metric_params=problem.metric_params,
            higher_is_better=problem.higher_is_better,
            output=problem.output,
            rows=len(materials.truth),
            sealed_rows=materials.holdout_rows,
            test_rows=materials.test_rows,
            tables=tuple(map(str, problem.relations)),
            dropped=problem.dropped[:MOST],
            evidence=problem.evidence,
            close=tuple(map(told, problem.questions)),
            doubts=tuple(map(str, _listed(doubts))),
            task_file=str(materials.workspace.task_file),
        )

    def profiled(self, limit: int, offset: int) -> Profiled:
        """What the data looks like, so many columns at a time; sealed rows are not among it."""
        profile = self.materials.profile
        lines = columns.lines(profile)
        some, following = page(lines, limit, offset)
        return Profiled(
            rows=profile.rows,
            test_rows=profile.test_rows,
            target=self._target(profile),
            columns=tuple(_column(line) for line in some),
            columns_in_all=len(lines),
            next=following,
            facts=tuple(f"{label}: {text}" for label, text in columns.facts(profile)),
            findings=tuple(map(str, profile.findings)),
        )

    def _target(self, profile: Profile) -> str:
        """Classes with their shares, or a range whose numbers are no row's own."""
        truth = self.materials.truth
        if self.problem.classes or truth.dtype.kind != "f":
            return profile.target_summary
        import numpy as np

        quartiles = np.quantile(truth.reshape(len(truth), -1), [0, 0.25, 0.5, 0.75, 1], axis=0).T
        words = "about {:.2g} to {:.2g}, half within {:.2g} to {:.2g}, median {:.2g}"
        told = [words.format(low, high, q1, q3, q2) for low, q1, q2, q3, high in quartiles]
        return "; ".join(f"{name}: {text}" for name, text in zip(self.problem.targets, told, strict=False))

    def split(self) -> Split:
        """How the work is judged, and why."""
        plan = self.materials.plan
        return Split(
            scheme=plan.scheme,
            folds=plan.first_folds,
            repeats=plan.all_folds[plan.folds :],
            sealed_share=plan.holdout,
            sealed_rows=self.materials.holdout_rows,
            group=plan.group,
            group_rule=plan.group_rule,
            time=plan.time,
            why=plan.why,
            evidence=plan.evidence,
            otherwise=f"It follows from what was understood (time, series, id, test, kind ...): edit those lines of "
            f"{self.materials.workspace.task_file} and open the task anew with that file as task_file.",
        )

    def row(self, e: Experiment) -> Row:
        """One experiment in a line. Why a refit failed is not told: it may have been fitted on sealed rows too."""
        proposal, outcome, score = e.proposal, e.outcome, e.score
        failed = outcome is not None and score is None and proposal.move != "refit"
        failure = self.veil.hide(cut(outcome.error, SENTENCE)) if outcome and failed else ""
        return Row(
            number=e.number,
            status=e.status,
            recipe=proposal.recipe,
            move=proposal.move,
            parent=proposal.parent,
            params=without_code(proposal.params),
            features=tuple(step.title for step in proposal.features),
            folds=proposal.folds,
            rows=proposal.rows,
            score=views.real(score.value) if score else None,
            error=views.real(score.error) if score else None,
            seconds=round(outcome.seconds, 2) if outcome else None,
            verdict=cut(e.verdict, SENTENCE) if score else "",
            failure=failure,
            reason=cut(proposal.reason, SENTENCE),
        )

    def shown(self, e: Experiment, parent: Experiment | None) -> Shown:
        """One experiment: what changed, the score of each fold, what it cost, why it failed."""
        outcome, score, code = e.outcome, e.score, e.proposal.params.get(CODE)
        mine, before = (
            each.proposal.model_copy(update={"params": without_code(each.proposal.params)}) if each else None
            for each in (e, parent)
        )
        assert mine is not None
        return Shown(
            row=self.row(e),
            changed=tuple(cut(line, SENTENCE) for line in views.changes(before, mine)) if before else (),
            folds=_finite(score.folds) if score else {},
            fit_seconds={c.fold: round(c.fit, 3) for c in outcome.costs} if outcome else {},
            peak_mb=round(outcome.peak_mb) if outcome else None,
            others=_finite(score.extra) if score else {},
            notes=tuple(self.veil.hide(cut(n, SENTENCE)) for n in outcome.notes[:20]) if outcome else (),
            traceback=self.veil.hide(stack(outcome)) if outcome and e.proposal.move != "refit" else "",
            code=code if isinstance(code, str) else "",
        )

    def compared(self, one: Experiment, other: Experiment) -> Compared:
        """Whether one experiment is better than another by more than noise. Raises RunError without both scores."""
        if one.score is None or other.score is None:
            lacks = one if one.score is None else other
            raise RunError(f"experiment {lacks.number} has no score ({lacks.status}): compare two that have one.")
        found = compare(one.score, other.score, self.problem.higher_is_better)
        common = tuple(sorted(set(one.score.folds) & set(other.score.folds)))
        size = f"{number(abs(found.gain))} ± {number(found.error)}"
        against = f"experiment {other.number}"
        words = f"{found.verdict} than {against} by {size}"
        if found.verdict == "tie":
            words = f"within noise of {against} ({'+' if found.gain >= 0 else '-'}{size})"
        return Compared(
            first=one.number,
            second=other.number,
            gain=found.gain,
            error=found.error,
            paired=found.paired,
            verdict=found.verdict,
            folds=common,
            told=f"experiment {one.number} is {words}" + ("" if common else "; they have no fold in common"),
        )


def _column(line: columns.Line) -> ColumnTold:
    return ColumnTold(
        name=line.name,
        role=line.role,
        used=line.used,
        missing=round(line.missing, 4),
        distinct=line.distinct,
        values=line.values,
        unseen=round(line.unseen, 4) if line.unseen is not None else None,
        drift=line.drift,
        suspect=cut(line.suspect, 200),
        note=cut(line.note, 200),
    )


def page(found: Sequence[T], limit: int, offset: int) -> tuple[Sequence[T], int | None]:
    """Some of a list, and where the next page begins."""
    if not 1 <= limit <= MOST or offset < 0:
        raise SettingsError(f"a page of {limit} from {offset} on cannot be had: ask for 1 to {MOST}, from 0 on.")
    end = offset + limit
    return found[offset:end], end if end < len(found) else None


def _finite(scores: Mapping[Any, float]) -> dict[Any, float]:
    return {name: value for name, value in scores.items() if views.real(value) is not None}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
