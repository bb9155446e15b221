"""Runs, experiments and plans as text for a terminal.

Everything here reads; nothing is computed that is not in the facts, the history or the records.
"""

import difflib
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .deliver import columns, figures, searched
from .errors import ModelwrightError
from .recipes.script import CODE
from .records.experiment import Experiment, Proposal, Status
from .task.questions import told
from .workspace import Workspace

if TYPE_CHECKING:
    from .api import Run, Understood
    from .records.experiment import Params
    from .records.problem import Problem
    from .records.profile import Profile

VERDICTS = 6  # last verdicts shown
LOG_LINES = 20  # end of the log that `show` prints
COLUMNS = 40  # columns of a table that `plan` prints


# Small helpers -------------------------------------------------------------------------------------------------------


def figure(value: object, error: object = None) -> str:
    """A score with its standard error as the report writes it; a dash for anything that is no number."""
    return figures.with_error(real(value), real(error))


def span(seconds: object) -> str:
    """A duration in words; days once it is longer than two."""
    found = real(seconds)
    return f"{found / 86400:.0f} days" if found and found > 2 * 86400 else figures.duration(found)


def real(value: object) -> float | None:
    """The value where it is a finite number, else None."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def count(number: object, noun: str) -> str:
    """A number with its noun: 1 experiment, 12 experiments."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def terminal() -> Console:
    """Where text goes: stdout as it is now, wide when it is no terminal so that nothing is cut."""
    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200
    return Console(width=wide, highlight=False, markup=False, emoji=False)


# Runs ----------------------------------------------------------------------------------------------------------------


def runs_table(runs: "Sequence[Run]") -> Table:
    """One line for each run."""
    table = Table("run", "metric", "score", "sealed", "experiments", "state", "age", box=None, pad_edge=False)
    for run in runs:
        try:
            table.add_row(*_run_row(run))
        except (ModelwrightError, OSError, ValueError) as error:  # one bad folder must not hide the others
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            table.add_row(run.path.name, Text(f"cannot be read: {reason}", "yellow"))
    return table


def _run_row(run: "Run") -> tuple[RenderableType, ...]:
    return (
        run.path.name,
        run.problem.metric,
        _score(run),
        _of(_final(run).get("sealed")) or figures.NOTHING,
        str(len(_trials(run))),
        Text(run.state, {"finished": "green", "running": "cyan"}.get(run.state, "yellow")),
        _age(run),
    )


def _trials(run: "Run") -> list[Experiment]:
    """The experiments of the search: all but the refits at its end."""
    return [e for e in run.experiments if e.proposal.move != "refit"]


def time_left(run: "Run", total: float | None) -> float | None:
    """Seconds that a resumed run may go on: of `total`, or of its own budget; None where it counts experiments."""
    budget = real(total if total is not None else _fact(run, "run").get("budget"))
    return None if budget is None else max(0.0, budget - (real(run.facts.get("used")) or 0.0))


def near(path: Path) -> Path:
    """The path as seen from the current folder, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def summary(run: "Run") -> RenderableType:
    """What a run has come to: the score, the sealed check, the files, and how to look closer."""
    final, end, path = _final(run), _fact(run, "end"), near(run.path)
    rows = _Rows()
    rows.add(
        "score", f"{run.problem.metric} {_score(run)}, cross-validated, {_direction(run.problem)}", style="bold green"
    )
    if expected := _of(final.get("outlook")):
        rows.add("expected", f"{expected} once fitted on all rows, by how much more rows help")
    rows.add("sealed", _sealed(final))
    rows.add("made of", final.get("how"))
    rows.add("spent", _spent(run, end))
    rows.add("close", *map(told, run.problem.questions), style="yellow")
    rows.add("doubts", *_strings(run.facts.get("doubts")), style="yellow")
    workspace = Workspace(path)
    for label, file in (
        ("answers", workspace.submission),
        ("report", workspace.report),
        ("model", workspace.bundle),
    ):
        rows.add(label, str(file) if file.exists() else None)
    closer = f"modelwright show {path} {run.best.number}" if run.best else f"modelwright status {path}"
    rows.add("closer look", closer)
    if run.state == "interrupted":
        rows.add("go on", f"modelwright resume {path}")
    return rows.group(Text(f"{run.problem.name} ({run.state})", "bold"))


def summary_line(run: "Run") -> str:
    """The same in one line, for `--quiet`."""
    sealed = _of(_final(run).get("sealed"))
    check = f", sealed {sealed}" if sealed else ""
    return f"{run.problem.name}: {run.problem.metric} {_score(run)}{check}, {near(run.path)}"


def status_text(run: "Run") -> RenderableType:
    """Where a run stands: its summary, what runs now, and the last verdicts."""
    now, experiments = time.time(), run.experiments
    rows = _Rows()
    running = [e for e in experiments if e.status is Status.RUNNING]
    rows.add("runs now", *(f"{e.number}  {span(now - e.started)}  {_what(e)}" for e in running))
    last = [e for e in experiments if e.status is not Status.RUNNING][-VERDICTS:]
    rows.add("verdicts", *map(_line, reversed(last)))
    if experiments:
        rows.add("ceilings", *searched.ceiling_lines(experiments, run.plan, run.problem.higher_is_better))
    rows.add("findings", *_strings(run.facts.get("findings")))
    return Group(summary(run), rows.group())


def _line(experiment: Experiment) -> Text:
    outcome, score = experiment.outcome, experiment.score
    failed = experiment.status.failed
    told = experiment.verdict or (outcome.error if outcome else "") or str(experiment.status)
    found = figure(score.value, score.error) if score else str(experiment.status)
    return Text(f"{experiment.number}  {found}  {experiment.proposal.recipe}: {told}", "yellow" if failed else "")


def _what(experiment: Experiment) -> str:
    return f"{experiment.proposal.recipe}, {experiment.proposal.move}: {experiment.proposal.reason}"


def _fact(run: "Run", name: str) -> dict[str, Any]:
    value = run.facts.get(name)
    return value if isinstance(value, dict) else {}


def _final(run: "Run") -> dict[str, Any]:
    return _fact(run, "final")


def _score(run: "Run") -> str:
    """The blend's score where there is one, else that of the best experiment so far."""
    best = run.best.score if run.best else None
    return _of(_final(run).get("cv")) or (figure(best.value, best.error) if best else figures.NOTHING)


def _of(score: object) -> str | None:
    return figure(score.get("value"), score.get("error")) if isinstance(score, dict) else None


def _sealed(final: dict[str, Any]) -> str | None:
    sealed = _of(final.get("sealed"))
    return (
        f"{sealed} on {count(final.get('sealed_rows'), 'row')} whose answers no experiment had seen" if sealed else None
    )


def _spent(run: "Run", end: dict[str, Any]) -> str:
    trials = _trials(run)
    failed = sum(e.status.failed for e in trials)
    parts = [count(len(trials), "experiment") + (f" ({failed} failed)" if failed else "")]
    if "seconds" in end:
        parts.append(span(end["seconds"]))
    if end.get("reason"):
        parts.append(str(end["reason"]))
    return ", ".join(parts)


def _direction(problem: "Problem") -> str:
    return "higher is better" if problem.higher_is_better else "lower is better"


def _age(run: "Run") -> str:
    """Time since the run began; `started` is a time stamp or seconds since the epoch."""
    started = _fact(run, "run").get("started")
    if isinstance(started, str):
        started = datetime.fromisoformat(started).timestamp()
    return span(time.time() - started) if isinstance(started, int | float) else figures.NOTHING


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else []


class _Rows:
    """Label and text, line by line; the label stands at the first of several lines."""

    def __init__(self) -> None:
        self._table = Table.grid(padding=(0, 2))
        self._table.add_column(style="dim", no_wrap=True)
        self._table.add_column(overflow="fold")

    def add(self, label: str, *lines: object, style: str = "") -> None:
        for i, line in enumerate(line for line in lines if line):
            text = line if isinstance(line, Text) else Text(str(line), style)
            self._table.add_row("" if i else label, text)

    def group(self, head: RenderableType | None = None) -> RenderableType:
        return Group(*([head] if head is not None else []), self._table)


# One experiment ------------------------------------------------------------------------------------------------------


def experiment_text(run: "Run", experiment: Experiment) -> RenderableType:
    """One experiment: what changed, why, the score per fold, the cost, the end of its log, its traceback."""
    proposal, outcome, score = experiment.proposal, experiment.outcome, experiment.score
    parent = next((e for e in run.experiments if e.number == proposal.parent), None)
    rows = _Rows()
    rows.add("why", proposal.reason)
    if proposal.by:
        foretold = f", who foretold a gain of {proposal.expected:+.4g}" if proposal.expected is not None else ""
        rows.add("by", f"{proposal.by}{foretold}")
        rows.add("wrong if", proposal.disproof)
    since = f" since {parent.number}" if parent else ""
    rows.add(f"changed{since}", *changes(parent.proposal if parent else None, proposal))
    rows.add("score", f"{run.problem.metric} {figure(score.value, score.error)}" if score else None)
    rows.add("rule", f"{score.rule.name} {_params(score.rule.params)}" if score else None)
    rows.add("verdict", experiment.verdict, style="yellow" if experiment.status.failed else "")
    folder = Workspace(near(run.path)).experiment(experiment.number)
    parts: list[RenderableType] = []
    if outcome:
        rows.add("cost", f"{span(outcome.seconds)} ({outcome.work:.1f} s of work), peak {outcome.peak_mb:.0f} MB")
        rows.add("learned", _params(outcome.learned))
        rows.add("notes", *outcome.notes)
        rows.add("error", outcome.error if outcome.error != experiment.verdict else None, style="yellow")
        if outcome.costs:
            parts.append(_folds(experiment))
        if outcome.traceback:
            parts.append(Text("\n" + outcome.traceback.rstrip(), "yellow"))
    log = tail(folder / "log.txt")
    if log:
        parts += [Text("\nend of the log", "dim"), Text(log)]
    rows.add("folder", folder)
    rows.add("again", f"python -m modelwright.worker {folder}")
    head = Text(f"experiment {experiment.number}: {proposal.recipe}, {proposal.move}, {experiment.status}", "bold")
    return Group(rows.group(head), *parts)


def changes(parent: Proposal | None, child: Proposal) -> list[str]:
    """What differs from the parent, or the whole proposal when there is none."""
    if parent is None:
        plain = {k: v for k, v in child.params.items() if k != CODE}
        said = [f"recipe: {child.recipe}", *(f"{k}: {v}" for k, v in plain.items())]
        said += [_diff("default", child.params[CODE])] if CODE in child.params else []
        said += [f"with {_step(s.name, s.params)}" for s in child.features]
        said += _stacked(child) + _taught(child)
        return [*said, f"rows: {child.rows:.0%}", f"folds: {_list(child.folds)}"]
    said = []
    if parent.recipe != child.recipe:
        said.append(f"recipe: {parent.recipe} to {child.recipe}")
    for name in dict.fromkeys([*parent.params, *child.params]):
        before, after = parent.params.get(name, "default"), child.params.get(name, "default")
        if before != after and name == CODE:
            said.append(_diff(before, after))
        elif before != after:
            said.append(f"{name}: {before} to {after}")
    said += [f"with {_step(s.name, s.params)}" for s in child.features if s not in parent.features]
    said += [f"without {_step(s.name, s.params)}" for s in parent.features if s not in child.features]
    said += _stacked(child) if parent.stack != child.stack else []
    said += _taught(child) if parent.teachers != child.teachers else []
    if parent.rows != child.rows:
        said.append(f"rows: {parent.rows:.0%} to {child.rows:.0%}")
    if parent.folds != child.folds:
        said.append(f"folds: {_list(parent.folds)} to {_list(child.folds)}")
    if parent.seed != child.seed:
        said.append(f"seed: {parent.seed} to {child.seed}")
    return said or ["nothing: the same model again"]


def _diff(before: object, after: object) -> str:
    """A script, or what of it is new, line by line."""
    new = str(after).splitlines()
    if before == "default":
        return "\n".join(["its script:", *new])
    lines = difflib.unified_diff(str(before).splitlines(), new, lineterm="", n=2)
    return "\n".join(["its script:", *(line for line in lines if line[:3] not in ("---", "+++"))])


def _stacked(proposal: Proposal) -> list[str]:
    """Which experiments' predictions a model sees."""
    return [f"stacked on: {_list(proposal.stack)}"] if proposal.stack else []


def _taught(proposal: Proposal) -> list[str]:
    """Which experiments' predictions a model learns from."""
    return [f"taught by: {_list(proposal.teachers)}"] if proposal.teachers else []


def numbers(run: "Run") -> str:
    """The numbers of a run's experiments in words, for messages."""
    found = [e.number for e in run.experiments]
    if len(found) < 2:
        return f"experiment {found[0]}" if found else "none yet"
    return f"experiments {min(found)} to {max(found)}"


def _folds(experiment: Experiment) -> Table:
    assert experiment.outcome is not None
    scores = experiment.score.folds if experiment.score else {}
    table = Table("fold", "score", "fit s", "features s", "predict s", "rows", box=None, pad_edge=False)
    for cost in experiment.outcome.costs:
        score = figure(scores.get(cost.fold))
        table.add_row(
            str(cost.fold), score, f"{cost.fit:.2f}", f"{cost.features:.2f}", f"{cost.predict:.2f}", str(cost.rows)
        )
    return table


def tail(path: Path, lines: int = LOG_LINES) -> str:
    """The last lines of a log; empty where there is none. Reads at most the last 64 KiB."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _step(name: str, params: "Params") -> str:
    return f"{name} ({_params(params)})" if params else name


def _params(params: "Params") -> str:
    return ", ".join(f"{name}={value}" for name, value in params.items())


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values)) or "all rows"


# What was understood -------------------------------------------------------------------------------------------------


def understood_text(understood: "Understood") -> RenderableType:
    """The problem field by field with its evidence, the plan with its reason, doubts and findings."""
    problem, plan = understood.problem, understood.plan
    table = Table("field", "value", "because", box=None, pad_edge=False)
    table.columns[0].style = "dim"
    for field, value in _fields(problem):
        table.add_row(field, Text(value), Text(problem.why(field), "dim"))
    rows, profile = _Rows(), understood.profile
    rows.add("rows", f"{profile.rows} to learn from, {profile.test_rows} asked for")
    rows.add("target", profile.target_summary)
    for label, lines in _grouped(columns.facts(profile)):
        rows.add(label, *lines)
    times = f", {plan.repeats} times over" if plan.repeats > 1 else ""
    rows.add("judged by", f"{plan.folds} folds{times}, {plan.scheme}; {plan.holdout:.0%} of the rows sealed", plan.why)
    rows.add("close", *map(told, problem.questions), style="bold yellow")
    rows.add("doubts", *understood.doubts, style="yellow")
    rows.add("findings", *understood.findings)
    return Group(Text(problem.name, "bold"), table, Text(""), _columns(profile), Text(""), rows.group())


def _columns(profile: "Profile") -> RenderableType:
    """A line for each column: role, gaps, distinct values, drift and what the values are."""
    table = Table("column", "role", "missing", "distinct", "drift", "values", box=None, pad_edge=False)
    for each in columns.lines(profile)[:COLUMNS]:
        marks = ["suspect, see the findings"] if each.suspect else []
        marks += [f"may mean missing: {each.spellings}"] if each.spellings else []
        told = Text(each.values, "" if each.used else "dim")
        told.append("".join(f"; {mark}" for mark in marks), "yellow")
        role = Text(each.role if each.used else f"{each.role} (not used)", "" if each.used else "dim")
        missing = Text(figures.percent(each.missing) if each.missing else "", "yellow" if each.missing > 0.3 else "")
        drift = Text(each.drift, "yellow" if each.drifts else "")
        table.add_row(Text(columns.short(each.name, 40)), role, missing, figures.count(each.distinct), drift, told)
    more = len(profile.columns) - COLUMNS
    return Group(table, Text(f"and {count(more, 'more column')}", "dim")) if more > 0 else table


def _grouped(facts: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Sentences by label, in the order of the first of each."""
    found: dict[str, list[str]] = {}
    for label, text in facts:
        found.setdefault(label, []).append(text)
    return list(found.items())


def understood_json(understood: "Understood") -> str:
    """The same for programs: problem, profile, plan, doubts and findings as one JSON object, records whole."""
    records = {name: getattr(understood, name).model_dump(mode="json") for name in ("problem", "profile", "plan")}
    told = [finding.model_dump(mode="json") for finding in understood.profile.findings]
    return json.dumps({**records, "doubts": list(understood.doubts), "findings": told}, indent=2)


def _fields(problem: "Problem") -> list[tuple[str, str]]:
    """The fields worth a line: those that are set, in the order of the record."""
    skip = {"name", "root", "description", "evidence", "higher_is_better", "questions"}
    found = []
    for field, value in problem:
        if field in skip or value in (None, "", (), {}):
            continue
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        found.append((field, f"{text} ({_direction(problem)})" if field == "metric" else text))
    return found
