"""What a comparison says, as Markdown: scores and ranks, the check against one peer, what answers cost, honesty."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .rows import OURS, Row, Store, Task
from .scores import NotComparableError, error_of, error_of_difference, error_of_mean

LIMIT = 0.01  # share of the other's error by which ours may be larger, besides one standard error
ESTIMATES = ("cv", "expected", "sealed")  # of ours, as rows name them
Cell = str | float | int | None
Grouped = Mapping[tuple[str, str], Sequence[Row]]  # rows with a score, by task and tool


def grouped(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows that have a score, by task and tool."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.graded is not None:
            found.setdefault((row.task, row.tool), []).append(row)
    return found


def mean_score(rows: Sequence[Row]) -> float:
    """Mean graded score over seeds."""
    return statistics.mean(r.graded for r in rows if r.graded is not None)


def ranks(scores: Mapping[str, float | None], lower: bool) -> dict[str, float]:
    """Rank of each tool, 1 the best; equals share the mean of their ranks, and those without a score the last ones."""
    sign = 1.0 if lower else -1.0
    worth = {tool: math.inf if value is None else sign * value for tool, value in scores.items()}
    return {
        tool: 1 + sum(w < mine for w in worth.values()) + (sum(w == mine for w in worth.values()) - 1) / 2
        for tool, mine in worth.items()
    }


def score_table(found: Grouped, tasks: Sequence[Task], tools: Sequence[str]) -> str:
    """Mean scores over seeds with ranks, the mean rank, and how often each tool is first."""
    lines: list[list[Cell]] = []
    placed: dict[str, list[float]] = {tool: [] for tool in tools}
    for task in tasks:
        scores = {t: mean_score(found[task.name, t]) if (task.name, t) in found else None for t in tools}
        place = ranks(scores, task.lower)
        for tool in tools:
            placed[tool].append(place[tool])
        cells = [f"{'none' if v is None else format(v, '.5g')} ({place[t]:g})" for t, v in scores.items()]
        lines.append([task.name, f"{task.metric} {'down' if task.lower else 'up'}", *cells])
    lines.append(["mean rank", "", *(f"{statistics.mean(placed[t]):.2f}" for t in tools)])
    lines.append(["first", "", *(sum(p == 1 for p in placed[t]) for t in tools)])
    return markdown(["task", "metric", *tools], lines)


@dataclass(frozen=True)
class Check:
    """Ours against one peer on one task, errors as `scores.error_of` has them; `noise` is that of the difference."""

    task: str
    ours: float
    theirs: float
    noise: float

    @property
    def worse_by(self) -> float:
        """How much larger our error is."""
        return self.ours - self.theirs

    @property
    def passed(self) -> bool:
        """Whether ours is not worse by more than the limit plus one standard error."""
        return self.worse_by <= LIMIT * abs(self.theirs) + self.noise

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.passed:
            return "WORSE"
        return "better" if self.worse_by < -self.noise else "within"


def checks(
    found: Grouped, tasks: Sequence[Task], baseline: str, store: Store
) -> tuple[list[Check], list[str]]:  # and why some were not made
    """Ours against the baseline on each task that both have scores of."""
    made, reasons = [], []
    for task in tasks:
        mine, other = (found.get((task.name, tool)) for tool in (OURS, baseline))
        if not mine or not other:
            reasons.append(f"{task.name}: no score of {OURS if not mine else baseline}")
            continue
        try:
            noise = error_of_difference(mine, other, task, store)
        except NotComparableError as error:
            reasons.append(f"{task.name}: {error}")
            continue
        made.append(Check(task.name, error_of(mean_score(mine), task), error_of(mean_score(other), task), noise))
    return made, reasons


def check_table(made: Sequence[Check], baseline: str) -> str:
    """Errors of both, the difference with its standard error, and the verdict."""
    return markdown(
        ["task", "our error", f"error of {baseline}", "difference", "its standard error", "in percent", "verdict"],
        [
            [c.task, f"{c.ours:.5g}", f"{c.theirs:.5g}", f"{c.worse_by:+.3g}", f"{c.noise:.2g}",
             f"{100 * c.worse_by / c.theirs:+.2f}" if c.theirs else "", c.verdict]
            for c in made
        ],
    )  # fmt: skip


COSTS: tuple[tuple[str, str], ...] = (
    ("wall_s", "wall s"),
    ("peak_pss_mb", "peak PSS MB"),
    ("peak_rss_mb", "peak RSS MB"),
    ("row_ms_cold", "first row ms"),
    ("row_ms_warm", "one row ms"),
    ("rows10k_s", "10,000 rows s"),
    ("model_mb", "model MB"),
    ("other_cpu_s", "CPU s of others"),
)


def cost_table(rows: Sequence[Row], tools: Sequence[str]) -> str:
    """What runs and answers cost: for each tool the median over its rows, and the worst."""

    def line(tool: str) -> list[Cell]:
        mine = [r for r in rows if r.tool == tool]
        return [tool, len(mine), *(_spread([getattr(r, name) for r in mine]) for name, _ in COSTS)]

    return markdown(["tool (median / worst)", "runs", *(title for _, title in COSTS)], [line(t) for t in tools])


def _spread(values: Sequence[float | None]) -> str:
    known = [v for v in values if v is not None]
    return f"{statistics.median(known):.4g} / {max(known):.4g}" if known else ""


def detail_table(rows: Sequence[Row], tasks: Sequence[Task], tools: Sequence[str]) -> str:
    """For each task and tool the means over seeds; of modelwright also experiments and the families in the blend."""
    lines: list[list[Cell]] = []
    for task in tasks:
        for tool in tools:
            mine = [r for r in rows if (r.task, r.tool) == (task.name, tool)]
            scored = [r.graded for r in mine if r.graded is not None]
            middle = f"{statistics.mean(scored):.5g}" if scored else "none"
            spread = f" ± {statistics.stdev(scored):.2g}" if len(scored) > 1 else ""
            costs = [_mean([getattr(r, name) for r in mine]) for name, _ in COSTS]
            families = " / ".join(dict.fromkeys(r.families for r in mine if r.families))
            notes = " / ".join(dict.fromkeys(r.note for r in mine if r.note))
            experiments = _mean([r.experiments for r in mine])
            lines.append([task.name, tool, len(mine), middle + spread, *costs, experiments, families, notes])
    head = ["task", "tool", "runs", "score ± over seeds", *(title for _, title in COSTS)]
    return markdown([*head, "experiments", "blend", "notes"], lines)


def _mean(values: Sequence[float | None]) -> str:
    known = [v for v in values if v is not None]
    return f"{statistics.mean(known):.4g}" if known else ""


@dataclass(frozen=True)
class Promise:
    """One estimate and what came of it. `gap` is positive when more was promised than delivered."""

    row: Row
    which: str  # one of ESTIMATES
    gap: float
    noise: float  # of the estimate and of the graded score together

    @property
    def errors(self) -> float:
        """The gap in standard errors; infinite where there is a gap and no error."""
        if self.noise > 0:
            return self.gap / self.noise
        return 0.0 if self.gap == 0 else math.copysign(math.inf, self.gap)


def promises(rows: Sequence[Row], tasks: Sequence[Task], store: Store) -> tuple[list[Promise], list[str]]:
    """The estimates of modelwright's rows against the graded scores; and why some are not there."""
    known = {t.name: t for t in tasks}
    kept, reasons = [], []
    for row in rows:
        if row.tool != OURS or row.graded is None:
            continue
        task = known[row.task]
        try:
            graded_error = error_of_mean([row], task, store)
        except NotComparableError as error:
            reasons.append(f"{row.key}: {error}")
            continue
        for which in ESTIMATES:
            value, error_ = getattr(row, which), getattr(row, f"{which}_error")
            if value is not None:
                gap = (row.graded - value) if task.lower else (value - row.graded)
                kept.append(Promise(row, which, gap, math.hypot(error_, graded_error)))
    return kept, reasons


def honesty_table(kept: Sequence[Promise]) -> str:
    """Each estimate with its gap, then the shares within two standard errors."""
    lines: list[list[Cell]] = []
    pairs: dict[str, dict[str, Promise]] = {}
    for promise in kept:
        pairs.setdefault(str(promise.row.key), {})[promise.which] = promise
    for pair in pairs.values():
        row = next(iter(pair.values())).row
        cells: list[Cell] = [row.task, row.seed, f"{row.graded:.5g}"]
        for which in ESTIMATES:
            p = pair.get(which)
            value, error = getattr(row, which), getattr(row, f"{which}_error")
            cells += [f"{value:.5g} ± {error:.2g}", f"{p.errors:+.1f}"] if p else ["", ""]
        lines.append(cells)
    table = markdown(
        ["task", "seed", "graded", *(head for which in ESTIMATES for head in (which, f"{which} - graded, errors"))],
        lines,
    )
    return f"{table}\n\n{shares(kept)}"


def shares(kept: Sequence[Promise]) -> str:
    """One line for each kind of estimate: how many lie within two standard errors, and how many promise too much."""
    lines = []
    for which in ESTIMATES:
        mine = [p for p in kept if p.which == which]
        if mine:
            within = sum(abs(p.errors) <= 2 for p in mine)
            over = sum(p.errors > 2 for p in mine)
            lines.append(
                f"{which}: within two standard errors in {within} of {len(mine)} ({within / len(mine):.0%}); promised "
                f"too much in {over}, too little in {len(mine) - within - over}; "
                f"mean gap {statistics.mean(_finite([p.errors for p in mine])):+.2f} errors."
            )
    return "\n".join(lines)


def _finite(values: Sequence[float]) -> list[float]:
    return [v for v in values if math.isfinite(v)] or [0.0]


def markdown(head: Sequence[str], lines: Sequence[Sequence[Cell]]) -> str:
    """A table in Markdown."""
    show: Callable[[Cell], str] = lambda cell: "" if cell is None else str(cell).replace("|", "/")  # noqa: E731
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(show(cell) for cell in row) + " |" for row in rows)
