"""A run driven call by call: whoever sits at the desk is the strategist, the judge stays ours.

The same parts as in `story`, put around the same run folder, so that a run begun here can be looked at, resumed and
reported on like any other. What a desk tells is cross-validated scores and words: no label, no prediction, nothing a
candidate printed, and of the sealed rows nothing before `finish`.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from . import api, plugins, story, views
from .chapters import drafting
from .chapters.advising import shut_in
from .chapters.materials import Materials, read_materials
from .chapters.opening import Asked
from .chapters.teller import Listener, Teller
from .chapters.veil import cut
from .deliver import dossier
from .errors import ModelwrightError, RunError, SettingsError
from .executors.local import sweep
from .journal import history as journals
from .journal.journal import Journal
from .metrics.promote import best, guiding
from .recipes.script import SCRIPT
from .records.answer import Answer
from .records.desk import (
    Compared,
    Handed,
    Offer,
    Page,
    Part,
    Profiled,
    Result,
    Row,
    Shown,
    Split,
    Standing,
    Started,
    Understood,
)
from .records.experiment import Experiment, Proposal, Status, Step
from .search.budget import Budget
from .search.lab import PATIENCE, Lab
from .settings import Settings, seconds
from .task.addresses import is_address
from .telling import Telling, page
from .workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from .sandboxes.choose import Shut

LONGEST_NOTE = 2_000  # characters


@dataclass
class _Stint:
    """The rules at work, until a moment on the clock."""

    strategist: Any
    until: float


class Desk:
    """One open piece of work. All calls, `close` included, must come from the thread that opened it.

    Experiments run in the background: `submit_experiment` and `run_search` return at once. What has ended is taken in
    whenever the desk is called; one that is left alone should be attended now and then (`attend`), for it is then that
    limits of time and memory are looked after.
    """

    def __init__(self, workspace: Workspace, settings: Settings, teller: Teller) -> None:
        """A finished desk, to read from; `open` and `reopen` make those that work."""
        self.workspace, self.settings = workspace, settings
        self._materials: Materials = read_materials(workspace)
        self._problem, self._plan = self._materials.problem, self._materials.plan
        self._teller = teller
        self._lab: Lab | None = None
        self._stack = ExitStack()
        self._stint: _Stint | None = None
        self._shut: Shut | None = None
        self._telling = Telling(self._materials)

    # --- opening and closing --------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        data: "str | Path | pd.DataFrame",
        target: str | Sequence[str] | None = None,
        *,
        out: str | Path,
        test: "pd.DataFrame | None" = None,
        metric: str | None = None,
        about: str | None = None,
        budget: str | float | None = None,
        experiments: int | None = None,
        task_file: str | Path | None = None,
        strategist: str = "rules",
        listen: Listener | None = None,
        began: float | None = None,
        **settings: Any,
    ) -> Self:
        """Read a task, choose how to judge it, and sit down to work on it.

        Args:
            data: as `api.run` takes it, like the arguments not named here.
            target: what to predict, when the task does not say so.
            out: the run folder.
            test: with a DataFrame: the rows asked for.
            metric: how to judge, when the task does not say so.
            about: a sentence that describes the task, in place of a description file.
            budget: wall time, that between calls included; an hour when neither this nor `experiments` is given.
            experiments: a number of experiments.
            task_file: an edited task.toml.
            strategist: who proposes in `run_search`.
            listen: called with each event.
            began: a time.monotonic() value from which the budget counts; now otherwise.
            settings: other fields of `Settings`.

        Raises:
            ModelwrightError: for bad input, in one sentence; nothing is left behind then.
        """
        began = time.monotonic() if began is None else began
        given = {"seed": 0, "jobs": 0, "threads": 0, "memory_mb": 0, **settings}
        chosen = api.make_settings(budget=budget, experiments=experiments, strategist=strategist, **given)
        workspace, teller = Workspace(Path(out).absolute()), Teller(listen or _nobody, began)
        workspace.refuse_if_taken()
        source = Path(data) if isinstance(data, str) and not is_address(data) else data
        asked = Asked(target, metric, about, Path(task_file) if task_file else None, test)
        with ExitStack() as opened:
            opened.enter_context(story.reporting_failures(workspace))
            executor = opened.enter_context(story.crew(chosen, workspace))
            story.begin(source, chosen, workspace, asked, teller)
            desk = cls(workspace, chosen, teller)
            desk._sit_down(executor, Budget(chosen.budget, chosen.experiments, began), opened)
            return desk

    @classmethod
    def reopen(cls, path: str | Path, budget: str | float | None = None, listen: Listener | None = None) -> Self:
        """Go on with a run folder, for the rest of its budget or for another total; a finished one can be read.

        Raises:
            RunError: there is no such run, or it is in use.
        """
        began = time.monotonic()
        workspace, teller = Workspace(Path(path).absolute()), Teller(listen or _nobody, began)
        workspace.check()
        settings = Settings.model_validate_json((workspace.data / "settings.json").read_bytes())
        if budget is not None:
            allowed = seconds(budget) if isinstance(budget, str) else float(budget)
            settings = settings.model_copy(update={"budget": allowed})
        desk = cls(workspace, settings, teller)
        if desk.finished:
            return desk
        spent = story.time_spent(workspace)
        sweep(workspace.root)
        with ExitStack() as opened:
            opened.enter_context(story.reporting_failures(workspace))
            executor = opened.enter_context(story.crew(settings, workspace))
            desk._sit_down(executor, Budget(settings.budget, settings.experiments, began, spent), opened)
            return desk

    def _sit_down(self, executor: Any, budget: Budget, opened: ExitStack) -> None:
        journal = opened.enter_context(Journal(self.workspace.journal))
        lab = story.enter(self._materials, self.settings, executor, journal, budget, self._teller)
        if "blend" not in journal.facts():
            self._teller.chapter("Searching")
        self._lab, self._stack = lab, opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what runs and give everything back; the run folder can be opened again. Safe to call twice."""
        if self._lab is not None:
            self._lab.journal.fact("used", round(self._lab.budget.used, 2))
        self._lab, self._stint = None, None
        self._stack.close()

    @property
    def finished(self) -> bool:
        """Whether the answer has been handed over."""
        return "end" in self._facts() and self.workspace.report.exists()

    # --- what was understood --------------------------------------------------------------------

    def plan(self) -> Understood:
        """What the task was taken to be, with the evidence and the doubts."""
        return self._telling.understood(self._facts().get("doubts"))

    def profile(self, limit: int = 40, offset: int = 0) -> Profiled:
        """What the data looks like, so many columns at a time; sealed rows are not among it."""
        return self._telling.profiled(limit, offset)

    def propose_split(self) -> Split:
        """How the work is judged, and why. It is settled before anything is fitted, and the same for all."""
        return self._telling.split()

    def menu(self) -> Offer:
        """The recipes and feature steps that apply, with the parameters worth trying."""
        return drafting.offer(self._materials, self.settings)

    # --- working --------------------------------------------------------------------------------

    def submit_experiment(
        self,
        recipe: str | None = None,
        *,
        code: str | None = None,
        params: Mapping[str, Any] | None = None,
        features: Sequence[str | Step] | None = None,
        folds: Sequence[int] | None = None,
        rows: float | None = None,
        seed: int | None = None,
        reason: str = "",
        parent: int | None = None,
        by: str = "",
    ) -> Started:
        """Start an experiment; it runs in the background.

        Args:
            recipe: name of a recipe.
            code: source of one's own, in place of a recipe.
            params: of the recipe or the code.
            features: steps by name, in order; those that a recipe begins with when nothing is said, none for code.
            folds: numbers of the folds to run; those of the first repeat when nothing is said.
            rows: share of the fit rows.
            seed: of the model.
            reason: one sentence, for the person who reads the journal.
            parent: number of the experiment that this one changes: what is not said is taken from there.
            by: who proposes it.

        Raises:
            ModelwrightError: in one sentence, where nothing was started: something is not known, no place is free, or
                there is no time for it.
        """
        lab = self._open_lab()
        if self._stint is not None:
            left = self._stint.until - time.monotonic()
            raise RunError(
                f"the rules are at work for {left:.0f} s more: wait for them, or stop them by run_search(0)."
            )
        given = drafting.Given(recipe, code, params, features, folds, rows, seed, reason, parent, by)
        proposal, hints = drafting.draft(given, self._materials, lab.history())
        self._refuse_if_spent(lab)
        if not lab.executor.free:
            raise RunError(f"no place is free while {_named(self._running())}: wait for one to end.")
        if proposal.recipe == SCRIPT:
            self._refuse_if_open(lab)
        expected = _expected(lab, proposal)
        before = len(lab.history())
        lab.start(proposal)
        if len(lab.history()) == before:
            raise RunError(
                f"it would take about {expected:.0f} s, and {max(0.0, lab.budget.left()):.0f} s are left for "
                "experiments: take fewer folds or rows or something cheaper, or finish."
            )
        return Started(number=before + 1, seconds=round(expected, 1), hints=hints)

    def run_search(self, seconds: float) -> Standing:
        """Let the rules propose for so many seconds, on the same journal and in the background; 0 stops them.

        What runs when the time is over runs on.
        """
        lab = self._open_lab()
        if seconds <= 0:
            self._stint = None
            return self.standing()
        self._refuse_if_spent(lab)
        until, settings = time.monotonic() + seconds, self.settings
        if getattr(plugins.load("strategists", settings.who_proposes), "asks_models", False):
            settings = settings.model_copy(
                update={"strategist": "rules"}
            )  # whoever sits here is the model that is asked

        def left() -> float:
            return min(lab.budget.left(), until - time.monotonic())

        self._stint = _Stint(story.strategist(self._materials, settings, lab, left), until)
        self._propose()
        return self.standing()

    def attend(self, seconds: float = 0.0) -> None:
        """Take in what has ended, waiting so long for something to; let the rules propose where they are asked to."""
        lab = self._lab
        if lab is None:
            return
        over = lab.budget.timed and lab.budget.left() <= 0  # the lab then ends what runs
        for outcome in lab.wait() if over and not lab.idle else lab.executor.wait(seconds):
            lab.close(outcome)
            if self._stint is not None:
                lab.note(self._stint.strategist.remarks(lab.history()))
        self._propose()

    def _propose(self) -> None:
        lab, stint = self._lab, self._stint
        if lab is None or stint is None:
            return
        if time.monotonic() < stint.until and lab.free:
            for proposal in stint.strategist.propose(lab.history(), lab.free):
                lab.start(proposal)
        if time.monotonic() >= stint.until or lab.idle or lab.budget.spent(lab.history()):
            self._stint = None  # idle: there is no idea that fits the time

    def wait(self, seconds: float, numbers: Iterable[int] = ()) -> tuple[Row, ...]:
        """Wait until these experiments (none named: all that run, and the search) have ended, or time has passed.

        Returns: these, or where none were named those that ended meanwhile.
        """
        until, named, before = time.monotonic() + seconds, tuple(numbers), self.ended()
        while self.waiting_for(named) and (left := until - time.monotonic()) > 0:
            self.attend(min(PATIENCE, left))
        return self.rows(named or sorted(self.ended() - before))

    def ended(self) -> set[int]:
        """The experiments that have ended and were taken in, refits left out."""
        return {e.number for e in self._history() if e.outcome is not None and e.proposal.move != "refit"}

    def waiting_for(self, numbers: Iterable[int] = ()) -> bool:
        """Whether one of these experiments (none named: any, or the search) is under way."""
        self.attend()
        running, named = set(self._running()), {self._get(n).number for n in numbers}
        return bool(running & named) if named else bool(running) or self._stint is not None

    def note(self, text: str) -> None:
        """Write something down for the person who reads the journal."""
        text = text.strip()
        if not text or len(text) > LONGEST_NOTE:
            raise SettingsError(f"a note of {len(text)} characters: write 1 to {LONGEST_NOTE}.")
        if self._lab is None:
            raise RunError(f"{self.workspace.root.name} is finished, its journal is closed: nothing can be noted.")
        self._lab.journal.note(text)

    # --- looking --------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """Where the work stands."""
        self.attend()
        lab, history, problem = self._lab, self._history(), self._problem
        leader = best(history, problem.higher_is_better)
        budget = lab.budget if lab is not None and "blend" not in lab.journal.facts() else None
        opened = self._facts().get("seal.opened", 0)
        tried = [e for e in history if e.proposal.move != "refit"]
        counted = sum(e.status is not Status.LOST for e in tried)
        return Standing(
            run=self.workspace.root.name,
            state="finished" if self.finished else "searching" if self._stint else "open",
            metric=problem.metric,
            higher_is_better=problem.higher_is_better,
            experiments=len(tried),
            running=self._running(),
            places=lab.free if lab is not None and budget is not None else 0,
            best=leader.number if leader else None,
            score=views.real(leader.score.value) if leader and leader.score else None,
            error=views.real(leader.score.error) if leader and leader.score else None,
            seconds_left=round(max(0.0, budget.left()), 1) if budget is not None and budget.timed else None,
            experiments_left=max(0, budget.experiments - counted) if budget and budget.experiments else None,
            search_seconds=round(max(0.0, self._stint.until - time.monotonic()), 1) if self._stint else 0.0,
            seal_opened=opened if isinstance(opened, int) else 0,
        )

    def history(self, limit: int = 20, offset: int = 0, by: str = "latest") -> Page:
        """So many experiments: `latest` first, or by `score`, those without one last."""
        self.attend()
        found = [e for e in self._history() if e.proposal.move != "refit"]
        if by == "score":
            sign = -1.0 if self._problem.higher_is_better else 1.0
            found.sort(key=lambda e: (e.score is None, sign * guiding(e.score).value if e.score else 0.0, e.number))
        elif by == "latest":
            found.reverse()
        else:
            raise SettingsError(f"history by {by!r} is not known: choose latest or score.")
        some, following = page(found, limit, offset)
        return Page(total=len(found), rows=tuple(self._telling.row(e) for e in some), next=following)

    def rows(self, numbers: Iterable[int]) -> tuple[Row, ...]:
        """These experiments, a line each."""
        return tuple(self._telling.row(self._get(n)) for n in numbers)

    def show(self, number: int) -> Shown:
        """One experiment: what changed, the score of each fold, what it cost, why it failed."""
        self.attend()
        e = self._get(number)
        return self._telling.shown(e, next((p for p in self._history() if p.number == e.proposal.parent), None))

    def compare(self, first: int, second: int) -> Compared:
        """Whether one experiment is better than another by more than noise, on the folds that both have run."""
        self.attend()
        return self._telling.compared(self._get(first), self._get(second))

    # --- the end --------------------------------------------------------------------------------

    def finish(self) -> Result:
        """Let what runs end, blend, open the seal once, refit, hand over and report; then nothing can be submitted.

        A second call gives the same again. Called later than the budget has it, it still gets the time for refits that
        was kept back.
        """
        if not self.finished:
            lab = self._working()
            self._stint = None
            while not lab.idle:
                self.attend(PATIENCE)
            self._grant(lab)
            story.finish(lab, self._materials, self._teller, reason="finish was called")
            self.close()
        return self.result()

    @staticmethod
    def _grant(lab: Lab) -> None:
        """Nobody is late for the end: time between calls is the caller's, what finishing needs is not."""
        budget = lab.budget
        if budget.seconds is None:
            return
        late = -budget.left()
        if late > 0:
            budget.seconds += late
            lab.journal.note(
                f"finish was called {late:.0f} s after the time for experiments was over; the time that was kept for "
                "refits was given all the same."
            )

    def result(self) -> Result:
        """What came out. Raises RunError before `finish`."""
        facts = self._facts()
        if not self.finished:
            raise RunError(f"{self.workspace.root.name} is not finished: call finish.")
        final, end = Answer.model_validate(facts["final"]), facts["end"]
        return Result(
            metric=self._problem.metric,
            higher_is_better=self._problem.higher_is_better,
            score=final.cv.value,
            error=final.cv.error,
            expected=final.outlook.value if final.outlook else None,
            expected_error=final.outlook.error if final.outlook else None,
            sealed=final.sealed.value if final.sealed else None,
            sealed_error=final.sealed.error if final.sealed else None,
            sealed_rows=final.sealed_rows,
            agreement=dossier.read(self.workspace).agreement() or "",
            how=final.how,
            members=tuple(Part(**m.model_dump()) for m in final.members),
            seconds=views.real(end.get("seconds")) if isinstance(end, dict) else None,
            files=self.export(),
        )

    def export(self) -> Handed:
        """Paths of submission, report, bundle and task.toml, as far as they are there."""
        w = self.workspace
        files = {"submission": w.submission, "report": w.report, "bundle": w.bundle, "task_file": w.task_file}
        return Handed(run=str(w.root), **{name: str(path) if path.exists() else None for name, path in files.items()})

    # --- helpers --------------------------------------------------------------------------------

    def _working(self) -> Lab:
        """The lab of a desk that is not closed."""
        if self._lab is None:
            raise RunError(f"{self.workspace.root.name} is closed: open it again.")
        return self._lab

    def _open_lab(self) -> Lab:
        """The lab, where experiments may still be run."""
        if self.finished:
            raise RunError(f"{self.workspace.root.name} is finished and its seal is open: start a new run for more.")
        lab = self._working()
        self.attend()
        if "blend" in lab.journal.facts():
            raise RunError("the answer is on record and only finishing is left: call finish.")
        return lab

    @staticmethod
    def _refuse_if_spent(lab: Lab) -> None:
        budget = lab.budget
        if not budget.spent(lab.history()):
            return
        if budget.timed and budget.left() <= 0:
            raise RunError("the time for experiments is over, what is left is kept for finishing: call finish.")
        raise RunError(f"all {budget.experiments} experiments of the budget are used: call finish.")

    def _refuse_if_open(self, lab: Lab) -> None:
        """Code of others runs behind a wall or not at all: which one is tried out, and put on record, when needed."""
        if self._shut is None:
            self._shut = shut_in(self._materials, self.settings, lab.journal)
        if not self._shut.allowed:
            raise RunError(f"code is not run here: {self._shut.why.rstrip('.')}.")

    def _facts(self) -> Mapping[str, Any]:
        return self._lab.journal.facts() if self._lab is not None else journals.facts(self.workspace.journal)

    def _history(self) -> Sequence[Experiment]:
        return self._lab.history() if self._lab is not None else journals.read(self.workspace.journal)

    def _running(self) -> tuple[int, ...]:
        return tuple(e.number for e in self._history() if e.outcome is None) if self._lab is not None else ()

    def _get(self, number: int) -> Experiment:
        history = self._history()
        if not 1 <= number <= len(history):
            there = f"1 to {len(history)}" if history else "none yet"
            raise RunError(f"there is no experiment {number}: the run has {there}.")
        return history[number - 1]


def _nobody(_event: object) -> None:
    """Nobody listens."""


def _expected(lab: Lab, proposal: Proposal) -> float:
    """Seconds that it is predicted to take. Raises SettingsError where params make a guess impossible."""
    try:
        return lab.costs.predict(proposal, lab.history())
    except ModelwrightError:
        raise
    except Exception as error:
        raise SettingsError(
            f"the cost of {proposal.recipe} with these params cannot be told ({type(error).__name__}: "
            f"{cut(str(error), 120)}): see the menu for what they may be."
        ) from error


def _named(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"experiment {listed} runs" if len(numbers) == 1 else f"experiments {listed} run"
