"""The report of a run: one HTML file without scripts or network, for a reader who does not know the tool.

Every number in it is read from the journal or from a file of the run folder. An unfinished run gets a report of what is
there so far.
"""

import difflib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import plugins, wrong_labels
from ..errors import SettingsError
from ..metrics.promote import compare
from ..metrics.replay import CEILING, DEAR, State
from ..recipes.script import CODE
from ..records.experiment import Experiment, Rule
from ..records.plan import Scheme
from ..records.problem import Output, Problem
from ..records.profile import LabelNoise
from ..task.questions import line, shown
from ..workspace import Workspace, write_whole
from . import columns, dossier, figures, plots, search_plots, searched
from .advised import Advised, advised
from .canvas import Plot
from .dossier import Dossier
from .pages import render

if TYPE_CHECKING:
    from ..interfaces import Array, Metric

log = logging.getLogger(__name__)

T = TypeVar("T")
MANY_EXPERIMENTS = 60  # longer tables are folded away behind a click
MANY_COLUMNS = 80
MANY_STEPS = 25
MANY_CEILINGS = 6
MANY_NOTES = 12
NOTES_OF_A_STEP = 8  # shown, those of the most experiments; the others are counted
CELLS = 4_000_000  # predictions of more cells than this are not correlated: that would take a while


def write(workspace: Workspace) -> Path:
    """Write `report.html` of a run, whole; returns its path. Works on an unfinished run too."""
    found = dossier.read(workspace)
    write_whole(workspace.report, html(found))
    return Path(workspace.report)


def html(found: Dossier) -> str:
    """The whole page."""
    metric = _metric(found.problem)
    by_number = {e.number: e for e in found.experiments}
    noise = _or_sentence("the estimate of wrong labels", lambda: label_noise(found))
    noise = noise if not isinstance(noise, str) else None
    return render(
        "report.html.j2",
        found=found,
        problem=found.problem,
        question=question(found.problem, found.layout) if found.problem else "",
        metric=metric,
        metric_name=found.problem.metric if found.problem else "score",
        direction="higher is better" if found.higher else "lower is better",
        against_guessing=against_guessing(found),
        questions=questions(found.problem) if found.problem else [],
        fields=fields(found.problem) if found.problem else [],
        scheme=scheme(found),
        rule=rule_words(_rule(found), found.problem),
        search=_or_sentence("the picture of the search", lambda: search_plots.search(found)),
        race=_or_sentence("the picture of the families", lambda: race(found)),
        story=_or_sentence("the story of the search", lambda: story(found)),
        advised=advice(found),
        noted=searched.notes(found.trials),
        colours=search_plots.colours(found.trials),
        families={e.number: searched.family(e.proposal) for e in found.experiments},
        ceiling_length=CEILING,
        ceiling_dear=DEAR,
        trials=[trial(e, by_number.get(e.proposal.parent or 0)) for e in found.trials],
        refits=[e for e in found.experiments if e.proposal.move == "refit"],
        recipes=recipes(found),
        diagnostics=_or_sentence("the pictures of predictions", lambda: diagnostics(found, metric)),
        blend_gain=_or_sentence("what blending brought", lambda: blend_gain(found)),
        correlations=_or_sentence("the correlation of the members", lambda: correlations(found)),
        files=files(found.workspace),
        seal_opened=found.facts.get("seal.opened"),
        many_experiments=MANY_EXPERIMENTS,
        many_columns=MANY_COLUMNS,
        many_steps=MANY_STEPS,
        many_ceilings=MANY_CEILINGS,
        many_notes=MANY_NOTES,
        notes_of_a_step=NOTES_OF_A_STEP,
        columns=columns.lines(found.profile) if found.profile else [],
        facts=list(columns.facts(found.profile.model_copy(update={"noise": noise}))) if found.profile else [],
        told=columns.findings(found.profile) if found.profile else [],
        gaps=columns.GAPS,
        new=columns.NEW,
        status_words=dossier.status_words,
        short=short,
    )


def _or_sentence(what: str, make: Callable[[], T]) -> T | str:
    """A border: a part that cannot be drawn becomes a sentence, for the rest of the report is worth having."""
    try:
        return make()
    except Exception as error:
        log.warning("report: %s failed", what, exc_info=True)
        return f"Here would be {what}, but drawing failed: {type(error).__name__}: {error}"


# -- words -------------------------------------------------------------------------------------------------------------


def question(problem: Problem, layout: dict[str, Any]) -> str:
    """What was asked, in one sentence."""
    targets = " and ".join(problem.targets)
    classes = [str(c) for c in problem.classes]
    rows = layout.get("test")
    whom = f"For each of {figures.count(rows)} rows" if rows else "For new rows"
    chance = problem.output is Output.PROBABILITIES
    if problem.kind == "binary" and len(classes) == 2:
        what = (
            f"the probability that {targets} is {classes[1]}"
            if chance
            else f"whether {targets} is {classes[1]} or {classes[0]}"
        )
        return f"{whom}, tell {what}."
    if problem.kind == "multiclass":
        listed = ": " + ", ".join(classes) if len(classes) <= 12 else ""
        what = (
            f"the probability of each of the {len(classes)} classes of"
            if chance
            else f"which of {len(classes)} classes is"
        )
        return f"{whom}, tell {what} {targets}{listed}."
    if problem.kind == "multilabel":
        listed = ": " + ", ".join(classes) if len(classes) <= 12 else ""
        what = "the probability of each" if chance else "which"
        return f"{whom}, tell {what} of {len(classes)} labels that may stand together{listed}."
    if problem.kind == "ordinal" and classes:
        return f"{whom}, tell {targets}: a grade in the order {', '.join(classes[:12])}."
    return f"{whom}, {_numbers_or_pixels(problem, targets)}."


def _numbers_or_pixels(problem: Problem, targets: str) -> str:
    """What was asked, where it is no class."""
    number = "numbers" if len(problem.targets) > 1 else "number"
    ahead = problem.options.get("horizon")
    steps = f", up to {ahead} steps of {problem.options.get('step')} ahead" if ahead else ""
    return {
        "segmentation": f"mark the pixels of {targets} in an image",
        "forecast": f"forecast the {number} {targets}{steps}",
        "regression": f"tell the {number} {targets}",
    }.get(problem.kind, f"tell {targets} ({problem.kind})")


def against_guessing(found: Dossier) -> tuple[bool, str] | None:
    """Whether the result beats guessing by more than noise, with a sentence; None without both scores."""
    guess = found.baseline
    score = found.cv or (found.best.score if found.best else None)
    if guess is None or guess.score is None or score is None:
        return None
    gap, noise = found.gap(score, guess.score)
    if abs(gap) <= 2 * noise:
        return False, "This is not clearly better than guessing without looking at the row: do not rely on it."
    if gap < 0:
        return False, "This is worse than guessing without looking at the row: do not use it."
    times = f", {figures.number(gap / noise, 2)} standard errors" if noise else ""
    return True, f"Better than guessing without looking at the row by {figures.number(gap)}{times}."


def blend_gain(found: Dossier) -> str:
    """What blending brought over the best experiment alone, in a sentence; "" without both scores or for one model."""
    best, members = found.best, found.final.get("members") or []
    if best is None or best.score is None or found.cv is None or len(members) < 2:
        return ""
    blend, alone = (score.model_copy(update={"guide": None}) for score in (found.cv, best.score))  # the metric itself
    over = compare(blend, alone, found.higher)
    told = f"{figures.change(over.gain, over.error)} (a gain is positive), cross-validated on the same rows"
    verdict = {
        "better": "better than the best experiment alone",
        "worse": "worse than the best experiment alone",
        "tie": "within noise of the best experiment alone",
    }[over.verdict]
    return f"The blend is {verdict}, number {best.number}: {told}."


def questions(problem: Problem) -> list[dict[str, Any]]:
    """Close readings, the most doubtful first: what was taken, and the line of task.toml for each other one."""
    return [
        {
            "text": q.text,
            "taken": shown(q, q.options[0]),
            "sure": q.options[0].confidence,
            "because": q.options[0].means,
            "others": [{"shown": shown(q, o), "means": o.means, "line": line(q, o)} for o in q.options[1:]],
        }
        for q in problem.questions
    ]


def fields(problem: Problem) -> list[dict[str, Any]]:
    """What was inferred, least certain first."""
    rows = [
        {
            "field": e.field,
            "value": _value(getattr(problem, e.field, None)),
            "because": e.because,
            "confidence": e.confidence,
            "runner_up": e.runner_up,
        }
        for e in problem.evidence
    ]
    return sorted(rows, key=lambda row: row["confidence"])


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        shown = ", ".join(map(str, value[:12]))
        return f"{shown}, … ({len(value)})" if len(value) > 12 else shown or "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} = {v}" for k, v in value.items()) or "none"
    return short("none" if value is None or value == "" else str(value), 160)


def short(text: str, most: int) -> str:
    """At most so many characters of a text."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


SCHEMES = {
    Scheme.PLAIN: "rows drawn at random",
    Scheme.STRATIFIED: "rows drawn at random, classes in the same shares",
    Scheme.GROUP: "groups of rows that belong together",
    Scheme.STRATIFIED_GROUP: "groups of rows that belong together, classes in similar shares",
    Scheme.BLOCKS: "whole stretches of time",
    Scheme.ROLLING: "later rows judged by models of earlier ones",
}


def scheme(found: Dossier) -> str:
    """What a fold is made of, in words."""
    return SCHEMES[found.plan.scheme] if found.plan else ""


def rule_words(rule: Rule, problem: Problem | None) -> str:
    """How predictions become answers, in words."""
    params = rule.params
    if rule.name == "threshold" and isinstance(params.get("threshold"), int | float):
        what = f"{problem.classes[1]} is answered" if problem and len(problem.classes) == 2 else "a yes is answered"
        if problem and problem.kind == "segmentation":
            what = "a pixel is marked"
        return f"{what} from a probability of {figures.number(float(params['threshold']), 3)} on".capitalize()  # type: ignore[arg-type]
    if rule.name == "plain" or not params:
        return "Predictions are used as they are"
    shown = "; ".join(f"{name}: {_numbers(value)}" for name, value in params.items())
    return f"{rule.name.capitalize()} learned from out-of-fold predictions ({short(shown, 300)})"


def code_changed(new: object, old: object) -> str:
    """How much of a script is new, in words."""
    lines = str(new).splitlines()
    if not isinstance(old, str):
        return f"a script of {len(lines)} lines"
    changed = sum(line[:1] in "+-" for line in difflib.ndiff(old.splitlines(), lines))
    return f"{changed} lines of its script"


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_numbers(v) for v in value)
    return figures.plain(value) if isinstance(value, float) else str(value)


# -- tables ------------------------------------------------------------------------------------------------------------


def trial(experiment: Experiment, parent: Experiment | None) -> dict[str, Any]:
    """One line of the table of experiments."""
    proposal, outcome = experiment.proposal, experiment.outcome
    return {
        "number": experiment.number,
        "recipe": proposal.recipe,
        "family": searched.family(proposal),
        "move": proposal.move,
        "parent": proposal.parent,
        "reason": proposal.reason,
        "change": change(experiment, parent),
        "folds": len(proposal.folds),
        "rows": proposal.rows,
        "score": experiment.score,
        "seconds": outcome.seconds if outcome else None,
        "status": experiment.status,
        "failed": experiment.status.failed,
        "error": outcome.error if outcome else "",
        "verdict": experiment.verdict,
    }


def change(experiment: Experiment, parent: Experiment | None) -> str:
    """By which parameters and feature steps an experiment differs from its parent (from nothing, without one).

    What the reason names already is left out.
    """
    mine, before = experiment.proposal, parent.proposal if parent else None
    old = dict(before.params) if before and before.recipe == mine.recipe else {}
    steps = [s.name for s in mine.features]
    old_steps = [s.name for s in before.features] if before else []
    parts = [
        (name, f"{name} {_numbers(old[name])} → {_numbers(value)}" if name in old else f"{name} {_numbers(value)}")
        for name, value in mine.params.items()
        if name not in ("seed", CODE) and old.get(name) != value
    ]
    if (code := mine.params.get(CODE)) != old.get(CODE):
        parts.insert(0, (CODE, code_changed(code, old.get(CODE))))
    parts += [(name, f"+ {name}") for name in steps if name not in old_steps]
    parts += [(name, f"{figures.MINUS} {name}") for name in old_steps if name not in steps]
    return short(", ".join(text for name, text in parts if name not in mine.reason), 180)


def replayed(found: Dossier) -> State | None:
    """The history as the strategist saw it; None where it is not on record how the work was judged."""
    return searched.replayed(found.experiments, found.plan, found.higher) if found.plan else None


def race(found: Dossier) -> Plot | None:
    """The picture of the families; None where there is no race."""
    state = replayed(found)
    return search_plots.race(found, state) if state else None


def story(found: Dossier) -> dict[str, Any] | None:
    """How the search went: families, ceilings and pivots, steps, moves; None where that cannot be told."""
    state = replayed(found)
    if state is None:
        return None
    steps = searched.steps(state)
    return {
        "families": searched.families(state),
        "leads": searched.leads(state),
        "pivots": searched.pivots(state),
        "pilots": searched.pilots(state),
        "steps": steps,
        "told": searched.told(steps),
        "moves": searched.moves(state),
        "guide": next((e.score.guide.of for e in found.scored if e.score and e.score.guide), ""),
        "gain": lambda before, after: searched.gain(state, before, after),
    }


def advice(found: Dossier) -> Advised | None:
    """What others than the rules proposed; None where nobody else did."""
    return advised(replayed(found), found.calls, found.facts.get("sandbox"))


def recipes(found: Dossier) -> list[dict[str, Any]]:
    """The best of each recipe, best first."""
    rows = []
    for name in dict.fromkeys(e.proposal.recipe for e in found.trials):
        mine = [e for e in found.trials if e.proposal.recipe == name]
        rows.append(
            {
                "recipe": name,
                "family": searched.family_of(name),
                "tried": len(mine),
                "failed": sum(e.status.failed for e in mine),
                "best": found.best_of([e for e in found.scored if e.proposal.recipe == name]),
                "seconds": sum(e.outcome.seconds for e in mine if e.outcome),
            }
        )
    sign = -1 if found.higher else 1
    return sorted(rows, key=lambda r: sign * r["best"].score.value if r["best"] else float("inf"))


def files(workspace: Workspace) -> list[tuple[str, str]]:
    """What the run left behind: name (beside the report, so that links hold when the folder moves) and what it is."""
    listed = [
        (workspace.submission, "the answers, ready to hand in"),
        (workspace.bundle, "the model, for new rows"),
        (workspace.task_file, "what was understood, to be edited"),
        (workspace.journal, "every experiment and every number"),
        (workspace.experiments, "what each experiment left, with its log"),
    ]
    return [(path.name, what) for path, what in listed if path.exists()]


def label_noise(found: Dossier) -> LabelNoise | None:
    """How many labels may be wrong, by the final blend's out-of-fold predictions; before there are any, the profile's.

    It follows from files of the run folder, so it costs the search nothing.
    """
    known = found.profile.noise if found.profile else None
    oof, labels = found.workspace.data / "final_oof.npz", found.workspace.data / "labels.feather"
    if found.problem is None or found.problem.kind not in wrong_labels.KINDS or not oof.exists() or not labels.exists():
        return known
    import pandas as pd

    kind = plugins.load("kinds", found.problem.kind)
    truth = kind.truth(pd.read_feather(labels), found.problem)
    chances = once(kind.load(oof), truth)
    if chances.ndim != 2:
        return known
    return wrong_labels.estimate(chances, truth, "the blend's predictions") or known


# -- out-of-fold predictions -------------------------------------------------------------------------------------------


def diagnostics(found: Dossier, metric: "Metric | None") -> list[Plot]:
    """Pictures of the final blend's out-of-fold predictions; [] where there are none yet."""
    data = found.workspace.data
    oof, labels = data / "final_oof.npz", data / "labels.feather"
    if found.problem is None or metric is None or not oof.exists() or not labels.exists():
        return []
    import pandas as pd

    kind = plugins.load("kinds", found.problem.kind)
    truth = kind.truth(pd.read_feather(labels), found.problem)
    return plots.diagnostics(kind, found.problem, metric, _rule(found), truth, once(kind.load(oof), truth))


def once(prediction: "Array", truth: "Array") -> "Array":
    """Each row as it was predicted in the first repeat; their mean would look better than what was judged."""
    return prediction[: len(truth)]


def correlations(found: Dossier) -> list[list[float]] | None:
    """Correlation of the members' out-of-fold predictions in the first repeat; None where costly or without sense."""
    numbers = [m["experiment"] for m in found.final.get("members", [])]
    folds_file = found.workspace.data / "folds.npy"
    if found.problem is None or found.plan is None or not 2 <= len(numbers) <= 12 or not folds_file.exists():
        return None
    import numpy as np

    from ..metrics.predictions import read_oof

    kind, folds = plugins.load("kinds", found.problem.kind), np.load(folds_file)
    which = found.plan.first_folds
    if len(folds) * max(len(found.problem.classes), 1) * len(numbers) > CELLS or not all(
        (found.workspace.experiment(n) / f"fold_{k}.npz").exists() for n in numbers for k in which
    ):
        return None
    read = [read_oof(kind, found.workspace.experiment(n), found.plan, folds, which) for n in numbers]
    if any(each.dtype == object for each in read):
        return None
    columns = slice(1, None) if read[0].ndim == 2 and read[0].shape[1] == 2 else slice(None)
    flat = np.array([(each[:, columns] if each.ndim == 2 else each).ravel() for each in read])
    flat = flat[:, np.isfinite(flat).all(axis=0)]
    if flat.shape[1] < 2 or (flat.std(axis=1) == 0).any():
        return None
    table: list[list[float]] = np.corrcoef(flat).tolist()
    return table


def _metric(problem: Problem | None) -> "Metric | None":
    if problem is None:
        return None
    from ..metrics import catalogue

    try:
        return catalogue.get(problem.metric)
    except SettingsError:  # a metric of a plug-in that is not installed here
        return None


def _rule(found: Dossier) -> Rule:
    recorded = found.final.get("rule") or (found.cv.rule if found.cv else None)
    if recorded is None:
        recorded = found.best.score.rule if found.best and found.best.score else Rule()
    return Rule.model_validate(recorded)
