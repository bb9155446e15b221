"""Runs one job folder: fits its recipe fold by fold and leaves predictions and an outcome, never a score.

The worker has the labels of the visible rows, since it fits on them; it neither reads sealed labels nor judges. Each
fold is seeded for itself, so a fold's predictions do not depend on which others were run before it in this process.
"""

import os
import random
import resource
import shutil
import statistics
import sys
import time
import traceback
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import pictures, plugins, vectors
from ..executors.processes import THREADS
from ..kinds import mixing
from ..metrics.predictions import asked_file, fold_file, model_of_fold
from ..recipes.script import SCRIPT
from ..records.experiment import FoldCost, Job, Outcome, Params, Status, Step
from ..validation.folds import split
from ..workspace import BELIEVED, write_whole
from . import kept, scripted, stacked
from .agreement import disagreement
from .data import Data, Shelf, table_key

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

FEWEST = 5  # rows of each class that a share of the rows keeps, where there are so many
ONE_ROW = 3  # times that a single row is answered to see how long it takes
CHUNK = 50_000  # rows predicted at once: what an estimator makes of them can be many times as large
REFIT = -1  # stands for the fold in the cost of a refit


class MalformedError(Exception):
    """A prediction that is not what the kind asks for."""


@dataclass
class _Fitted:
    """An estimator and the feature steps fitted with it, as one fold made them."""

    estimator: Any
    steps: list[Any]
    cost: FoldCost


def read_job(folder: Path) -> Job:
    """The job of a folder."""
    return Job.model_validate_json((folder / "job.json").read_bytes())


def run(folder: Path, shelf: Shelf, *, out: Path | None = None, afresh: bool = False) -> Outcome:
    """Run the job in a folder and write `result.json`, whole and last.

    Args:
        folder: the experiment's folder, holding `job.json`.
        shelf: what this process keeps between jobs.
        out: where predictions and result are written; the folder itself by default.
        afresh: run every fold, those of `job.reuse` included.
    """
    started, peak, out = time.monotonic(), _Peak(), out or folder
    job = read_job(folder)
    work = _Work(job, folder, out, shelf, afresh)
    status, error, trace = Status.DONE, "", ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")  # a candidate's warnings belong in its log, however Python was started
            work.run()
    except (Exception, SystemExit) as caught:  # noqa: BLE001  # the border where a candidate's failure becomes data
        status, error, trace = _verdict(caught), _one_line(caught), _trace(caught)
        sys.stderr.write(trace)
    outcome = Outcome(
        number=job.number,
        status=status,
        error=error,
        traceback=trace,
        seconds=time.monotonic() - started,
        peak_mb=peak.mb(),
        costs=tuple(work.costs),
        learned=median(work.learned),
        notes=tuple(dict.fromkeys(work.notes)),
    )
    write_whole(out / "result.json", outcome.model_dump_json(indent=1))
    return outcome


def _trace(error: BaseException) -> str:
    """The traceback; of free code its own."""
    return error.traceback if isinstance(error, scripted.ScriptError) else traceback.format_exc()


def _verdict(error: BaseException) -> Status:
    if isinstance(error, scripted.ScriptError):
        return error.status
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):  # the latter from C++, as LightGBM passes it on
        return Status.MEMORY
    return Status.INVALID if isinstance(error, MalformedError) else Status.FAILED


def _one_line(error: BaseException) -> str:
    if isinstance(error, MalformedError | scripted.ScriptError):
        return " ".join(str(error).split())[:500]
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


class _Work:
    """One job under way; what it has learned so far survives a failure half-way."""

    def __init__(self, job: Job, folder: Path, out: Path, shelf: Shelf, afresh: bool) -> None:
        self.job, self.folder, self.out, self.shelf, self.afresh = job, folder, out, shelf, afresh
        self.costs: list[FoldCost] = []
        self.learned: list[Params] = []
        self.notes: list[str] = []

    def run(self) -> None:
        """Everything the job asks for."""
        limit_threads(self.job.threads, self.shelf)
        pictures.keep_in(self.folder / self.job.cache)
        vectors.keep_in(self.folder / self.job.cache)
        self.data: Data = self.shelf.data(self.folder / self.job.data)
        if self.job.proposal.recipe == SCRIPT:
            self._run_script()
            return
        self._seed(0)
        before = time.monotonic()
        self.shared, self.within = leading(self.job.proposal.features)
        self.made = self.shelf.made(self.data, self.shared, self.folder / self.job.cache)
        self.features_seconds = time.monotonic() - before if self.shared else 0.0
        self._note(self.made.steps)
        self.stacked = stacked.columns(self.folder, self.job, self.data) if self.job.below else None
        taught = bool(self.job.proposal.teachers)
        self.believed = self.data.kind.load(self.folder / self.job.data / BELIEVED) if taught else None
        if self.job.refit:
            self._refit()
        else:
            for fold in self.job.proposal.folds:
                if not self._reuse(fold):
                    self._fold(fold)

    def _fold(self, fold: int) -> None:
        """Fit one fold; predict its score rows and the rows asked for."""
        fit_rows, score_rows = split(self.data.plan, self.data.folds, fold)
        fitted = self._fit(fold, fit_rows, self.data.target[fit_rows])
        before = time.monotonic()
        self._predict(fitted, score_rows, fold_file(self.out, fold))
        if len(self.data.asked):
            self._predict(fitted, self.data.asked, asked_file(self.out, fold))
        self.costs.append(fitted.cost.model_copy(update={"predict": time.monotonic() - before}))
        if self._keeps_folds():
            self._keep(fold, fitted)

    def _run_script(self) -> None:
        """Free code: fit by fit behind a wall, in a process of its own each."""
        if self.job.refit:
            opened = self.data.opened
            target = self.data.target if opened is None else np.concatenate([self.data.target, opened])
            parts = {"asked": scripted.Part(self.data.asked[self.data.holdout :], self.out / "asked.npz")}
            self._script(REFIT, np.arange(len(target)), target, parts if self.data.test else {}, keep=True)
            return
        for fold in self.job.proposal.folds:
            if self._reuse(fold):
                continue
            fit_rows, score_rows = split(self.data.plan, self.data.folds, fold)
            parts = {"score": scripted.Part(score_rows, fold_file(self.out, fold))}
            if len(self.data.asked):
                parts["asked"] = scripted.Part(self.data.asked, asked_file(self.out, fold))
            self._script(fold, fit_rows, self.data.target[fit_rows], parts)

    def _script(
        self, fold: int, rows: "Array", y: "Array", parts: dict[str, scripted.Part], *, keep: bool = False
    ) -> None:
        proposal = self.job.proposal
        if proposal.stack:
            raise MalformedError("free code cannot be stacked on other experiments, whose folders it must not see")
        chosen = self._share(rows, y, fold)
        made = scripted.fit(
            self.data,
            self.folder / self.job.data,
            proposal.params,
            proposal.features,
            rows[chosen],
            y[chosen],
            parts,
            seed=proposal.seed * 1009 + fold + 1,
            place=self.out,
            model=self.out / "model.joblib" if keep else None,
        )
        self.learned.append(made.learned)
        self.notes += made.notes
        self.costs.append(FoldCost(fold=fold, fit=made.seconds, predict=0.0, rows=len(chosen)))

    def _keeps_folds(self) -> bool:
        """Whether the models of the folds are kept, since there may be no time to fit such a model once more."""
        recipe = plugins.load("recipes", self.job.proposal.recipe)
        return bool(getattr(recipe, "patient", False)) and not self.job.proposal.stack

    def _keep(self, fold: int, fitted: _Fitted) -> None:
        """Keep the model of a fold, in a folder as that of a refit."""
        folder = model_of_fold(self.out, fold)
        folder.mkdir(exist_ok=True)
        proposal = self.job.proposal.model_copy(update={"parent": self.job.number, "folds": (fold,), "move": "fold"})
        write_whole(folder / "job.json", self.job.model_copy(update={"proposal": proposal}).model_dump_json())
        self._write_model(folder, fitted)

    def _write_model(self, folder: Path, fitted: _Fitted) -> None:
        import joblib

        partial = folder / f".model.{os.getpid()}.partial"
        joblib.dump({"estimator": fitted.estimator, "steps": [*self.made.steps, *fitted.steps]}, str(partial))
        partial.replace(folder / "model.joblib")

    def _refit(self) -> None:
        """Fit on all rows whose labels may be seen by now; predict the test rows and keep the model."""
        data, target = self.data, self.data.target
        if data.opened is not None:
            target = np.concatenate([target, data.opened])
        fitted = self._fit(REFIT, np.arange(len(target)), target)
        before = time.monotonic()
        if data.test:
            self._predict(fitted, data.asked[data.holdout :], self.out / "asked.npz")
        predict = time.monotonic() - before
        self.costs.append(fitted.cost.model_copy(update={"predict": predict, "row_ms": self._row_ms(fitted)}))
        self._write_model(self.out, fitted)

    def _fit(self, fold: int, rows: "Array", y: "Array") -> _Fitted:
        """Fit the steps that belong inside a fold, then the estimator, on the rows given and their targets."""
        proposal = self.job.proposal
        if self.stacked is not None:
            known = stacked.known(self.stacked, rows)
            rows, y = rows[known], y[known]
        chosen = self._share(rows, y, fold)
        rows, y = rows[chosen], y[chosen]
        started = time.monotonic()
        data, cache = self.data, self.folder / self.job.cache / "folds"
        made = kept.fit(self.within, self.made.table.iloc[rows], y, data.related, cache, table_key(data, self.shared))
        self._note(made.steps)
        table = self._with_stacked(made.table, rows)
        self._seed(fold + 1)
        params = {**proposal.params, "seed": proposal.seed}
        estimator = plugins.load("recipes", proposal.recipe).build(self.data.problem, params)
        fitting = time.monotonic()
        if self.believed is None:
            estimator.fit(table, y)
        else:
            estimator.fit(table, y, believed=self.believed[rows])
        if reason := disagreement(estimator, table):
            raise MalformedError(reason)
        self.learned.append(plain(getattr(estimator, "learned_", {})))
        cost = FoldCost(
            fold=fold,
            fit=time.monotonic() - fitting,
            predict=0.0,
            features=fitting - started + self.features_seconds,
            rows=len(rows),
            steps={**self.made.seconds, **made.seconds},
        )
        self.features_seconds = 0.0  # the steps that all folds share are paid for once
        return _Fitted(estimator, list(made.steps), cost)

    def _share(self, rows: "Array", y: "Array", fold: int) -> "Array":
        """Positions of those of the rows that are fitted on."""
        proposal = self.job.proposal
        groups = self.data.groups if self.job.by_group else None
        return share(y, proposal.rows, (proposal.seed, fold + 1), None if groups is None else groups[rows])

    def _predict(self, fitted: _Fitted, rows: "Array", path: Path) -> None:
        """Predict rows and write the prediction. Raises MalformedError when it is none."""
        pieces = []
        for start in range(0, max(1, len(rows)), CHUNK):
            chunk = rows[start : start + CHUNK]
            pieces.append(self._answer(fitted, chunk))
            if reason := self.data.kind.check(pieces[-1], len(chunk), self.data.problem):
                raise MalformedError(f"{path.name}: {reason}")
        self.data.kind.save(path, pieces[0] if len(pieces) == 1 else np.concatenate(pieces))

    def _answer(self, fitted: _Fitted, rows: "Array") -> "Array":
        """The prediction for some rows."""
        table: pd.DataFrame = self.made.table.iloc[rows]
        for transformer in fitted.steps:
            table = transformer.transform(table)
        return self.data.kind.predict(fitted.estimator, self._with_stacked(table, rows), self.data.problem)

    def _row_ms(self, fitted: _Fitted) -> float:
        """Milliseconds until one row is answered, as a bundle does it; the steps that read other tables left out."""
        row, seconds = np.zeros(1, dtype=int), []
        shared = [step for step in self.made.steps if not hasattr(step, "bind")]
        for _ in range(ONE_ROW):
            before, table = time.perf_counter(), self.data.features.iloc[row]
            for step in shared if len(shared) == len(self.made.steps) else ():
                table = step.transform(table)
            self._answer(fitted, row)
            seconds.append(time.perf_counter() - before)
        return round(1000 * min(seconds), 2)

    def _with_stacked(self, table: "pd.DataFrame", rows: "Array") -> "pd.DataFrame":
        """The table that the estimator sees: behind the columns of the steps, what other models predict."""
        return table if self.stacked is None else mixing.beside(table, self.stacked.iloc[rows])

    def _reuse(self, fold: int) -> bool:
        """Take over the fold's files from an experiment with the same model, where one has them."""
        for source in () if self.afresh else self.job.reuse:
            files = [fold_file(self.folder / source, fold)]
            if len(self.data.asked):
                files.append(asked_file(self.folder / source, fold))
            if all(file.exists() for file in files):
                for file in files:
                    self._take_over(file)
                model = model_of_fold(self.folder / source, fold)
                if (model / "model.joblib").exists():
                    model_of_fold(self.out, fold).mkdir(exist_ok=True)
                    for name in ("job.json", "model.joblib"):
                        self._take_over(model / name, model_of_fold(self.out, fold) / name)
                self._remember(self.folder / source, fold)
                return True
        return False

    def _remember(self, source: Path, fold: int) -> None:
        """What the fold cost, and what fitting found out, as the experiment it was taken from has it."""
        earlier = Outcome.model_validate_json((source / "result.json").read_bytes())
        self.costs.extend(c.model_copy(update={"reused": True}) for c in earlier.costs if c.fold == fold)
        if earlier.learned:
            self.learned.append(earlier.learned)

    def _take_over(self, file: Path, target: Path | None = None) -> None:
        target = target or self.out / file.name
        target.unlink(missing_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:  # another file system, or one without links
            shutil.copyfile(file, target)

    def _seed(self, extra: int) -> None:
        """Seed the generators that code may use without asking."""
        seed = (self.job.proposal.seed * 1009 + extra) % 2**32
        random.seed(seed)
        np.random.seed(seed)

    def _note(self, steps: Iterable[Any]) -> None:
        for step in steps:
            self.notes += [*getattr(step, "notes_", ()), *getattr(step, "declined_", ())]


def leading(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Steps before the first that needs labels, made once for all rows, and the rest, made inside each fold."""
    for position, step in enumerate(steps):
        if plugins.load("features", step.name).needs == "labels":
            return tuple(steps[:position]), tuple(steps[position:])
    return tuple(steps), ()


def share(y: "Array", rows: float, seed: tuple[int, ...], groups: "Array | None" = None) -> "Array":
    """Positions of a share of the rows, ascending: drawn at random, but a few of each class where y is class codes.

    With `groups` (the group of each row, as codes) whole groups are drawn, one after the other, and the last in part.
    """
    if rows >= 1:
        return np.arange(len(y))
    random = np.random.default_rng(seed)
    order = random.permutation(len(y))
    if groups is not None:
        turn = random.permutation(int(groups.max()) + 1)  # of each group
        order = order[np.argsort(turn[groups[order]], kind="stable")]
    chosen = np.zeros(len(y), dtype=bool)
    chosen[order[: max(1, round(rows * len(y)))]] = True
    if y.ndim == 1 and np.issubdtype(y.dtype, np.integer):
        for code in np.unique(y):
            chosen[order[y[order] == code][:FEWEST]] = True
    return np.flatnonzero(chosen)


def plain(params: dict[str, Any]) -> Params:
    """Parameters with numpy scalars as Python's own."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in params.items()}


def median(learned: Sequence[Params]) -> Params:
    """What the folds learned, put together: the median of numbers (whole numbers stay whole), else what most say.

    Lists of the same length, one entry for each target, are put together entry by entry.
    """
    names = dict.fromkeys(name for params in learned for name in params)
    return {name: _middle([params[name] for params in learned if name in params]) for name in names}


def _middle(values: list[Any]) -> Any:
    if all(isinstance(v, list) and len(v) == len(values[0]) for v in values):
        return [_middle(list(entries)) for entries in zip(*values, strict=True)]
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        return max(values, key=values.count)
    if all(isinstance(v, int) for v in values):
        return round(statistics.median(values))
    return float(statistics.median(values))


def limit_threads(threads: int, shelf: Shelf) -> None:
    """Let this process use so many threads from now on, whatever it was started with."""
    os.environ.update(dict.fromkeys(THREADS, str(threads)))  # joblib and libraries loaded later read these
    if shelf.threads != threads:
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=threads)  # for libraries loaded already
        shelf.threads = threads


class _Peak:
    """The most memory this process has used since now.

    Linux forgets the old mark when asked; elsewhere the mark is that of the process's life, and taken only if it rose.
    """

    def __init__(self) -> None:
        self._old = _high_water_mb()
        try:
            Path("/proc/self/clear_refs").write_text("5")
            self._old = 0.0
        except OSError:
            pass

    def mb(self) -> float:
        """In MB."""
        new = _high_water_mb()
        return round(new if new > self._old else resident_mb(), 1)


def resident_mb() -> float:
    """Resident memory of this process now, in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def _high_water_mb() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
    except OSError:  # macOS, which counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
