"""After the search: blend, open the seal, hand over."""

import math
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import plugins
from ..deliver import packing
from ..ensemble.candidates import POOL, Candidate
from ..ensemble.ways import Yardstick, nested, with_choice
from ..errors import RunError
from ..kinds import mixing
from ..metrics.predictions import model_of_fold, read_oof, refit_file, score_rows
from ..metrics.promote import best, compare, guiding
from ..records.answer import Answer, Member
from ..records.experiment import Experiment
from ..records.plan import Scheme, ValidationPlan
from ..search.lab import Lab
from .materials import Materials, asked, hand_in
from .outlook import foretell

if TYPE_CHECKING:
    from ..interfaces import Array

ROWS = 100_000  # that greedy selection looks at
OF_FOLDS = 1 / 3  # what the folds' models weigh in the submission beside one refit
TWINS = 0.05  # share of the test rows that repeat a training row, from which the folds' models are left out
SETTLED = 3  # refits that one of a recipe whose seed changes nearly nothing counts as
CHOICE = 0.25  # of the seconds left may go into choosing the blend; the rest is for refits
REPORT = 3.5  # seconds kept for bundle, report and the end of the process while models are refitted


def blend(lab: Lab, materials: Materials) -> None:
    """Choose the members of the answer and their weights; recorded before the seal is opened."""
    pool = pool_of(lab, materials)
    if not pool:
        failures = [e for e in lab.history() if e.status.failed]
        why = f": experiment {failures[-1].number} {failures[-1].status} ({failures[-1].verdict})" if failures else ""
        raise RunError(f"no experiment gave a usable prediction{why}; see `modelwright show`, or give a larger budget.")
    which = whole_repeats(materials.plan, set.intersection(*(set(e.proposal.folds) for e in pool)))
    candidates = [candidate(e, lab, materials, which) for e in pool]
    spare = lab.budget.until_end() - max(REPORT, lab.budget.finish) - 1.0
    seconds = max(0.5, min(CHOICE * spare, 60.0)) if math.isfinite(spare) else math.inf
    by, afford = yardstick(lab, materials, which), spare * lab.jobs / 1.5
    found = nested(candidates, by, afford=afford, seconds=seconds)
    first = [c for c in candidates if not c.below]
    if first and any(c.number in found.choice.weights for c in candidates if c.below):
        simpler = nested(first, by, afford=afford, seconds=seconds)
        both, one = (lab.judge.score(way.honest, which) for way in (found, simpler))
        if compare(both, one, materials.problem.higher_is_better).verdict != "better":
            found = simpler  # a second level must be better by more than noise: one level profits more from all rows
    materials.kind.save(materials.workspace.data / "final_oof.npz", found.honest)
    rule = lab.judge.final_rule(found.plain, which)
    cv = with_choice(lab.judge.score(found.honest, which), lab.judge.value(found.plain, which))
    recipes = {e.number: e.proposal.recipe for e in pool}
    how = f"{found.way}, among {len(pool)} experiments; each fold was scored under what was chosen on the others"
    answer = Answer(
        members=tuple(Member(experiment=n, weight=w, recipe=recipes[n]) for n, w in found.choice.weights.items()),
        mixing=found.choice.mixing,
        rule=rule,
        folds=tuple(which),
        cv=cv.model_copy(update={"rule": rule}),
        how=how if len(pool) > 1 else "the only usable experiment",
    )
    lab.journal.fact("blend", answer.model_dump(mode="json"))


def yardstick(lab: Lab, materials: Materials, which: Sequence[int]) -> Yardstick:
    """What blends of these folds are measured with."""
    rows, value, sample = len(materials.truth), lab.judge.value, None
    if rows > ROWS:
        thin, sample = lab.judge.thinned(np.sort(np.random.default_rng(0).choice(rows, ROWS, replace=False)))
        value = thin.value
    target = materials.kind.load(materials.workspace.data / "target.npz")
    return Yardstick(
        materials.kind,
        materials.problem,
        materials.metric,
        np.concatenate([target] * (len(materials.folds) // rows)),
        {k: score_rows(materials.folds, k) for k in which},
        value,
        lab.judge.by_fold,
        others=lambda k: materials.plan.others(k, which),
        sample=sample,
    )


def whole_repeats(plan: ValidationPlan, folds: Collection[int]) -> list[int]:
    """The folds of the first repeat, and of each further one that is there with all of its; all where that is none."""
    whole = [k for k in sorted(folds) if k < plan.folds or len(plan.others(k, folds)) == plan.folds - 1]
    return whole or sorted(folds)


def candidate(experiment: Experiment, lab: Lab, materials: Materials, which: Sequence[int]) -> Candidate:
    """An experiment as the blend sees it."""
    assert experiment.score is not None
    where = materials.workspace.experiment(experiment.number)
    return Candidate(
        experiment.number,
        read_oof(materials.kind, where, materials.plan, materials.folds, which),
        lab.costs.refit(experiment),
        str(plugins.load("recipes", experiment.proposal.recipe).family),
        {k: guiding(experiment.score).folds.get(k, guiding(experiment.score).value) for k in which},
        {n: lab.costs.refitting(lab.journal.get(n)) for n in experiment.proposal.stack},
    )


def pool_of(lab: Lab, materials: Materials) -> list[Experiment]:
    """Experiments that could enter the blend, the best first: those that have run the folds that the best one has.

    Where that has further repeats, models that take long and are no worse need those of the first repeat alone: they
    hardly ever earn more, and a network beside a quick model is worth more than the precision of its repeats.
    """
    higher = materials.problem.higher_is_better
    scored = [e for e in lab.history() if e.score is not None and e.proposal.for_answer]
    leader = best(scored, higher)
    if leader is None or leader.proposal.recipe == "dummy":
        return [leader] if leader else []
    sign, folds = 1.0 if higher else -1.0, set(leader.proposal.folds)

    def mean(e: Experiment) -> float:
        assert e.score is not None
        return sum(guiding(e.score).folds[k] for k in folds if k in e.score.folds) / len(folds)

    once = folds & set(materials.plan.first_folds) or folds

    def slow(e: Experiment) -> bool:
        assert leader is not None
        assert leader.score is not None
        assert e.score is not None
        if not (lab.costs.keeps_folds(e.proposal) and once <= set(e.proposal.folds)):
            return False
        # what guides the search may see it behind where the metric itself does not
        ahead = [sign * (e.score.folds[k] - leader.score.folds[k]) for k in once if k in leader.score.folds]
        return sum(ahead) > 0 or compare(e.score, leader.score, higher).verdict != "worse"

    if any(slow(e) for e in scored if not folds <= set(e.proposal.folds)):
        folds = once
    able = [e for e in scored if folds <= set(e.proposal.folds) and e.proposal.recipe != "dummy"]
    pool: list[Experiment] = []
    for e in sorted(able, key=lambda e: (-sign * mean(e), -len(e.proposal.folds), e.number)):
        if len(pool) < 3 * POOL and not any(e.proposal.same_model(p.proposal) for p in pool):
            pool.append(e)
    return pool


def recorded(lab: Lab, name: str = "blend") -> Answer:
    """The answer as the journal has it."""
    return Answer.model_validate(lab.journal.facts()[name])


def members(lab: Lab) -> list[tuple[Experiment, float]]:
    """The experiments of the recorded blend with their weights, the largest first."""
    return [(lab.journal.get(m.experiment), m.weight) for m in recorded(lab).members]


def mix_asked(lab: Lab, materials: Materials) -> "Array":
    """The blend's prediction for [holdout | test], from the models of the folds."""
    return mixed(lab, materials, [asked(materials, e) for e, _ in members(lab)])


def mixed(lab: Lab, materials: Materials, predictions: "Sequence[Array]") -> "Array":
    """The blend of what its members predict, which are in the order of the record."""
    answer = recorded(lab)
    weights, numbers = [m.weight for m in answer.members], [m.experiment for m in answer.members]
    return mixing.mix(materials.kind, predictions, weights, materials.problem, answer.mixing, numbers)


def open_seal(lab: Lab, materials: Materials) -> None:
    """Score the recorded blend on the sealed rows. The count of openings is on record before they are read."""
    if "final" in lab.journal.facts():
        return
    answer, sealed = recorded(lab), None
    if materials.holdout_rows or materials.test_rows:
        prediction = mix_asked(lab, materials)
        hand_in(materials, prediction[materials.holdout_rows :], answer.rule)
    if materials.holdout_rows:
        lab.journal.add_count("seal.opened")
        labels = pd.read_feather(materials.workspace.sealed / "labels.feather")
        truth = materials.kind.truth(labels, materials.problem)
        groups = materials.workspace.sealed / "groups.npy"
        sealed = lab.judge.sealed(
            truth, prediction[: materials.holdout_rows], answer.rule, np.load(groups) if groups.exists() else None
        )
        target = materials.kind.target(labels, materials.problem, materials.metric)
        materials.kind.save(materials.workspace.data / "opened.npz", target)
    final = answer.model_copy(update={"sealed": sealed, "sealed_rows": materials.holdout_rows})
    lab.journal.fact("final", final.model_dump(mode="json"))


def hand_over(
    lab: Lab, materials: Materials, refits: Mapping[int, Sequence[Path]], whole: Mapping[int, Sequence[Path]]
) -> None:
    """Submission and bundle from the refitted models; a member without one keeps its folds' models' answer.

    The bundle holds refits, and where a fit takes so long that its folds' models are kept, these in place of one.
    `whole` are those of the refits that saw all rows; what saw a share of them, for lack of time, goes into the bundle
    but not into the submission.
    """
    final, chosen = recorded(lab, "final"), members(lab)
    kept = {e.number: found for e, _ in chosen if e.number not in refits and (found := kept_folds(e, materials))}
    if materials.test_rows and whole:
        answers = [answer_of(e, whole.get(e.number, ()), materials) for e, _ in chosen]
        hand_in(materials, mixed(lab, materials, answers), final.rule)
    there = {**refits, **kept}
    fitted = [(w / len(there[e.number]), f) for e, w in chosen if e.number in there for f in there[e.number]]
    told = tuple(m.model_copy(update={"refitted": m.experiment in refits}) for m in final.members)
    outlook = foretell(lab, materials, final.cv, sum(w for e, w in chosen if e.number in whole))
    lab.journal.fact("final", final.model_copy(update={"members": told, "outlook": outlook}).model_dump(mode="json"))
    if fitted:
        total = sum(w for w, _ in fitted)
        scaled = [(w / total, folder) for w, folder in fitted]
        packing.write(materials.workspace, materials.problem, materials.schema, final.rule, scaled, final.mixing)
    partly = sum(e.number in refits and e.number not in whole for e, _ in chosen)
    if partly:
        lab.journal.note(
            f"{partly} of {len(chosen)} members were refitted on a share of the rows, as there was no time for all: "
            "the bundle has these, the submission uses their folds' models. A larger budget would fit all rows."
        )
    drop_folds([e for e in lab.history() if e.number not in kept], materials)
    if kept:
        lab.journal.note(
            f"{len(kept)} of {len(chosen)} members take too long to be fitted once more: bundle and submission use "
            "the models of their folds."
        )
    missing = sum(e.number not in there for e, _ in chosen)
    if missing:
        lab.journal.note(
            f"{missing} of {len(chosen)} members could not be fitted on all rows in the time left: the submission "
            "uses their folds' models, and the bundle does without them."
            + ("" if fitted else " There is no bundle: give a larger budget.")
        )


def kept_folds(experiment: Experiment, materials: Materials) -> list[Path]:
    """The folders of the models of an experiment's folds, where workers kept them all."""
    where = materials.workspace.experiment(experiment.number)
    found = [model_of_fold(where, fold) for fold in experiment.proposal.folds]
    return found if all((folder / "model.joblib").exists() for folder in found) else []


def drop_folds(experiments: Sequence[Experiment], materials: Materials) -> None:
    """Delete the models of the folds of experiments that are not in the answer: they are large."""
    for experiment in experiments:
        for folder in materials.workspace.experiment(experiment.number).glob("fold-*/"):
            shutil.rmtree(folder, ignore_errors=True)


def answer_of(experiment: Experiment, refits: Sequence[Path], materials: Materials) -> "Array":
    """What a member says of the test rows: the mean of its refits, with a share of its folds' models beside them.

    The folds' models have seen fewer rows, but they are several, and they are there already; on most tables both
    together are better than either, the less so the more refits are averaged anyway (measured in docs/log.md). Without
    a refit they answer alone. Where folds follow time they have missed the latest rows, and where rows asked for repeat
    training rows each of them has missed many of these twins: there they are left out.
    """
    if not refits:
        return asked(materials, experiment)[materials.holdout_rows :]
    answers = [materials.kind.load(refit_file(folder)) for folder in refits]
    together = materials.kind.mix(answers, [1 / len(answers)] * len(answers), materials.problem)
    twins = materials.profile.shared > TWINS * materials.profile.test_rows
    if twins or materials.plan.scheme is Scheme.ROLLING or len(experiment.proposal.folds) < 2:
        return together
    of_folds = asked(materials, experiment)[materials.holdout_rows :]
    share = share_of_folds(experiment.proposal.recipe, len(answers))
    return materials.kind.mix([together, of_folds], [1 - share, share], materials.problem)


def share_of_folds(recipe: str, refits: int) -> float:
    """What the folds' models weigh in a member's answer beside so many refits: less, the more of these there are.

    A recipe whose seed changes nearly nothing has in one refit what others have in several.
    """
    steady = bool(getattr(plugins.load("recipes", recipe), "steady", False))
    return OF_FOLDS / (max(SETTLED, refits) if steady else refits)
