"""What a language model reads before it proposes: the task, the clock, and of the journal what matters.

The journal can have hundreds of experiments and the prompt has room for few, so each section has its share of tokens,
and what is told of the journal is chosen: the leader and the best of each family, the latest, the failures (each kind
of failure once), and the changes that moved the score most, up or down. Experiments are told as differences from their
parents. Tokens are counted as a third of the bytes, which is more than tokenizers make of such text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

from .. import plugins
from ..checkpoints import device
from ..metrics import catalogue
from ..metrics.promote import compare, number
from ..metrics.replay import State, scored
from ..recipes.script import CODE, SCRIPT
from ..records.call import Message
from ..records.experiment import Experiment, Proposal, Status
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile
from ..records.space import Choice, Space
from . import privacy
from .menu import Menu
from .privacy import Privacy

if TYPE_CHECKING:
    import pandas as pd

Purpose = Literal["draft", "improve", "repair"]
SHARES = {  # tokens of each section at most; together with the system prompt under 12,000
    "description": 1400,
    "data": 2200,
    "plan": 350,
    "clock": 200,
    "journal": 2600,
    "own": 500,
    "parts": 1100,
    "now": 2400,
}
BYTES_PER_TOKEN = 3
BEST, LATEST, FAILED, INSTRUCTIVE = 10, 8, 5, 8  # experiments of each sort
NOTES = 10  # of feature steps
FIGURES = re.compile(r"-?\d+(?:\.\d+)?%?")
PACKAGES = (
    "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost", "torch", "tabm", "transformers",
    "timm", "torchvision", "segmentation-models-pytorch", "optuna",
)  # fmt: skip

TARGETS = {
    "binary": "y: int64 codes 0 and 1.",
    "multiclass": "y: int64 codes 0 .. C-1 of the C classes.",
    "ordinal": "y: int64 codes 0 .. C-1 of the grades, in order.",
    "multilabel": "y: 0/1 array (n, labels).",
    "regression": "y: float64 (n,) or (n, targets){link}.",
    "forecast": "y: float64 (n,){link}.",
    "segmentation": "y: object array (n,) of masks (H, W), uint8 0/1; of several classes codes, 255: not counted.",
    "detection": "y: object array (n,) of arrays (m, 5): class code, xmin, ymin, xmax, ymax in pixels.",
}
ANSWERS = {
    "binary": "predict_proba gives (n, 2), rows that sum to one; `classes_` says which columns, if not all in order.",
    "multiclass": "predict_proba gives (n, C), rows that sum to one; `classes_` says which columns, if not all.",
    "ordinal": "predict gives the expected grade (n,), a float; cut points are tuned by the judge.",
    "multilabel": "predict_proba gives (n, labels) chances.",
    "regression": "predict gives float64 of the shape of y, on the same scale as y.",
    "forecast": "predict gives float64 (n,) on the same scale as y.",
    "segmentation": "predict_proba gives n maps (H, W) of chances, of the picture's size; with classes (H, W, C).",
    "detection": "predict gives a list of n arrays (k, 6): class code, confidence, xmin, ymin, xmax, ymax in pixels.",
}
PROBABLE = ("binary", "multiclass", "multilabel", "segmentation")


def tokens(text: str) -> int:
    """Tokens that a text has at most, as text of this sort goes."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def cut(text: str, most: int) -> str:
    """The text, cut after a line so that it has so many tokens at most, and says so."""
    if tokens(text) <= most:
        return text
    kept, room = [], most - 8
    for line in text.splitlines():
        room -= tokens(line + "\n")
        if room < 0:
            break
        kept.append(line)
    if not kept:  # one long line
        return text.encode()[: (most - 8) * BYTES_PER_TOKEN].decode(errors="ignore") + " [cut]"
    return "\n".join([*kept, "[more was cut]"])


@dataclass(frozen=True)
class Desk:
    """What does not change during a run."""

    problem: Problem
    profile: Profile
    plan: ValidationPlan
    menu: Menu
    level: Privacy = "schema"
    sample: "Callable[[int], pd.DataFrame] | None" = None  # so many visible rows with their targets
    code_allowed: bool = True
    threads: int = 1
    jobs: int = 1
    memory_mb: int = 0


@dataclass(frozen=True)
class Now:
    """What changes: the history, the clock, the purse, and what the model's earlier ideas came to."""

    state: State
    left: float  # seconds; infinity where experiments are counted
    progress: float
    purse: str = ""  # what was spent and what is left, in words
    own: Sequence[str] = ()  # a line for each earlier idea: what was expected, what happened


def write(desk: Desk, now: Now, purpose: Purpose, about: Experiment | None = None) -> list[Message]:
    """The messages of one request. `about`: the experiment whose code failed, for a repair."""
    user = render(
        "user.md.j2",
        task=_task(desk),
        description=cut(desk.problem.description or "(none)", SHARES["description"]),
        data=cut("\n".join([_data(desk), *_found(desk, now.state)]), SHARES["data"]),
        plan=cut(_plan(desk.plan), SHARES["plan"]),
        clock=cut(_clock(desk, now), SHARES["clock"]),
        journal=cut(_journal(desk, now.state), SHARES["journal"]),
        own=cut("\n".join(now.own[-12:]), SHARES["own"]),
        parts="" if purpose == "repair" else cut(_parts(desk), SHARES["parts"]),
        now=cut(_now(desk, now.state, purpose, about), SHARES["now"]),
    )
    return [Message(role="system", text=system(desk)), Message(role="user", text=user)]


def system(desk: Desk) -> str:
    """The part that is the same for all requests of a run."""
    told = contract(desk.problem, desk.threads, desk.memory_mb)
    return render("system.md.j2", code_allowed=desk.code_allowed, contract=told)


def contract(problem: Problem, threads: int, memory_mb: int) -> str:
    """What a script must be, for whoever writes one: the points of a list."""
    metric = catalogue.get(problem.metric)
    link = {"log1p": ", the log of (1 + value)", "log": ", the log of the value"}.get(metric.link, "")
    told = render(
        "contract.md.j2",
        probabilities=problem.kind in PROBABLE,
        target=TARGETS.get(problem.kind, "y: what the kind of answer gives.").format(link=link),
        prediction=ANSWERS.get(problem.kind, "predict gives one answer for each row."),
        memory_mb=memory_mb,
        threads=threads,
        packages=installed(),
    )
    return told.strip()


def render(template: str, **context: Any) -> str:
    """Fill a template of `strategists/prompts`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("modelwright.strategists", "prompts"),
        autoescape=False,  # noqa: S701  # the prompt is text, not HTML
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**context)


def installed() -> str:
    """The packages that scripts can count on here."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


# --- sections -----------------------------------------------------------------------------------


def _task(desk: Desk) -> str:
    p, metric = desk.problem, catalogue.get(desk.problem.metric)
    better = "higher is better" if p.higher_is_better else "lower is better"
    lines = [
        f"{p.name}: {p.kind} on {p.modality}, target {', '.join(p.targets[:20])}",
        f"metric {p.metric} ({better}): {metric.summary}",
    ]
    if p.classes:
        shown = f": {', '.join(privacy.short(c) for c in p.classes[:30])}" if desk.level != "schema" else ""
        lines.append(f"{len(p.classes)} classes{shown}")
    if desk.profile.balance and len(desk.profile.balance) <= 30:
        shares = ", ".join(f"{s:.3f}" for _, s in desk.profile.balance)
        lines.append(f"shares of the classes, in order of their codes: {shares}")
    if desk.profile.target_summary and (desk.level != "schema" or not p.classes):
        lines.append(f"the target: {desk.profile.target_summary}")
    if p.inputs:
        lines.append(f"the columns it is about: {', '.join(p.inputs)}")
    if p.relations:
        lines.append("other tables, readable through the step aggregates: " + "; ".join(map(str, p.relations)))
    return "\n".join(lines)


def _data(desk: Desk) -> str:
    profile = desk.profile
    lines = [f"{profile.rows} rows to learn from, {profile.test_rows} to be predicted, {len(profile.columns)} columns"]
    lines += privacy.columns(profile, desk.level)
    notes = [f for f in profile.findings if f.severity != "note"] or list(profile.findings)
    if notes:
        told = [privacy.error(str(f), desk.level, privacy.names_of(desk.problem, profile)) for f in notes[:8]]
        lines += ["What was found:", *(f"- {text}" for text in told)]
    if profile.noise is not None:
        lines.append(f"labels that are likely wrong: {profile.noise.share:.1%} ± {profile.noise.error:.1%}")
    if desk.sample is not None and privacy.ROWS[desk.level]:
        lines += ["Some rows (with the target):", privacy.rows(desk.sample(privacy.ROWS[desk.level]), desk.level)]
    return "\n".join(lines)


def _found(desk: Desk, state: State) -> list[str]:
    """What feature steps found, the most frequent first: which combinations of columns tell something of the target."""
    counts: dict[str, int] = {}
    texts: dict[str, str] = {}
    for e in state.searched:
        for note in e.outcome.notes if e.outcome else ():
            key = FIGURES.sub("", note)
            counts[key] = counts.get(key, 0) + 1
            texts[key] = note
    names = {c.name for c in desk.profile.columns}
    likely = [key for key in sorted(counts, key=lambda k: -counts[k]) if "explains" in texts[key]]
    told = [texts[key] for key in likely if desk.level != "schema" or privacy.names_only(texts[key], names)]
    return ["What feature steps found:", *(f"- {note}" for note in told[:NOTES])] if told else []


def _plan(plan: ValidationPlan) -> str:
    repeats = f", {plan.repeats} repeats" if plan.repeats > 1 else ""
    return f"{plan.folds} folds{repeats}, {plan.scheme}. {plan.why}"


def _clock(desk: Desk, now: Now) -> str:
    left = (
        "experiments are counted, not seconds" if now.left == float("inf") else f"{now.left:.0f} seconds left to search"
    )
    lines = [f"{left}; {now.progress:.0%} of the budget is used; {desk.jobs} experiments run at a time"]
    lines.append(f"device: {device()}, {desk.threads} thread(s) for each experiment")
    if now.left != float("inf"):
        share = now.left * 0.1
        folds = f"{desk.plan.folds} folds make a whole score"
        lines.append(f"a fit of one fold should take less than {max(share, 1):.0f} s; {folds}")
    if now.purse:
        lines.append(f"for asking you: {now.purse}")
    return "\n".join(lines)


def _journal(desk: Desk, state: State) -> str:
    """The experiments that matter."""
    done = [e for e in state.scored if e.proposal.recipe != "dummy"]
    dummy = next((e for e in state.scored if e.proposal.recipe == "dummy"), None)
    counts = f"{len(state.searched)} experiments, {sum(e.status.failed for e in state.searched)} failed"
    lines = [counts + (f"; no model at all gets {number(_value(dummy))}" if dummy else "")]
    told: set[int] = set()
    higher = state.higher_is_better

    def tell(title: str, chosen: Sequence[Experiment]) -> None:
        fresh = [e for e in chosen if e.number not in told]
        if fresh:
            lines.append(f"{title}:")
            lines.extend(_line(e, state, desk) for e in fresh)
            told.update(e.number for e in fresh)

    leaders = [f.incumbent for f in state.families.values()]
    tell("The best of each family on all folds, the best first", leaders[:BEST])
    still = [c for c in state.ceilings[-4:] if c.broken is None]
    lines += [f"({c.family} is at a ceiling: {c.within} changes in a row brought nothing)" for c in still]
    moved = sorted((t for t in state.trials if t.gain), key=lambda t: -abs(t.gain))
    by_number = {e.number: e for e in state.history}
    tell("The changes that moved the score most", [by_number[t.number] for t in moved[:INSTRUCTIVE]])
    ranked = sorted(
        done, key=lambda e: (-len(e.score.folds if e.score else ()), -scored(e).value if higher else scored(e).value)
    )
    tell("Others with good scores", ranked[: BEST // 2])
    tell("The latest", done[-LATEST:])
    failed: dict[str, Experiment] = {}
    for e in state.searched:
        if e.status.failed and e.outcome is not None:
            failed[e.outcome.error[:40]] = e
    tell("What failed", list(failed.values())[-FAILED:])
    running = [e for e in state.searched if e.status is Status.RUNNING]
    tell("Running now", running)
    return "\n".join(lines)


def _line(e: Experiment, state: State, desk: Desk) -> str:
    """One experiment in a line: its change, its score, its verdict."""
    p = e.proposal
    parent = next((o for o in state.history if o.number == p.parent), None)
    head = f"#{e.number}" + (f" from #{p.parent}" if p.parent else "") + f" {p.recipe} {p.move}"
    text = f"{head}: {difference(p, parent.proposal if parent else None)}"
    if e.score is not None:
        folds = f", {len(e.score.folds)} fold(s)"
        text += f" -> {number(_value(e))} ± {number(e.score.error)}{folds}"
    if e.outcome is not None and e.outcome.costs:
        text += f", {e.outcome.work / max(1, len(e.outcome.fresh)):.1f} s a fold"
    if e.status.failed and e.outcome is not None:
        names = privacy.names_of(desk.problem, desk.profile)
        text += f" -> {e.status}: {privacy.error(e.outcome.error, desk.level, names)[:200]}"
    elif e.verdict:
        text += f" ({e.verdict[:140]})"
    return text


def difference(proposal: Proposal, parent: Proposal | None) -> str:
    """What a proposal changes of its parent; without one, what it is."""
    before = parent.params if parent is not None and parent.recipe == proposal.recipe else {}
    told = []
    for name in sorted({*proposal.params, *before}):
        old, new = before.get(name), proposal.params.get(name)
        if old != new and name == CODE:
            told.append(_code_told(old, new))
        elif old != new:
            told.append(f"{name} {_short(old)} -> {_short(new)}" if before else f"{name}={_short(new)}")
    steps, old_steps = [s.title for s in proposal.features], [s.title for s in parent.features] if parent else []
    plus, minus = [s for s in steps if s not in old_steps], [s for s in old_steps if s not in steps]
    if plus:
        told.append("+" + " +".join(plus))
    if minus:
        told.append("-" + " -".join(minus))
    if proposal.stack:
        told.append(f"stacked on {len(proposal.stack)} models")
    if proposal.rows < 1:
        told.append(f"{proposal.rows:.0%} of the rows")
    if parent is not None and proposal.seed != parent.seed:
        told.append(f"seed {proposal.seed}")
    reason = f" [{proposal.reason[:110]}]" if proposal.recipe == SCRIPT or not told else ""
    return (", ".join(told)[:220] or "no change of the model") + reason


def _code_told(old: object, new: object) -> str:
    if isinstance(old, str) and isinstance(new, str):
        lines = set(new.splitlines()) ^ set(old.splitlines())
        return f"its code, {len(lines)} lines changed"
    return f"code of {len(str(new).splitlines())} lines"


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _value(e: Experiment) -> float:
    assert e.score is not None
    return e.score.value


def _parts(desk: Desk) -> str:
    """Recipes with what can be set, and feature steps with a sentence each."""
    lines = ["Recipes that fit this task, with parameters and the range worth trying:"]
    recipes = [(name, recipe) for name, recipe in desk.menu.recipes.items() if name != "dummy"]
    lines += [f"- {name}: {_space(recipe.space(desk.problem, desk.profile))}"[:420] for name, recipe in recipes]
    lines.append("Feature steps that apply:")
    lines += [f"- {s.name}: {_about(s.name)}"[:170] for s in (*desk.menu.basic, *desk.menu.optional)]
    return "\n".join(lines)


def _space(space: Space) -> str:
    told = []
    for name, dimension in space.items():
        if isinstance(dimension, Choice):
            told.append(f"{name} in {{{', '.join(map(str, dimension.values))}}}")
        else:
            told.append(f"{name} {dimension.low:g}..{dimension.high:g}")
    return "; ".join(told) or "nothing to set"


def _about(step: str) -> str:
    doc = plugins.load("features", step).__doc__ or ""
    return " ".join(doc.strip().split("\n\n")[0].split())


def _now(desk: Desk, state: State, purpose: Purpose, about: Experiment | None) -> str:
    """What is asked for."""
    scripts = [e for e in state.scored if e.proposal.recipe == SCRIPT]
    best = state.best(scripts)
    if purpose == "repair" and about is not None and about.outcome is not None:
        names = [*privacy.names_of(desk.problem, desk.profile)]
        trace = privacy.error(about.outcome.traceback or about.outcome.error, desk.level, names)
        code = str(about.proposal.params.get(CODE, ""))
        return (
            f"The script of experiment {about.number} failed ({about.status}: "
            f"{privacy.error(about.outcome.error, desk.level, names)}).\n"
            f"The end of its traceback:\n{_tail(trace, 700)}\n\nThe script:\n```python\n{cut(code, 1500)}\n```\n"
            f'Repair it: the same idea, one thing mended. Give "base": {about.number} with SEARCH/REPLACE blocks, or '
            "the whole script."
        )
    if purpose == "draft":
        what = "a script" if desk.code_allowed else "an experiment"
        return (
            f"Propose {what} that brings something the journal does not have: a model of another kind, or one that "
            "uses what you know of this sort of data. It will be blended with the others, so being different counts."
        )
    lines = [
        "Propose the one change that you expect most of now, for the seconds it takes: of the leader, of a script of "
        "yours, or a new script. Name the parent."
    ]
    if best is not None and best.score is not None:
        code = cut(str(best.proposal.params.get(CODE, "")), 1900)
        leader = state.best(state.whole)
        gap = ""
        if leader is not None and leader.score is not None:
            found = compare(scored(best), scored(leader), state.higher_is_better)
            gap = f", {'ahead of' if found.gain > 0 else 'behind'} the leader by {number(abs(found.gain))}"
        lines.append(
            f"Your best script is experiment {best.number} ({number(_value(best))}{gap}):\n```python\n{code}\n```"
        )
    return "\n".join(lines)


def _tail(text: str, most: int) -> str:
    """The last lines, so many tokens at most."""
    kept: list[str] = []
    for line in reversed(text.splitlines()):
        if tokens("\n".join([line, *kept])) > most:
            break
        kept.insert(0, line)
    return "\n".join(kept)
