"""How the search went, told from its record: families and their ceilings, what steps and moves brought, what was noted.

All of it follows from the experiments in the journal, replayed as the strategist saw them (`metrics.replay`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .. import plugins
from ..errors import SettingsError
from ..metrics.promote import compare
from ..metrics.replay import CEILING, STACK, Ceiling, State, Trial
from ..recipes.base import in_words
from ..records.experiment import PILOT, Experiment, Proposal, Step
from ..records.plan import ValidationPlan
from . import figures

NEXT = CEILING  # experiments after a ceiling that show where the search turned
PERCENTAGE = re.compile(r"\d+(?:\.\d+)? ?%")
UNDECIDED = ("draft", "extend", "repair", "compare")  # moves that are no changes of an incumbent


@lru_cache
def family_of(recipe: str) -> str:
    """The family of a recipe; its name where it is of a plug-in that is not installed here."""
    return str(getattr(_installed(recipe), "family", recipe))


def family(proposal: Proposal) -> str:
    """The family of a proposal's model; all that see the predictions of others are one."""
    return STACK if proposal.stack else family_of(proposal.recipe)


def replayed(experiments: Sequence[Experiment], plan: ValidationPlan, higher_is_better: bool) -> State:
    """The history as the strategist saw it."""
    return State(experiments, plan, higher_is_better, family_of)


@dataclass(frozen=True)
class FamilyLine:
    """One family: what was spent on it, and how far it came. Scores are of experiments on all folds of a repeat."""

    name: str
    tried: int
    failed: int
    seconds: float
    first: Experiment | None  # the first that ran all folds
    best: Experiment | None  # the one that was held to be the best at the end
    ceiling: Ceiling | None  # the latest


def families(state: State) -> list[FamilyLine]:
    """A line for each family, the best first; those that never ran all folds last."""
    mine: dict[str, list[Experiment]] = {}
    for e in state.searched:
        if e.proposal.for_answer and e.proposal.recipe != "dummy":
            mine.setdefault(state.family(e.proposal), []).append(e)
    order = [*state.families, *(name for name in mine if name not in state.families)]
    whole = {e.number for e in state.whole}
    ceilings = {c.family: c for c in state.ceilings}
    return [
        FamilyLine(
            name=name,
            tried=len(mine[name]),
            failed=sum(e.status.failed for e in mine[name]),
            seconds=_seconds(mine[name]),
            first=next((e for e in mine[name] if e.number in whole), None),
            best=state.families[name].incumbent if name in state.families else None,
            ceiling=ceilings.get(name),
        )
        for name in order
    ]


@dataclass(frozen=True)
class LeadLine:
    """An experiment that was the best of all on all folds when it ended, by more than noise."""

    experiment: Experiment
    family: str
    what: str  # how its model came about
    gain: tuple[float, float] | None  # over the one that had led before, with its standard error; None for the first
    turned: bool  # whether that one was of another family


def leads(state: State) -> list[LeadLine]:
    """How the lead went from one experiment to the next."""
    by_number = {e.number: e for e in state.history}
    found: list[LeadLine] = []
    for e in state.whole:
        before = found[-1].experiment if found else None
        if before is None or state.beats(e, before):
            mine = state.of_model(e.proposal)[0].proposal  # what an extension carried out was begun there
            parent = by_number.get(mine.parent or 0)
            family = state.family(e.proposal)
            turned = before is not None and family != found[-1].family
            over = gain(state, before, e) if before is not None else None
            found.append(LeadLine(e, family, _origin(mine, parent), over, turned))
    return found


def _origin(proposal: Proposal, parent: Experiment | None) -> str:
    """What a model is, as a change of another one where it is one."""
    if proposal.stack:
        return f"{proposal.recipe}: on what {len(proposal.stack)} models predict"
    if parent is None or proposal.move in ("draft", "repair"):
        return f"{proposal.recipe}: a first model of its family"
    before = parent.proposal
    gone, new = _changed_steps(before, proposal)
    if new:
        change = f"with {_titles(new)}" + (f" instead of {_titles(gone)}" if gone else "")
    elif gone:
        change = f"without {_titles(gone)}"
    elif proposal.recipe != before.recipe:
        change = f"with the recipe {proposal.recipe}"
    elif proposal.rows != before.rows:
        change = f"on {'more' if proposal.rows > before.rows else 'fewer'} rows"
    else:
        change = "with another seed" if proposal.params == before.params else "with other parameters"
    return f"{proposal.recipe}: experiment {parent.number} {change}"


@dataclass(frozen=True)
class Pivot:
    """A ceiling, and what came of turning elsewhere."""

    ceiling: Ceiling
    score: Experiment  # the incumbent of the family at its ceiling
    turned: tuple[tuple[str, int], ...]  # families of the next experiments with their numbers, the most frequent first
    before: Experiment | None  # the incumbent then of the family turned to; None where it had none
    after: Experiment | None  # its incumbent at the end
    leader: tuple[Experiment, Experiment] | None  # the best of all then and at the end


def pivots(state: State) -> list[Pivot]:
    """What followed each ceiling."""
    by_number = {e.number: e for e in state.history}
    found = []
    for ceiling in state.ceilings:
        then = State(
            [e for e in state.history if e.number <= ceiling.number], state.plan, state.higher_is_better, family_of
        )
        later = [e for e in state.searched if e.number > ceiling.number and e.proposal.for_answer][:NEXT]
        others = Counter(state.family(e.proposal) for e in later)
        others.pop(ceiling.family, None)
        turned = others.most_common()
        name = turned[0][0] if turned else None
        old, new = then.families.get(name or ""), state.families.get(name or "")
        best = then.best(then.whole), state.best(state.whole)
        found.append(
            Pivot(
                ceiling=ceiling,
                score=by_number[ceiling.incumbent],
                turned=tuple(turned),
                before=old.incumbent if old else None,
                after=new.incumbent if new else None,
                leader=(best[0], best[1]) if best[0] and best[1] else None,
            )
        )
    return found


# -- ablation ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepLine:
    """One feature step that was added, dropped or changed, and what that made of the score."""

    trial: Trial
    what: str  # the step behind a plus or a minus sign, or the old one, an arrow and the new one
    family: str
    steps: int  # of the model that was tried
    verdict: str
    tone: str  # good, bad or soft


def steps(state: State) -> list[StepLine]:
    """Each trial of a feature step, in order."""
    by_number = {e.number: e for e in state.history}
    found = []
    for trial in state.trials:
        if trial.move in ("add", "drop", "refine"):
            decided = by_number[trial.number]
            mine = state.of_model(decided.proposal)[0].proposal  # what an extension carried out was begun there
            parent = by_number.get(mine.parent or 0)
            if parent is not None and (what := _difference(parent.proposal, mine)):
                verdict, tone = _verdict(trial, failed=decided.status.failed)
                found.append(StepLine(trial, what, trial.family, len(mine.features), verdict, tone))
    return found


def _difference(before: Proposal, after: Proposal) -> str:
    gone, new = _changed_steps(before, after)
    if gone and new:
        return f"{_titles(gone)} → {_titles(new)}"
    return f"+ {_titles(new)}" if new else f"{figures.MINUS} {_titles(gone)}" if gone else ""


def _changed_steps(before: Proposal, after: Proposal) -> tuple[list[Step], list[Step]]:
    """The steps that the first has alone, and those that the second has."""
    gone = [s for s in before.features if s not in after.features]
    return gone, [s for s in after.features if s not in before.features]


def _titles(listed: Iterable[Step]) -> str:
    return ", ".join(step.title for step in listed)


def _verdict(trial: Trial, *, failed: bool) -> tuple[str, str]:
    """What a trial of a step came to, in words, and the tone in which to say it."""
    clear = abs(trial.gain) > trial.error
    if failed:
        return "failed", "bad"
    if trial.move == "drop":
        if trial.won:
            return ("it hurt: better without", "good") if clear else ("not needed: left out", "soft")
        return ("carries weight: stays", "good") if clear else ("within noise: stays", "soft")
    if trial.won:
        return "kept", "good"
    return ("hurts", "bad") if clear and trial.gain < 0 else ("no use", "soft")


def told(lines: Sequence[StepLine]) -> str:
    """The ablation in one or two sentences; "" where no step was added or left out."""
    added = Counter(line.verdict for line in lines if line.trial.move == "add")
    dropped = Counter(line.verdict.split(":")[0] for line in lines if line.trial.move == "drop")
    said = []
    if added:
        said.append(
            f"{_many(added.total(), 'step was', 'steps were')} added: {_few(added['kept'])} helped, "
            f"{_few(added['no use'])} made no difference beyond noise, {_few(added['hurts'])} made the model worse"
            + (f", {added['failed']} failed." if added["failed"] else ".")
        )
    if dropped:
        said.append(
            f"{_many(dropped.total(), 'step was', 'steps were')} left out to see: "
            f"{_few(dropped['carries weight'])} carried weight, "
            f"{_few(dropped['within noise'] + dropped['not needed'])} made no difference beyond noise, "
            f"{_few(dropped['it hurt'])} had made the model worse."
        )
    return " ".join(said)


def _many(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _few(number: int) -> str:
    return str(number) if number else "none"


# -- pilots ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PilotLine:
    """One setting of a model that takes long, tried out at small cost."""

    experiment: Experiment
    recipe: str
    setting: str  # in words; "" of the first pilot, against which the others are held
    gain: tuple[float, float] | None  # over that one, with its standard error
    verdict: str
    tone: str


def pilots(state: State) -> list[PilotLine]:
    """The pilots of each recipe, the first one before its variants."""
    tried = [e for e in state.searched if e.proposal.move == PILOT]
    found = []
    for recipe in dict.fromkeys(e.proposal.recipe for e in tried):
        base, *others = [e for e in tried if e.proposal.recipe == recipe]
        found.append(PilotLine(base, recipe, "", None, *_of_pilot(base, base, state)))
        for e in others:
            changed = {k: v for k, v in e.proposal.params.items() if base.proposal.params.get(k) != v}
            words = in_words(_installed(recipe), changed)
            found.append(PilotLine(e, recipe, words, gain(state, base, e), *_of_pilot(e, base, state)))
    return found


def _of_pilot(pilot: Experiment, base: Experiment, state: State) -> tuple[str, str]:
    """What a pilot came to, in words, and the tone in which to say it."""
    if pilot.status.failed:
        return "failed", "bad"
    over = gain(state, base, pilot)
    if pilot is base or over is None:
        return "", "soft"
    if state.beats(pilot, base):
        return "better", "good"
    return ("worse", "bad") if over[0] < -over[1] else ("no difference beyond noise", "soft")


def _installed(recipe: str) -> object:
    """The recipe; None where it is of a plug-in that is not installed here."""
    try:
        return plugins.load("recipes", recipe)
    except (SettingsError, ImportError, AttributeError):
        return None


# -- moves -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MoveLine:
    """One kind of move: how often it was tried to its end, what came of it, what it cost."""

    move: str
    tried: int
    won: int
    tied: int
    worse: int
    failed: int
    gain: float  # sum of the gains of those that won, each over the incumbent of its own family
    seconds: float  # of all experiments that carried such moves out, extensions to further folds included

    @property
    def per_minute(self) -> float | None:
        """The gain for each minute; None where no time is on record."""
        return 60 * self.gain / self.seconds if self.seconds else None


def moves(state: State) -> list[MoveLine]:
    """A line for each kind of move that changed an incumbent, the one that brought most for its time first."""
    failed = {e.number for e in state.history if e.status.failed}
    spent: dict[str, list[Experiment]] = {}
    for mine in state.models.values():
        spent.setdefault(mine[0].proposal.move, []).extend(mine)
    found = []
    for move in dict.fromkeys(t.move for t in state.trials if t.move not in UNDECIDED):
        trials = [t for t in state.trials if t.move == move]
        lost = [t for t in trials if not t.won and t.number not in failed]
        found.append(
            MoveLine(
                move=move,
                tried=len(trials),
                won=sum(t.won for t in trials),
                tied=sum(abs(t.gain) <= t.error or t.gain > 0 for t in lost),
                worse=sum(t.gain < -t.error for t in lost),
                failed=sum(t.number in failed for t in trials),
                gain=sum(max(0.0, t.gain) for t in trials if t.won),
                seconds=_seconds(spent.get(move, [])),
            )
        )
    return sorted(found, key=lambda line: -(line.per_minute or 0.0))


def _seconds(experiments: Iterable[Experiment]) -> float:
    return sum(e.outcome.seconds for e in experiments if e.outcome)


# -- notes -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoteLine:
    """What a feature step (or a recipe) noted, with the experiments that it noted it in."""

    step: str  # "" where the note names none
    text: str
    numbers: tuple[int, ...]


def notes(experiments: Iterable[Experiment]) -> list[NoteLine]:
    """Every different note once, by step, those of the most experiments first.

    Notes that differ by percentages alone are one, with the range of each: a step that is fitted in every fold finds
    nearly the same each time.
    """
    numbers: dict[str, dict[int, None]] = {}
    texts: dict[str, list[str]] = {}
    for e in experiments:
        for text in e.outcome.notes if e.outcome else ():
            like = PERCENTAGE.sub("%", text)
            numbers.setdefault(like, {})[e.number] = None
            texts.setdefault(like, []).append(text)
    lines = [NoteLine(*_step_and_text(_together(texts[like])), tuple(found)) for like, found in numbers.items()]
    place = {step: k for k, step in enumerate(dict.fromkeys(line.step for line in lines))}
    return sorted(lines, key=lambda line: (place[line.step], -len(line.numbers)))


def _together(texts: Sequence[str]) -> str:
    """One text for several that differ by percentages alone."""
    each = [[m[0] for m in PERCENTAGE.finditer(text)] for text in texts]
    ranges = iter([(min(col, key=_share), max(col, key=_share)) for col in zip(*each, strict=True)])

    def shown(_match: re.Match[str]) -> str:
        low, high = next(ranges)
        return low if low == high else f"{low.rstrip(' %')} to {high}"

    return PERCENTAGE.sub(shown, texts[0])


def _share(percentage: str) -> float:
    return float(percentage.rstrip(" %"))


def _step_and_text(note: str) -> tuple[str, str]:
    """A note begins with the name of its step and a colon."""
    step, colon, text = note.partition(": ")
    return (step, text) if colon and " " not in step else ("", note)


def ceiling_lines(experiments: Sequence[Experiment], plan: ValidationPlan, higher_is_better: bool) -> list[str]:
    """A sentence for each ceiling, for a terminal."""
    state = replayed(experiments, plan, higher_is_better)
    by_number = {e.number: e for e in state.history}
    found = []
    for c in state.ceilings:
        score = by_number[c.incumbent].score
        value = figures.with_error(score.value, score.error) if score else figures.NOTHING
        end = f"; broken by experiment {c.broken}" if c.broken else ""
        found.append(f"{c.family}: {value} (experiment {c.incumbent}), {c.within} changes in a row within noise{end}")
    return found


def gain(state: State, before: Experiment, after: Experiment) -> tuple[float, float] | None:
    """By how much the second is better than the first, with the standard error of that; None without scores."""
    if before.score is None or after.score is None:
        return None
    found = compare(after.score, before.score, state.higher_is_better)
    return found.gain, found.error
