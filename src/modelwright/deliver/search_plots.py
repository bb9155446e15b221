"""The report's pictures of the search: scores over the time of the run, all of them and the best of each family."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..metrics.replay import State
from ..records.experiment import Experiment
from ..records.problem import Problem
from .canvas import BAD, INK, PALE, PALETTE, Plot, canvas
from .dossier import Dossier
from .searched import family


def colours(experiments: Sequence[Experiment]) -> dict[str, str]:
    """A colour for each family, in order of first use; the dummy is pale."""
    names = dict.fromkeys(family(e.proposal) for e in experiments if e.proposal.recipe != "dummy")
    found = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(names)}
    dummies = {family(e.proposal): PALE for e in experiments if e.proposal.recipe == "dummy"}
    return {**dummies, **found}


def search(found: Dossier) -> Plot | None:
    """Score of each experiment over the time of the run, with its standard error; None when nothing has a score."""
    scored = found.scored
    if not scored:
        return None
    start = min(e.started for e in found.experiments)
    unit, divisor = _time_unit(max((e.ended or e.started) - start for e in scored))
    low, high = _window(found)
    with canvas(9.0, 3.9) as (axes, svg):
        for name, colour in colours(found.trials).items():
            mine = [e for e in scored if family(e.proposal) == name]
            if mine:
                _points(axes, mine, name, colour, (start, divisor), (low, high), found.whole)
        _running_best(axes, found, (start, divisor))
        failed = [((e.ended or e.started) - start) / divisor for e in found.failures]
        if failed:
            bottom = np.full(len(failed), 0.02)
            axes.plot(
                failed, bottom, "x", color=BAD, ms=6, mew=1.6, transform=axes.get_xaxis_transform(), label="failed"
            )
        _final(axes, found)
        axes.set_ylim(low, high)
        axes.margins(x=0.03)
        axes.set_xlabel(f"{unit} since the first experiment began")
        axes.set_ylabel(_metric_label(found.problem))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        label = f"{len(scored)} experiments by time and score"
        return Plot(
            "The search",
            svg("search", label),
            "Each point is one experiment, its bar one standard error. Hollow points ran fewer folds than the others, "
            "so they are cheaper and less certain. The line is the best so far among those that ran all folds. A "
            "triangle at the edge is a score beyond it, a red cross at the bottom an experiment that failed.",
        )


def _metric_label(problem: Problem | None) -> str:
    if problem is None:
        return "score"
    return f"{problem.metric} ({'higher' if problem.higher_is_better else 'lower'} is better)"


def _time_unit(longest: float) -> tuple[str, float]:
    return ("hours", 3600.0) if longest > 10_000 else ("minutes", 60.0) if longest > 180 else ("seconds", 1.0)


def _window(found: Dossier) -> tuple[float, float]:
    """The range of scores worth showing: one bad score must not flatten all the others."""
    values = np.array([e.score.value for e in found.scored if e.score])
    errors = np.nan_to_num([e.score.error for e in found.scored if e.score])
    best = values.max() if found.higher else values.min()
    spread = max(4 * float(np.median(np.abs(values - best))), 4 * float(np.median(errors)), 1e-9 * abs(best), 1e-12)
    shown = np.abs(values - best) <= spread
    ends = [*(values - errors)[shown], *(values + errors)[shown]]
    for score in (found.cv, found.sealed):
        if score is not None and np.isfinite([score.value, score.error]).all():
            ends += [score.value - score.error, score.value + score.error]
    low, high = max(min(ends), best - 2 * spread), min(max(ends), best + 2 * spread)
    room = 0.08 * (high - low) or 0.5
    return low - 1.6 * room, high + room


def _points(
    axes: Any,
    experiments: Sequence[Experiment],
    name: str,
    colour: str,
    clock: tuple[float, float],
    window: tuple[float, float],
    most: int,
) -> None:
    start, divisor = clock
    x = np.array([((e.ended or e.started) - start) / divisor for e in experiments])
    y = np.array([e.score.value for e in experiments if e.score])
    error = np.nan_to_num([e.score.error for e in experiments if e.score])
    whole = np.array([len(e.proposal.folds) >= most for e in experiments])
    low, high = window
    inside = (y >= low) & (y <= high)
    axes.errorbar(x[inside], y[inside], error[inside], fmt="none", ecolor=colour, elinewidth=1.1, alpha=0.45)
    axes.plot(x[inside & whole], y[inside & whole], "o", ms=6, color=colour)
    axes.plot(x[inside & ~whole], y[inside & ~whole], "o", ms=6, mfc="white", mec=colour, mew=1.4)
    edge = 0.03 * (high - low)
    for marker, beyond, at in (("v", y < low, low + 2.4 * edge), ("^", y > high, high - edge)):
        axes.plot(x[beyond], np.full(beyond.sum(), at), marker, ms=6, mfc="white", mec=colour, mew=1.4)
    axes.plot([], [], "o", ms=6, color=colour, label=name)


def _running_best(axes: Any, found: Dossier, clock: tuple[float, float]) -> None:
    start, divisor = clock
    x: list[float] = []
    y: list[float] = []
    for each in found.scored:
        assert each.score is not None
        if len(each.proposal.folds) >= found.whole and (not y or found.better(each.score.value, y[-1])):
            x.append(((each.ended or each.started) - start) / divisor)
            y.append(each.score.value)
    last = max(((e.ended or e.started) - start) / divisor for e in found.scored)
    axes.step([*x, last], [*y, y[-1]], where="post", color=INK, lw=1.2, alpha=0.75, zorder=1.5, label="best so far")


def _final(axes: Any, found: Dossier) -> None:
    """Blend and sealed check, to the right of the last experiment."""
    left, right = axes.get_xlim()
    step = 0.045 * (right - left)
    for place, (score, marker, name) in enumerate(
        [(found.cv, "*", "final blend"), (found.sealed, "D", "sealed check")], start=1
    ):
        if score is not None and np.isfinite(score.value):
            error = float(np.nan_to_num(score.error))
            x, size = right + place * step, 11 if marker == "*" else 6.5
            axes.errorbar([x], [score.value], [error], fmt=marker, ms=size, color=INK, elinewidth=1.2, label=name)


def race(found: Dossier, state: State) -> Plot | None:
    """The best score so far of each family over the time of the run; None where fewer than two have one."""
    whole = [e for e in state.whole if e.score is not None and np.isfinite(e.score.value)]
    names = [name for name in colours(found.trials) if any(state.family(e.proposal) == name for e in whole)]
    if len(names) < 2:
        return None
    start = min(e.started for e in found.experiments)
    last = max(e.ended or e.started for e in state.searched) - start
    unit, divisor = _time_unit(last)
    ends = {e.number: ((e.ended or e.started) - start) / divisor for e in found.experiments}
    low, high = _window(found)
    bests: list[float] = []
    with canvas(9.0, 3.6) as (axes, svg):
        for place, name in enumerate(names):
            mine = sorted((e for e in whole if state.family(e.proposal) == name), key=lambda e: ends[e.number])
            style = ("-", "--", ":")[place // len(PALETTE) % 3]
            bests += _steps(axes, found, mine, ends, last / divisor, colours(found.trials)[name], style, name)
        for ceiling in state.ceilings:
            held = next(e for e in whole if e.number == ceiling.incumbent)
            assert held.score is not None
            colour = colours(found.trials)[ceiling.family]
            axes.plot([ends[ceiling.number]], [held.score.value], "|", ms=15, mew=2.6, color=colour)
        if state.ceilings:
            axes.plot([], [], "|", ms=11, mew=2.2, color=INK, ls="none", label="ceiling")
        shown = [v for v in bests if low <= v <= high] or bests
        room = 0.1 * (max(shown) - min(shown)) or 0.5
        axes.set_ylim(min(shown) - room, max(shown) + room)
        axes.set_xlim(left=0)
        axes.margins(x=0.03)
        axes.set_xlabel(f"{unit} since the first experiment began")
        axes.set_ylabel(_metric_label(found.problem))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return Plot(
            "The families",
            svg("race", f"Best score of {len(names)} families over time"),
            "The best score so far of each family, among its experiments that ran all folds of a repeat. A line begins "
            "with the family's first such score; families far behind lie outside. An upright bar marks where a family "
            "was found to be at its ceiling.",
        )


def _steps(
    axes: Any,
    found: Dossier,
    experiments: Sequence[Experiment],
    ends: dict[int, float],
    last: float,
    colour: str,
    style: str,
    name: str,
) -> list[float]:
    """Draws the best so far of some experiments, in order of their ends; the values it went through."""
    x: list[float] = []
    y: list[float] = []
    for each in experiments:
        assert each.score is not None
        if not y or found.better(each.score.value, y[-1]):
            x.append(ends[each.number])
            y.append(each.score.value)
    axes.step([*x, last], [*y, y[-1]], where="post", color=colour, ls=style, lw=1.8, label=name)
    axes.plot(x, y, "o", ms=4, color=colour)
    return y
